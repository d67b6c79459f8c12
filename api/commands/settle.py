"""`fenrun settle` and `fenrun statement`: what a period comes to for everyone, and for one payee line by line."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.books.log_books import LogBooks
from api.books.log_lines import read_log_lines
from api.commands.options import RULES, AsJson, RulesFolder, need_path, sound_rule_sets
from api.output import FINDINGS, console, print_json, print_table, problems, refuse
from engine.errors import InvalidInput, PeriodRefused
from engine.journal.order_news import News, SaleEvent
from engine.money import yuan
from engine.period import Period, midnight, parse_label
from engine.settlement import Statement
from engine.settlement_set import SettlementSet
from engine.statement_words import PART_TITLES, say_line

Log = Annotated[
    Path,
    typer.Argument(help="事件日志 .jsonl(.gz)：订单、收货、退款等 / a log of events: orders, receipts, refunds …"),
]
_FIGURES = {
    "opening_fen": ">期初\nopening",
    "accrued_fen": ">新增\naccrued",
    "reversed_fen": ">收回\nreversed",
    "released_fen": ">解冻\nreleased",
    "clawed_back_fen": ">追回\nclawed back",
    "dividends_fen": ">分红\ndividends",
    "adjustments_fen": ">调账\nadjusted",
    "settled_fen": ">结算\nsettled",
    "carried_forward_fen": ">结转\ncarried",
}
"""What a table of statements shows, where any of them is not zero."""


def settle(
    log: Log,
    rules: RulesFolder = RULES,
    until: Annotated[
        str | None, typer.Option("--until", help="结到哪天零点，默认日志末 / up to the midnight of this day")
    ] = None,
    events: Annotated[
        Path | None, typer.Option("--events", help="写出全部事件，含解冻与结账 / write all events, closings too")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """结算 / Close every period that has ended, from a log of events alone: one statement per payee. No database."""
    books = kept_books(log, rules, until=until, as_json=as_json)
    if events is not None:
        events.write_bytes(b"".join(msgspec.json.encode(_told(one.event)) + b"\n" for one in books.log))
    if as_json:
        print_json({"periods": {label: _figures(found) for label, found in books.by_period.items()}, **_turned(books)})
    for label, found in books.by_period.items() if not as_json else ():
        _print_statements(label, found.values())
    if not books.by_period and not as_json:
        problems.print("没有已结束的周期 / no period has ended", style="yellow", markup=False)
    _end(books, as_json=as_json)


def statement(
    log: Log,
    payee: Annotated[str, typer.Option("--payee", help="收益人 / the payee")],
    period: Annotated[str, typer.Option("--period", help="周期 / the period: 2026-10-A, 2026-W41, 2026-10 …")],
    rules: RulesFolder = RULES,
    until: Annotated[
        str | None, typer.Option("--until", help="结到哪天零点，默认日志末 / up to the midnight of this day")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """对账单 / One payee's statement of a period, every amount with its reason, from a log of events. No database."""
    wanted = read_period(period)
    books = kept_books(log, rules, until=until or wanted.end.date().isoformat(), as_json=as_json)
    if wanted.label not in books.by_period:
        closed = "、".join(books.by_period) or "-"
        raise typer.BadParameter(f"{wanted.label} 未结账；已结 / not closed; closed are: {closed}")
    found = books.by_period[wanted.label].get(payee)
    if found is None:
        known = "、".join(books.by_period[wanted.label])
        raise typer.BadParameter(f"{wanted.label} 没有 {payee}；有 / nothing of {payee}; there are: {known}")
    if as_json:
        print_json({**msgspec.to_builtins(found), "lines": [_line(one, books) for one in found.lines]})
    else:
        _print_statement(found, books)
    _end(books, as_json=as_json)


def kept_books(log: Path, rules: Path, *, until: str | None, as_json: bool) -> LogBooks:
    """The books of a log up to a day, or to its last event. Ends the command when something cannot be read."""
    rule_sets = sound_rule_sets(rules, as_json=as_json)
    if not any(isinstance(one, SettlementSet) for one in rule_sets):
        raise typer.BadParameter(f"{rules} 里没有结算规则集 / there is no settlement rule set (kind: settlement) there")
    end = None if until is None else read_day(until)
    books = LogBooks(rule_sets)
    try:
        for line in read_log_lines(need_path(log)):
            if end is None or _at(line.event) < end:
                books.take(line.event)
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if end is not None:
        books.advance(end)
    return books


def read_period(label: str) -> Period:
    """The period a label names; a usage error that says what labels look like."""
    try:
        return parse_label(label)
    except PeriodRefused as refused:
        raise typer.BadParameter(f"{refused.message_zh} / {refused.message_en}") from None


def read_day(text: str) -> datetime:
    """The midnight in Asia/Shanghai that a day begins with."""
    try:
        return midnight(date.fromisoformat(text))
    except ValueError:
        raise typer.BadParameter(f"日期写作 2026-10-16 / write a day as 2026-10-16: {text!r}") from None


def _told(event: News) -> object:
    """An event as a log tells it: of a sale its order, which the rules of its time evaluate to the same again."""
    return event.evaluation.event if isinstance(event, SaleEvent) else event


def _at(event: Any) -> datetime:
    at: datetime = event.placed_at if hasattr(event, "placed_at") else event.at
    return at


def _figures(found: dict[str, Statement]) -> dict[str, Any]:
    return {payee: {**msgspec.to_builtins(one), "lines": len(one.lines)} for payee, one in found.items()}


def _turned(books: LogBooks) -> dict[str, Any]:
    return {"turned_away": [one._asdict() for one in books.turned_away]}


def _print_statements(title: str, found: Iterable[Statement]) -> None:
    listed = list(found)
    shown = [name for name in _FIGURES if any(getattr(one, name) for one in listed)]
    rows = [[one.payee, *(_amount(getattr(one, name)) for name in shown)] for one in listed]
    print_table(title, ["收益人 payee", *(_FIGURES[name] for name in shown)], rows)


def _amount(fen: int) -> str:
    return yuan(fen) if fen else "-"


def _line(line: Any, books: LogBooks) -> dict[str, Any]:
    words = say_line(line, books.journal.orders.get(line.order_id), books.payee_news.get(line.entry))
    return {**msgspec.to_builtins(line), "why": words.zh, "why_en": words.en}


def _print_statement(found: Statement, books: LogBooks) -> None:
    _print_statements(found.period, [found])
    console.print(
        f"未解冻 / pending: {yuan(found.pending_opening_fen)} → {yuan(found.pending_closing_fen)}", markup=False
    )
    for line in found.lines:
        title, why = PART_TITLES[line.part], _line(line, books)
        console.print(f"{line.booked_at:%m-%d %H:%M} {title.zh} {title.en} {yuan(line.amount_fen)}", markup=False)
        console.print(f"    {why['why']}\n    {why['why_en']}", markup=False, style="dim")


def _end(books: LogBooks, *, as_json: bool) -> None:
    """Tell what could not be true; the exit code says that there was something."""
    for one in () if as_json else books.turned_away:
        problems.print(f"{one.key}: {one.message_zh} / {one.message_en} ({one.code})", style="yellow", markup=False)
    if books.turned_away:
        raise typer.Exit(FINDINGS)
