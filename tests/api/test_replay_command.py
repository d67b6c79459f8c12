"""`fenrun replay` as scripts and people meet it: what it prints, and how it ends."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from api.commands.replay import replay
from tests.api.test_replay_online_retail import HEADER, ODDITIES

RULES = Path(__file__).parents[2] / "rules"
ORDER = {
    "type": "order",
    "order_id": "a",
    "placed_at": "2026-10-06T12:00:00+08:00",
    "promoter": {"id": "p1", "level": "gold"},
    "lines": [{"line_id": "1", "sku": "tofu", "category": "snack/fried", "unit_price_fen": 1200, "quantity": 2}],
}

app = typer.Typer()
app.command()(replay)
runner = CliRunner()


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(ORDER) + "\n", "utf-8")
    return path


@pytest.fixture
def retail(tmp_path: Path) -> Path:
    path = tmp_path / "retail.csv"
    path.write_text(HEADER + ODDITIES, "utf-8")
    return path


def test_json_for_scripts(orders: Path) -> None:
    result = runner.invoke(app, [str(orders), "--rules", str(RULES), "--json"])
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["ok"]
    assert summary["accruals_by_role"] == {"promoter": 288}
    assert summary["peak_memory_bytes"] > 1_000_000


def test_tables_for_people(retail: Path) -> None:
    result = runner.invoke(app, [str(retail), "--rules", str(RULES / "replay")])
    assert result.exit_code == 0, result.output
    for told in ("订单 orders", "计佣 accrued: promoter", "cancellation_without_sale", "imbalance", "orders/s"):
        assert told in result.stdout


def test_a_replay_in_which_no_rule_applied_fails_and_says_so(orders: Path) -> None:
    """The rule sets of the other log ended long before this order."""
    result = runner.invoke(app, [str(orders), "--rules", str(RULES / "replay")])
    assert result.exit_code == 1
    assert "没有任何规则生效" in result.stderr
    assert "no rule applied" in result.stderr


def test_bad_input_ends_with_two_and_names_the_line(orders: Path) -> None:
    orders.write_text(json.dumps(ORDER) + "\n{}\n", "utf-8")
    result = runner.invoke(app, [str(orders), "--rules", str(RULES)])
    assert result.exit_code == 2
    assert f"{orders}:2:1" in result.stderr
    as_json = runner.invoke(app, [str(orders), "--rules", str(RULES), "--json"])
    assert as_json.exit_code == 2
    told = json.loads(as_json.stdout)
    assert (told["ok"], told["diagnostics"][0]["line"]) == (False, 2)


@pytest.mark.parametrize("name", ["missing.jsonl", "log.txt"])
def test_a_log_that_is_not_there_or_of_unknown_format(tmp_path: Path, name: str) -> None:
    (tmp_path / "log.txt").write_text("?")
    result = runner.invoke(app, [str(tmp_path / name), "--rules", str(RULES)])
    assert result.exit_code == 2
    assert name in "".join(result.stderr.replace("│", "").split())  # long paths are wrapped in their box


def test_the_format_may_be_said(orders: Path, tmp_path: Path) -> None:
    other = tmp_path / "orders.log"
    other.write_bytes(orders.read_bytes())
    result = runner.invoke(app, [str(other), "--format", "json-lines", "--rules", str(RULES), "--json"])
    assert result.exit_code == 0, result.output
