"""Block forming (clause P9): which units make a block, which of them are targets, and how the discount is spread."""

from typing import Any

import pytest

from engine.order import Evaluation, Line
from engine.ruleset import AmountOff, BundlePrice, Component, FixedPrice, GroupDiscount, LineDiscount, PriceTag
from tests.engine.builders import (
    discounts,
    evaluated,
    line,
    line_discounts,
    lost_codes,
    order,
    percent_off,
    promotion,
    promotion_set,
    sku,
)


def grouped(benefit: Any, *lines: Line, **policies: Any) -> Evaluation:
    return evaluated(order(*lines), promotion_set(promotion("group", benefit), **policies))


def given_by_line(benefit: Any, *lines: Line, **policies: Any) -> list[int]:
    return line_discounts(grouped(benefit, *lines, **{"discount_on": "targets", **policies}))


A, B, C, D = line("A", 4000), line("B", 3000), line("C", 2000), line("D", 1000)
HALF_OF_TWO = GroupDiscount(percent_off(50), every=2, targets=1)


@pytest.mark.parametrize(
    ("unit_order", "pick", "expected"),
    [
        ("dearest_first", "cheapest", [0, 1500, 0, 500]),  # (A, B) (C, D)
        ("dearest_first", "dearest", [2000, 0, 1000, 0]),
        ("cheapest_first", "cheapest", [0, 1500, 0, 500]),  # (D, C) (B, A)
        ("as_listed", "cheapest", [0, 1500, 0, 500]),
    ],
)
def test_order_and_pick_say_which_units_are_targets(unit_order: Any, pick: Any, expected: list[int]) -> None:
    benefit = GroupDiscount(percent_off(50), every=2, targets=1, order=unit_order, pick=pick)
    assert given_by_line(benefit, A, B, C, D) == expected


@pytest.mark.parametrize(
    ("unit_order", "expected"),
    [("dearest_first", [1500, 0, 0]), ("cheapest_first", [0, 500, 0]), ("as_listed", [0, 500, 0])],
)
def test_order_says_which_unit_is_left_over(unit_order: Any, expected: list[int]) -> None:
    """Three pieces make one block of two: the dearest two (A, B), the cheapest two (B, D), or the first two."""
    benefit = GroupDiscount(percent_off(50), every=2, targets=1, order=unit_order)
    assert given_by_line(benefit, B, D, A) == expected


def test_among_same_sku_does_not_mix_goods() -> None:
    benefit = GroupDiscount(percent_off(50), every=2, targets=1, among="same_sku")
    assert given_by_line(benefit, A, line("B", 3000, 3)) == [0, 1500]
    assert lost_codes(grouped(benefit, A, B)) == {"group": "too_few_units"}


def test_times_bounds_the_blocks_over_all_pools() -> None:
    benefit = GroupDiscount(percent_off(50), every=2, targets=1, among="same_sku", times=2)
    assert given_by_line(benefit, line("A", 4000, 2), line("B", 3000, 4), line("C", 2000, 2)) == [2000, 1500, 0]


@pytest.mark.parametrize(("give_partial", "total"), [(False, 1500), (True, 2500)])
def test_an_incomplete_block_gives_nothing_unless_declared(give_partial: bool, total: int) -> None:
    benefit = GroupDiscount(AmountOff(500, "unit"), every=3, targets=3, give_partial=give_partial)
    assert sum(given_by_line(benefit, line("A", 4000), line("D", 1000, 4))) == total


@pytest.mark.parametrize(
    ("off", "total"),
    [
        (AmountOff(700, "unit"), 700 * 3),
        (AmountOff(1500, "unit"), 1500 + 1500 + 1000),  # a unit gives at most what it costs
        (AmountOff(700, "block"), 700),
        (AmountOff(99_999, "block"), 6000),
        (FixedPrice(1500, "unit"), 1500 + 500),
        (FixedPrice(4500, "block"), 1500),
        (FixedPrice(9000, "block"), 0),
    ],
)
def test_three_pieces_for_an_amount_or_a_price(off: Any, total: int) -> None:
    benefit = GroupDiscount(off, every=3, targets=3)
    assert sum(given_by_line(benefit, B, C, D)) == total


def test_rounding_is_per_target_unit_of_the_discount_or_of_the_price() -> None:
    third = line("A", 999, 3)
    off = GroupDiscount(percent_off(50), every=1, targets=1)
    assert given_by_line(off, third) == [1500]  # 499.5 -> 500, three times
    price = GroupDiscount(percent_off(50), every=1, targets=1, round_price=True)
    assert given_by_line(price, third) == [1497]  # price 499.5 -> 500, three times


def test_buy_and_get_take_from_their_own_sides_first() -> None:
    benefit = GroupDiscount(percent_off(100), every=2, targets=1, buy=sku("C", "B"), get=sku("B"))
    # C is bought, though B is dearer, because it is not a get: so both pieces of B can be given, for C and for A
    assert given_by_line(benefit, line("B", 3000, 2), line("C", 2000, 2)) == [6000, 0]
    assert given_by_line(benefit, line("B", 3000, 3), C) == [6000, 0]
    assert lost_codes(grouped(benefit, B)) == {"group": "too_few_units"}


