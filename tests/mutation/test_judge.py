"""The judge of `make mutate-code`: what is a survivor, what is explained, and what makes it fail."""

import pytest

from tests.mutation.judge import LISTED, Change, change_of, function_of, judge, read_listed

DIFF = """\
# engine.money.x_cut__mutmut_2: survived
--- engine/money.py
+++ engine/money.py
@@ -3,4 +3,4 @@
     first line
-    if n == 0:
+    if n == 1:
         return 0"""
KILLED, ALIVE = "engine.money.x_cut__mutmut_1", "engine.money.x_cut__mutmut_2"
CHANGE = Change("engine.money.cut", "if n == 0:", "if n == 1:")


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("engine.money.x_cut__mutmut_2", "engine.money.cut"),
        ("engine.money.x__split__mutmut_26", "engine.money._split"),
        ("engine.money.xǁRateǁplus__mutmut_9", "engine.money.Rate.plus"),
        ("engine.money.xǁRateǁ__str____mutmut_1", "engine.money.Rate.__str__"),
    ],
)
def test_a_mutant_names_its_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_a_mutant_is_known_by_what_it_changes() -> None:
    assert change_of(ALIVE, DIFF.splitlines()) == CHANGE


def test_killed_and_listed_mutants_are_sound() -> None:
    verdict = judge({KILLED: "killed", ALIVE: "survived"}, {ALIVE: CHANGE}, [CHANGE])
    assert verdict.sound
    assert (verdict.killed, verdict.equivalent) == ({"engine.money": 1}, {"engine.money": 1})


def test_a_mutant_without_end_is_killed_and_told_apart() -> None:
    verdict = judge({KILLED: "killed", ALIVE: "timeout"}, {}, [])
    assert verdict.sound
    assert (verdict.killed, verdict.endless) == ({"engine.money": 2}, {"engine.money": 1})


@pytest.mark.parametrize("status", ["survived", "no tests"])
def test_a_survivor_that_is_not_listed_fails(status: str) -> None:
    verdict = judge({KILLED: "timeout", ALIVE: status}, {ALIVE: CHANGE}, [])
    assert not verdict.sound
    assert verdict.unexplained == [CHANGE]


def test_an_entry_that_fits_no_survivor_fails() -> None:
    verdict = judge({KILLED: "killed"}, {}, [CHANGE])
    assert not verdict.sound
    assert verdict.stale == [CHANGE]


def test_a_change_made_in_two_places_is_listed_twice() -> None:
    twice = {"engine.money.x_cut__mutmut_3": CHANGE, ALIVE: CHANGE}
    statuses = {KILLED: "killed", **dict.fromkeys(twice, "survived")}
    assert judge(statuses, twice, [CHANGE]).unexplained == [CHANGE]
    assert judge(statuses, twice, [CHANGE, CHANGE]).sound


@pytest.mark.parametrize("status", ["not checked", "segfault", "suspicious", "check was interrupted by user"])
def test_a_mutant_that_was_not_decided_fails(status: str) -> None:
    verdict = judge({KILLED: "killed", ALIVE: status}, {}, [])
    assert not verdict.sound
    assert verdict.undecided == [f"{ALIVE}: {status}"]


def test_no_mutants_at_all_fail() -> None:
    assert not judge({}, {}, []).sound


def test_the_list_gives_a_reason_for_each_change() -> None:
    changes = list(read_listed(LISTED.read_text(encoding="utf-8")))
    assert changes
    assert all(change.line != change.becomes for change in changes)
    with pytest.raises(ValueError, match="no reason: here"):
        list(read_listed('[[equivalent]]\nwhere = "here"\nline = "a"\nbecomes = ["b"]\nreason = " "'))
