"""`make bench-scale`: what an order costs, and compiling, as the rules that stand grow from ten to ten thousand.

python -m benchmarks.scale [--rules 10 100 1000 10000] [--campaigns 1000] [--rounds 5] [--orders 300] [--json]

Every size is measured in a process of its own, so that its memory is its own. The marketplace grows with its rules:
see `benchmarks/generated_rules.py`.
"""

import argparse
import gc
import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from unittest.mock import patch

import durable_rules_engine
import msgspec

from benchmarks.generated_campaigns import campaigns
from benchmarks.generated_rules import orders, rule_sets
from benchmarks.machine import print_machine
from engine.evaluate import evaluate_order
from engine.live import LiveRules, compile_live
from engine.order import OrderEvent
from engine.ruleset import RuleSet

ROOT = Path(__file__).parent.parent
LINES = 5
WARM_UP = 5_000
"""Orders that are matched before fresh ones are timed."""
MARKETPLACE = 100
"""Campaigns name no merchant; their orders come from a marketplace of so many rules."""


class Measured(msgspec.Struct, frozen=True):
    """One size. Times are CPU: milliseconds to compile, microseconds per order of five lines."""

    name: str
    rules: int
    rule_sets: int
    compile_ms: float
    publish_ms: float
    """Compiling with one rule set more, given what is compiled: what publishing it costs."""
    publish_shards: int
    """How many shards that makes."""
    memory_mib: float
    """Resident memory that compiling added, and"""
    memory_used_mib: float
    """what compiling and all orders here added."""
    shards: int
    warnings: int
    holding: float
    """Conditions that hold per line."""
    match_first: float
    """The first orders a new network sees,"""
    match_fresh: float
    """orders nobody has seen, once it is warm, and"""
    match_again: float
    """the same ones again."""
    evaluate_fresh: float
    evaluate_again: float


def measure(name: str, sets: Sequence[RuleSet], marketplace: int, asked: argparse.Namespace) -> Measured:
    """Compile rule sets and send them orders of a marketplace of so many rules."""

    def fresh(seed: int, count: int) -> list[OrderEvent]:
        return list(orders(marketplace, seed, count, LINES))

    compile_live(sets[:2])  # what is loaded only once is not counted
    warm_up, further = fresh(1, asked.orders), fresh(2, WARM_UP)
    before = _resident_mib()
    live, compile_ms, shards = _compiled(sets[:-1])
    memory_mib = _resident_mib() - before
    first = _per_order(live.network.match, warm_up)
    for event in further:
        live.network.match(event)
    times: list[tuple[float, ...]] = []
    for turn in range(asked.rounds):
        some, others = fresh(100 + turn, asked.orders), fresh(200 + turn, asked.orders)
        match, evaluate = live.network.match, partial(evaluate_order, live=live)
        times.append(
            tuple(
                _per_order(do, events)
                for do, events in zip((match, match, evaluate, evaluate), (some, some, others, others), strict=True)
            )
        )
    memory_used_mib = _resident_mib() - before
    published = [_compiled(sets, live)[1:] for _ in range(asked.rounds)]
    return Measured(
        name,
        len(live.promotions) + sum(len(one.rules) for one in live.commissions),
        len(live.rule_sets),
        compile_ms,
        median(took for took, _ in published),
        published[0][1],
        memory_mib,
        memory_used_mib,
        shards,
        len(live.network.warnings),
        _holding(live, further[:200]),
        first,
        *(median(column) for column in zip(*times, strict=True)),
    )


def _compiled(sets: Sequence[RuleSet], earlier: LiveRules | None = None) -> tuple[LiveRules, float, int]:
    """What stands, the milliseconds it took, and how many shards the rules engine made for it."""
    create, made = durable_rules_engine.create_ruleset, itertools.count()

    def counting(*arguments: object) -> object:
        next(made)
        return create(*arguments)

    gc.collect()
    with patch.object(durable_rules_engine, "create_ruleset", counting):
        started = process_time()
        live = compile_live(sets, earlier)
        took = (process_time() - started) * 1e3
    gc.collect()
    return live, took, next(made)


