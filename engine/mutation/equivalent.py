"""Changes of a rule set that provably change nothing, because nothing in the rule set asks what was changed.

A few small classes, each a fact about the rule set alone, whatever the order and whatever else is live:

- what nobody asks: `remainder` where no sum is ever split, `discount_on` without groups, `threshold_on` without a
  threshold in money, `base` where only fixed amounts are given, `on_partial_return` without a threshold or a group;
- `base` of price tags that all compete: the first lane finds every price as listed;
- rounding where every rate is a whole number (or there is none): nothing is rounded;
- `choose` where one rule pays: there is nothing to choose from;
- a first step of flat tiers moved from nothing to a fen: below a fen of the line or order there is nothing to pay;
- a bound of `clock.date` moved among days on which the rule set does not stand;
- `on_cancel` of a rule that uses nothing up; `funded_by` where all that is given are gifts, which have no price;
- one tie-breaking rounding for another, where no rate can end on half a fen: its reduced denominator is odd.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import gcd
from typing import Any

import msgspec

from engine.builder.values import read_day
from engine.conditions import Test
from engine.money import Rate
from engine.region_set import RegionSet
from engine.ruleset import (
    AmountOff,
    Benefit,
    BundlePrice,
    CommissionSet,
    Gift,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    Promotion,
    PromotionSet,
    RuleSet,
    ShippingDiscount,
)

_DATE_BOUNDS = frozenset({"from", "until", "at_least", "more_than", "at_most", "less_than"})
_AT_TIES = frozenset({"half_up", "half_down", "half_even"})


def why_equivalent(rule_set: RuleSet, policy: str, old: str, new: str) -> str:
    """Why a policy of a rule set may have another word without any order noticing; empty when that is not proved."""
    if policy == "rounding":
        return _rounding(rule_set, old, new)
    if isinstance(rule_set, CommissionSet):
        return _commission_policy(rule_set, policy)
    if not isinstance(rule_set, PromotionSet):
        return ""
    rules = rule_set.rules
    match policy:
        case "remainder" if not any(map(_promotion_splits, rules)):
            return "nothing is split"
        case "discount_on" if not any(isinstance(one, GroupDiscount | BundlePrice) for one in _benefits(rules)):
            return "there is no group"
        case "threshold_on" if not any(map(_counts_money, rules)):
            return "there is no threshold in money"
        case "on_partial_return" if not any(
            isinstance(one, OrderDiscount | GroupDiscount | BundlePrice) for one in _benefits(rules)
        ):
            return "there is nothing to retest"
        case "funded_by" if all(map(_without_price, _benefits(rules))):
            return "gifts have no price"
        case "base" if all(map(_fixed, _benefits(rules))):
            return "only fixed amounts are given"
        case "base" if all(map(_competing_tags, rules)):
            return "competing price tags find every price as listed"
    return ""


def why_first_step_is_equivalent(rule_set: RuleSet, path: Sequence[str | int], new: str) -> str:
    """Why the first step of flat tiers at `path` may start at a fen instead of nothing; empty when not proved.

    `path` leads to an `at_least` in the document.
    """
    match path:
        case ("rules", int(rule), "accrue", int(accrue), "tiers", "steps", 0, "at_least") if new == "0.01":
            pass
        case _:
            return ""
    if not isinstance(rule_set, CommissionSet):
        return ""
    tiers = rule_set.rules[rule].accrue[accrue].tiers
    assert tiers is not None
    whole_fen = rule_set.vat == "included" and tiers.metric in ("line", "order")
    if whole_fen and tiers.mode == "flat" and tiers.steps[0].rate is not None:
        return "below a fen there is nothing to pay"
    return ""


def why_nothing_is_given_back(rule_set: RuleSet, path: Sequence[str | int]) -> str:
    """Why `on_cancel` at `path` decides nothing; empty when it does."""
    match path:
        case ("rules", int(at), "on_cancel"):
            assert isinstance(rule_set, PromotionSet)
            rule = rule_set.rules[at]
            return "" if rule.limits or rule.budget is not None else "the rule uses nothing up"
    return ""


def why_no_day_tells(rule_set: RuleSet, path: Sequence[str | int], old: str, new: str) -> str:
    """Why a bound of `clock.date` may move from one day to another; empty when not proved.

    The days for which the test changes must all lie before the start of the rule set or after its end.  In a rule with
    a window over midnight the small hours count as the day before.
    """
    if len(path) < 4 or path[0] != "rules" or path[-2] != "clock.date" or path[-1] not in _DATE_BOUNDS:
        return ""
    after = path[-1] in ("at_most", "more_than")
    first, last = sorted(read_day(one) + after for one in (old, new))
    assert isinstance(rule_set, PromotionSet | CommissionSet)
    header, rule = rule_set.header, rule_set.rules[int(path[1])]
    first_seen = header.effective_from.date().toordinal() - _asks_the_time(rule)
    if last <= first_seen:
        return "the rule set does not stand yet"
    end = header.effective_until
    if end is not None and first > (end - timedelta(microseconds=1)).date().toordinal():
        return "the rule set does not stand any more"
    return ""


def _asks_the_time(rule: Any) -> bool:
    """Whether anything below a value of the model tests the time of day."""
    if isinstance(rule, Test):
        return rule.fact == "clock.time"
    if isinstance(rule, tuple):
        return any(map(_asks_the_time, rule))
    if isinstance(rule, msgspec.Struct):
        return any(_asks_the_time(getattr(rule, name)) for name in rule.__struct_fields__)
    return False


def _commission_policy(rule_set: CommissionSet, policy: str) -> str:
    if policy == "remainder" and not _commission_splits(rule_set):
        return "nothing is split"
    if policy == "choose" and sum(1 for rule in rule_set.rules if rule.bonus is None) < 2:
        return "there is one rule to choose from"
    return ""


def _benefits(rules: tuple[Promotion, ...]) -> Iterator[Benefit]:
    return (benefit for rule in rules for benefit in rule.benefits)


def _promotion_splits(rule: Promotion) -> bool:
    """Whether a sum may be spread over lines: by the benefit itself, or by a bound on the rule's money."""
    bounded = rule.at_most_fen is not None or rule.budget is not None
    return bounded or not all(
        isinstance(one, PriceTag | LineDiscount | ShippingDiscount | Gift) for one in rule.benefits
    )


