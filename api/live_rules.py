"""Live rules from files: which rule sets stand at an instant, compiled once per content."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from engine.timeline import live_at

KEPT = 64
"""Most compiled live sets kept, and"""
KEPT_CONDITIONS = 20_000
"""most conditions in all of them, because one takes some 35 KiB; the set in use is kept whatever its size."""


class LiveBook:
    """The rule sets of a folder, answering with what stands at an instant; compiled sets are kept by content hash.

    What stands changes only when a rule set starts or ends; between two such moments it is looked up, not worked out.
    """

    def __init__(self, rule_sets: Sequence[RuleSet]) -> None:
        self._rule_sets = tuple(rule_sets)
        headers = [one.header for one in rule_sets]
        starts = {header.effective_from for header in headers}
        ends = {header.effective_until for header in headers if header.effective_until is not None}
        self._changes = sorted(starts | ends)
        self._compiled: dict[tuple[str, ...], LiveRules] = {}
        self._between: dict[int, LiveRules] = {}

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant (with an offset)."""
        changed = bisect_right(self._changes, instant)  # how many of the changes have come
        live = self._between.get(changed)
        if live is None:
            live = self._between[changed] = self._compile(instant)
        return live

    def _compile(self, instant: datetime) -> LiveRules:
        standing = live_at(self._rule_sets, instant)
        key = tuple(one.header.content_hash for one in standing)
        if key not in self._compiled:
            conditions = sum(len(live.conditions) for live in self._compiled.values())
            if len(self._compiled) >= KEPT or conditions >= KEPT_CONDITIONS:
                self._compiled.clear()
                self._between.clear()
            self._compiled[key] = compile_live(standing)
        return self._compiled[key]
