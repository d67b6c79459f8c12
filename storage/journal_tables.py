"""The tables of the journal: what came in, what it posted, and the balances nobody stores.

`event` and `entry` are append-only; an account's balance is a sum over `posting`.  Numbers are given under one lock,
so that events and entries stand in one order, which the chain of hashes fixes.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String
from sqlmodel import Field

from storage.tables import ID_LENGTH, Instant, Stored, _fen, _id, _instant, _json, _maybe_id, _text

KEY_LENGTH = 300


def _number() -> Column[int]:
    return Column(BigInteger, primary_key=True, autoincrement=False)


class EventRow(Stored, table=True):
    """One event as it came in, for ever: its JSON, and the hash of its content. A sale holds its evaluation."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "order_id", "number"),)

    number: int = Field(sa_column=_number())
    key: str = Field(sa_column=Column(String(KEY_LENGTH), nullable=False, unique=True))
    order_id: str | None = _maybe_id()
    at: datetime = _instant()
    recorded_at: datetime = _instant()
    content_hash: str = Field(sa_column=Column(String(64), nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EntryRow(Stored, table=True):
    """One journal entry at its place in the chain; its postings are rows of their own."""

    __tablename__ = "entry"
    __table_args__ = (Index(None, "kind", "booked_at"), Index(None, "booked_at"), Index(None, "order_id"))

    number: int = Field(sa_column=_number())
    key: str = Field(sa_column=Column(String(KEY_LENGTH), nullable=False, unique=True))
    kind: str = _text(32)
    at: datetime = _instant()
    booked_at: datetime = _instant()
    order_id: str = _text(ID_LENGTH)
    event_hash: str = Field(sa_column=Column(String(64), nullable=False))
    previous_hash: str = Field(sa_column=Column(String(64), nullable=False))
    hash: str = Field(sa_column=Column(String(64), nullable=False))


class RuleRefRow(Stored, table=True):
    """A rule as postings name it, once: titles and all, under the hash of its content."""

    __tablename__ = "rule_ref"

    hash: str = Field(sa_column=Column(String(64), primary_key=True))
    body: dict[str, object] = _json()


class AdjustmentRow(Stored, table=True):
    """A correction by hand as it was proposed, and once somebody else has approved it, by whom and when.

    With the approval it is an event of the log; the books know nothing of it before.
    """

    __tablename__ = "adjustment"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("approved_by <> proposed_by", name="two_persons"),
        CheckConstraint("(approved_by IS NULL) = (approved_at IS NULL)", name="approval"),
        Index(None, "proposed_at"),
    )

    id: str = _id(primary=True)
    source: str = _text(200)
    destination: str = _text(200)
    amount_fen: int = _fen()
    reason: str = _text(500)
    proposed_by: str = _id()
    proposed_at: datetime = _instant()
    approved_by: str | None = _maybe_id()
    approved_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class PostingRow(Stored, table=True):
    """One movement of money of an entry. Its place in the entry is `seq`."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(None, "source"),
        Index(None, "destination"),
    )

    number: int = Field(sa_column=Column(BigInteger, ForeignKey("entry.number"), primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    kind: str = _text(32)
    source: str = _text(200)
    destination: str = _text(200)
    amount_fen: int = _fen()
    line: int = Field(sa_column=Column(Integer, nullable=False))
    rule_ref: str | None = Field(default=None, sa_column=Column(String(64), ForeignKey("rule_ref.hash"), nullable=True))
    role: str = _text(ID_LENGTH)
    payee: str = _text(ID_LENGTH)
