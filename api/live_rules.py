"""Live rules from files: which rule sets stand at an instant, compiled once per content."""

from collections.abc import Sequence
from datetime import datetime

from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from engine.timeline import live_at

KEPT = 64


class LiveBook:
    """The rule sets of a folder, answering with what stands at an instant; compiled sets are kept by content hash."""

    def __init__(self, rule_sets: Sequence[RuleSet]) -> None:
        self._rule_sets = tuple(rule_sets)
        self._compiled: dict[tuple[str, ...], LiveRules] = {}

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant (with an offset)."""
        standing = live_at(self._rule_sets, instant)
        key = tuple(one.header.content_hash for one in standing)
        if key not in self._compiled:
            if len(self._compiled) >= KEPT:
                self._compiled.clear()
            self._compiled[key] = compile_live(standing)
        return self._compiled[key]
