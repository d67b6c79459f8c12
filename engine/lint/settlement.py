"""Settlement rule sets that get in each other's way."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from engine.errors import Diagnostic
from engine.lint.finding import finding
from engine.ruleset import RuleSet
from engine.settlement_set import SettlementSet

_Span = tuple[datetime, datetime | None, SettlementSet]


def settlement_findings(rule_set: SettlementSet, all_sets: Sequence[RuleSet]) -> Iterator[Diagnostic]:
    """Another settlement rule set stands at the same time: then which periods are closed rests on its name alone.

    Only rule sets of the same shop are held together: those in one folder `settlement/`.
    """
    all_sets = [one for one in all_sets if _shop(one) == _shop(rule_set)]
    own = _spans(rule_set.header.name, all_sets)
    mine = next(span for span in own if span[2] is rule_set)
    names = sorted({one.header.name for one in all_sets if isinstance(one, SettlementSet)} - {rule_set.header.name})
    for name in names:
        other = next((span for span in _spans(name, all_sets) if _meet(mine, span)), None)
        if other is not None:
            yield finding(rule_set, "L460", 1, "/kind", other=other[2].header.label)


def _shop(rule_set: RuleSet) -> str:
    return rule_set.header.file.replace("\\", "/").rpartition("/settlement/")[0]


def _spans(name: str, all_sets: Sequence[RuleSet]) -> list[_Span]:
    """When each version of a name stands: until its end, or until the next version starts."""
    versions = sorted(
        (one for one in all_sets if isinstance(one, SettlementSet) and one.header.name == name),
        key=lambda one: one.header.version,
    )
    spans: list[_Span] = []
    starts = [*(one.header.effective_from for one in versions[1:]), None]
    for one, next_start in zip(versions, starts, strict=True):
        ends = [end for end in (one.header.effective_until, next_start) if end is not None]
        spans.append((one.header.effective_from, min(ends) if ends else None, one))
    return spans


def _meet(one: _Span, other: _Span) -> bool:
    return (one[1] is None or other[0] < one[1]) and (other[1] is None or one[0] < other[1])
