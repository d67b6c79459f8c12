"""Which functions of the engine an order spends its time in, by their own time: what they call is not counted."""

import cProfile
import pstats
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.order import OrderEvent

ROOT = Path(__file__).parent.parent


class OwnTime(msgspec.Struct, frozen=True):
    """One function: its part of all own time (0 to 1), and how often an order calls it.

    The profiler takes time at each call, so small functions look larger than they are; built-ins count with their
    callers.
    """

    function: str
    part: float
    calls: float


def own_times(live: LiveRules, events: Sequence[OrderEvent], most: int = 12) -> list[OwnTime]:
    """The functions with most own time, the first first."""
    profile = cProfile.Profile(builtins=False)
    profile.enable()
    for event in events:
        evaluate_order(event, live)
    profile.disable()
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # typeshed leaves it out
    whole = sum(own for _, _, own, _, _ in stats.values())
    slowest = sorted(stats.items(), key=lambda one: -one[1][2])[:most]
    return [
        OwnTime(f"{_place(file)}:{name}", own / whole, calls / len(events))
        for (file, _, name), (_, calls, own, _, _) in slowest
    ]


def _place(file: str) -> str:
    path = Path(file)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
