"""Which version of each rule set stands at an instant. Pure: the instant is an argument."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from engine.ruleset import RuleSet

State = Literal["live", "upcoming", "ended", "superseded"]


class Standing(msgspec.Struct, frozen=True):
    """A version and its state at an instant.

    `live`: it stands; `upcoming`: it has not started; `ended`: it is the newest that started, and its end has come;
    `superseded`: a higher version has started since.
    """

    rule_set: RuleSet
    state: State


def live_at(rule_sets: Iterable[RuleSet], at: datetime) -> tuple[RuleSet, ...]:
    """The versions that stand at `at` (which carries an offset), one per kind and name at most, sorted by both.

    Of one name it is the highest version with effective_from ≤ at; if that one has ended, the name does not stand:
    an older version never comes back.
    """
    return tuple(one.rule_set for one in standings(rule_sets, at) if one.state == "live")


def standings(rule_sets: Iterable[RuleSet], at: datetime) -> tuple[Standing, ...]:
    """Every version with its state at `at`, sorted by kind, name and version.

    Raises ValueError for an instant without offset and for two different texts of one version.
    """
    if at.utcoffset() is None:
        raise ValueError("an instant needs an offset")
    by_version: dict[tuple[str, str, int], RuleSet] = {}
    newest: dict[tuple[str, str], int] = {}
    for one in rule_sets:
        header = one.header
        known = by_version.setdefault((header.kind, header.name, header.version), one)
        if known.header.content_hash != header.content_hash:
            raise ValueError(f"two texts of {header.kind} {header.label}: {known.header.file} and {header.file}")
        if header.effective_from <= at:
            name = header.kind, header.name
            newest[name] = max(newest.get(name, 0), header.version)
    return tuple(
        Standing(one, _state(one, at, newest.get((kind, name), 0)))
        for (kind, name, _), one in sorted(by_version.items(), key=lambda item: item[0])
    )


def _state(rule_set: RuleSet, at: datetime, newest_started: int) -> State:
    header = rule_set.header
    if header.effective_from > at:
        return "upcoming"
    if header.version < newest_started:
        return "superseded"
    return "ended" if header.effective_until is not None and header.effective_until <= at else "live"
