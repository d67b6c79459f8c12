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
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.evaluate import evaluate_order
from engine.journal.expected import expected_balances
from engine.journal.flows import sale_postings
from engine.journal.order_book import OrderBook
from engine.ledger import balances, imbalance
from engine.live import compile_live
from engine.money import Rate
from engine.order import MAX_QUANTITY, Evaluation, Line, OrderEvent
from engine.refund.clawback import refund, untouched
from engine.ruleset import (
    AmountOff,
    Budget,
    BundlePrice,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PriceTag,
    PromotionSet,
    RuleSet,
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
    refund_event,
    returned,
    sku,
    spend_and_save,
)
from tests.engine.plain_pricing import PlainOrder
from tests.engine.strategies import (
    evaluations,
    made_by,
    make_block_benefit,
    make_goods_benefit,
    make_item_benefit,
    make_order_benefit,
    make_price_tag,
    make_promotion,
    make_shipping_benefit,
    orders,
    promotion_sets,
    rule_sets,
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


# --- P14 ---

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
    days_to_expiry=st.sampled_from([None, -100_000, 0, 100_000]),
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
    assert not imbalance(balances(sale_postings(evaluation)), expected_balances(OrderBook(evaluation)))
