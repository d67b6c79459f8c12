"""`fenrun replay`: an order log through the rule sets, in order of time, with all that follows and an audit."""

import gc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from api.commands.options import RULES, AsJson, need_path, sound_rule_sets
from api.output import FINDINGS, print_json, problems, refuse
from api.replay.json_lines import read_json_lines
from api.replay.log import LineCount, Reader, is_compressed, readable
from api.replay.online_retail import read_online_retail
from api.replay.runner import RECEIVED_AFTER_DAYS, Json, Replay
from api.replay.tables import findings, print_summary
from engine.errors import InvalidInput
from engine.ruleset import RuleSet


class Format(StrEnum):
    """Formats of order logs."""

    JSON_LINES = "json-lines"
    ONLINE_RETAIL = "online-retail"


READERS: dict[Format, Reader] = {
    Format.JSON_LINES: read_json_lines,
    Format.ONLINE_RETAIL: read_online_retail,
}
SUFFIXES = {".jsonl": Format.JSON_LINES, ".ndjson": Format.JSON_LINES, ".csv": Format.ONLINE_RETAIL}
RULES_OF = {Format.JSON_LINES: RULES, Format.ONLINE_RETAIL: RULES / "replay"}


def replay(
    log: Annotated[Path, typer.Argument(help="订单日志，可为 .gz / an order log, may be .gz: .jsonl or .csv")],
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            help="规则文件夹 / a folder of rule sets; unless given, rules (json-lines) or rules/replay (online-retail)",
            envvar="FENRUN_RULES",
        ),
    ] = None,
    log_format: Annotated[
        Format | None, typer.Option("--format", help="日志格式，默认看文件名 / by the file's name unless given")
    ] = None,
    received_after: Annotated[
        int,
        typer.Option(
            "--received-after",
            min=0,
            max=365,
            help="日志没有收货记录：下单几天后算收货 / logs tell no receipts: goods are received so many days after",
        ),
    ] = RECEIVED_AFTER_DAYS,
    as_json: AsJson = False,
) -> None:
    """回放订单日志 / Run an order log through the rules and the journal: refunds, levels, pools, settlement, audit.

    退出码 1：账目不平、审计有异、有行未计入、或没有规则生效 / exit code 1: imbalance, a difference found by the audit,
    lines unaccounted for, no rule applied.
    """
    known = log_format or _format_of(need_path(log))
    rule_sets = sound_rule_sets(rules or RULES_OF[known], as_json=as_json)
    try:
        progress = not as_json and problems.is_terminal
        summary = run_log(log, READERS[known], rule_sets, received_after=received_after, show_progress=progress)
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if as_json:
        print_json(summary)
    else:
        print_summary(summary)
    for found in findings(summary):
        problems.print(found, style="red", markup=False)
    if not summary["ok"]:
        raise typer.Exit(FINDINGS)


def run_log(
    log: Path,
    reader: Reader,
    rule_sets: tuple[RuleSet, ...],
    *,
    received_after: int = RECEIVED_AFTER_DAYS,
    show_progress: bool = False,
) -> Json:
    """The summary of a replay of one file. Raises `InvalidInput`, naming the line, for what cannot be read."""
    count = LineCount()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=problems, disable=not show_progress, transient=True) as progress,
        closing(Replay(rule_sets, str(log), count, received_after)) as run,
        rare_collections(),
    ):
        try:
            raw = progress.open(log, "rb", description=log.name)
        except OSError as error:
            raise typer.BadParameter(f"{log}: {error.strerror}") from None
        with raw, readable(str(log), raw, compressed=is_compressed(log), count=count) as data:
            run.run(reader(data, str(log), count))
        progress.add_task("对账 / checking the books", total=None)
        return run.summary()


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cyclic garbage rarely: millions of records come and go, none of them in a cycle."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _format_of(log: Path) -> Format:
    name = log.with_suffix("") if is_compressed(log) else log
    found = SUFFIXES.get(name.suffix)
    if found is None:
        raise typer.BadParameter(
            f"看不出格式 / cannot tell the format of {log.name}: --format {' | '.join(Format)}", param_hint="LOG"
        )
    return found
