"""Judgements over sound rule sets: the law as checks on data, and rules that cannot do what they seem to.

Pure: rule sets in, diagnostics out.  Sources of the legal figures are in docs/law.md.
"""

from collections.abc import Iterable, Iterator

import msgspec

from engine.conditions import all_of
from engine.dividend.dividend_fund import fund_of
from engine.dividend_set import DividendSet
from engine.errors import Diagnostic
from engine.example.example import example_order
from engine.level_set import LevelSet
from engine.lint.dividend import dividend_findings
from engine.lint.figures import figures
from engine.lint.finding import finding, finding_at, tried
from engine.lint.gaps import gaps
from engine.lint.overlap import can_hold_together
from engine.lint.rates import LARGE_SHARE, PRUDENT_CEILING, above, largest_rates, roles_of, total_of
from engine.lint.reach import reach
from engine.lint.region import region_findings
from engine.lint.settlement import settlement_findings
from engine.order import OrderEvent
from engine.region_set import RegionSet
from engine.ruleset import (
    BENEFIT_LANE,
    CommissionRule,
    CommissionSet,
    Gift,
    OrderDiscount,
    Promotion,
    PromotionSet,
    RuleSet,
)
from engine.settlement_set import SettlementSet

RISKY_WORDS = ("躺赚", "裂变", "下线", "上线返利", "财富自由", "拉人头", "人传人", "一劳永逸", "稳赚", "保本", "原始股")


def lint(rule_sets: Iterable[RuleSet]) -> list[Diagnostic]:
    """What there is to say about rule sets that are already sound, sorted by file and line."""
    found: list[Diagnostic] = []
    all_sets = list(rule_sets)
    for one in all_sets:
        found += _wording(one)
        if isinstance(one, CommissionSet):
            found += _commission(one)
            found += gaps(one, all_sets)
        elif isinstance(one, PromotionSet):
            found += _promotion(one)
        elif isinstance(one, RegionSet):
            found += region_findings(one, all_sets)
        elif isinstance(one, DividendSet):
            found += dividend_findings(one)
            found += _fund(one)
            continue
        elif isinstance(one, SettlementSet):
            found += settlement_findings(one, all_sets)
            continue
        found += reach(one)
        found += figures(one)
    return sorted(found)


def _fund(rule_set: DividendSet) -> list[Diagnostic]:
    """What is true of any commission is true of the one that funds a pool; said of the place where it is written."""
    fund = fund_of(rule_set)
    found = [*_commission(fund), *reach(fund), *figures(fund)]
    return [msgspec.structs.replace(one, path=one.path.replace("/rules/0", "/fund")) for one in found]


def _wording(rule_set: RuleSet) -> Iterator[Diagnostic]:
    for word in RISKY_WORDS:
        if word in rule_set.header.title:
            yield finding(rule_set, "L405", 1, "/title", word=word)
        for rule in rule_set.rules if isinstance(rule_set, PromotionSet | CommissionSet | RegionSet) else ():
            if word in rule.title or (isinstance(rule, Promotion) and word in rule.label):
                yield finding_at(rule_set, "L405", rule, word=word)
        for at, level in enumerate(rule_set.levels if isinstance(rule_set, LevelSet) else ()):
            if word in level.title:
                yield finding(rule_set, "L405", level.line, f"/levels/{at}/title", word=word)


def _commission(rule_set: CommissionSet) -> Iterator[Diagnostic]:
    ceiling = rule_set.ceiling
    if ceiling is not None and above(ceiling.at_most, PRUDENT_CEILING):
        yield finding(rule_set, "L403", 1, "/ceiling/at_most", total=ceiling.at_most)
    held = ceiling is not None and not above(ceiling.at_most, PRUDENT_CEILING)
    for rule in rule_set.rules:
        if "referrer" in roles_of(rule) and not rule_set.sign_off:
            yield finding_at(rule_set, "L401", rule)
        for role, share in largest_rates(rule_set, rule).items():
            if above(share, LARGE_SHARE) and not role.startswith("pool:"):
                yield finding_at(rule_set, "L404", rule, role=role, total=share)
        total = total_of(rule_set, rule)
        if not held and above(total, PRUDENT_CEILING):
            yield finding_at(rule_set, "L402", rule, total=total)
    yield from _conflicts(rule_set)


def _conflicts(rule_set: CommissionSet) -> Iterator[Diagnostic]:
    paying = [rule for rule in rule_set.rules if rule.bonus is None]
    if rule_set.choose == "only":
        for at, rule in enumerate(paying):
            for other in paying[:at]:
                if can_hold_together(rule.when, other.when):
                    yield finding_at(rule_set, "L407", rule, _conflict(rule_set, rule, other), other=other.id)


def _conflict(rule_set: CommissionSet, rule: CommissionRule, other: CommissionRule) -> OrderEvent | None:
    """An order that neither of two rules pays as both hold. None when none is found; the finding stands."""
    found = example_order(
        all_of(rule.when, other.when), rule_set.header.effective_from, rule_set.header.effective_until
    )
    if found is None:
        return None
    shares = tried(found.event, [rule_set]).not_accrued
    return found.event if any(one.code == "rules_conflict" for one in shares) else None


def _promotion(rule_set: PromotionSet) -> Iterator[Diagnostic]:
    lowering = [
        rule
        for rule in rule_set.rules
        if any(BENEFIT_LANE[type(benefit)] in ("catalogue", "item") for benefit in rule.benefits)
    ]
    for rule in rule_set.rules:
        if rule.stacking == "exclusive" and all(isinstance(benefit, Gift) for benefit in rule.benefits):
            yield finding_at(rule_set, "L408", rule)
        if rule_set.threshold_on == "running" and _has_threshold(rule):
            other = next((one for one in lowering if one is not rule and can_hold_together(one.when, rule.when)), None)
            if other is not None:
                yield finding_at(rule_set, "L409", rule, other=other.id)


def _has_threshold(rule: Promotion) -> bool:
    return any(
        isinstance(benefit, OrderDiscount) and benefit.measure == "money" and (benefit.tiers or benefit.every)
        for benefit in rule.benefits
    )
