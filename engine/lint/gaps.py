"""Gaps between commission rules: goods without commission although rules pay on either side of them.

That some goods earn nothing is often meant: a set may pay for snacks only.  A gap is only spoken of where the set has
no rule that always holds, and one figure of the goods or the order (money, a count, yes or no) lies between figures for
which rules pay, everything else being equal.
"""

from collections.abc import Iterator, Sequence

from engine.conditions import ALWAYS, Test, Value, tests_of
from engine.errors import Diagnostic
from engine.example.example import Example, example_of_parts, with_payees
from engine.lint.finding import finding, tried
from engine.lint.overlap import implies
from engine.lint.rates import roles_of
from engine.live import LiveRules, compile_live
from engine.match.factoring import Literal, Part, TooLarge, factor
from engine.money import Rate, yuan
from engine.order import OrderEvent
from engine.ruleset import CommissionRule, CommissionSet, RuleSet
from engine.vocabulary import BASIS_POINTS, fact_of

MOST_RULES = 300
"""Larger sets are not searched for gaps."""
_PAYEES = ("promoter.", "referrer.", "leader.", "host.")
Tried = tuple[Value | None, Example, bool]
"""A value of the fact, an order with it, and whether some rule pays there."""


def gaps(rule_set: CommissionSet, all_sets: Sequence[RuleSet]) -> Iterator[Diagnostic]:
    """The gaps of a set in which no other commission set pays either, each with an order that falls through."""
    paying = [rule for rule in rule_set.rules if rule.bonus is None and not rule.from_campaigns]
    if rule_set.base == "delivery_fee" or len(rule_set.rules) > MOST_RULES:
        return
    if any(implies(ALWAYS, rule.when) for rule in paying):
        return
    live = compile_live([rule_set])
    told: set[tuple[str, Value | None]] = set()
    for rule in paying:
        for fact, examples in _figures(rule_set, rule, paying, live):
            gap = _between(fact, examples)
            if gap is None or (fact, gap[0]) in told:
                continue
            roles = [role for other in paying for role in roles_of(other)]
            event = with_payees(gap[1], roles, ALWAYS).event
            if not any(_pays_anything(one, event) for one in [rule_set, *_beside(rule_set, all_sets, event)]):
                told.add((fact, gap[0]))
                path = f"/rules/{rule.position}"
                yield finding(rule_set, "L412", rule.line, path, event, fact=fact, value=_written(fact, gap[0]))


def _written(fact: str, value: Value | None) -> str:
    """A figure as both languages write it; a dash where there is none."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and fact_of(fact).type == "rate":
        return str(Rate(value, BASIS_POINTS))
    return f"¥{yuan(value)}" if fact_of(fact).type == "money" and isinstance(value, int) else str(value)


def _beside(rule_set: CommissionSet, all_sets: Sequence[RuleSet], event: OrderEvent) -> Iterator[RuleSet]:
    """The other commission sets whose period the order falls into."""
    for one in all_sets:
        header = one.header
        begun = header.effective_from <= event.placed_at
        ended = header.effective_until is not None and header.effective_until <= event.placed_at
        if isinstance(one, CommissionSet) and header.name != rule_set.header.name and begun and not ended:
            yield one


def _pays_anything(rule_set: RuleSet, event: OrderEvent) -> bool:
    result = tried(event, [rule_set])
    return bool(result.accruals or result.not_accrued)


def _figures(
    rule_set: CommissionSet, rule: CommissionRule, paying: Sequence[CommissionRule], live: LiveRules
) -> Iterator[tuple[str, list[Tried]]]:
    """Each figure that a rule tests, with orders like one of its own but for that figure."""
    try:
        disjuncts = factor(rule.when)
    except TooLarge:
        return
    for disjunct in disjuncts:
        order, line = disjunct.order[0], disjunct.line[0]
        for fact in dict.fromkeys(literal.test.fact for literal in (*order, *line)):
            if fact_of(fact).type in ("money", "integer", "rate", "boolean"):
                yield fact, list(_tried(rule_set, (order, line), fact, paying, live))


def _tried(
    rule_set: CommissionSet, parts: tuple[Part, Part], fact: str, paying: Sequence[CommissionRule], live: LiveRules
) -> Iterator[Tried]:
    order, line = (tuple(one for one in part if one.test.fact != fact) for part in parts)
    since, until = rule_set.header.effective_from, rule_set.header.effective_until
    (commission,) = live.commissions
    campaigns = sum(1 << one.bit for one in commission.rules if one.rule.from_campaigns)
    for value in _values(fact, paying):
        test = Literal(Test(fact, "exists"), wanted=False) if value is None else Literal(Test(fact, "in", (value,)))
        with_value = (order, (*line, test)) if fact_of(fact).half == "line" else ((*order, test), line)
        found = example_of_parts(*with_value, since, until)
        if found is not None:
            mask = live.network.match(found.event)[0] & commission.mask & ~campaigns
            yield value, found, bool(mask)


def _values(fact: str, paying: Sequence[CommissionRule]) -> list[Value | None]:
    """Absent, then the values at which tests on a fact may turn, in order."""
    if fact_of(fact).type == "boolean":
        return [None, False, True]
    named = {
        value
        for rule in paying
        for test in tests_of(rule.when)
        for value in test.values
        if test.fact == fact and isinstance(value, int)
    }
    near = {value + step for value in named for step in (-1, 0, 1)}
    return [None, *sorted({0, *(value for value in near if value >= 0)})]


def _between(fact: str, examples: Sequence[Tried]) -> tuple[Value | None, Example] | None:
    """The first value without commission between two with; an unknown one when every known one has."""
    known = [one for one in examples if one[0] is not None]
    paid = [at for at, (_, _, pays) in enumerate(known) if pays]
    if len(paid) < 2:
        return None
    for value, found, pays in known[paid[0] : paid[-1]]:
        if not pays:
            return value, found
    absent = next((one for one in examples if one[0] is None), None)
    if absent is not None and not absent[2] and len(paid) == len(known) and not fact.startswith(_PAYEES):
        return None, absent[1]
    return None
