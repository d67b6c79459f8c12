"""What stands at an instant, compiled once per content: for rule sets from files and for published ones alike."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime

from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from engine.timeline import live_at

KEPT = 64
"""Most compiled live sets kept, and"""
KEPT_CONDITIONS = 20_000
"""most conditions in all of them, because one takes some 35 KiB; the set in use is kept whatever its size."""


class CompiledSets:
    """Compiled rule sets by the content of all that stand together."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], LiveRules] = {}

    def of(self, rule_sets: Iterable[RuleSet]) -> LiveRules:
        """The compiled form of rule sets that stand together."""
        standing = tuple(rule_sets)
        key = tuple(sorted(one.header.content_hash for one in standing))
        live = self._kept.get(key)
        if live is None:
            conditions = sum(len(kept.conditions) for kept in self._kept.values())
            if len(self._kept) >= KEPT or conditions >= KEPT_CONDITIONS:
                self._kept.clear()
            live = self._kept[key] = compile_live(standing)
        return live


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
        self._stretch = -1
        self._live: LiveRules | None = None

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant (with an offset)."""
        stretch = bisect_right(self._changes, instant)  # how many of the changes have come
        if self._live is None or stretch != self._stretch:
            self._live = self._compiled.of(live_at(self._rule_sets, instant))
            self._stretch = stretch
        return self._live
