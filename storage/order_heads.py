"""Recorded orders in short: when they were placed, and by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from storage.database import table_of
from storage.tables import OrderRecord

_ORDER = table_of(OrderRecord)
_HEADS: Final = select(_ORDER.c.order_id, _ORDER.c.placed_at, _ORDER.c.buyer_id).where(
    _ORDER.c.order_id.in_(bindparam("orders", expanding=True))
)
_AT_ONCE: Final = 500
"""Ids asked for in one statement: databases limit its parameters."""


class OrderHead(msgspec.Struct, frozen=True):
    """When an order was placed, and by whom."""

    order_id: str
    placed_at: datetime
    buyer_id: str | None


def order_heads(connection: Connection, order_ids: Sequence[str]) -> dict[str, OrderHead]:
    """The heads of orders by id; those that are not recorded are left out."""
    found: dict[str, OrderHead] = {}
    for start in range(0, len(order_ids), _AT_ONCE):
        for row in connection.execute(_HEADS, {"orders": order_ids[start : start + _AT_ONCE]}):
            found[row.order_id] = OrderHead(row.order_id, row.placed_at, row.buyer_id)
    return found
