"""Dividend rule sets as frozen values: what funds a pool, who shares it, and by which weight (clauses D1-D8)."""

from typing import Literal

import msgspec

from engine.conditions import ALWAYS, Condition
from engine.header import Header
from engine.money import Rate, Rounding
from engine.period import PeriodSpec

FundBase = Literal["paid_goods", "list", "margin"]
WeightFact = Literal["own_sales", "sales_points"]
Excess = Literal["others", "carry"]
Leaving = Literal["keep", "give_back"]


class Fund(msgspec.Struct, frozen=True):
    """What every sale puts into the pool: a rate of a base, rounded once per line, where `when` holds."""

    rate: Rate
    of: FundBase
    rounding: Rounding
    when: Condition = ALWAYS
    line: int = 0
    """Line in its file, for messages; not part of its meaning."""


class WeightClass(msgspec.Struct, frozen=True):
    """Holders for whom `when` holds have this weight; the first class that holds counts."""

    when: Condition
    weight: int


class Cap(msgspec.Struct, frozen=True):
    """The most one holder gets of a period's pool. What is above it goes to the `others`, or is carried over."""

    at_most: Rate
    excess: Excess


class DividendSet(msgspec.Struct, frozen=True, kw_only=True, tag="dividend"):
    """A dividend rule set; its pool has the name of the rule set, `pool:NAME` in accruals and accounts.

    `weight` is `equal`, a fact of the holder, or classes.  What cannot be shared evenly is carried over, always.
    """

    header: Header
    fund: Fund
    period: PeriodSpec
    holders: Condition
    weight: Literal["equal"] | WeightFact | tuple[WeightClass, ...]
    leaving: Leaving
    cap: Cap | None = None

    @property
    def pool(self) -> str:
        """The role and the payee of what funds it."""
        return f"pool:{self.header.name}"
