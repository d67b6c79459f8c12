"""Condition trees in factored form: alternatives of (what the order must be, what the line must be).

An order of many lines asks the order half once and each distinct kind of line once, so a condition is rewritten as
disjuncts, each the conjunction of an order tree and a line tree, and each tree as a choice of *parts*: flat
conjunctions of single tests.  Both rewritings can explode, so both are bounded; what exceeds the bound is left to the
plain reading.
"""

from collections.abc import Iterator

import msgspec

from engine.conditions import ALWAYS, All, Any, Condition, Not, Test, tests_of
from engine.vocabulary import Half, fact_of

MAX_DISJUNCTS = 64
"""Most disjuncts of a condition, and most parts of one half of a disjunct."""

MAX_TESTS = 100
"""Most tests of one part."""


class Literal(msgspec.Struct, frozen=True):
    """One test, or its negation when `wanted` is false."""

    test: Test
    wanted: bool = True


Part = tuple[Literal, ...]
"""A flat conjunction over facts of one half; the empty part always holds."""


class Disjunct(msgspec.Struct, frozen=True):
    """Holds when any of `order` and any of `line` holds."""

    order: tuple[Part, ...]
    line: tuple[Part, ...]


class TooLarge(Exception):
    """A condition whose factored form would exceed a bound."""


def factor(condition: Condition) -> tuple[Disjunct, ...]:
    """The disjuncts of a condition; none when it can never hold. Raises `TooLarge`."""
    found = []
    for order, line in _split(push_negation(condition)):
        disjunct = Disjunct(_parts(order), _parts(line))
        if disjunct.order and disjunct.line:
            found.append(disjunct)
    return tuple(found)


def push_negation(condition: Condition, wanted: bool = True) -> Condition:
    """The same condition (its negation, unless `wanted`) with `Not` around single tests only."""
    match condition:
        case Test():
            return condition if wanted else Not(condition)
        case Not(part):
            return push_negation(part, not wanted)
        case All(parts) | Any(parts):
            pushed = tuple(push_negation(part, wanted) for part in parts)
            return All(pushed) if isinstance(condition, All) is wanted else Any(pushed)


def _halves(condition: Condition) -> set[Half]:
    return {fact_of(test.fact).half for test in tests_of(condition)}


def _split(condition: Condition) -> list[tuple[Condition, Condition]]:
    """(order tree, line tree) pairs of which at least one must hold. Only mixed trees multiply."""
    halves = _halves(condition)
    if "line" not in halves:
        return [(condition, ALWAYS)]
    if "order" not in halves:
        return [(ALWAYS, condition)]
    assert isinstance(condition, All | Any)
    order = tuple(part for part in condition.parts if _halves(part) == {"order"})
    line = tuple(part for part in condition.parts if _halves(part) == {"line"})
    others = [_split(part) for part in condition.parts if len(_halves(part)) != 1]
    if isinstance(condition, Any):
        pairs: list[tuple[Condition, Condition]] = [pair for split in others for pair in split]
        pairs += [(Any(order), ALWAYS)] if order else []
        pairs += [(ALWAYS, Any(line))] if line else []
    else:
        pairs = [(All(order), All(line))]
        for split in others:
            _check(len(pairs) * len(split), MAX_DISJUNCTS)
            pairs = [(_both(a, c), _both(b, d)) for a, b in pairs for c, d in split]
    _check(len(pairs), MAX_DISJUNCTS)
    return pairs


def _both(one: Condition, other: Condition) -> Condition:
    return other if one == ALWAYS else one if other == ALWAYS else All((one, other))


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise TooLarge(f"its factored form has more than {limit} alternatives or tests")


def _parts(tree: Condition) -> tuple[Part, ...]:
    """The parts of a tree of one half, without those that contradict themselves; `((),)` when it always holds."""
    possible = [part for part in _alternatives(tree) if not _contradicts(part)]
    shortest = sorted(dict.fromkeys(possible), key=len)
    kept: list[Part] = []
    for part in shortest:
        wanted = set(part)
        if not any(wanted.issuperset(other) for other in kept):
            kept.append(part)
    return tuple(kept)


def _contradicts(part: Part) -> bool:
    return any(Literal(literal.test, not literal.wanted) in part for literal in part)


def _alternatives(tree: Condition) -> list[Part]:
    match tree:
        case Test():
            return [(Literal(tree),)]
        case Not(part):
            assert isinstance(part, Test)  # negation has been pushed
            return [(Literal(part, wanted=False),)]
        case Any(parts):
            found = [part for each in parts for part in _alternatives(each)]
            _check(len(found), MAX_DISJUNCTS)
            return found
        case All(parts):
            return _product(_alternatives(each) for each in parts)


def _product(factors: Iterator[list[Part]]) -> list[Part]:
    found: list[Part] = [()]
    for choices in factors:
        _check(len(found) * len(choices), MAX_DISJUNCTS)
        found = [tuple(dict.fromkeys(one + other)) for one in found for other in choices]
        for part in found:
            _check(len(part), MAX_TESTS)
    return found
