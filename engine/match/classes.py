"""Value classes: each fact reduced to one small integer that keeps only what the live tests can tell apart.

A column reads one fact and encodes its value as such a code: amounts become the bucket between the thresholds that
tests name, texts that no test names fall together, paths become the deepest root that a test names, sets become the
bits of the tests they pass.  Orders and lines with equal codes match the same rules, so codes are what caches are keyed
by.  From the code a column also gives its *properties*, the small integers that the rules engine sees; a test becomes
comparisons of properties.  Absent values have codes outside the reach of every test, so that a positive test on an
absent fact is false and its negation true.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal as OneOf
from typing import TypeVar
from zlib import crc32

import msgspec

from engine.conditions import FactValue, Test, Value, leaf_holds
from engine.match.factoring import Literal, Part
from engine.vocabulary import CLOCK_EVE, INTEGER_TYPES, VOCABULARY, fact_of

Encode = Callable[[FactValue], int]
_Named = TypeVar("_Named", Value, Test)

MAX_CHOICES = 32
"""Longest any-of that is compared value by value; a longer one becomes one yes-or-no property."""

MAX_EXCLUSIONS = 4
"""Longest none-of that is compared value by value."""

MEMO_LIMIT = 16_384
"""Most raw values a column remembers the code of."""

_LOWEST, _HIGHEST = 1 - 2**53, 2**53
"""Below and above all thresholds; the rules engine compares integers within these rightly."""
_ABSENT = _LOWEST - 1


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
    """Integers against thresholds. Code: the greatest threshold reached, or below all of them `_LOWEST`, or `_ABSENT`.

    Two properties: `L` carries `_ABSENT` for absent and serves the tests that want much, `H` carries a number above all
    thresholds and serves those that want little; so both fail on an absent value.
    """

    def __init__(self, fact: str, tests: Iterable[Test]) -> None:
        self.fact = fact
        self.moved = False
        self._thresholds = sorted({bound for test in tests for bound in _bounds(test)})
        self._levels = [_LOWEST, *self._thresholds]
        self._low, self._high = _named(fact, "L"), _named(fact, "H")
        self.properties = (self._low, self._high)

    def encode(self, value: FactValue) -> int:
        return _ABSENT if value is None else self._levels[bisect_right(self._thresholds, value)]  # an integer fact

    def spread(self, code: int) -> tuple[int, ...]:
        return (_ABSENT, _HIGHEST) if code == _ABSENT else (code, code)

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        test, wanted = literal.test, literal.wanted
        if test.operator == "exists":
            return (Step(self._low, ">=" if wanted else "<", (_LOWEST,)),)
        levels = _bounds(test)
        match test.operator:
            case "at_least" | "more_than":
                return (Step(self._low, ">=" if wanted else "<", (levels[0],)),)
            case "less_than" | "at_most":
                return (Step(self._high, "<" if wanted else ">=", (levels[0],)),)
            case _:
                return _among(self._low, sorted(set(levels[::2])), wanted)


class ExactColumn:
    """Texts and booleans against named values. Code: 0 absent, 1 any value not named, and a number per named one."""

    def __init__(self, fact: str, tests: Iterable[Test]) -> None:
        numbers = _Numbers(value for test in tests for value in test.values)
        known = _Known(numbers.items())
        known[None] = 0
        self.fact = fact
        self.moved = numbers.moved
        self.properties = (_named(fact),)
        self.encode: Encode = known.__getitem__
        self._codes: dict[FactValue, int] = known

    def spread(self, code: int) -> tuple[int, ...]:
        return (code,)

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        (name,) = self.properties
        if literal.test.operator == "exists":
            return _among(name, [0], not literal.wanted)
        return _among(name, sorted({self._codes[value] for value in literal.test.values}), literal.wanted)


class PathColumn:
    """Paths against named roots. Code: 0 absent, 1 under none of them, 2 and up the deepest named root above it.

    A property per depth at which roots are named: the number of the root of that depth that lies above the path, 1 when
    none that is named does, 0 absent.  So a test on a root is one equality, whatever else is named below it.
    """

    def __init__(self, fact: str, tests: Iterable[Test]) -> None:
        self._numbers = _Numbers(root for test in tests for root in test.values)
        self.moved = self._numbers.moved
        roots = [root for root in self._numbers if isinstance(root, str)]
        depths = sorted(set(map(_depth, roots)))
        self.fact = fact
        self.properties = tuple(_named(fact, f"D{depth}") for depth in depths)
        self._codes = {root: code for code, root in enumerate(roots, start=2)}
        above = [
            {_depth(head): self._numbers[head] for head in _heads(root) if head in self._numbers} for root in roots
        ]
        self._spread = [tuple(numbers.get(depth, 1) for depth in depths) for numbers in ({}, *above)]
        self._spread.insert(0, (0,) * len(depths))
        self.encode: Encode = _Memo(self._deepest).__getitem__

    def _deepest(self, path: FactValue) -> int:
        if not isinstance(path, str):
            return 0 if path is None else 1
        return next((self._codes[head] for head in _heads(path) if head in self._codes), 1)

    def spread(self, code: int) -> tuple[int, ...]:
        return self._spread[code]

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        roots = literal.test.values
        name = _named(self.fact, f"D{_depth(roots[0])}")  # all of one depth
        return _among(name, sorted({self._numbers[root] for root in roots}), literal.wanted)


class MemberColumn:
    """Any test on any fact, judged by the plain reading. Code: one bit per test that holds; a property per test."""

    def __init__(self, fact: str, tests: Iterable[Test]) -> None:
        self.fact = fact
        numbers = _Numbers(tests)
        self.moved = numbers.moved
        self._tests = tuple(numbers)
        self._property = {test: _named(fact, f"M{number:x}") for test, number in numbers.items()}
        self.properties = tuple(self._property.values())
        self.encode: Encode = _Memo(self._held).__getitem__

    def _held(self, value: FactValue) -> int:
        return sum(1 << index for index, test in enumerate(self._tests) if leaf_holds(test, value))

    def spread(self, code: int) -> tuple[int, ...]:
        return tuple(code >> index & 1 for index in range(len(self._tests)))

    def steps(self, literal: Literal) -> tuple[Step, ...]:
        return (Step(self._property[literal.test], "==", (int(literal.wanted),)),)


_SHORT = {fact: f"p{place}" for place, fact in enumerate((*VOCABULARY, *CLOCK_EVE.values()))}


def _named(fact: str, suffix: str = "") -> str:
    """A property of a fact; suffixes keep the columns of one apart. Short, because every match writes all of them."""
    return _SHORT[fact] + suffix


class _Numbers(dict[_Named, int]):
    """A number from 2 up per value, no two alike; `moved` if one had to give way to another.

    Otherwise a value has the same number whatever else is named beside it, so that a network can take over from an
    earlier one all that is asked as before.
    """

    def __init__(self, values: Iterable[_Named]) -> None:
        super().__init__()
        self.moved = False
        taken: set[int] = set()
        for value in values:
            if value not in self:
                number = 2 + crc32(repr(value).encode())
                while number in taken:
                    number += 1
                    self.moved = True
                self[value] = number
                taken.add(number)


def _depth(path: Value) -> int:
    return str(path).count("/")


def _heads(path: str) -> Iterator[str]:
    """The path and all that it lies under, the deepest first."""
    slash = "/"
    while slash:
        yield path
        path, slash, _ = path.rpartition("/")


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


Column = LevelColumn | ExactColumn | PathColumn | MemberColumn


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
    if test.operator == "under":
        even = all(isinstance(root, str) for root in test.values) and len(set(map(_depth, test.values))) == 1
        short = len(test.values) <= longest
        return PathColumn if even and short and fact_type in ("path", "region") else MemberColumn
    if plain is LevelColumn and not all(_LOWEST < bound < _HIGHEST for bound in _bounds(test)):
        return MemberColumn
    if test.operator == "in":
        usable = _integers(test) if plain is LevelColumn else test.values
        return plain if 0 < len(usable) <= longest else MemberColumn
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
        self.moved = any(column.moved for column in self.all)
        """Whether the steps of a part may be others than in another network that asks it."""

    def _add(self, fact: str, literals: list[Literal]) -> None:
        """Columns for the tests of one fact, one per encoding needed."""
        kind_of = {literal: _kind(literal) for literal in literals}
        for kind in dict.fromkeys(kind_of.values()):
            chosen = [literal for literal in literals if kind_of[literal] is kind]
            column = kind(fact, [literal.test for literal in chosen])
            self.all.append(column)
            self._column_of.update(dict.fromkeys(chosen, column))

    def steps(self, part: Part) -> tuple[Step, ...]:
        """A part as comparisons of properties, all of which must hold."""
        return tuple(step for literal in part for step in self._column_of[literal].steps(literal))

    def spread(self, codes: Sequence[int]) -> tuple[int, ...]:
        """The values of all `properties`, for one code per column."""
        return tuple(value for column, code in zip(self.all, codes, strict=True) for value in column.spread(code))
