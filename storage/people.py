"""The people and places around an order, as its event names them, with what their past orders say.

One statement each, built once: making a statement costs more than running it.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, func, or_, select

from engine.calendar import SHANGHAI
from engine.order import Buyer, Payee, Store
from storage.database import table_of
from storage.directory import HostEntry, LeaderEntry, StoreEntry, entry
from storage.people_tables import StandingRow
from storage.tables import BuyerRow, Leader, OrderRecord, Promoter

_ORDER, _BUYER, _PROMOTER = table_of(OrderRecord), table_of(BuyerRow), table_of(Promoter)
_LEADER, _STANDING = table_of(Leader), table_of(StandingRow)

_PLACED: Final = select(func.count()).where(_ORDER.c.buyer_id == bindparam("buyer")).scalar_subquery()
_BUYER_WITH_COUNT: Final = select(_PLACED.label("placed"), _BUYER).select_from(
    select(bindparam("buyer").label("wanted")).subquery().outerjoin(_BUYER, _BUYER.c.id == bindparam("buyer"))
)
_MONTH_SALES: Final = (
    select(func.coalesce(func.sum(_ORDER.c.goods_fen), 0))
    .where(
        _ORDER.c.promoter_id == _PROMOTER.c.id,
        _ORDER.c.placed_at >= bindparam("month", type_=_ORDER.c.placed_at.type),
        _ORDER.c.placed_at < bindparam("at", type_=_ORDER.c.placed_at.type),
    )
    .scalar_subquery()
)
_ABOVE: Final = _PROMOTER.alias("introduced")
_REFERRER_ID: Final = (
    select(_ABOVE.c.referrer).where(_ABOVE.c.id == bindparam("promoter")).correlate(None).scalar_subquery()
)
_REVIEW: Final = _STANDING.alias("review")
_LAST_REVIEW: Final = (
    select(_REVIEW.c.number)
    .where(
        _REVIEW.c.promoter == _PROMOTER.c.id,
        _REVIEW.c.reviewed_at <= bindparam("at", type_=_REVIEW.c.reviewed_at.type),
    )
    .order_by(_REVIEW.c.number.desc())
    .limit(1)
    .correlate(_PROMOTER)
    .scalar_subquery()
)
_PROMOTER_AND_REFERRER: Final = (
    select(
        _PROMOTER,
        _MONTH_SALES.label("month_sales_fen"),
        func.coalesce(_STANDING.c.level, _PROMOTER.c.level).label("level_then"),
        _STANDING.c.repeat_rate_bp,
        _STANDING.c.refund_rate_bp,
    )
    .select_from(_PROMOTER.outerjoin(_STANDING, _STANDING.c.number == _LAST_REVIEW))
    .where(
        or_(
            _PROMOTER.c.id == bindparam("promoter"),
            _PROMOTER.c.id == _REFERRER_ID,
        )
    )
)
_AT_PICKUP_POINT: Final = select(_LEADER).where(_LEADER.c.pickup_point == bindparam("point")).order_by(_LEADER.c.id)


class Introduction(msgspec.Struct, frozen=True):
    """Who brought an order in: the promoter, and the promoter's referrer if there is one."""

    promoter: Payee
    referrer: Payee | None


def store_of(connection: Connection, store_id: str) -> Store | None:
    """The store; None if unknown."""
    found = entry(connection, StoreEntry, store_id)
    return None if found is None else Store(id=found.id, region=found.region, tags=found.tags)


def buyer_of(connection: Connection, buyer_id: str | None) -> Buyer:
    """The buyer with the count of their orders so far; one without an id is anonymous, an unknown one has no level."""
    if buyer_id is None:
        return Buyer()
    row = connection.execute(_BUYER_WITH_COUNT, {"buyer": buyer_id}).one()
    return Buyer(
        id=buyer_id,
        level=row.level,
        tags=tuple(row.tags or ()),
        region=row.region,
        is_new=row.placed == 0,
        nth_order=row.placed + 1,
    )


def introduction_by(connection: Connection, promoter_id: str, at: datetime) -> Introduction | None:
    """The promoter and their referrer as they stood at an instant: level, rates, sales of the month; None if unknown.

    Level and rates are what the last review before that instant left; without a review the level they came with.
    Sales are the fen paid for goods on the payee's own orders since the first of the month in Asia/Shanghai.
    """
    month = at.astimezone(SHANGHAI).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = connection.execute(_PROMOTER_AND_REFERRER, {"promoter": promoter_id, "month": month, "at": at})
    found = {row.id: row for row in rows}
    promoter = found.get(promoter_id)
    if promoter is None:
        return None
    referrer = found.get(promoter.referrer)
    return Introduction(_payee(promoter), None if referrer is None else _payee(referrer))


def leader_of(connection: Connection, leader_id: str) -> Payee | None:
    """The group leader; None if unknown."""
    leader = entry(connection, LeaderEntry, leader_id)
    return None if leader is None else _leader(leader)


def leader_at(connection: Connection, pickup_point: str) -> Payee | None:
    """The group leader who looks after a pickup point; None if nobody does."""
    row = connection.execute(_AT_PICKUP_POINT, {"point": pickup_point}).first()
    return None if row is None else _leader(row)


def host_of(connection: Connection, host_id: str) -> Payee | None:
    """Who presents the goods; None if unknown."""
    host = entry(connection, HostEntry, host_id)
    if host is None:
        return None
    return Payee(
        id=host.id, level=host.level, status=host.status, tags=host.tags, merchant=host.merchant, region=host.region
    )


def _leader(found: Any) -> Payee:
    return Payee(id=found.id, level=found.level, status=found.status, region=found.region)


def _payee(row: Any) -> Payee:
    return Payee(
        id=row.id,
        level=row.level_then,
        status=row.status,
        tags=tuple(row.tags),
        merchant=row.merchant,
        region=row.region,
        period_sales_fen=int(row.month_sales_fen),
        repeat_rate_bp=row.repeat_rate_bp,
        refund_rate_bp=row.refund_rate_bp,
        buyer=row.buyer,
    )
