"""Changes to an order that a person could make or meet: what each is, how large it is, and the order it makes.

A change is a value.  Applying it is pure, so what a change promises can be checked by evaluating the changed order.
"""

from datetime import datetime

import msgspec

from engine.calendar import SHANGHAI
from engine.match.factoring import Literal
from engine.order import Line, OrderEvent


class Choose(msgspec.Struct, frozen=True, tag="choose"):
    """Another sales channel, way of delivery, or delivery region (`fact` of the vocabulary). Size 1."""

    fact: str
    value: str


class AddCoupon(msgspec.Struct, frozen=True, tag="add_coupon"):
    """Enter one more coupon code. Size 1."""

    code: str


class DropCoupon(msgspec.Struct, frozen=True, tag="drop_coupon"):
    """Order without a coupon code. Size 1."""

    code: str


class BuyMore(msgspec.Struct, frozen=True, tag="buy_more"):
    """So many more units of a line the order has."""

    line_id: str
    units: int


class BuyGoods(msgspec.Struct, frozen=True, tag="buy_goods"):
    """One more line of goods, counted in pieces or in fen at list price.

    Goods `like` a line of the order share its facts; others need only meet `needs`, and `line` is an example of them.
    """

    line: Line
    by_fen: bool
    like: str | None = None
    needs: tuple[Literal, ...] = ()


class WaitUntil(msgspec.Struct, frozen=True, tag="wait_until"):
    """Order at a later moment. Uses counted by day, week or month start afresh when their period is over."""

    at: datetime
    minutes: int


Purchase = BuyMore | BuyGoods
Step = Choose | AddCoupon | DropCoupon | BuyMore | BuyGoods | WaitUntil


class Change(msgspec.Struct, frozen=True):
    """Steps taken together."""

    steps: tuple[Step, ...]


_COUPON_OR_CHOICE, _PURCHASE, _OTHER_GOODS, _WAIT = range(4)


def _rank(step: Step) -> int:
    match step:
        case WaitUntil():
            return _WAIT
        case BuyGoods(like=None):
            return _OTHER_GOODS
        case BuyMore() | BuyGoods():
            return _PURCHASE
    return _COUPON_OR_CHOICE


def size_key(event: OrderEvent, change: Change) -> tuple[int, int, int, int, int]:
    """The declared order of changes, smallest first.

    Fewest steps; then the hardest step (a choice, more of the same goods, other goods, waiting); then what the added
    goods cost at list price, their pieces, and the minutes of waiting.
    """
    price = {line.line_id: line.unit_price_fen for line in event.lines}
    fen = pieces = minutes = 0
    for step in change.steps:
        match step:
            case BuyMore(line_id, units):
                fen += price[line_id] * units
                pieces += units
            case BuyGoods(line=line):
                fen += line.unit_price_fen * line.quantity
                pieces += line.quantity
            case WaitUntil(minutes=wait):
                minutes += wait
    return len(change.steps), max(map(_rank, change.steps), default=0), fen, pieces, minutes


def amount_of(step: Step) -> int | None:
    """The number that can be made smaller: units, or fen of goods counted in fen. None for the others."""
    match step:
        case BuyMore(units=units):
            return units
        case BuyGoods(line=line, by_fen=by_fen):
            return line.unit_price_fen if by_fen else line.quantity
    return None


def with_amount(step: Step, amount: int) -> Step:
    """The same purchase of another size."""
    replace = msgspec.structs.replace
    match step:
        case BuyMore():
            return replace(step, units=amount)
        case BuyGoods(line=line, by_fen=True):
            return replace(step, line=replace(line, unit_price_fen=amount))
        case BuyGoods(line=line):
            return replace(step, line=replace(line, quantity=amount))
    return step


def apply_change(event: OrderEvent, change: Change) -> OrderEvent:
    """The order as it would be with every step taken. Steps that name a line the order lacks change nothing."""
    for step in change.steps:
        event = _taken(event, step)
    return event


def _taken(event: OrderEvent, step: Step) -> OrderEvent:
    replace = msgspec.structs.replace
    match step:
        case Choose("order.channel", value):
            return replace(event, channel=value)
        case Choose("order.delivery", value):
            return replace(event, delivery=replace(event.delivery, kind=value))
        case Choose(value=value):
            return replace(event, delivery=replace(event.delivery, region=value))
        case AddCoupon(code):
            return replace(event, coupons=(*event.coupons, code))
        case DropCoupon(code):
            return replace(event, coupons=tuple(one for one in event.coupons if one != code))
        case BuyMore(line_id, units):
            lines = [
                replace(line, quantity=line.quantity + units) if line.line_id == line_id else line
                for line in event.lines
            ]
            return replace(event, lines=tuple(lines))
        case BuyGoods(line=line):
            return replace(event, lines=(*event.lines, line))
        case WaitUntil(at):
            return replace(event, placed_at=at, counters=_counters_at(event, at))


def _counters_at(event: OrderEvent, at: datetime) -> dict[str, dict[str, int]]:
    """The counters without those of a day, week or month that is over by then (Asia/Shanghai)."""
    before, after = event.placed_at.astimezone(SHANGHAI).date(), at.astimezone(SHANGHAI).date()
    over = set()
    if after != before:
        over.add("day")
    if after.isocalendar()[:2] != before.isocalendar()[:2]:
        over.add("week")
    if (after.year, after.month) != (before.year, before.month):
        over.add("month")
    return {
        rule: {name: used for name, used in counted.items() if name.rpartition("/")[2] not in over}
        for rule, counted in event.counters.items()
    }
