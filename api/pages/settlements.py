"""The periods, and everybody's figures of one, as the operator's pages show them."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection

from api.pages.payee_names import payee_names
from api.pages.statement import neighbours, statement_href
from api.problems import problem
from api.service import Service
from api.settling import is_closed, period_named, statements_of
from engine.journal.order_news import ClosedEvent
from engine.period import Period, period_of
from engine.settlement import Statement, settlement_at
from storage.journal import closed_periods, first_booked


class PeriodList(msgspec.Struct, frozen=True):
    """The period that is open, if anything was booked, and the closed ones, the newest first."""

    open: Period | None
    closed: tuple[Period, ...]


class Row(msgspec.Struct, frozen=True):
    """One payee's figures; `width` is the bar of what was payable, in thousandths of the greatest."""

    name: str
    href: str
    statement: Statement
    width: int


class SettlementPage(msgspec.Struct, frozen=True):
    """Everybody's figures of a period, the greatest first, pools last; and what people's figures come to."""

    period: Period
    closed: bool
    before: Period | None
    after: Period | None
    people: tuple[Row, ...]
    pools: tuple[Row, ...]
    total: dict[str, int]


_SUMMED: Final = (
    "opening_fen",
    "released_fen",
    "clawed_back_fen",
    "dividends_fen",
    "adjustments_fen",
    "closing_fen",
    "settled_fen",
    "carried_forward_fen",
    "pending_closing_fen",
)


def period_list(service: Service, connection: Connection) -> PeriodList:
    """All periods that have statements."""
    closings = closed_periods(connection)
    closed = tuple(period_named(one.id) for one in reversed(closings))
    return PeriodList(_open(service, connection, closings), closed)


def settlement_page(connection: Connection, label: str) -> SettlementPage:
    """Everybody's figures of a period, closed or open. Raises the problem 404 when nobody has any."""
    period = period_named(label)
    found = statements_of(connection, period)
    if not found:
        raise problem("not_found", f"{label} 没有账", f"There is nothing in {label}")
    closed = is_closed(connection, period)
    before, after = neighbours(closed_periods(connection), period, closed=closed)
    names = payee_names(connection)
    most = max(1, *(one.closing_fen for one in found.values()))
    rows = [
        Row(names.get(payee, payee), statement_href(label, payee), one, 1000 * max(0, one.closing_fen) // most)
        for payee, one in sorted(found.items(), key=lambda item: (-item[1].closing_fen, item[0]))
    ]
    people = tuple(row for row in rows if not row.statement.payee.startswith("pool:"))
    return SettlementPage(
        period,
        closed,
        before,
        after,
        people,
        tuple(row for row in rows if row.statement.payee.startswith("pool:")),
        {name: sum(getattr(row.statement, name) for row in people) for name in _SUMMED},
    )


def _open(service: Service, connection: Connection, closings: Sequence[ClosedEvent]) -> Period | None:
    if closings:
        return neighbours(closings, period_named(closings[-1].id), closed=True)[1]
    first = first_booked(connection)
    rules = None if first is None else settlement_at(service.book.published(connection), service.now())
    return None if first is None or rules is None else period_of(rules.period, first)
