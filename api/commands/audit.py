"""`fenrun audit`: the journal made again from the events alone, and the first place where what was kept differs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.books.log_books import Turned
from api.commands.book_news import news_of, tell_turned
from api.commands.book_sources import Database, HoldersFile, Log, Until, kept_books, opened_service, watched
from api.commands.options import RULES, AsJson, RulesFolder, need_path
from api.output import FINDINGS, console, print_json, print_table, problems
from engine.describe.values import Words
from engine.journal.audit import Audit, Damaged, Difference, audit
from engine.journal.entry import Entry, Tip
from storage.database import snapshot
from storage.journal_audit import audit_journal, count_events

_TITLES = {
    "events": ">事件\nevents",
    "entries": ">分录\nentries",
    "accounts": ">账户\naccounts",
    "orders": ">订单\norders",
    "waiting": ">等待\nwaiting",
    "refused": ">拒绝\nrefused",
}


def audit_books(
    log: Log = None,
    rules: RulesFolder = RULES,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal", help="从前写出的分录，settle --journal / entries written by `fenrun settle --journal`"
        ),
    ] = None,
    until: Until = None,
    holders: HoldersFile = None,
    anchor: Annotated[
        str | None,
        typer.Option(
            "--anchor", help="另处记下的 编号:哈希 / a NUMBER:HASH noted elsewhere; the chain must contain it"
        ),
    ] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """审计 / Make the journal again from its events alone, and name the first difference from what was kept.

    退出码 1：有不同，或有事件不能成立 / exit code 1: something differs, or an event could not be true.
    """
    tip = None if anchor is None else _read_anchor(anchor)
    turned_away: tuple[Turned, ...]
    if log is None:
        if journal is not None:
            raise typer.BadParameter("--journal 要有日志 / --journal needs a log")
        found, turned_away = _audit_database(database, tip), ()
    else:
        books = kept_books(log, rules, holders, until=until, as_json=as_json)
        entries = books.journal.entries if journal is None else _read_entries(need_path(journal))
        found = audit(watched(books.log, "审计 / audit", len(books.log)), entries, anchor=tip)
        turned_away = news_of(books).turned_away
        found = found._replace(summary=msgspec.structs.replace(found.summary, refused=len(turned_away)))
    compared = log is None or journal is not None or tip is not None
    hint = None if journal is None else _hint(found.difference, until)
    if as_json:
        print_json(_audit_json(found, turned_away, compared=compared, hint=hint))
    else:
        tell_turned(turned_away)
        _print_audit(found, compared=compared, hint=hint)
    if found.difference is not None or turned_away:
        raise typer.Exit(FINDINGS)


def _audit_database(database: str | None, anchor: Tip | None) -> Audit:
    with opened_service(database) as service, snapshot(service.database) as connection:
        total = count_events(connection)
        return audit_journal(connection, anchor, lambda rows: watched(rows, "审计 / audit", total))


def _read_entries(path: Path) -> Iterator[Entry]:
    """The entries of a file, one by one. Raises `Damaged` for a line that is none, or that says more than an entry."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = msgspec.json.decode(line, type=Entry)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise Damaged(Difference("entry", number, "", "", "an entry", str(error))) from None
            if msgspec.json.encode(entry) != line.rstrip(b"\r\n"):
                told = line.decode(errors="replace").strip()
                raise Damaged(
                    Difference("entry", number, entry.key, "", msgspec.json.encode(entry).decode(), told)
                ) from None
            yield entry


def _read_anchor(text: str) -> Tip:
    number, _, found = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise typer.BadParameter(
            "写作 编号:哈希，哈希 64 位 / write NUMBER:HASH, 64 hexadecimal digits", param_hint="--anchor"
        )
    return Tip(int(number), found)


def _hint(difference: Difference | None, until: str | None) -> Words | None:
    """Why a journal may well differ at its end alone: `fenrun settle` kept it up to another day."""
    if difference is None or difference.where != "entry" or "no entry" not in (difference.expected, difference.found):
        return None
    now, now_en = ("没写 --until", "no --until") if until is None else (f" --until {until}", f"--until {until}")
    return Words(
        f"只在末尾不同。若 settle 写分录时用了别的 --until（这次{now}），请写同一个再审",
        f"only the end differs: if `fenrun settle` kept the entries with another --until (now {now_en}), give that one",
    )


def _audit_json(found: Audit, turned_away: Sequence[Turned], *, compared: bool, hint: Words | None) -> dict[str, Any]:
    return {
        "ok": found.difference is None and not turned_away,
        "compared": compared,
        **msgspec.to_builtins(found.summary),
        "turned_away": [one._asdict() for one in turned_away],
        "difference": None if found.difference is None else msgspec.to_builtins(found.difference),
        **({} if hint is None else {"hint": hint.zh, "hint_en": hint.en}),
    }


def _print_audit(found: Audit, *, compared: bool, hint: Words | None) -> None:
    summary, difference = found.summary, found.difference
    print_table("审计 / audit", list(_TITLES.values()), [[str(getattr(summary, name)) for name in _TITLES]])
    console.print(f"根哈希 / root: {summary.entries}:{summary.root}", markup=False)
    if difference is None and compared:
        console.print("账实相符 / what was kept is what the events say", style="green", markup=False)
        return
    if difference is None:
        console.print("分录由日志生成，借贷平衡 / the journal was made from the log, and is in balance", markup=False)
        console.print(
            "没有给出留存的账可比：用 --journal 或 --anchor / "
            "nothing kept was given to compare: use --journal or --anchor",
            style="yellow",
            markup=False,
        )
        return
    place = " ".join(str(part) for part in (difference.where, difference.number or "", difference.name) if part)
    problems.print(f"第一处不同 / first difference: {place} {difference.field}".rstrip(), style="red", markup=False)
    problems.print(f"    应为 / expected: {difference.expected}", markup=False)
    problems.print(f"    实为 / found:    {difference.found}", markup=False)
    if hint is not None:
        problems.print(f"    {hint.zh} / {hint.en}", markup=False)
