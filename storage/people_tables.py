"""The tables of people around sales: regional agents with contracts, hosts, bindings, standings.

Bindings and standings are append-only: who was bound to whom, and who stood where, can be told of any past instant.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlmodel import Field

from storage.tables import ID_LENGTH, Stored, _fen, _id, _instant, _json, _maybe_id, _region, _text


def _number() -> Any:
    """A number given by the database, in the order of writing: BIGINT where SQLite does not need INTEGER."""
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Field(default=None, sa_column=Column(kind, primary_key=True, autoincrement=True))


def _count() -> Any:
    return Field(sa_column=Column(Integer, nullable=False))


def _promoter() -> Any:
    return Field(sa_column=Column(String(ID_LENGTH), ForeignKey("promoter.id"), nullable=False))


class AgentRow(Stored, table=True):
    """A regional agent. What they are agent of, and since when, is said by contracts alone."""

    __tablename__ = "agent"

    id: str = _id(primary=True)
    title: str = _text(120)
    title_en: str = _text(120)
    status: str = _text(16)


class ContractRow(Stored, table=True):
    """A contract of an agent: a region by its code without trailing zeros, from `since` until before `until`."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint("since < until", name="period"),
        CheckConstraint("rate_num >= 0 AND rate_den > 0", name="rate"),
        Index(None, "region", "since"),
    )

    id: str = _id(primary=True)
    agent: str = Field(sa_column=Column(String(ID_LENGTH), ForeignKey("agent.id"), nullable=False))
    region: str = _text(12)
    since: datetime = _instant()
    until: datetime = _instant()
    rate_num: int = _fen()
    rate_den: int = _fen()
    parent: str | None = _maybe_id("contract.id")


class HostRow(Stored, table=True):
    """Who presents goods in a live stream (主播); `merchant` is the one they belong to."""

    __tablename__ = "host"

    id: str = _id(primary=True)
    title: str = _text(120)
    title_en: str = _text(120)
    level: str | None = _maybe_id()
    status: str = _text(16)
    tags: list[str] = _json()
    merchant: str | None = _maybe_id()
    region: str | None = _region()


class TouchRow(Stored, table=True):
    """A buyer came to a promoter: the evidence, for ever. A buyer opens a token once at an instant."""

    __tablename__ = "touch"
    __table_args__ = (
        UniqueConstraint("buyer", "at", "token"),
        CheckConstraint("window_days > 0", name="window"),
        Index(None, "promoter"),
    )

    number: int | None = _number()
    buyer: str = _id()
    promoter: str = _promoter()
    token: str = _text(ID_LENGTH)
    source: str = _text(32)
    at: datetime = _instant()
    window_days: int = _count()
    recorded_at: datetime = _instant()


class StandingRow(Stored, table=True):
    """What one review left: the standing from `reviewed_at` on, the change, and the figures that it was judged by."""

    __tablename__ = "standing"
    __table_args__ = (UniqueConstraint("promoter", "reviewed_until"), Index(None, "promoter", "reviewed_at"))

    number: int | None = _number()
    promoter: str = _promoter()
    level_set: str = _id()
    version: int = _count()
    period: str = _text(32)
    reviewed_until: datetime = _instant()
    reviewed_at: datetime = _instant()
    change: str = _text(32)
    level: str = _id()
    probation_left: int = _count()
    missed: int = _count()
    delivered_fen: int = _fen()
    refunded_fen: int = _fen()
    orders: int = _count()
    buyers: int = _count()
    repeat_buyers: int = _count()
    repeat_rate_bp: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    refund_rate_bp: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
