"""`evaluate_order` beside the hand-written function, where its time goes, and what matching costs."""

from collections.abc import Sequence
from itertools import pairwise
from time import process_time

import msgspec

from benchmarks.bare_rules import BareRules
from benchmarks.demo_rules import demo_rules
from benchmarks.hand_written import price_and_pay
from benchmarks.orders import SEASON, everyday
from benchmarks.timing import SLICE, Spread, interleaved, spread_of
from engine.earn.commission import accrue
from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.match.network import Network
from engine.order import OrderEvent, PricedOrder
from engine.price.pricing import price

LINES = 5
WARM_UP = 5_000
"""Other orders that every program sees before it is timed, as a service would have."""


class Compared(msgspec.Struct, frozen=True):
    """CPU microseconds per order, and the ratio of each round."""

    engine: Spread
    by_hand: Spread
    ratio: Spread


class Steps(msgspec.Struct, frozen=True):
    """Where the time of `evaluate_order` goes: microseconds per order."""

    match: float
    price: float
    accrue: float
    rest: float


class Matching(msgspec.Struct, frozen=True):
    """Microseconds per order of matching alone (`build_once`: in all)."""

    warm: float
    cold: float
    """With a network that has seen no order before, over the first orders it sees."""
    build_once: float
    """Making that network, once per live set."""
    bare: float
    """durable-rules asked line by line with all facts, and"""
    bare_reading: float
    """reading and encoding those facts for it."""


def fresh_orders(turn: int, count: int) -> list[OrderEvent]:
    """Orders no program has seen."""
    return list(everyday(seed=1_000 + turn, count=count, lines=LINES))


def warm_rules() -> LiveRules:
    """The demo rules, having seen other orders."""
    live = demo_rules(SEASON)
    for event in everyday(seed=1, count=WARM_UP, lines=LINES):
        evaluate_order(event, live)
        price_and_pay(event)
    return live


def compare(live: LiveRules, rounds: int, count: int) -> Compared:
    """The engine beside the hand-written function, in turns on the same orders."""

    def engine(events: Sequence[OrderEvent]) -> None:
        for event in events:
            evaluate_order(event, live)

    def by_hand(events: Sequence[OrderEvent]) -> None:
        for event in events:
            price_and_pay(event)

    found = interleaved({"engine": engine, "hand": by_hand}, rounds, lambda turn: fresh_orders(turn, count))
    ratios = [engine / hand for engine, hand in zip(found["engine"], found["hand"], strict=True)]
    return Compared(spread_of(found["engine"]), spread_of(found["hand"]), spread_of(ratios))


def steps(live: LiveRules, rounds: int, count: int) -> Steps:
    """The time of each step, measured over slices of orders; `rest` is what is left of the whole."""
    network = live.network
    masks: list[list[int]] = []
    priced: list[PricedOrder] = []

    def match(events: Sequence[OrderEvent]) -> None:
        masks[:] = [network.match(event) for event in events]

    def price_all(events: Sequence[OrderEvent]) -> None:
        priced[:] = [price(event, live, mask) for event, mask in zip(events, masks, strict=True)]

    def accrue_all(events: Sequence[OrderEvent]) -> None:
        for event, mask, one in zip(events, masks, priced, strict=True):
            accrue(event, live, mask, one)

    def whole(events: Sequence[OrderEvent]) -> None:
        for event in events:
            evaluate_order(event, live)

    programs = {"match": match, "price": price_all, "accrue": accrue_all, "whole": whole}
    found: list[tuple[float, ...]] = []
    for turn in range(rounds):
        events = fresh_orders(2_000 + turn, count)
        took = dict.fromkeys(programs, 0.0)
        for start in range(0, count, SLICE):
            for name, program in programs.items():
                started = process_time()
                program(events[start : start + SLICE])
                took[name] += process_time() - started
        each = [took[name] / count * 1e6 for name in programs]
        found.append((*each[:3], each[3] - sum(each[:3])))
    return Steps(*(spread_of(column).median for column in zip(*found, strict=True)))


def matching(live: LiveRules, rounds: int, count: int) -> Matching:
    """Matching alone: warm, with a new network, and as durable-rules would do it line by line."""
    bare = BareRules(live.conditions)
    found: list[tuple[float, ...]] = []
    for turn in range(rounds):
        events = fresh_orders(3_000 + turn, count)
        marks = [process_time()]
        network = Network(live.conditions)
        marks.append(process_time())
        for event in events:
            network.match(event)
        marks.append(process_time())
        for event in events:
            live.network.match(event)
        marks.append(process_time())
        facts = [bare.facts(event) for event in events]
        marks.append(process_time())
        for of_order in facts:
            for fact in of_order:
                bare.ask(fact)
        marks.append(process_time())
        network.close()
        found.append(tuple(end - start for start, end in pairwise(marks)))
    build, cold, warm, reading, asking = (spread_of(column).median for column in zip(*found, strict=True))
    per_order = 1e6 / count
    return Matching(warm * per_order, cold * per_order, build * 1e6, asking * per_order, reading * per_order)