def _commission_splits(rule_set: CommissionSet) -> bool:
    scaled = rule_set.ceiling is not None and rule_set.ceiling.excess == "scale"
    return scaled or any(
        accrue.per == "order" or accrue.tiers is not None or bool(accrue.split)
        for rule in rule_set.rules
        for accrue in rule.accrue
    )


def _counts_money(rule: Promotion) -> bool:
    if rule.spend is not None and rule.spend.measure == "money":
        return True
    return any(
        isinstance(one, OrderDiscount) and one.measure == "money" and bool(one.tiers or one.every)
        for one in rule.benefits
    )


def _fixed(benefit: Benefit) -> bool:
    match benefit:
        case Gift():
            return True
        case OrderDiscount(off=off, tiers=tiers):
            return not any(isinstance(one, PercentOff) for one in (off, *(tier.off for tier in tiers)))
        case ShippingDiscount(off):
            return isinstance(off, AmountOff) or (isinstance(off, PercentOff) and off.rate.same_as(Rate(1)))
    return False


def _without_price(benefit: Benefit) -> bool:
    tiers = benefit.tiers if isinstance(benefit, OrderDiscount) else ()
    only_gifts = bool(tiers) and all(tier.off is None and not tier.free_shipping for tier in tiers)
    return isinstance(benefit, Gift) or only_gifts


def _competing_tags(rule: Promotion) -> bool:
    return rule.stacking == "competing" and all(isinstance(one, PriceTag) for one in rule.benefits)


def _rounding(rule_set: RuleSet, old: str, new: str) -> str:
    if isinstance(rule_set, CommissionSet) and (
        rule_set.vat == "excluded" or any(accrue.sku_figure for rule in rule_set.rules for accrue in rule.accrue)
    ):
        return ""  # the goods bring rates of their own
    if isinstance(rule_set, RegionSet) and (rule_set.vat == "excluded" or rule_set.hierarchy == "contract"):
        return ""  # so do goods, and contracts
    if not isinstance(rule_set, PromotionSet | CommissionSet | RegionSet):
        return ""
    denominators = {rate.den for rate in _rates(rule_set.rules)}
    if denominators <= {1}:
        return "nothing is rounded"
    if {old, new} <= _AT_TIES and all(den % 2 for den in denominators):
        return "no rate ends on half a fen"
    return ""


def _rates(value: Any) -> Iterator[Rate]:
    """Every rate below a value of the model, reduced."""
    if isinstance(value, Rate):
        shared = gcd(value.num, value.den)
        yield Rate(value.num // shared, value.den // shared)
    elif isinstance(value, tuple):
        for one in value:
            yield from _rates(one)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _rates(getattr(value, name))
