"""The prices of a whole catalogue: in one batch, and good by good as orders of one line."""

from statistics import median
from time import process_time

import msgspec

from benchmarks.orders import shelf
from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.order import OrderEvent
from engine.price.price_list import price_list

ALONE = 500
"""Goods that are priced good by good, for comparison."""


class Catalogue(msgspec.Struct, frozen=True):
    """CPU microseconds per good."""

    goods: int
    batch: float
    """Goods nobody has asked for, in one batch, and"""
    batch_again: float
    """the same goods again."""
    alone: float
    """As orders of one line each."""


def catalogue(live: LiveRules, rounds: int, goods: int) -> Catalogue:
    """Price lists of fresh goods. Raises AssertionError when a list and an order of one disagree."""
    found: list[tuple[float, float, float]] = []
    for turn in range(rounds):
        looked_at = shelf(4_000 + turn, goods)
        some = [_alone(looked_at, at) for at in range(min(ALONE, goods))]
        started = process_time()
        listed = price_list(looked_at, live)
        batch = process_time() - started
        started = process_time()
        price_list(looked_at, live)
        again = process_time() - started
        started = process_time()
        priced = [evaluate_order(event, live).priced for event in some]
        alone = process_time() - started
        for event, one, expected in zip(some, priced, listed, strict=False):
            off = sum(applied.discount_fen for applied in one.applied if applied.plan.lane == "catalogue")
            assert event.lines[0].unit_price_fen * event.lines[0].quantity - off == expected.price_fen, event
        found.append((batch / goods * 1e6, again / goods * 1e6, alone / len(some) * 1e6))
    return Catalogue(goods, *(median(column) for column in zip(*found, strict=True)))


def _alone(looked_at: OrderEvent, at: int) -> OrderEvent:
    return msgspec.structs.replace(looked_at, lines=(looked_at.lines[at],))
