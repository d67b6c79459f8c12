"""The run over a log: every event in order of time through the rules that stood then, every fen into the journal."""

import heapq
import resource
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from api.replay.closings import Pools, Settlements
from api.replay.counters import Counters
from api.replay.fold import Fold
from api.replay.kept import KeptLog
from api.replay.levels import Levels
from api.replay.log import Arrival, LineCount, refuse_line
from api.replay.results import Checked, results
from api.replay.summary import Summary
from engine.errors import EventRefused
from engine.evaluate import evaluate_order
from engine.journal.audit import Refold, expected_books
from engine.journal.order_book import standing
from engine.journal.order_news import News, ReceivedEvent, ReleasedEvent, SaleEvent
from engine.journal.order_status import given_back
from engine.journal.release import release_of
from engine.ledger import imbalance
from engine.money import MAX_FEN
from engine.order import OrderEvent, RefundEvent
from engine.refund.clawback import refund
from engine.ruleset import RuleSet
from storage.live_book import LiveBook

Json = dict[str, Any]
RECEIVED_AFTER_DAYS = 3
"""Days from an order to the receipt of its goods, which logs of orders do not tell."""


class Replay:
    """One run. Memory is bounded by people, accounts and rules and what is under way, not by the length of the log."""

    def __init__(
        self, rule_sets: Sequence[RuleSet], file: str, count: LineCount, received_after: int = RECEIVED_AFTER_DAYS
    ) -> None:
        self._file = file
        self._count = count
        self._received_after = timedelta(days=received_after)
        self._book = LiveBook(rule_sets)
        self._log = KeptLog()
        self._fold = Fold(self._log)
        self._counters = Counters()
        self._levels = Levels(rule_sets)
        self._settlements = Settlements(rule_sets)
        self._pools = Pools(rule_sets, self._levels)
        self._summary = Summary()
        self._coming: list[tuple[datetime, str, ReceivedEvent | ReleasedEvent]] = []
        self._closed_at = 0
        """How many entries there were when the last period was closed."""
        self._started = time.perf_counter()
        self._cpu_started = time.process_time()

    def run(self, arrivals: Iterable[Arrival]) -> None:
        """Take every event in, and let time pass until all is released and every period that was begun is closed.

        Raises `InvalidInput`, naming the line, for an order that cannot be.
        """
        for arrival in arrivals:
            event = arrival.event
            at = event.placed_at if isinstance(event, OrderEvent) else event.at
            self._settlements.begin(at)
            self._pools.begin(at)
            self._advance(at)
            if isinstance(event, OrderEvent):
                self._sale(event, arrival)
            else:
                self._refund(event, arrival)
        while self._coming:
            last = max(self._coming)[0] + datetime.resolution
            self._advance(last)
            if not self._coming:
                self._advance(self._end_of_open_periods(last))

    def close(self) -> None:
        """Give the temporary databases back."""
        self._fold.close()
        self._log.close()

    def _sale(self, event: OrderEvent, arrival: Arrival) -> None:
        list_fen = sum([line.unit_price_fen * line.quantity for line in event.lines])
        if list_fen > MAX_FEN:
            raise refuse_line(
                self._file,
                arrival.place,
                "L206",
                f"订单 {event.order_id} 金额过大",
                f"order {event.order_id!r} is worth more than can be booked",
            )
        self._check_new(event.order_id, arrival.place)
        live = self._book.at(event.placed_at)
        evaluation = evaluate_order(self._counters.known_to(self._levels.known_to(event), live), live)
        if evaluation.priced.consumption:
            self._counters.take(event, evaluation.priced.consumption)
        self._post(SaleEvent(evaluation=evaluation), arrival.place)
        self._summary.sale(evaluation, list_fen)
        self._count.in_orders += arrival.lines
        received = ReceivedEvent(id=event.order_id, order_id=event.order_id, at=event.placed_at + self._received_after)
        heapq.heappush(self._coming, (received.at, event.order_id, received))

    def _check_new(self, order_id: str, place: int) -> None:
        first = self._log.place(f"sale:{order_id}")
        if first is not None:
            raise refuse_line(
                self._file,
                place,
                "L205",
                f"订单 {order_id} 重复，第 {first} 行已有",
                f"order {order_id!r} is there already, on line {first}",
                "一个订单只能出现一次",
                "an order comes once",
            )

    def _refund(self, event: RefundEvent, arrival: Arrival) -> None:
        before = self._fold.book(event.order_id)
        if before is None:
            self._count.skip("refund_of_unknown_order", arrival.lines)
            return
        evaluation, state = before.evaluation, standing(before).state
        if event.refund_id in state.refund_ids:
            self._count.skip("refund_repeated", arrival.lines)
            return
        if self._log.place(f"refund:{event.refund_id}") is not None:
            self._count.skip("refund_refused.content_differs", arrival.lines)
            return
        try:
            outcome = refund(evaluation, state, event)
            self._post(event, arrival.place)
        except EventRefused as refused:
            self._count.skip(f"refund_refused.{refused.code}", arrival.lines)
            return
        self._summary.refund(evaluation, outcome)
        self._count.in_refunds += arrival.lines
        after = before.add(event)
        self._levels.sales.note(after)
        back = given_back(after)
        if back and not given_back(before):
            self._counters.give_back(evaluation.event, back)

    def _post(self, event: News, place: int = 0) -> None:
        logged = self._log.next(event, event.at)
        entries = self._fold.post(logged)
        self._log.append(logged, place)
        for entry in entries:
            self._log.enter(entry)

    def _advance(self, until: datetime) -> None:
        """Let time pass: what is received and released before `until`, and what ends or is due by then, in order."""
        while True:
            period, pool, review_at = self._settlements.period(until), self._pools.due(), self._levels.due()
            coming = self._coming[0][0] if self._coming and self._coming[0][0] < until else None
            ends = [at for at in (period and period.end, pool and pool.at, review_at) if at and at <= until]
            if coming is not None and (not ends or coming < min(ends)):
                self._come(heapq.heappop(self._coming)[2])
            elif not ends:
                return
            elif period is not None and period.end == min(ends):
                since = self._log.entries_after(self._closed_at)
                self._settlements.close(period, since, self._fold.balances, self._post)
                self._closed_at = self._log.entries
            elif pool is not None and pool.at == min(ends):
                self._pools.share(pool, self._fold.balances, self._post)
            else:
                self._levels.review()

    def _come(self, event: ReceivedEvent | ReleasedEvent) -> None:
        self._post(event)
        if isinstance(event, ReceivedEvent):
            book = self._fold.book(event.order_id)
            assert book is not None
            self._levels.sales.note(book)
            release = release_of(book)
            if release is not None:
                heapq.heappush(self._coming, (release.at, event.order_id, release))

    def _end_of_open_periods(self, now: datetime) -> datetime:
        period, pool = self._settlements.period(now), self._pools.due()
        return max([now, *([period.end] if period else []), *([pool.at] if pool else [])])

    def summary(self) -> Json:
        """Check the books and audit the journal, and say as JSON values what the run adds up to and what it took."""
        expected = expected_books(self._fold.books(), self._log.payee_news())
        off = imbalance(self._fold.balances, expected)
        again = Fold(self._log)
        refold = Refold(again.post)
        difference = refold.differs(self._log, self._log.entries_after())
        again.close()
        seconds = time.perf_counter() - self._started
        checked = Checked(off, difference, self._log.events, self._log.entries, self._fold.tip.hash)
        return {
            **results(self._file, self._count, self._summary, checked, self._fold.balances),
            "levels": self._levels.summary(),
            "pools": self._pools.summary(),
            "statements": self._settlements.periods,
            "seconds": round(seconds, 3),
            "cpu_seconds": round(time.process_time() - self._cpu_started, 3),
            "orders_per_second": round(self._summary.orders / seconds),
            "lines_per_second": round(self._count.read / seconds),
            "events_per_second": round(self._log.events / seconds),
            "peak_memory_bytes": peak_memory_bytes(),
        }


def peak_memory_bytes() -> int:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
