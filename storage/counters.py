"""What promotions have used up: read for an evaluation, taken when its order is recorded.

A counter is one row per (rule set, rule, counter, subject, period).  Taking is one guarded statement per counter:
it fails when another order was faster, and the caller evaluates again.  So two orders never both get the last use, on
SQLite as on PostgreSQL, and orders that touch different counters do not wait for each other.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, case, select

from engine.calendar import SHANGHAI
from engine.live import LiveRules
from engine.order import Consumption, OrderEvent
from storage.database import insert_into, table_of
from storage.tables import Counter

_COUNTER = table_of(Counter)
_AMONG = select(_COUNTER).where(
    _COUNTER.c.rule_set.in_(bindparam("rule_sets", expanding=True)),
    _COUNTER.c.subject.in_(bindparam("subjects", expanding=True)),
    _COUNTER.c.period.in_(bindparam("periods", expanding=True)),
)


class CounterMoved(Exception):
    """Another order has used a counter up since it was read: evaluate again with fresh counters."""


class CounterKey(msgspec.Struct, frozen=True, order=True):
    """One counter of one rule, for one subject in one period."""

    rule_set: str
    rule: str
    counter: str
    subject: str
    period: str


def read_counters(connection: Connection, live: LiveRules, event: OrderEvent) -> dict[str, dict[str, int]]:
    """The counters that the live promotions may ask for, as `OrderEvent.counters` wants them; zeros are left out."""
    wanted = {key for key, _ in _limits(live, event)}
    if not wanted:
        return {}
    parts = {
        "rule_sets": sorted({key.rule_set for key in wanted}),
        "subjects": sorted({key.subject for key in wanted}),
        "periods": sorted({key.period for key in wanted}),
    }
    found: dict[str, dict[str, int]] = {}
    for rule_set, rule, counter, subject, period, used in connection.execute(_AMONG, parts):
        if CounterKey(rule_set, rule, counter, subject, period) in wanted:
            found.setdefault(f"{rule_set}/{rule}", {})[counter] = used
    return found


def take(connection: Connection, live: LiveRules, event: OrderEvent, consumption: Iterable[Consumption]) -> None:
    """Use counters up for an order. Raises CounterMoved when a limit would be passed: then nothing may be committed.

    Counters are taken in the order of their keys, so that two orders cannot wait for each other in a circle.
    """
    limits = dict(_limits(live, event))
    taken: dict[CounterKey, int] = {}
    for used in consumption:
        key = _key(event, used.rule_set, used.rule, used.counter)
        taken[key] = taken.get(key, 0) + used.amount
    for key in sorted(taken):
        if taken[key] > limits[key]:
            raise CounterMoved(key)
        fresh = insert_into(connection, _COUNTER).values(**msgspec.structs.asdict(key), used=taken[key])
        after = _COUNTER.c.used + fresh.excluded.used
        statement = fresh.on_conflict_do_update(
            index_elements=list(_COUNTER.primary_key.columns), set_={"used": after}, where=after <= limits[key]
        )
        if connection.execute(statement.returning(_COUNTER.c.used)).first() is None:
            raise CounterMoved(key)


def give_back(connection: Connection, event: OrderEvent, consumption: Iterable[Consumption]) -> None:
    """Give counters back that an order took: it was cancelled, or all of it was returned. None falls below zero."""
    for used in consumption:
        key = _key(event, used.rule_set, used.rule, used.counter)
        same = [_COUNTER.c[name] == value for name, value in msgspec.structs.asdict(key).items()]
        left = case((_COUNTER.c.used > used.amount, _COUNTER.c.used - used.amount), else_=0)
        connection.execute(_COUNTER.update().where(*same).values(used=left))


def _limits(live: LiveRules, event: OrderEvent) -> Iterable[tuple[CounterKey, int]]:
    """Every counter of the live promotions that this order would use, with its limit."""
    for promotion in live.promotions:
        rule, name = promotion.rule, promotion.ref.rule_set
        for limit in rule.limits:
            yield _key(event, name, rule.id, limit.counter), limit.uses
        if rule.budget is not None:
            yield _key(event, name, rule.id, rule.budget.counter), rule.budget.amount_fen


def _key(event: OrderEvent, rule_set: str, rule: str, counter: str) -> CounterKey:
    _, per, period = counter.split("/")
    return CounterKey(rule_set, rule, counter, _subject(event, per), period_of(event.placed_at, period))


def _subject(event: OrderEvent, per: str) -> str:
    if per == "buyer":
        return event.buyer.id or ""
    if per == "store":
        return event.store.id if event.store else ""
    return ""


def period_of(at: datetime, period: str) -> str:
    """The day, ISO week or month of an instant in Asia/Shanghai: `2026-10-02`, `2026-W40`, `2026-10`; '' is ever."""
    day = at.astimezone(SHANGHAI).date()
    if period == "day":
        return day.isoformat()
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{day.year}-{day.month:02d}" if period == "month" else ""
