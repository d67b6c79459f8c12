"""Levels in the course of a replay: own sales counted as goods are received, standings reviewed when that is due."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec

from engine.calendar import SHANGHAI
from engine.dividend.holders import Holder
from engine.journal.order_book import OrderBook
from engine.level.level_figures import DeliveredOrder, Figures, figures
from engine.level.level_orders import delivered_order
from engine.level.levels import due_at, review, starting, window_of
from engine.level_set import LevelSet
from engine.order import OrderEvent, Payee
from engine.people.participants import LevelStanding
from engine.period import Period, next_period, period_of
from engine.ruleset import RuleSet
from engine.timeline import live_at

Json = dict[str, Any]
KEPT_PERIODS: Final = 2
"""Own sales are kept for the window of the next review and two periods more: for pools that are shared out later."""


class OwnSales:
    """What every promoter brought in and was received, as far back as anybody still asks."""

    def __init__(self) -> None:
        self._of: dict[str, dict[str, DeliveredOrder]] = {}

    def note(self, book: OrderBook) -> None:
        """Note an order whose goods were received, or of which something came back since."""
        promoter, order = book.evaluation.event.promoter, delivered_order(book)
        if promoter is not None and order is not None:
            self._of.setdefault(promoter.id, {})[order.order_id] = order

    def figures(self, promoter: str, start: datetime, end: datetime, as_of: datetime) -> Figures:
        """The figures of a promoter; what they bought themselves is left out."""
        return figures(self._of.get(promoter, {}).values(), (promoter,), start, end, as_of)

    def forget_before(self, instant: datetime) -> None:
        """Forget the orders received before an instant."""
        for promoter, orders in self._of.items():
            self._of[promoter] = {key: one for key, one in orders.items() if one.received_at >= instant}


class Levels:
    """The standing of every promoter of a log. Whoever comes without a level starts at the lowest."""

    def __init__(self, rule_sets: Sequence[RuleSet]) -> None:
        self.sales = OwnSales()
        self.reviews: list[Json] = []
        self._sets = [one for one in rule_sets if isinstance(one, LevelSet)]
        self._standings: dict[str, LevelStanding] = {}
        self._known: dict[str, tuple[Payee, date]] = {}
        self._next: Period | None = None

    def known_to(self, event: OrderEvent) -> OrderEvent:
        """The event with its promoter's level as last reviewed; a level that it carries itself stands as it is."""
        promoter = event.promoter
        if promoter is None:
            return event
        level_set = self._standing_set(event.placed_at)
        if level_set is not None and self._next is None:
            self._next = period_of(level_set.period, event.placed_at)
        first = self._known.get(promoter.id, (promoter, event.placed_at.astimezone(SHANGHAI).date()))[1]
        if level_set is not None and promoter.level is None:
            level = self._standings.setdefault(promoter.id, starting(level_set)).level
            promoter = msgspec.structs.replace(promoter, level=level)
            event = msgspec.structs.replace(event, promoter=promoter)
        self._known[promoter.id] = promoter, first
        return event

    def due(self) -> datetime | None:
        """When the next review is made; None while nobody is to be reviewed."""
        if self._next is None:
            return None
        level_set = self._standing_set(self._next.start) or self._standing_set(self._next.end)
        return None if level_set is None else due_at(level_set, self._next)

    def review(self) -> None:
        """Review the period that is due."""
        period = self._next
        assert period is not None
        level_set = self._standing_set(period.start) or self._standing_set(period.end)
        assert level_set is not None
        start, end = window_of(level_set, period)
        changes: Counter[str] = Counter()
        for promoter, standing in self._standings.items():
            seen = self.sales.figures(promoter, start, end, due_at(level_set, period))
            made = review(level_set, standing, seen, period)
            self._standings[promoter] = made.after
            changes[made.change] += 1
        by_level = Counter(one.level for one in self._standings.values())
        self.reviews.append(
            {
                "period": period.label,
                "reviewed_at": due_at(level_set, period).isoformat(),
                "promoters": {one.id: by_level[one.id] for one in level_set.levels},
                "changes": dict(sorted(changes.items())),
            }
        )
        self._next = next_period(level_set.period, period)
        first_asked, _ = window_of(level_set, self._next)
        for _ in range(KEPT_PERIODS):
            first_asked = period_of(level_set.period, first_asked - (first_asked.resolution)).start
        self.sales.forget_before(first_asked)

    def holders(self, period: Period) -> list[Holder]:
        """Every promoter as a possible holder of a share, as known when a period ends."""
        return [
            Holder(
                id=promoter.id,
                status=promoter.status,
                level=standing.level if (standing := self._standings.get(promoter.id)) else promoter.level,
                joined=first,
                region=promoter.region,
                own_sales_fen=self.sales.figures(promoter.id, period.start, period.end, period.end).sales_fen,
            )
            for promoter, first in self._known.values()
        ]

    def summary(self) -> Json:
        """All reviews, and how often somebody rose and fell."""
        changes = [one["changes"] for one in self.reviews]
        return {
            "promoters": len(self._standings),
            "reviews": self.reviews,
            "promoted": sum(one.get("promoted", 0) for one in changes),
            "demoted": sum(one.get("demoted", 0) for one in changes),
        }

    def _standing_set(self, at: datetime) -> LevelSet | None:
        return next((one for one in live_at(self._sets, at) if isinstance(one, LevelSet)), None)
