"""Orders that were received, read off the journal as levels count them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, select

from engine.journal.news_reader import decode_news
from engine.journal.order_book import OrderBook
from engine.journal.order_news import OrderNews, SaleEvent
from engine.level.level_figures import DeliveredOrder
from engine.level.level_orders import by_promoter
from storage.database import table_of
from storage.journal_tables import EntryRow, EventRow
from storage.tables import OrderRecord

_EVENT, _ENTRY, _ORDER = table_of(EventRow), table_of(EntryRow), table_of(OrderRecord)
_RECEIVED: Final = select(_EVENT.c.order_id).where(
    _EVENT.c.key >= "received:",
    _EVENT.c.key < "received;",  # the character after the colon: an index can be used, which LIKE does not everywhere
    _EVENT.c.at >= bindparam("start", type_=_EVENT.c.at.type),
    _EVENT.c.at < bindparam("end", type_=_EVENT.c.at.type),
)
_EVENTS: Final = (
    select(_EVENT.c.order_id, _EVENT.c.body)
    .join(_ENTRY, _ENTRY.c.key == _EVENT.c.key)  # events that waited and then could not be true have no entry
    .join(_ORDER, _ORDER.c.order_id == _EVENT.c.order_id)
    .where(_ORDER.c.promoter_id.is_not(None), _EVENT.c.order_id.in_(_RECEIVED))
    .order_by(_EVENT.c.order_id, _EVENT.c.number)
)
_EVENTS_OF_ONE: Final = _EVENTS.where(_ORDER.c.promoter_id == bindparam("promoter"))


def delivered_orders(
    connection: Connection, start: datetime, end: datetime, promoter: str | None = None
) -> dict[str, list[DeliveredOrder]]:
    """By promoter, orders told of as received from `start` until before `end`, with all their refunds so far."""
    window = {"start": start, "end": end}
    if promoter is None:
        return by_promoter(_books(connection, _EVENTS, window))
    return by_promoter(_books(connection, _EVENTS_OF_ONE, window | {"promoter": promoter}))


def _books(connection: Connection, statement: Select[Any], values: Mapping[str, object]) -> Iterator[OrderBook]:
    rows = connection.execute(statement, values, execution_options={"stream_results": True})
    for _, alike in groupby(rows, key=lambda row: row.order_id):
        found = [decode_news(row.body) for row in alike]
        sale = next(one for one in found if isinstance(one, SaleEvent))
        book = OrderBook(sale.evaluation)
        for event in found:
            if isinstance(event, OrderNews):
                book = book.add(event)
        yield book
