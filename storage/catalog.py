"""The goods for sale: what the catalogue lists and what an order's lines are made of."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, select

from engine.money import Rate
from engine.order import Line, SkuFigure
from storage.database import table_of, upsert
from storage.tables import Product

_PRODUCT = table_of(Product)
_BY_SKU = select(_PRODUCT).where(_PRODUCT.c.sku.in_(bindparam("skus", expanding=True)))


class Good(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SKU as the shop knows it. Cost, floor, VAT and commission are for the engine, never for buyers."""

    sku: str
    title: str
    unit_price_fen: int
    merchant: str
    title_en: str = ""
    product: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    floor_price_fen: int = 0
    unit_cost_fen: int | None = None
    vat_rate: Rate | None = None
    stock: int | None = None
    days_to_expiry: int | None = None
    commission: dict[str, SkuFigure] = {}

    def line(self, line_id: str, quantity: int, promoter_merchant: str | None = None) -> Line:
        """An order line of so many units, carrying all that rules may ask about the goods.

        Goods of the merchant that the promoter belongs to are the promoter's own goods.
        """
        return Line(
            line_id=line_id,
            sku=self.sku,
            unit_price_fen=self.unit_price_fen,
            quantity=quantity,
            merchant=self.merchant,
            title=self.title,
            product=self.product,
            category=self.category,
            tags=self.tags,
            floor_price_fen=self.floor_price_fen,
            unit_cost_fen=self.unit_cost_fen,
            vat_rate=self.vat_rate,
            stock=self.stock,
            days_to_expiry=self.days_to_expiry,
            own_goods=self.merchant == promoter_merchant,
            commission=self.commission,
        )


class Filter(msgspec.Struct, frozen=True):
    """Which goods a page lists: of a category or anything below it, of a merchant; None means any."""

    category: str | None = None
    merchant: str | None = None


def goods_page(connection: Connection, filter_by: Filter, after: str | None, limit: int) -> tuple[Good, ...]:
    """Up to `limit` goods in the shop's order, starting behind the SKU `after` (an unknown one: from the start)."""
    statement = select(_PRODUCT).order_by(_PRODUCT.c.position, _PRODUCT.c.sku).limit(limit)
    if filter_by.category is not None:
        statement = _under(statement, filter_by.category)
    if filter_by.merchant is not None:
        statement = statement.where(_PRODUCT.c.merchant == filter_by.merchant)
    if after is not None:
        last = connection.execute(select(_PRODUCT.c.position).where(_PRODUCT.c.sku == after)).scalar_one_or_none()
        if last is not None:
            same_place = (_PRODUCT.c.position == last) & (_PRODUCT.c.sku > after)
            statement = statement.where((_PRODUCT.c.position > last) | same_place)
    return tuple(_good(row) for row in connection.execute(statement))


def _under(statement: Select[Any], category: str) -> Select[Any]:
    below = _PRODUCT.c.category.startswith(category + "/", autoescape=True)
    return statement.where((_PRODUCT.c.category == category) | below)


def goods_by_sku(connection: Connection, skus: Iterable[str]) -> dict[str, Good]:
    """The goods of these SKUs; unknown ones are missing from the answer."""
    rows = connection.execute(_BY_SKU, {"skus": sorted(set(skus))})
    return {row.sku: _good(row) for row in rows}


def replace_goods(connection: Connection, goods: Sequence[Good]) -> None:
    """Make the catalogue exactly these goods, listed in this order."""
    connection.execute(delete(_PRODUCT).where(_PRODUCT.c.sku.not_in([good.sku for good in goods])))
    upsert(connection, _PRODUCT, [_row(position, good) for position, good in enumerate(goods)])


def _row(position: int, good: Good) -> dict[str, object]:
    values: dict[str, object] = msgspec.to_builtins(good)
    rate = values.pop("vat_rate")
    assert rate is None or isinstance(rate, dict)
    return values | {
        "position": position,
        "vat_num": None if rate is None else rate["num"],
        "vat_den": None if rate is None else rate["den"],
    }


def _good(row: Row[Any]) -> Good:
    return Good(
        sku=row.sku,
        title=row.title,
        unit_price_fen=row.unit_price_fen,
        merchant=row.merchant,
        title_en=row.title_en,
        product=row.product,
        category=row.category,
        tags=tuple(row.tags),
        floor_price_fen=row.floor_price_fen,
        unit_cost_fen=row.unit_cost_fen,
        vat_rate=None if row.vat_num is None else Rate(row.vat_num, row.vat_den),
        stock=row.stock,
        days_to_expiry=row.days_to_expiry,
        commission=msgspec.convert(row.commission, dict[str, SkuFigure]),
    )
