"""The journal of a log, kept as the service would keep it: orders under the rules of their time, releases when they
fall due, periods closed when they end."""

import heapq
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from api.books.log_pools import LogPools
from api.replay.counters import Counters
from engine.dividend.holders import Holder
from engine.errors import DividendRefused, EventRefused
from engine.evaluate import evaluate_order
from engine.journal.canonical import content_hash
from engine.journal.journal import Journal
from engine.journal.news_reader import Incoming
from engine.journal.order_book import content_differs
from engine.journal.order_news import DividendEvent, News, PayeeNews, ReceivedEvent, SaleEvent, news_key, order_of
from engine.journal.order_status import given_back
from engine.journal.posting import Logged
from engine.journal.release import release_of
from engine.order import Consumption, OrderEvent
from engine.period import Period, period_of
from engine.ruleset import RuleSet
from engine.settlement import Statement, settle, settlement_at, statements
from engine.settlement_set import SettlementSet
from storage.live_book import LiveBook


class Turned(NamedTuple):
    """An event that could not be true and changed nothing: its key, and why."""

    key: str
    code: str
    message_zh: str
    message_en: str


class LogBooks:
    """Books that take one event after the other. `log` holds all that was posted, releases and closings too.

    `by_period` holds the statements of each period that has ended, by its label and by payee; `turned_away` the events
    that could not be true.
    """

    def __init__(self, rule_sets: Sequence[RuleSet], holders: Sequence[Holder] = ()) -> None:
        self.journal = Journal()
        self.log: list[Logged] = []
        self.by_period: dict[str, dict[str, Statement]] = {}
        self.turned_away: list[Turned] = []
        self._settlements = [one for one in rule_sets if isinstance(one, SettlementSet)]
        self._book = LiveBook(rule_sets)
        self._counters = Counters()
        self._orders: dict[str, str] = {}
        self._due: list[tuple[datetime, str]] = []
        self._pools = LogPools(rule_sets, holders)
        self._begun: datetime | None = None
        self._open_from: datetime | None = None
        self._entries_before = 0
        """How many entries were there when the last period closed, and"""
        self._opening: dict[str, int] = {}
        """the balances they make; all later entries count in the open period."""

    @property
    def payee_news(self) -> dict[str, PayeeNews]:
        """The events that belong to no order, by the key of their entry."""
        return {news_key(event): event for event in self.journal.payee_news}

    def take(self, event: Incoming) -> None:
        """Take one event in, after all that fell due before it happened."""
        at = event.placed_at if isinstance(event, OrderEvent) else event.at
        self._begun = self._begun or at
        self._open_from = self._open_from or at
        self.advance(at)
        if isinstance(event, OrderEvent):
            self._order(event)
        else:
            self._post(event, at)
        if isinstance(event, ReceivedEvent | OrderEvent):
            self._note_release(event.order_id)

    def advance(self, until: datetime) -> None:
        """Let time pass: releases that fall due before `until`, and the end of every period by then.

        A pool whose period ends with a settlement's is shared out after that is closed: it counts in the next one.
        """
        while (period := self._open_period(until)) is not None and period.end <= until:
            self._release_before(period.end)
            self._share_out(period.end - datetime.resolution)
            self._close(period, until)
        self._release_before(until)
        self._share_out(until)

    def _order(self, event: OrderEvent) -> None:
        """The sale of an order under the rules of its time; the same order again changes nothing."""
        known = self._orders.setdefault(event.order_id, content_hash(event))
        if event.order_id in self.journal.orders:
            if known != content_hash(event):
                self._turn_away(
                    f"order:{event.order_id}",
                    content_differs(SaleEvent(evaluation=self.journal.orders[event.order_id].evaluation)),
                )
            return
        live = self._book.at(event.placed_at)
        evaluation = evaluate_order(self._counters.known_to(event, live), live)
        self._counters.take(event, evaluation.priced.consumption)
        self._post(SaleEvent(evaluation=evaluation), event.placed_at)

    def _post(self, event: News, at: datetime) -> bool:
        """Post an event; whether it could be true."""
        order_id = order_of(event)
        before = self._used_back(order_id)
        logged = Logged(len(self.log) + 1, at, event)
        try:
            self.journal.post(logged)
        except EventRefused as refused:
            self._turn_away(news_key(event), refused)
            return False
        self.log.append(logged)
        if isinstance(event, DividendEvent):
            self._note_dividend(event)
        if not before and (back := self._used_back(order_id)):
            assert order_id is not None
            self._counters.give_back(self.journal.orders[order_id].evaluation.event, back)
        return True

    def _used_back(self, order_id: str | None) -> tuple[Consumption, ...]:
        book = self.journal.orders.get(order_id) if order_id is not None else None
        return () if book is None else given_back(book)

    def _share_out(self, until: datetime) -> None:
        while self._begun is not None and (due := self._pools.due(until, self._begun)) is not None:
            pool, rule_set, period = due
            try:
                posted = self._post(self._pools.event(pool, rule_set, period, self.journal), period.end)
            except DividendRefused as refused:
                self._turn_away(f"dividend:{pool}:{period.label}", refused)
                posted = False
            if not posted:
                self._pools.leave(pool)

    def _note_dividend(self, event: DividendEvent) -> None:
        try:
            self._pools.note(event)
        except DividendRefused as refused:
            self._turn_away(news_key(event), refused)
            self._pools.leave(event.pool)

    def _turn_away(self, key: str, refused: EventRefused | DividendRefused) -> None:
        self.turned_away.append(Turned(key, refused.code, refused.message_zh, refused.message_en))

    def _note_release(self, order_id: str) -> None:
        book = self.journal.orders.get(order_id)
        if book is not None and (release := release_of(book)) is not None:
            heapq.heappush(self._due, (release.at, order_id))

    def _release_before(self, instant: datetime) -> None:
        while self._due and self._due[0][0] < instant:
            at, order_id = heapq.heappop(self._due)
            release = release_of(self.journal.orders[order_id])
            if release is not None and release.at == at:  # a later parcel has put it off otherwise
                self._post(release, at)

    def _open_period(self, until: datetime) -> Period | None:
        """The period that is open, by the settlement rule set that stands in it; None while none does."""
        if self._open_from is None:
            return None
        standing = self._settlement(self._open_from, until)
        return None if standing is None else period_of(standing.period, self._open_from)

    def _settlement(self, start: datetime, until: datetime) -> SettlementSet | None:
        return settlement_at(self._settlements, start) or settlement_at(self._settlements, until)

    def _close(self, period: Period, until: datetime) -> None:
        standing = self._settlement(period.start, until)
        assert standing is not None
        entries = self.journal.entries
        since = entries[self._entries_before :]
        for event in settle(period, statements(period, since, self._opening), standing.least_fen):
            self._post(event, period.end)
        since = entries[self._entries_before :]
        self.by_period[period.label] = statements(period, since, self._opening)
        for posting in (posting for entry in since for posting in entry.postings):
            self._opening[posting.source] = self._opening.get(posting.source, 0) - posting.amount_fen
            self._opening[posting.destination] = self._opening.get(posting.destination, 0) + posting.amount_fen
        self._entries_before = len(entries)
        self._open_from = period.end
