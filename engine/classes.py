"""Value classes: each fact reduced to one small integer that keeps only what the live tests can tell apart.

A column reads one fact and encodes its value as such a code: amounts become the bucket between the thresholds that
tests name, texts that no test names fall together, paths become the deepest root that a test names, sets become the
bits of the tests they pass.  Orders and lines with equal codes match the same rules, so codes are what caches are keyed
by.  From the code a column also gives its *properties*, the small integers that the rules engine sees; a test becomes
comparisons of properties.  Absent values have codes outside the reach of every test, so that a positive test on an
absent fact is false and its negation true.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Literal as OneOf

import msgspec

from engine.conditions import FactValue, Test, leaf_holds
from engine.factoring import Literal, Part
from engine.vocabulary import INTEGER_TYPES, fact_of

Encode = Callable[[FactValue], int]

MAX_CHOICES = 32
"""Longest any-of that is compared value by value; a longer one becomes one yes-or-no property."""

MAX_EXCLUSIONS = 4
"""Longest none-of that is compared value by value."""

MEMO_LIMIT = 16_384
"""Most raw values a column remembers the code of."""


class Step(msgspec.Struct, frozen=True):
    """One comparison of a property: `==` any of the values, or `!=`, `>=`, `<` the only one."""

    property: str
    operator: OneOf["==", "!=", ">=", "<"]
    values: tuple[int, ...]


class _Memo(dict[FactValue, int]):
    """Codes by raw value, computed on first sight; looking up a known one costs a dict access and no call."""

    def __init__(self, compute: Encode) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, value: FactValue) -> int:
        code = self._compute(value)
        if len(self) >= MEMO_LIMIT:
            self.clear()
        self[value] = code
        return code


class _Known(dict[FactValue, int]):
    """Codes of the named values; every other value is 1 and is not remembered."""

    def __missing__(self, value: FactValue) -> int:
        return 1


class LevelColumn:
    """Integers against thresholds. Code: how many thresholds are reached; -1 absent.

    Two properties: `low` carries -1 for absent and serves the tests that want much, `high` carries a number above all
    buckets and serves those that want little; so both fail on an absent value.
    """

    def __init__(self, fact: str, name: str, tests: Iterable[Test]) -> None:
        bounds = {bound for test in tests for bound in _bounds(test)}
        self.fact = fact
        self._thresholds = sorted(bounds)
        self._bucket = {bound: index + 1 for index, bound in enumerate(self._thresholds)}
        self._low, self._high = f"{name}l", f"{name}h"
        self.properties = (self._low, self._high)

    def encode(self, value: FactValue) -> int:
        return -1 if value is None else bisect_right(self._thresholds, value)  # an integer fact

    def spread(self, code: int) -> tuple[int, ...]:
        return (code, code) if code >= 0 else (-1, len(self._thresholds) + 1)

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        test, wanted = literal.test, literal.wanted
        if test.operator == "exists":
            return (Step(self._low, ">=" if wanted else "<", (0,)),)
        levels = [self._bucket[bound] for bound in _bounds(test)]
        match test.operator:
            case "at_least" | "more_than":
                return (Step(self._low, ">=" if wanted else "<", (levels[0],)),)
            case "less_than" | "at_most":
                return (Step(self._high, "<" if wanted else ">=", (levels[0],)),)
            case _:
                return _among(self._low, sorted(set(levels[::2])), wanted)


class ExactColumn:
    """Texts and booleans against named values. Code: 0 absent, 1 any value not named, 2 and up the named ones."""

    def __init__(self, fact: str, name: str, tests: Iterable[Test]) -> None:
        named = dict.fromkeys(value for test in tests for value in test.values)
        known = _Known({value: code for code, value in enumerate(named, start=2)})
        known[None] = 0
        self.fact = fact
        self.properties = (name,)
        self.encode: Encode = known.__getitem__
        self._codes: dict[FactValue, int] = known

    def spread(self, code: int) -> tuple[int, ...]:
        return (code,)

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        (name,) = self.properties
        if literal.test.operator == "exists":
            return _among(name, [0], not literal.wanted)
        return _among(name, sorted({self._codes[value] for value in literal.test.values}), literal.wanted)


class RootColumn:
    """Paths against named roots. Code: 0 absent, 1 under none of them, 2 and up the deepest named root above it."""

    def __init__(self, fact: str, name: str, tests: Iterable[Test]) -> None:
        named = dict.fromkeys(value for test in tests for value in test.values)
        self.fact = fact
        self.properties = (name,)
        self._codes = {root: code for code, root in enumerate(named, start=2) if isinstance(root, str)}
        self.encode: Encode = _Memo(self._deepest).__getitem__

    def _deepest(self, path: FactValue) -> int:
        if not isinstance(path, str):
            return 0 if path is None else 1
        head, slash = path, "/"
        while slash:
            if head in self._codes:
                return self._codes[head]
            head, slash, _ = head.rpartition("/")
        return 1

    def below(self, test: Test) -> list[int]:
        """Codes of the named roots that lie under the test's roots."""
        return sorted(code for root, code in self._codes.items() if leaf_holds(test, root))

    def spread(self, code: int) -> tuple[int, ...]:
        return (code,)

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        return _among(self.properties[0], self.below(literal.test), literal.wanted)


