"""Compile the rule sets that stand at one moment into plans ready for matching and pricing.

Compiled once per set of content hashes and then only read.  Bits of a match mask follow the order of `conditions`:
first every selector of every offer (an offer is one benefit of one promotion), then the rules of each commission set.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

import msgspec

from engine.conditions import ALWAYS, Condition, all_of, tests_of
from engine.dividend.dividend_fund import fund_of
from engine.dividend_set import DividendSet
from engine.earn.live_region import LiveRegion, compile_region
from engine.earn.payees import PARTNER
from engine.header import Header
from engine.match.network import Network, set_bits
from engine.money import Rate
from engine.order import AccrualPlan, BenefitPlan, RuleRef
from engine.region_set import RegionSet
from engine.ruleset import (
    BENEFIT_LANE,
    LANES,
    Benefit,
    BundlePrice,
    Ceiling,
    CommissionRule,
    CommissionSet,
    GroupDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    Promotion,
    PromotionSet,
    RuleSet,
    ShippingDiscount,
    Spend,
)
from engine.settlement_set import SettlementSet


class Offer(msgspec.Struct, frozen=True):
    """One benefit of one promotion, compiled. `index` orders offers by key (clause P3); `bits` are its selectors' bits.

    `promotion` is the index of its `LivePromotion`.  `free_shipping` is the companion plan of an order benefit whose
    tiers may bring free shipping along.
    """

    index: int
    promotion: int
    plan: BenefitPlan
    bits: tuple[int, ...]
    stacking: str
    free_shipping: BenefitPlan | None = None


class LivePromotion(msgspec.Struct, frozen=True):
    """A promotion of a live rule set: its reference, its model, and its offers by index."""

    index: int
    ref: RuleRef
    rule: Promotion
    offers: tuple[Offer, ...]
    capped: bool
    """Whether the money it gives on one order is bounded as a whole."""
    bounded: bool
    """Whether it is capped or has limits of use."""

    @property
    def counter_key(self) -> str:
        return f"{self.ref.rule_set}/{self.ref.rule}"


class LiveCommissionRule(msgspec.Struct, frozen=True):
    """A commission rule with its bit and one plan per payee of `accrue` (or one for its bonus)."""

    rule: CommissionRule
    bit: int
    ref: RuleRef
    plans: tuple[AccrualPlan, ...]
    by_line: bool
    """Whether all it pays are rates of what was paid for a line, each to one payee, as most rules do."""


class LiveCommission(msgspec.Struct, frozen=True):
    """A live commission rule set: `mask` covers the bits of its paying rules, `bonus_mask` those of its bonus rules."""

    rule_set: CommissionSet
    rules: tuple[LiveCommissionRule, ...]
    bonus_rules: tuple[LiveCommissionRule, ...]
    mask: int
    bonus_mask: int
    asks_for_campaigns: bool
    """Whether a rule only pays on goods that certain campaigns discounted."""


MEMORY_LIMIT = 16_384
"""Most masks whose bits are remembered."""


class BitLists(dict[int, tuple[int, ...]]):
    """The set bits of a mask, lowest first, computed on first sight: orders repeat few masks."""

    def __missing__(self, mask: int) -> tuple[int, ...]:
        if len(self) >= MEMORY_LIMIT:
            self.clear()
        found = self[mask] = tuple(set_bits(mask))
        return found


class LiveRules(msgspec.Struct, frozen=True):
    """Everything that stands at one moment, ready to use. `offer_of_bit` maps a selector's bit to its offer."""

    rule_sets: tuple[tuple[str, int, str], ...]
    promotions: tuple[LivePromotion, ...]
    offers: tuple[Offer, ...]
    commissions: tuple[LiveCommission, ...]
    network: Network
    conditions: tuple[Condition, ...]
    """By bit: what the network answers, for the plain reading."""
    selector_mask: int
    offer_of_bit: tuple[Offer, ...]
    by_bit: tuple[LiveCommissionRule | None, ...]
    commission_of_bit: tuple[LiveCommission | None, ...]
    """The commission set of each rule's bit."""
    paying_mask: int
    """The bits of the paying rules of all commission sets."""
    has_exclusive: bool
    ceiling: tuple[str, Ceiling, CommissionSet] | None
    coupons: frozenset[str]
    """Coupon codes that some live condition names."""
    bits_of: BitLists
    regions: tuple[LiveRegion, ...]
    release_after_days: int | None
    """The after-sales window; of several settlement rule sets the longest counts."""


