"""Which rules stand as time goes by in a log: looked up anew only at the instants at which something starts or ends."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from api.live_rules import LiveBook
from engine.live import LiveRules
from engine.ruleset import RuleSet


class Schedule:
    """Live rules by instant. Asking again within one stretch in which nothing starts or ends costs a comparison."""

    def __init__(self, rule_sets: Sequence[RuleSet]) -> None:
        self._book = LiveBook(rule_sets)
        starts = {one.header.effective_from for one in rule_sets}
        ends = {one.header.effective_until for one in rule_sets if one.header.effective_until is not None}
        self._changes = sorted(starts | ends)
        self._from: datetime | None = None
        self._until: datetime | None = None
        self._live: LiveRules | None = None

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant (with an offset)."""
        if (
            self._live is None
            or (self._from is not None and instant < self._from)
            or (self._until is not None and instant >= self._until)
        ):
            at = bisect_right(self._changes, instant)
            self._from = self._changes[at - 1] if at else None
            self._until = self._changes[at] if at < len(self._changes) else None
            self._live = self._book.at(instant)
        return self._live
