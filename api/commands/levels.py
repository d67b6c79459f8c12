"""`fenrun levels review`: the levels of promoters after a closed period, from files or in a database."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer

from api.books.log_books import LogBooks, Turned
from api.books.log_lines import read_log_lines
from api.commands.levels_output import print_review, review_json
from api.commands.levels_stored import review_stored
from api.commands.options import RULES, AsJson, RulesFolder, instant_or_now, need_path, sound_rule_sets
from api.output import diagnostic_json, print_diagnostics, print_json, refuse
from engine.errors import Diagnostic, InvalidInput, PeriodRefused
from engine.level.level_figures import Figures, figures
from engine.level.level_orders import by_promoter
from engine.level.level_report import Refusal, Reviewed, review_all
from engine.level.levels import due_at, window_of
from engine.level_set import LevelSet
from engine.people.monitoring import income_findings, incomes, relation_findings
from engine.people.participants import Participants
from engine.people.participants_text import reviewed_text
from engine.period import Period, parse_label
from engine.ruleset import RuleSet
from engine.text.document import parse
from engine.timeline import live_at
from storage.participant_files import read_figures, read_participants
from storage.rule_files import own_schemas, read_text

levels = typer.Typer(help="推广员等级 / levels of promoters", no_args_is_help=True)


class _Asked(NamedTuple):
    """What is to be reviewed by which rules."""

    rule_sets: tuple[RuleSet, ...]
    level_set: LevelSet
    period: Period
    people: Participants


@levels.command()
def review(
    period: Annotated[str, typer.Option("--period", help="刚结束的周期 / the closed period, e.g. 2026-10")],
    participants: Annotated[
        Path | None, typer.Option("--participants", help="参与者 YAML / the participants, as YAML")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option("--database", help="服务的数据库，代替文件 / the database of a service, instead of files"),
    ] = None,
    rules: RulesFolder = RULES,
    figures_file: Annotated[
        Path | None, typer.Option("--figures", help="业绩 YAML / figures counted elsewhere, as YAML")
    ] = None,
    log: Annotated[
        Path | None, typer.Option("--log", help="订单事件日志 / a log of orders and what happened to them, JSON lines")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--set", help="有几套时写名称 / which level set, if several stand")
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", help="评审时刻，默认现在 / when the review is made; now unless given")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", help="写出评审后的参与者文件 / write the participants as reviewed"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """评审等级 / Review levels: before and after, every reason, and what is missing for the next one."""
    if database is not None:
        if (participants, figures_file, log, name, save) != (None,) * 5:
            raise typer.BadParameter(
                "--database 已含全部数据，只再给 --period、--at、--json / "
                "--database has it all: give --period, --at and --json beside it only"
            )
        review_stored(database, period, instant_or_now(at), as_json=as_json)
        return
    if participants is None:
        raise typer.BadParameter("给出 --participants 或 --database / give --participants or --database")
    if (figures_file is None) == (log is None):
        raise typer.BadParameter("给出 --figures 或 --log 之一 / give either --figures or --log")
    try:
        asked = _asked(sound_rule_sets(rules, as_json=as_json), name, period, participants, instant_or_now(at))
        counted = _from_file(asked, figures_file) if figures_file is not None else _from_log(asked, log)
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    reviewed, refused = review_all(asked.level_set, asked.period, asked.people.participants, counted.figures)
    if refused:
        refuse(InvalidInput([_diagnostic(one, asked.people.file) for one in refused]), as_json=as_json)
    if save is not None:
        _save(participants, reviewed, save)
    if as_json:
        print_json(
            review_json(asked.level_set, asked.period, reviewed)
            | {"findings": [diagnostic_json(one) for one in counted.findings]}
        )
    else:
        print_review(asked.level_set, asked.period, reviewed)
        print_diagnostics(counted.findings)


class _Counted(NamedTuple):
    """The figures of everyone, and what there is to say of where they come from."""

    figures: dict[str, Figures]
    findings: tuple[Diagnostic, ...] = ()


def _asked(rule_sets: tuple[RuleSet, ...], name: str | None, label: str, people: Path, now: datetime) -> _Asked:
    try:
        period = parse_label(label)
    except PeriodRefused as refused:
        raise typer.BadParameter(f"{refused.message_zh} / {refused.message_en}", param_hint="--period") from None
    level_set = _standing_set(rule_sets, name, period)
    if due_at(level_set, period) > now:
        due = due_at(level_set, period).strftime("%Y-%m-%d")
        raise typer.BadParameter(
            f"{label} 从 {due} 起才能评审，其间的退款仍计入 / "
            f"{label} can be reviewed from {due} on: refunds count until then",
            param_hint="--period",
        )
    return _Asked(rule_sets, level_set, period, read_participants(need_path(people), own_schemas()))


def _standing_set(rule_sets: tuple[RuleSet, ...], name: str | None, period: Period) -> LevelSet:
    """The level set in the version that stood when the period began, so that nobody's terms change on the way."""
    standing = [one for one in live_at(rule_sets, period.start) if isinstance(one, LevelSet)]
    named = [one for one in standing if name in (None, one.header.name)]
    if len(named) == 1:
        return named[0]
    listed = ", ".join(one.header.name for one in standing) or "-"
    start = period.start.strftime("%Y-%m-%d")
    raise typer.BadParameter(
        f"{start} 生效的等级规则集: {listed}；须恰好选中一套 / "
        f"level sets that stood on {start}: {listed}; choose one of them",
        param_hint="--set",
    )