class MemberColumn:
    """Any test on any fact, judged by the plain reading. Code: one bit per test that holds; a property per test."""

    def __init__(self, fact: str, name: str, tests: Iterable[Test]) -> None:
        self.fact = fact
        self._tests = tuple(dict.fromkeys(tests))
        self.properties = tuple(f"{name}m{index}" for index in range(len(self._tests)))
        self.encode: Encode = _Memo(self._held).__getitem__

    def _held(self, value: FactValue) -> int:
        return sum(1 << index for index, test in enumerate(self._tests) if leaf_holds(test, value))

    def spread(self, code: int) -> tuple[int, ...]:
        return tuple(code >> index & 1 for index in range(len(self._tests)))

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        return (Step(self.properties[self._tests.index(literal.test)], "==", (int(literal.wanted),)),)


def _bounds(test: Test) -> list[int]:
    """The thresholds a test on integers turns on; for each value of an any-of where it begins and where it ends."""
    if test.operator == "in":
        return [bound for value in _integers(test) for bound in (value, value + 1)]
    return [value + (test.operator in ("more_than", "at_most")) for value in _integers(test)]


def _integers(test: Test) -> list[int]:
    return [int(value) for value in test.values if isinstance(value, int)]


def _among(name: str, codes: Sequence[int], wanted: bool) -> tuple[Step, ...]:
    if wanted:
        return (Step(name, "==", tuple(codes)),)
    return tuple(Step(name, "!=", (code,)) for code in codes)


Column = LevelColumn | ExactColumn | RootColumn | MemberColumn


def _kind(literal: Literal) -> type[Column]:
    """Which encoding serves a test: value by value where that is short, else the plain reading's verdict as one bit."""
    test = literal.test
    fact_type = fact_of(test.fact).type
    longest = MAX_CHOICES if literal.wanted else MAX_EXCLUSIONS
    if fact_type in ("texts", "paths"):
        return MemberColumn
    plain: type[Column] = LevelColumn if fact_type in INTEGER_TYPES else ExactColumn
    if test.operator == "exists":
        return plain
    if test.operator == "in":
        usable = _integers(test) if plain is LevelColumn else test.values
        return plain if 0 < len(usable) <= longest else MemberColumn
    if test.operator == "under":
        roots = test.values and all(isinstance(root, str) for root in test.values)
        return RootColumn if roots and fact_type in ("path", "region") else MemberColumn
    return LevelColumn if plain is LevelColumn and _integers(test) else MemberColumn


class Columns:
    """The columns of one half: how its facts are encoded, and its parts as comparisons of properties."""

    def __init__(self, parts: Iterable[Part], place: Callable[[str], int]) -> None:
        """`place` says where the columns of a fact stand among the others."""
        by_fact: dict[str, list[Literal]] = {}
        for literal in dict.fromkeys(literal for part in parts for literal in part):
            by_fact.setdefault(literal.test.fact, []).append(literal)
        self._column_of: dict[Literal, Column] = {}
        self.all: list[Column] = []
        for fact, literals in by_fact.items():
            self._add(fact, literals)
        self.all.sort(key=lambda column: place(column.fact))
        self.properties = tuple(name for column in self.all for name in column.properties)

    def _add(self, fact: str, literals: list[Literal]) -> None:
        """Columns for the tests of one fact, one per encoding needed."""
        kind_of = {literal: _kind(literal) for literal in literals}
        roots = RootColumn(fact, "", [literal.test for literal, kind in kind_of.items() if kind is RootColumn])
        for literal, kind in kind_of.items():
            longest = MAX_CHOICES if literal.wanted else MAX_EXCLUSIONS
            if kind is RootColumn and len(roots.below(literal.test)) > longest:
                kind_of[literal] = MemberColumn
        for kind in dict.fromkeys(kind_of.values()):
            chosen = [literal for literal in literals if kind_of[literal] is kind]
            column = kind(fact, f"p{len(self.all)}", [literal.test for literal in chosen])
            self.all.append(column)
            self._column_of.update(dict.fromkeys(chosen, column))

    def steps(self, part: Part) -> tuple[Step, ...]:
        """A part as comparisons of properties, all of which must hold."""
        return tuple(step for literal in part for step in self._column_of[literal].steps(literal))

    def spread(self, codes: Sequence[int]) -> tuple[int, ...]:
        """The values of all `properties`, for one code per column."""
        return tuple(value for column, code in zip(self.all, codes, strict=True) for value in column.spread(code))
