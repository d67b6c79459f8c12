"""Competing, combinable and exclusive promotions inside the lanes (clauses P5, P8, P10), and what losers are told."""

from typing import Any

import pytest

from engine.order import Evaluation
from engine.price.stacking import EXHAUSTIVE
from engine.ruleset import (
    AmountOff,
    FixedPrice,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PriceTag,
    Spend,
)
from tests.engine.builders import (
    discounts,
    evaluated,
    line,
    lost_codes,
    order,
    percent_off,
    promotion,
    promotion_set,
    sku,
    spend_and_save,
)


def priced(*rules: Any, **policies: Any) -> Evaluation:
    return evaluated(order(line("a", 1000), line("b", 2000)), promotion_set(*rules, **policies))


def test_competing_line_benefits_each_win_the_lines_where_they_give_most() -> None:
    rules = [
        promotion("ten", LineDiscount(percent_off(10))),
        promotion("off", LineDiscount(AmountOff(150, "unit"))),
    ]
    assert discounts(priced(*rules)) == {"off": 150, "ten": 200}


def test_of_equal_competing_line_benefits_the_lower_key_wins() -> None:
    rules = [promotion(name, LineDiscount(percent_off(10)), priority=n) for name, n in (("late", 1), ("early", 0))]
    evaluation = priced(*rules)
    assert discounts(evaluation) == {"early": 300}
    (lost,) = evaluation.priced.lost
    assert (lost.code, lost.winner and lost.winner.rule) == ("outcompeted", "early")


def test_the_key_is_priority_then_rule_set_then_position() -> None:
    same = LineDiscount(percent_off(10))
    first = promotion_set(promotion("in-a", same), name="a")
    second = promotion_set(promotion("in-b", same), name="b")
    for sets in ([first, second], [second, first]):
        assert discounts(evaluated(order(line("x", 1000)), *sets)) == {"in-a": 100}


def test_combinable_ones_follow_on_running_amounts_in_key_order() -> None:
    rules = [
        promotion("half", LineDiscount(percent_off(50)), stacking="combinable"),
        promotion("off", LineDiscount(AmountOff(100, "line")), stacking="combinable", priority=-1),
        promotion("ten", LineDiscount(percent_off(10))),
    ]
    # ten: 900, 1800; off: 800, 1700; half: 400, 850
    assert priced(*rules).priced.net_fen == (400, 850)
    # on the original amounts the half is half of the list price
    assert priced(*rules, base="original").priced.net_fen == (300, 700)


def test_a_combinable_fixed_price_and_units_per_line_work_on_what_the_line_costs_by_now() -> None:
    price = promotion("price", LineDiscount(FixedPrice(300), units_per_line=2), stacking="combinable")
    evaluation = evaluated(order(line("a", 500, 5)), promotion_set(price))
    assert evaluation.priced.net_fen == (2 * 300 + 3 * 500,)
    rounded = promotion("half", LineDiscount(percent_off(50), round_price=True))
    assert evaluated(order(line("a", 5)), promotion_set(rounded)).priced.net_fen == (3,)


def test_price_tags_compete_per_line_then_combine() -> None:
    rules = [
        promotion("nine", PriceTag(FixedPrice(900))),
        promotion("ten", PriceTag(percent_off(10))),
        promotion("less", PriceTag(AmountOff(50, "unit")), stacking="combinable"),
    ]
    evaluation = priced(*rules)
    assert discounts(evaluation) == {"nine": 100 + 1100, "less": 100}
    assert lost_codes(evaluation) == {"ten": "outcompeted"}
    assert evaluation.priced.net_fen == (850, 850)


def test_a_price_tag_that_is_no_cheaper_gives_nothing() -> None:
    assert lost_codes(priced(promotion("dear", PriceTag(FixedPrice(5000))))) == {"dear": "nothing_to_give"}


def test_a_group_is_left_off_when_line_benefits_save_more_and_says_by_how_much() -> None:
    rules = [
        promotion("pair", GroupDiscount(percent_off(50), every=2, targets=1)),
        promotion("forty", LineDiscount(percent_off(40))),
    ]
    evaluation = priced(*rules)
    assert discounts(evaluation) == {"forty": 1200}
    (lost,) = evaluation.priced.lost
    assert lost.worse_by_fen == 1200 - 500


def test_a_capped_line_benefit_is_left_off_where_another_saves_more() -> None:
    rules = [
        promotion("half", LineDiscount(percent_off(50)), at_most_fen=200),
        promotion("ten", LineDiscount(percent_off(10))),
    ]
    evaluation = priced(*rules)
    assert discounts(evaluation) == {"ten": 300}
    assert lost_codes(evaluation) == {"half": "outcompeted"}


