"""Catalogue prices of many goods at once: one match, and the catalogue lane alone."""

from typing import NamedTuple

from engine.live import LiveRules
from engine.order import OrderEvent, RuleRef
from engine.price.basket import Basket
from engine.price.catalogue_lane import run_catalogue_lane
from engine.price.pricing import matched_entries


class ListedPrice(NamedTuple):
    """What one unit costs after price tags (fen), and the rules whose tags made it so, in key order."""

    price_fen: int
    tags: tuple[RuleRef, ...]


def price_list(goods: OrderEvent, live: LiveRules) -> list[ListedPrice]:
    """The catalogue price of every line of an event, as if each were ordered alone (clause P7).

    The event is no order but goods that are looked at: who looks, where and when, and a line for each.  A price tag
    depends on nothing that only a basket knows, so the other goods and the quantities make no difference.
    """
    entries = matched_entries(live, live.network.match(goods))
    tags = [entry for entry in entries if entry.plan.lane == "catalogue"]
    basket = Basket(goods, {}, {})
    if tags:
        run_catalogue_lane(basket, tags)
    made: list[list[RuleRef]] = [[] for _ in goods.lines]
    for applied in basket.applied:
        for part in applied.lines:
            made[part.line].append(applied.plan.ref)
    return [ListedPrice(price, tuple(refs)) for price, refs in zip(basket.unit, made, strict=True)]
