"""Evaluated orders and their refunds, kept until the replay ends: on disk, in batches, without repetition.

An order is kept as its event and the figures made from it.  Plans (the compiled rules that a result points to) stay in
memory once, under a number; so a row is small and a kept evaluation points to the very plans that made it.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

import msgspec

from api.replay.scratch import scratch_database
from engine.journal.order_book import OrderBook
from engine.money import Rate
from engine.order import (
    Accrual,
    AppliedBenefit,
    BenefitLine,
    CeilingCut,
    Consumption,
    Evaluation,
    OrderEvent,
    PricedOrder,
    RefundEvent,
)
from engine.ruleset import GiftLine

BATCH = 500


class OrderTwice(Exception):
    """Two orders of the log have one id. `first` and `second` are the lines where they begin."""

    def __init__(self, order_id: str, first: int, second: int) -> None:
        self.order_id, self.first, self.second = order_id, first, second
        super().__init__(f"order {order_id!r} on line {first} and on line {second}")


_Benefit = tuple[int, tuple[BenefitLine, ...], int, int, GiftLine | None, tuple[tuple[int, ...], ...]]
_Earned = tuple[int, int, str, int, Rate | None, int, int]


class _Row(msgspec.Struct, frozen=True, array_like=True):
    semantics: int
    event: OrderEvent
    rule_sets: int
    net_fen: tuple[int, ...]
    shipping_fen: int
    applied: list[_Benefit]
    accruals: list[_Earned]
    consumption: tuple[Consumption, ...]
    ceiling: CeilingCut | None


class _Numbered:
    """Numbers for values that are compared by identity; the values stay alive with their numbers."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[int, int] = {}

    def number(self, value: object) -> int:
        found = self._numbers.get(id(value))
        if found is None:
            found = self._numbers[id(value)] = len(self.values)
            self.values.append(value)
        return found


class OrdersKept:
    """The books of a replay's orders, by id. What only explains an order (losers, shares nobody gets) is not kept."""

    def __init__(self) -> None:
        self._database: sqlite3.Connection = scratch_database()
        self._database.execute(
            "CREATE TABLE kept (at INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, place INTEGER NOT NULL,"
            " evaluation BLOB NOT NULL, refunds BLOB)"
        )
        self._waiting: dict[str, tuple[str, int, bytes]] = {}
        self._plans, self._rule_sets = _Numbered(), _Numbered()
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(_Row).decode
        self._decode_refunds = msgspec.msgpack.Decoder(tuple[RefundEvent, ...]).decode

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def add(self, evaluation: Evaluation, place: int) -> None:
        """Keep an order that begins on line `place`. Raises OrderTwice, at the latest when the batch is written."""
        order_id = evaluation.event.order_id
        if order_id in self._waiting:
            raise OrderTwice(order_id, self._waiting[order_id][1], place)
        self._waiting[order_id] = (order_id, place, self._encode(self._packed(evaluation)))
        if len(self._waiting) >= BATCH:
            self.flush()

    def find(self, order_id: str) -> OrderBook | None:
        """The book of an order; None when there is none."""
        self.flush()
        row = self._database.execute("SELECT evaluation, refunds FROM kept WHERE order_id = ?", (order_id,)).fetchone()
        return None if row is None else self._kept(*row)

    def returned(self, book: OrderBook) -> None:
        """Keep the refunds of an order that is there."""
        order_id = book.evaluation.event.order_id
        self._database.execute("UPDATE kept SET refunds = ? WHERE order_id = ?", (self._encode(book.events), order_id))

    def __iter__(self) -> Iterator[OrderBook]:
        """The books of all orders, in the order they came."""
        self.flush()
        for row in self._database.execute("SELECT evaluation, refunds FROM kept ORDER BY at"):
            yield self._kept(*row)

    def flush(self) -> None:
        """Write what waits. Raises OrderTwice when one of its ids is there already."""
        if not self._waiting:
            return
        statement = "INSERT OR IGNORE INTO kept (order_id, place, evaluation) VALUES (?, ?, ?)"
        if self._database.executemany(statement, self._waiting.values()).rowcount < len(self._waiting):
            raise self._twice()
        self._waiting.clear()

    def _twice(self) -> OrderTwice:
        find = "SELECT place FROM kept WHERE order_id = ? AND place <> ?"
        for order_id, place, _ in self._waiting.values():
            for (first,) in self._database.execute(find, (order_id, place)):
                return OrderTwice(order_id, first, place)
        raise AssertionError("no order is there twice")

    def _packed(self, evaluation: Evaluation) -> _Row:
        number = self._plans.number
        priced = evaluation.priced
        return _Row(
            evaluation.semantics,
            evaluation.event,
            self._rule_sets.number(evaluation.rule_sets),
            priced.net_fen,
            priced.shipping_fen,
            [
                (number(one.plan), one.lines, one.discount_fen, one.lapsed_fen, one.gift, one.selectors)
                for one in priced.applied
            ],
            [
                (number(one.plan), one.line, one.payee, one.base_fen, one.rate, one.earned_fen, one.amount_fen)
                for one in evaluation.accruals
            ],
            priced.consumption,
            evaluation.ceiling,
        )

    def _kept(self, packed: bytes, refunds: bytes | None) -> OrderBook:
        row = self._decode(packed)
        plans = self._plans.values
        evaluation = Evaluation(
            row.semantics,
            row.event,
            self._rule_sets.values[row.rule_sets],
            PricedOrder(
                row.net_fen,
                row.shipping_fen,
                tuple(
                    [
                        AppliedBenefit(plans[plan], lines, discount, lapsed, gift, selectors)
                        for plan, lines, discount, lapsed, gift, selectors in row.applied
                    ]
                ),
                consumption=row.consumption,
            ),
            tuple(
                [
                    Accrual(plans[plan], line, payee, base, rate, earned, amount)
                    for plan, line, payee, base, rate, earned, amount in row.accruals
                ]
            ),
            ceiling=row.ceiling,
        )
        return OrderBook(evaluation, () if refunds is None else self._decode_refunds(refunds))
