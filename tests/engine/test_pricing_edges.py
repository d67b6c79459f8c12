"""Limits, budgets and worlds at their edges: the last fen, the smaller of two bounds, the next best world (P6, P15)."""

import pytest

from engine.order import Buyer, Consumption
from engine.ruleset import (
    AmountOff,
    Budget,
    BundlePrice,
    Component,
    GroupDiscount,
    Limit,
    LineDiscount,
    OrderDiscount,
    PriceTag,
    ShippingDiscount,
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
)

USED = "money/total/ever"


def test_p15_a_budget_that_nobody_has_drawn_on_gives_all_of_itself() -> None:
    rule = promotion("off", OrderDiscount(AmountOff(500, "order")), budget=Budget(500, "part"))
    evaluation = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert evaluation.priced.net_fen == (500,)
    assert [one.amount for one in evaluation.priced.consumption] == [500]


@pytest.mark.parametrize(("used", "given", "code"), [(499, {"off": 1}, {}), (500, {}, {"off": "budget_exhausted"})])
def test_p15_the_last_fen_of_a_budget_is_given(used: int, given: dict[str, int], code: dict[str, str]) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(300, "order")), budget=Budget(500, "part"))
    evaluation = evaluated(order(line("a", 1000), counters={"campaign/off": {USED: used}}), promotion_set(rule))
    assert (discounts(evaluation), lost_codes(evaluation)) == (given, code)


@pytest.mark.parametrize(("at_most", "left", "given"), [(200, 300, 200), (300, 200, 200)])
def test_p15_of_a_cap_and_what_a_budget_has_left_the_smaller_binds(at_most: int, left: int, given: int) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(900, "order")), at_most_fen=at_most, budget=Budget(1000, "part"))
    event = order(line("a", 1000), counters={"campaign/off": {USED: 1000 - left}})
    assert discounts(evaluated(event, promotion_set(rule))) == {"off": given}


def test_p15_a_cap_holds_beside_a_budget_that_refuses() -> None:
    rule = promotion("off", OrderDiscount(AmountOff(900, "order")), at_most_fen=400, budget=Budget(400, "refuse"))
    assert discounts(evaluated(order(line("a", 1000)), promotion_set(rule))) == {"off": 400}


def test_p15_a_budget_refuses_a_promotion_that_has_something_to_tell_as_well() -> None:
    """One of its benefits had nothing to give; that is no pass for the other one, which gives too much."""
    rule = promotion(
        "both", OrderDiscount(AmountOff(300, "order")), ShippingDiscount(percent_off(50)), budget=Budget(200, "refuse")
    )
    evaluation = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert evaluation.priced.applied == ()
    assert lost_codes(evaluation) == {"both": "budget_exhausted"}
    gone = promotion(
        "gone",
        LineDiscount(AmountOff(300, "line"), items=sku("a")),
        OrderDiscount(AmountOff(50, "order"), items=sku("b")),
        budget=Budget(200, "refuse"),
    )
    free = promotion("free", LineDiscount(percent_off(100)), when=sku("b"), priority=-1)
    evaluation = evaluated(order(line("a", 1000), line("b", 10)), promotion_set(gone, free))
    assert discounts(evaluation) == {"free": 10}
    assert lost_codes(evaluation) == {"gone": "budget_exhausted"}


def test_p10_a_combinable_benefit_that_found_no_room_lost_to_nobody() -> None:
    free = promotion("free", LineDiscount(percent_off(100)))
    more = promotion("more", LineDiscount(percent_off(10)), stacking="combinable")
    evaluation = evaluated(order(line("a", 1000)), promotion_set(free, more))
    assert lost_codes(evaluation) == {"more": "nothing_to_give"}


def test_p15_what_a_promotion_uses_up_is_told_by_counter_over_all_its_benefits() -> None:
    rule = promotion(
        "off",
        LineDiscount(AmountOff(30, "line")),
        OrderDiscount(AmountOff(50, "order")),
        limits=(Limit(3), Limit(1, "buyer", "day")),
        budget=Budget(500, "refuse"),
        on_cancel="keep",
    )
    other = promotion("other", LineDiscount(AmountOff(7, "line")), stacking="combinable")
    event = order(line("a", 1000), buyer=Buyer(id="b-1"))
    evaluation = evaluated(event, promotion_set(rule, other))
    assert discounts(evaluation) == {"off": 80, "other": 7}
    assert list(evaluation.priced.consumption) == [
        Consumption("campaign", "off", "uses/total/ever", 1, "keep"),
        Consumption("campaign", "off", "uses/buyer/day", 1, "keep"),
        Consumption("campaign", "off", USED, 80, "keep"),
    ]


def test_p15_each_promotion_that_applies_uses_up_its_own_counters() -> None:
    rules = [
        promotion(f"off-{s}", OrderDiscount(AmountOff(10, "order"), items=sku(s)), limits=(Limit(9),)) for s in "ab"
    ]
    evaluation = evaluated(order(line("a", 1000), line("b", 1000)), promotion_set(*rules))
    assert [(one.rule, one.amount) for one in evaluation.priced.consumption] == [("off-a", 1), ("off-b", 1)]


