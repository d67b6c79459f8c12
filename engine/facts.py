"""Fact builders: the value of every fact of the vocabulary, read from an event alone.

Types of the values: text and region codes `str`, sets `frozenset[str]`, paths `str` with `/` between steps, money fen,
rates basis points, time of day minutes after midnight, dates day ordinals, lunar dates month*100+day (a leap month
adds 50).  None means absent.  Regions become paths of their GB/T 2260 prefixes, so `under: 4301` means the city and all
below it.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from engine.calendar import SHANGHAI, day_kind, holiday, lunar
from engine.conditions import Facts, FactValue
from engine.order import Line, OrderEvent, Payee
from engine.vocabulary import WEEKDAYS

_REGION_STEPS = (2, 4, 6, 9, 12)


def region_path(code: str) -> str:
    """`430102001` -> `43/4301/430102/430102001`; trailing zero pairs of a wide code (430100) are dropped first."""
    if len(code) == 6:
        code = code.removesuffix("00").removesuffix("00") if code.endswith("00") else code
    return "/".join(code[:step] for step in _REGION_STEPS if step <= len(code))


def _region(code: str | None) -> str | None:
    return None if code is None else region_path(code)


def _day_facts(day: date) -> dict[str, Callable[[], FactValue]]:
    return {
        "weekday": lambda: WEEKDAYS[day.weekday()],
        "date": day.toordinal,
        "lunar": partial(lunar, day),
        "holiday": partial(holiday, day),
        "day_kind": partial(day_kind, day),
    }


def clock_fact(name: str, placed_at: datetime) -> FactValue:
    """A `clock.*` fact at an instant, in Asia/Shanghai; `clock.eve.*` reads the day before."""
    local = placed_at.astimezone(SHANGHAI)
    if name == "clock.time":
        return local.hour * 60 + local.minute
    eve = name.startswith("clock.eve.")
    day = local.date() - timedelta(days=1) if eve else local.date()
    return _day_facts(day)[name.rpartition(".")[2]]()


def _payee_facts(
    role: str, payee_of: Callable[[OrderEvent], Payee | None]
) -> dict[str, Callable[[OrderEvent], FactValue]]:
    def read(value_of: Callable[[Payee], FactValue]) -> Callable[[OrderEvent], FactValue]:
        def value(event: OrderEvent) -> FactValue:
            payee = payee_of(event)
            return None if payee is None else value_of(payee)

        return value

    return {
        f"{role}.id": read(lambda payee: payee.id),
        f"{role}.level": read(lambda payee: payee.level),
        f"{role}.tags": read(lambda payee: frozenset(payee.tags)),
        f"{role}.region": read(lambda payee: _region(payee.region)),
        f"{role}.period_sales": read(lambda payee: payee.period_sales_fen),
        f"{role}.repeat_rate": read(lambda payee: payee.repeat_rate_bp),
        f"{role}.refund_rate": read(lambda payee: payee.refund_rate_bp),
    }


ORDER_FACTS: dict[str, Callable[[OrderEvent], FactValue]] = {
    "order.channel": lambda event: event.channel,
    "order.list_total": lambda event: sum(line.unit_price_fen * line.quantity for line in event.lines),
    "order.units": lambda event: sum(line.quantity for line in event.lines),
    "order.line_count": lambda event: len(event.lines),
    "order.skus": lambda event: frozenset(line.sku for line in event.lines),
    "order.categories": lambda event: frozenset(line.category for line in event.lines if line.category is not None),
    "order.tags": lambda event: frozenset(tag for line in event.lines for tag in line.tags),
    "order.coupons": lambda event: frozenset(event.coupons),
    "order.region": lambda event: _region(event.delivery.region),
    "order.delivery": lambda event: event.delivery.kind,
    "order.delivery_fee": lambda event: event.delivery.fee_fen,
    "store.id": lambda event: None if event.store is None else event.store.id,
    "store.region": lambda event: None if event.store is None else _region(event.store.region),
    "store.tags": lambda event: None if event.store is None else frozenset(event.store.tags),
    "buyer.id": lambda event: event.buyer.id,
    "buyer.level": lambda event: event.buyer.level,
    "buyer.tags": lambda event: frozenset(event.buyer.tags),
    "buyer.is_new": lambda event: event.buyer.is_new,
    "buyer.nth_order": lambda event: event.buyer.nth_order,
    "buyer.region": lambda event: _region(event.buyer.region),
    **_payee_facts("promoter", lambda event: event.promoter),
    **_payee_facts("referrer", lambda event: event.referrer),
    **_payee_facts("leader", lambda event: event.leader),
    **_payee_facts("host", lambda event: event.host),
}

LINE_FACTS: dict[str, Callable[[Line], FactValue]] = {
    "line.sku": lambda line: line.sku,
    "line.product": lambda line: line.product,
    "line.category": lambda line: line.category,
    "line.tags": lambda line: frozenset(line.tags),
    "line.merchant": lambda line: line.merchant,
    "line.own_goods": lambda line: line.own_goods,
    "line.unit_price": lambda line: line.unit_price_fen,
    "line.quantity": lambda line: line.quantity,
    "line.stock": lambda line: line.stock,
    "line.days_to_expiry": lambda line: line.days_to_expiry,
}


def order_fact(event: OrderEvent, name: str) -> FactValue:
    """An order-half fact (clock included) of an event."""
    if name.startswith("clock."):
        return clock_fact(name, event.placed_at)
    return ORDER_FACTS[name](event)


def line_fact(line: Line, name: str) -> FactValue:
    """A line-half fact of one line."""
    return LINE_FACTS[name](line)


def facts_of(event: OrderEvent, line: Line) -> Facts:
    """All facts of one line of an event, by name: what the plain reading of a condition looks things up in."""

    def look_up(name: str) -> FactValue:
        return LINE_FACTS[name](line) if name.startswith("line.") else order_fact(event, name)

    return look_up
