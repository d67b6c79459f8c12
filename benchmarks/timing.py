"""CPU time of several programs on the same fresh input, in rounds and in turns, so that a noisy machine is fair."""

import gc
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import process_time
from typing import TypeVar

import msgspec

Item = TypeVar("Item")
Program = Callable[[Sequence[Item]], object]


class Spread(msgspec.Struct, frozen=True):
    """The middle of several rounds, and the ends."""

    median: float
    least: float
    most: float


def spread_of(values: Sequence[float]) -> Spread:
    """Median, least and most."""
    return Spread(median(values), min(values), max(values))


def interleaved(
    programs: Mapping[str, Program[Item]], rounds: int, fresh: Callable[[int], Sequence[Item]]
) -> dict[str, list[float]]:
    """Microseconds of CPU per item, by program and round.

    `fresh(n)` makes the input of round n, which every program gets; who goes first changes from round to round.
    """
    found: dict[str, list[float]] = {name: [] for name in programs}
    for turn in range(rounds):
        items = fresh(turn)
        names = list(programs)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            gc.collect()
            started = process_time()
            programs[name](items)
            found[name].append((process_time() - started) / len(items) * 1e6)
    return found
