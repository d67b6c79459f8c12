"""Orders near an order: one fact, one quantity, one price, one minute further.  Pure, and in a fixed order."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from engine.calendar import SHANGHAI, lunar
from engine.conditions import All, Condition, Not, Test, tests_of
from engine.conditions import Any as AnyOf
from engine.order import Line, OrderEvent, Payee, Store
from engine.vocabulary import BASIS_POINTS, VOCABULARY, WEEKDAYS

replace = msgspec.structs.replace
ODD_PRICES = (1, 3, 25, 50, 105, 333, 1001, 1250, 2505, 9999)
"""Unit prices on which rounding and splitting show."""
_MANY = (2, 3, 5, 10)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

Counter = tuple[str, str, int]
"""What a promotion has used so far: `RULE_SET/RULE`, the counter's name, its value."""


def nearby(
    event: OrderEvent, tests: Sequence[Test], amounts: Sequence[int], counters: Sequence[Counter] = ()
) -> Iterator[OrderEvent]:
    """Orders one step from an order: at the values that `tests` name and beside them, and at `amounts` fen."""
    for at, line in enumerate(event.lines[:3]):
        yield from (with_line(event, at, one) for one in _lines_near(event, line, amounts))
        if len(event.lines) > 1:
            yield replace(event, lines=(*event.lines[:at], *event.lines[at + 1 :]))
        yield with_line_added(event, line)
    for test in tests:
        for value in _values(test):
            yield from _with_fact(event, test.fact, value)
    for rule, name, used in counters:
        yield replace(event, counters={**event.counters, rule: {**event.counters.get(rule, {}), name: used}})
    yield from (replace(event, placed_at=event.placed_at + step) for step in (MINUTE, -MINUTE, DAY, -DAY))
    fee = event.delivery.fee_fen
    for other in {0, 500, 505, fee + 1} - {fee}:
        yield replace(event, delivery=replace(event.delivery, fee_fen=other))


def _lines_near(event: OrderEvent, line: Line, amounts: Sequence[int]) -> Iterator[Line]:
    rest = sum(one.unit_price_fen * one.quantity for one in event.lines) - line.unit_price_fen * line.quantity
    for quantity in (line.quantity + 1, line.quantity - 1, *(line.quantity * many for many in _MANY)):
        if quantity > 0:
            yield replace(line, quantity=quantity)
    for price in (line.unit_price_fen + 1, line.unit_price_fen - 1):
        if price >= 0:
            yield replace(line, unit_price_fen=price)
    for amount in amounts:
        for fen in (amount, amount - 1, amount + 1):
            for total in (fen, fen - rest):
                if total >= 0:
                    yield replace(line, unit_price_fen=total, quantity=1)
    yield from (replace(line, unit_price_fen=price) for price in ODD_PRICES)


def with_line(event: OrderEvent, at: int, line: Line) -> OrderEvent:
    return replace(event, lines=(*event.lines[:at], line, *event.lines[at + 1 :]))


def with_line_added(event: OrderEvent, line: Line) -> OrderEvent:
    """The order with a line like one of its own at another price, last."""
    taken = {one.line_id for one in event.lines}
    free = next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
    return replace(event, lines=(*event.lines, replace(line, line_id=free, unit_price_fen=line.unit_price_fen + 333)))


# --- facts ------------------------------------------------------------------------------------------------------------


def steered(event: OrderEvent, condition: Condition) -> OrderEvent:
    """The order changed, fact by fact, towards a condition that its first line should meet."""
    match condition:
        case Test():
            if condition.operator == "exists":
                return event
            value = condition.values[0]
            if isinstance(value, int) and not isinstance(value, bool):
                value += {"more_than": 1, "less_than": -1}.get(condition.operator, 0)
            return next(iter(_with_fact(event, condition.fact, value)), event)
        case All(parts):
            for part in parts:
                event = steered(event, part)
        case AnyOf(parts) if parts:
            return steered(event, parts[0])
        case Not(part):
            for test in tests_of(part):
                event = next(iter(_with_fact(event, test.fact, _other(test))), event)
    return event


def _other(test: Test) -> Any:
    value = test.values[0] if test.values else ""
    return f"{value}-other" if isinstance(value, str) else (not value if isinstance(value, bool) else value - 1)


def _values(test: Test) -> Iterator[Any]:
    """Values at and beside what a test names."""
    region = VOCABULARY.get(test.fact) is not None and VOCABULARY[test.fact].type == "region"
    for value in test.values:
        if isinstance(value, bool):
            yield from (value, not value)
        elif isinstance(value, int):
            yield from (value, value + 1, value - 1)
        elif region:
            yield from (value, f"{value}/{value.rpartition('/')[2]}01", value.rpartition("/")[0])
        else:
            yield from (value, f"{value}/other", value.rpartition("/")[0], f"{value}-other")
    if VOCABULARY.get(test.fact) is not None:
        yield from VOCABULARY[test.fact].values
    yield None


