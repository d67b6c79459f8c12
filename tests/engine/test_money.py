"""Money: law L11 for splitting and cutting, rounding in all modes, rates and how yuan are written."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import REMAINDERS, ROUNDINGS, Rate, allocate, cut, round_div, share_of, yuan
from tests.engine.plain_pricing import plain_allocate, plain_rounding

totals = st.integers(0, 10**6) | st.integers(0, 10**15)
weights = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 10**12)), min_size=1, max_size=8)
remainders = st.sampled_from(REMAINDERS)
roundings = st.sampled_from(ROUNDINGS)


@given(totals, weights, remainders, st.data())
def test_l11_parts_keep_their_bounds_and_sum_to_what_can_be_allocated(
    total: int, parts_of: list[int], remainder: str, data: st.DataObject
) -> None:
    count = len(parts_of)
    caps = data.draw(st.none() | st.lists(st.integers(0, 10**6), min_size=count, max_size=count))
    parts = allocate(total, parts_of, remainder, caps)
    capacity = sum(caps[i] for i in range(count) if parts_of[i]) if caps is not None else total
    expected = min(total, capacity) if any(parts_of) else 0
    assert sum(parts) == expected
    for i, part in enumerate(parts):
        assert 0 <= part <= (caps[i] if caps is not None else total)
        assert part == 0 or parts_of[i] > 0


@given(totals, weights, remainders, st.data())
def test_l11_parts_equal_the_plain_reading_with_fractions(
    total: int, parts_of: list[int], remainder: str, data: st.DataObject
) -> None:
    count = len(parts_of)
    caps = data.draw(st.none() | st.lists(st.integers(0, 10**6), min_size=count, max_size=count))
    assert allocate(total, parts_of, remainder, caps) == plain_allocate(total, parts_of, remainder, caps)


@given(totals, weights, remainders)
def test_l11_no_part_strays_more_than_a_fen_from_its_fair_share(
    total: int, parts_of: list[int], remainder: str
) -> None:
    whole = sum(parts_of)
    for part, weight in zip(allocate(total, parts_of, remainder), parts_of, strict=True):
        stray = abs(part - Fraction(total * weight, whole)) if whole else 0
        assert stray < 1 or (stray == 1 and remainder != "largest")  # first and last may round a whole share up


@given(totals, weights, remainders)
def test_l11_a_negative_total_mirrors_the_positive_one(total: int, parts_of: list[int], remainder: str) -> None:
    assert allocate(-total, parts_of, remainder) == [-part for part in allocate(total, parts_of, remainder)]


@given(totals, st.lists(st.integers(0, 9), min_size=2, max_size=6), st.integers(2, 10**6))
def test_l11_only_the_proportion_of_weights_counts(total: int, parts_of: list[int], factor: int) -> None:
    scaled = [weight * factor for weight in parts_of]
    assert allocate(total, scaled, "largest") == allocate(total, parts_of, "largest")


@pytest.mark.parametrize(
    ("remainder", "parts"), [("first", [34, 33, 33, 0]), ("last", [33, 33, 34, 0]), ("largest", [34, 33, 33, 0])]
)
def test_m1_who_gets_the_odd_fen(remainder: str, parts: list[int]) -> None:
    assert allocate(100, [1, 1, 1, 0], remainder) == parts


def test_m1_largest_means_the_largest_fraction_and_of_equal_ones_the_first() -> None:
    assert allocate(11, [1, 4, 1], "largest") == [2, 7, 2]  # 1.83, 7.33, 1.83
    assert allocate(10, [1, 4, 1], "largest") == [2, 7, 1]  # 1.67, 6.67, 1.67


def test_m1_what_one_cannot_take_goes_to_the_others() -> None:
    assert allocate(100, [1, 1, 1], "first", [10, 100, 100]) == [10, 45, 45]
    assert allocate(100, [1, 1, 8], "first", [20, 20, 30]) == [20, 20, 30]
    assert allocate(100, [0, 1], "first", [90, 10]) == [0, 10]


def test_m1_nothing_is_allocated_over_zero_weights() -> None:
    assert allocate(100, [0, 0], "first") == [0, 0]
    assert allocate(100, [], "first") == []


@pytest.mark.parametrize(("parts_of", "caps"), [([-1, 2], None), ([1, 2], [1, -1])])
def test_m1_negative_weights_and_capacities_are_programming_errors(parts_of: list[int], caps: list[int] | None) -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(10, parts_of, "first", caps)


@given(st.integers(0, 10**15), st.integers(1, 10**4), st.data())
def test_l11_cut_begins_at_nothing_ends_at_all_and_never_falls(total: int, n: int, data: st.DataObject) -> None:
    marks = sorted(data.draw(st.lists(st.integers(0, n), max_size=8)))
    assert cut(total, 0, n) == 0
    assert cut(total, n, n) == total
    assert all(cut(total, a, n) <= cut(total, b, n) for a, b in pairwise(marks))
    assert all(abs(cut(total, k, n) - Fraction(total * k, n)) <= Fraction(1, 2) for k in marks)


def test_m2_cut_of_nothing_is_nothing() -> None:
    assert cut(0, 0, 0) == 0


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), roundings)
def test_m3_rounding_equals_the_plain_reading_and_mirrors_negatives(num: int, den: int, mode: str) -> None:
    assert round_div(num, den, mode) == plain_rounding(Fraction(num, den), mode)
    assert round_div(-num, den, mode) == -round_div(num, den, mode)


@pytest.mark.parametrize(
    ("mode", "rounded"),
    [
        ("half_up", [1, 2, 3, 1]),
        ("half_even", [0, 2, 2, 1]),
        ("half_down", [0, 1, 2, 1]),
        ("up", [1, 2, 3, 1]),
        ("down", [0, 1, 2, 0]),
    ],
)
def test_m3_the_five_modes_on_halves_and_on_three_quarters(mode: str, rounded: list[int]) -> None:
    assert [round_div(num, den, mode) for num, den in [(1, 2), (3, 2), (5, 2), (3, 4)]] == rounded


@given(st.integers(0, 10**12), st.integers(0, 1000), st.integers(1, 1000), roundings)
def test_share_of_rounds_the_exact_share_once(amount: int, num: int, den: int, mode: str) -> None:
    assert share_of(amount, Rate(num, den), mode) == plain_rounding(Fraction(amount * num, den), mode)


rates = st.builds(Rate, st.integers(0, 10**6), st.integers(1, 10**6))


@given(rates, rates)
def test_rates_add_and_multiply_exactly(left: Rate, right: Rate) -> None:
    a, b = Fraction(left.num, left.den), Fraction(right.num, right.den)
    total, product = left.plus(right), left.times(right)
    assert Fraction(total.num, total.den) == a + b
    assert Fraction(product.num, product.den) == a * b
    assert left.same_as(right) == (a == b)
    assert left.same_as(Rate(left.num * 7, left.den * 7))


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (Rate(8, 100), "8%"),
        (Rate(125, 1000), "12.5%"),
        (Rate(1, 3), "1/3"),
        (Rate(1), "100%"),
        (Rate(0), "0%"),
        (Rate(1, 10_000), "0.01%"),
        (Rate(1, 100_000), "1/100000"),
    ],
)
def test_rates_are_written_as_percentages_where_those_are_exact(rate: Rate, text: str) -> None:
    assert str(rate) == text


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (1250, "12.50"), (-1250, "-12.50"), (-5, "-0.05")])
def test_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
