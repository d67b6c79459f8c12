"""What the books say about an order: flows between accounts, a pure function of the set of its events (J1, O2-O6).

A journal entry is the difference of the flows after and before an event.  So no kind of event has an arithmetic of its
own, and the same events end in the same balances in whatever order they come.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from engine.journal.order_book import OrderBook, Standing, standing
from engine.journal.order_news import OrderNews, PaidEvent, ReceivedEvent, ReleasedEvent, ShippedEvent
from engine.ledger import (
    CHANNEL_FEES,
    PROMOTIONS,
    RECOVERED,
    Posting,
    buyer_account,
    commission_account,
    delivery_account,
    fee_account,
    forward,
    payee_account,
    platform_funded,
    sales_account,
)
from engine.money import allocate, cut
from engine.order import SHIPPING_LINE, Accrual, Evaluation, RuleRef


def flows(book: OrderBook) -> tuple[Posting, ...]:
    """All that has moved for an order so far: one posting per flow, zeros and negative ones included.

    Which flows there are, and their order, depends on the evaluation alone; those at the end are left out while nothing
    but the sale has happened.
    """
    received = book.received_fen
    sold = spread(received, _prices(book.evaluation))
    sale = (*_sale(book, received, sold), *_accruals(book.evaluation))
    if not book.events:
        return sale
    stands = standing(book)
    return (*sale, *_returns(book, stands, sold), *_released(book, stands), *_payment_fees(book, stands))


def entry_postings(before: OrderBook | None, after: OrderBook) -> tuple[Posting, ...]:
    """What one more event posts: the flows after it less those before it. Amounts are positive; no zeros."""
    if before is None:
        return tuple([forward(posting) for posting in flows(after) if posting.amount_fen])
    postings = []
    for earlier, later in _parts(before, after):
        for then, now in zip_longest(earlier, later):
            fen = now.amount_fen - (then.amount_fen if then is not None else 0)
            if fen:
                postings.append(forward(_with_amount(now, fen)))
    return tuple(postings)


def _parts(before: OrderBook, after: OrderBook) -> Iterator[tuple[Iterable[Posting], Iterable[Posting]]]:
    """The parts of the flows that one more event can have changed, before and after it; the others cancel out.

    Most events change little: a receipt nothing, a release only what is released.
    """
    if _counted(before) == _counted(after):
        if before.released != after.released:
            yield (), _released(after, standing(after))
        return
    then, now = standing(before), standing(after)
    sold = [spread(book.received_fen, _prices(book.evaluation)) for book in (before, after)]
    if then.received_fen != now.received_fen:
        yield _sale(before, then.received_fen, sold[0]), _sale(after, now.received_fen, sold[1])
    yield _returns(before, then, sold[0]), _returns(after, now, sold[1])
    yield _released(before, then), _released(after, now)
    yield _payment_fees(before, then), _payment_fees(after, now)


def _counted(book: OrderBook) -> list[OrderNews]:
    """The events that have a say in how an order stands."""
    return [event for event in book.events if not isinstance(event, ShippedEvent | ReceivedEvent | ReleasedEvent)]


def sale_postings(evaluation: Evaluation) -> tuple[Posting, ...]:
    """What the sale itself posts, before any event."""
    return entry_postings(None, OrderBook(evaluation))


def spread(fen: int, prices: Sequence[int]) -> Sequence[int]:
    """Money held for several things, by their prices: each price itself when all of it is there."""
    return prices if fen == sum(prices) else allocate(fen, prices, "largest")


def _prices(evaluation: Evaluation) -> list[int]:
    return [*evaluation.priced.net_fen, evaluation.priced.shipping_fen]


def _part(fen: int, held: int, whole: int) -> int:
    """The part of an amount that belongs to the money held of a whole."""
    return fen if held == whole else cut(fen, held, whole)


class _Funding(NamedTuple):
    """What the platform funds of a line, or of the delivery fee."""

    rule: RuleRef
    line: int
    account: str
    amount_fen: int


def _fundings(evaluation: Evaluation) -> Iterator[_Funding]:
    for applied in platform_funded(evaluation):
        rule = applied.plan.ref
        if applied.plan.lane == "shipping":
            yield _Funding(rule, SHIPPING_LINE, delivery_account(evaluation), applied.discount_fen)
        for part in applied.lines:
            yield _Funding(rule, part.line, sales_account(evaluation, part.line), part.discount_fen)


def _sale(book: OrderBook, received: int, sold: Sequence[int]) -> Iterator[Posting]:
    """Goods and delivery fee as far as they were paid, and as much of what the platform funds."""
    evaluation = book.evaluation
    buyer = buyer_account(evaluation)
    for line, fen in enumerate(sold[:-1]):
        yield Posting("sale", buyer, sales_account(evaluation, line), fen, line)
    yield Posting("delivery", buyer, delivery_account(evaluation), sold[-1])
    for funding in _fundings(evaluation):
        fen = _part(funding.amount_fen, received, book.total_fen)
        yield Posting("promotion", PROMOTIONS, funding.account, fen, funding.line, funding.rule)


def _accruals(evaluation: Evaluation) -> Iterator[Posting]:
    for accrual in evaluation.accruals:
        source, destination = commission_account(evaluation, accrual), payee_account(accrual.payee, "pending")
        yield _of_accrual("accrual", source, destination, accrual.amount_fen, accrual)


def _returns(book: OrderBook, stands: Standing, sold: Sequence[int]) -> Iterator[Posting]:
    """What leaves the merchants again: to the buyer, to the platform that funded it, from the payees."""
    evaluation, cancelled = book.evaluation, book.cancelled is not None
    buyer, delivery = buyer_account(evaluation), delivery_account(evaluation)
    left = _left(book, stands)
    gone = [before - now for before, now in zip(sold, left, strict=True)]
    for line, fen in enumerate(gone[:-1]):
        yield Posting("refund", sales_account(evaluation, line), RECOVERED, fen, line)
    yield Posting("cash", RECOVERED, buyer, stands.cash_fen - gone[-1])
    yield Posting("delivery_refund", delivery, buyer, gone[-1])
    for funding in _fundings(evaluation):
        kept = 0 if cancelled else _part(_funding_kept(book, stands, funding), stands.held_fen, stands.value_fen)
        fen = _part(funding.amount_fen, stands.received_fen, book.total_fen) - kept
        yield Posting("promotion_back", funding.account, PROMOTIONS, fen, funding.line, funding.rule)
    for accrual, due in zip(evaluation.accruals, stands.due_fen, strict=True):
        source, destination = payee_account(accrual.payee, "pending"), commission_account(evaluation, accrual)
        yield _of_accrual("clawback", source, destination, accrual.amount_fen - due, accrual)


def _left(book: OrderBook, stands: Standing) -> Sequence[int]:
    """Of the money held, what stays with each line and with the delivery fee; a deposit that is kept by price."""
    prices = _prices(book.evaluation)
    if book.cancelled is not None:
        return spread(stands.held_fen, prices)
    goods = [net - share for net, share in zip(book.evaluation.priced.net_fen, stands.share_fen, strict=True)]
    recovered = sum(stands.share_fen) - stands.state.cash_fen
    return spread(stands.held_fen, [*goods, prices[-1] - stands.state.shipping_fen, recovered])[:-1]


def _funding_kept(book: OrderBook, stands: Standing, funding: _Funding) -> int:
    """What stays of a funded discount: by the units that are kept; the funding of a reduced delivery fee stays."""
    if funding.line == SHIPPING_LINE:
        return funding.amount_fen
    sold = book.evaluation.event.lines[funding.line].quantity
    return funding.amount_fen - cut(funding.amount_fen, stands.state.units[funding.line], sold)


def _released(book: OrderBook, stands: Standing) -> Iterator[Posting]:
    """Once the window is over: of what is due, the part that was paid for."""
    released = book.released
    for accrual, due in zip(book.evaluation.accruals, stands.due_fen, strict=True):
        fen = _part(due, stands.held_fen, stands.value_fen) if released else 0
        source, destination = payee_account(accrual.payee, "pending"), payee_account(accrual.payee, "released")
        yield _of_accrual("release", source, destination, fen, accrual)


def _payment_fees(book: OrderBook, stands: Standing) -> Iterator[Posting]:
    """What the channel kept of each payment, and what of it came back with refunds; per bearer by what was paid for."""
    paid = [event for event in book.events if isinstance(event, PaidEvent)]
    platform = sum(event.fee_fen for event in paid if event.fee_bearer == "platform")
    shared = sum(event.fee_fen for event in paid if event.fee_bearer == "merchants")
    received, back = stands.received_fen, stands.cash_with_fee_fen
    prices = _prices(book.evaluation)
    parts = allocate(shared, prices, "largest")
    parts_back = allocate(cut(shared, back, received), parts, "largest")
    lines = [*range(len(prices) - 1), SHIPPING_LINE]
    yield Posting("payment_fee", "platform:fees", CHANNEL_FEES, platform)
    yield Posting("payment_fee_back", CHANNEL_FEES, "platform:fees", cut(platform, back, received))
    for line, fen, fen_back in zip(lines, parts, parts_back, strict=True):
        account = fee_account(book.evaluation, line)
        yield Posting("payment_fee", account, CHANNEL_FEES, fen, line)
        yield Posting("payment_fee_back", CHANNEL_FEES, account, fen_back, line)


def _of_accrual(kind: str, source: str, destination: str, fen: int, accrual: Accrual) -> Posting:
    plan = accrual.plan
    return Posting(kind, source, destination, fen, accrual.line, plan.ref, plan.role, accrual.payee)


def _with_amount(posting: Posting, fen: int) -> Posting:
    return posting if posting.amount_fen == fen else msgspec.structs.replace(posting, amount_fen=fen)
