"""The pools of a log: shared out at the end of each period, by what the books know of the holders."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from engine.dividend.dividend_due import first_due, known_by_sales, remembered, shared_out, versions_by_pool
from engine.dividend.dividend_ledger import PoolLedger
from engine.dividend.holders import Holder
from engine.dividend_set import DividendSet
from engine.journal.journal import Journal
from engine.journal.order_book import OrderBook
from engine.journal.order_news import DividendEvent
from engine.ledger import payee_account
from engine.level.level_orders import by_promoter
from engine.period import Period
from engine.ruleset import RuleSet


class LogPools:
    """What is due of each pool, and what it remembers. `people` are the holders; unless given, the promoters of orders.

    A pool that cannot be shared out is left alone from then on: see `leave`.
    """

    def __init__(self, rule_sets: Iterable[RuleSet], people: Sequence[Holder] = ()) -> None:
        self._versions = versions_by_pool(rule_sets)
        self._ledgers = {pool: PoolLedger(pool) for pool in self._versions}
        self._people = people
        self._nothing_before: datetime | None = None
        """No period ends before this instant that was not shared out; None: not known."""

    def due(self, until: datetime, since: datetime) -> tuple[str, DividendSet, Period] | None:
        """The first period of a pool that has ended by an instant and was not shared out."""
        if not self._versions or (self._nothing_before is not None and until < self._nothing_before):
            return None
        ever = datetime.max.replace(tzinfo=UTC)
        first = first_due(self._versions, self._ledgers, ever, since)
        self._nothing_before = None if first is None else first[2].end
        return None if first is None or first[2].end > until else first

    def event(self, pool: str, rule_set: DividendSet, period: Period, journal: Journal) -> DividendEvent:
        """The event that shares out a period. Raises `DividendRefused`."""
        funded_fen = journal.brought(payee_account(pool, "released"), period.end)
        return shared_out(rule_set, self._ledgers[pool], period, funded_fen, self._holders(period, journal))

    def note(self, event: DividendEvent) -> None:
        """Remember an event that was posted. Raises `DividendRefused` when no rule set shares like that."""
        if event.pool in self._ledgers:
            versions = self._versions[event.pool]
            self._ledgers[event.pool] = remembered(self._ledgers[event.pool], event, versions)
            self._nothing_before = None

    def leave(self, pool: str) -> None:
        """Share a pool out no more."""
        self._versions.pop(pool, None)
        self._ledgers.pop(pool, None)
        self._nothing_before = None

    def _holders(self, period: Period, journal: Journal) -> list[Holder]:
        first: dict[str, datetime] = {}
        last: dict[str, OrderBook] = {}
        for book in journal.orders.values():
            event = book.evaluation.event
            if event.promoter is None or event.placed_at >= period.end:
                continue
            name = event.promoter.id
            first[name] = min(first.get(name, event.placed_at), event.placed_at)
            if name not in last or last[name].evaluation.event.placed_at <= event.placed_at:
                last[name] = book
        people = self._people or [_as_of(book) for book in last.values()]
        return known_by_sales(people, period, by_promoter(journal.orders.values()), {}, first)


def _as_of(book: OrderBook) -> Holder:
    """The promoter of an order as they were then."""
    promoter = book.evaluation.event.promoter
    assert promoter is not None
    status: Literal["active", "inactive"] = "active" if promoter.status == "active" else "inactive"
    return Holder(id=promoter.id, status=status, level=promoter.level, region=promoter.region)
