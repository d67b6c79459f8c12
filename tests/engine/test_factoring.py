"""Factoring keeps the meaning of a condition, keeps the halves apart, and stops before it explodes."""

import pytest
from hypothesis import given

from engine.conditions import ALWAYS, All, Any, Condition, Facts, FactValue, Not, Test, holds
from engine.conditions import leaf_holds as passes
from engine.facts import facts_of
from engine.match.factoring import MAX_DISJUNCTS, MAX_TESTS, Literal, Part, TooLarge, factor, push_negation
from engine.order import OrderEvent
from engine.vocabulary import fact_of
from tests.engine.events import conditions, events

GOLD = Test("buyer.level", "in", ("gold",))
LIVE = Test("order.channel", "in", ("live",))
SNACK = Test("line.category", "under", ("snack",))
MANY = Test("line.quantity", "at_least", (3,))


def part(*tests: Test) -> Part:
    return tuple(Literal(test) for test in tests)


def any_part(parts: tuple[Part, ...], facts: Facts) -> bool:
    return any(all(passes(one.test, facts(one.test.fact)) is one.wanted for one in part) for part in parts)


@given(conditions(), events)
def test_some_disjunct_holds_exactly_when_the_condition_does(condition: Condition, event: OrderEvent) -> None:
    try:
        disjuncts = factor(condition)
    except TooLarge:
        return
    for line in event.lines:
        facts = facts_of(event, line)
        found = any(any_part(disjunct.order, facts) and any_part(disjunct.line, facts) for disjunct in disjuncts)
        assert found is holds(condition, facts)


@given(conditions())
def test_parts_keep_to_their_half(condition: Condition) -> None:
    try:
        disjuncts = factor(condition)
    except TooLarge:
        return
    for disjunct in disjuncts:
        assert {fact_of(one.test.fact).half for part in disjunct.order for one in part} <= {"order"}
        assert {fact_of(one.test.fact).half for part in disjunct.line for one in part} <= {"line"}


@given(conditions(), events)
def test_negation_reaches_the_tests(condition: Condition, event: OrderEvent) -> None:
    pushed = push_negation(condition, wanted=False)
    facts = facts_of(event, event.lines[0])
    assert holds(pushed, facts) is not holds(condition, facts)

    def only_around_tests(tree: Condition) -> bool:
        if isinstance(tree, All | Any):
            return all(map(only_around_tests, tree.parts))
        return isinstance(tree, Test) or isinstance(tree.part, Test)

    assert only_around_tests(pushed)


def test_always_and_never() -> None:
    (always,) = factor(ALWAYS)
    assert (always.order, always.line) == (((),), ((),))
    assert factor(Any()) == ()
    assert factor(All((SNACK, Any()))) == ()
    assert factor(All((GOLD, SNACK, Not(GOLD)))) == ()


def test_a_conjunction_is_one_disjunct_with_both_halves() -> None:
    (disjunct,) = factor(All((GOLD, SNACK, LIVE, MANY)))
    assert disjunct.order == (part(GOLD, LIVE),)
    assert disjunct.line == (part(SNACK, MANY),)


def test_a_choice_within_one_half_stays_one_disjunct() -> None:
    (disjunct,) = factor(All((Any((GOLD, LIVE)), Any((SNACK, MANY)))))
    assert disjunct.order == (part(GOLD), part(LIVE))
    assert disjunct.line == (part(SNACK), part(MANY))


def test_a_choice_across_the_halves_makes_disjuncts() -> None:
    assert len(factor(Any((GOLD, SNACK)))) == 2
    assert len(factor(All((Any((GOLD, SNACK)), Any((LIVE, MANY)))))) == 4


def test_a_part_that_another_one_covers_is_dropped() -> None:
    (disjunct,) = factor(Any((All((GOLD, LIVE)), GOLD, All((LIVE, GOLD)))))
    assert disjunct.order == (part(GOLD),)


def mixed_pairs(count: int) -> Condition:
    return All(
        tuple(
            Any((Test("buyer.id", "in", (f"b{index}",)), Test("line.sku", "in", (f"k{index}",))))
            for index in range(count)
        )
    )


def test_explosions_are_refused() -> None:
    assert len(factor(mixed_pairs(6))) == MAX_DISJUNCTS
    with pytest.raises(TooLarge):
        factor(mixed_pairs(7))
    skus = [Test("line.sku", "in", (f"k{index}",)) for index in range(MAX_TESTS + 1)]
    assert len(factor(Any(tuple(skus[:MAX_DISJUNCTS])))[0].line) == MAX_DISJUNCTS
    with pytest.raises(TooLarge):
        factor(Any(tuple(skus[: MAX_DISJUNCTS + 1])))
    factor(Not(Any(tuple(skus[:MAX_TESTS]))))
    with pytest.raises(TooLarge):
        factor(Not(Any(tuple(skus))))


def test_an_explosion_is_refused_before_it_happens() -> None:
    """A condition of 60 choices would have 2**60 disjuncts."""
    with pytest.raises(TooLarge):
        factor(mixed_pairs(60))
    absent: FactValue = None
    assert not holds(mixed_pairs(60), lambda _name: absent)
