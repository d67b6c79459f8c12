"""Quotes and price lists: evaluate without recording anything."""

from sqlalchemy import Connection

from api.answers import CatalogPage, GoodView, Quote
from api.events import QUOTE_ID, order_event, plausible, with_counters
from api.problems import FieldProblem, invalid
from api.schemas import Basket, CatalogQuery
from api.service import Service
from api.views import hinted_quote_of, quote_of
from engine.evaluate import evaluate_order
from engine.order import OrderEvent
from engine.price.price_list import ListedPrice, price_list
from storage.catalog import Filter, Good, goods_page
from storage.people import buyer_of, store_of


def quote(service: Service, connection: Connection, basket: Basket) -> Quote:
    """What a basket would cost at its `at`, or now."""
    at = plausible(basket.at, "/at") if basket.at else service.now()
    live = service.book.live_at(connection, at)
    event = order_event(connection, basket, QUOTE_ID, at, service.settings.binding)
    view = hinted_quote_of if basket.hints else quote_of
    return view(evaluate_order(with_counters(connection, event, live), live), live)


def catalog_page(service: Service, connection: Connection, query: CatalogQuery) -> CatalogPage:
    """A page of goods, each with its price after catalogue promotions for this buyer, store, channel and moment."""
    at = plausible(query.at, "?at") if query.at else service.now()
    live = service.book.live_at(connection, at)
    store = store_of(connection, query.store_id) if query.store_id else None
    if query.store_id and store is None:
        detail, detail_en = f"没有编号为 {query.store_id} 的门店", f"There is no store {query.store_id}"
        raise invalid([FieldProblem("?store_id", "unknown_store", detail, detail_en)])
    buyer = buyer_of(connection, query.buyer_id)
    found = goods_page(connection, Filter(query.category, query.merchant), query.after, query.limit + 1)
    shown = found[: query.limit]
    lines = tuple(good.line(str(number), 1) for number, good in enumerate(shown, 1))
    looked_at = OrderEvent(
        order_id=QUOTE_ID, placed_at=at, lines=lines, channel=query.channel, store=store, buyer=buyer
    )
    return CatalogPage(
        at=at,
        goods=tuple(_listed(good, price) for good, price in zip(shown, price_list(looked_at, live), strict=True)),
        next=shown[-1].sku if len(found) > query.limit else None,
    )


def _listed(good: Good, price: ListedPrice) -> GoodView:
    """The label is the last tag's: what it shows came last."""
    return GoodView(
        sku=good.sku,
        title=good.title,
        title_en=good.title_en,
        category=good.category,
        merchant=good.merchant,
        list_price_fen=good.unit_price_fen,
        price_fen=price.price_fen,
        label=(price.tags[-1].label or price.tags[-1].title) if price.tags else None,
        stock=good.stock,
    )
