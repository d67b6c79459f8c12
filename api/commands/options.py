"""Options that several commands share, and reading what they point to."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from api.output import refuse
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.ruleset import RuleSet
from storage.rule_files import own_schemas, read_rule_sets

RulesFolder = Annotated[
    Path,
    typer.Option(
        "--rules", help="规则文件夹或单个规则文件 / a folder of rule sets, or one file", envvar="FENRUN_RULES"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON for scripts")]
OrderFile = Annotated[
    Path,
    typer.Argument(help="订单事件 JSON，或事件列表；- 为标准输入 / an order event, or a list of events; - is stdin"),
]
RULES = Path("rules")


def sound_rule_sets(folder: Path, *, as_json: bool) -> tuple[RuleSet, ...]:
    """The rule sets of a folder; ends the command when any file is wrong or the folder is not there."""
    need_path(folder)
    read = read_rule_sets(folder, own_schemas())
    if read.diagnostics:
        refuse(InvalidInput(list(read.diagnostics)), as_json=as_json)
    return read.rule_sets


def instant_or_now(text: str | None) -> datetime:
    """The instant that an option names, in Shanghai unless it carries an offset; now when it is not given."""
    if text is None:
        return datetime.now(SHANGHAI)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text}: 例如 / e.g. 2026-10-02, 2026-10-02 22:30", param_hint="--at") from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=SHANGHAI)


def need_path(path: Path) -> Path:
    """The path, if it exists; else a usage error that names it."""
    if not path.exists():
        raise typer.BadParameter(f"没有这个文件或文件夹 / no such file or folder: {path}")
    return path


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, or of standard input for `-`."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    if not path.is_file():
        raise typer.BadParameter(f"没有这个文件 / no such file: {path}")
    return path.read_bytes()