def _from_file(asked: _Asked, path: Path) -> _Counted:
    read = read_figures(need_path(path), own_schemas())
    if (read.period, read.window) != (asked.period, asked.level_set.window):
        _bad_figures(
            path,
            "E132",
            f"业绩是到 {read.period.label} 为止 {read.window} 期的，"
            f"须为到 {asked.period.label} 为止 {asked.level_set.window} 期的",
            f"the figures cover {read.window} periods up to {read.period.label}; "
            f"needed are {asked.level_set.window} up to {asked.period.label}",
        )
    known = {one.id for one in asked.people.participants}
    for promoter in read.figures:
        if promoter not in known:
            _bad_figures(
                path, "E133", f"参与者里没有 `{promoter}`", f"there is no participant `{promoter}` in the other file"
            )
    return _Counted(read.figures)


def _from_log(asked: _Asked, path: Path | None) -> _Counted:
    """Figures counted from a log: orders under the rules of their time, received, and refunded until the review.

    The log also tells how the network stands to the law, and which of its events could not be true.
    """
    assert path is not None
    if all(isinstance(one, LevelSet) for one in asked.rule_sets):
        raise typer.BadParameter(
            "日志里的订单要按促销计价，--rules 须含全部规则 / orders of a log are priced by promotions: give all rules",
            param_hint="--rules",
        )
    books = LogBooks(asked.rule_sets)
    for line in read_log_lines(need_path(path)):
        books.take(line.event)
    sold = books.journal.orders.values()
    start, end = window_of(asked.level_set, asked.period)
    orders, as_of = by_promoter(sold), due_at(asked.level_set, asked.period)
    counted = {
        one.id: figures(orders.get(one.id, ()), {one.id, one.buyer or one.id}, start, end, as_of)
        for one in asked.people.participants
    }
    earned = incomes(accrual for book in sold for accrual in book.evaluation.accruals)
    collected = sum(one.received_fen for one in sold)
    watched = (*relation_findings(asked.people, collected), *income_findings(earned, str(path)))
    return _Counted(counted, (*watched, *(_turned_away(one, str(path)) for one in books.turned_away)))


def _turned_away(one: Turned, file: str) -> Diagnostic:
    return Diagnostic(
        file=file,
        line=0,
        column=0,
        code="E134",
        path=f" {one.key}",
        message_zh=one.message_zh,
        message_en=one.message_en,
        severity="warning",
    )


def _bad_figures(path: Path, code: str, zh: str, en: str) -> NoReturn:
    raise InvalidInput([Diagnostic(file=path.as_posix(), line=1, column=1, code=code, message_zh=zh, message_en=en)])


def _diagnostic(one: Refusal, file: str) -> Diagnostic:
    who, refused = one.participant, one.refused
    return Diagnostic(
        file=file,
        line=who.line or 1,
        column=1,
        code="E131",
        message_zh=f"{who.title} ({who.id}): {refused.message_zh}",
        message_en=f"{who.title} ({who.id}): {refused.message_en}",
    )


def _save(people: Path, reviewed: tuple[Reviewed, ...], path: Path) -> None:
    text = reviewed_text(parse(read_text(people), people.as_posix()), {one.participant.id: one for one in reviewed})
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise typer.BadParameter(f"写不了 / cannot write {path}: {error.strerror}", param_hint="--save") from None
