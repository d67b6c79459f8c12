"""Which rules are laid out together: so that a fact asks few of them, and a further rule disturbs few of them.

Most rules of a large live set name the goods they are about: a merchant, an SKU, a category.  Rules that ask one
property to equal something are put together by the values they name; a fact that carries none of these need not be
shown to them, because none of them can hold.  All other rules are asked every time.

Rules stand in an order of their own and are cut where a rule's own content says so, as in content-defined chunking: a
rule that comes or goes changes the partition it belongs to, and the others stay what they were.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from engine.match.classes import Step
from engine.match.shards import Rule, sort_key

GUARDED = 16
"""Fewest rules of a partition that facts are routed to; twice as many on average, four times at most. And"""
UNGUARDED = 64
"""the same for one that every fact asks: fewer and larger ones cost less."""
MIN_VALUES = 16
"""Fewest values that rules must name of a property for it to be worth routing by."""


class Partition(msgspec.Struct, frozen=True):
    """Rules laid out together. Each asks the property `guard` to equal something; None where that is not so."""

    guard: str | None
    rules: tuple[Rule, ...]

    def values(self) -> set[int]:
        """The values of the guard that a fact must carry one of for a rule here to hold."""
        return {value for rule in self.rules for value in _step_on(rule, self.guard).values}


def partitions(rules: Sequence[Rule]) -> list[Partition]:
    """Every rule in one partition, whatever order they come in."""
    by_guard: dict[str | None, list[Rule]] = {None: []}
    for rule, guard in zip(rules, _guards(rules), strict=True):
        by_guard.setdefault(guard, []).append(rule)
    for guard in [guard for guard, alike in by_guard.items() if guard is not None and len(alike) < GUARDED]:
        by_guard[None] += by_guard.pop(guard)
    found = []
    for guard, alike in by_guard.items():
        alike.sort(
            key=sort_key if guard is None else lambda rule, by=guard: (_step_on(rule, by).values, sort_key(rule))
        )
        found += [Partition(guard, cut) for cut in _cut(alike, UNGUARDED if guard is None else GUARDED)]
    return found


def _guards(rules: Iterable[Rule]) -> Iterator[str | None]:
    """Per rule the property to route it by: of those that it asks for equality, the one of which most values are named.

    Counts are rounded to powers of two, so that a further rule seldom changes the choice.
    """
    values_of: dict[str, set[int]] = {}
    for rule in rules:
        for step in rule:
            if step.operator == "==":
                values_of.setdefault(step.property, set()).update(step.values)
    worth = {name: (len(values).bit_length(), name) for name, values in values_of.items() if len(values) >= MIN_VALUES}
    for rule in rules:
        asked = [worth[step.property] for step in rule if step.operator == "==" and step.property in worth]
        yield max(asked)[1] if asked else None


def _cut(rules: Iterable[Rule], least: int) -> Iterator[tuple[Rule, ...]]:
    part: list[Rule] = []
    for rule in rules:
        begins = hash(tuple(step.values for step in rule)) % least == 0  # of integers: the same in every process
        if len(part) >= least and (begins or len(part) >= 4 * least):
            yield tuple(part)
            part = []
        part.append(rule)
    if part:
        yield tuple(part)


def _step_on(rule: Rule, name: str | None) -> Step:
    """The equality that a rule asks of a property. Raises StopIteration where it asks none."""
    return next(step for step in rule if step.operator == "==" and step.property == name)