def compile_live(rule_sets: Iterable[RuleSet], earlier: LiveRules | None = None) -> LiveRules:
    """Compile rule sets that all stand at one moment (see `timeline.live_at`). Load order does not matter (law L3).

    What has been compiled `earlier` is taken over where the two have it in common; the answers are the same without it.

    Kinds that have no say in what an order costs or earns are left out, of `LiveRules.rule_sets` too.
    """
    ordered = sorted(
        (
            one
            for one in rule_sets
            if isinstance(one, PromotionSet | CommissionSet | DividendSet | RegionSet | SettlementSet)
        ),
        key=lambda one: (one.header.name, one.header.version, one.header.kind),
    )
    promotion_sets = [one for one in ordered if isinstance(one, PromotionSet)]
    commission_sets = [
        fund_of(one) if isinstance(one, DividendSet) else one
        for one in ordered
        if isinstance(one, CommissionSet | DividendSet)
    ]
    conditions: list[Condition] = []
    promotions = _compile_promotions(promotion_sets, conditions)
    selector_mask = (1 << len(conditions)) - 1
    commissions = tuple(_compile_commission(one, conditions) for one in commission_sets)
    regions = tuple(compile_region(one, conditions) for one in ordered if isinstance(one, RegionSet))
    by_bit: list[LiveCommissionRule | None] = [None] * len(conditions)
    commission_of_bit: list[LiveCommission | None] = [None] * len(conditions)
    for commission in commissions:
        for rule in commission.rules:
            by_bit[rule.bit] = rule
            commission_of_bit[rule.bit] = commission
    return LiveRules(
        rule_sets=tuple((one.header.name, one.header.version, one.header.content_hash) for one in ordered),
        promotions=promotions,
        offers=tuple(offer for promotion in promotions for offer in promotion.offers),
        commissions=commissions,
        network=Network(conditions, earlier.network if earlier else None),
        conditions=tuple(conditions),
        selector_mask=selector_mask,
        offer_of_bit=tuple(offer for promotion in promotions for offer in promotion.offers for _ in offer.bits),
        by_bit=tuple(by_bit),
        commission_of_bit=tuple(commission_of_bit),
        paying_mask=reduce(or_, (commission.mask for commission in commissions), 0),
        has_exclusive=any(promotion.rule.stacking == "exclusive" for promotion in promotions),
        ceiling=_lowest_ceiling(commission_sets),
        coupons=frozenset(_coupons(conditions)),
        bits_of=BitLists(),
        regions=regions,
        release_after_days=max(
            (one.release_after_days for one in ordered if isinstance(one, SettlementSet)), default=None
        ),
    )


def _compile_promotions(rule_sets: Sequence[PromotionSet], conditions: list[Condition]) -> tuple[LivePromotion, ...]:
    keyed = sorted(
        ((rule.priority, one.header.name, rule.position, one, rule) for one in rule_sets for rule in one.rules),
        key=lambda entry: entry[:3],
    )
    promotions: list[LivePromotion] = []
    offer_count = 0
    for _, _, _, rule_set, rule in keyed:
        ref = rule_ref(rule_set.header, rule)
        offers: list[Offer] = []
        for benefit in rule.benefits:
            bits = tuple(range(len(conditions), len(conditions) + len(_selectors(rule, benefit))))
            conditions.extend(_selectors(rule, benefit))
            offers.append(
                Offer(
                    index=offer_count,
                    promotion=len(promotions),
                    plan=_plan(rule_set, ref, benefit, rule.spend),
                    bits=bits,
                    stacking=rule.stacking,
                    free_shipping=_free_shipping(rule_set, ref, benefit),
                )
            )
            offer_count += 1
        capped = rule.at_most_fen is not None or rule.budget is not None
        bounded = capped or bool(rule.limits)
        promotions.append(LivePromotion(len(promotions), ref, rule, tuple(offers), capped, bounded))
    return tuple(promotions)


