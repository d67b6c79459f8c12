"""Rules that cannot come into play: contradictions, moments that never come, earlier rules that leave nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from engine.calendar import SHANGHAI
from engine.conditions import Condition, Not, Test, all_of
from engine.errors import Diagnostic
from engine.evaluate import evaluate_order
from engine.example.example import Example, example_of_parts, example_order, with_payees
from engine.example.moment import end_of_search, may_occur
from engine.lint.finding import finding_at, gives, pays
from engine.lint.overlap import can_hold_together, part_is_possible
from engine.lint.rates import roles_of
from engine.live import LiveRules, compile_live
from engine.match.factoring import Literal, Part, TooLarge, factor
from engine.region_set import RegionRule, RegionSet
from engine.ruleset import CommissionRule, CommissionSet, Promotion, RuleSet

MOST_COVERING = 12
"""Most earlier rules that are weighed together against one."""
_MINUTE = timedelta(minutes=1)
PayingRule = CommissionRule | RegionRule


def reach(rule_set: RuleSet) -> Iterator[Diagnostic]:
    """Rules of a set that never come into play, each with an order on which they do not."""
    live = compile_live([rule_set])
    dead = set()
    for rule, condition in _scopes(rule_set, live):
        if rule.id not in dead:
            for one in _never(rule_set, live, rule, condition):
                dead.add(rule.id)
                yield one
    for commission in live.commissions:
        yield from _payees(commission.rule_set, live, dead)
        if commission.rule_set.choose == "first":
            paying = {one.bit: one.rule for one in commission.rules if one.rule.bonus is None}
            yield from _shadowed(commission.rule_set, paying, live, dead)
    for region in live.regions:
        yield from _shadowed(region.rule_set, {one.bit: one.rule for one in region.rules}, live, dead)


def _scopes(rule_set: RuleSet, live: LiveRules) -> Iterator[tuple[Promotion | PayingRule, Condition]]:
    """Every condition that must hold somewhere for its rule to give anything."""
    if isinstance(rule_set, CommissionSet | RegionSet):
        yield from ((rule, rule.when) for rule in rule_set.rules)
        return
    for promotion in live.promotions:
        yield promotion.rule, promotion.rule.when
        yield from ((promotion.rule, live.conditions[bit]) for offer in promotion.offers for bit in offer.bits)


# --- conditions that never hold ---------------------------------------------------------------------------------------


def _never(
    rule_set: RuleSet, live: LiveRules, rule: Promotion | PayingRule, condition: Condition
) -> Iterator[Diagnostic]:
    try:
        disjuncts = factor(condition)
    except TooLarge:
        return
    since = rule_set.header.effective_from
    until = end_of_search(since, rule_set.header.effective_until)
    timeless: tuple[Part, Part] | None = None
    for disjunct in disjuncts:
        line = next((part for part in disjunct.line if part_is_possible(part)), None)
        for order in disjunct.order if line is not None else ():
            clock, others = _parted(order)
            if part_is_possible(order) and may_occur(clock, since, until):
                return
            if line is not None and part_is_possible(others):
                timeless = timeless or (others, line)
    if timeless is None:
        example = _closest(condition, since, until)
        if example is not None and not gives(evaluate_order(example.event, live), rule.id):
            yield finding_at(rule_set, "L410", rule, example.event)
        return
    found = example_of_parts(*timeless, since, until)
    if found is not None and not gives(evaluate_order(found.event, live), rule.id):
        last = (until - _MINUTE).astimezone(SHANGHAI).date()
        first = since.astimezone(SHANGHAI).date()
        yield finding_at(rule_set, "L411", rule, found.event, since=first, until=last)


def _parted(part: Part) -> tuple[list[Literal], Part]:
    """The tests on the clock, and the others."""
    clock = [one for one in part if one.test.fact.startswith("clock.")]
    return clock, tuple(one for one in part if one not in clock)


def _closest(condition: Condition, since: datetime, until: datetime) -> Example | None:
    """An order that meets as many parts of an impossible condition, one after the other, as go together."""
    kept: list[Condition] = []
    for part in getattr(condition, "parts", ()):
        if example_order(all_of(*kept, part), since, until) is not None:
            kept.append(part)
    return example_order(all_of(*kept), since, until)


# --- earlier rules that leave nothing ---------------------------------------------------------------------------------


def _shadowed(
    rule_set: CommissionSet | RegionSet, paying: Mapping[int, PayingRule], live: LiveRules, dead: set[str]
) -> Iterator[Diagnostic]:
    """Rules of which the first that holds pays, and which never are the first. `paying` has them by bit, in order."""
    earlier: dict[int, PayingRule] = {}
    for bit, rule in paying.items():
        found = None if rule.id in dead else _covered(rule, earlier, rule_set, live)
        if not (isinstance(rule, CommissionRule) and rule.from_campaigns):
            earlier[bit] = rule
        if found is None:
            continue
        covering, example = found
        event = with_payees(example, _roles(rule, *covering), rule.when).event
        result = evaluate_order(event, live)
        if not pays(result, rule.id) and any(pays(result, other.id) for other in covering):
            names = ", ".join(other.id for other in covering)
            yield finding_at(rule_set, "L406", rule, event, other=names)


def _covered(
    rule: PayingRule, earlier: Mapping[int, PayingRule], rule_set: CommissionSet | RegionSet, live: LiveRules
) -> tuple[list[PayingRule], Example] | None:
    """Earlier rules of which one always holds where a rule does, with an order that shows it; None when there are none.

    Each order on which the rule holds either escapes the earlier rules or names one more of them.
    """
    covering: list[PayingRule] = []
    first: Example | None = None
    since, until = rule_set.header.effective_from, rule_set.header.effective_until
    for _ in range(MOST_COVERING):
        escape = all_of(rule.when, *(Not(other.when) for other in covering))
        if first is not None and not can_hold_together(escape):
            together = rule_set.base != "delivery_fee" or len(covering) == 1
            return (covering, first) if together else None
        example = example_order(escape, since, until)
        if example is None:
            return None
        first = first or example
        mask = live.network.match(example.event)[0]
        holding = next((other for bit, other in earlier.items() if mask >> bit & 1), None)
        if holding is None or holding in covering:
            return None
        covering.append(holding)
    return None


# --- payees -----------------------------------------------------------------------------------------------------------


def _payees(rule_set: CommissionSet, live: LiveRules, dead: set[str]) -> Iterator[Diagnostic]:
    for rule in rule_set.rules:
        for role in _roles(rule):
            there = Test(f"{role}.id", "exists")
            if rule.id in dead or role not in ("promoter", "leader", "host") or can_hold_together(rule.when, there):
                continue
            example = example_order(rule.when, rule_set.header.effective_from, rule_set.header.effective_until)
            if example is not None and _nobody(example, live, rule, role):
                yield finding_at(rule_set, "L414", rule, example.event, role=role)


def _roles(*rules: PayingRule) -> Sequence[str]:
    return [role for rule in rules if isinstance(rule, CommissionRule) for role in roles_of(rule)]


def _nobody(example: Example, live: LiveRules, rule: CommissionRule, role: str) -> bool:
    result = evaluate_order(example.event, live)
    return example.holds(rule.when) and not any(
        one.plan.ref.rule == rule.id and one.plan.role == role for one in result.accruals
    )
