"""`fenrun check`: orders that show findings, on demand for people and always for scripts; who competes with whom."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

COMMISSION = """\
kind: commission
name: c
version: 1
title: 佣金
owner: o
reason: r
effective_from: 2026-10-01
base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - {id: snacks, title: 小吃, when: {line.category: {under: snack}}, accrue: [{to: promoter, rate: 8%}]}
  - {id: fried, title: 油炸, when: {line.category: {under: snack/fried}}, accrue: [{to: promoter, rate: 9%}]}
"""
PROMOTION = """\
kind: promotion
name: p
version: 1
title: 优惠
owner: o
reason: r
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
  - {id: ten, title: 折, stacking: competing, when: {line.sku: [a, b]}, give: [{type: line_discount, percent_off: 9%}]}
  - {id: half, title: 五折, stacking: competing, when: {line.sku: b}, give: [{type: line_discount, percent_off: 50%}]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    for name, text in (("commission/c/v1.yaml", COMMISSION), ("promotion/p/v1.yaml", PROMOTION)):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path)


def test_an_order_that_shows_the_finding_can_be_evaluated(rules: str, tmp_path: Path) -> None:
    plain = CliRunner().invoke(app, ["check", rules])
    assert (plain.exit_code, "L406" in plain.stderr, '"lines"' in plain.stderr) == (0, True, False)
    shown = CliRunner().invoke(app, ["check", rules, "--examples"])
    (order,) = [line for line in shown.stderr.splitlines() if '"lines"' in line]
    (tmp_path / "order.json").write_text(order, encoding="utf-8")
    evaluated = CliRunner().invoke(app, ["evaluate", str(tmp_path / "order.json"), "--rules", rules, "--json"])
    assert evaluated.exit_code == 0, evaluated.output
    assert [one["rule"] for one in json.loads(evaluated.stdout)["accruals"]] == ["snacks"]


def test_scripts_get_examples_and_overlaps(rules: str) -> None:
    told = json.loads(CliRunner().invoke(app, ["check", rules, "--json"]).stdout)
    (finding,) = told["diagnostics"]
    assert finding["example"]["lines"][0]["category"] == "snack/fried"
    (overlap,) = told["overlaps"]
    assert (overlap["winner"], overlap["loser"], overlap["code"]) == ("p/half", "p/ten", "outcompeted")
    assert overlap["example"]["lines"][0]["sku"] == "b"
