"""Example orders: what is found always holds, what a sound order satisfies is found; implications are never false."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings

from engine.calendar import SHANGHAI
from engine.conditions import ALWAYS, All, Any, Condition, Not, Test, holds
from engine.errors import InvalidInput
from engine.events import read_event
from engine.example.example import compact_json, example_order, with_payees
from engine.facts import facts_of
from engine.lint.overlap import can_hold_together, implies
from engine.order import OrderEvent
from tests.engine.events import conditions, events

SNACK, FRIED = Test("line.category", "under", ("snack",)), Test("line.category", "under", ("snack/fried",))
CHEAP, DEAR = Test("line.unit_price", "less_than", (50,)), Test("line.unit_price", "at_least", (50,))
BASKET = (Test("order.skus", "in", ("a",)), Test("order.skus", "in", ("b",)), Test("order.units", "in", (7,)))


def _sound(event: OrderEvent) -> bool:
    """Whether an event is one that would be taken from outside."""
    try:
        return read_event(compact_json(event).encode(), "x") is not None
    except (InvalidInput, UnicodeEncodeError):
        return False


def _tamed(value: object) -> object:
    """An event's fields brought within the bounds of events, so that tests meet what could really come in."""
    if isinstance(value, bool) or not isinstance(value, int | str | list | tuple | dict):
        return value
    if isinstance(value, int):
        return min(value, 10**12)
    if isinstance(value, str):
        return value or "a"
    if isinstance(value, list | tuple):
        return [_tamed(one) for one in value]
    return {key: max(1, min(one, 10**9)) if key == "quantity" else _tamed(one) for key, one in value.items()}


def _sound_event(event: OrderEvent) -> OrderEvent:
    lines = [msgspec.structs.replace(line, line_id=str(at)) for at, line in enumerate(event.lines)]
    whole = msgspec.structs.replace(event, lines=tuple(lines))
    tamed = msgspec.convert(_tamed(msgspec.to_builtins(whole)), OrderEvent)
    assert _sound(tamed)
    return tamed


sound_events = events.map(_sound_event)


@settings(max_examples=200, deadline=None)
@given(conditions(), sound_events)
def test_what_an_order_satisfies_has_an_example(condition: Condition, event: OrderEvent) -> None:
    found = example_order(condition, event.placed_at)
    if found is not None:
        assert found.holds(condition)
        assert _sound(found.event)
        assert found == example_order(condition, event.placed_at)
        assert can_hold_together(condition, ALWAYS)
    else:
        assert not any(holds(condition, facts_of(event, line)) for line in event.lines)


@settings(max_examples=200, deadline=None)
@given(conditions(), conditions(), sound_events)
def test_an_implication_is_never_false(one: Condition, other: Condition, event: OrderEvent) -> None:
    for pair in ((one, other), (All((one, other)), one), (one, Any((one, other)))):
        if implies(*pair):
            for line in event.lines:
                facts = facts_of(event, line)
                assert not holds(pair[0], facts) or holds(pair[1], facts)


@pytest.mark.parametrize(
    ("one", "other", "follows"),
    [
        (FRIED, SNACK, True),
        (SNACK, FRIED, False),
        (DEAR, Test("line.unit_price", "more_than", (49,)), True),
        (DEAR, Test("line.unit_price", "more_than", (50,)), False),
        (ALWAYS, Any((CHEAP, DEAR)), True),
        (ALWAYS, Any((CHEAP, Test("line.unit_price", "more_than", (50,)))), False),
        (Test("line.tags", "in", ("a",)), Test("line.tags", "in", ("a", "b")), True),
        (Test("line.tags", "in", ("a", "b")), Test("line.tags", "in", ("a",)), False),
        (ALWAYS, Any((Test("buyer.is_new", "in", (True,)), Test("buyer.is_new", "in", (False,)))), False),
        (ALWAYS, Any((Test("line.own_goods", "in", (True,)), Test("line.own_goods", "in", (False,)))), True),
        (Test("promoter.level", "in", ("gold",)), Test("promoter.id", "exists"), True),
        (Test("referrer.level", "in", ("gold",)), Test("promoter.id", "exists"), False),
        (ALWAYS, Test("line.quantity", "at_least", (1,)), True),
        (ALWAYS, Test("line.quantity", "at_least", (2,)), False),
    ],
)
def test_implications(one: Condition, other: Condition, *, follows: bool) -> None:
    assert implies(one, other) is follows


@pytest.mark.parametrize(
    "condition",
    [
        All((FRIED, Not(Test("line.category", "in", ("snack/fried",))))),
        All((Test("clock.lunar", "in", (815,)), Test("clock.time", "at_least", (1320,)))),
        All((Test("clock.holiday", "in", ("national_day",)), Test("clock.weekday", "in", ("mon",)))),
        All(BASKET),
        Not(Test("line.quantity", "more_than", (1,))),
        All((Not(Test("line.quantity", "in", (1, 2))), Test("order.list_total", "in", (7,)))),
        All((*BASKET, Test("line.sku", "in", ("c",)), Test("order.list_total", "in", (123,)))),
        All((Test("promoter.period_sales", "at_least", (2_000_000,)), Not(Test("leader.id", "exists")))),
        All((Test("order.region", "under", ("43/4301",)), Not(Test("order.region", "in", ("43/4301",))))),
    ],
)
def test_examples_of_facts_that_hang_together(condition: Condition) -> None:
    found = example_order(condition)
    assert found is not None
    assert found.holds(condition)
    assert _sound(found.event)


def test_no_example_of_what_cannot_be() -> None:
    never = All((Test("clock.holiday", "in", ("national_day",)), Test("clock.date", "in", (START_OF_MARCH,))))
    assert example_order(never) is None
    assert example_order(All((CHEAP, DEAR))) is None
    assert (
        example_order(All((Test("order.line_count", "at_most", (1,)), *BASKET, Test("line.sku", "in", ("c",))))) is None
    )


START_OF_MARCH = datetime(2027, 3, 1, tzinfo=SHANGHAI).toordinal()


def test_examples_keep_to_their_period() -> None:
    since = datetime(2026, 10, 1, 12, 0, 30, tzinfo=SHANGHAI)
    found = example_order(ALWAYS, since)
    assert found is not None
    assert found.event.placed_at == since + timedelta(seconds=30)
    assert example_order(ALWAYS, since, since + timedelta(seconds=30)) is None
    assert example_order(Test("clock.time", "less_than", (720,)), since, since + timedelta(hours=12)) is not None
    assert example_order(Test("clock.time", "less_than", (720,)), since, since + timedelta(hours=11)) is None


def test_payees_come_along_where_the_condition_leaves_them_free() -> None:
    absent = Not(Test("promoter.id", "exists"))
    found = example_order(absent)
    assert found is not None
    event = with_payees(found, ["promoter", "leader", "pool:city"], absent).event
    assert (event.promoter, event.leader is None) == (None, False)
