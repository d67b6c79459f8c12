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


SLICE = 50
"""Items a program gets before the next one has its turn."""


def interleaved(
    programs: Mapping[str, Program[Item]], rounds: int, fresh: Callable[[int], Sequence[Item]]
) -> dict[str, list[float]]:
    """Microseconds of CPU per item, by program and round.

    `fresh(n)` makes the input of round n, which every program gets slice by slice; who goes first changes each time,
    so that a disturbance meets all of them.
    """
    found: dict[str, list[float]] = {name: [] for name in programs}
    names = list(programs)
    for turn in range(rounds):
        items = fresh(turn)
        took = dict.fromkeys(names, 0.0)
        gc.collect()
        for start in range(0, len(items), SLICE):
            part = items[start : start + SLICE]
            for name in names:
                started = process_time()
                programs[name](part)
                took[name] += process_time() - started
            names.append(names.pop(0))
        for name in programs:
            found[name].append(took[name] / len(items) * 1e6)
    return found
