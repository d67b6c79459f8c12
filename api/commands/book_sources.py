"""Where the commands of the books read from: a log of events with a folder of rules, or the service's database."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from api.books.log_books import LogBooks
from api.books.log_lines import read_log_lines
from api.commands.options import need_path, sound_rule_sets
from api.output import problems, refuse
from api.service import Service
from api.settings import Settings
from engine.builder.holders import build_holders
from engine.dividend.holders import Holder
from engine.errors import InvalidInput, PeriodRefused
from engine.period import Period, midnight, parse_label
from engine.settlement_set import SettlementSet
from engine.text.document import parse
from storage.migrate import is_current
from storage.rule_files import own_schemas, read_text

Log = Annotated[
    Path | None,
    typer.Argument(
        help="事件日志 .jsonl(.gz)：订单、收货、退款等；不写则用服务的数据库 / "
        "a log of events: orders, receipts, refunds …; the service's database unless given"
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", help="到哪天零点，默认日志末或现在 / up to the midnight of this day; the log's end, or now"
    ),
]
Database = Annotated[
    str | None,
    typer.Option("--database", help="数据库地址，默认同服务 / the URL of a database; that of the service unless given"),
]

HoldersFile = Annotated[
    Path | None,
    typer.Option(
        "--holders",
        help="分红持有人 YAML，默认订单里的推广员 / who shares pools, as YAML; unless given the orders' promoters",
    ),
]

T = TypeVar("T")


def kept_books(log: Path, rules: Path, holders: Path | None = None, *, until: str | None, as_json: bool) -> LogBooks:
    """The books of a log up to a day, or to its last event. Ends the command when something cannot be read."""
    rule_sets = sound_rule_sets(rules, as_json=as_json)
    if not any(isinstance(one, SettlementSet) for one in rule_sets):
        raise typer.BadParameter(f"{rules} 里没有结算规则集 / there is no settlement rule set (kind: settlement) there")
    end = None if until is None else read_day(until)
    try:
        books = LogBooks(rule_sets, () if holders is None else read_holders(holders))
        for line in watched(read_log_lines(need_path(log)), log.name):
            if end is None or _at(line.event) < end:
                books.take(line.event)
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if end is not None:
        books.advance(end)
    return books


def read_holders(path: Path) -> tuple[Holder, ...]:
    """The holders of a file. Raises `InvalidInput` with all that is wrong with it."""
    if not path.is_file():
        raise typer.BadParameter(f"没有这个文件 / no such file: {path}", param_hint="--holders")
    return build_holders(parse(read_text(path), path.as_posix()), own_schemas())


@contextmanager
def opened_service(database: str | None) -> Iterator[Service]:
    """The service on a database that is there and of the current schema; a usage error for any other.

    What the database refuses meanwhile, a file that is damaged or a server that is gone, is such an error as well.
    """
    try:
        settings = Settings.from_environment()
        url = make_url(database or settings.database_url)
        file = url.database if url.get_backend_name() == "sqlite" else None
        if file is not None and not Path(file).is_file():
            raise typer.BadParameter(f"没有这个数据库 / no such database: {url}", param_hint="--database")
        service = Service(msgspec.structs.replace(settings, database_url=database or settings.database_url))
    except (ValueError, ArgumentError) as error:
        raise typer.BadParameter(str(error), param_hint="--database") from None
    try:
        if not is_current(service.database):
            raise typer.BadParameter(
                f"{url} 不是当前版本的分润数据库，先用 fenrun serve 升级 / "
                "not a database of this version of Fenrun: start `fenrun serve` on it once",
                param_hint="--database",
            )
        yield service
    except DBAPIError as error:
        told = f"数据库读写失败 / the database cannot be used: {error.orig}"
        raise typer.BadParameter(told, param_hint="--database") from None
    finally:
        service.database.dispose()


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


def watched(rows: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Rows as they are, with a count of them on standard error while they last, if that is a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=problems, transient=True, disable=not problems.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        for row in rows:
            yield row
            progress.advance(task)


def _at(event: Any) -> datetime:
    at: datetime = event.placed_at if hasattr(event, "placed_at") else event.at
    return at
