"""Pricing clause by clause: scopes, the choice, order and shipping lanes, gifts, limits and budgets (P2-P15)."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.money import Rate
from engine.order import Buyer, Evaluation, Store
from engine.ruleset import (
    AmountOff,
    Budget,
    FixedPrice,
    Gift,
    GiftLine,
    Limit,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    ShippingDiscount,
    Spend,
    Tier,
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
from tests.engine.strategies import (
    evaluations,
)


def paid(evaluation: Evaluation) -> int:
    return sum(evaluation.priced.net_fen)


def test_p2_only_undiscounted_leaves_goods_of_an_earlier_lane_alone() -> None:
    tag = promotion("tag", PriceTag(percent_off(25)), when=sku("shirt"))
    half = promotion("half", OrderDiscount(percent_off(50)), only_undiscounted=True)
    both = evaluated(order(line("mug", 4000), line("shirt", 2000)), promotion_set(tag, half))
    assert both.priced.net_fen == (2000, 1500)
    shirt = evaluated(order(line("shirt", 2000)), promotion_set(tag, half))
    assert lost_codes(shirt) == {"half": "already_discounted"}


# --- P14, P15: limits, budgets, coupons, and never an exception ---------------------------------------------------


@given(evaluations())
@settings(max_examples=100)
def test_p15_only_what_applied_uses_anything_up(evaluation: Evaluation) -> None:
    given_by = {(one.plan.ref.rule_set, one.plan.ref.rule) for one in evaluation.priced.applied}
    lost = {(one.ref.rule_set, one.ref.rule) for one in evaluation.priced.lost}
    assert not given_by & lost
    for used in evaluation.priced.consumption:
        assert (used.rule_set, used.rule) in given_by
        if used.counter == "money/total/ever":
            of_rule = [one for one in evaluation.priced.applied if one.plan.ref.rule == used.rule]
            assert used.amount == sum(one.discount_fen for one in of_rule)
        else:
            assert used.amount == 1


@pytest.mark.parametrize(("used", "net", "consumed"), [(0, 700, 300), (250, 750, 250), (500, 1000, None)])
def test_p15_a_budget_gives_what_is_left_in_part(used: int, net: int, consumed: int | None) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(300, "order")), budget=Budget(500, "part"))
    event = order(line("a", 1000), counters={"campaign/off": {"money/total/ever": used}})
    evaluation = evaluated(event, promotion_set(rule))
    assert evaluation.priced.net_fen == (net,)
    assert [one.amount for one in evaluation.priced.consumption] == ([] if consumed is None else [consumed])
    assert lost_codes(evaluation) == ({} if consumed else {"off": "budget_exhausted"})


@pytest.mark.parametrize(("used", "net"), [(0, 700), (200, 700), (201, 900)])
def test_p15_a_budget_that_refuses_makes_way_for_the_next(used: int, net: int) -> None:
    rules = [
        promotion("off", OrderDiscount(AmountOff(300, "order")), budget=Budget(500, "refuse")),
        promotion("next", OrderDiscount(AmountOff(100, "order"))),
    ]
    event = order(line("a", 1000), counters={"campaign/off": {"money/total/ever": used}})
    evaluation = evaluated(event, promotion_set(*rules))
    assert evaluation.priced.net_fen == (net,)
    assert lost_codes(evaluation)["off" if net == 900 else "next"] in ("budget_exhausted", "outcompeted")


@pytest.mark.parametrize(
    ("limit", "fields", "code"),
    [
        (Limit(2), {"counters": {"campaign/off": {"uses/total/ever": 2}}}, "limit_reached"),
        (Limit(2), {"counters": {"campaign/off": {"uses/total/ever": 1}}}, None),
        (Limit(1, "buyer", "day"), {}, "buyer_unknown"),
        (Limit(1, "buyer", "day"), {"buyer": Buyer(id="b")}, None),
        (Limit(1, "store", "week"), {}, "store_unknown"),
        (Limit(1, "store", "week"), {"store": Store(id="s")}, None),
    ],
)
def test_p15_limits(limit: Limit, fields: dict[str, Any], code: str | None) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(300, "order")), limits=(limit,), on_cancel="keep")
    evaluation = evaluated(order(line("a", 1000), **fields), promotion_set(rule))
    assert lost_codes(evaluation) == ({} if code is None else {"off": code})
    assert [(one.counter, one.on_cancel) for one in evaluation.priced.consumption] == (
        [] if code else [(limit.counter, "keep")]
    )


def test_p15_one_cap_holds_over_all_benefits_of_a_promotion() -> None:
    rule = promotion("both", LineDiscount(percent_off(50)), OrderDiscount(AmountOff(300, "order")), at_most_fen=600)
    evaluation = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert [one.discount_fen for one in evaluation.priced.applied] == [500, 100]
    assert [one.lapsed_fen for one in evaluation.priced.applied] == [0, 200]


def test_p14_an_unknown_coupon_is_no_obstacle() -> None:
    evaluation = evaluated(
        order(line("a", 1000), coupons=("NOPE",)), promotion_set(promotion("x", LineDiscount(percent_off(10))))
    )
    assert evaluation.priced.net_fen == (900,)


# --- P10-P13: single answers worth pinning ------------------------------------------------------------------------


def test_p10_more_than_eight_are_tried_by_stand_alone_saving() -> None:
    rules = [
        promotion(f"off-{n}", OrderDiscount(AmountOff(100 + n, "order"), items=sku("a", f"x{n}"))) for n in range(9)
    ]
    other = promotion("other", OrderDiscount(AmountOff(5, "order"), items=sku("b")))
    evaluation = evaluated(order(line("a", 1000), line("b", 1000)), promotion_set(*rules, other))
    assert discounts(evaluation) == {"off-8": 108, "other": 5}


def test_p10_of_equal_savings_fewer_benefits_then_the_lower_key_wins() -> None:
    halves = [promotion(f"half-{s}", OrderDiscount(percent_off(10), items=sku(s))) for s in "ab"]
    wholes = [promotion(f"whole-{n}", OrderDiscount(percent_off(10))) for n in range(2)]
    evaluation = evaluated(order(line("a", 500), line("b", 500)), promotion_set(*halves, *wholes))
    assert discounts(evaluation) == {"whole-0": 100}


def test_p10_a_gift_decides_between_equal_savings() -> None:
    plain = promotion("plain", spend_and_save((100, 50)))
    gifted = promotion("gifted", OrderDiscount(tiers=(Tier(100, AmountOff(50, "order"), GiftLine("g", "g", 1)),)))
    evaluation = evaluated(order(line("a", 500)), promotion_set(plain, gifted))
    assert discounts(evaluation) == {"gifted": 50}


def test_p11_a_competing_benefit_takes_whole_lines() -> None:
    all_goods = promotion("all", spend_and_save((1500, 100)))
    on_a = promotion("a", OrderDiscount(AmountOff(300, "order"), items=sku("a")))
    evaluation = evaluated(order(line("a", 1000), line("b", 1000)), promotion_set(all_goods, on_a))
    assert discounts(evaluation) == {"a": 300}
    assert lost_codes(evaluation) == {"all": "outcompeted"}


@pytest.mark.parametrize(("per", "net"), [("order", 3900), ("line", 3800), ("unit", 3600)])
def test_p11_an_amount_off_says_what_it_is_per(per: Any, net: int) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(100, per)))
    assert paid(evaluated(order(line("a", 1000, 3), line("b", 1000)), promotion_set(rule))) == net


@pytest.mark.parametrize(("times", "net"), [(None, 2700), (2, 2800)])
def test_p11_every_n_counts_whole_times_up_to_the_cap(times: int | None, net: int) -> None:
    rule = promotion("every", OrderDiscount(AmountOff(100, "order"), every=900, times=times))
    assert paid(evaluated(order(line("a", 1000, 3)), promotion_set(rule))) == net


@pytest.mark.parametrize(("quantity", "code"), [(2, {"three": "threshold_not_reached"}), (3, {})])
def test_p11_thresholds_on_units(quantity: int, code: dict[str, str]) -> None:
    tiers = (Tier(3, PercentOff(Rate(20, 100))),)
    evaluation = evaluated(
        order(line("a", 1000, quantity)), promotion_set(promotion("three", OrderDiscount(tiers=tiers, measure="units")))
    )
    assert lost_codes(evaluation) == code
    if code:
        assert evaluation.priced.lost[0].short_units == 1


def test_p12_the_best_competing_then_the_combinable_and_never_below_nothing() -> None:
    rules = [
        promotion("three", ShippingDiscount(AmountOff(300, "order"))),
        promotion("half", ShippingDiscount(percent_off(50))),
        promotion("more", ShippingDiscount(AmountOff(300, "order")), stacking="combinable"),
        promotion("none", ShippingDiscount(FixedPrice(900)), stacking="combinable"),
    ]
    evaluation = evaluated(order(line("a", 100), fee_fen=500), promotion_set(*rules))
    assert discounts(evaluation) == {"three": 300, "more": 200}
    assert evaluation.priced.shipping_fen == 0
    assert lost_codes(evaluation) == {"half": "outcompeted", "none": "nothing_to_give"}


def test_p12_a_tier_brings_free_shipping_along() -> None:
    rule = promotion("tier", OrderDiscount(tiers=(Tier(1000, free_shipping=True),)))
    reached = evaluated(order(line("a", 1000), fee_fen=500), promotion_set(rule))
    assert (reached.priced.shipping_fen, discounts(reached)) == (0, {"tier": 500})
    free_anyway = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert free_anyway.priced.applied == ()
    spent = promotion("spent", ShippingDiscount(percent_off(100)), spend=Spend(2000))
    assert lost_codes(evaluated(order(line("a", 1000), fee_fen=500), promotion_set(spent))) == {
        "spent": "threshold_not_reached"
    }


@pytest.mark.parametrize(
    ("gift", "quantity", "given_units"),
    [
        (Gift(GiftLine("g", "g", 2)), 5, 2),
        (Gift(GiftLine("g", "g", 2), every=2), 5, 4),
        (Gift(GiftLine("g", "g", 2), every=2, times=1), 5, 2),
        (Gift(GiftLine("g", "g", 2), every=6), 5, None),
    ],
)
def test_p13_gifts_come_once_or_for_every_so_many_units(gift: Gift, quantity: int, given_units: int | None) -> None:
    evaluation = evaluated(order(line("a", 100, quantity)), promotion_set(promotion("gift", gift)))
    assert [one.gift and one.gift.quantity for one in evaluation.priced.applied] == (
        [given_units] if given_units else []
    )
    if not given_units:
        assert evaluation.priced.lost[0].short_units == 1


def test_p13_a_gift_may_ask_for_a_spend() -> None:
    rule = promotion("gift", Gift(GiftLine("g", "g", 1)), spend=Spend(300))
    evaluation = evaluated(order(line("a", 100)), promotion_set(rule))
    assert evaluation.priced.lost[0].short_fen == 200


@given(st.integers(0, 3000), st.integers(0, 3000))
@example(1000, 500)
@settings(max_examples=30)
def test_p4_lanes_run_in_their_order_whatever_the_keys(price: int, threshold: int) -> None:
    """An item discount with a later key still runs before an order discount with an earlier one."""
    rules = [
        promotion("order", OrderDiscount(percent_off(10)), priority=0),
        promotion("item", LineDiscount(percent_off(50)), priority=9, spend=Spend(threshold)),
    ]
    evaluation = evaluated(order(line("a", price)), promotion_set(*rules))
    after_item = price - (price + 1) // 2 if price >= threshold else price
    assert paid(evaluation) == after_item - (2 * after_item * 10 + 100) // 200
