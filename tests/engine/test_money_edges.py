"""Splitting money where a share meets its capacity, where a total is negative, and what a wrong call is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import REMAINDERS, allocate


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10**5)), min_size=1, max_size=6),
    st.sampled_from(REMAINDERS),
)
def test_l11_a_negative_total_mirrors_the_positive_one_within_capacities(
    total: int, sides: list[tuple[int, int]], remainder: str
) -> None:
    parts_of, caps = [weight for weight, _ in sides], [capacity for _, capacity in sides]
    mirrored = [-part for part in allocate(total, parts_of, remainder, caps)]
    assert allocate(-total, parts_of, remainder, caps) == mirrored


def test_m1_a_negative_total_keeps_to_capacities() -> None:
    assert allocate(-100, [1, 1], "first", [10, 100]) == [-10, -90]


@pytest.mark.parametrize(
    ("remainder", "weights", "capacities", "parts"),
    [
        ("first", [2, 1, 1], [3, 9, 9], [3, 2, 1]),  # 3 is all that the first may have: the odd fen goes on
        ("last", [1, 1, 2], [9, 9, 3], [1, 2, 3]),
    ],
)
def test_m1_whose_fair_share_is_their_capacity_gets_no_odd_fen_on_top(
    remainder: str, weights: list[int], capacities: list[int], parts: list[int]
) -> None:
    assert allocate(6, weights, remainder, capacities) == parts


@pytest.mark.parametrize(
    ("weights", "capacities", "message"),
    [([-1, 2], None, "weights must not be negative"), ([1, 2], [1, -1], "capacities must not be negative")],
)
def test_m1_a_wrong_call_is_told_which_side_is_negative(
    weights: list[int], capacities: list[int] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        allocate(10, weights, "first", capacities)
