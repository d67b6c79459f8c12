"""The promotions and commissions that ship with Fenrun, compiled: what `hand_written` does by hand."""

from datetime import datetime
from pathlib import Path

from engine.live import LiveRules, compile_live
from engine.ruleset import CommissionSet, PromotionSet
from engine.timeline import live_at
from storage.rule_files import own_schemas, read_rule_sets

RULES = Path(__file__).parent.parent / "rules"
LEFT_OUT = frozenset({"live-hosts"})
"""Shares of live hosts: none of the orders measured has a host, and the function by hand knows none."""


def demo_rules(at: datetime) -> LiveRules:
    """The promotions and commissions of `rules/` that stand at an instant, but for those left out.

    Raises ValueError when a file there cannot be read.
    """
    folder = read_rule_sets(RULES, own_schemas())
    if folder.diagnostics:
        raise ValueError(f"{len(folder.diagnostics)} faults in {RULES}; see `fenrun check`")
    standing = live_at(folder.rule_sets, at)
    wanted = [one for one in standing if isinstance(one, PromotionSet | CommissionSet)]
    return compile_live([one for one in wanted if one.header.name not in LEFT_OUT])
