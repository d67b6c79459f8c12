"""Quotes and price lists: evaluate without recording anything."""

from datetime import datetime

from sqlalchemy import Connection

from api.answers import CatalogPage, GoodView, Quote
from api.events import QUOTE_ID, order_event, plausible, with_counters
from api.problems import FieldProblem, invalid
from api.schemas import Basket, CatalogQuery
from api.service import Service
from api.views import hinted_quote_of, quote_of
from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.order import Buyer, OrderEvent, Store
from storage.catalog import Filter, Good, goods_page
from storage.people import buyer_of, store_of


def quote(service: Service, connection: Connection, basket: Basket) -> Quote:
    """What a basket would cost at its `at`, or now."""
    at = plausible(basket.at, "/at") if basket.at else service.now()
    live = service.book.live_at(connection, at)
    event = with_counters(connection, order_event(connection, basket, QUOTE_ID, at), live)
    view = hinted_quote_of if basket.hints else quote_of
    return view(evaluate_order(event, live), live)


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
    return CatalogPage(
        at=at,
        goods=tuple(_tagged(good, at, query.channel, store, buyer, live) for good in shown),
        next=shown[-1].sku if len(found) > query.limit else None,
    )


def _tagged(
    good: Good, at: datetime, channel: str | None, store: Store | None, buyer: Buyer, live: LiveRules
) -> GoodView:
    """One unit by itself: a catalogue price is the same in a list and in a basket (clause P7)."""
    event = OrderEvent(
        order_id=QUOTE_ID, placed_at=at, lines=(good.line("1", 1),), channel=channel, store=store, buyer=buyer
    )
    tags = [one for one in evaluate_order(event, live).priced.applied if one.plan.lane == "catalogue"]
    return GoodView(
        sku=good.sku,
        title=good.title,
        title_en=good.title_en,
        category=good.category,
        merchant=good.merchant,
        list_price_fen=good.unit_price_fen,
        price_fen=good.unit_price_fen - sum(one.discount_fen for one in tags),
        label=(tags[-1].plan.ref.label or tags[-1].plan.ref.title) if tags else None,
        stock=good.stock,
    )
