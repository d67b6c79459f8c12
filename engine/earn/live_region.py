"""Region rule sets compiled: one bit of the match mask for each rule, one accrual plan for each level it may pay."""

import msgspec

from engine.conditions import Condition
from engine.money import Rate
from engine.order import AccrualPlan, RuleRef
from engine.region_set import LEVELS, RegionLevel, RegionRule, RegionSet


class LiveLevel(msgspec.Struct, frozen=True):
    """One level that a rule may pay: its plan, and its rate unless that is frozen in the contracts."""

    level: RegionLevel
    plan: AccrualPlan
    rate: Rate | None


class LiveRegionRule(msgspec.Struct, frozen=True):
    """A region rule with its bit and what it may pay, narrow to wide."""

    rule: RegionRule
    bit: int
    ref: RuleRef
    levels: tuple[LiveLevel, ...]


class LiveRegion(msgspec.Struct, frozen=True):
    """A live region rule set; `mask` covers the bits of its rules."""

    rule_set: RegionSet
    rules: tuple[LiveRegionRule, ...]
    mask: int


def compile_region(rule_set: RegionSet, conditions: list[Condition]) -> LiveRegion:
    """The set with its rules' conditions appended to `conditions`; their places there are their bits."""
    header = rule_set.header
    rules: list[LiveRegionRule] = []
    for rule in rule_set.rules:
        ref = RuleRef(header.name, header.version, rule.id, header.content_hash, rule.title, "", rule.title_en)
        rules.append(LiveRegionRule(rule, len(conditions), ref, _levels(rule_set, rule, ref)))
        conditions.append(rule.when)
    return LiveRegion(rule_set, tuple(rules), sum(1 << rule.bit for rule in rules))


def _levels(rule_set: RegionSet, rule: RegionRule, ref: RuleRef) -> tuple[LiveLevel, ...]:
    rates = {one.level: one.rate for one in rule.rates}
    return tuple(
        LiveLevel(level, AccrualPlan(ref, role_of(level), rule_set.base, rule_set.rounding), rates.get(level))
        for level in LEVELS
        if level in rates or rule_set.hierarchy == "contract"
    )


def role_of(level: RegionLevel) -> str:
    """The role under which the agents of a level earn: one agent may hold a district and its city."""
    return f"region:{level}"
