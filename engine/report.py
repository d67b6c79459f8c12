"""Evaluations and refunds as plain JSON values: integer fen, stable keys, every amount with the rule that made it.

The shape is documented by rules/schema/evaluation.schema.json; `buyer_view` is what a buyer may see of it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from engine.describe.explain import CODES, unknown_coupons
from engine.ledger import left_for_merchants
from engine.levers import biggest_levers
from engine.live import LiveRules
from engine.nearest.nearest import nearest_changes
from engine.nearest.report import told, told_lever, told_tier
from engine.nearest.tier import next_tiers
from engine.order import Accrual, AppliedBenefit, Evaluation, NotAccrued, NotApplied, RefundEvent, RuleRef
from engine.refund.clawback import RefundOutcome, dues

Json = dict[str, Any]


def report(
    evaluation: Evaluation,
    live: LiveRules | None = None,
    *,
    why: bool = False,
    rules_at: Callable[[datetime], LiveRules] | None = None,
) -> Json:
    """The whole evaluation.

    With the live rules also unknown coupons; with `why` every rule that did not apply and the change that is nearest
    (`rules_at` gives the rules of later moments), next tiers, and for each accrual the figure that moved it most.
    """
    event, priced = evaluation.event, evaluation.priced
    lines = _lines(evaluation)
    shipping = _shipping(evaluation)
    goods = sum(priced.net_fen)
    result: Json = {
        "semantics": evaluation.semantics,
        "order_id": event.order_id,
        "placed_at": event.placed_at.isoformat(),
        "rule_sets": [
            {"rule_set": name, "version": version, "content_hash": digest}
            for name, version, digest in evaluation.rule_sets
        ],
        "lines": lines,
        "gifts": _gifts(evaluation),
        "shipping": shipping,
        "totals": {
            "list_fen": sum(line["list_fen"] for line in lines),
            "discount_fen": sum(line["discount_fen"] for line in lines),
            "goods_fen": goods,
            "shipping_fen": priced.shipping_fen,
            "paid_fen": goods + priced.shipping_fen,
            "accrued_fen": sum(accrual.amount_fen for accrual in evaluation.accruals),
        },
        "accruals": [_accrual(evaluation, accrual) for accrual in evaluation.accruals],
        "not_accrued": [_not_accrued(evaluation, one) for one in evaluation.not_accrued],
        "ceiling": _ceiling(evaluation),
        "merchants": [
            {"merchant": merchant, "left_fen": fen} for merchant, fen in left_for_merchants(evaluation).items()
        ],
        "consumption": [
            {
                "rule_set": used.rule_set,
                "rule": used.rule,
                "counter": used.counter,
                "amount": used.amount,
                "on_cancel": used.on_cancel,
            }
            for used in priced.consumption
        ],
        "lost": [_lost(one) for one in priced.lost],
    }
    if live is not None:
        result["unknown_coupons"] = list(unknown_coupons(event, live))
        if why:
            result["not_applied"] = [
                {**_ref(one.ref), **told(event, one)} for one in nearest_changes(evaluation, live, rules_at)
            ]
            result["next_tiers"] = [{**_ref(one.ref), **told_tier(event, one)} for one in next_tiers(evaluation, live)]
            for accrual, lever in zip(result["accruals"], biggest_levers(evaluation, live), strict=True):
                accrual["moved_most"] = told_lever(lever)
    return result


def buyer_view(evaluation: Evaluation, live: LiveRules | None = None) -> Json:
    """What a buyer may see: prices, discounts, gifts and hints; no cost, no commission, no merchant's share."""
    whole = report(evaluation, live)
    for hidden in ("accruals", "not_accrued", "ceiling", "merchants", "consumption"):
        del whole[hidden]
    del whole["totals"]["accrued_fen"]
    return whole


def refund_report(evaluation: Evaluation, event: RefundEvent, outcome: RefundOutcome) -> Json:
    """One refund: cash, what each line returned, clawbacks, and what is still due to every payee."""
    due = dues(evaluation, outcome.state)
    return {
        "refund_id": event.refund_id,
        "order_id": event.order_id,
        "at": event.at.isoformat(),
        "cash_fen": outcome.cash_fen,
        "shipping_fen": outcome.shipping_fen,
        "given_fen": outcome.state.cash_fen,
        "recovered_fen": outcome.recovered_fen,
        "lines": [
            {"line_id": line.line_id, "returned_fen": share, "returned_quantity": units}
            for line, share, units in zip(evaluation.event.lines, outcome.share_fen, outcome.state.units, strict=True)
        ],
        "clawbacks": [
            {**_accrual_key(evaluation, evaluation.accruals[one.accrual]), "amount_fen": one.amount_fen}
            for one in outcome.clawbacks
        ],
        "dues": [
            {**_accrual_key(evaluation, accrual), "amount_fen": fen}
            for accrual, fen in zip(evaluation.accruals, due, strict=True)
        ],
        "gifts_to_return": [
            {"sku": gift.sku, "title": gift.title, "quantity": gift.quantity} for gift in outcome.gifts
        ],
    }


