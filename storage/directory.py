"""Regions, categories, merchants, stores, people: the records behind names and ids."""

from collections.abc import Sequence
from itertools import groupby
from typing import Literal, TypeVar

import msgspec
from sqlalchemy import Connection, Table, bindparam, select

from storage.database import table_of, upsert
from storage.people_tables import AgentRow, HostRow
from storage.tables import BuyerRow, Category, Leader, Merchant, Promoter, Region, StoreRow

Status = Literal["active", "inactive"]


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: unknown fields are refused."""


class RegionEntry(_Entry, frozen=True):
    """A region by its GB/T 2260 code, or a street by its statistical code."""

    code: str
    title: str
    level: str
    title_en: str = ""
    parent: str | None = None


class CategoryEntry(_Entry, frozen=True):
    """A category by its path."""

    path: str
    title: str
    title_en: str = ""
    parent: str | None = None


class MerchantEntry(_Entry, frozen=True):
    """Who sells goods."""

    id: str
    title: str
    title_en: str = ""
    region: str | None = None
    tags: tuple[str, ...] = ()


class StoreEntry(_Entry, frozen=True):
    """A store; `opens` and `closes` are times of day, and may lie on two sides of midnight."""

    id: str
    title: str
    title_en: str = ""
    region: str | None = None
    tags: tuple[str, ...] = ()
    opens: str = ""
    closes: str = ""


class PromoterEntry(_Entry, frozen=True):
    """A promoter: `referrer` brought them in, they belong to `merchant`, and buy with the account `buyer`."""

    id: str
    title: str
    level: str | None = None
    status: Status = "active"
    tags: tuple[str, ...] = ()
    merchant: str | None = None
    region: str | None = None
    referrer: str | None = None
    buyer: str | None = None


class LeaderEntry(_Entry, frozen=True):
    """A group leader with the pickup point they look after."""

    id: str
    title: str
    level: str | None = None
    status: Status = "active"
    region: str | None = None
    pickup_point: str = ""
    pickup_point_en: str = ""


class HostEntry(_Entry, frozen=True):
    """Who presents goods in a live stream; `merchant` is the one they belong to."""

    id: str
    title: str
    title_en: str = ""
    level: str | None = None
    status: Status = "active"
    tags: tuple[str, ...] = ()
    merchant: str | None = None
    region: str | None = None


class AgentEntry(_Entry, frozen=True):
    """A regional agent; the contracts are records of their own (`contracts.py`)."""

    id: str
    title: str
    title_en: str = ""
    status: Status = "active"


class MemberEntry(_Entry, frozen=True):
    """A buyer the shop knows. Others have no level and no tags."""

    id: str
    level: str | None = None
    tags: tuple[str, ...] = ()
    region: str | None = None


E = TypeVar(
    "E",
    RegionEntry,
    CategoryEntry,
    MerchantEntry,
    StoreEntry,
    PromoterEntry,
    LeaderEntry,
    HostEntry,
    AgentEntry,
    MemberEntry,
)

_TABLES: dict[type, Table] = {
    RegionEntry: table_of(Region),
    CategoryEntry: table_of(Category),
    MerchantEntry: table_of(Merchant),
    StoreEntry: table_of(StoreRow),
    PromoterEntry: table_of(Promoter),
    LeaderEntry: table_of(Leader),
    HostEntry: table_of(HostRow),
    AgentEntry: table_of(AgentRow),
    MemberEntry: table_of(BuyerRow),
}

_BY_KEY = {
    kind: select(table).where(next(iter(table.primary_key.columns)) == bindparam("key"))
    for kind, table in _TABLES.items()
}


def entries(connection: Connection, kind: type[E]) -> tuple[E, ...]:
    """All records of a kind, by key."""
    table = _TABLES[kind]
    rows = connection.execute(select(table).order_by(*table.primary_key.columns))
    return tuple(msgspec.convert(dict(row._mapping), kind) for row in rows)


def entry(connection: Connection, kind: type[E], key: str) -> E | None:
    """The record with this key; None if there is none."""
    row = connection.execute(_BY_KEY[kind], {"key": key}).one_or_none()
    return None if row is None else msgspec.convert(dict(row._mapping), kind)


def put(connection: Connection, records: Sequence[_Entry]) -> None:
    """Insert records, or replace those with the same key. Promoters go behind the referrers they name."""
    for kind, alike in groupby(records, key=type):
        table = _TABLES[kind]
        upsert(connection, table, [msgspec.to_builtins(record) for record in alike])
