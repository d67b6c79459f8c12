"""Laws of pricing: L1-L4, floors, block forming on split lines, selection, limits, and that nothing fails an order.

Laws and clauses are those of docs/semantics.md.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.clawback import refund, untouched
from engine.evaluate import evaluate_order
from engine.ledger import balances, expected_balances, imbalance, sale_entry
from engine.live import compile_live
from engine.money import Rate
from engine.order import MAX_QUANTITY, Buyer, Evaluation, Line, OrderEvent, Store
from engine.ruleset import (
    AmountOff,
    Budget,
    BundlePrice,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    Limit,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    PromotionSet,
    RuleSet,
    ShippingDiscount,
    Spend,
    Tier,
)
from tests.engine.plain_pricing import PlainOrder
from tests.engine.strategies import (
    discounts,
    evaluated,
    evaluations,
    line,
    lost_codes,
    made_by,
    make_block_benefit,
    make_goods_benefit,
    make_item_benefit,
    make_order_benefit,
    make_price_tag,
    make_promotion,
    make_shipping_benefit,
    order,
    orders,
    percent_off,
    promotion,
    promotion_set,
    promotion_sets,
    refund_event,
    returned,
    rule_sets,
    sku,
    spend_and_save,
)

BY_LANE = {
    "catalogue": make_price_tag,
    "item": make_item_benefit,
    "order": make_order_benefit,
    "shipping": make_shipping_benefit,
}


def uncapped(rule_set: PromotionSet) -> PromotionSet:
    """The rule set without money caps, limits and budgets."""
    rules = (msgspec.structs.replace(rule, at_most_fen=None, limits=(), budget=None) for rule in rule_set.rules)
    return msgspec.structs.replace(rule_set, rules=tuple(rules))


def paid(evaluation: Evaluation) -> int:
    return sum(evaluation.priced.net_fen)


# --- L1, L2: amounts of a line ------------------------------------------------------------------------------------


@given(evaluations())
@settings(max_examples=150)
def test_l1_list_is_net_plus_discounts_per_line(evaluation: Evaluation) -> None:
    given_fen = [0] * len(evaluation.event.lines)
    for applied in evaluation.priced.applied:
        for part in applied.lines:
            given_fen[part.line] += part.discount_fen
    for one, net, off in zip(evaluation.event.lines, evaluation.priced.net_fen, given_fen, strict=True):
        assert one.unit_price_fen * one.quantity == net + off


@given(evaluations())
@settings(max_examples=150)
def test_l2_no_line_falls_below_its_floor(evaluation: Evaluation) -> None:
    for one, net in zip(evaluation.event.lines, evaluation.priced.net_fen, strict=True):
        assert net >= min(one.floor_price_fen, one.unit_price_fen) * one.quantity


@given(evaluations())
@settings(max_examples=150)
def test_p13_each_record_adds_up_and_no_discount_is_negative(evaluation: Evaluation) -> None:
    priced = evaluation.priced
    assert 0 <= priced.shipping_fen <= evaluation.event.delivery.fee_fen
    shipping = 0
    for applied in priced.applied:
        assert applied.lapsed_fen >= 0
        assert applied.discount_fen > 0 or applied.gift is not None
        assert all(part.discount_fen >= 0 and part.units >= 0 for part in applied.lines)
        assert all(part.units <= evaluation.event.lines[part.line].quantity for part in applied.lines)
        if applied.plan.lane == "shipping":
            shipping += applied.discount_fen
        else:
            assert applied.discount_fen == sum(part.discount_fen for part in applied.lines)
    assert shipping == evaluation.event.delivery.fee_fen - priced.shipping_fen


# --- L3: the order of loading ---------------------------------------------------------------------------------------


@given(rule_sets, orders(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_l3_load_order_and_dict_order_change_nothing(
    sets: tuple[RuleSet, ...], event: OrderEvent, chance: Random
) -> None:
    shuffled = list(sets)
    chance.shuffle(shuffled)
    turned = msgspec.structs.replace(event, counters=dict(reversed(list(event.counters.items()))))
    first = evaluate_order(event, compile_live(sets))
    assert evaluate_order(turned, compile_live(shuffled)) == first


PRICE_IN_A_FRESH_PROCESS = """
import sys, msgspec
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.order import OrderEvent
from engine.ruleset import CommissionSet, PromotionSet
sets, event = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[list[PromotionSet | CommissionSet], OrderEvent])
sys.stdout.buffer.write(msgspec.json.encode(evaluate_order(event, compile_live(sets))))
"""


def test_l3_hash_seeds_change_nothing() -> None:
    tags = tuple(f"tag-{n}" for n in range(30))
    benefits: list[Any] = [percent_off(n) for n in range(5, 11)]
    rules = [
        *(promotion(f"line-{n}", LineDiscount(off), when=sku("a", "b")) for n, off in enumerate(benefits)),
        *(promotion(f"pair-{n}", GroupDiscount(off, every=2, targets=1)) for n, off in enumerate(benefits[:3])),
        promotion("gift", Gift(GiftLine("g", "g", 1))),
        promotion("all", spend_and_save((1000, 100)), stacking="combinable"),
    ]
    event = order(*(line(f"l-{s}", 990 + n, 3, sku=s, tags=tags) for n, s in enumerate("abcd")), coupons=tags)
    payload = msgspec.json.encode(([promotion_set(*rules), promotion_set(rules[0], name="other")], event))
    results = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", PRICE_IN_A_FRESH_PROCESS],
            input=payload,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            check=True,
        )
        results.add(hashlib.sha256(done.stdout).hexdigest())
    assert len(results) == 1


# --- L4: competition only helps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", ["catalogue", "item", "order", "shipping"])
@given(data=st.data())
@settings(max_examples=200)
def test_l4_a_further_competing_benefit_never_lowers_the_saving(lane: str, data: st.DataObject) -> None:
    kind = BY_LANE[lane]
    base = data.draw(promotion_sets("campaign", benefit=kind))
    base = msgspec.structs.replace(
        base,
        rules=tuple(msgspec.structs.replace(rule, limits=(), budget=_in_part(rule.budget)) for rule in base.rules),
    )
    further = data.draw(made_by(lambda by: make_promotion(by, "further", kind), 40))
    further = msgspec.structs.replace(further, stacking="competing", limits=(), budget=_in_part(further.budget))
    event = data.draw(orders())
    policies = {name: getattr(base, name) for name in base.__struct_fields__ if name not in ("header", "rules")}
    added = promotion_set(further, name=data.draw(st.sampled_from(["a-first", "z-last"])), **policies)
    without, along = evaluated(event, base), evaluated(event, base, added)
    if lane == "shipping":
        assert along.priced.shipping_fen <= without.priced.shipping_fen
    else:  # the lane does not look ahead: a fee that a tier would have waived is not its concern
        assert paid(along) <= paid(without)


def _in_part(budget: Budget | None) -> Budget | None:
    return None if budget is None else msgspec.structs.replace(budget, at_edge="part")


def test_l4_a_small_discount_does_not_cost_the_buyer_a_combinable_one() -> None:
    whole = promotion("whole", LineDiscount(AmountOff(1000, "line")), stacking="combinable", spend=Spend(2000))
    small = promotion("small", LineDiscount(AmountOff(100, "line")))
    event = order(line("a", 2000))
    assert evaluated(event, promotion_set(whole)).priced.net_fen == (1000,)
    both = evaluated(event, promotion_set(whole, small))
    assert both.priced.net_fen == (1000,)
    assert lost_codes(both) == {"small": "outcompeted"}


# --- P1-P10 against the plain reading -----------------------------------------------------------------------------


@given(
    promotion_sets("campaign", benefit=make_goods_benefit).map(uncapped),
    promotion_sets("season", max_rules=2, benefit=make_goods_benefit).map(uncapped),
    orders(),
)
@settings(max_examples=400)
def test_pricing_equals_the_plain_reading(first: PromotionSet, second: PromotionSet, event: OrderEvent) -> None:
    assert list(evaluated(event, first, second).priced.net_fen) == PlainOrder(event, [first, second]).net


@given(
    promotion_sets("campaign", benefit=make_item_benefit).map(uncapped),
    orders(),
)
@settings(max_examples=400)
def test_item_lane_equals_the_plain_reading(rule_set: PromotionSet, event: OrderEvent) -> None:
    assert list(evaluated(event, rule_set).priced.net_fen) == PlainOrder(event, [rule_set]).net


# --- P2, P7 -------------------------------------------------------------------------------------------------------


@given(promotion_sets("campaign", benefit=make_price_tag), orders())
@settings(max_examples=60)
def test_p7_a_price_tag_is_the_same_in_a_list_and_in_a_basket(rule_set: PromotionSet, event: OrderEvent) -> None:
    basket = evaluated(event, rule_set).priced.net_fen
    for one, net in zip(event.lines, basket, strict=True):
        alone = msgspec.structs.replace(one, quantity=1)
        assert evaluated(order(alone), rule_set).priced.net_fen[0] * one.quantity == net


def test_p2_only_undiscounted_leaves_goods_of_an_earlier_lane_alone() -> None:
    tag = promotion("tag", PriceTag(percent_off(25)), when=sku("shirt"))
    half = promotion("half", OrderDiscount(percent_off(50)), only_undiscounted=True)
    both = evaluated(order(line("mug", 4000), line("shirt", 2000)), promotion_set(tag, half))
    assert both.priced.net_fen == (2000, 1500)
    shirt = evaluated(order(line("shirt", 2000)), promotion_set(tag, half))
    assert lost_codes(shirt) == {"half": "already_discounted"}


# --- P9: block forming --------------------------------------------------------------------------------------------


@given(data=st.data())
@settings(max_examples=400)
def test_p9_splitting_lines_of_the_same_goods_changes_no_total(data: st.DataObject) -> None:
    rule_set = data.draw(promotion_sets("campaign", max_rules=3, benefit=make_block_benefit))
    rule_set = uncapped(rule_set)
    event = data.draw(orders(max_lines=3))
    pieces: list[Line] = []
    for one in event.lines:
        first = data.draw(st.integers(1, one.quantity))
        pieces.append(msgspec.structs.replace(one, quantity=first))
        if first < one.quantity:
            pieces.append(msgspec.structs.replace(one, line_id=f"{one.line_id}-b", quantity=one.quantity - first))
    if data.draw(st.booleans()):  # the pieces apart: whatever was split stands at the end
        pieces.sort(key=lambda one: one.line_id.endswith("-b"))
    split = msgspec.structs.replace(event, lines=tuple(pieces))
    assert paid(evaluated(split, rule_set)) == paid(evaluated(event, rule_set))


def test_p9_a_targeted_discount_meets_the_floor_of_its_targets_alone() -> None:
    half = promotion_set(promotion("half", GroupDiscount(percent_off(50), every=2, targets=1)), discount_on="targets")
    together = order(line("a", 2000, 2, floor_price_fen=1500))
    apart = order(line("a", 2000, sku="a", floor_price_fen=1500), line("b", 2000, sku="a", floor_price_fen=1500))
    assert paid(evaluated(together, half)) == paid(evaluated(apart, half)) == 3500


@pytest.mark.parametrize("quantity", [10**6, MAX_QUANTITY])
def test_p9_groups_of_any_size_cost_no_time(quantity: int) -> None:
    rules = [
        promotion(f"group-{n}", GroupDiscount(percent_off(50 - n), every=n + 2, targets=1), stacking="competing")
        for n in range(6)
    ]
    pair = promotion("pair", BundlePrice((Component(sku("s-0"), 1), Component(sku("s-1"), 2)), 1))
    event = order(*(line(f"s-{n}", 1000 + n, quantity) for n in range(10)))
    live = compile_live([promotion_set(*rules, pair)])
    start = time.perf_counter()
    evaluation = evaluate_order(event, live)
    assert time.perf_counter() - start < 2
    assert 0 < paid(evaluation) < sum(1000 + n for n in range(10)) * quantity


def test_p9_many_lines_cost_linear_time() -> None:
    event = order(*(line(f"s-{n}", 1000 + n) for n in range(5_000)))
    live = compile_live([promotion_set(promotion("pair", GroupDiscount(percent_off(50), every=2, targets=1)))])
    start = time.perf_counter()
    evaluate_order(event, live)
    assert time.perf_counter() - start < 1


# --- P6: worlds ---------------------------------------------------------------------------------------------------


@given(
    st.tuples(promotion_sets("campaign").map(uncapped), promotion_sets("season", max_rules=2).map(uncapped)), orders()
)
@settings(max_examples=80)
def test_p6_the_cheapest_world_stands(sets: tuple[PromotionSet, ...], event: OrderEvent) -> None:
    def total(keep: Any) -> int:
        kept = [
            msgspec.structs.replace(one, rules=tuple(rule for rule in one.rules if keep(one, rule))) for one in sets
        ]
        evaluation = evaluated(event, *(one for one in kept if one.rules))
        return paid(evaluation) + evaluation.priced.shipping_fen

    def is_tag(rule: Any) -> bool:
        return all(isinstance(benefit, PriceTag) for benefit in rule.benefits)

    mixed = [r for one in sets for r in one.rules if not is_tag(r) and any(isinstance(b, PriceTag) for b in r.benefits)]
    assume(not mixed)
    worlds = [total(lambda _, rule: rule.stacking != "exclusive")]
    for own_set in sets:
        for own in own_set.rules:
            if own.stacking == "exclusive":
                worlds.append(total(lambda one, rule, a=own_set, b=own: is_tag(rule) or (one is a and rule is b)))  # type: ignore[misc]
    assert total(lambda _one, _rule: True) == min(worlds)


def test_p6_a_tie_goes_to_the_world_without_exclusives() -> None:
    alone = promotion("alone", OrderDiscount(AmountOff(100, "order")), stacking="exclusive")
    common = promotion("common", OrderDiscount(AmountOff(100, "order")))
    evaluation = evaluated(order(line("a", 1000)), promotion_set(alone, common))
    assert discounts(evaluation) == {"common": 100}
    (lost,) = evaluation.priced.lost
    assert (lost.code, lost.winner and lost.winner.rule) == ("other_world", "common")
    assert evaluation.priced.runner_up_fen == 100


def test_p6_price_tags_hold_beside_an_exclusive_promotion() -> None:
    tag = promotion("tag", PriceTag(FixedPrice(900)))
    alone = promotion("alone", OrderDiscount(AmountOff(300, "order")), stacking="exclusive")
    common = promotion("common", OrderDiscount(AmountOff(200, "order")))
    evaluation = evaluated(order(line("a", 1000)), promotion_set(tag, alone, common))
    assert discounts(evaluation) == {"tag": 100, "alone": 300}
    (lost,) = evaluation.priced.lost
    assert lost.winner is not None
    assert lost.winner.rule == "alone"
    assert evaluation.priced.runner_up_fen == 300


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


extreme_fen = st.sampled_from([0, 1, 10**12 - 1, 10**12])
extreme_lines = st.builds(
    Line,
    line_id=st.uuids().map(str),
    sku=st.sampled_from("abcd"),
    unit_price_fen=extreme_fen,
    quantity=st.sampled_from([1, 2, MAX_QUANTITY]),
    floor_price_fen=extreme_fen,
    unit_cost_fen=st.one_of(st.none(), extreme_fen),
    vat_rate=st.sampled_from([None, Rate(0), Rate(10**9, 1), Rate(1, 10**9)]),
    days_to_expiry=st.sampled_from([None, -(2**63), 0]),
)


@given(rule_sets, orders(), st.lists(extreme_lines, min_size=1, max_size=4))
@settings(max_examples=80)
def test_p14_no_event_within_bounds_ever_fails(sets: tuple[RuleSet, ...], event: OrderEvent, heavy: list[Line]) -> None:
    event = msgspec.structs.replace(event, lines=tuple(heavy))
    assert msgspec.json.decode(msgspec.json.encode(event), type=OrderEvent) == event
    evaluation = evaluate_order(event, compile_live(sets))
    assert msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation) == evaluation
    state = untouched(evaluation)
    whole = refund_event(*(returned(one.line_id, one.quantity) for one in heavy))
    assert refund(evaluation, state, whole).cash_fen == paid(evaluation)
    assert not imbalance(balances(sale_entry(evaluation)), expected_balances(evaluation, state))


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
