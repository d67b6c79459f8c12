"""`make bench-peers`: matching alone beside other rules engines and what one would write by hand.

python -m benchmarks.peers [--rules 10 100 1000] [--rounds 5] [--json]

Same generated rules, same lines of the same orders, every answer of every program held against the plain reading; who
goes first changes from round to round.  The others get their facts ready made, Fenrun reads the order event, as it does
in service: once warm, and once as a new network that has nothing remembered (made outside the time, every round).  Who
needs long for one order is asked fewer of them.
"""

import argparse
import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import process_time

import msgspec

from benchmarks import peer_zen
from benchmarks.bare_rules import BareRules
from benchmarks.generated_rules import orders
from benchmarks.machine import print_machine
from benchmarks.peer_libraries import LIBRARIES
from benchmarks.peer_rules import Fact, facts_of_order, generated_conditions, plain_rule
from benchmarks.peers_by_hand import Ask, bitset, hash_index, if_chain
from engine.conditions import Condition, holds
from engine.facts import facts_of
from engine.match.network import Network
from engine.order import OrderEvent

OURS = "Fenrun, warm"
OURS_NEW = "Fenrun, new network"
WARM_UP = 3_000
"""Orders that the warm network has seen."""
MOST_ORDERS = 100
"""Orders per round, and"""
MOST_SECONDS = 0.2
"""CPU time per program and round for those who cannot answer so many."""


class Basket(msgspec.Struct, frozen=True):
    """An order, its lines as flat facts, those as durable-rules reads them, and the right answers."""

    event: OrderEvent
    facts: list[Fact]
    encoded: list[str]
    expected: list[int]


Program = Callable[[Basket], list[int]]


class Row(msgspec.Struct, frozen=True):
    """CPU microseconds per line of an order, and the median over rounds of the ratio to ours."""

    name: str
    per_fact: float
    ratio: float
    facts: int
    """Lines per round."""


class Compared(msgspec.Struct, frozen=True):
    """One number of rules."""

    rules: int
    rows: list[Row]
    missing: list[str]
    """Libraries that are not installed."""


def compare(rules: int, rounds: int) -> Compared:
    """Every program on the same baskets. Raises AssertionError for a wrong answer."""
    conditions = generated_conditions(rules)
    bare = BareRules(conditions)
    programs, missing = _programs(rules, conditions, bare)
    probe = _baskets(rules, conditions, bare, seed=50, count=1)
    counts = {name: _count(_timed(program, probe)) for name, program in programs.items()}
    found: dict[str, list[float]] = {name: [] for name in programs}
    names = list(programs)
    for turn in range(rounds):
        baskets = _baskets(rules, conditions, bare, seed=100 + turn, count=max(counts.values()))
        programs[OURS_NEW] = _matching(Network(conditions))
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found[name].append(_timed(programs[name], baskets[: counts[name]]))
    rows = [
        Row(
            name,
            median(times),
            median(one / ours for one, ours in zip(times, found[OURS], strict=True)),
            counts[name] * len(probe[0].facts),
        )
        for name, times in found.items()
    ]
    return Compared(rules, rows, missing)


def _programs(rules: int, conditions: Sequence[Condition], bare: BareRules) -> tuple[dict[str, Program], list[str]]:
    warm = Network(conditions)
    for event in orders(rules, seed=1, count=WARM_UP):
        warm.match(event)
    plain = [plain_rule(condition) for condition in conditions]
    by_fact: dict[str, Ask] = {
        "bitset by hand": bitset(plain),
        "hash index by hand": hash_index(plain),
        "if-chain, generated": if_chain(plain),
    }
    missing: list[str] = []
    for name, make in LIBRARIES.items():
        try:
            by_fact[name] = make(plain)
        except ModuleNotFoundError:
            missing.append(name)
    programs: dict[str, Program] = {
        OURS: _matching(warm),
        OURS_NEW: _matching(Network(conditions)),
        "durable-rules, bare": lambda basket: [bare.ask(fact) for fact in basket.encoded],
    }
    for name, ask in by_fact.items():
        programs[name] = lambda basket, ask=ask: [ask(fact) for fact in basket.facts]
    for name, make_for_orders in peer_zen.BY_ORDER.items():
        try:
            ask_order = make_for_orders(plain)
        except ModuleNotFoundError:
            missing.append(name)
        else:
            programs[name] = lambda basket, ask_order=ask_order: ask_order(basket.facts)
    return programs, missing


def _matching(network: Network) -> Program:
    return lambda basket: network.match(basket.event)


def _baskets(rules: int, conditions: Sequence[Condition], bare: BareRules, seed: int, count: int) -> list[Basket]:
    return [
        Basket(
            event,
            facts_of_order(event),
            bare.facts(event),
            [_plainly(conditions, event, at) for at in range(len(event.lines))],
        )
        for event in orders(rules, seed, count)
    ]


def _plainly(conditions: Sequence[Condition], event: OrderEvent, at: int) -> int:
    facts = facts_of(event, event.lines[at])
    return sum(1 << index for index, condition in enumerate(conditions) if holds(condition, facts))


def _count(microseconds_per_fact: float) -> int:
    """How many orders of five lines a program is asked per round."""
    return max(1, min(MOST_ORDERS, int(MOST_SECONDS * 1e6 / 5 / microseconds_per_fact)))


def _timed(program: Program, baskets: Sequence[Basket]) -> float:
    """Microseconds per fact. Raises AssertionError for a wrong answer."""
    gc.collect()
    started = process_time()
    answers = [program(basket) for basket in baskets]
    took = process_time() - started
    for basket, answer in zip(baskets, answers, strict=True):
        if answer != basket.expected:
            raise AssertionError(f"wrong answer for {basket.event.order_id}: {answer}, not {basket.expected}")
    return took / sum(len(basket.facts) for basket in baskets) * 1e6


def main() -> None:
    """Measure what the arguments ask for and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description="Matching beside other engines.")
    parser.add_argument("--rules", type=int, nargs="+", default=[10, 100, 1_000], help="tens of rules")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with orders nobody has seen")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args()
    compared = [compare(rules, asked.rounds) for rules in asked.rules]
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(compared)).decode())
    else:
        print_machine()
        _print_table(compared)


def _print_table(compared: Sequence[Compared]) -> None:
    print("Matching, CPU microseconds per line of an order and ratio to Fenrun (lines per round); all answers equal\n")
    print(f"{'rules':<32}" + "".join(f"{one.rules:>30,}" for one in compared))
    for rows in zip(*(one.rows for one in compared), strict=True):
        cells = [f"{row.per_fact:,.1f} us {row.ratio:>8,.1f}x ({row.facts:>3})" for row in rows]
        print(f"{rows[0].name:<32}" + "".join(f"{cell:>30}" for cell in cells))
    if compared and compared[0].missing:
        print(f"\nNot installed, so not measured: {', '.join(compared[0].missing)} (pip install 'fenrun[bench]')")


if __name__ == "__main__":
    main()
