"""Recorded orders: the stored evaluation, its postings, and the answers given under idempotency keys."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from engine.ledger import Posting
from engine.order import Evaluation
from storage.database import table_of
from storage.tables import Idempotency, OrderRecord, PostingRow

_ORDER, _POSTING, _KEY = table_of(OrderRecord), table_of(PostingRow), table_of(Idempotency)
_BY_ID = select(_ORDER).where(_ORDER.c.order_id == bindparam("order_id"))
_BY_KEY = select(_KEY).where(_KEY.c.key == bindparam("key"))
_NEW_ORDER, _NEW_POSTING, _NEW_KEY = insert(_ORDER), insert(_POSTING), insert(_KEY)


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
    evaluation = msgspec.json.decode(row.evaluation, type=Evaluation)
    return StoredOrder(row.order_id, row.request_hash, row.recorded_at, evaluation)


def record_order(
    connection: Connection,
    evaluation: Evaluation,
    postings: Sequence[Posting],
    request_hash: str,
    recorded_at: datetime,
) -> None:
    """Store an order with its postings. Raises sqlalchemy's IntegrityError if the order is already there."""
    event = evaluation.event
    connection.execute(
        _NEW_ORDER,
        {
            "order_id": event.order_id,
            "placed_at": event.placed_at,
            "recorded_at": recorded_at,
            "request_hash": request_hash,
            "buyer_id": event.buyer.id,
            "promoter_id": event.promoter.id if event.promoter else None,
            "list_fen": sum(line.unit_price_fen * line.quantity for line in event.lines),
            "goods_fen": sum(evaluation.priced.net_fen),
            "shipping_fen": evaluation.priced.shipping_fen,
            "evaluation": msgspec.json.encode(evaluation),
        },
    )
    if postings:
        connection.execute(_NEW_POSTING, [_posting_row(event.order_id, i, one) for i, one in enumerate(postings)])


def _posting_row(order_id: str, seq: int, posting: Posting) -> dict[str, object]:
    rule = posting.rule
    return {
        "entry_id": f"sale:{order_id}",
        "seq": seq,
        "order_id": order_id,
        "kind": posting.kind,
        "source": posting.source,
        "destination": posting.destination,
        "amount_fen": posting.amount_fen,
        "line": posting.line,
        "rule_set": rule.rule_set if rule else None,
        "version": rule.version if rule else None,
        "rule": rule.rule if rule else None,
        "role": posting.role,
        "payee": posting.payee,
    }


def movements(connection: Connection, order_id: str) -> tuple[Movement, ...]:
    """The movements of money that an order made, in the order they were posted."""
    columns = (_POSTING.c.kind, _POSTING.c.source, _POSTING.c.destination, _POSTING.c.amount_fen)
    rows = connection.execute(select(*columns).where(_POSTING.c.order_id == order_id).order_by(_POSTING.c.seq))
    return tuple(Movement(*row) for row in rows)


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
