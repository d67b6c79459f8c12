"""What sharing out a pool rests on, from the database: what it was given, its past dividends, and its holders."""

from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from engine.dividend.dividend_due import known_by_sales
from engine.dividend.holders import Holder
from engine.journal.news_reader import decode_news
from engine.journal.order_news import DividendEvent
from engine.ledger import payee_account
from engine.period import Period
from storage.database import table_of
from storage.deliveries import delivered_orders
from storage.journal_tables import EntryRow, EventRow, PostingRow
from storage.standings import participants
from storage.tables import OrderRecord

_EVENT, _ENTRY, _POSTING = table_of(EventRow), table_of(EntryRow), table_of(PostingRow)
_ORDER = table_of(OrderRecord)
_SHARED: Final = (
    select(_EVENT.c.body)
    .join(_ENTRY, _ENTRY.c.key == _EVENT.c.key)
    .where(_ENTRY.c.kind == "dividend")
    .order_by(_EVENT.c.number)
)
_FIRST_ORDERS: Final = (
    select(_ORDER.c.promoter_id, func.min(_ORDER.c.placed_at))
    .where(
        _ORDER.c.promoter_id.is_not(None),
        _ORDER.c.placed_at < bindparam("end", type_=_ORDER.c.placed_at.type),
    )
    .group_by(_ORDER.c.promoter_id)
)


def past_dividends(connection: Connection) -> list[DividendEvent]:
    """All dividends that were posted, in order."""
    found = (decode_news(body) for body in connection.execute(_SHARED).scalars())
    return [one for one in found if isinstance(one, DividendEvent)]


def funded_fen(connection: Connection, pool: str, period: Period) -> int:
    """All that was released into a pool before the end of a period, less what returns took."""
    account, total = payee_account(pool, "released"), 0
    for column, sign in ((_POSTING.c.source, -1), (_POSTING.c.destination, 1)):
        statement = select(func.coalesce(func.sum(_POSTING.c.amount_fen), 0)).join(_ENTRY)
        counted = statement.where(column == account, _ENTRY.c.kind != "dividend", _ENTRY.c.booked_at < period.end)
        total += sign * int(connection.execute(counted).scalar_one())
    return total


def holders(connection: Connection, period: Period) -> list[Holder]:
    """All promoters as a pool sees them at the end of a period: standing, region, own sales, first own order."""
    found = participants(connection)
    people = [
        Holder(
            id=one.id,
            status=one.status,
            level=None if one.standing is None else one.standing.level,
            region=one.region,
        )
        for one in found
    ]
    own_accounts = {one.id: (one.buyer,) for one in found if one.buyer is not None}
    first = {promoter: at for promoter, at in connection.execute(_FIRST_ORDERS, {"end": period.end})}  # noqa: C416
    return known_by_sales(people, period, delivered_orders(connection, period.start, period.end), own_accounts, first)
