"""Judgements over region rule sets: written approval, rates that grow with width, and what all payees get together."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from engine.conditions import all_of
from engine.dividend.dividend_fund import fund_of
from engine.dividend_set import DividendSet
from engine.earn.live_region import role_of
from engine.errors import Diagnostic
from engine.lint.finding import finding, finding_at
from engine.lint.overlap import can_hold_together
from engine.lint.rates import LARGE_SHARE, PRUDENT_CEILING, above, total_of
from engine.money import Rate
from engine.region_set import RegionRule, RegionSet
from engine.ruleset import CommissionSet, RuleSet

Paying = RegionSet | CommissionSet


def region_findings(rule_set: RegionSet, all_sets: Sequence[RuleSet]) -> Iterator[Diagnostic]:
    """What there is to say of a region rule set beside the other sets that are looked at."""
    if rule_set.hierarchy == "contract" and not rule_set.sign_off:
        yield finding(rule_set, "L417", 1, "/hierarchy")
    for rule in rule_set.rules:
        for narrow, wide in zip(rule.rates, rule.rates[1:], strict=False):
            if rule_set.mode == "difference" and not above(wide.rate, narrow.rate) and wide.rate.num:
                yield finding_at(rule_set, "L418", rule, wide=wide.level, narrow=narrow.level, total=narrow.rate)
        for one in rule.rates:
            if above(one.rate, LARGE_SHARE):
                yield finding_at(rule_set, "L404", rule, role=role_of(one.level), total=one.rate)
    if rule_set.base != "delivery_fee":
        yield from _together(rule_set, all_sets)


def _together(rule_set: RegionSet, all_sets: Sequence[RuleSet]) -> Iterator[Diagnostic]:
    """Rules whose agents, with all others who may be paid on the same goods, can get more than is prudent."""
    told: set[str] = set()
    for at in _changes(rule_set, all_sets):
        beside = [one for one in _standing(all_sets, at) if one.header.file != rule_set.header.file]
        if any(_holds_all(one) for one in beside):
            continue
        if rule_set.hierarchy == "contract" and "" not in told:
            told.add("")
            yield finding(rule_set, "L419", 1, "/hierarchy")
        for rule in rule_set.rules:
            total = _own_total(rule_set, rule)
            for other in beside:
                total = total.plus(_most_beside(rule, other))
            if above(total, PRUDENT_CEILING) and rule.id not in told:
                told.add(rule.id)
                yield finding_at(rule_set, "L402", rule, total=total)


def _changes(rule_set: RegionSet, all_sets: Sequence[RuleSet]) -> list[datetime]:
    """The moments at which what stands beside the set can change while it stands, its own start first."""
    since, until = rule_set.header.effective_from, rule_set.header.effective_until
    marks = {since}
    for one in all_sets:
        marks |= {one.header.effective_from, one.header.effective_until or since}
    return sorted(at for at in marks if since <= at and (until is None or at < until))


def _standing(all_sets: Iterable[RuleSet], at: datetime) -> list[Paying]:
    """The commission, region and dividend sets that stand at an instant: of each name the highest version started."""
    newest: dict[tuple[str, str], RuleSet] = {}
    for one in all_sets:
        name = one.header.kind, one.header.name
        if one.header.effective_from <= at and (name not in newest or newest[name].header.version < one.header.version):
            newest[name] = one
    return [
        fund_of(one) if isinstance(one, DividendSet) else one
        for one in newest.values()
        if isinstance(one, RegionSet | CommissionSet | DividendSet)
        and (one.header.effective_until is None or at < one.header.effective_until)
    ]


def _holds_all(rule_set: Paying) -> bool:
    """Whether the ceiling of a set, which binds all payees of an order, is prudent."""
    ceiling = rule_set.ceiling if isinstance(rule_set, CommissionSet) else None
    return ceiling is not None and not above(ceiling.at_most, PRUDENT_CEILING)


def _most_beside(rule: RegionRule, other: Paying) -> Rate:
    """The largest total of a rule of another set that may pay on the same goods."""
    most = Rate(0)
    if other.base == "delivery_fee":
        return most
    if isinstance(other, CommissionSet):
        totals = [(one.when, total_of(other, one)) for one in other.rules]
    else:
        totals = [(one.when, _own_total(other, one)) for one in other.rules]
    for when, total in totals:
        if above(total, most) and can_hold_together(all_of(rule.when, when)):
            most = total
    return most


def _own_total(rule_set: RegionSet, rule: RegionRule) -> Rate:
    """All levels together: under differences the highest rate is all there is."""
    total = Rate(0)
    for one in rule.rates:
        if rule_set.mode == "stacked":
            total = total.plus(one.rate)
        elif above(one.rate, total):
            total = one.rate
    return total