def rule_ref(header: Header, rule: Promotion | CommissionRule) -> RuleRef:
    """How results name a rule."""
    label = rule.label if isinstance(rule, Promotion) else ""
    return RuleRef(header.name, header.version, rule.id, header.content_hash, rule.title, label, rule.title_en)


def _selectors(rule: Promotion, benefit: Benefit) -> tuple[Condition, ...]:
    if isinstance(benefit, ShippingDiscount):
        return (rule.when,)
    if isinstance(benefit, BundlePrice):
        return tuple(all_of(rule.when, component.items) for component in benefit.components)
    scope = all_of(rule.when, benefit.items)
    if isinstance(benefit, GroupDiscount) and (benefit.buy is not None or benefit.get is not None):
        return all_of(scope, benefit.buy or ALWAYS), all_of(scope, benefit.get or ALWAYS)
    return (scope,)


def _plan(rule_set: PromotionSet, ref: RuleRef, benefit: Benefit, spend: Spend | None = None) -> BenefitPlan:
    lane = BENEFIT_LANE[type(benefit)]
    assert lane in LANES
    return BenefitPlan(
        ref=ref,
        lane=lane,
        benefit=benefit,
        base=rule_set.base,
        threshold_on=rule_set.threshold_on,
        rounding=rule_set.rounding,
        remainder=rule_set.remainder,
        discount_on=rule_set.discount_on,
        on_partial_return=rule_set.on_partial_return,
        funded_by=rule_set.funded_by,
        spend=spend,
    )


def _free_shipping(rule_set: PromotionSet, ref: RuleRef, benefit: Benefit) -> BenefitPlan | None:
    if isinstance(benefit, OrderDiscount) and any(tier.free_shipping for tier in benefit.tiers):
        return _plan(rule_set, ref, ShippingDiscount(PercentOff(Rate(1))))
    return None


def _compile_commission(rule_set: CommissionSet, conditions: list[Condition]) -> LiveCommission:
    rules: list[LiveCommissionRule] = []
    mask = bonus_mask = 0
    for rule in rule_set.rules:
        bit = len(conditions)
        conditions.append(rule.when)
        ref = rule_ref(rule_set.header, rule)
        payees = [rule.bonus.to] if rule.bonus else [role for accrue in rule.accrue for role in accrue.roles]
        plans = tuple(AccrualPlan(ref, to, rule_set.base, rule_set.rounding) for to in payees)
        rules.append(LiveCommissionRule(rule, bit, ref, plans, _is_by_line(rule_set, rule)))
        if rule.bonus:
            bonus_mask |= 1 << bit
        else:
            mask |= 1 << bit
    asks_for_campaigns = any(rule.from_campaigns for rule in rule_set.rules)
    bonus_rules = tuple(rule for rule in rules if rule.rule.bonus is not None)
    return LiveCommission(rule_set, tuple(rules), bonus_rules, mask, bonus_mask, asks_for_campaigns)


def _is_by_line(rule_set: CommissionSet, rule: CommissionRule) -> bool:
    of_paid = rule_set.base == "paid_goods" and rule_set.vat == "included"
    return of_paid and all(
        one.rate is not None
        and one.amount_fen is None
        and one.tiers is None
        and not one.sku_figure
        and not one.split
        and one.to != PARTNER
        for one in rule.accrue
    )


def _lowest_ceiling(rule_sets: Sequence[CommissionSet]) -> tuple[str, Ceiling, CommissionSet] | None:
    """The lowest ceiling of all live sets binds the order; of equal ones, the first by name."""
    lowest: tuple[str, Ceiling, CommissionSet] | None = None
    for one in rule_sets:
        if one.ceiling is None:
            continue
        rate = one.ceiling.at_most
        if lowest is None or rate.num * lowest[1].at_most.den < lowest[1].at_most.num * rate.den:
            lowest = (one.header.name, one.ceiling, one)
    return lowest


def _coupons(conditions: Iterable[Condition]) -> Iterable[str]:
    for condition in conditions:
        for test in tests_of(condition):
            if test.fact == "order.coupons":
                yield from (str(value) for value in test.values)


def is_catalogue(offer: Offer) -> bool:
    """Whether the offer is a price tag, which holds in every world (clause P6)."""
    return isinstance(offer.plan.benefit, PriceTag)
