"""How much of an order rules can give away at most, for the checks of the law."""

from engine.money import Rate
from engine.ruleset import CommissionRule, CommissionSet

PRUDENT_CEILING = Rate(30, 100)
"""Default limit of WeChat profit sharing on one order; the same figure as Art. 24 of the direct-selling regulation."""
LARGE_SHARE = Rate(20, 100)
"""A single payee above this share of an order is worth a second look."""


def above(rate: Rate, bound: Rate) -> bool:
    """Whether a rate is more than a bound."""
    return rate.num * bound.den > bound.num * rate.den


def roles_of(rule: CommissionRule) -> list[str]:
    """Everybody a rule pays or lifts, each once."""
    roles = [role for accrue in rule.accrue for role in accrue.roles] + ([rule.bonus.to] if rule.bonus else [])
    return list(dict.fromkeys(roles))


def largest_rates(rule_set: CommissionSet, rule: CommissionRule) -> dict[str, Rate]:
    """The most that each payee of a rule can get: the highest tier, with every bonus of the set for that role."""
    return {role: _largest(rule_set, rule, role) for role in roles_of(rule)} if rule.accrue else {}


def total_of(rule_set: CommissionSet, rule: CommissionRule) -> Rate:
    """The most that all payees of a rule can get together."""
    total = Rate(0)
    for rate in largest_rates(rule_set, rule).values():
        total = total.plus(rate)
    return total


def _largest(rule_set: CommissionSet, rule: CommissionRule, role: str) -> Rate:
    largest = Rate(0)
    for accrue in rule.accrue:
        share = accrue.share_of(role)
        if share is None:
            continue
        rates = [step.rate for step in accrue.tiers.steps if step.rate] if accrue.tiers else []
        for rate in [*rates, *([accrue.rate] if accrue.rate else [])]:
            largest = rate.times(share) if above(rate.times(share), largest) else largest
    if largest.num == 0:
        return largest
    bonuses = [one.bonus for one in rule_set.rules if one.bonus is not None and one.bonus.to == role]
    for bonus in bonuses:
        largest = largest.plus(bonus.add_rate) if bonus.add_rate else largest
    for bonus in bonuses:
        largest = largest.times(bonus.multiply) if bonus.multiply else largest
    return largest