def _with_fact(event: OrderEvent, fact: str, value: Any) -> Iterator[OrderEvent]:
    """The order with another value of a fact; nothing where the value cannot be. None takes it away."""
    owner, _, name = fact.partition(".")
    if owner == "line":
        yield from _with_line_fact(event, name, value)
    elif owner == "clock":
        moment = _at(event.placed_at.astimezone(SHANGHAI), name, value)
        if moment is not None:
            yield replace(event, placed_at=moment)
    elif owner == "order":
        yield from _with_order_fact(event, name, value)
    elif owner == "store":
        yield replace(event, store=_owner(event.store or Store(id="s"), name, value))
    elif owner == "buyer":
        yield replace(event, buyer=_owner(event.buyer, name, value))
    else:
        payee = getattr(event, owner) or Payee(id=owner)
        yield replace(event, **{owner: _owner(payee, name, value)})


_FIELDS = {
    "period_sales": "period_sales_fen",
    "repeat_rate": "repeat_rate_bp",
    "refund_rate": "refund_rate_bp",
}
_MOST = {"repeat_rate": BASIS_POINTS, "refund_rate": BASIS_POINTS}


def _owner(owner: Any, name: str, value: Any) -> Any:
    field = _FIELDS.get(name, name)
    if name == "region":
        return replace(owner, region=_code(value))
    if name == "tags":
        return replace(owner, tags=(value,) if value else ())
    if value is None and name in ("id", "status"):
        return owner
    if isinstance(value, int) and not isinstance(value, bool) and not 0 <= value <= _MOST.get(name, value):
        return owner
    return replace(owner, **{field: value or (None if isinstance(value, str) else value)})


def _code(path: str | None) -> str | None:
    return path.rpartition("/")[2] or None if path else None


_ORDER_FIELDS: dict[str, Callable[[OrderEvent, Any], OrderEvent]] = {
    "channel": lambda event, value: replace(event, channel=value or None),
    "coupons": lambda event, value: replace(event, coupons=(value,) if value else ()),
    "region": lambda event, value: replace(event, delivery=replace(event.delivery, region=_code(value))),
    "list_total": lambda event, value: with_line(
        event, 0, replace(event.lines[0], unit_price_fen=max(0, value or 0), quantity=1)
    ),
    "units": lambda event, value: with_line(event, 0, replace(event.lines[0], quantity=max(1, value or 1))),
}


def _with_order_fact(event: OrderEvent, name: str, value: Any) -> Iterator[OrderEvent]:
    if name == "delivery" and value in ("delivery", "pickup"):
        yield replace(event, delivery=replace(event.delivery, kind=value))
        yield replace(event, delivery=replace(event.delivery, kind=value, fee_fen=600))
    elif name == "delivery_fee" and isinstance(value, int) and value >= 0:
        yield replace(event, delivery=replace(event.delivery, fee_fen=value))
    elif name in _ORDER_FIELDS:
        yield _ORDER_FIELDS[name](event, value)


def _with_line_fact(event: OrderEvent, name: str, value: Any) -> Iterator[OrderEvent]:
    line = event.lines[0]
    field = {"unit_price": "unit_price_fen"}.get(name, name)
    if name == "tags":
        value = (value,) if value else ()
    required = name in ("sku", "merchant", "own_goods", "unit_price", "quantity")
    if (value in (None, "") and required) or (name == "quantity" and value < 1):
        return
    if isinstance(value, int) and not isinstance(value, bool) and value < 0 and name != "days_to_expiry":
        return
    if name == "category":
        value = value or None
    yield with_line(event, 0, replace(line, **{field: value}))
    if len(event.lines) > 1:
        yield replace(event, lines=tuple(replace(one, **{field: value}) for one in event.lines))


def _at(local: datetime, name: str, value: Any) -> datetime | None:
    """The instant moved to a time of day, a date, a weekday or a lunar day (the next one)."""
    name = name.removeprefix("eve.")
    if name == "time" and isinstance(value, int) and 0 <= value < 24 * 60:
        return local.replace(hour=value // 60, minute=value % 60)
    if name == "date" and isinstance(value, int):
        return datetime.combine(date.fromordinal(value), local.timetz())
    if name == "weekday" and value in WEEKDAYS:
        return local + DAY * ((WEEKDAYS.index(value) - local.weekday()) % 7)
    if name == "lunar":
        return next((local + DAY * days for days in range(400) if lunar((local + DAY * days).date()) == value), None)
    return None
