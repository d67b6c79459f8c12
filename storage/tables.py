"""The schema: one SQLModel class per table.  Statements are written in SQLAlchemy Core against these tables.

Fen are BIGINT (an INTEGER ends at 21 million yuan on PostgreSQL).  Instants are stored in UTC and come back with an
offset.  Constraints are named by one convention, so that migrations can name them too.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON as Json
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

ID_LENGTH = 128


class Instant(TypeDecorator[datetime]):
    """A moment with an offset: UTC in the database, aware in Python on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs an offset: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Stored(SQLModel):
    """Base of all tables: its metadata is what migrations are compared with."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _id(primary: bool = False) -> Any:
    return Field(sa_column=Column(String(ID_LENGTH), primary_key=primary, nullable=False))


def _maybe_id(references: str | None = None) -> Any:
    keys = [ForeignKey(references)] if references else []
    return Field(default=None, sa_column=Column(String(ID_LENGTH), *keys, nullable=True))


def _region() -> Any:
    return Field(default=None, sa_column=Column(String(12), nullable=True))


def _text(length: int = 500) -> Any:
    return Field(sa_column=Column(String(length), nullable=False))


def _fen(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=nullable))


def _json() -> Any:
    return Field(sa_column=Column(Json, nullable=False))


def _instant(nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Instant, nullable=nullable))


# --- Rule sets ------------------------------------------------------------------------------------------------------


class RuleSetVersion(Stored, table=True):
    """A published version of a rule set: the text as it was, for ever."""

    __tablename__ = "rule_set_version"
    __table_args__ = (UniqueConstraint("kind", "name", "version"),)

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    kind: str = _text(32)
    name: str = _id()
    version: int = Field(sa_column=Column(Integer, nullable=False))
    content_hash: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    effective_from: datetime = _instant()
    effective_until: datetime | None = _instant(nullable=True)
    published_at: datetime = _instant()
    made_from: dict[str, Any] | None = Field(default=None, sa_column=Column(Json(none_as_null=True), nullable=True))


# --- Goods and people -----------------------------------------------------------------------------------------------


class Region(Stored, table=True):
    """An administrative region by its GB/T 2260 code, or a street or community below it."""

    __tablename__ = "region"

    code: str = Field(sa_column=Column(String(12), primary_key=True))
    title: str = _text(60)
    title_en: str = _text(120)
    level: str = _text(16)
    parent: str | None = _region()


class Merchant(Stored, table=True):
    """Who sells goods."""

    __tablename__ = "merchant"

    id: str = _id(primary=True)
    title: str = _text(120)
    title_en: str = _text(120)
    region: str | None = _region()
    tags: list[str] = _json()


class Category(Stored, table=True):
    """A step of the category tree, named by its whole path."""

    __tablename__ = "category"

    path: str = Field(sa_column=Column(String(300), primary_key=True))
    title: str = _text(120)
    title_en: str = _text(120)
    parent: str | None = Field(default=None, sa_column=Column(String(300), nullable=True))


class StoreRow(Stored, table=True):
    """A store that serves orders."""

    __tablename__ = "store"

    id: str = _id(primary=True)
    title: str = _text(120)
    title_en: str = _text(120)
    region: str | None = _region()
    tags: list[str] = _json()
    opens: str = _text(5)
    closes: str = _text(5)


class Promoter(Stored, table=True):
    """Someone who shares goods and earns; `referrer` is the promoter who brought them in.

    `buyer` is the account they buy with themselves: it is never bound to them, and counts for no level of theirs.
    """

    __tablename__ = "promoter"

    id: str = _id(primary=True)
    title: str = _text(120)
    level: str | None = _maybe_id()
    status: str = _text(16)
    tags: list[str] = _json()
    merchant: str | None = _maybe_id()
    region: str | None = _region()
    referrer: str | None = _maybe_id("promoter.id")
    buyer: str | None = Field(default=None, sa_column=Column(String(ID_LENGTH), nullable=True, index=True))


class Leader(Stored, table=True):
    """A group leader: belongs to the pickup point that a buyer chose."""

    __tablename__ = "leader"

    id: str = _id(primary=True)
    title: str = _text(120)
    level: str | None = _maybe_id()
    status: str = _text(16)
    region: str | None = _region()
    pickup_point: str = Field(sa_column=Column(String(120), nullable=False, index=True))
    pickup_point_en: str = _text(120)


class BuyerRow(Stored, table=True):
    """A member the shop knows. Buyers it does not know have no level and no tags."""

    __tablename__ = "buyer"

    id: str = _id(primary=True)
    level: str | None = _maybe_id()
    tags: list[str] = _json()
    region: str | None = _region()


class Product(Stored, table=True):
    """Goods for sale, one row per SKU. Cost, floor and commission figures never leave the service to buyers."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("unit_price_fen >= 0 AND floor_price_fen >= 0", name="prices"),
        Index(None, "merchant"),
    )

    sku: str = _id(primary=True)
    position: int = Field(sa_column=Column(Integer, nullable=False, index=True))
    product: str | None = _maybe_id()
    title: str = _text()
    title_en: str = _text()
    category: str | None = Field(default=None, sa_column=Column(String(300), nullable=True))
    tags: list[str] = _json()
    merchant: str = _id()
    unit_price_fen: int = _fen()
    floor_price_fen: int = _fen()
    unit_cost_fen: int | None = _fen(nullable=True)
    vat_num: int | None = _fen(nullable=True)
    vat_den: int | None = _fen(nullable=True)
    stock: int | None = _fen(nullable=True)
    days_to_expiry: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    commission: dict[str, Any] = _json()


# --- Orders ---------------------------------------------------------------------------------------------------------


class OrderRecord(Stored, table=True):
    """An order, for lists and sums. What was computed for it stands in its `sale` event.

    `release_at` is when its after-sales window is over; None before it is received, and once it is released.
    """

    __tablename__ = "order_record"
    __table_args__ = (Index(None, "buyer_id", "placed_at"), Index(None, "promoter_id", "placed_at"))

    order_id: str = _id(primary=True)
    placed_at: datetime = _instant()
    recorded_at: datetime = _instant()
    request_hash: str = Field(sa_column=Column(String(64), nullable=False))
    buyer_id: str | None = _maybe_id()
    promoter_id: str | None = _maybe_id()
    list_fen: int = _fen()
    goods_fen: int = _fen()
    shipping_fen: int = _fen()
    release_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True, index=True))


class Counter(Stored, table=True):
    """What a promotion has used up for one subject (a buyer, a store, '' for all) in one period ('' for ever)."""

    __tablename__ = "counter"

    rule_set: str = _id(primary=True)
    rule: str = _id(primary=True)
    counter: str = Field(sa_column=Column(String(32), primary_key=True))
    subject: str = _id(primary=True)
    period: str = Field(sa_column=Column(String(10), primary_key=True))
    used: int = _fen()


class Idempotency(Stored, table=True):
    """An answer given under an `Idempotency-Key`, with the hash of the body it answered."""

    __tablename__ = "idempotency"

    key: str = Field(sa_column=Column(String(255), primary_key=True))
    body_hash: str = Field(sa_column=Column(String(64), nullable=False))
    response: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answered_at: datetime = _instant()
