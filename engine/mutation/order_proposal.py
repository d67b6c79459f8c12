"""An order that tells a rule set from its mutant, found near the orders of its cases, and written as a case."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice

import msgspec

from engine.calendar import SHANGHAI
from engine.cases.cases import Case, read_cases, run_case
from engine.conditions import Condition, Test, tests_of
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import check_order
from engine.live import LiveRules
from engine.mutation.case_text import case_text
from engine.mutation.mutate import Change
from engine.mutation.nearby_orders import DAY, MINUTE, Counter, nearby, steered
from engine.mutation.order_case import differ, written_case
from engine.mutation.proposal import Found, Proposal
from engine.mutation.small_steps import read_amount
from engine.order import OrderEvent
from engine.text.document import parse

ORDERS = 3_000
"""Most orders whose figures are compared for one mutant."""
CLOSE_LOOKS = 300
"""Most orders whose refunds and reasons are compared too."""

LiveAt = Callable[[datetime], LiveRules]
Pair = tuple[Case, LiveAt, LiveAt]
"""A case, and what stands in it at an instant: as written, and with the mutant in its place."""


def propose(pairs: Sequence[Pair], rule: str, change: Change, moments: Sequence[datetime] = ()) -> Proposal | None:
    """A case for a mutant that no case of `pairs` kills; None when no order nearby tells the two apart.

    `rule` is the id of the changed rule, empty for a policy of the whole set; `moments` are the starts and ends of both
    when these were changed. The figures are those of the original.
    """
    looks: tuple[tuple[Found, int], ...] = (("figures", ORDERS), ("refund", CLOSE_LOOKS), ("reason", CLOSE_LOOKS))
    for differs_in, most in looks:
        for pair, event in islice(chain(_around(pairs, moments), _candidates(pairs, rule, change)), most):
            case, live, changed = pair[0], pair[1](event.placed_at), pair[2](event.placed_at)
            evaluation, other = evaluate_order(event, live), evaluate_order(event, changed)
            if differ(differs_in, (evaluation, live), (other, changed), rule):
                text = case_text(written_case(case, (evaluation, live), other, differs_in, rule, change))
                if _kills(text, live, changed):
                    return Proposal(text, differs_in)
    return None


def _kills(text: str, live: LiveRules, changed: LiveRules) -> bool:
    """Whether a case as it is written passes, and not with the mutant."""
    (case,) = read_cases(parse(f"cases:\n{text}", "cases.yaml"))
    return not run_case(case, live) and bool(run_case(case, changed))


# --- candidates -------------------------------------------------------------------------------------------------------


def _candidates(pairs: Sequence[Pair], rule: str, change: Change) -> Iterator[tuple[Pair, OrderEvent]]:
    """Orders of the cases; these steered towards the rule; what is near either; and what is near that."""
    standing = [live_at(case.event.placed_at) for case, *both in pairs for live_at in both]
    conditions = list(dict.fromkeys(chain.from_iterable(_conditions(live, rule) for live in standing)))
    tests = list(dict.fromkeys(test for condition in conditions for test in tests_of(condition)))
    amounts = [fen for fen in map(read_amount, (change.old, change.new)) if fen is not None]
    counters = list(dict.fromkeys(chain.from_iterable(_counters(live, rule) for live in standing)))
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


def _around(pairs: Sequence[Pair], moments: Sequence[datetime]) -> Iterator[tuple[Pair, OrderEvent]]:
    """The orders of the cases at some moments, a minute before them, and at their own hour on those days."""
    for pair in pairs:
        event = pair[0].event
        clock = event.placed_at.astimezone(SHANGHAI).timetz()
        for moment in moments:
            days = (datetime.combine(moment.astimezone(SHANGHAI) - days, clock) for days in (timedelta(0), DAY))
            for at in (moment, moment - MINUTE, *days):
                yield pair, msgspec.structs.replace(event, placed_at=at)


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
    yield from (one.rule.when for region in live.regions for one in region.rules if rule in ("", one.rule.id))


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
