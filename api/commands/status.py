"""`fenrun status` and `fenrun publish`: what stands when, and making drafts stand."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.commands.check import cases_json, cases_of, print_cases
from api.commands.options import RULES, AsJson, RulesFolder, instant_or_now, sound_rule_sets
from api.output import BAD_INPUT, FINDINGS, console, print_json, print_table, problems, refuse
from api.settings import Settings
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.lint.lint import lint
from engine.ruleset import rule_ids
from engine.timeline import Standing, standings
from storage.database import open_database, write
from storage.migrate import migrate
from storage.rule_files import own_schemas, read_text, rule_set_files
from storage.rule_sets import PublishRefused
from storage.rule_sets import publish as publish_text

STATES = {"live": "生效中", "upcoming": "未开始", "ended": "已结束", "superseded": "已被新版取代"}


def status(
    rules: RulesFolder = RULES,
    at: Annotated[
        str | None,
        typer.Option("--at", help="时刻，默认现在 / an instant, e.g. 2026-10-02 22:30 (Shanghai); now unless given"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """查看某时刻生效的规则 / Which version of each rule set stands at an instant."""
    rule_sets = sound_rule_sets(rules, as_json=as_json)
    instant = instant_or_now(at)
    found = standings(rule_sets, instant)
    if as_json:
        print_json({"at": instant.isoformat(), "rule_sets": [_standing_json(one) for one in found]})
        return
    rows = [
        (
            one.rule_set.header.label,
            one.rule_set.header.kind,
            one.rule_set.header.title,
            f"{STATES[one.state]} {one.state}",
            _day(one.rule_set.header.effective_from),
            _day(one.rule_set.header.effective_until) if one.rule_set.header.effective_until else "—",
        )
        for one in found
    ]
    columns = ("规则集 rule set", "类别 kind", "标题 title", "状态 state", "起 from", "止 until")
    print_table(f"{_day(instant)} (Asia/Shanghai)", columns, rows)


def _day(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


def _standing_json(one: Standing) -> dict[str, object]:
    header = one.rule_set.header
    until = header.effective_until
    return {
        "kind": header.kind,
        "rule_set": header.name,
        "version": header.version,
        "title": header.title,
        "state": one.state,
        "effective_from": header.effective_from.isoformat(),
        "effective_until": None if until is None else until.isoformat(),
        "content_hash": header.content_hash,
        "file": header.file,
        "rules": rule_ids(one.rule_set),
    }


def publish(
    paths: Annotated[list[Path], typer.Argument(help="规则文件或文件夹 / rule-set files or folders")],
    as_json: AsJson = False,
) -> None:
    """发布规则 / Copy drafts into the store that the service reads, once their cases pass. Versions never change."""
    schemas = own_schemas()
    files = [file for path in paths for file in rule_set_files(path) if path.exists()]
    if not files:
        raise typer.BadParameter(f"没有规则文件 / no rule-set file in {', '.join(map(str, paths))}")
    rule_sets = [one for path in paths for one in sound_rule_sets(path, as_json=as_json)]
    errors = [one for one in lint(rule_sets) if one.severity == "error"]
    if errors:
        refuse(InvalidInput(errors), as_json=as_json)
    cases = cases_of(paths)
    if not cases.passed:
        if as_json:
            print_json(cases_json(cases))
        else:
            print_cases(cases)
        raise typer.Exit(FINDINGS)
    engine = open_database(Settings.from_environment().database_url)
    migrate(engine)
    published: list[dict[str, object]] = []
    try:
        with write(engine) as connection:
            for one in rule_sets:
                text = read_text(Path(one.header.file))
                outcome = publish_text(connection, text, one.header.file, schemas, datetime.now(SHANGHAI)).outcome
                published.append({"rule_set": one.header.name, "version": one.header.version, "outcome": outcome})
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    except PublishRefused as refused:
        if as_json:
            told = {"code": refused.code, "message": refused.message_zh, "message_en": refused.message_en}
            print_json({"ok": False, **told})
        else:
            problems.print(f"{refused.code}: {refused.message_zh}\n    {refused.message_en}", markup=False)
        raise typer.Exit(BAD_INPUT) from None
    finally:
        engine.dispose()
    if as_json:
        print_json(published)
        return
    for entry in published:
        console.print(f"{entry['rule_set']}@{entry['version']}: {entry['outcome']}", markup=False)
