"""When pools are shared out, from the journal alone: what a pool was given, what it remembers, what is due (clause D9).

The ledger of a pool is a fold of its `dividend` events: weights and periods stand in them, caps in the version of the
rule set that they name.  What it was given is what was ever released into it, so a return that comes late lowers the
next period, and nothing is counted twice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from engine.calendar import SHANGHAI
from engine.dividend.dividend import distribute, due_period, share_pool
from engine.dividend.dividend_event import dividend_event
from engine.dividend.dividend_ledger import PoolLedger
from engine.dividend.holders import Holder
from engine.dividend_set import DividendSet
from engine.errors import DividendRefused
from engine.journal.order_news import DividendEvent
from engine.level.level_figures import DeliveredOrder, figures
from engine.period import Period, parse_label, period_of
from engine.ruleset import RuleSet


def versions_by_pool(rule_sets: Iterable[RuleSet]) -> dict[str, list[DividendSet]]:
    """All versions of each dividend rule set by its pool, in order."""
    found: dict[str, list[DividendSet]] = {}
    for one in rule_sets:
        if isinstance(one, DividendSet):
            found.setdefault(one.pool, []).append(one)
    return {pool: sorted(found[pool], key=lambda one: one.header.version) for pool in sorted(found)}


def next_due(versions: Sequence[DividendSet], ledger: PoolLedger, since: datetime) -> tuple[DividendSet, Period] | None:
    """The period to share out next, by the version that stands, or stood last, when it ends (clause D8).

    A pool begins with the period in which its first version starts, or the books do (`since`), whichever is later.
    None when there are no versions.
    """
    if not versions:
        return None
    start = max(since, min(one.header.effective_from for one in versions))
    if ledger.periods:
        start = parse_label(ledger.periods[-1]).end
    before = _version(versions, start)
    period = due_period(before, ledger) if ledger.periods else period_of(before.period, start)
    rule_set = _version(versions, period.end - datetime.resolution)
    if rule_set.period != before.period:  # the version that changes the period does so from the last one's end on
        period = due_period(rule_set, ledger) if ledger.periods else period_of(rule_set.period, start)
    return rule_set, period


def first_due(
    versions: Mapping[str, Sequence[DividendSet]], ledgers: Mapping[str, PoolLedger], until: datetime, since: datetime
) -> tuple[str, DividendSet, Period] | None:
    """Of all pools the period that ended first, by an instant, and was not shared out; None when there is none."""
    found = [
        (pool, *due)
        for pool, of_pool in versions.items()
        if (due := next_due(of_pool, ledgers[pool], since)) is not None and due[1].end <= until
    ]
    return min(found, key=lambda one: (one[2].end, one[0]), default=None)


def shared_out(
    rule_set: DividendSet, ledger: PoolLedger, period: Period, funded_fen: int, holders: Iterable[Holder]
) -> DividendEvent:
    """The event that shares out a period. `funded_fen` is all that was released into the pool before its end.

    Raises `DividendRefused` for a period that cannot be shared out by that rule set.
    """
    found = share_pool(rule_set, ledger, period, funded_fen - ledger.funded_fen, holders)
    return dividend_event(rule_set, period, found)


def remembered(ledger: PoolLedger, event: DividendEvent, versions: Iterable[DividendSet]) -> PoolLedger:
    """The ledger after an event of its pool; the same one after an event that it knows.

    A debt is remembered as nothing at all, since nobody was entitled to anything: the next period finds it in what the
    pool was given.  Raises `DividendRefused` when the rule set of the event is not known, or shares otherwise.
    """
    if event.period in ledger.periods:
        return ledger
    rule_set = next((one for one in versions if one.header.content_hash == event.rule_set.content_hash), None)
    if rule_set is None:
        name = f"{event.rule_set.name}@{event.rule_set.version}"
        raise DividendRefused(
            "rule_set_unknown",
            event.id,
            f"{event.id} 按 {name} 分红，没有这个版本",
            f"{event.id} was shared out by {name}, which is not there",
        )
    brought = event.pool_fen + ledger.paid_fen - ledger.funded_fen
    weights = {share.holder: share.weight for share in event.shares}
    found = distribute(ledger, parse_label(event.period), brought, weights, rule_set.cap, rule_set.leaving)
    if {one.holder: one.paid_fen for one in found.shares} != {one.holder: one.amount_fen for one in event.shares}:
        raise DividendRefused(
            "dividend_differs",
            event.id,
            f"{event.id} 的各份不是规则集分出来的",
            f"the shares of {event.id} are not those of its rule set",
        )
    return found.ledger


def known_by_sales(
    people: Iterable[Holder],
    period: Period,
    orders: Mapping[str, Collection[DeliveredOrder]],
    own_accounts: Mapping[str, Collection[str]],
    first_orders: Mapping[str, datetime],
) -> list[Holder]:
    """Holders with what the books know of them, where nothing else is said.

    Own sales are those of the period (clause V3); who joined on a day that nobody noted had done so by the day of the
    first order they brought in.
    """
    found = []
    for one in people:
        own = (one.id, *own_accounts.get(one.id, ()))
        sold = figures(orders.get(one.id, ()), own, period.start, period.end, period.end).sales_fen
        first = first_orders.get(one.id)
        joined = one.joined or (None if first is None else first.astimezone(SHANGHAI).date())
        own_sales = sold if one.own_sales_fen is None else one.own_sales_fen
        found.append(msgspec.structs.replace(one, own_sales_fen=own_sales, joined=joined))
    return found


def _version(versions: Sequence[DividendSet], at: datetime) -> DividendSet:
    """The version that stands at an instant, or stood last; before the first, the first."""
    return next((one for one in reversed(versions) if one.header.effective_from <= at), versions[0])
