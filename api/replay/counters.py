"""What promotions with limits and budgets have used up in the course of a replay (clause P15)."""

import msgspec

from engine.live import LiveRules
from engine.order import Consumption, OrderEvent
from storage.counters import period_of


class Counters:
    """Counters by rule, counter and subject, each in its newest period: time only goes forward in a log."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str, str], tuple[str, int]] = {}

    def known_to(self, event: OrderEvent, live: LiveRules) -> OrderEvent:
        """The event with the counters of the live promotions; counters that it carries itself stand as they are."""
        counters: dict[str, dict[str, int]] = {}
        for promotion in live.promotions:
            rule = promotion.rule
            if promotion.counter_key in event.counters or not (rule.limits or rule.budget):
                continue
            names = [limit.counter for limit in rule.limits]
            if rule.budget is not None:
                names.append(rule.budget.counter)
            used = {name: found for name in names if (found := self._of(event, promotion.counter_key, name))}
            if used:
                counters[promotion.counter_key] = used
        return msgspec.structs.replace(event, counters={**counters, **event.counters}) if counters else event

    def take(self, event: OrderEvent, consumption: tuple[Consumption, ...]) -> None:
        """Use up what an order consumes."""
        for used in consumption:
            self._add(event, used, used.amount)

    def give_back(self, event: OrderEvent, consumption: tuple[Consumption, ...]) -> None:
        """Give back what a wholly returned order consumed, where its rules say so and the period is not over."""
        for used in consumption:
            if used.on_cancel == "give_back":
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


def _subject(event: OrderEvent, per: str) -> str:
    if per == "buyer":
        return event.buyer.id or ""
    if per == "store":
        return event.store.id if event.store else ""
    return ""
