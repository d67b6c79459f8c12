"""`evaluate_order` where a thousand rules stand, beside one function with an `if` for each of them."""

from collections.abc import Sequence

import msgspec

from benchmarks.generated_rules import orders, rule_sets
from benchmarks.many_by_hand import figures_of, if_chain_function
from benchmarks.timing import Spread, interleaved, spread_of
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.order import OrderEvent

WARM_UP = 5_000
"""Other orders that both have seen before they are timed."""


class ManyRules(msgspec.Struct, frozen=True):
    """CPU microseconds per order, and the ratio of each round."""

    rules: int
    engine: Spread
    if_chain: Spread
    ratio: Spread


def many_rules(rules: int, rounds: int, count: int) -> ManyRules:
    """Both on the same fresh orders in turns. Raises AssertionError where their figures differ."""
    sets = rule_sets(rules)
    live, by_hand = compile_live(sets), if_chain_function(sets)

    def fresh(turn: int) -> list[OrderEvent]:
        return list(orders(rules, 100 + turn, count))

    def engine(events: Sequence[OrderEvent]) -> None:
        for event in events:
            evaluate_order(event, live)

    def if_chain(events: Sequence[OrderEvent]) -> None:
        for event in events:
            by_hand(event)

    for program in (engine, if_chain):
        program(list(orders(rules, 1, WARM_UP)))
    found = interleaved({"engine": engine, "chain": if_chain}, rounds, fresh)
    for event in (event for turn in range(rounds) for event in fresh(turn)):
        ours, theirs = figures_of(evaluate_order(event, live)), by_hand(event)
        if ours != theirs:
            raise AssertionError(f"{event.order_id}: {ours}, by hand {theirs}")
    ratios = [ours / theirs for ours, theirs in zip(found["engine"], found["chain"], strict=True)]
    return ManyRules(rules, spread_of(found["engine"]), spread_of(found["chain"]), spread_of(ratios))
