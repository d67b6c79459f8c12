"""The run over a log: every event in order of time through the rules that stood then, every fen into the books."""

import resource
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from api.replay.books import Books
from api.replay.counters import Counters
from api.replay.log import Arrival, LineCount, refuse_line
from api.replay.orders_kept import OrdersKept, OrderTwice
from api.replay.summary import Summary
from engine.clawback import refund
from engine.errors import EventRefused
from engine.evaluate import evaluate_order
from engine.journal.flows import entry_postings, sale_postings
from engine.journal.order_book import standing
from engine.journal.order_status import given_back
from engine.money import MAX_FEN
from engine.order import OrderEvent, RefundEvent
from engine.ruleset import RuleSet
from storage.live_book import LiveBook

Json = dict[str, Any]


class Replay:
    """One run. Memory is bounded by people, accounts and rules, not by the length of the log."""

    def __init__(self, rule_sets: Sequence[RuleSet], file: str, count: LineCount) -> None:
        self._file = file
        self._count = count
        self._book = LiveBook(rule_sets)
        self._kept = OrdersKept()
        self._books = Books()
        self._counters = Counters()
        self._summary = Summary()
        self._started = time.perf_counter()
        self._cpu_started = time.process_time()

    def run(self, arrivals: Iterable[Arrival]) -> None:
        """Evaluate every event. Raises `InvalidInput`, naming the line, for an order that cannot be."""
        try:
            for arrival in arrivals:
                if isinstance(arrival.event, OrderEvent):
                    self._sale(arrival.event, arrival)
                else:
                    self._refund(arrival.event, arrival)
            self._kept.flush()
        except OrderTwice as twice:
            raise refuse_line(
                self._file,
                twice.second,
                "L205",
                f"订单 {twice.order_id} 重复，第 {twice.first} 行已有",
                f"order {twice.order_id!r} is there already, on line {twice.first}",
                "一个订单只能出现一次",
                "an order comes once",
            ) from None

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
        live = self._book.at(event.placed_at)
        evaluation = evaluate_order(self._counters.known_to(event, live), live)
        if evaluation.priced.consumption:
            self._counters.take(event, evaluation.priced.consumption)
        self._books.post(sale_postings(evaluation))
        self._kept.add(evaluation, arrival.place)
        self._summary.sale(evaluation, list_fen)
        self._count.in_orders += arrival.lines

    def _refund(self, event: RefundEvent, arrival: Arrival) -> None:
        before = self._kept.find(event.order_id)
        if before is None:
            self._count.skip("refund_of_unknown_order", arrival.lines)
            return
        evaluation, state = before.evaluation, standing(before).state
        if event.refund_id in state.refund_ids:
            self._count.skip("refund_repeated", arrival.lines)
            return
        try:
            outcome = refund(evaluation, state, event)
            after = before.add(event)
        except EventRefused as refused:
            self._count.skip(f"refund_refused.{refused.code}", arrival.lines)
            return
        self._books.post(entry_postings(before, after))
        self._kept.returned(after)
        self._summary.refund(evaluation, outcome)
        self._count.in_refunds += arrival.lines
        back = given_back(after)
        if back and not given_back(before):
            self._counters.give_back(evaluation.event, back)

    def close(self) -> None:
        """Give the temporary database back."""
        self._kept.close()

    def summary(self) -> Json:
        """Check the books, and say as JSON values what the run adds up to and what it took."""
        imbalance = self._books.imbalance(self._kept)
        seconds = time.perf_counter() - self._started
        count, summary = self._count, self._summary
        return {
            "ok": not imbalance and not count.unaccounted and summary.any_rule_applied,
            "file": self._file,
            "lines": {
                "read": count.read,
                "in_orders": count.in_orders,
                "in_refunds": count.in_refunds,
                "skipped": dict(sorted(count.skipped.items())),
                "skipped_in_all": count.skipped.total(),
                "unaccounted": count.unaccounted,
                "returned_beyond_sale": {"lines": count.lines_cut, "units": count.units_cut},
            },
            "orders": summary.orders,
            "order_lines": summary.order_lines,
            "refunds": summary.refunds,
            **summary.money(),
            "rules": summary.rules(),
            "not_applied": dict(sorted(summary.not_applied.items())),
            "not_accrued": dict(sorted(summary.not_accrued.items())),
            "imbalance": {
                "accounts": len(imbalance),
                "fen": sum(abs(fen) for fen in imbalance.values()),
                "by_account": dict(sorted(imbalance.items(), key=lambda item: -abs(item[1]))[:20]),
            },
            "seconds": round(seconds, 3),
            "cpu_seconds": round(time.process_time() - self._cpu_started, 3),
            "orders_per_second": round(summary.orders / seconds),
            "lines_per_second": round(count.read / seconds),
            "peak_memory_bytes": peak_memory_bytes(),
        }


def peak_memory_bytes() -> int:
    """The most memory this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
