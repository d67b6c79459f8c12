"""What stands at an instant, compiled once per content: for rule sets from files and for published ones alike."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock

from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from engine.timeline import live_at

KEPT = 64
"""Most compiled live sets kept, and"""
KEPT_CONDITIONS = 20_000
"""most conditions in all of them: one takes some 35 KiB, and where most are shared with a kept one 3 to 10."""
AHEAD = 4
"""How many of the coming changes are prepared for."""


class CompiledSets:
    """Compiled rule sets by the content of all that stand together. Threads may share it."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], LiveRules] = {}
        self._lock = Lock()

    def of(self, rule_sets: Iterable[RuleSet]) -> LiveRules:
        """The compiled form of rule sets that stand together."""
        standing = tuple(rule_sets)
        key = tuple(sorted(one.header.content_hash for one in standing))
        live = self._kept.get(key)
        if live is None:
            live = self.draft(standing)  # two threads may do so at once: what they get is the same
            with self._lock:
                while len(self._kept) >= KEPT or (self._kept and self.full):
                    del self._kept[next(iter(self._kept))]  # the oldest
                self._kept[key] = live
        return live

    def draft(self, rule_sets: Sequence[RuleSet]) -> LiveRules:
        """The compiled form of rule sets that may never stand, so it is not kept. What a kept one has is not redone."""
        hashes = {one.header.content_hash for one in rule_sets}
        with self._lock:
            most_alike = max(self._kept, key=lambda key: len(hashes.intersection(key)), default=None)
            earlier = None if most_alike is None else self._kept[most_alike]
        return compile_live(rule_sets, earlier)

    @property
    def full(self) -> bool:
        """Whether keeping one more means to drop another one."""
        return sum(len(kept.conditions) for kept in list(self._kept.values())) >= KEPT_CONDITIONS


class LiveBook:
    """Rule sets with periods, answering with what stands at an instant.

    What stands changes only when a rule set starts or ends: in the stretch between two such moments the answer is
    looked up, not worked out again.
    """

    def __init__(self, rule_sets: Sequence[RuleSet], compiled: CompiledSets | None = None) -> None:
        self._rule_sets = tuple(rule_sets)
        headers = [one.header for one in rule_sets]
        starts = {header.effective_from for header in headers}
        ends = {header.effective_until for header in headers if header.effective_until is not None}
        self._changes = sorted(starts | ends)
        self._compiled = compiled or CompiledSets()
        self._stretch = self._prepared = -1
        self._live: LiveRules | None = None

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant (with an offset)."""
        stretch = bisect_right(self._changes, instant)  # how many of the changes have come
        if self._live is None or stretch != self._stretch:
            self._live = self._compiled.of(live_at(self._rule_sets, instant))
            self._stretch = stretch
        return self._live

    def prepare(self, instant: datetime) -> None:
        """Compile what stands at an instant and after each of the changes that come next, as many as can be kept."""
        coming = bisect_right(self._changes, instant)
        if coming == self._prepared:
            return
        self._prepared = coming
        for moment in (instant, *self._changes[coming : coming + AHEAD]):
            if self._compiled.full:
                break
            self._compiled.of(live_at(self._rule_sets, moment))