def _ref(ref: RuleRef) -> Json:
    return {
        "rule_set": ref.rule_set,
        "version": ref.version,
        "rule": ref.rule,
        "content_hash": ref.content_hash,
        "title": ref.title,
    }


def _lines(evaluation: Evaluation) -> list[Json]:
    discounts: list[list[Json]] = [[] for _ in evaluation.event.lines]
    for applied in evaluation.priced.applied:
        for part in applied.lines:
            if part.discount_fen:
                discounts[part.line].append(
                    {
                        **_discount(applied),
                        "entry_fen": part.entry_fen,
                        "units": part.units,
                        "amount_fen": part.discount_fen,
                    }
                )
    return [
        {
            "line_id": line.line_id,
            "sku": line.sku,
            "title": line.title,
            "merchant": line.merchant,
            "unit_price_fen": line.unit_price_fen,
            "quantity": line.quantity,
            "list_fen": line.unit_price_fen * line.quantity,
            "discount_fen": line.unit_price_fen * line.quantity - net,
            "paid_fen": net,
            "discounts": found,
        }
        for line, net, found in zip(evaluation.event.lines, evaluation.priced.net_fen, discounts, strict=True)
    ]


def _discount(applied: AppliedBenefit) -> Json:
    plan = applied.plan
    return {
        **_ref(plan.ref),
        "label": plan.ref.label or plan.ref.title[:12],
        "lane": plan.lane,
        "rounding": plan.rounding,
        "remainder": plan.remainder,
        "funded_by": plan.funded_by,
        "lapsed_fen": applied.lapsed_fen,
    }


def _gifts(evaluation: Evaluation) -> list[Json]:
    return [
        {
            **_ref(applied.plan.ref),
            "sku": applied.gift.sku,
            "gift_title": applied.gift.title,
            "quantity": applied.gift.quantity,
            "trigger_lines": [evaluation.event.lines[part.line].line_id for part in applied.lines],
        }
        for applied in evaluation.priced.applied
        if applied.gift is not None
    ]


def _shipping(evaluation: Evaluation) -> Json:
    fee = evaluation.event.delivery.fee_fen
    return {
        "list_fen": fee,
        "discount_fen": fee - evaluation.priced.shipping_fen,
        "paid_fen": evaluation.priced.shipping_fen,
        "discounts": [
            {**_discount(applied), "amount_fen": applied.discount_fen}
            for applied in evaluation.priced.applied
            if applied.plan.lane == "shipping"
        ],
    }


def _line_id(evaluation: Evaluation, line: int) -> str | None:
    return evaluation.event.lines[line].line_id if line >= 0 else None


def _accrual_key(evaluation: Evaluation, accrual: Accrual) -> Json:
    plan = accrual.plan
    return {
        "line_id": _line_id(evaluation, accrual.line),
        "role": plan.role,
        "payee": accrual.payee,
        "rule_set": plan.ref.rule_set,
        "version": plan.ref.version,
        "rule": plan.ref.rule,
    }


def _accrual(evaluation: Evaluation, accrual: Accrual) -> Json:
    return {
        **_accrual_key(evaluation, accrual),
        "content_hash": accrual.plan.ref.content_hash,
        "title": accrual.plan.ref.title,
        "base": accrual.plan.base,
        "base_fen": accrual.base_fen,
        "rate": None if accrual.rate is None else str(accrual.rate),
        "below_rate": None if accrual.below_rate is None else str(accrual.below_rate),
        "lifted_by": [_ref(ref) for ref in accrual.lifted_by],
        "rounding": accrual.plan.rounding,
        "earned_fen": accrual.earned_fen,
        "amount_fen": accrual.amount_fen,
    }


def _not_accrued(evaluation: Evaluation, one: NotAccrued) -> Json:
    return {
        "line_id": _line_id(evaluation, one.line),
        "role": one.plan.role,
        **_ref(one.plan.ref),
        **_code(one.code),
    }


def _ceiling(evaluation: Evaluation) -> Json | None:
    ceiling = evaluation.ceiling
    if ceiling is None:
        return None
    kept = sum(accrual.amount_fen for accrual in evaluation.accruals)
    return {
        "rule_set": ceiling.rule_set,
        "at_most": str(ceiling.at_most),
        "excess": ceiling.excess,
        "allowed_fen": ceiling.allowed_fen,
        "earned_fen": ceiling.earned_fen,
        "cut_fen": ceiling.earned_fen - kept,
    }


def _code(code: str) -> Json:
    said = CODES[code]
    return {"code": code, "message": said.zh, "message_en": said.en}


def _lost(lost: NotApplied) -> Json:
    return {
        **_ref(lost.ref),
        **_code(lost.code),
        "short_fen": lost.short_fen,
        "short_units": lost.short_units,
        "winner": None if lost.winner is None else _ref(lost.winner),
        "worse_by_fen": lost.worse_by_fen,
    }
