"""Statements as tables and as JSON, wherever they come from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from api.output import console, fits, table_of
from engine.describe.statement import PART_TITLES
from engine.describe.values import Words
from engine.money import yuan
from engine.settlement import Statement, StatementLine

Say = Callable[[StatementLine], Words]
"""Tells why a line of a statement is what it is."""

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


def periods_json(by_period: Mapping[str, Mapping[str, Statement]]) -> dict[str, Any]:
    """The figures of all statements, with how many lines each has."""
    return {
        label: {payee: {**msgspec.to_builtins(one), "lines": len(one.lines)} for payee, one in found.items()}
        for label, found in by_period.items()
    }


def statement_json(found: Statement, say: Say, *, closed: bool, why: Words | None) -> dict[str, Any]:
    """One statement, every line with its reason; whether its period is closed, and why nothing is settled."""
    return {
        **msgspec.to_builtins(found),
        "closed": closed,
        "why": None if why is None else why.zh,
        "why_en": None if why is None else why.en,
        "lines": [_line(one, say) for one in found.lines],
    }


def print_statements(title: str, found: Iterable[Statement]) -> None:
    """The statements of a period, one row each; one block each where the console is too narrow for all columns.

    Rich would shrink the payee's column to nothing, for figures are never broken.
    """
    listed = list(found)
    shown = [name for name in _FIGURES if any(getattr(one, name) for one in listed)]
    rows = [[one.payee, *(_amount(getattr(one, name)) for name in shown)] for one in listed]
    table = table_of(title, ["收益人 payee", *(_FIGURES[name] for name in shown)], rows)
    if fits(table):
        console.print(table)
        return
    console.print(title, style="italic", markup=False)
    for one in listed:
        console.print(one.payee, markup=False, style="bold")
        for name in shown:
            heading = _FIGURES[name].removeprefix(">").replace("\n", " ")
            console.print(f"    {heading}: {_amount(getattr(one, name))}", markup=False)


def print_statement(found: Statement, say: Say, *, closed: bool, why: Words | None) -> None:
    """One statement, line by line; marked where its period is open, with the reason where nothing is settled."""
    print_statements(found.period if closed else f"{found.period} 未结账 / still open", [found])
    if why is not None:
        console.print(f"{why.zh} / {why.en}", markup=False)
    console.print(
        f"未解冻 / pending: {yuan(found.pending_opening_fen)} → {yuan(found.pending_closing_fen)}", markup=False
    )
    for line in found.lines:
        title, why = PART_TITLES[line.part], say(line)
        console.print(f"{line.booked_at:%m-%d %H:%M} {title.zh} {title.en} {yuan(line.amount_fen)}", markup=False)
        console.print(f"    {why.zh}\n    {why.en}", markup=False, style="dim")


def _line(line: StatementLine, say: Say) -> dict[str, Any]:
    words = say(line)
    return {**msgspec.to_builtins(line), "why": words.zh, "why_en": words.en}


def _amount(fen: int) -> str:
    return yuan(fen) if fen else "-"
