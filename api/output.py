"""What commands print: JSON for scripts, Chinese with its English twin for people; and the exit codes they share."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from engine.errors import Diagnostic, InvalidInput

OK, FINDINGS, BAD_INPUT = 0, 1, 2
"""Exit codes: all well; the command ran and found something wrong; its input could not be used."""

console = Console(highlight=False, soft_wrap=True)
problems = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """JSON in UTF-8, indented, keys in a stable order."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def diagnostic_json(one: Diagnostic) -> dict[str, Any]:
    """A diagnostic as JSON, both languages."""
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "severity": one.severity,
        "code": one.code,
        "path": one.path,
        "message": one.message_zh,
        "message_en": one.message_en,
        "hint": one.hint_zh,
        "hint_en": one.hint_en,
        **({"example": json.loads(one.example)} if one.example else {}),
    }


def print_diagnostics(found: Iterable[Diagnostic], *, with_examples: bool = False) -> None:
    """Each diagnostic on two lines on standard error: the place with the Chinese message, then the English one.

    With examples, a third line holds the order that shows a finding, ready for `fenrun evaluate`.
    """
    for one in found:
        colour = "red" if one.severity == "error" else "yellow"
        where = f"{one.file}:{one.line}:{one.column}" if one.line else f"{one.file}{one.path}"
        problems.print(f"{where}: [{colour}]{one.severity} {one.code}[/{colour}] ", end="", markup=True)
        problems.print(_with_hint(one.message_zh, one.hint_zh), markup=False)
        problems.print(f"    {_with_hint(one.message_en, one.hint_en)}", markup=False)
        if with_examples and one.example:
            problems.print(f"    {one.example}", markup=False)


def _with_hint(message: str, hint: str) -> str:
    return f"{message} → {hint}" if hint else message


def refuse(invalid: InvalidInput, *, as_json: bool) -> NoReturn:
    """End the command: its input could not be used."""
    if as_json:
        print_json({"ok": False, "diagnostics": [diagnostic_json(one) for one in invalid.diagnostics]})
    else:
        print_diagnostics(invalid.diagnostics)
    raise typer.Exit(BAD_INPUT)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table; columns whose heading starts with `>` hold figures: right-aligned, never broken."""
    console.print(table_of(title, columns, rows))


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """The table that `print_table` prints."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        if column.startswith(">"):
            table.add_column(column.removeprefix(">"), justify="right", no_wrap=True)
        else:
            table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def fits(table: Table) -> bool:
    """Whether the console is wide enough for a table with none of its cells folded."""
    unbounded = console.options.update(max_width=1_000_000)
    return Measurement.get(console, unbounded, table).maximum <= console.width


def named(one: Mapping[str, Any]) -> str:
    """How people see the rule that a JSON value names: `night-snacks@1/second-half-price`."""
    return f"{one['rule_set']}@{one['version']}/{one['rule']}"
