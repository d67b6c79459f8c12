"""The condition tree of a rule and its plain reading.

A condition is a tree of `All`, `Any`, `Not` over `Test` leaves; each leaf tests one fact of the vocabulary.  This
module answers "does it hold?" directly in Python.  `network.py` answers the same question through the rules engine;
a property test holds the two equal (law L10).

A positive test on an absent fact is false, and so its negation is true.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

Operator = Literal["in", "under", "at_least", "more_than", "at_most", "less_than", "exists"]
Value = str | int | bool
FactValue = str | int | bool | tuple[str, ...] | frozenset[str] | None
Facts = Callable[[str], FactValue]
"""Look a fact up by name; None when it is absent."""


class Test(msgspec.Struct, frozen=True, tag="test"):
    """One test of one fact.

    `in`: the fact (or, for a set of texts, any member) equals one of `values`; `under`: the fact's path, or one path
    of a set of paths, is one of `values` or below it; the four comparisons take one integer (fen, units, minutes,
    day ordinals); `exists` takes none.
    """

    __test__ = False

    fact: str
    operator: Operator
    values: tuple[Value, ...] = ()


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every part holds; an empty one (`when: always`) holds everywhere."""

    parts: tuple["Condition", ...] = ()


class Any(msgspec.Struct, frozen=True, tag="any"):
    """At least one part holds; an empty one never does."""

    parts: tuple["Condition", ...] = ()


class Not(msgspec.Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: "Condition"


Condition = Test | All | Any | Not
ALWAYS = All()


def holds(condition: Condition, facts: Facts) -> bool:
    """The plain reading of a condition against facts looked up by name."""
    match condition:
        case Test():
            return leaf_holds(condition, facts(condition.fact))
        case All(parts):
            return all(holds(part, facts) for part in parts)
        case Any(parts):
            return any(holds(part, facts) for part in parts)
        case Not(part):
            return not holds(part, facts)


def leaf_holds(test: Test, value: FactValue) -> bool:
    """One leaf against one fact value; an absent value (None) fails every operator."""
    if value is None:
        return False
    match test.operator:
        case "exists":
            return True
        case "in":
            return any(one in test.values for one in value) if isinstance(value, frozenset) else value in test.values
        case "under":
            paths = value if isinstance(value, frozenset) else (value,)
            return any(path_under(path, root) for path in paths for root in test.values)
    if not isinstance(value, int):
        return False
    bound = test.values[0]
    assert isinstance(bound, int)
    match test.operator:
        case "at_least":
            return value >= bound
        case "more_than":
            return value > bound
        case "at_most":
            return value <= bound
        case "less_than":
            return value < bound


def path_under(path: object, root: object) -> bool:
    """Whether a path such as `snack/fried` is `root` or lies below it."""
    return isinstance(path, str) and isinstance(root, str) and (path == root or path.startswith(root + "/"))


def tests_of(condition: Condition) -> tuple[Test, ...]:
    """All leaves of a tree, left to right."""
    match condition:
        case Test():
            return (condition,)
        case All(parts) | Any(parts):
            return tuple(test for part in parts for test in tests_of(part))
        case Not(part):
            return tests_of(part)


def all_of(*conditions: Condition) -> Condition:
    """The conjunction of conditions, flattened; `always` vanishes."""
    parts: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, All):
            parts.extend(condition.parts)
        else:
            parts.append(condition)
    return parts[0] if len(parts) == 1 else All(tuple(parts))
