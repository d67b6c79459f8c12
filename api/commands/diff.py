"""`fenrun diff A B`: what changes, in money, between two versions of a rule set or two folders, on their cases."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.commands.options import AsJson, need_path, sound_rule_sets
from api.output import console, print_json, print_table, refuse
from engine.calendar import SHANGHAI
from engine.cases.cases import Case
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.live import LiveRules, compile_live
from engine.money import yuan
from engine.order import Evaluation
from engine.ruleset import RuleSet
from storage.live_book import LiveBook
from storage.rule_files import cases_file, own_schemas, read_case_file

ANY_TIME = datetime(2000, 1, 1, tzinfo=SHANGHAI)
FIGURES = {"goods": "商品实付 goods", "shipping": "配送费 delivery"}


def diff(
    before: Annotated[Path, typer.Argument(metavar="A", help="旧的文件或文件夹 / the old file or folder")],
    after: Annotated[Path, typer.Argument(metavar="B", help="新的文件或文件夹 / the new file or folder")],
    as_json: AsJson = False,
) -> None:
    """比较两版规则 / What two versions of rules make of the same cases: paid, delivery and commissions, in money.

    A file stands alone; a folder stands as a whole at each case's own time.
    """
    sides = [sound_rule_sets(need_path(path), as_json=as_json) for path in (before, after)]
    try:
        cases = _cases([*sides[0], *sides[1]])
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if not cases:
        raise typer.BadParameter("两边都没有案例可比 / neither side has cases to compare on")
    rows = [_compare(case, [_live(side, case) for side in sides]) for case in cases]
    changed = [row for row in rows if row["changes"]]
    if as_json:
        print_json({"cases": len(rows), "changed": changed})
        return
    for row in changed:
        changes = [
            (FIGURES.get(name, name), yuan(old), yuan(new), yuan(new - old))
            for name, (old, new) in row["changes"].items()
        ]
        print_table(
            f"{row['case']} ({row['file']}:{row['line']})",
            ("金额 amount", f">{before.name}", f">{after.name}", ">变化 change"),
            changes,
        )
    console.print(f"{len(rows)} 个案例，{len(changed)} 个有变化 / {len(rows)} cases, {len(changed)} change")


def _cases(rule_sets: Sequence[RuleSet]) -> list[Case]:
    """The cases beside all rule sets, each order once, whatever the time it was placed."""
    found: dict[tuple[str, str], Case] = {}
    for one in rule_sets:
        beside = cases_file(Path(one.header.file))
        if beside.exists():
            for case in read_case_file(beside, own_schemas()).cases:
                order = msgspec.structs.replace(case.event, placed_at=ANY_TIME)
                found.setdefault((case.name, repr(order)), case)
    return list(found.values())


def _live(side: Sequence[RuleSet], case: Case) -> LiveRules:
    if len(side) == 1:
        return compile_live(side)
    return LiveBook(side).at(case.event.placed_at)


def _compare(case: Case, live: Sequence[LiveRules]) -> dict[str, Any]:
    old, new = (_figures(evaluate_order(case.event, one)) for one in live)
    changes = {
        name: (old.get(name, 0), new.get(name, 0))
        for name in [*old, *(name for name in new if name not in old)]
        if old.get(name, 0) != new.get(name, 0)
    }
    return {"case": case.name, "file": case.file, "line": case.line, "changes": changes}


def _figures(evaluation: Evaluation) -> dict[str, int]:
    """The figures that are compared (fen): what the buyer pays, and what each payee earns."""
    figures = {
        "goods": sum(evaluation.priced.net_fen),
        "shipping": evaluation.priced.shipping_fen,
    }
    for accrual in evaluation.accruals:
        name = f"{accrual.plan.role}/{accrual.payee}"
        figures[name] = figures.get(name, 0) + accrual.amount_fen
    return figures
