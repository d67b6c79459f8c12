"""Posting one event: what it needs to know, and the entries it makes (clauses J3-J7).

`post` is pure and looks at one order or one payee only; so a database loads that much and no more, and an audit folds
the whole log through the very same function.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from engine.errors import EventRefused
from engine.journal.canonical import content_hash
from engine.journal.entry import Draft, Entry, Tip, append, tip_of
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook, canonical, content_differs
from engine.journal.order_news import (
    AdjustmentEvent,
    ClosedEvent,
    DividendEvent,
    News,
    OrderNews,
    PayeeNews,
    PayoutEvent,
    SaleEvent,
    SettledEvent,
    news_key,
    order_of,
)
from engine.ledger import Posting, payee_account
from engine.order import RuleRef


class Logged(msgspec.Struct, frozen=True):
    """One row of the log: events in the order in which they came in, counted from 1."""

    number: int
    recorded_at: datetime
    event: News


class Refused(NamedTuple):
    """An event that waited for its order and then could not be true. It is in the log and changes nothing."""

    key: str
    code: str
    path: str
    message_zh: str
    message_en: str


class Books(msgspec.Struct, frozen=True):
    """What posting one event has to know.

    `tip` is the end of the chain, `closed_until` the end of the last closed period.  `known_hash` is the content hash
    of the event that the log holds under the same key, if any.  `order` is the book of the event's order, `waiting` the
    events that came before it.  `drawn_fen` is what the account holds that a payee event draws on (`draws_on`).
    """

    tip: Tip = Tip()
    closed_until: datetime | None = None
    known_hash: str | None = None
    order: OrderBook | None = None
    waiting: tuple[OrderNews, ...] = ()
    drawn_fen: int = 0


class Posted(msgspec.Struct, frozen=True):
    """What posting one event came to: entries to be kept, and the books after it. `event_hash` is its content hash.

    No entries and the same books: the event was there already.  No entries and one more `waiting`: its order is not
    there yet.
    """

    books: Books
    event_hash: str
    entries: tuple[Entry, ...] = ()
    refused: tuple[Refused, ...] = ()


class Drawn(NamedTuple):
    """An account that an event takes money from, as it stands before an instant (None: now).

    What dividends took from it since counts as taken: a period that is shared out after its end is shared out once.
    """

    account: str
    before: datetime | None


def post(books: Books, event: News) -> Posted:
    """Post one event. Raises `EventRefused`, changing nothing, when it cannot be true or its id stands for another."""
    hashed = content_hash(event)
    if books.known_hash is not None:
        if books.known_hash != hashed:
            raise content_differs(event)
        return Posted(books, hashed)
    if isinstance(event, SaleEvent):
        return _post_sale(books, event, hashed)
    if isinstance(event, PayeeNews):
        _check_open(event, books.closed_until)
        return _entered(books, event, hashed, payee_postings(event, books.drawn_fen), books.order)
    if books.order is None:
        return Posted(msgspec.structs.replace(books, waiting=(*books.waiting, event)), hashed)
    after = books.order.add(event)
    return _entered(books, event, hashed, entry_postings(books.order, after), after)


def _post_sale(books: Books, event: SaleEvent, hashed: str) -> Posted:
    """The sale, and after it whatever has waited for it, in canonical order."""
    sold = OrderBook(event.evaluation)
    posted = _entered(books, event, hashed, entry_postings(None, sold), sold)
    entries, refused = list(posted.entries), []
    for waited in sorted(books.waiting, key=canonical):
        try:
            posted = post(msgspec.structs.replace(posted.books, waiting=()), waited)
        except EventRefused as no:
            refused.append(Refused(news_key(waited), no.code, no.path, no.message_zh, no.message_en))
        else:
            entries += posted.entries
    return Posted(msgspec.structs.replace(posted.books, waiting=()), hashed, tuple(entries), tuple(refused))


def _entered(books: Books, event: News, hashed: str, postings: tuple[Posting, ...], order: OrderBook | None) -> Posted:
    draft = Draft(
        key=news_key(event),
        kind=event.type,
        at=event.at,
        booked_at=booked_at(event, books.closed_until, order),
        order_id=order_of(event) or "",
        postings=postings,
        event_hash=hashed,
    )
    entry = append(books.tip, draft)
    closed = books.closed_until
    if isinstance(event, ClosedEvent):
        closed = event.end
    after = msgspec.structs.replace(books, tip=tip_of(entry), closed_until=closed, order=order)
    return Posted(after, hashed, (entry,))


def booked_at(event: News, closed_until: datetime | None, order: OrderBook | None = None) -> datetime:
    """When an event counts: when it happened, or once that period is closed, at the beginning of the open one (R5).

    News of an order never count before it was placed, however they are dated.  A statement counts at the end of its
    period, and so does the closing itself.
    """
    if isinstance(event, SettledEvent | ClosedEvent):
        return event.end
    at = event.at if order is None else max(event.at, order.evaluation.event.placed_at)
    return at if closed_until is None else max(at, closed_until)


def counts_before(entry: Entry, instant: datetime) -> bool:
    """Whether an entry belongs to what stood at the end of a period [.., instant): what closes it is part of it."""
    return entry.booked_at < instant or (entry.kind in ("settled", "closed") and entry.booked_at == instant)


def _check_open(event: PayeeNews, closed_until: datetime | None) -> None:
    """Periods close one after the other, and a closed one takes no further statement."""
    if not isinstance(event, SettledEvent | ClosedEvent) or closed_until is None or event.end > closed_until:
        return
    raise EventRefused(
        "period_closed",
        "/end",
        f"{closed_until} 之前的周期已结账",
        f"periods up to {closed_until} are closed already",
    )


def draws_on(event: News) -> Drawn | None:
    """The account an event may not take more from than is there, and as of when; None when it may."""
    if isinstance(event, SettledEvent):
        return Drawn(payee_account(event.payee, "released"), event.end)
    if isinstance(event, DividendEvent):
        return Drawn(payee_account(event.pool, "released"), event.end)
    if isinstance(event, PayoutEvent):
        return Drawn(payee_account(event.payee, "settled"), None)
    return None


def payee_postings(event: PayeeNews, drawn_fen: int) -> tuple[Posting, ...]:
    """What an event posts that belongs to no order. Raises `EventRefused` when it takes more than is there."""
    if isinstance(event, SettledEvent):
        _check_drawn(event.amount_fen, drawn_fen, "/amount_fen")
        source, destination = payee_account(event.payee, "released"), payee_account(event.payee, "settled")
        postings = [Posting("settled", source, destination, event.amount_fen, payee=event.payee)]
    elif isinstance(event, ClosedEvent):
        postings = []
    elif isinstance(event, PayoutEvent):
        _check_drawn(event.amount_fen, drawn_fen, "/amount_fen")
        source, destination = payee_account(event.payee, "settled"), payee_account(event.payee, "paid")
        postings = [Posting("payout", source, destination, event.amount_fen, payee=event.payee)]
    elif isinstance(event, DividendEvent):
        _check_drawn(event.pool_fen, drawn_fen, "/pool_fen")
        postings = _dividend(event)
    else:
        postings = [_adjustment(event)]
    return tuple(posting for posting in postings if posting.amount_fen)


def _dividend(event: DividendEvent) -> list[Posting]:
    shared = sum(share.amount_fen for share in event.shares)
    if shared > event.pool_fen:
        raise EventRefused(
            "more_than_held",
            "/shares",
            f"各份合计 {shared} 分, 超过池中 {event.pool_fen} 分",
            f"the shares come to {shared} fen, more than the {event.pool_fen} fen of the pool",
        )
    rule = RuleRef(event.rule_set.name, event.rule_set.version, event.pool, event.rule_set.content_hash)
    source = payee_account(event.pool, "released")
    return [
        Posting(
            "dividend",
            source,
            payee_account(share.holder, "released"),
            share.amount_fen,
            rule=rule,
            role="dividend",
            payee=share.holder,
        )
        for share in event.shares
    ]


def _adjustment(event: AdjustmentEvent) -> Posting:
    if event.proposed_by == event.approved_by:
        raise EventRefused(
            "one_person",
            "/approved_by",
            "调账须由提出人以外的人批准",
            "an adjustment is approved by another person than the one who proposed it",
        )
    if event.source == event.destination:
        raise EventRefused(
            "one_account", "/destination", "调账须在两个账户之间", "an adjustment is between two accounts"
        )
    return Posting("adjustment", event.source, event.destination, event.amount_fen)


def _check_drawn(amount_fen: int, drawn_fen: int, path: str) -> None:
    if amount_fen > max(0, drawn_fen):
        raise EventRefused(
            "more_than_held",
            path,
            f"账上只有 {drawn_fen} 分",
            f"the account holds {drawn_fen} fen",
        )
