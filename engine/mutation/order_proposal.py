"""An order that tells a rule set from its mutant, found near the orders of its cases, and written as a case."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Literal

import msgspec

from engine.cases import Case
from engine.clawback import refund, untouched
from engine.conditions import Condition, Test, tests_of
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import check_order
from engine.explain import why_not
from engine.live import LiveRules
from engine.mutation.case_text import case_text, money, order_as_written
from engine.mutation.mutate import Change
from engine.mutation.nearby_orders import Counter, nearby, steered
from engine.mutation.small_steps import read_amount
from engine.order import Evaluation, OrderEvent, RefundEvent, ReturnedLine
from engine.report import refund_report, report

ORDERS = 3_000
"""Most orders whose figures are compared for one mutant."""
CLOSE_LOOKS = 300
"""Most orders whose refunds and reasons are compared too."""

Pair = tuple[Case, LiveRules, LiveRules]
"""A case, and what stands in it: as written, and with the mutant in its place."""
Found = Literal["figures", "refund", "reason"]


class Proposal(msgspec.Struct, frozen=True):
    """A case that kills a mutant: YAML for the list `cases`, and what in it differs."""

    text: str
    differs_in: Found


def propose(pairs: Sequence[Pair], rule: str, change: Change) -> Proposal | None:
    """A case for a mutant that no case of `pairs` kills; None when no order nearby tells the two apart.

    `rule` is the id of the changed rule, empty for a policy of the whole set. The figures are those of the original.
    """
    looks: tuple[tuple[Found, int], ...] = (("figures", ORDERS), ("refund", CLOSE_LOOKS), ("reason", CLOSE_LOOKS))
    for differs_in, most in looks:
        for pair, event in islice(_candidates(pairs, rule, change), most):
            case, live, changed = pair
            evaluation, other = evaluate_order(event, live), evaluate_order(event, changed)
            if _differ(differs_in, (evaluation, live), (other, changed), rule):
                return Proposal(_text(case, evaluation, live, differs_in, rule, change), differs_in)
    return None


# --- candidates -------------------------------------------------------------------------------------------------------


def _candidates(pairs: Sequence[Pair], rule: str, change: Change) -> Iterator[tuple[Pair, OrderEvent]]:
    """Orders of the cases; these steered towards the rule; what is near either; and what is near that."""
    conditions = list(
        dict.fromkeys(chain.from_iterable(_conditions(live, rule) for _, *both in pairs for live in both))
    )
    tests = list(dict.fromkeys(test for condition in conditions for test in tests_of(condition)))
    amounts = [fen for fen in map(read_amount, (change.old, change.new)) if fen is not None]
    counters = list(_counters(pairs[0][1], rule))
    bases = [(pair, pair[0].event) for pair in pairs]
    towards = [(pair, steered(event, one)) for pair, event in bases for one in conditions]
    towards = [(pair, event) for pair, event in towards if _sound(event)]
    yield from bases
    yield from towards
    # One step from each order, all orders in turn, so that the first hundreds are not all about the first order.
    steps = [_near(pair, event, tests, amounts, counters) for pair, event in [*bases, *towards[:40]]]
    yield from _in_turn(steps)
    for pair, event in [*towards[:6], *bases]:
        for one in _near(pair, event, tests, amounts, counters):
            yield from _near(pair, one[1], tests, amounts, counters)


def _in_turn(many: Sequence[Iterator[tuple[Pair, OrderEvent]]]) -> Iterator[tuple[Pair, OrderEvent]]:
    left = list(many)
    while left:
        still = []
        for one in left:
            found = next(one, None)
            if found is not None:
                yield found
                still.append(one)
        left = still


def _near(
    pair: Pair, event: OrderEvent, tests: Sequence[Test], amounts: Sequence[int], counters: Sequence[Counter]
) -> Iterator[tuple[Pair, OrderEvent]]:
    return ((pair, one) for one in nearby(event, tests, amounts, counters) if _sound(one))


def _sound(event: OrderEvent) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(event), type=OrderEvent)
        check_order(event, "")
    except (msgspec.ValidationError, InvalidInput):
        return False
    return True


def _conditions(live: LiveRules, rule: str) -> Iterator[Condition]:
    for promotion in live.promotions:
        if rule in ("", promotion.rule.id):
            yield from (live.conditions[bit] for offer in promotion.offers for bit in offer.bits)
    for commission in live.commissions:
        for one in commission.rules:
            if rule in ("", one.rule.id):
                yield one.rule.when


def _counters(live: LiveRules, rule: str) -> Iterator[Counter]:
    """Counters of the rule, one short of their bounds and at them."""
    for promotion in live.promotions:
        if promotion.rule.id != rule:
            continue
        for limit in promotion.rule.limits:
            yield from ((promotion.counter_key, limit.counter, used) for used in (limit.uses - 1, limit.uses))
        if promotion.rule.budget is not None:
            budget = promotion.rule.budget
            steps = (0, 1, 100, 500, 799, 800, 801)
            yield from ((promotion.counter_key, budget.counter, max(0, budget.amount_fen - one)) for one in steps)


# --- differences ------------------------------------------------------------------------------------------------------

Evaluated = tuple[Evaluation, LiveRules]


def _differ(what: Found, original: Evaluated, mutant: Evaluated, rule: str) -> bool:
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


def _text(case: Case, evaluation: Evaluation, live: LiveRules, what: Found, rule: str, change: Change) -> str:
    written: dict[str, Any] = {"name": f"{rule or change.path[-1]}: {change.old} → {change.new or '无'}"[:60]}
    if case.beside:
        written["with"] = list(case.beside)
    for key, value in (("effective_from", case.effective_from), ("effective_until", case.effective_until)):
        if value is not None:
            written[key] = value
    if case.answers is not None:
        written["answers"] = case.answers
    written["order"] = order_as_written(evaluation.event)
    written["expect"] = _expect(evaluation, live, rule if what == "reason" else "")
    if what == "refund":
        written["refunds"] = [_refund_written(evaluation, number) for number in _returnable(evaluation)][:1]
    return case_text(written)


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
    if live.commissions:
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
