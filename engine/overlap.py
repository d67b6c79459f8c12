"""Can two conditions hold for one line of one order? Exact on single-valued facts, and on the safe side otherwise."""

from collections.abc import Iterable

from engine.conditions import Condition, Test, all_of, path_under
from engine.factoring import Literal, Part, TooLarge, factor
from engine.vocabulary import fact_of

_SETS = frozenset({"texts", "paths"})


def can_hold_together(one: Condition, other: Condition) -> bool:
    """False only when it is certain that no line satisfies both; conditions too large to tell count as True."""
    try:
        disjuncts = factor(all_of(one, other))
    except TooLarge:
        return True
    return any(
        any(_possible(part) for part in disjunct.order) and any(_possible(part) for part in disjunct.line)
        for disjunct in disjuncts
    )


def _possible(part: Part) -> bool:
    by_fact: dict[str, list[Literal]] = {}
    for literal in part:
        by_fact.setdefault(literal.test.fact, []).append(literal)
    return all(fact_of(fact).type in _SETS or _value_exists(literals) for fact, literals in by_fact.items())


def _value_exists(literals: list[Literal]) -> bool:
    """Whether one value of a single-valued fact can satisfy all tests on it."""
    wanted = [literal.test for literal in literals if literal.wanted]
    refused = [literal.test for literal in literals if not literal.wanted]
    if not wanted:
        return True  # an absent fact fails every positive test
    candidates = _candidates(wanted, refused)
    if candidates is None:
        return True
    return any(
        all(_passes(test, value) for test in wanted) and not any(_passes(test, value) for test in refused)
        for value in candidates
    )


def _candidates(wanted: Iterable[Test], refused: Iterable[Test]) -> list[object] | None:
    """Values worth trying: those that tests name, and their neighbours on both sides; None when any text would do."""
    named: list[object] = []
    tests = [*wanted, *refused]
    for test in tests:
        for value in test.values:
            if isinstance(value, int) and not isinstance(value, bool):
                named += [value - 1, value, value + 1]
            else:
                named.append(value)
                if test.operator == "under":
                    named.append(f"{value}/\uffff")
    if all(test.operator == "exists" for test in wanted):
        return None
    return named


def _passes(test: Test, value: object) -> bool:
    match test.operator:
        case "exists":
            return True
        case "in":
            return value in test.values
        case "under":
            return any(path_under(value, root) for root in test.values)
    bound = test.values[0]
    if not isinstance(value, int) or not isinstance(bound, int):
        return False
    return {
        "at_least": value >= bound,
        "more_than": value > bound,
        "at_most": value <= bound,
        "less_than": value < bound,
    }[test.operator]
