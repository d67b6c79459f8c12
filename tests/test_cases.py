"""Every case beside a rule set or template is a test of its own; a rule set without cases fails."""

from pathlib import Path

import pytest

from engine.cases.cases import Case
from storage.case_files import CaseResult, run_cases
from storage.rule_files import own_schemas, read_rule_sets

ROOT = Path(__file__).parent.parent
FOLDERS = (ROOT / "rules", ROOT / "templates" / "campaigns")


def _all_results() -> list[CaseResult]:
    rule_sets = read_rule_sets(ROOT / "rules", own_schemas()).rule_sets
    results: list[CaseResult] = []
    for folder in FOLDERS:
        run = run_cases(folder, rule_sets, own_schemas())
        assert not run.diagnostics, "\n".join(one.text() for one in run.diagnostics)
        results += run.results
    return results


def _name(result: CaseResult) -> str:
    case: Case = result.case
    return f"{Path(result.file).relative_to(ROOT).as_posix()}:{case.line} {case.name}"


@pytest.mark.parametrize("result", _all_results(), ids=_name)
def test_case(result: CaseResult) -> None:
    told = "\n".join(f"  {difference}" for difference in result.differences)
    assert not result.differences, f"{result.file}:{result.case.line} {result.case.name}\n{told}"


def test_there_are_cases_for_every_rule_set_and_template() -> None:
    files = {Path(one.file).parent for one in _all_results()}
    folders = {path.parent for folder in FOLDERS for path in folder.rglob("v*.yaml")}
    assert folders == files
    assert len(files) >= 9
