"""What a replay found, as JSON values: lines, money, rules, agents, and whether the books are right."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from api.replay.log import LineCount
from api.replay.summary import Summary
from engine.journal.audit import Difference

Json = dict[str, Any]


class Checked(NamedTuple):
    """The books checked: accounts that are off, the first difference of the audit, and the journal's size and end."""

    imbalance: dict[str, int]
    difference: Difference | None
    events: int
    entries: int
    root: str


def results(file: str, count: LineCount, summary: Summary, checked: Checked, balances: Mapping[str, int]) -> Json:
    """Everything but times and what happened period by period."""
    off, difference = checked.imbalance, checked.difference
    return {
        "ok": not off and difference is None and not count.unaccounted and summary.any_rule_applied,
        "file": file,
        "lines": {
            "read": count.read,
            "in_orders": count.in_orders,
            "in_refunds": count.in_refunds,
            "skipped": dict(sorted(count.skipped.items())),
            "skipped_in_all": count.skipped.total(),
            "unaccounted": count.unaccounted,
            "returned_beyond_sale": {"lines": count.lines_cut, "units": count.units_cut},
        },
        "orders": summary.orders,
        "order_lines": summary.order_lines,
        "refunds": summary.refunds,
        **summary.money(),
        "rules": summary.rules(),
        "not_applied": dict(sorted(summary.not_applied.items())),
        "not_accrued": dict(sorted(summary.not_accrued.items())),
        "imbalance": {
            "accounts": len(off),
            "fen": sum(abs(fen) for fen in off.values()),
            "by_account": dict(sorted(off.items(), key=lambda item: -abs(item[1]))[:20]),
        },
        "audit": {
            "ok": difference is None,
            "events": checked.events,
            "entries": checked.entries,
            "root": checked.root,
            "difference": None if difference is None else msgspec.to_builtins(difference),
        },
        "payees": payees(balances),
        "agents": _agents(summary, balances),
    }


def payees(balances: Mapping[str, int]) -> Json:
    """How many payees there are, and what they hold in all, in fen: pending, released, settled."""
    held: dict[str, int] = {"pending": 0, "released": 0, "settled": 0, "paid": 0}
    names = set()
    for account, fen in balances.items():
        if account.startswith("payee:"):
            payee, _, state = account.removeprefix("payee:").rpartition(":")
            names.add(payee)
            held[state] += fen
    return {"count": len(names), **{f"{state}_fen": fen for state, fen in held.items()}}


def _agents(summary: Summary, balances: Mapping[str, int]) -> list[Json]:
    return [
        {
            "agent": agent,
            "role": role,
            "accrued_fen": fen,
            "clawed_back_fen": summary.agents_back[role, agent],
            "settled_fen": balances.get(f"payee:{agent}:settled", 0),
            "released_fen": balances.get(f"payee:{agent}:released", 0),
            "pending_fen": balances.get(f"payee:{agent}:pending", 0),
        }
        for (role, agent), fen in sorted(summary.agents.items())
    ]