def test_a_capped_line_benefit_is_spread_over_its_lines() -> None:
    evaluation = priced(promotion("half", LineDiscount(percent_off(50)), at_most_fen=300))
    assert evaluation.priced.net_fen == (900, 1800)
    (applied,) = evaluation.priced.applied
    assert (applied.discount_fen, applied.lapsed_fen) == (300, 1200)


@pytest.mark.parametrize("spend", [Spend(3001), Spend(3, "units")])
def test_a_spend_that_the_scope_misses_is_told_with_its_distance(spend: Spend) -> None:
    for benefit in (LineDiscount(percent_off(10)), OrderDiscount(percent_off(10))):
        (lost,) = priced(promotion("off", benefit, spend=spend)).priced.lost
        assert lost.code == "threshold_not_reached"
        assert (lost.short_fen, lost.short_units) == ((1, None) if spend.measure == "money" else (None, 1))


def test_a_combinable_order_benefit_sees_what_the_competing_one_left() -> None:
    rules = [
        promotion("save", spend_and_save((3000, 500))),
        promotion("more", spend_and_save((2600, 100)), stacking="combinable"),
    ]
    evaluation = priced(*rules)
    assert discounts(evaluation) == {"save": 500}
    assert lost_codes(evaluation) == {"more": "threshold_not_reached"}
    on_original = priced(*rules, threshold_on="original")
    assert discounts(on_original) == {"save": 500, "more": 100}


def test_competing_order_benefits_on_different_lines_both_stand() -> None:
    rules = [promotion(f"on-{s}", OrderDiscount(AmountOff(100, "order"), items=sku(s))) for s in "ab"]
    assert discounts(priced(*rules)) == {"on-a": 100, "on-b": 100}


def test_two_order_benefits_share_lines_when_that_saves_most() -> None:
    """The narrow one takes its line; the wide one still reaches its threshold on the rest."""
    rules = [
        promotion("wide", spend_and_save((2000, 300))),
        promotion("narrow", OrderDiscount(AmountOff(250, "order"), items=sku("a")), priority=-1),
    ]
    assert discounts(priced(*rules)) == {"narrow": 250, "wide": 300}


def test_a_tier_that_only_helps_beside_another_benefit_is_found() -> None:
    tiers = spend_and_save((1000, 500), (3000, 0))
    rules = [
        promotion("narrow", OrderDiscount(AmountOff(50, "order"), items=sku("a")), priority=-1),
        promotion("tiers", tiers),
    ]
    assert discounts(priced(*rules)) == {"narrow": 50, "tiers": 500}
    assert lost_codes(priced(promotion("tiers", tiers))) == {"tiers": "nothing_to_give"}


def test_more_than_eight_groups_are_chosen_by_stand_alone_saving() -> None:
    count = EXHAUSTIVE + 1
    rules = [promotion(f"pair-{n}", GroupDiscount(percent_off(10 + n), every=2, targets=1)) for n in range(count)]
    evaluation = evaluated(order(line("a", 1000, 2)), promotion_set(*rules))
    assert discounts(evaluation) == {f"pair-{count - 1}": 180}


def test_components_are_chosen_apart() -> None:
    """Two rivals over one line, two over another: each pair decides for itself, and the trace names its own winner."""
    rules = [
        promotion(f"{s}-{n}", GroupDiscount(percent_off(50 - n), every=2, targets=1), when=sku(s))
        for s in "ab"
        for n in (0, 10)
    ]
    evaluation = evaluated(order(line("a", 1000, 2), line("b", 2000, 2)), promotion_set(*rules))
    assert discounts(evaluation) == {"a-0": 500, "b-0": 1000}
    assert [one.winner and one.winner.rule for one in evaluation.priced.lost] == ["a-0", "b-0"]


def test_an_exclusive_promotion_wins_alone() -> None:
    rules = [
        promotion("ten", LineDiscount(percent_off(10))),
        promotion("save", spend_and_save((1000, 100)), stacking="combinable"),
        promotion("alone", OrderDiscount(percent_off(20)), LineDiscount(percent_off(5)), stacking="exclusive"),
    ]
    evaluation = priced(*rules)
    assert set(discounts(evaluation)) == {"alone"}
    assert sum(evaluation.priced.net_fen) == 3000 - 150 - 570
    assert lost_codes(evaluation) == {"ten": "other_world", "save": "other_world"}
    assert evaluation.priced.runner_up_fen == 400
