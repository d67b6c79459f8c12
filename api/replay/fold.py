"""The journal as a fold over a log that is kept on disk: what `engine.journal.journal` does in memory.

The books of orders are read back when something happens to them.  Nothing here knows how to post: that is
`engine.journal.posting.post`, for the run and for the audit alike.
"""

import sqlite3
from collections.abc import Iterator

import msgspec

from api.replay.kept import KeptLog
from api.replay.scratch import scratch_database
from engine.journal.entry import Entry, Tip
from engine.journal.news_reader import decode_news, encode_news
from engine.journal.order_book import OrderBook
from engine.journal.order_news import News, OrderNews, order_of
from engine.journal.posting import Books, Logged, draws_on, post


class Fold:
    """Orders, balances and the end of the chain while a log is posted row by row.

    The rows come in order of time, and an order before its news; so what an account holds now is what it held before
    the end of the period that is being closed, and nothing waits.
    """

    def __init__(self, log: KeptLog) -> None:
        self.balances: dict[str, int] = {}
        self.tip = Tip()
        self._log = log
        self._books = Books()
        self._database: sqlite3.Connection = scratch_database()
        self._database.execute(
            "CREATE TABLE orders (number INTEGER PRIMARY KEY, order_id TEXT NOT NULL UNIQUE, news BLOB NOT NULL)"
        )

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def post(self, logged: Logged) -> tuple[Entry, ...]:
        """Post a row: the entries it makes. Raises `EventRefused`, changing nothing, for what cannot be true."""
        event, order_id = logged.event, order_of(logged.event)
        before = None if order_id is None else self.book(order_id)
        posted = post(
            msgspec.structs.replace(self._books, order=before, waiting=(), drawn_fen=self._drawn(event)), event
        )
        after = posted.books.order
        if after is not None and order_id is not None:
            self._keep(order_id, after, new=before is None)
        self._books = msgspec.structs.replace(posted.books, order=None)
        self.tip = self._books.tip
        held = self.balances
        for entry in posted.entries:
            for posting in entry.postings:
                source, destination, fen = posting.source, posting.destination, posting.amount_fen
                held[source] = held.get(source, 0) - fen
                held[destination] = held.get(destination, 0) + fen
        return posted.entries

    def book(self, order_id: str) -> OrderBook | None:
        """The book of an order as the fold has it; None when it has none yet."""
        row = self._database.execute("SELECT news FROM orders WHERE order_id = ?", (order_id,)).fetchone()
        return None if row is None else self._book(order_id, row[0])

    def books(self) -> Iterator[OrderBook]:
        """The books of all orders, in the order they came."""
        for order_id, news in self._database.execute("SELECT order_id, news FROM orders ORDER BY number"):
            yield self._book(order_id, news)

    def _book(self, order_id: str, news: bytes) -> OrderBook:
        evaluation = self._log.evaluation(order_id)
        assert evaluation is not None
        return OrderBook(evaluation, _decoded(news))

    def _keep(self, order_id: str, book: OrderBook, *, new: bool) -> None:
        news = b"\n".join(encode_news(event) for event in book.events)
        if new:
            self._database.execute("INSERT INTO orders (order_id, news) VALUES (?, ?)", (order_id, news))
        else:
            self._database.execute("UPDATE orders SET news = ? WHERE order_id = ?", (news, order_id))

    def _drawn(self, event: News) -> int:
        drawn = draws_on(event)
        return 0 if drawn is None else self.balances.get(drawn.account, 0)


def _decoded(news: bytes) -> tuple[OrderNews, ...]:
    events = []
    for line in news.splitlines():
        event = decode_news(line)
        assert isinstance(event, OrderNews)
        events.append(event)
    return tuple(events)
