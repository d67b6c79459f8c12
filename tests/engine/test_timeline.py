"""Timelines: of one name the highest version that has started stands, until it ends."""

from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.ruleset import RuleSet
from engine.text.document import parse
from engine.timeline import live_at, standings
from tests.engine.test_build import PROMOTION
from tests.engine.texts import SCHEMAS

DAY = datetime(2026, 10, 1, tzinfo=SHANGHAI)
BASE = build(parse(PROMOTION, "f.yaml"), SCHEMAS)


def version(number: int, start: int, end: int | None = None, name: str = "demo") -> RuleSet:
    """A version that stands from day `start` on, until day `end`."""
    header = msgspec.structs.replace(
        BASE.header,
        name=name,
        version=number,
        effective_from=DAY + timedelta(days=start),
        effective_until=None if end is None else DAY + timedelta(days=end),
        content_hash=f"{name}{number}{start}{end}",
    )
    return msgspec.structs.replace(BASE, header=header)


def states(rule_sets: list[RuleSet], day: float) -> list[tuple[int, str]]:
    return [(one.rule_set.header.version, one.state) for one in standings(rule_sets, DAY + timedelta(days=day))]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (-1, ["upcoming", "upcoming", "upcoming"]),
        (0, ["live", "upcoming", "upcoming"]),
        (4.999, ["live", "upcoming", "upcoming"]),
        (5, ["superseded", "live", "upcoming"]),
        (7, ["superseded", "ended", "upcoming"]),
        (9, ["superseded", "superseded", "live"]),
    ],
)
def test_states_over_time(day, expected):
    versions = [version(3, 9), version(1, 0), version(2, 5, 7)]
    assert states(versions, day) == [(1, expected[0]), (2, expected[1]), (3, expected[2])]


def test_an_ended_version_does_not_bring_back_the_one_before():
    assert live_at([version(1, 0), version(2, 5, 7)], DAY + timedelta(days=8)) == ()


def test_a_higher_version_that_starts_earlier_hides_the_lower_one():
    assert states([version(1, 5), version(2, 0)], 6) == [(1, "superseded"), (2, "live")]


def test_names_stand_side_by_side_in_order():
    versions = [version(1, 0, name="b"), version(1, 0, name="a"), version(2, 0, name="a")]
    assert [one.header.label for one in live_at(versions, DAY)] == ["a@2", "b@1"]


def test_the_same_text_twice_is_one_version_and_two_texts_are_none():
    assert len(standings([version(1, 0), version(1, 0)], DAY)) == 1
    with pytest.raises(ValueError, match="two texts of promotion demo@1"):
        standings([version(1, 0), version(1, 1)], DAY)
    with pytest.raises(ValueError, match="offset"):
        live_at([], DAY.replace(tzinfo=None))


_VERSIONS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 9), st.none() | st.integers(10, 15)), unique_by=lambda one: one[0]
).map(lambda rows: [version(*row) for row in rows])


@given(_VERSIONS, st.integers(-1, 16), st.randoms())
def test_at_most_one_version_stands_whatever_the_order(versions, day, random):
    at = DAY + timedelta(days=day)
    live = live_at(versions, at)
    shuffled = list(versions)
    random.shuffle(shuffled)
    assert live_at(shuffled, at) == live
    started = [one for one in versions if one.header.effective_from <= at]
    if not started:
        assert live == ()
        return
    newest = max(started, key=lambda one: one.header.version)
    ended = newest.header.effective_until is not None and newest.header.effective_until <= at
    assert live == (() if ended else (newest,))
