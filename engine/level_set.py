"""Level rule sets as frozen values: which levels there are, and what a promoter's own figures must show for each.

The language has four measures and no more: own delivered sales, own delivered orders, the refund rate, and the
repeat-purchase rate of the buyers.  Heads, payments, purchases of one's own and the sales of others cannot be written
(docs/law.md).
"""

from typing import Literal

import msgspec

from engine.header import Header
from engine.money import Rate
from engine.period import PeriodSpec

ParticipantType = Literal["individual", "merchant", "agent", "leader"]
"""A person; a merchant with one or more stores; a regional agent (区域代理); a group leader (团长)."""

Measure = Literal["sales", "orders", "refund_rate", "repeat_rate"]
MEASURES: tuple[Measure, ...] = ("sales", "orders", "refund_rate", "repeat_rate")


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """What figures must show, all of it; None asks nothing of a measure.

    At least `sales_fen` of delivered sales less refunds, at least `orders`, at most `refund_rate`, at least
    `repeat_rate`.
    """

    sales_fen: int | None = None
    orders: int | None = None
    refund_rate: Rate | None = None
    repeat_rate: Rate | None = None

    def bound(self, measure: Measure) -> int | Rate | None:
        """What is asked of a measure."""
        match measure:
            case "sales":
                return self.sales_fen
            case "orders":
                return self.orders
            case "refund_rate":
                return self.refund_rate
            case "repeat_rate":
                return self.repeat_rate

    def asks(self) -> tuple[Measure, ...]:
        """The measures that something is asked of."""
        return tuple(measure for measure in MEASURES if self.bound(measure) is not None)


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One level: what lets somebody reach it, and what lets them keep it. The lowest asks for neither."""

    id: str
    title: str
    title_en: str = ""
    reach: Requirement = Requirement()
    keep: Requirement = Requirement()
    line: int = 0
    """Line of the level in its file, for messages; not part of its meaning."""

    @property
    def said_en(self) -> str:
        return self.title_en or self.title


class LevelSet(msgspec.Struct, frozen=True, kw_only=True, tag="level"):
    """A level rule set: `levels` from the lowest to the highest, reviewed once per period.

    `of` says whose levels they are: participants of these types.

    A review looks at the last `window` closed periods, `review_after_days` after the last of them has ended, so that
    refunds can still count.  `promotion` goes up one step at most or to the highest level reached; for `probation`
    reviews after it the level cannot be lost.  Then `keep` may be missed at `grace` reviews in a row; the next miss
    demotes, by one step or to the highest lower level whose `keep` holds.
    """

    header: Header
    of: tuple[ParticipantType, ...]
    period: PeriodSpec
    window: int
    review_after_days: int
    promotion: Literal["one_step", "highest"]
    demotion: Literal["one_step", "to_what_holds"]
    probation: int
    grace: int
    levels: tuple[Level, ...]

    def rank(self, level: str) -> int | None:
        """The place of a level, 0 for the lowest; None for one that this set does not know."""
        return next((at for at, one in enumerate(self.levels) if one.id == level), None)


def asks_less(asked: Requirement, wanted: Requirement) -> Measure | None:
    """The first measure in which `asked` asks less than `wanted`; None when it asks as much in all of them."""
    for measure in MEASURES:
        own, other = asked.bound(measure), wanted.bound(measure)
        if other is not None and (own is None or _below(measure, own, other)):
            return measure
    return None


def _below(measure: Measure, own: int | Rate, other: int | Rate) -> bool:
    if isinstance(own, Rate) and isinstance(other, Rate):
        over = own.num * other.den - other.num * own.den
        return over > 0 if measure == "refund_rate" else over < 0
    assert isinstance(own, int)
    assert isinstance(other, int)
    return own < other
