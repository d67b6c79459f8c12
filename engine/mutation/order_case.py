"""A case that tells what a rule set makes of an order from what its mutant makes of it."""

from collections.abc import Iterable, Iterator
from typing import Any

from engine.cases.cases import Case
from engine.cases.figures import funded, given_back
from engine.describe.explain import why_not
from engine.live import LiveRules
from engine.mutation.case_text import counters_as_written, money, order_as_written
from engine.mutation.mutate import Change
from engine.mutation.proposal import Found
from engine.order import Evaluation, RefundEvent, ReturnedLine
from engine.refund.clawback import refund, untouched
from engine.report import refund_report, report

Evaluated = tuple[Evaluation, LiveRules]


def differ(what: Found, original: Evaluated, mutant: Evaluated, rule: str) -> bool:
    """Whether two rule sets make something else of one order, in what a case may compare."""
    if what == "figures":
        return _figures(original[0]) != _figures(mutant[0])
    if what == "refund":
        return any(_refunds(original[0], number) != _refunds(mutant[0], number) for number in _returnable(original[0]))
    return _reason(*original, rule) != _reason(*mutant, rule)


def _figures(evaluation: Evaluation) -> object:
    """What a case may compare of an order."""
    priced = evaluation.priced
    return (
        priced.net_fen,
        priced.shipping_fen,
        sorted(
            (one.plan.ref.rule, part.line, part.discount_fen)
            for one in priced.applied
            for part in one.lines
            if part.discount_fen
        ),
        sorted({one.plan.ref.rule for one in priced.applied}),
        sorted((one.gift.sku, one.gift.quantity) for one in priced.applied if one.gift is not None),
        funded(evaluation),
        given_back(evaluation),
        sorted(
            (one.plan.ref.rule, one.plan.role, one.payee, one.line, one.amount_fen)
            for one in evaluation.accruals
            if one.amount_fen
        ),
    )


def _returnable(evaluation: Evaluation) -> range:
    return range(min(3, len(evaluation.event.lines)))


def _refund_of(evaluation: Evaluation, number: int) -> RefundEvent:
    event = evaluation.event
    back = ReturnedLine(line_id=event.lines[number].line_id, quantity=1)
    return RefundEvent(refund_id="1", order_id=event.order_id, at=event.placed_at, lines=(back,))


def _refunds(evaluation: Evaluation, number: int) -> int:
    """Cash for one unit of a line."""
    return refund(evaluation, untouched(evaluation), _refund_of(evaluation, number)).cash_fen


def _reason(evaluation: Evaluation, live: LiveRules, rule: str) -> str:
    return next((one.code for one in why_not(evaluation, live) if one.ref.rule == rule), "")


# --- the case ---------------------------------------------------------------------------------------------------------


def written_case(
    case: Case, original: Evaluated, other: Evaluation, what: Found, rule: str, change: Change
) -> dict[str, Any]:
    """The case of an order as evaluated by the original, in the frame of the case that it lies near."""
    evaluation, live = original
    written: dict[str, Any] = {"name": f"{rule or change.path[-1]}: {change.old} → {change.new or '无'}"[:60]}
    if case.beside:
        written["with"] = list(case.beside)
    if case.answers is not None:
        written["answers"] = case.answers
    if case.is_of_template:
        written["effective_from"] = case.first_day  # unless written it would follow the order
    if case.effective_until is not None:
        written["effective_until"] = case.effective_until
    written["order"] = order_as_written(evaluation.event)
    named = rule if what == "reason" else ""
    written["expect"] = _expect(evaluation, live, named) | _money_elsewhere(evaluation, other)
    if what == "refund":
        written["refunds"] = [_refund_written(evaluation, number) for number in _returnable(evaluation)][:1]
    return written


def _money_elsewhere(evaluation: Evaluation, other: Evaluation) -> dict[str, Any]:
    """Who bears the discounts and what a cancelled order gives back, where these tell two evaluations apart."""
    expect: dict[str, Any] = {}
    if funded(evaluation) != funded(other):
        expect["funded"] = {bearer: money(fen) for bearer, fen in funded(evaluation).items()}
    if given_back(evaluation) != given_back(other):
        expect["given_back"] = counters_as_written(given_back(evaluation))
    return expect


def _expect(evaluation: Evaluation, live: LiveRules, rule: str) -> dict[str, Any]:
    found = report(evaluation, live)
    lines: list[dict[str, Any]] = []
    for line in found["lines"]:
        taken: dict[str, int] = {}
        for one in line["discounts"]:
            taken[one["rule"]] = taken.get(one["rule"], 0) + one["amount_fen"]
        given = {name: money(fen) for name, fen in taken.items()}
        lines.append({"line_id": line["line_id"], "paid": money(line["paid_fen"]), "discounts": given})
    expect: dict[str, Any] = {"paid": money(found["totals"]["goods_fen"])}
    if evaluation.event.delivery.fee_fen:
        expect["shipping"] = money(found["totals"]["shipping_fen"])
    expect["lines"] = lines
    expect["applied"] = sorted({one.plan.ref.rule for one in evaluation.priced.applied})
    if rule and (reason := _reason(evaluation, live, rule)):
        expect["not_applied"] = {rule: reason}
    if found["gifts"]:
        expect["gifts"] = [{"sku": one["sku"], "quantity": one["quantity"]} for one in found["gifts"]]
    if live.commissions or live.regions:
        expect["accruals"] = list(_accruals(found["accruals"]))
    return expect


def _accruals(found: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in found:
        named = {key: one[key] for key in ("rule", "role", "payee", "line_id") if one[key] is not None}
        yield {**named, "amount": money(one["amount_fen"])}


def _refund_written(evaluation: Evaluation, number: int) -> dict[str, Any]:
    event = _refund_of(evaluation, number)
    found = refund_report(evaluation, event, refund(evaluation, untouched(evaluation), event))
    back = [{"line_id": one.line_id, "quantity": one.quantity} for one in event.lines]
    return {"return": back, "expect": {"cash": money(found["cash_fen"])}}