def test_lines_of_the_same_goods_stand_together_where_the_first_of_them_stands() -> None:
    benefit = GroupDiscount(percent_off(50), every=3, targets=3)
    full = {"sku": "A", "floor_price_fen": 1000}  # no room: of the block only B can give
    together = grouped(benefit, line("a", 1000, 2, **full), line("B", 1000, 2))
    apart = grouped(benefit, line("a-1", 1000, **full), line("B", 1000, 2), line("a-2", 1000, **full))
    assert discounts(together) == discounts(apart) == {"group": 1000}


def test_buy_and_get_may_give_a_part_of_the_gift() -> None:
    whole = GroupDiscount(percent_off(100), every=3, targets=2, buy=sku("A"), get=sku("D"))
    assert given_by_line(whole, A, D) == [0, 0]
    part = GroupDiscount(percent_off(100), every=3, targets=2, buy=sku("A"), get=sku("D"), give_partial=True)
    assert given_by_line(part, A, D) == [0, 1000]
    assert given_by_line(part, A, B) == [0, 0]


def test_a_bundle_draws_its_components_in_turn_dearest_first() -> None:
    bundle = BundlePrice((Component(sku("A", "B"), 1), Component(sku("B", "C"), 1)), 5000)
    assert sum(given_by_line(bundle, A, B, C)) == 2000  # A and B, C stays
    assert sum(given_by_line(bundle, A, B, C, D, line("A2", 4000, sku="A"))) == 2000 + 1000
    once = BundlePrice((Component(sku("A", "B"), 1), Component(sku("B", "C"), 1)), 5000, times=1)
    assert sum(given_by_line(once, A, B, C, D, line("A2", 4000, sku="A"))) == 2000


def test_a_bundle_that_costs_more_than_its_parts_is_none() -> None:
    bundle = BundlePrice((Component(sku("C"), 1), Component(sku("D"), 1)), 3000)
    assert lost_codes(grouped(bundle, C, D)) == {"group": "nothing_to_give"}
    dear_then_cheap = BundlePrice((Component(sku("A", "D"), 1),), 2000)
    assert given_by_line(dear_then_cheap, A, D) == [2000, 0]


@pytest.mark.parametrize(("discount_on", "expected"), [("group", [857, 643]), ("targets", [0, 1500])])
def test_the_discount_lies_on_the_group_or_on_its_targets(discount_on: str, expected: list[int]) -> None:
    assert given_by_line(HALF_OF_TWO, A, B, discount_on=discount_on) == expected


def test_what_the_targets_cannot_take_lapses_or_goes_to_the_group() -> None:
    floored = line("B", 3000, floor_price_fen=2500)
    assert given_by_line(HALF_OF_TWO, A, floored, discount_on="targets") == [0, 500]
    assert given_by_line(HALF_OF_TWO, A, floored, discount_on="group") == [1000, 500]
    (applied,) = grouped(HALF_OF_TWO, A, floored, discount_on="targets").priced.applied
    assert (applied.discount_fen, applied.lapsed_fen) == (500, 1000)


def test_base_original_counts_list_prices_and_base_running_the_price_tags() -> None:
    tag = promotion("tag", PriceTag(FixedPrice(2000)), when=sku("A"))
    half = promotion("half", HALF_OF_TWO)
    for base, expected in (("running", {"tag": 2000, "half": 1000}), ("original", {"tag": 2000, "half": 1500})):
        assert discounts(evaluated(order(A, B), promotion_set(tag, half, base=base))) == expected


def test_units_won_by_a_group_are_not_free_for_line_benefits() -> None:
    rules = [promotion("pair", HALF_OF_TWO), promotion("ten", LineDiscount(percent_off(10)))]
    evaluation = evaluated(order(line("A", 1000, 5)), promotion_set(*rules))
    assert discounts(evaluation) == {"pair": 1000, "ten": 100}
    one_piece = LineDiscount(AmountOff(9999, "line"), units_per_line=1)
    rules = [promotion("pair", HALF_OF_TWO), promotion("off", one_piece)]
    evaluation = evaluated(order(line("A", 1000, 3)), promotion_set(*rules))
    assert discounts(evaluation) == {"pair": 500, "off": 1000}  # the piece that is off cannot give more than it costs


def test_two_groups_share_the_units_in_key_order() -> None:
    rules = [
        promotion("trio", GroupDiscount(FixedPrice(2000, "block"), every=3, targets=3)),
        promotion("pair", GroupDiscount(percent_off(50), every=2, targets=1)),
    ]
    evaluation = evaluated(order(line("A", 1000, 5)), promotion_set(*rules))
    assert discounts(evaluation) == {"trio": 1000, "pair": 500}


def test_pools_of_one_sku_go_by_their_free_units() -> None:
    """The bundle takes the dear C; what is left of C is worth nothing and must not use up the only block."""
    rules = [
        promotion("bundle", BundlePrice((Component(sku("C"), 1),), 0)),
        promotion("half", GroupDiscount(percent_off(50), every=1, targets=1, among="same_sku", times=1)),
    ]
    event = order(line("c-0", 0, sku="C"), line("B", 1000), line("c-1", 3000, sku="C"))
    assert discounts(evaluated(event, promotion_set(*rules))) == {"bundle": 3000, "half": 500}