def _per_order(do: Callable[[OrderEvent], object], events: Sequence[OrderEvent]) -> float:
    gc.collect()
    started = process_time()
    for event in events:
        do(event)
    return (process_time() - started) / len(events) * 1e6


def _holding(live: LiveRules, events: Sequence[OrderEvent]) -> float:
    return sum(mask.bit_count() for event in events for mask in live.network.match(event)) / len(events) / LINES


def _resident_mib() -> float:
    """Resident memory of this process, as Linux tells it."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Measure what the arguments ask for and print it."""
    asked = _arguments()
    if asked.only is not None:
        print(msgspec.json.encode(_one(asked)).decode())
        return
    names = [*map(str, asked.rules), *(["campaigns"] if asked.campaigns else [])]
    measured = [_in_own_process(name) for name in names]
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(measured)).decode())
    else:
        print_machine()
        _print_table(measured)


def _one(asked: argparse.Namespace) -> Measured:
    if asked.only == "campaigns":
        return measure(f"{asked.campaigns:,} campaigns", campaigns(asked.campaigns + 1), MARKETPLACE, asked)
    rules = int(asked.only)
    return measure(f"{rules:,} rules", rule_sets(rules + 10)[:-1], rules, asked)


def _in_own_process(name: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.scale", *sys.argv[1:], "--only", name]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Measured)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description="How cost grows with the rules.")
    parser.add_argument(
        "--rules", type=int, nargs="*", default=[10, 100, 1_000, 10_000], help="tens of rules that stand"
    )
    parser.add_argument("--campaigns", type=int, default=1_000, help="live campaigns; 0 leaves them out")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, each with orders nobody has seen")
    parser.add_argument("--orders", type=int, default=300, help="orders per round")
    parser.add_argument("--only", help=argparse.SUPPRESS)  # what a process of its own measures
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def _print_table(measured: Sequence[Measured]) -> None:
    print("Orders of five lines; CPU time per order, median of rounds; memory as resident\n")
    _row("", [one.name for one in measured])
    _row("conditions that hold per line", [f"{one.holding:.2f}" for one in measured])
    _row("match: first orders of a network", [f"{one.match_first:,.1f} us" for one in measured])
    _row("match: fresh orders, warm", [f"{one.match_fresh:,.1f} us" for one in measured])
    _row("match: the same again", [f"{one.match_again:,.1f} us" for one in measured])
    _row("evaluate_order: fresh orders", [f"{one.evaluate_fresh:,.1f} us" for one in measured])
    _row("evaluate_order: the same again", [f"{one.evaluate_again:,.1f} us" for one in measured])
    _row("compile everything, cold", [f"{one.compile_ms:,.0f} ms" for one in measured])
    _row("... per 1,000 rules", [_per_thousand(one, one.compile_ms, "ms") for one in measured])
    _row("publish one set more", [f"{one.publish_ms:,.0f} ms" for one in measured])
    _row("... shards it makes, of all", [f"{one.publish_shards} of {one.shards}" for one in measured])
    _row("memory, compiled", [f"{one.memory_mib:,.1f} MiB" for one in measured])
    _row("memory, used", [f"{one.memory_used_mib:,.1f} MiB" for one in measured])
    _row("... per 1,000 rules", [_per_thousand(one, one.memory_used_mib, "MiB") for one in measured])
    _row("warnings", [str(one.warnings) for one in measured])


def _per_thousand(one: Measured, figure: float, unit: str) -> str:
    return f"{figure / one.rules * 1_000:,.1f} {unit}" if one.rules >= 1_000 else "-"


def _row(title: str, cells: Sequence[str]) -> None:
    print(f"{title:<34}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
