"""The audit of a database: its journal made again from its events, and the sums beside its orders (clause J8)."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import StatementError

from engine.journal.audit import Audit, Difference, audit
from engine.journal.entry import Tip
from engine.journal.order_book import OrderBook
from engine.journal.posting import Logged
from engine.journal.release import release_of
from storage.database import table_of
from storage.journal import account_balances, entries, log
from storage.journal_tables import EventRow
from storage.orders import recorded_figures
from storage.tables import OrderRecord

_EVENT, _ORDER = table_of(EventRow), table_of(OrderRecord)


def count_events(connection: Connection) -> int:
    """How many events an audit has to read."""
    return int(connection.execute(select(func.count()).select_from(_EVENT)).scalar_one())


def audit_journal(
    connection: Connection,
    anchor: Tip | None = None,
    watch: Callable[[Iterable[Logged]], Iterable[Logged]] = lambda rows: rows,
) -> Audit:
    """Audit all that is stored: events, entries, balances, and what is kept beside each order.

    The connection should see one moment (`storage.database.snapshot`).  `watch` may look at the events on their way,
    to show how far it has come.
    """
    found = audit(
        watch(log(connection)), entries(connection), stored_balances=account_balances(connection), anchor=anchor
    )
    if found.difference is not None:
        return found
    try:
        return found._replace(difference=next(_record_differences(connection, found.orders), None))
    except (ValueError, TypeError, StatementError) as error:
        return found._replace(difference=Difference("record", 0, "", "", "a row that can be read", str(error)))


def _record_differences(connection: Connection, orders: Mapping[str, OrderBook]) -> Iterator[Difference]:
    """What is kept beside orders and is not what their events say."""
    missing = set(orders)
    for row in connection.execute(select(_ORDER).order_by(_ORDER.c.order_id)):
        book = orders.get(row.order_id)
        if book is None:
            yield Difference("record", 0, row.order_id, "", "no order", "a record")
            continue
        missing.discard(row.order_id)
        release = release_of(book)
        expected = {**recorded_figures(book.evaluation), "release_at": None if release is None else release.at}
        for name, right in expected.items():
            if (found := getattr(row, name)) != right:
                yield Difference("record", 0, row.order_id, f"/{name}", str(right), str(found))
    for order_id in sorted(missing):
        yield Difference("record", 0, order_id, "", "a record", "no record")