def test_p15_a_budget_that_refuses_looks_at_its_own_promotion_alone() -> None:
    rule = promotion("off", LineDiscount(AmountOff(30, "line")), budget=Budget(30, "refuse"))
    other = promotion("other", LineDiscount(AmountOff(700, "line")), stacking="combinable")
    assert discounts(evaluated(order(line("a", 1000)), promotion_set(rule, other))) == {"off": 30, "other": 700}


def test_p15_each_budget_that_refuses_is_asked_again_when_another_has_gone() -> None:
    """10 % are 80 of the 800 that `early` leaves, but 100 of the 1000 that the goods cost without it."""
    early = promotion(
        "early", LineDiscount(AmountOff(200, "line")), stacking="combinable", budget=Budget(100, "refuse")
    )
    for budget, given in ((100, {"late": 100}), (99, {}), (80, {})):
        late = promotion("late", LineDiscount(percent_off(10)), stacking="combinable", budget=Budget(budget, "refuse"))
        evaluation = evaluated(order(line("a", 1000)), promotion_set(early, late))
        assert discounts(evaluation) == given
        assert lost_codes(evaluation) == dict.fromkeys({"early", "late"} - given.keys(), "budget_exhausted")


# --- P2: what matches ---------------------------------------------------------------------------------------------


def test_p2_a_bundle_matches_when_there_are_goods_for_each_component_and_a_pair_of_sides_with_either() -> None:
    bundle = promotion("bundle", BundlePrice((Component(sku("a"), 1), Component(sku("b"), 1)), 1200))
    sides = promotion("sides", GroupDiscount(percent_off(50), every=2, targets=1, buy=sku("a"), get=sku("b")))
    both = evaluated(order(line("a", 1000), line("b", 1000)), promotion_set(bundle, sides))
    assert discounts(both) == {"bundle": 800}
    assert lost_codes(both) == {"sides": "outcompeted"}
    one_side = evaluated(order(line("a", 1000)), promotion_set(bundle, sides))
    assert lost_codes(one_side) == {"sides": "too_few_units"}


# --- P6: worlds ---------------------------------------------------------------------------------------------------


def test_p6_the_best_other_world_is_told_by_what_it_would_save_on_goods_and_fee() -> None:
    tag = promotion("tag", PriceTag(percent_off(10)))
    rules = [
        tag,
        promotion("ten", LineDiscount(percent_off(10))),
        promotion("half", OrderDiscount(percent_off(50)), stacking="exclusive"),
        promotion("free", ShippingDiscount(percent_off(100)), stacking="exclusive"),
        promotion("little", OrderDiscount(AmountOff(1, "order")), stacking="exclusive"),
    ]
    evaluation = evaluated(order(line("a", 1000), fee_fen=300), promotion_set(*rules))
    assert discounts(evaluation) == {"tag": 100, "half": 450}
    assert evaluation.priced.runner_up_fen == 100 + 300
    assert lost_codes(evaluation) == dict.fromkeys(["ten", "free", "little"], "other_world")
    assert {one.winner and one.winner.rule for one in evaluation.priced.lost} == {"half"}


def test_p6_where_only_price_tags_stand_nobody_else_is_named() -> None:
    rules = [
        promotion("tag", PriceTag(percent_off(100))),
        promotion("alone", LineDiscount(percent_off(5)), stacking="exclusive"),
    ]
    evaluation = evaluated(order(line("a", 1000)), promotion_set(*rules))
    assert discounts(evaluation) == {"tag": 1000}
    assert [(one.code, one.winner) for one in evaluation.priced.lost] == [("other_world", None)]
    assert evaluation.priced.runner_up_fen == 1000


def test_p6_without_an_exclusive_promotion_that_matches_there_is_no_other_world() -> None:
    rules = [
        promotion("ten", LineDiscount(percent_off(10))),
        promotion("alone", LineDiscount(percent_off(5)), when=sku("z"), stacking="exclusive"),
    ]
    evaluation = evaluated(order(line("a", 1000)), promotion_set(*rules))
    assert evaluation.priced.runner_up_fen is None
    assert evaluated(order(line("a", 1000)), promotion_set(rules[0])).priced.runner_up_fen is None


def test_p6_of_equally_cheap_worlds_the_common_one_stands_then_the_lower_key() -> None:
    same = LineDiscount(percent_off(10))
    rules = [promotion(name, same, stacking="exclusive") for name in ("first", "second")]
    event = order(line("a", 1000))
    assert discounts(evaluated(event, promotion_set(*rules))) == {"first": 100}
    assert discounts(evaluated(event, promotion_set(*rules, promotion("common", same)))) == {"common": 100}


def test_p6_an_exclusive_promotion_whose_budget_is_spent_is_no_world() -> None:
    spent = promotion("spent", LineDiscount(percent_off(50)), stacking="exclusive", budget=Budget(500, "part"))
    ten = promotion("ten", LineDiscount(percent_off(10)))
    event = order(line("a", 1000), counters={"campaign/spent": {USED: 500}})
    evaluation = evaluated(event, promotion_set(spent, ten))
    assert discounts(evaluation) == {"ten": 100}
    assert lost_codes(evaluation) == {"spent": "budget_exhausted"}
    assert evaluation.priced.runner_up_fen is None
