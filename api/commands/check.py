"""`fenrun check` and `fenrun test`: are the rule sets sound, and do they do what their cases say?"""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.commands.mutate import finish, run_mutants
from api.commands.options import RULES, AsJson, need_path
from api.output import BAD_INPUT, FINDINGS, console, diagnostic_json, print_diagnostics, print_json
from engine.builder.build import KINDS
from engine.errors import Diagnostic
from engine.example.example import compact_json
from engine.lint.lint import lint
from engine.lint.rivals import Overlap, overlaps
from engine.ruleset import RuleSet
from storage.case_files import CaseRun, run_cases
from storage.participant_files import participant_findings
from storage.rule_files import own_schemas, read_rule_sets

Paths = Annotated[
    list[Path] | None, typer.Argument(help="规则文件夹或文件，默认 rules / folders or files, `rules` unless given")
]


Examples = Annotated[
    bool,
    typer.Option(
        "--examples", help="附上能看出问题的订单 / print an order that shows each finding, where there is one"
    ),
]


def check(paths: Paths = None, as_json: AsJson = False, examples: Examples = False) -> None:
    """检查规则与参与者文件 / Check rule sets and participants: text, shape, meaning, law. Exit code 1 on errors."""
    found: list[Diagnostic] = []
    rule_sets: list[RuleSet] = []
    for path in paths or [RULES]:
        read = read_rule_sets(need_path(path), own_schemas())
        found += read.diagnostics
        rule_sets += read.rule_sets
        found += participant_findings(path, own_schemas())
    found += lint(rule_sets)
    found.sort()
    errors = sum(one.severity == "error" for one in found)
    if as_json:
        print_json(
            {
                "ok": not errors,
                "checked": [one.header.label for one in rule_sets],
                "diagnostics": [diagnostic_json(one) for one in found],
                "overlaps": [overlap_json(one) for one in overlaps(rule_sets)],
            }
        )
    else:
        print_diagnostics(found, with_examples=examples)
        console.print(
            f"{len(rule_sets)} 个规则集可用，{errors} 个错误，{len(found) - errors} 个警告 / "
            f"{len(rule_sets)} sound rule sets, {errors} errors, {len(found) - errors} warnings"
        )
    if errors:
        raise typer.Exit(FINDINGS)


def overlap_json(one: Overlap) -> dict[str, object]:
    """Two promotions for the same goods, with the order on which one keeps the other out."""
    return {
        "winner": one.winner,
        "loser": one.loser,
        "code": one.code,
        "saved_fen": one.saved_fen,
        "would_save_fen": one.would_save_fen,
        "example": json.loads(compact_json(one.example)),
    }


Mutate = Annotated[
    bool,
    typer.Option(
        "--mutate",
        help="逐处微调规则，看案例能否发现 / change each figure, operator and scope a little: would a case notice?",
    ),
]


def test(paths: Paths = None, as_json: AsJson = False, mutate: Mutate = False) -> None:
    """运行规则旁的案例 / Run the cases beside rule sets and templates. Exit code 1 when one differs.

    With --mutate, exit code 1 when a rule set may change in one small step and no case beside it differs.
    """
    given = paths or [RULES]
    if mutate:
        raise typer.Exit(finish(run_mutants(given, known_rule_sets(given), own_schemas()), as_json=as_json))
    whole = cases_of(given)
    if as_json:
        print_json(cases_json(whole))
    else:
        print_cases(whole)
    if whole.diagnostics:
        raise typer.Exit(BAD_INPUT if any(one.code[0] in "YSR" for one in whole.diagnostics) else FINDINGS)
    if not whole.passed:
        raise typer.Exit(FINDINGS)


def cases_of(paths: list[Path]) -> CaseRun:
    """Run the cases beside everything at or below some paths."""
    known = known_rule_sets(paths)
    runs = [run_cases(path, known, own_schemas()) for path in paths]
    diagnostics = sorted({one for run in runs for one in run.diagnostics})
    return CaseRun(tuple(one for run in runs for one in run.results), tuple(diagnostics))


def known_rule_sets(paths: list[Path]) -> list[RuleSet]:
    """All rule sets that the cases at some paths may name in `with`: those of the folders they lie in."""
    roots = {root for path in paths for root in (_root(need_path(path)), path)}
    read = (one for root in sorted(roots, key=_rules_first) for one in read_rule_sets(root, own_schemas()).rule_sets)
    return list({one.header.file: one for one in read}.values())


def _root(path: Path) -> Path:
    """The folder of rule sets that a path lies in, or `rules`, so that cases find what they name in `with`."""
    folder = path if path.is_dir() else path.parent
    for parent in [folder, *folder.parents][:4]:
        if any((parent / kind).is_dir() for kind in KINDS):
            return parent
    return RULES if RULES.is_dir() else folder


def _rules_first(root: Path) -> tuple[bool, Path]:
    """Of two files that claim one version, the one that was asked for counts."""
    return root != RULES, root


def cases_json(run: CaseRun) -> dict[str, object]:
    return {
        "ok": run.passed,
        "cases": len(run.results),
        "failed": [
            {
                "file": one.file,
                "line": one.case.line,
                "name": one.case.name,
                "differences": [
                    {"path": difference.path, "expected": difference.expected, "found": difference.found}
                    for difference in one.differences
                ],
            }
            for one in run.results
            if one.differences
        ],
        "diagnostics": [diagnostic_json(one) for one in run.diagnostics],
    }


def print_cases(run: CaseRun) -> None:
    print_diagnostics(run.diagnostics)
    failed = [one for one in run.results if one.differences]
    for one in failed:
        console.print(f"[red]✗[/red] {one.file}:{one.case.line} {one.case.name}")
        for difference in one.differences:
            console.print(
                f"    {difference.path}: 期望 {difference.expected}，实得 {difference.found} / "
                f"expected {difference.expected}, found {difference.found}",
                markup=False,
            )
    console.print(
        f"{len(run.results)} 个案例，{len(failed)} 个不符 / {len(run.results)} cases, {len(failed)} with differences"
    )
    if not run.results:
        console.print("没有案例可运行 / there was no case to run")
