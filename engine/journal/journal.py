"""The journal in memory: the fold over a log of events, and what can be read off its entries (J3-J7)."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from engine.journal.entry import Entry, Tip
from engine.journal.order_book import OrderBook
from engine.journal.order_news import News, OrderNews, PayeeNews, news_key, order_of
from engine.journal.posting import Books, Drawn, Logged, Posted, Refused, counts_before, draws_on, post
from engine.ledger import balances


class Journal:
    """All orders and entries of a log. `post` its events one after the other: the same log makes the same journal.

    `waiting` holds events whose order is not there yet, `refused` those that waited and then could not be true,
    `payee_news` the events that belong to no order.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.orders: dict[str, OrderBook] = {}
        self.waiting: dict[str, tuple[OrderNews, ...]] = {}
        self.refused: list[Refused] = []
        self.payee_news: list[PayeeNews] = []
        self._tip = Tip()
        self._closed_until: datetime | None = None
        self._hashes: dict[str, str] = {}
        self._moves: dict[str, list[tuple[Entry, int]]] = {}

    def post(self, logged: Logged) -> tuple[Entry, ...]:
        """Post one event: its entries; none for a repetition, or while its order is not there.

        Raises `EventRefused`, changing nothing, when the event cannot be true or its id stands for another one.
        """
        event = logged.event
        key, order_id = news_key(event), order_of(event)
        fresh = key not in self._hashes
        posted = post(self._books(event), event)
        self._hashes[key] = posted.event_hash
        if order_id is not None:
            self._keep(order_id, posted)
        elif fresh and isinstance(event, PayeeNews):
            self.payee_news.append(event)
        self.refused += posted.refused
        self._tip, self._closed_until = posted.books.tip, posted.books.closed_until
        for entry in posted.entries:
            self._enter(entry)
        return posted.entries

    @property
    def tip(self) -> Tip:
        """The end of the chain: note it elsewhere, and nothing before it can change unnoticed."""
        return self._tip

    def balances(self, before: datetime | None = None) -> dict[str, int]:
        """All accounts (fen) as they stood before an instant, by when entries count; as they stand now without one."""
        return balances_before(self.entries, before)

    def brought(self, account: str, before: datetime) -> int:
        """What came into a payee's account before an instant, less what went out, but for dividends (fen)."""
        moves = self._moves.get(account, ())
        return sum(fen for entry, fen in moves if entry.kind != "dividend" and counts_before(entry, before))

    def _books(self, event: News) -> Books:
        order_id, drawn = order_of(event), draws_on(event)
        return Books(
            tip=self._tip,
            closed_until=self._closed_until,
            known_hash=self._hashes.get(news_key(event)),
            order=self.orders.get(order_id) if order_id is not None else None,
            waiting=self.waiting.get(order_id, ()) if order_id is not None else (),
            drawn_fen=self._drawn(drawn) if drawn is not None else 0,
        )

    def _drawn(self, drawn: Drawn) -> int:
        moves = self._moves.get(drawn.account, ())
        return sum(
            fen
            for entry, fen in moves
            if drawn.before is None or counts_before(entry, drawn.before) or (entry.kind == "dividend" and fen < 0)
        )

    def _keep(self, order_id: str, posted: Posted) -> None:
        if posted.books.order is not None:
            self.orders[order_id] = posted.books.order
        if posted.books.waiting:
            self.waiting[order_id] = posted.books.waiting
        else:
            self.waiting.pop(order_id, None)

    def _enter(self, entry: Entry) -> None:
        self.entries.append(entry)
        for account, fen in balances(entry.postings).items():
            if account.startswith("payee:"):
                self._moves.setdefault(account, []).append((entry, fen))


def fold(log: Iterable[Logged]) -> Journal:
    """The journal of a log. Raises `EventRefused` for an event that the log should never have taken in."""
    journal = Journal()
    for logged in log:
        journal.post(logged)
    return journal


def balances_before(entries: Iterable[Entry], before: datetime | None = None) -> dict[str, int]:
    """Account balances (fen) as they stood before an instant, by when entries count; of all entries without one."""
    return balances(
        posting for entry in entries if before is None or counts_before(entry, before) for posting in entry.postings
    )


class Earnings(msgspec.Struct, frozen=True):
    """Where a payee's money stands, in fen: earned and still open, released, settled, paid out; and taken back so far.

    `released_fen` below zero is carried forward: what was released and then taken back.
    """

    pending_fen: int = 0
    released_fen: int = 0
    settled_fen: int = 0
    paid_fen: int = 0
    reversed_fen: int = 0


def earnings(entries: Iterable[Entry], before: datetime | None = None) -> dict[str, Earnings]:
    """Each payee's earnings as they stood before an instant (now without one), by payee id; pools are payees too."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        if before is not None and not counts_before(entry, before):
            continue
        for account, fen in balances(entry.postings).items():
            if account.startswith("payee:"):
                payee, _, state = account.removeprefix("payee:").rpartition(":")
                _add(found, payee, f"{state}_fen", fen)
        for posting in entry.postings:
            if posting.kind == "clawback":
                back = posting.amount_fen if posting.source.startswith("payee:") else -posting.amount_fen
                _add(found, posting.payee, "reversed_fen", back)
    return {payee: Earnings(**held) for payee, held in sorted(found.items())}


def _add(found: dict[str, dict[str, int]], payee: str, name: str, fen: int) -> None:
    held = found.setdefault(payee, {})
    held[name] = held.get(name, 0) + fen
