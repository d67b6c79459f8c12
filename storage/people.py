"""The people and places around an order, as its event names them, with what their past orders say."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, func, select

from engine.calendar import SHANGHAI
from engine.order import Buyer, Payee, Store
from storage.database import table_of
from storage.directory import LeaderEntry, MemberEntry, PromoterEntry, StoreEntry, entry
from storage.tables import OrderRecord

_ORDER = table_of(OrderRecord)


def store_of(connection: Connection, store_id: str) -> Store | None:
    """The store; None if unknown."""
    found = entry(connection, StoreEntry, store_id)
    return None if found is None else Store(id=found.id, region=found.region, tags=found.tags)


def buyer_of(connection: Connection, buyer_id: str | None) -> Buyer:
    """The buyer with the count of their orders so far; one without an id is anonymous, an unknown one has no level."""
    if buyer_id is None:
        return Buyer()
    placed = connection.execute(select(func.count()).where(_ORDER.c.buyer_id == buyer_id)).scalar_one()
    member = entry(connection, MemberEntry, buyer_id) or MemberEntry(id=buyer_id)
    return Buyer(
        id=buyer_id,
        level=member.level,
        tags=member.tags,
        region=member.region,
        is_new=placed == 0,
        nth_order=placed + 1,
    )


class Introduction(msgspec.Struct, frozen=True):
    """Who brought an order in: the promoter, and the promoter's referrer if there is one."""

    promoter: Payee
    referrer: Payee | None


def promoter_of(connection: Connection, promoter_id: str, at: datetime) -> Introduction | None:
    """The promoter and their referrer, each with the sales of the month up to `at`; None if unknown."""
    promoter = entry(connection, PromoterEntry, promoter_id)
    if promoter is None:
        return None
    referrer = entry(connection, PromoterEntry, promoter.referrer) if promoter.referrer is not None else None
    return Introduction(
        _promoter_payee(connection, promoter, at),
        None if referrer is None else _promoter_payee(connection, referrer, at),
    )


def leader_of(connection: Connection, leader_id: str) -> Payee | None:
    """The group leader; None if unknown."""
    leader = entry(connection, LeaderEntry, leader_id)
    if leader is None:
        return None
    return Payee(id=leader.id, level=leader.level, status=leader.status, region=leader.region)


def _promoter_payee(connection: Connection, promoter: PromoterEntry, at: datetime) -> Payee:
    return Payee(
        id=promoter.id,
        level=promoter.level,
        status=promoter.status,
        tags=promoter.tags,
        merchant=promoter.merchant,
        region=promoter.region,
        period_sales_fen=_month_sales(connection, promoter.id, at),
    )


def _month_sales(connection: Connection, promoter_id: str, at: datetime) -> int:
    """Fen paid for goods on the promoter's own orders since the first of the month in Asia/Shanghai, before `at`."""
    start = at.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    total = connection.execute(
        select(func.coalesce(func.sum(_ORDER.c.goods_fen), 0)).where(
            _ORDER.c.promoter_id == promoter_id, _ORDER.c.placed_at >= start, _ORDER.c.placed_at < at
        )
    ).scalar_one()
    return int(total)
