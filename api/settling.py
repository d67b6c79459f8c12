"""Closing periods and telling statements, from the journal in the database."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection

from api.book_answers import (
    Closed,
    Figures,
    PeriodName,
    Settlement,
    SettlementList,
    StatementAnswer,
    StatementEntry,
)
from api.problems import FieldProblem, invalid, problem
from api.service import Service
from api.sharing import share_out
from engine.describe.statement import PART_TITLES, say_line
from engine.describe.values import Words
from engine.errors import PeriodRefused
from engine.journal.order_book import OrderBook
from engine.journal.order_news import PayeeNews
from engine.journal.release import release_of
from engine.period import Period, parse_label, period_of
from engine.settlement import Statement, StatementLine, settle, settlement_at, statements
from engine.settlement_set import SettlementSet
from storage.database import write
from storage.journal import (
    account_balances,
    closed_periods,
    closed_until,
    due_releases,
    entries,
    event_behind,
    first_booked,
    lock_journal,
    order_book,
    post_event,
)


def close_periods(service: Service, until: datetime) -> Closed:
    """Release what is due, share out pools, and close every period that has ended by an instant; a transaction each.

    Nothing to close is no fault: the same call again answers with nothing.  Raises the problem 409 when no settlement
    rule set stands, and 422 for an instant in the future.
    """
    now = service.now()
    if until > now:
        raise invalid(
            [FieldProblem("/until", "in_the_future", "不能结到将来", "Periods cannot be closed ahead of time")]
        )
    found: list[Settlement] = []
    released = 0
    while True:
        with write(service.database) as connection:
            lock_journal(connection)
            period = _open_period(service, connection, until)
            end = until if period is None else min(period.end, until)
            released += _release(connection, end, now)
            if period is None or period.end > until:
                share_out(service, connection, until, now)
                return Closed(settlements=tuple(found), released=released)
            share_out(service, connection, period.end - datetime.resolution, now)
            found.append(_close(service, connection, period, until, now))


def settlements(connection: Connection) -> SettlementList:
    """All closed periods, the newest first."""
    return SettlementList(
        settlements=tuple(
            PeriodName(period=one.id, start=one.start, end=one.end) for one in reversed(closed_periods(connection))
        )
    )


def settlement(connection: Connection, label: str) -> Settlement:
    """A closed period with everybody's figures. Raises the problem 404."""
    period = period_named(label)
    if not is_closed(connection, period):
        raise problem("not_found", f"{label} 没有结账", f"The period {label} is not closed")
    return Settlement(
        period=_name(period), statements=tuple(figures_of(one) for one in statements_of(connection, period).values())
    )


def statement_of(connection: Connection, payee: str, label: str) -> StatementAnswer:
    """One payee's statement of a period, closed or still open. Raises the problem 404 when nothing moved or stood."""
    period = period_named(label)
    found = statements_of(connection, period, payee).get(payee)
    if found is None:
        raise problem("not_found", f"{label} 没有 {payee} 的账", f"There is nothing of {payee} in {label}")
    return StatementAnswer(
        period=_name(period),
        closed=is_closed(connection, period),
        figures=figures_of(found),
        lines=tuple(_lines(connection, found)),
    )


def figures_of(statement: Statement) -> Figures:
    """The figures of a statement without its movements."""
    return Figures(**{name: getattr(statement, name) for name in Figures.__struct_fields__})


def _open_period(service: Service, connection: Connection, until: datetime) -> Period | None:
    start = closed_until(connection) or first_booked(connection)
    if start is None:
        return None
    return period_of(_settlement_rules(service, connection, start, until).period, start)


def _settlement_rules(service: Service, connection: Connection, start: datetime, until: datetime) -> SettlementSet:
    rule_sets = service.book.published(connection)
    found = settlement_at(rule_sets, start) or settlement_at(rule_sets, until)
    if found is None:
        raise problem(
            "no_settlement_rules",
            "没有发布结算规则集 (kind: settlement)",
            "No settlement rule set (kind: settlement) is published",
        )
    return found


def _release(connection: Connection, before: datetime, now: datetime) -> int:
    """Release all orders whose window is over before an instant."""
    count = 0
    for order_id in due_releases(connection, before):
        book = order_book(connection, order_id)
        assert book is not None
        release = release_of(book)
        assert release is not None
        post_event(connection, release, now)
        count += 1
    return count


def _close(service: Service, connection: Connection, period: Period, until: datetime, now: datetime) -> Settlement:
    rules = _settlement_rules(service, connection, period.start, until)
    for event in settle(period, statements_of(connection, period), rules.least_fen):
        post_event(connection, event, now)
    closed = statements_of(connection, period)
    return Settlement(period=_name(period), statements=tuple(figures_of(one) for one in closed.values()))


def statements_of(connection: Connection, period: Period, payee: str | None = None) -> dict[str, Statement]:
    """The statements of a period, closed or still open, by payee: of everyone, or of one."""
    opening = account_balances(connection, period.start, "payee:" if payee is None else f"payee:{payee}:")
    return statements(period, entries(connection, since=period.start, payee=payee), opening)


def period_named(label: str) -> Period:
    """The period of a label. Raises the problem 404."""
    try:
        return parse_label(label)
    except PeriodRefused as refused:
        raise problem("not_found", refused.message_zh, refused.message_en) from None


def is_closed(connection: Connection, period: Period) -> bool:
    """Whether exactly this period was closed."""
    return any((one.start, one.end) == (period.start, period.end) for one in closed_periods(connection))


def _name(period: Period) -> PeriodName:
    return PeriodName(period=period.label, start=period.start, end=period.end)


def sayer(connection: Connection) -> Callable[[StatementLine], Words]:
    """Tells why lines of statements are what they are; each order is read once."""
    books: dict[str, OrderBook | None] = {}

    def say(line: StatementLine) -> Words:
        if line.order_id and line.order_id not in books:
            books[line.order_id] = order_book(connection, line.order_id)
        return say_line(line, books.get(line.order_id or ""), _payee_news(connection, line))

    return say


def _lines(connection: Connection, statement: Statement) -> Iterator[StatementEntry]:
    say = sayer(connection)
    for line in statement.lines:
        title, words = PART_TITLES[line.part], say(line)
        yield StatementEntry(
            part=line.part,
            part_title=title.zh,
            part_title_en=title.en,
            amount_fen=line.amount_fen,
            at=line.at,
            booked_at=line.booked_at,
            order_id=line.order_id or None,
            rule=None if line.rule is None else f"{line.rule.rule_set}@{line.rule.version}/{line.rule.rule}",
            why=words.zh,
            why_en=words.en,
        )


def _payee_news(connection: Connection, line: StatementLine) -> PayeeNews | None:
    if line.order_id:
        return None
    found = event_behind(connection, line.entry)
    return found if isinstance(found, PayeeNews) else None
