"""Bindings: evidence is kept, and the binding of an instant is read off it."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.people.binding import Touch, bindings, bound_at, self_bound

DAY = datetime(2026, 10, 1, 12, 0, tzinfo=timezone(timedelta(hours=8)))
POLICIES = st.sampled_from(["first_holds", "last_wins"])


def touch(promoter: str, day: float, token: str = "t", window_days: int = 30, buyer: str = "b1") -> Touch:
    return Touch(
        buyer=buyer,
        promoter=promoter,
        at=DAY + timedelta(days=day),
        token=token,
        source="link",
        window_days=window_days,
    )


def promoter_at(history: list[Touch], policy: str, day: float) -> str | None:
    found = bound_at(history, "b1", policy, DAY + timedelta(days=day))
    return None if found is None else found.promoter


def test_the_first_binding_holds_until_its_window_ends_and_no_touch_lengthens_it():
    history = [touch("p1", 0), touch("p2", 10), touch("p1", 20), touch("p3", 29.99)]
    assert [promoter_at(history, "first_holds", day) for day in (-0.1, 0, 15, 29.99, 30)] == [
        None,
        "p1",
        "p1",
        "p1",
        None,
    ]
    history.append(touch("p2", 30))
    assert promoter_at(history, "first_holds", 30) == "p2"


def test_the_last_touch_wins():
    history = [touch("p1", 0), touch("p2", 10), touch("p1", 20, window_days=5)]
    assert [promoter_at(history, "last_wins", day) for day in (0, 9.99, 10, 20, 24.99, 25)] == [
        "p1",
        "p1",
        "p2",
        "p1",
        "p1",
        None,
    ]


def test_of_two_touches_at_one_instant_the_lower_token_comes_first():
    history = [touch("p2", 0, "b"), touch("p1", 0, "a")]
    assert promoter_at(history, "first_holds", 1) == "p1"
    assert promoter_at(history, "last_wins", 1) == "p2"


def test_nobody_is_bound_to_themselves():
    assert self_bound(touch("b1", 0), [])
    assert self_bound(touch("p1", 0), [None, "b1"])
    assert not self_bound(touch("p1", 0), [None, "b2"])


touches = st.builds(
    touch,
    promoter=st.sampled_from(["p1", "p2", "p3"]),
    day=st.integers(0, 60).map(lambda half: half / 2),
    token=st.sampled_from("abc"),
    window_days=st.integers(1, 20),
    buyer=st.sampled_from(["b1", "b2"]),
)


@given(st.lists(touches, max_size=12), POLICIES, st.randoms(), st.integers(-2, 100))
def test_bindings_neither_overlap_nor_depend_on_how_the_history_was_written_down(history, policy, random, half):
    shuffled = [*history, *history[:3]]
    random.shuffle(shuffled)
    made = bindings(shuffled, "b1", policy)
    assert made == bindings(history, "b1", policy)
    assert all(one.touch.buyer == "b1" and one.touch.at < one.until for one in made)
    assert all(earlier.until <= later.touch.at for earlier, later in pairwise(made))
    at = DAY + timedelta(days=half / 2)
    covering = [one for one in made if one.touch.at <= at < one.until]
    standing = bound_at(history, "b1", policy, at)
    assert (standing is None) == (covering == [])
    if standing is not None:
        assert standing.touch == covering[0].touch


@given(st.lists(touches, max_size=10), touches, POLICIES, st.integers(0, 60))
def test_what_comes_later_never_changes_an_earlier_instant(history, later, policy, half):
    at = DAY + timedelta(days=half / 2)
    if later.at > at:
        before, after = (bound_at(known, "b1", policy, at) for known in (history, [*history, later]))
        assert before == after
