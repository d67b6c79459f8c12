"""The next tier of a promotion that applies, and the smallest purchase that reaches it."""

from hypothesis import given, settings

from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.nearest.change import BuyMore, Change, amount_of, apply_change, with_amount
from engine.nearest.tier import NextTier, next_tiers
from engine.order import OrderEvent
from engine.ruleset import AmountOff, OrderDiscount, RuleSet, Tier
from tests.engine.builders import evaluated, line, order, percent_off, promotion, promotion_set, spend_and_save
from tests.engine.strategies import orders, rule_sets


def only(event: OrderEvent, *sets: RuleSet) -> NextTier:
    live = compile_live(sets)
    (found,) = next_tiers(evaluate_order(event, live), live)
    return found


def test_the_next_tier_in_money_and_in_units() -> None:
    event = order(line("a", 6000))
    found = only(event, promotion_set(promotion("it", spend_and_save((5000, 500), (10000, 1200), (20000, 3000)))))
    assert found.tier.at_least == 10000
    assert [amount_of(step) for step in found.change.steps] == [4000]
    assert found.words(event).zh == "再买 40.00 元升至满 100.00 元减 12.00 元"
    pair = order(line("a", 6000, 2))
    pieces = OrderDiscount(tiers=(Tier(2, percent_off(10)), Tier(3, percent_off(20))), measure="units")
    found = only(pair, promotion_set(promotion("it", pieces)))
    assert found.change.steps == (BuyMore("a", 1),)
    assert found.words(pair).zh == "再买 1 件升至满 3 件减 20%，即 8 折"
    assert found.words(pair).en == "buy 1 more to reach 20% off from 3 pieces on"


def test_the_highest_tier_has_no_next() -> None:
    live = compile_live([promotion_set(promotion("it", spend_and_save((5000, 500))))])
    assert next_tiers(evaluate_order(order(line("a", 6000)), live), live) == ()


def measured(event: OrderEvent, sets: list[RuleSet]) -> int:
    """What the tiers of `it` count on an order: the running amounts of its lines as it begins."""
    for applied in evaluated(event, *sets).priced.applied:
        if applied.plan.ref.rule == "it":
            return sum(part.entry_fen for part in applied.lines)
    return 0


@settings(max_examples=60)
@given(rule_sets, orders())
def test_the_purchase_reaches_the_tier_and_one_less_does_not(sets: tuple[RuleSet, ...], event: OrderEvent) -> None:
    tiers = OrderDiscount(tiers=(Tier(1, AmountOff(1, "order")), Tier(4000, AmountOff(900, "order"))))
    all_sets = [*sets, promotion_set(promotion("it", tiers), name="tiers")]
    live = compile_live(all_sets)
    for found in next_tiers(evaluate_order(event, live), live):
        if found.ref.rule == "it":
            assert measured(event, all_sets) < 4000
            assert measured(apply_change(event, found.change), all_sets) >= 4000
            (step,) = found.change.steps
            amount = amount_of(step)
            assert amount is not None
            if amount > 1:
                less = apply_change(event, Change((with_amount(step, amount - 1),)))
                assert measured(less, all_sets) < 4000
