"""A finding of the lint: what is said of one place of a rule set, with an order that shows it."""

from collections.abc import Iterable

from engine.errors import Diagnostic, Severity
from engine.evaluate import evaluate_order
from engine.example.example import compact_json
from engine.live import compile_live
from engine.order import Evaluation, OrderEvent
from engine.region_set import RegionRule
from engine.ruleset import CommissionRule, Promotion, RuleSet
from engine.text.codes_lint import LINT_CODES

WARNINGS = frozenset(
    {"L404", "L406", "L408", "L409", "L410", "L411", "L412", "L413", "L414", "L415", "L416", "L418", "L451", "L452"}
)


def finding(
    rule_set: RuleSet, code: str, line: int, path: str, example: OrderEvent | None = None, **data: object
) -> Diagnostic:
    """What a code says of a place of a rule set."""
    row = LINT_CODES[code]
    severity: Severity = "warning" if code in WARNINGS else "error"
    return Diagnostic(
        file=rule_set.header.file,
        line=line or 1,
        column=1,
        code=code,
        path=path,
        message_zh=row.message_zh.format(**data),
        message_en=row.message_en.format(**data),
        hint_zh=row.hint_zh.format(**data),
        hint_en=row.hint_en.format(**data),
        severity=severity,
        example="" if example is None else compact_json(example),
    )


def finding_at(
    rule_set: RuleSet,
    code: str,
    rule: Promotion | CommissionRule | RegionRule,
    example: OrderEvent | None = None,
    **data: object,
) -> Diagnostic:
    """What a code says of a rule."""
    return finding(rule_set, code, rule.line, f"/rules/{rule.position}", example, rule=rule.id, **data)


def tried(event: OrderEvent, rule_sets: Iterable[RuleSet]) -> Evaluation:
    """An example under the rule sets it is about."""
    return evaluate_order(event, compile_live(rule_sets))


def gives(evaluation: Evaluation, rule: str) -> bool:
    """Whether a rule gave or paid anything, or took the place of others without paying."""
    return any(one.plan.ref.rule == rule for one in evaluation.priced.applied) or pays(evaluation, rule)


def pays(evaluation: Evaluation, rule: str) -> bool:
    """Whether a commission rule was the one for some goods, also where its payee is not there."""
    plans = [one.plan for one in evaluation.accruals] + [one.plan for one in evaluation.not_accrued]
    return any(plan.ref.rule == rule for plan in plans)
