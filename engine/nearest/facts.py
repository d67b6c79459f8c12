"""Which facts a person could change, and how: choices, coupons, the moment, and goods that meet a condition.

The buyer may choose the channel, the delivery, the coupons, the moment, and what is in the basket.  Who someone is
(level, tags, a first purchase), the store, the fee and what goods are (price, category) nobody changes for one order;
goods of another nature can only be added.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from engine.calendar import SHANGHAI
from engine.conditions import FactValue, Value, leaf_holds
from engine.facts import clock_fact, line_fact, order_fact
from engine.match.factoring import Literal, Part
from engine.nearest.change import AddCoupon, Choose, DropCoupon, Step, WaitUntil
from engine.order import Line, OrderEvent
from engine.vocabulary import fact_of

CHOICES = ("order.channel", "order.delivery", "order.region")
BASKET = ("order.list_total", "order.units", "order.line_count", "order.skus", "order.categories", "order.tags")
"""Facts that follow from the goods."""
GOODS_IN_BASKET = {"order.skus": "line.sku", "order.categories": "line.category", "order.tags": "line.tags"}
LONGEST_WAIT_DAYS = 400
"""How far ahead a moment is looked for: a little over a year, so that yearly days are found."""
USUAL_PRICE_FEN = 1_000
"""Price of example goods where the order has none to go by."""
_FIELDS = {"unit_price": "unit_price_fen"}


class Fix(msgspec.Struct, frozen=True):
    """What makes the order half of a condition hold: steps, and tests on the basket that goods must meet.

    `blocked` are the tests that nobody can meet for this order; where there are any, the steps do not suffice.
    """

    steps: tuple[Step, ...]
    basket: tuple[Literal, ...] = ()
    blocked: tuple[Literal, ...] = ()


def literal_holds(literal: Literal, value: FactValue) -> bool:
    """Whether a test, or its negation, holds for a value."""
    return leaf_holds(literal.test, value) is literal.wanted


def fix_for(event: OrderEvent, part: Part) -> Fix:
    """How one conjunction of tests on the order could be met."""
    steps: list[Step] = []
    basket: list[Literal] = []
    blocked: list[Literal] = []
    by_fact: dict[str, list[Literal]] = {}
    for literal in part:
        by_fact.setdefault("clock" if literal.test.fact.startswith("clock.") else literal.test.fact, []).append(literal)
    for fact, literals in by_fact.items():
        unmet = [one for one in literals if not literal_holds(one, order_fact(event, one.test.fact))]
        if not unmet:
            continue
        if fact in BASKET:
            basket += unmet
            continue
        found = _steps(event, fact, literals)
        if found is None:
            blocked += unmet
        else:
            steps += found
    return Fix(tuple(steps), tuple(basket), tuple(blocked))


def _steps(event: OrderEvent, fact: str, literals: Sequence[Literal]) -> Sequence[Step] | None:
    """Steps that make all tests on one fact hold (some do not yet); None when nobody can take any."""
    if fact == "clock":
        wait = wait_for(event, literals)
        return None if wait is None else (wait,)
    if fact == "order.coupons":
        return _coupons(event, literals)
    if fact in CHOICES:
        for value in candidates(literals):
            if isinstance(value, str) and all(literal_holds(one, value) for one in literals):
                return (Choose(fact, value.rpartition("/")[2]),)
    return None


def _coupons(event: OrderEvent, literals: Sequence[Literal]) -> Sequence[Step] | None:
    refused = {value for one in literals if not one.wanted for value in one.test.values}
    steps: list[Step] = [DropCoupon(code) for code in dict.fromkeys(event.coupons) if code in refused]
    held = {code for code in event.coupons if code not in refused}
    for one in literals:
        if one.wanted and not literal_holds(one, frozenset(held)):
            code = next((value for value in one.test.values if value not in refused), None)
            if not isinstance(code, str):
                return None
            held.add(code)
            steps.append(AddCoupon(code))
    return steps if all(literal_holds(one, frozenset(held)) for one in literals) else None


def wait_for(event: OrderEvent, literals: Sequence[Literal], after: datetime | None = None) -> WaitUntil | None:
    """The first minute after the order's (not before `after`) at which all tests on the clock hold."""
    now = event.placed_at.astimezone(SHANGHAI)
    start = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    start = start if after is None else max(start, after.astimezone(SHANGHAI))
    times = [one for one in literals if one.test.fact == "clock.time"]
    days = [one for one in literals if one.test.fact != "clock.time"]
    midnight = start.replace(hour=0, minute=0)
    first = start.hour * 60 + start.minute
    for _ in range(LONGEST_WAIT_DAYS):
        if all(literal_holds(one, clock_fact(one.test.fact, midnight)) for one in days):
            minute = _first_minute(times, first)
            if minute is not None:
                at = midnight + timedelta(minutes=minute)
                minutes = -((now - at) // timedelta(minutes=1))
                return WaitUntil(at.astimezone(event.placed_at.tzinfo), minutes)
        first = 0
        try:
            midnight += timedelta(days=1)
        except OverflowError:  # the calendar ends
            return None
    return None


def _first_minute(times: Sequence[Literal], first: int) -> int | None:
    starts = {first, *(value for value in candidates(times) if isinstance(value, int))}
    possible = (minute for minute in sorted(starts) if first <= minute < 24 * 60)
    return next((minute for minute in possible if all(literal_holds(one, minute) for one in times)), None)


def candidates(literals: Iterable[Literal]) -> list[Value]:
    """Values worth trying: those that tests name, whole numbers with their neighbours, and a closed fact's all."""
    wanted: list[Value] = []
    others: list[Value] = []
    for literal in literals:
        known = fact_of(literal.test.fact)
        for value in literal.test.values:
            if isinstance(value, int) and not isinstance(value, bool):
                wanted += [value, value + 1, value - 1]
            elif literal.wanted:
                wanted.append(value)
        others += [True, False] if known.type == "boolean" else known.values
    return list(dict.fromkeys([*wanted, *others]))


def example_goods(event: OrderEvent, part: Sequence[Literal]) -> list[Line]:
    """Plain goods that meet tests on the line, one or two of them; none when no simple example is found."""
    found = [_example(event, part), _example(event, tuple(reversed(part)))]
    return [line for at, line in enumerate(found) if line is not None and line not in found[:at]]


def _example(event: OrderEvent, part: Sequence[Literal]) -> Line | None:
    prices = [line.unit_price_fen for line in event.lines if line.unit_price_fen]
    line = Line(line_id="new", sku="goods", unit_price_fen=min(prices, default=USUAL_PRICE_FEN), quantity=1)
    by_fact: dict[str, list[Literal]] = {}
    for literal in part:
        by_fact.setdefault(literal.test.fact, []).append(literal)
    for fact, literals in by_fact.items():
        if all(literal_holds(one, line_fact(line, fact)) for one in literals):
            continue
        made = (_made(line, fact.removeprefix("line."), value) for value in _goods_values(fact, literals))
        found = next((one for one in made if _meets(one, literals)), None)
        if found is None:
            return None
        line = found
    return line


def _goods_values(fact: str, literals: Sequence[Literal]) -> Iterable[object]:
    if fact_of(fact).type == "texts":
        refused = {value for one in literals if not one.wanted for value in one.test.values}
        named = (next((v for v in one.test.values if v not in refused), None) for one in literals if one.wanted)
        yield tuple(dict.fromkeys(value for value in named if value is not None))
        return
    yield from candidates(literals)
    if fact in ("line.product", "line.category"):
        yield "other"
    if fact in ("line.stock", "line.days_to_expiry"):
        yield 1


def _made(line: Line, field: str, value: object) -> Line:
    return msgspec.structs.replace(line, **{_FIELDS.get(field, field): value})


def _meets(line: Line, literals: Iterable[Literal]) -> bool:
    fen, quantity = line.unit_price_fen, line.quantity
    if fen < 0 or quantity < 1 or line.category == "" or (line.stock or 0) < 0:
        return False
    return all(literal_holds(one, line_fact(line, one.test.fact)) for one in literals)


def meets_part(line: Line, part: Part) -> bool:
    """Whether a line meets every test of a part."""
    return all(literal_holds(one, line_fact(line, one.test.fact)) for one in part)
