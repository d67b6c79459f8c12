"""How a rule stands on an order, found by evaluating it: does it apply, would it but for another, or how far is it?"""

from collections.abc import Sequence

import msgspec

from engine.conditions import holds
from engine.earn.live_region import LiveRegionRule
from engine.evaluate import evaluate_order
from engine.facts import facts_of
from engine.live import LiveCommissionRule, LivePromotion, LiveRules, is_catalogue
from engine.order import OrderEvent, PricedOrder, RuleRef
from engine.price.pricing import price

APPLIES, OUTCOMPETED, OTHER_WORLD = "applies", "outcompeted", "other_world"
QUALIFIES = (APPLIES, OUTCOMPETED, OTHER_WORLD)
"""Standings whose condition holds and whose threshold is reached.

`applies`: it gives something. `outcompeted`: another rule gives more on the same goods (a commission: is chosen).
`other_world`: it would apply among the promotions it may be combined with, but the others save more.
"""


class Standing(msgspec.Struct, frozen=True):
    """`code` is one of `QUALIFIES`, or why the rule gives nothing, with the distance where one is known."""

    code: str
    short_fen: int | None = None
    short_units: int | None = None

    @property
    def qualifies(self) -> bool:
        return self.code in QUALIFIES


UNMATCHED = Standing("conditions_not_met")


def standing(event: OrderEvent, live: LiveRules, ref: RuleRef) -> Standing:
    """How the rule stands on the order under the live rules; a rule that is not live does not match."""
    promotion = next((one for one in live.promotions if one.ref == ref), None)
    if promotion is not None:
        return _promotion_standing(event, live, promotion)
    for commission in live.commissions:
        for rule in commission.rules:
            if rule.ref == ref:
                return _paying_standing(event, live, rule, on_every_line=commission.rule_set.base == "delivery_fee")
    for region in live.regions:
        for area in region.rules:
            if area.ref == ref:
                return _paying_standing(event, live, area, on_every_line=region.rule_set.base == "delivery_fee")
    return UNMATCHED


def _promotion_standing(event: OrderEvent, live: LiveRules, promotion: LivePromotion) -> Standing:
    masks = live.network.match(event)
    own = _bits([promotion])
    if not any(mask & own for mask in masks):
        return UNMATCHED
    found = _in(price(event, live, masks), promotion.ref)
    if found.code != OTHER_WORLD:
        return found
    alone = _in(_own_world(event, live, masks, promotion), promotion.ref)
    return Standing(OTHER_WORLD) if alone.qualifies else alone


def _in(priced: PricedOrder, ref: RuleRef) -> Standing:
    if any(one.plan.ref == ref for one in priced.applied):
        return Standing(APPLIES)
    for lost in priced.lost:
        if lost.ref == ref:
            return Standing(lost.code, lost.short_fen, lost.short_units)
    return UNMATCHED


def _own_world(event: OrderEvent, live: LiveRules, masks: Sequence[int], promotion: LivePromotion) -> PricedOrder:
    """The order priced with the promotions this one may stand beside: price tags alone, if it is exclusive."""
    exclusive = promotion.rule.stacking == "exclusive"
    beside = [
        one
        for one in live.promotions
        if one is promotion
        or (one.rule.stacking != "exclusive" and (not exclusive or all(map(is_catalogue, one.offers))))
    ]
    allowed = _bits(beside)
    world = msgspec.structs.replace(live, has_exclusive=False)
    return price(event, world, [mask & allowed for mask in masks])


def _bits(promotions: Sequence[LivePromotion]) -> int:
    return sum(1 << bit for one in promotions for offer in one.offers for bit in offer.bits)


def _paying_standing(
    event: OrderEvent, live: LiveRules, rule: LiveCommissionRule | LiveRegionRule, *, on_every_line: bool
) -> Standing:
    met = [holds(rule.rule.when, facts_of(event, line)) for line in event.lines]
    if not (all(met) if on_every_line else any(met)):
        return UNMATCHED
    evaluation = evaluate_order(event, live)
    if any(one.plan.ref == rule.ref for one in evaluation.accruals):
        return Standing(APPLIES)
    for one in evaluation.not_accrued:
        if one.plan.ref == rule.ref:
            return Standing(one.code)
    asks_for_campaigns = isinstance(rule, LiveCommissionRule) and rule.rule.from_campaigns
    return Standing("campaign_missing" if asks_for_campaigns else OUTCOMPETED)
