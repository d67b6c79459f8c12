"""Sharing out pools when their periods end, from the journal in the database."""

from datetime import datetime

from sqlalchemy import Connection

from api.problems import problem
from api.service import Service
from engine.dividend.dividend_due import first_due, remembered, shared_out, versions_by_pool
from engine.dividend.dividend_ledger import PoolLedger
from engine.dividend_set import DividendSet
from engine.errors import DividendRefused
from storage.dividends import funded_fen, holders, past_dividends
from storage.journal import first_booked, post_event


def share_out(service: Service, connection: Connection, until: datetime, now: datetime) -> None:
    """Share out every pool for every period of its own that has ended by an instant and was not shared out yet.

    Takes the journal's lock for granted.  Raises the problem 409 when a pool cannot be shared out by its rule set.
    """
    since, versions = first_booked(connection), versions_by_pool(service.book.published(connection))
    if since is None or not versions:
        return
    try:
        ledgers = _ledgers(connection, versions)
        while (due := first_due(versions, ledgers, until, since)) is not None:
            pool, rule_set, period = due
            given = funded_fen(connection, pool, period)
            event = shared_out(rule_set, ledgers[pool], period, given, holders(connection, period))
            post_event(connection, event, now)
            ledgers[pool] = remembered(ledgers[pool], event, versions[pool])
    except DividendRefused as refused:
        raise problem("dividend_refused", refused.message_zh, refused.message_en) from None


def _ledgers(connection: Connection, versions: dict[str, list[DividendSet]]) -> dict[str, PoolLedger]:
    """What each pool remembers, by its past dividends."""
    found = {pool: PoolLedger(pool) for pool in versions}
    for event in past_dividends(connection):
        if event.pool in found:
            found[event.pool] = remembered(found[event.pool], event, versions[event.pool])
    return found
