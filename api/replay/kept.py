"""The log of a replay and the entries made of it, kept on disk until the replay ends."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime

from api.replay.packing import Packing
from api.replay.scratch import scratch_database
from engine.journal.entry import Entry
from engine.journal.news_reader import decode_news, encode_news
from engine.journal.order_news import News, PayeeNews, SaleEvent, news_key
from engine.journal.posting import Logged
from engine.order import Evaluation

REMEMBERED = 2_048
"""How many of the latest evaluations stay in memory: most news of an order come soon after it."""


class KeptLog:
    """Every event that was posted, and every entry, in order. Ids of events come once."""

    def __init__(self) -> None:
        self.packing = Packing()
        self._database: sqlite3.Connection = scratch_database()
        self._database.execute(
            "CREATE TABLE log (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, of_payee INTEGER NOT NULL,"
            " place INTEGER NOT NULL, recorded_at TEXT NOT NULL, event BLOB NOT NULL)"
        )
        self._database.execute("CREATE TABLE entries (number INTEGER PRIMARY KEY, entry BLOB NOT NULL)")
        self._sales: dict[str, Evaluation] = {}
        self.events = self.entries = 0

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def next(self, event: News, at: datetime) -> Logged:
        """An event as the next row of the log, which is not in it yet."""
        return Logged(self.events + 1, at, event)

    def append(self, logged: Logged, place: int = 0) -> None:
        """Keep a row of the log; `place` is its line in the file (0: it follows from others)."""
        event = logged.event
        if isinstance(event, SaleEvent):
            packed = self.packing.evaluation(event.evaluation)
            self._remember(event.order_id, event.evaluation)
        else:
            packed = encode_news(event)
        of_payee = isinstance(event, PayeeNews)
        row = (logged.number, news_key(event), of_payee, place, logged.recorded_at.isoformat(), packed)
        self._database.execute("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", row)
        self.events = logged.number

    def place(self, key: str) -> int | None:
        """The line of the file on which the event of a key (`TYPE:ID`) stands; None when there is no such event."""
        row = self._database.execute("SELECT place FROM log WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def evaluation(self, order_id: str) -> Evaluation | None:
        """How an order was sold; None when the log does not hold it."""
        known = self._sales.get(order_id)
        if known is None:
            row = self._database.execute("SELECT event FROM log WHERE key = ?", (f"sale:{order_id}",)).fetchone()
            if row is None:
                return None
            known = self.packing.evaluated(row[0])
            self._remember(order_id, known)
        return known

    def __iter__(self) -> Iterator[Logged]:
        """The log from its beginning, read back."""
        rows = self._database.execute("SELECT number, key, recorded_at, event FROM log ORDER BY number")
        for number, key, recorded_at, packed in rows:
            at, event = datetime.fromisoformat(recorded_at), self._event(key, packed)
            yield Logged(number, at, event)

    def payee_news(self) -> Iterator[PayeeNews]:
        """The events that belong to no order."""
        for (packed,) in self._database.execute("SELECT event FROM log WHERE of_payee ORDER BY number"):
            event = decode_news(packed)
            assert isinstance(event, PayeeNews)
            yield event

    def enter(self, entry: Entry) -> None:
        """Keep an entry."""
        self._database.execute("INSERT INTO entries VALUES (?, ?)", (entry.number, self.packing.entry(entry)))
        self.entries = entry.number

    def entries_after(self, number: int = 0) -> Iterator[Entry]:
        """The entries after one of this number, read back."""
        for (packed,) in self._database.execute(
            "SELECT entry FROM entries WHERE number > ? ORDER BY number", (number,)
        ):
            yield self.packing.entered(packed)

    def _event(self, key: str, packed: bytes) -> News:
        if not key.startswith("sale:"):
            return decode_news(packed)
        evaluation = self.packing.evaluated(packed)
        self._remember(evaluation.event.order_id, evaluation)
        return SaleEvent(evaluation=evaluation)

    def _remember(self, order_id: str, evaluation: Evaluation) -> None:
        if len(self._sales) >= REMEMBERED:
            del self._sales[next(iter(self._sales))]
        self._sales[order_id] = evaluation
