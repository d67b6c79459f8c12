"""What promotions with limits and budgets have used up in the course of a replay (clause P15)."""

import msgspec

from engine.live import LiveRules
from engine.order import Consumption, OrderEvent
from engine.ruleset import Promotion
from storage.counters import period_of


class Counters:
    """Counters by rule, counter and subject, each in its newest period: time only goes forward in a log."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str, str], tuple[str, int]] = {}
        self._live: LiveRules | None = None
        self._asked: list[tuple[str, list[str]]] = []

    def known_to(self, event: OrderEvent, live: LiveRules) -> OrderEvent:
        """The event with the counters of the live promotions; counters that it carries itself stand as they are."""
        if live is not self._live:
            self._live = live
            self._asked = [
                (promotion.counter_key, names)
                for promotion in live.promotions
                if (names := _counter_names(promotion.rule))
            ]
        counters: dict[str, dict[str, int]] = {}
        for rule, names in self._asked:
            if rule not in event.counters:
                used = {name: found for name in names if (found := self._of(event, rule, name))}
                if used:
                    counters[rule] = used
        return msgspec.structs.replace(event, counters={**counters, **event.counters}) if counters else event

    def take(self, event: OrderEvent, consumption: tuple[Consumption, ...]) -> None:
        """Use up what an order consumes."""
        for used in consumption:
            self._add(event, used, used.amount)

    def give_back(self, event: OrderEvent, consumption: tuple[Consumption, ...]) -> None:
        """Give back what an order used up (`order_status.given_back`), where the period is not over."""
        for used in consumption:
            self._add(event, used, -used.amount)

    def _of(self, event: OrderEvent, rule: str, counter: str) -> int:
        _, per, period = counter.split("/")
        then, used = self._used.get((rule, counter, _subject(event, per)), ("", 0))
        return used if then == period_of(event.placed_at, period) else 0

    def _add(self, event: OrderEvent, used: Consumption, amount: int) -> None:
        _, per, period = used.counter.split("/")
        key = (f"{used.rule_set}/{used.rule}", used.counter, _subject(event, per))
        now = period_of(event.placed_at, period)
        then, before = self._used.get(key, (now, 0))
        if then == now:
            self._used[key] = (now, before + amount)
        elif amount > 0:
            self._used[key] = (now, amount)


def _counter_names(rule: Promotion) -> list[str]:
    names = [limit.counter for limit in rule.limits]
    return names if rule.budget is None else [*names, rule.budget.counter]


def _subject(event: OrderEvent, per: str) -> str:
    if per == "buyer":
        return event.buyer.id or ""
    if per == "store":
        return event.store.id if event.store else ""
    return ""
