"""What must hold for whatever comes in: a text is refused with diagnostics or means a rule set; an event is refused
with diagnostics or priced exactly.

Each function answers with the outcome in one word or two, for counting, and raises `AssertionError` (or lets the
exception of a crash through) when something does not hold.
"""

from collections.abc import Callable, Sequence
from random import Random

import msgspec

from engine.conditions import holds
from engine.describe.explain import why_not
from engine.errors import Diagnostic, EventRefused, InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_events
from engine.facts import facts_of
from engine.journal.expected import expected_balances
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook
from engine.ledger import balances, imbalance
from engine.live import LiveRules
from engine.order import Evaluation, OrderEvent, RefundEvent
from engine.refund.clawback import refund, untouched
from engine.report import buyer_view, refund_report, report
from tests.fuzz.orders import refund_bytes

Count = Callable[[str], None]


def assert_clear(diagnostics: Sequence[Diagnostic]) -> None:
    """Somebody who reads them knows what is wrong and where, in either language."""
    assert diagnostics
    for one in diagnostics:
        assert one.code, one
        assert one.message_zh, one
        assert one.message_en, one
        assert len(one.text("zh")) < 5_000, one.code
        assert len(one.text("en")) < 5_000, one.code
        assert "Traceback" not in one.message_en
        # what is told can be printed, logged and sent
        msgspec.json.encode(one)


def try_event(data: bytes, live: LiveRules, chance: Random, count: Count) -> None:
    """Read an order, price it under the live rules, and hold the result to every law; then refund it."""
    try:
        events = read_events(data, "event.json")
    except InvalidInput as refused:
        assert_clear(refused.diagnostics)
        count(f"event refused {refused.diagnostics[0].code}")
        return
    for event in events:
        if not isinstance(event, OrderEvent):
            count("event is a refund")
            continue
        evaluation = evaluate_order(event, live)
        check_evaluation(evaluation, live)
        check_matches(evaluation, live)
        check_words(evaluation, live, chance)
        refunds = check_refunds(evaluation, chance, count)
        given = "with a discount" if evaluation.priced.applied else "without a discount"
        count(f"order priced {given}")
        count("refunds accepted" if refunds else "no refund accepted")


def check_evaluation(evaluation: Evaluation, live: LiveRules) -> None:
    """Laws L1 and L2, parts equal the whole, the ceiling, and that nothing depends on having run before."""
    event, priced = evaluation.event, evaluation.priced
    off = [0] * len(event.lines)
    for applied in priced.applied:
        assert applied.discount_fen >= 0, applied
        assert applied.lapsed_fen >= 0, applied
        for part in applied.lines:
            assert part.discount_fen >= 0, part
            assert 0 <= part.units <= event.lines[part.line].quantity, part
            off[part.line] += part.discount_fen
    for line, net, given in zip(event.lines, priced.net_fen, off, strict=True):
        assert type(net) is int
        assert net == line.unit_price_fen * line.quantity - given, "L1"
        assert net >= min(line.floor_price_fen, line.unit_price_fen) * line.quantity >= 0, "L2"
    assert 0 <= priced.shipping_fen <= event.delivery.fee_fen
    for accrual in evaluation.accruals:
        assert type(accrual.amount_fen) is int
        assert 0 <= accrual.amount_fen <= accrual.earned_fen, accrual
    if evaluation.ceiling is not None:
        rate = evaluation.ceiling.at_most
        assert evaluation.ceiling.allowed_fen == sum(priced.net_fen) * rate.num // rate.den
        assert sum(one.amount_fen for one in evaluation.accruals) <= evaluation.ceiling.allowed_fen
    assert evaluate_order(event, live) == evaluation, "the same event twice gives the same"
    stored = msgspec.json.encode(evaluation)
    assert msgspec.json.decode(stored, type=Evaluation) == evaluation, "what is stored is what was computed"


def check_matches(evaluation: Evaluation, live: LiveRules) -> None:
    """Law L10: the network answers as the plain reading does, for every condition and line."""
    event = evaluation.event
    for line, mask in zip(event.lines, live.network.match(event), strict=True):
        facts = facts_of(event, line)
        plain = sum(1 << bit for bit, condition in enumerate(live.conditions) if holds(condition, facts))
        assert mask == plain, f"conditions {mask ^ plain:b} of line {line.line_id!r} match wrongly"


def check_words(evaluation: Evaluation, live: LiveRules, chance: Random) -> None:
    """Results can be told: as JSON whose totals add up, and as sentences."""
    small = len(evaluation.event.lines) < 20
    told = report(evaluation, live, why=small and chance.random() < 0.02)
    totals = told["totals"]
    assert totals["list_fen"] - totals["discount_fen"] == totals["goods_fen"] == sum(evaluation.priced.net_fen)
    assert totals["goods_fen"] + totals["shipping_fen"] == totals["paid_fen"]
    assert sum(line["paid_fen"] for line in told["lines"]) == totals["goods_fen"]
    msgspec.json.encode(told)
    msgspec.json.encode(buyer_view(evaluation, live))
    if small and chance.random() < 0.2:
        for one in why_not(evaluation, live):
            said = one.words()
            assert said.zh
            assert said.en


def _assert_told(refused: EventRefused) -> None:
    assert refused.code
    assert refused.message_zh
    assert refused.message_en


def check_refunds(evaluation: Evaluation, chance: Random, count: Count) -> int:
    """Refund after refund, possible or not; the books balance after each, and a refused one changes nothing."""
    state = untouched(evaluation)
    book = OrderBook(evaluation)
    postings = list(entry_postings(None, book))
    accepted = 0
    for number in range(chance.choice((1, 2, 4))):
        try:
            (event,) = read_events(refund_bytes(chance, evaluation, number), "refund.json")
            assert isinstance(event, RefundEvent)
            outcome = refund(evaluation, state, event)
            before, book = book, book.add(event)
        except InvalidInput as refused:
            assert_clear(refused.diagnostics)
            count(f"refund unreadable {refused.diagnostics[0].code}")
            continue
        except EventRefused as refused:
            _assert_told(refused)
            count(f"refund refused {refused.code}")
            continue
        msgspec.json.encode(refund_report(evaluation, event, outcome))
        postings += entry_postings(before, book)
        state = outcome.state
        accepted += 1
        assert outcome.cash_fen >= 0
        assert all(0 <= one <= line.quantity for one, line in zip(state.units, evaluation.event.lines, strict=True))
        assert state.cash_fen <= sum(evaluation.priced.net_fen)
    assert imbalance(balances(postings), expected_balances(book)) == {}
    return accepted
