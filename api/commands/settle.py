"""`fenrun settle` and `fenrun statement`: what a period comes to for everyone, and for one payee line by line.

From a log of events with a folder of rules, or from the service's database.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.books.log_books import LogBooks
from api.commands.book_news import BookNews, end_with, news_json, news_of, tell_news
from api.commands.book_sources import (
    Database,
    HoldersFile,
    Log,
    Until,
    kept_books,
    opened_service,
    read_day,
    read_period,
)
from api.commands.options import RULES, AsJson, RulesFolder, sound_rule_sets
from api.commands.statement_tables import Say, periods_json, print_statement, print_statements, statement_json
from api.output import print_json, problems
from api.problems import ProblemRaised
from api.settling import close_periods, is_closed, sayer, statements_of
from engine.describe.statement import say_line, say_unsettled
from engine.describe.values import Words
from engine.journal.order_news import News, SaleEvent
from engine.period import Period, parse_label
from engine.ruleset import RuleSet
from engine.settlement import Statement, settlement_at
from storage.database import read


def settle(
    log: Log = None,
    rules: RulesFolder = RULES,
    until: Until = None,
    holders: HoldersFile = None,
    events: Annotated[
        Path | None, typer.Option("--events", help="写出全部事件，含解冻与结账 / write all events, closings too")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option("--journal", help="写出全部分录，供审计 / write all entries, for `fenrun audit`")
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """结算 / Close every period that has ended: one statement per payee. From a log of events, or in the database."""
    if log is None:
        if events is not None or journal is not None:
            raise typer.BadParameter("--events、--journal 要有日志 / --events and --journal need a log")
        _print_periods(_settled_in_database(database, until), BookNews(), as_json=as_json)
        return
    books = kept_books(log, rules, holders, until=until, as_json=as_json)
    if events is not None:
        _write_lines(events, (_told(one.event) for one in books.log))
    if journal is not None:
        _write_lines(journal, books.journal.entries)
    news = news_of(books, oddities=True)
    _print_periods(books.by_period, news, as_json=as_json)
    end_with(news)


def statement(
    log: Log = None,
    *,
    payee: Annotated[str, typer.Option("--payee", help="收益人 / the payee")],
    period: Annotated[str, typer.Option("--period", help="周期 / the period: 2026-10-A, 2026-W41, 2026-10 …")],
    rules: RulesFolder = RULES,
    until: Until = None,
    holders: HoldersFile = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """对账单 / One payee's statement of a period, every amount with its reason. From a log, or from the database."""
    if log is None:
        _statement_in_database(database, payee, period, as_json=as_json)
        return
    wanted = read_period(period)
    books = kept_books(log, rules, holders, until=until, as_json=as_json)
    closed = wanted.label in books.by_period
    if until is None:
        books.advance(wanted.end)
    if wanted.label not in books.by_period:
        known = "、".join(books.by_period) or "-"
        raise typer.BadParameter(f"{wanted.label} 未结账；已结 / not closed; closed are: {known}")
    found = _one_of(books.by_period[wanted.label], wanted.label, payee)
    why = say_unsettled(found, _least_fen(sound_rule_sets(rules, as_json=as_json), wanted))
    _print_one(found, _sayer(books), closed=closed, why=why, as_json=as_json)
    news = news_of(books)
    tell_news(news)
    end_with(news)


def _settled_in_database(database: str | None, until: str | None) -> dict[str, dict[str, Statement]]:
    """Close what is due; the statements of the periods that were closed just now."""
    with opened_service(database) as service:
        try:
            closed = close_periods(service, service.now() if until is None else read_day(until))
        except ProblemRaised as refused:
            raise _usage(refused) from None
        with read(service.database) as connection:
            labels = [one.period.period for one in closed.settlements]
            return {label: statements_of(connection, parse_label(label)) for label in labels}


def _statement_in_database(database: str | None, payee: str, label: str, *, as_json: bool) -> None:
    wanted = read_period(label)
    with opened_service(database) as service, read(service.database) as connection:
        found = _one_of(statements_of(connection, wanted), label, payee)
        why = say_unsettled(found, _least_fen(service.book.published(connection), wanted))
        _print_one(found, sayer(connection), closed=is_closed(connection, wanted), why=why, as_json=as_json)


def _least_fen(rule_sets: Sequence[RuleSet], period: Period) -> int:
    """The least amount that is settled in a period (fen), by the rules that close it."""
    standing = settlement_at(rule_sets, period.start) or settlement_at(rule_sets, period.end)
    return 0 if standing is None else standing.least_fen


def _one_of(found: Mapping[str, Statement], label: str, payee: str) -> Statement:
    if payee not in found:
        known = "、".join(found) or "-"
        raise typer.BadParameter(f"{label} 没有 {payee}；有 / nothing of {payee}; there are: {known}")
    return found[payee]


def _print_one(found: Statement, say: Say, *, closed: bool, why: Words | None, as_json: bool) -> None:
    if not closed:
        problems.print(
            f"{found.period} 未结账，数字还会变 / still open: figures may change", style="yellow", markup=False
        )
    if as_json:
        print_json(statement_json(found, say, closed=closed, why=why))
    else:
        print_statement(found, say, closed=closed, why=why)


def _print_periods(by_period: Mapping[str, Mapping[str, Statement]], news: BookNews, *, as_json: bool) -> None:
    if as_json:
        print_json({"periods": periods_json(by_period), **news_json(news)})
        return
    for label, found in by_period.items():
        print_statements(label, found.values())
    if not by_period:
        problems.print("没有新结束的周期 / no further period has ended", style="yellow", markup=False)
    tell_news(news)


def _sayer(books: LogBooks) -> Say:
    orders, payee_news = books.journal.orders, books.payee_news
    return lambda line: say_line(line, orders.get(line.order_id or ""), payee_news.get(line.entry))


def _write_lines(path: Path, values: Iterable[object]) -> None:
    try:
        path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in values))
    except OSError as error:
        raise typer.BadParameter(f"写不了 / cannot write {path}: {error.strerror}") from None


def _told(event: News) -> object:
    """An event as a log tells it: of a sale its order, which the rules of its time evaluate to the same again."""
    return event.evaluation.event if isinstance(event, SaleEvent) else event


def _usage(refused: ProblemRaised) -> typer.BadParameter:
    return typer.BadParameter(f"{refused.problem.detail} / {refused.problem.detail_en}")
