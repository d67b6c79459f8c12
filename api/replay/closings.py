"""Periods that end in the course of a replay: statements of all payees, and pools shared out among their holders."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from api.replay.levels import Levels
from engine.dividend.dividend_due import next_due, remembered, shared_out, versions_by_pool
from engine.dividend.dividend_ledger import PoolLedger
from engine.dividend.dividend_report import fen_text
from engine.dividend_set import DividendSet
from engine.journal.entry import Entry
from engine.journal.order_news import SettledEvent
from engine.ledger import payee_account
from engine.period import Period, period_of
from engine.ruleset import RuleSet
from engine.settlement import settle, settlement_at, statements
from engine.settlement_set import SettlementSet

Json = dict[str, Any]
Post = Callable[[Any], None]
_SUMS = (
    "pending_opening_fen",
    "accrued_fen",
    "reversed_fen",
    "released_fen",
    "pending_closing_fen",
    "opening_fen",
    "clawed_back_fen",
    "dividends_fen",
    "adjustments_fen",
    "closing_fen",
)


class Due(NamedTuple):
    """A pool that is to be shared out `at` the end of a period, by the rule set that stands then."""

    at: datetime
    pool: str
    rule_set: DividendSet
    period: Period


class Settlements:
    """The periods of the settlement rule set, closed one after the other; of their statements the sums are kept."""

    def __init__(self, rule_sets: Sequence[RuleSet]) -> None:
        self.periods: list[Json] = []
        self._sets = [one for one in rule_sets if isinstance(one, SettlementSet)]
        self._open_from: datetime | None = None
        self._opening: dict[str, int] = {}

    def begin(self, at: datetime) -> None:
        """The first event of a log opens the first period."""
        self._open_from = self._open_from or at

    def period(self, now: datetime) -> Period | None:
        """The period that is open; None while no settlement rule set stands."""
        standing = None if self._open_from is None else self._standing(self._open_from, now)
        return None if standing is None or self._open_from is None else period_of(standing.period, self._open_from)

    def close(self, period: Period, entries: Iterable[Entry], balances: dict[str, int], post: Post) -> None:
        """Close a period: `entries` are those since the last closing, `balances` the accounts, which `post` moves."""
        standing = self._standing(period.start, period.end)
        assert standing is not None
        made = statements(period, entries, self._opening)
        sums: Json = {name: sum(getattr(one, name) for one in made.values()) for name in _SUMS}
        settled = 0
        for event in settle(period, made, standing.least_fen):
            post(event)
            settled += event.amount_fen if isinstance(event, SettledEvent) else 0
        sums |= {"settled_fen": settled, "carried_forward_fen": sums["closing_fen"] - settled}
        self.periods.append({"period": period.label, "statements": len(made), **sums})
        self._opening = {account: fen for account, fen in balances.items() if account.startswith("payee:")}
        self._open_from = period.end

    def _standing(self, start: datetime, now: datetime) -> SettlementSet | None:
        return settlement_at(self._sets, start) or settlement_at(self._sets, now)


class Pools:
    """The pools of the dividend rule sets. What was released into a pool by the end of a period is shared out then."""

    def __init__(self, rule_sets: Sequence[RuleSet], levels: Levels) -> None:
        self._levels = levels
        self._versions = versions_by_pool(rule_sets)
        self._ledgers = {pool: PoolLedger(pool) for pool in self._versions}
        self._shared: dict[str, list[Json]] = {pool: [] for pool in self._versions}
        self._begun: datetime | None = None

    def begin(self, at: datetime) -> None:
        """The first event of a log: no pool is shared out for an earlier period."""
        self._begun = self._begun or at

    def due(self) -> Due | None:
        """The pool that is shared out next."""
        if self._begun is None:
            return None
        found = (
            Due(due[1].end, pool, *due)
            for pool, versions in self._versions.items()
            if (due := next_due(versions, self._ledgers[pool], self._begun)) is not None
        )
        return min(found, key=lambda one: one[:2], default=None)

    def share(self, due: Due, balances: dict[str, int], post: Post) -> None:
        """Share out a pool for the period that ends now."""
        pool, period, before = due.pool, due.period, self._ledgers[due.pool]
        funded_fen = balances.get(payee_account(pool, "released"), 0) + before.paid_fen
        event = shared_out(due.rule_set, before, period, funded_fen, self._levels.holders(period))
        post(event)
        after = self._ledgers[pool] = remembered(before, event, self._versions[pool])
        self._shared[pool].append(
            {
                "period": period.label,
                "in_fen": funded_fen - before.funded_fen,
                "paid_fen": after.paid_fen - before.paid_fen,
                "carried_fen": fen_text(after.total_carried_nano),
                "owed_fen": fen_text(after.owed_nano),
                "holders": len(event.shares),
            }
        )

    def summary(self) -> list[Json]:
        """Each pool with its periods, and all it was given, paid and keeps."""
        return [
            {
                "pool": pool,
                "funded_fen": ledger.funded_fen,
                "paid_fen": ledger.paid_fen,
                "carried_fen": fen_text(ledger.total_carried_nano),
                "owed_fen": fen_text(ledger.owed_nano),
                "imbalance_nano": ledger.imbalance_nano,
                "periods": self._shared[pool],
            }
            for pool, ledger in sorted(self._ledgers.items())
        ]
