"""`fenrun test --mutate`: exit codes, survivors with their place and a case to paste, JSON for scripts."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

ROOT = Path(__file__).parent.parent.parent
RULE_SET = """\
kind: promotion
name: small
version: 1
title: 小
owner: ops
reason: 样本
effective_from: 2026-10-01
base: original
threshold_on: original
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
  - id: tag
    title: 特价
    stacking: competing
    when: {line.tags: special}
    give: [{type: line_discount, price: 10}]
"""
CASES = """\
cases:
  - name: 特价十元
    order:
      placed_at: 2026-10-06 20:00
      lines: [{sku: a, unit_price: 20, quantity: 1, tags: [special]}]
    expect: {paid: 10}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "promotion" / "small"
    path.mkdir(parents=True)
    (path / "v1.yaml").write_text(RULE_SET, encoding="utf-8")
    (path / "v1.cases.yaml").write_text(CASES, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["test", "--mutate", *arguments])


def test_survivors_are_listed_with_place_change_and_a_case(folder: Path) -> None:
    result = run(str(folder))
    assert result.exit_code == 1, result.output
    assert "small/v1.yaml:19 /rules/0/when/line.tags: line.tags: special → （去掉 / left out）" in result.stdout
    assert "建议的案例，数字须核对 / a proposed case, figures to be checked:\n  - name: " in result.stdout
    assert "漏过 survived" in result.stdout


def test_a_pasted_proposal_removes_its_survivor(folder: Path) -> None:
    def survivors() -> dict[str, str]:
        found = json.loads(run(str(folder), "--json").stdout)["survivors"]
        return {f"{one['path']} {one['new']}": one["proposed_case"] for one in found}

    key = "/rules/0/when/line.tags None"
    cases = folder / "promotion" / "small" / "v1.cases.yaml"
    cases.write_text(f"{CASES}\n{survivors()[key]}", encoding="utf-8")
    assert key not in survivors()


def test_json_counts_every_verdict_and_says_why_one_is_equivalent(folder: Path) -> None:
    result = run(str(folder), "--json")
    (counted,) = json.loads(result.stdout)["files"]
    verdicts = ("killed", "stillborn", "equivalent", "survived")
    assert sum(counted[one] for one in verdicts) == counted["mutants"]
    assert {one["path"]: one["why"] for one in counted["equivalents"]}["/remainder"] == "nothing is split"


def test_a_failing_case_comes_first(folder: Path) -> None:
    cases = folder / "promotion" / "small" / "v1.cases.yaml"
    cases.write_text(CASES.replace("paid: 10", "paid: 11"), encoding="utf-8")
    result = run(str(folder), "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["failing"]) == 1


def test_a_file_that_cannot_be_read_is_bad_input(folder: Path) -> None:
    (folder / "promotion" / "small" / "v1.cases.yaml").unlink()
    result = run(str(folder), "--json")
    assert result.exit_code == 2
    assert [one["code"] for one in json.loads(result.stdout)["diagnostics"]] == ["C101"]


def test_nothing_left_is_success() -> None:
    result = run(str(ROOT / "rules" / "promotion" / "fresh-deals"))
    assert result.exit_code == 0, result.output
    assert "漏过 survived 0" in result.stdout


def test_templates_alone_find_the_rule_sets_that_their_cases_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["test", "templates/campaigns/fruit-festival"])
    assert result.exit_code == 0, result.output
