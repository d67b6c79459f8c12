"""Figures that stand in each other's way: tiers without effect, ceilings that always cut, discounts always beaten."""

from collections.abc import Iterator

from engine.conditions import Condition, Test, all_of
from engine.errors import Diagnostic
from engine.example.example import example_order, with_payees
from engine.lint.finding import finding_at, pays, tried
from engine.lint.overlap import implies
from engine.lint.rates import roles_of
from engine.money import Rate, yuan
from engine.order import Evaluation, OrderEvent
from engine.ruleset import (
    Accrue,
    AmountOff,
    CommissionRule,
    CommissionSet,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    Promotion,
    PromotionSet,
    RuleSet,
    Tier,
)


def figures(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Figures of a set without effect, each with an order on which they have none."""
    if isinstance(rule_set, CommissionSet):
        yield from _ceiling(rule_set)
    elif isinstance(rule_set, PromotionSet):
        for rule in rule_set.rules:
            yield from _tiers(rule_set, rule)
            yield from _beaten(rule_set, rule)


def _example(rule_set: RuleSet, condition: Condition) -> OrderEvent | None:
    found = example_order(condition, rule_set.header.effective_from, rule_set.header.effective_until)
    return None if found is None else found.event


def _given(evaluation: Evaluation, rule: Promotion) -> int:
    return sum(one.discount_fen for one in evaluation.priced.applied if one.plan.ref.rule == rule.id)


# --- tiers ------------------------------------------------------------------------------------------------------------


def _tiers(rule_set: PromotionSet, rule: Promotion) -> Iterator[Diagnostic]:
    """Tiers below the spend of their promotion, and tiers that its cap makes equal."""
    if len(rule.benefits) != 1 or not isinstance(rule.benefits[0], OrderDiscount):
        return
    benefit = rule.benefits[0]
    spend = rule.spend.at_least if rule.spend is not None and rule.spend.measure == benefit.measure else 0
    for at, tier in enumerate(benefit.tiers):
        unreachable = at + 1 < len(benefit.tiers) and benefit.tiers[at + 1].at_least <= spend
        capped = rule.at_most_fen is not None and _equal_under_cap(benefit.tiers, at, rule.at_most_fen)
        if not unreachable and not capped:
            continue
        event = _example(rule_set, all_of(rule.when, benefit.items, *_worth(tier.at_least, benefit.measure)))
        expected = 0 if unreachable else rule.at_most_fen
        if event is not None and _given(tried(event, [rule_set]), rule) == expected:
            told = yuan(tier.at_least) if benefit.measure == "money" else str(tier.at_least)
            yield finding_at(rule_set, "L413", rule, event, at_least=told)


def _equal_under_cap(tiers: tuple[Tier, ...], at: int, at_most: int) -> bool:
    """Whether a cap cuts a tier to what the tier below it gives too, or cuts even the lowest."""
    tier = tiers[at]
    plain = isinstance(tier.off, AmountOff) and tier.gift is None and not tier.free_shipping
    below = tiers[at - 1].off if at else tier.off
    amounts = [off.amount_fen for off in (tier.off, below) if isinstance(off, AmountOff)]
    if not plain or len(amounts) < 2:
        return False
    return amounts[0] > at_most and (at == 0 or amounts[1] >= at_most)


def _worth(at_least: int, measure: str) -> tuple[Condition, ...]:
    if measure == "units":
        return (Test("line.quantity", "in", (max(1, at_least),)), Test("line.unit_price", "at_least", (100_000,)))
    return (Test("line.quantity", "in", (1,)), Test("line.unit_price", "in", (at_least,)))


# --- exclusive discounts ----------------------------------------------------------------------------------------------


def _beaten(rule_set: PromotionSet, rule: Promotion) -> Iterator[Diagnostic]:
    """An exclusive percentage off goods on which another rule of the set, bound by nothing, takes off a larger one."""
    own = _percentage(rule)
    if rule.stacking != "exclusive" or own is None:
        return
    for other in rule_set.rules:
        theirs = _percentage(other)
        if other is rule or theirs is None or theirs[1].units_per_line is not None or _is_bound(other):
            continue
        scope = all_of(rule.when, own[1].items)
        larger = theirs[0].num * own[0].den > own[0].num * theirs[0].den
        alike = own[1].round_price == theirs[1].round_price
        if not larger or not alike or not implies(scope, all_of(other.when, theirs[1].items)):
            continue
        event = _example(rule_set, scope)
        result = None if event is None else tried(event, [rule_set])
        if result is not None and _given(result, rule) == 0 < sum(one.discount_fen for one in result.priced.applied):
            yield finding_at(rule_set, "L416", rule, event, other=other.id)
            return


def _percentage(rule: Promotion) -> tuple[Rate, LineDiscount] | None:
    """The rate of a promotion that takes one percentage off lines and does nothing else."""
    (benefit, *more) = rule.benefits
    if more or not isinstance(benefit, LineDiscount) or not isinstance(benefit.off, PercentOff):
        return None
    return benefit.off.rate, benefit


def _is_bound(rule: Promotion) -> bool:
    return bool(rule.spend or rule.only_undiscounted or rule.at_most_fen is not None or rule.limits or rule.budget)


# --- ceilings ---------------------------------------------------------------------------------------------------------


def _ceiling(rule_set: CommissionSet) -> Iterator[Diagnostic]:
    """Rules whose least rates together already exceed the ceiling: goods of such a rule alone are always cut."""
    ceiling = rule_set.ceiling
    if ceiling is None or rule_set.base not in ("paid_goods", "list") or rule_set.vat != "included":
        return
    for rule in rule_set.rules:
        total = Rate(0)
        for accrue in rule.accrue:
            total = total.plus(_least_rate(accrue))
        if total.num * ceiling.at_most.den <= ceiling.at_most.num * total.den:
            continue
        event = _staffed(rule_set, rule)
        if event is not None and _is_cut(tried(event, [rule_set]), rule):
            yield finding_at(rule_set, "L415", rule, event, total=total, ceiling=ceiling.at_most)


def _is_cut(result: Evaluation, rule: CommissionRule) -> bool:
    cut = result.ceiling
    return pays(result, rule.id) and cut is not None and cut.earned_fen > cut.allowed_fen


def _staffed(rule_set: CommissionSet, rule: CommissionRule) -> OrderEvent | None:
    found = example_order(rule.when, rule_set.header.effective_from, rule_set.header.effective_until)
    return None if found is None else with_payees(found, roles_of(rule), rule.when).event


def _least_rate(accrue: Accrue) -> Rate:
    """The share of its base that a payee gets at least; 0 where a cap or the goods' own figure may lower it."""
    if accrue.cap_fen is not None or accrue.sku_figure:
        return Rate(0)
    if accrue.tiers is None:
        return accrue.rate or Rate(0)
    rates = [step.rate or Rate(0) for step in accrue.tiers.steps]
    if accrue.tiers.steps[0].at_least > 0:
        return Rate(0)
    least = rates[0]
    for rate in rates:
        least = rate if rate.num * least.den < least.num * rate.den else least
    return least
