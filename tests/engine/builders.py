"""Builders for rule sets, orders and refunds in tests: each gives what a test does not care about a harmless value.

Amounts are fen.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from engine.conditions import ALWAYS, Condition, Test
from engine.evaluate import evaluate_order
from engine.header import Header
from engine.live import compile_live
from engine.money import Rate
from engine.order import (
    Delivery,
    Evaluation,
    Line,
    OrderEvent,
    Payee,
    RefundEvent,
    ReturnedLine,
)
from engine.refund.clawback import RefundOutcome, RefundState, refund, untouched
from engine.ruleset import (
    Accrue,
    AmountOff,
    CommissionRule,
    CommissionSet,
    OrderDiscount,
    PercentOff,
    Promotion,
    PromotionSet,
    RuleSet,
    Tier,
)

AT = datetime(2026, 10, 2, 20, 0, tzinfo=timezone(timedelta(hours=8)))
PROMOTER, REFERRER, LEADER = Payee(id="p-1"), Payee(id="r-1"), Payee(id="l-1")


# --- builders -------------------------------------------------------------------------------------------------------


def percent(number: int) -> Rate:
    return Rate(number, 100)


def percent_off(number: int) -> PercentOff:
    return PercentOff(percent(number))


def sku(*skus: str) -> Condition:
    return Test("line.sku", "in", skus)


def line(line_id: str, unit_price_fen: int, quantity: int = 1, **fields: Any) -> Line:
    return Line(**{"line_id": line_id, "sku": line_id, **fields}, unit_price_fen=unit_price_fen, quantity=quantity)


def order(*lines: Line, fee_fen: int = 0, **fields: Any) -> OrderEvent:
    return OrderEvent(
        **{"order_id": "o-1", "placed_at": AT, "delivery": Delivery(fee_fen=fee_fen), **fields}, lines=tuple(lines)
    )


def promotion(rule_id: str, *benefits: Any, when: Condition = ALWAYS, **fields: Any) -> Promotion:
    return Promotion(
        **{"title": rule_id, "position": 0, "stacking": "competing", **fields}, id=rule_id, when=when, benefits=benefits
    )


def header(kind: Any, name: str) -> Header:
    return Header(kind=kind, name=name, version=1, title=name, owner="tests", reason="tests", effective_from=AT)


def promotion_set(*rules: Promotion, name: str = "campaign", **policies: Any) -> PromotionSet:
    """A promotion set; rules that all stand at position 0 are numbered in the order given."""
    if all(rule.position == 0 for rule in rules):
        rules = tuple(_at(rule, position) for position, rule in enumerate(rules))
    chosen = {
        "base": "running",
        "threshold_on": "running",
        "rounding": "half_up",
        "remainder": "largest",
        "on_partial_return": "keep_share",
        "discount_on": "group",
        "funded_by": "merchant",
        **policies,
    }
    return PromotionSet(header=header("promotion", name), rules=rules, **chosen)


def commission_rule(rule_id: str, *accrue: Accrue, when: Condition = ALWAYS, **fields: Any) -> CommissionRule:
    return CommissionRule(**{"position": 0, **fields}, id=rule_id, title=rule_id, when=when, accrue=accrue)


def commission_set(*rules: CommissionRule, name: str = "pay", **policies: Any) -> CommissionSet:
    if all(rule.position == 0 for rule in rules):
        rules = tuple(_at(rule, position) for position, rule in enumerate(rules))
    chosen = {
        "base": "paid_goods",
        "rounding": "half_up",
        "remainder": "largest",
        "choose": "first",
        **policies,
    }
    return CommissionSet(header=header("commission", name), rules=rules, **chosen)


def _at(rule: Any, position: int) -> Any:
    fields = {name: getattr(rule, name) for name in rule.__struct_fields__}
    return type(rule)(**{**fields, "position": position})


def spend_and_save(*steps: tuple[int, int], **fields: Any) -> OrderDiscount:
    """满减: (threshold, amount) pairs in fen."""
    return OrderDiscount(tiers=tuple(Tier(at, AmountOff(fen, "order")) for at, fen in steps), **fields)


def evaluated(event: OrderEvent, *rule_sets: RuleSet) -> Evaluation:
    return evaluate_order(event, compile_live(rule_sets))


def discounts(evaluation: Evaluation) -> dict[str, int]:
    """Fen given by each promotion that applied, summed over its benefits."""
    given: dict[str, int] = {}
    for applied in evaluation.priced.applied:
        given[applied.plan.ref.rule] = given.get(applied.plan.ref.rule, 0) + applied.discount_fen
    return given


def line_discounts(evaluation: Evaluation) -> list[int]:
    return [
        one.unit_price_fen * one.quantity - net
        for one, net in zip(evaluation.event.lines, evaluation.priced.net_fen, strict=True)
    ]


def lost_codes(evaluation: Evaluation) -> dict[str, str]:
    return {lost.ref.rule: lost.code for lost in evaluation.priced.lost}


def returned(line_id: str, quantity: int = 0, amount_fen: int | None = None) -> ReturnedLine:
    return ReturnedLine(line_id=line_id, quantity=quantity, amount_fen=amount_fen)


def refund_event(*lines: ReturnedLine, refund_id: str = "re-1", shipping_fen: int = 0) -> RefundEvent:
    return RefundEvent(refund_id=refund_id, order_id="o-1", at=AT, lines=tuple(lines), shipping_fen=shipping_fen)


def refunded(evaluation: Evaluation, *events: Sequence[ReturnedLine]) -> list[RefundOutcome]:
    """The outcomes of refunds one after the other, each given as its returned lines."""
    state = untouched(evaluation)
    outcomes = []
    for at, lines in enumerate(events):
        outcome = refund(evaluation, state, refund_event(*lines, refund_id=f"re-{at}"))
        outcomes.append(outcome)
        state = outcome.state
    return outcomes


def full_state(evaluation: Evaluation) -> RefundState:
    return RefundState(tuple(one.quantity for one in evaluation.event.lines), (0,) * len(evaluation.event.lines))
