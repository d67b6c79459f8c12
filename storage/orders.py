"""Recorded orders: found by id, recorded with their sale, and the answers given under idempotency keys."""

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from engine.journal.order_book import OrderBook
from engine.journal.order_news import SaleEvent
from engine.order import Evaluation
from storage.database import table_of
from storage.journal import post_event
from storage.journal_tables import EntryRow, EventRow, PostingRow
from storage.tables import Idempotency, OrderRecord

_ORDER, _KEY = table_of(OrderRecord), table_of(Idempotency)
_EVENT, _ENTRY, _POSTING = table_of(EventRow), table_of(EntryRow), table_of(PostingRow)
_BY_ID = select(_ORDER, _EVENT.c.body).where(
    _ORDER.c.order_id == bindparam("order_id"), _EVENT.c.key == "sale:" + _ORDER.c.order_id
)
_BY_KEY = select(_KEY).where(_KEY.c.key == bindparam("key"))
_NEW_ORDER, _NEW_KEY = insert(_ORDER), insert(_KEY)


class StoredOrder(msgspec.Struct, frozen=True):
    """A recorded order. `request_hash` tells a repetition of the same request from another one with its id."""

    order_id: str
    request_hash: str
    recorded_at: datetime
    evaluation: Evaluation


class StoredAnswer(msgspec.Struct, frozen=True):
    """What was answered under an idempotency key, and the hash of the body it answered."""

    body_hash: str
    response: bytes


class Movement(msgspec.Struct, frozen=True):
    """One posting as it is read back: fen from an account to another."""

    kind: str
    source: str
    destination: str
    amount_fen: int


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal: how request bodies are told apart."""
    return hashlib.sha256(content).hexdigest()


def lock_buyer(connection: Connection, buyer_id: str | None) -> None:
    """Let the orders of one buyer take turns, so that only one of them is the first.

    SQLite has one writer at a time anyway; PostgreSQL takes an advisory lock until the transaction ends.
    """
    if buyer_id is not None and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"buyer:{buyer_id}",))


def find_order(connection: Connection, order_id: str) -> StoredOrder | None:
    """The order with its evaluation; None if there is none."""
    row = connection.execute(_BY_ID, {"order_id": order_id}).one_or_none()
    if row is None:
        return None
    sale = msgspec.json.decode(row.body, type=SaleEvent)
    return StoredOrder(row.order_id, row.request_hash, row.recorded_at, sale.evaluation)


def record_order(connection: Connection, evaluation: Evaluation, request_hash: str, recorded_at: datetime) -> OrderBook:
    """Store an order and post its sale, and what waited for it: its book. Raises sqlalchemy's IntegrityError if it is
    already there."""
    row = {**recorded_figures(evaluation), "recorded_at": recorded_at, "request_hash": request_hash}
    connection.execute(_NEW_ORDER, row)
    posted = post_event(connection, SaleEvent(evaluation=evaluation), recorded_at)
    assert posted.books.order is not None
    return posted.books.order


def recorded_figures(evaluation: Evaluation) -> dict[str, object]:
    """What is kept of an order beside its sale, for lists and sums."""
    event = evaluation.event
    return {
        "order_id": event.order_id,
        "placed_at": event.placed_at,
        "buyer_id": event.buyer.id,
        "promoter_id": event.promoter.id if event.promoter else None,
        "list_fen": sum(line.unit_price_fen * line.quantity for line in event.lines),
        "goods_fen": sum(evaluation.priced.net_fen),
        "shipping_fen": evaluation.priced.shipping_fen,
    }


def movements(connection: Connection, order_id: str) -> tuple[Movement, ...]:
    """The movements of money that an order made, in the order they were posted."""
    columns = (_POSTING.c.kind, _POSTING.c.source, _POSTING.c.destination, _POSTING.c.amount_fen)
    statement = select(*columns).join(_ENTRY).where(_ENTRY.c.order_id == order_id)
    return tuple(Movement(*row) for row in connection.execute(statement.order_by(_POSTING.c.number, _POSTING.c.seq)))


def find_answer(connection: Connection, key: str) -> StoredAnswer | None:
    """The answer already given under an idempotency key."""
    row = connection.execute(_BY_KEY, {"key": key}).one_or_none()
    return None if row is None else StoredAnswer(row.body_hash, row.response)


def store_answer(connection: Connection, key: str, answer: StoredAnswer, answered_at: datetime) -> None:
    """Remember an answer under its key, in the transaction that did the work."""
    connection.execute(
        _NEW_KEY,
        {"key": key, "body_hash": answer.body_hash, "response": answer.response, "answered_at": answered_at},
    )
