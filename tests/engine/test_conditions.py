"""The plain reading: what each test, and each tree of them, means."""

import pytest
from hypothesis import given

from engine.conditions import (
    ALWAYS,
    All,
    Any,
    Condition,
    FactValue,
    Not,
    Operator,
    Test,
    all_of,
    holds,
    path_under,
)
from engine.conditions import leaf_holds as passes
from engine.conditions import tests_of as leaves_of
from engine.facts import facts_of
from engine.order import OrderEvent
from tests.engine.events import conditions, events

GOLD = Test("buyer.level", "in", ("gold",))
SNACK = Test("line.category", "under", ("snack",))
MANY = Test("line.quantity", "at_least", (3,))


@pytest.mark.parametrize(
    ("operator", "values", "fact", "expected"),
    [
        ("in", ("gold", "silver"), "silver", True),
        ("in", ("gold",), "Gold", False),
        ("in", (), "gold", False),
        ("in", (0,), 0, True),
        ("in", (False,), False, True),
        ("in", ("a", "b"), frozenset({"b", "c"}), True),
        ("in", ("a",), frozenset({"b"}), False),
        ("in", ("a",), frozenset(), False),
        ("under", ("snack",), "snack", True),
        ("under", ("snack",), "snack/fried", True),
        ("under", ("snack",), "snacks", False),
        ("under", ("snack/fried",), "snack", False),
        ("under", ("fruit", "snack"), "snack/fried", True),
        ("under", ("snack",), frozenset({"fruit", "snack/fried"}), True),
        ("under", ("snack",), frozenset({"fruit"}), False),
        ("at_least", (3,), 3, True),
        ("at_least", (3,), 2, False),
        ("more_than", (3,), 4, True),
        ("more_than", (3,), 3, False),
        ("at_most", (3,), 3, True),
        ("at_most", (3,), 4, False),
        ("less_than", (3,), 2, True),
        ("less_than", (3,), 3, False),
        ("at_least", (3,), "3", False),
        ("exists", (), 0, True),
        ("exists", (), "", True),
        ("exists", (), frozenset(), True),
    ],
)
def test_one_test(operator: Operator, values: tuple[str | int, ...], fact: FactValue, expected: bool) -> None:
    assert passes(Test("any", operator, values), fact) is expected


@pytest.mark.parametrize("operator", ["in", "under", "at_least", "more_than", "at_most", "less_than", "exists"])
def test_absent_fact_fails_every_test_and_passes_its_negation(operator: Operator) -> None:
    test = Test("order.list_total", operator, () if operator == "exists" else (0,))
    assert not holds(test, lambda _name: None)
    assert holds(Not(test), lambda _name: None)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ALWAYS, True),
        (Any(), False),
        (Not(ALWAYS), False),
        (All((GOLD, MANY)), True),
        (All((GOLD, SNACK)), False),
        (Any((GOLD, SNACK)), True),
        (Any((SNACK, Not(MANY))), False),
        (Not(All((GOLD, SNACK))), True),
    ],
)
def test_a_tree(condition: Condition, expected: bool) -> None:
    facts: dict[str, FactValue] = {"buyer.level": "gold", "line.quantity": 5, "line.category": "fruit"}
    assert holds(condition, facts.__getitem__) is expected


@given(conditions(), events)
def test_negation_is_the_opposite_and_de_morgan_holds(condition: Condition, event: OrderEvent) -> None:
    for line in event.lines:
        facts = facts_of(event, line)
        assert holds(Not(condition), facts) is not holds(condition, facts)
        if isinstance(condition, All):
            assert holds(Any(tuple(map(Not, condition.parts))), facts) is not holds(condition, facts)


def test_a_path_is_under_itself_and_its_ancestors_only() -> None:
    assert path_under("43/4301", "43")
    assert not path_under("43", "43/4301")
    assert not path_under(None, "43")
    assert not path_under("43", 43)


def test_leaves_come_left_to_right() -> None:
    assert leaves_of(All((GOLD, Not(Any((SNACK, MANY))), GOLD))) == (GOLD, SNACK, MANY, GOLD)


def test_all_of_flattens_and_forgets_always() -> None:
    assert all_of(ALWAYS, GOLD, ALWAYS) == GOLD
    assert all_of(GOLD, All((SNACK, MANY))) == All((GOLD, SNACK, MANY))
    assert all_of() == ALWAYS
