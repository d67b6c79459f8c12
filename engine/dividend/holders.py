"""Who shares a pool in a period, and with which weight: facts of holders and the reading of a dividend rule set."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from engine.conditions import FactValue, holds
from engine.dividend_set import DividendSet
from engine.facts import region_path
from engine.period import Period

LeftOutCode = Literal["holder_inactive", "joined_later", "condition", "weight_unknown", "no_class"]


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may share a pool, as known at the end of a period.

    `own_sales_fen` and `sales_points` are of the holder's own orders that were delivered and not returned in that
    period.  There is no field for what others sell, how many there are, or what somebody paid to be here.
    """

    id: str
    status: Literal["active", "inactive"] = "active"
    level: str | None = None
    joined: date | None = None
    region: str | None = None
    own_sales_fen: int | None = None
    sales_points: int | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """Somebody who holds no share in a period, and why."""

    holder: str
    code: LeftOutCode


class Weighing(msgspec.Struct, frozen=True):
    """The weight of everybody who shares a pool in a period, and everybody who does not."""

    weights: dict[str, int]
    left_out: tuple[LeftOut, ...]


def weigh(rule_set: DividendSet, holders: Iterable[Holder], period: Period) -> Weighing:
    """Who shares, and with which weight (clauses D2, D3). Ids are unique; sorted by id, whatever the order."""
    weights: dict[str, int] = {}
    left_out: list[LeftOut] = []
    for holder in sorted(holders, key=lambda one: one.id):
        found = _weight(rule_set, holder, period)
        if isinstance(found, int):
            weights[holder.id] = found
        else:
            left_out.append(LeftOut(holder.id, found))
    return Weighing(weights, tuple(left_out))


def _weight(rule_set: DividendSet, holder: Holder, period: Period) -> int | LeftOutCode:
    if holder.status != "active":
        return "holder_inactive"
    if holder.joined is not None and holder.joined > period.last_day:
        return "joined_later"

    def fact(name: str) -> FactValue:
        return holder_fact(holder, period, name)

    if not holds(rule_set.holders, fact):
        return "condition"
    weight = rule_set.weight
    if weight == "equal":
        return 1
    if isinstance(weight, str):
        value = holder.own_sales_fen if weight == "own_sales" else holder.sales_points
        return "weight_unknown" if value is None else value
    return next((one.weight for one in weight if holds(one.when, fact)), "no_class")


def holder_fact(holder: Holder, period: Period, name: str) -> FactValue:
    """The value of a `holder.*` fact in a period; None when it is absent."""
    match name:
        case "holder.level":
            return holder.level
        case "holder.region":
            return None if holder.region is None else region_path(holder.region)
        case "holder.months":
            return None if holder.joined is None else whole_months(holder.joined, period.end.date())
        case "holder.own_sales":
            return holder.own_sales_fen
        case "holder.sales_points":
            return holder.sales_points
    raise KeyError(name)


def whole_months(since: date, until: date) -> int:
    """Calendar months from a day to a later one that are over: from 31 January to 28 February none, to 1 March one.

    Until the end of a period means its exclusive end: who joined on 1 October has one whole month on 1 November.
    """
    months = (until.year - since.year) * 12 + until.month - since.month
    return months - (until.day < since.day)
