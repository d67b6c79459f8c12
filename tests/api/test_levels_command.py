"""`fenrun levels review`: from files, without a database; and `fenrun check` on participants and figures."""

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

RULES = str(Path(__file__).parents[2] / "rules")
PEOPLE = """\
kind: participants
participants:
  - {id: p1, title: 小满, type: individual, level: silver, standing: {reviewed: 2026-09}}
  - {id: p2, title: 阿禾, type: individual, buyer: b9, referrer: p1}
  - {id: l1, title: 团长, type: leader, level: senior}
  - {id: p3, title: 停用, type: individual, level: gold, status: inactive}
"""
FIGURES = """\
kind: figures
period: 2026-10
window: 3
figures:
  - {promoter: p1, delivered: 13500, refunded: 270, orders: 120, buyers: 60, repeat_buyers: 15}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "figures.yaml").write_text(FIGURES, encoding="utf-8")
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(
        app, ["levels", "review", "--rules", RULES, "--participants", "people.yaml", *arguments]
    )
    assert result.exit_code == code, result.output
    return result.output


def reviewed(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--at", "2026-11-08", "--json", *arguments))
    return found


def test_a_review_from_figures_in_words(desk: Path):
    said = run("--figures", "figures.yaml", "--period", "2026-10", "--at", "2026-11-08")
    assert "小满 (p1)\n  银牌 → 金牌 升级\n    Silver → Gold, promoted\n" in said
    assert "升金牌: 已送达销售额 13,230.00 元 ≥ 12,000.00 元 ✓" in said
    assert "升铂金还差: 再成交 26,770.00 元；再送达 180 单；复购率再升 5 个百分点 (再有 3 位买家复购即可)" in said
    assert "升银牌还差: 再成交 3,000.00 元；再送达 30 单；先有已送达的销售，才有退款率" in said
    assert said.endswith("2 人评审，1 人升级，0 人降级 / 2 reviewed, 1 promoted, 0 demoted\n")
    assert "团长" not in said
    assert "停用" not in said


def test_a_review_from_figures_for_scripts(desk: Path):
    found = reviewed("--figures", "figures.yaml", "--period", "2026-10")
    assert found["window"] == {"start": "2026-08-01T00:00:00+08:00", "end": "2026-11-01T00:00:00+08:00"}
    assert found["due_at"] == "2026-11-08T00:00:00+08:00"
    first, second = found["reviews"]
    assert (first["change"], first["after"]["level"], first["after"]["probation_left"]) == ("promoted", "gold", 1)
    assert first["figures"]["repeat_rate_bp"] == 2500
    assert first["next"]["missing"] == {
        "sales_fen": 2_677_000,
        "orders": 180,
        "repeat_buyers": 3,
        "beyond_reach": False,
    }
    assert second["before"]["level"] == "starter"


def test_what_came_out_is_where_the_next_review_begins(desk: Path):
    given = ("--figures", "figures.yaml", "--period", "2026-10", "--save", "next.yaml")
    reviewed(*given)
    saved = (desk / "next.yaml").read_text(encoding="utf-8")
    assert "    level: gold\n    standing:\n      probation_left: 1\n      reviewed: 2026-10\n" in saved
    again = [*given[:4], "--participants", "next.yaml", "--save", "again.yaml"]
    assert [one["change"] for one in reviewed(*again)["reviews"]] == ["reviewed_before"] * 2
    assert (desk / "again.yaml").read_text(encoding="utf-8") == saved
    (desk / "figures.yaml").write_text(FIGURES.replace("2026-10", "2026-11").replace("13500", "300"), encoding="utf-8")
    november = ["--figures", "figures.yaml", "--period", "2026-11", "--participants", "next.yaml", "--at", "2026-12-08"]
    assert [one["change"] for one in reviewed(*november)["reviews"]] == ["on_probation", "kept"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--period", "2026-10", "--at", "2026-11-07"), "2026-11-08"),
        (("--period", "october"), "2026-W41"),
        (("--period", "2026-08", "--at", "2026-11-08"), "--set"),
        (("--period", "2026-10", "--set", "other"), "changsha-promoters"),
        (("--period", "2026-10", "--log", "figures.yaml"), "--log"),
        (("--period", "2026-10", "--at", "soon"), "--at"),
    ],
)
def test_what_cannot_be_asked(desk: Path, arguments: tuple[str, ...], told: str):
    assert told in run("--figures", "figures.yaml", *arguments, code=2)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("people.yaml", "level: silver", "level: diamond", "people.yaml:3:1: error E131"),
        ("people.yaml", "reviewed: 2026-09", "reviewed: 2026-07", "2026-08 还没有评审"),
        ("people.yaml", "referrer: p1", "referrer: p2", "p2 → p2"),
        ("figures.yaml", "promoter: p1", "promoter: p7", "figures.yaml:1:1: error E133"),
        ("figures.yaml", "window: 3", "window: 1", "figures.yaml:1:1: error E132"),
        ("figures.yaml", "period: 2026-10", "period: 2026-11", "error E132"),
        ("figures.yaml", "refunded: 270", "refunded: 13500.01", "figures.yaml:5:48: error P716"),
    ],
)
def test_bad_files_are_told_with_their_place(desk: Path, file: str, old: str, new: str, told: str):
    text = (desk / file).read_text(encoding="utf-8")
    assert old in text
    (desk / file).write_text(text.replace(old, new), encoding="utf-8")
    assert told in run("--figures", "figures.yaml", "--period", "2026-10", "--at", "2026-11-08", code=2)


def sold(number: int, buyer: str, day: int, promoter: str = "p1") -> list[dict[str, Any]]:
    """An order of 100 yuan and its receipt a day later."""
    at = datetime.fromisoformat("2026-10-01T12:00:00+08:00") + timedelta(days=day)
    order = {
        "type": "order",
        "order_id": f"o{number}",
        "placed_at": at.isoformat(),
        "buyer": {"id": buyer},
        "promoter": {"id": promoter},
        "lines": [{"line_id": "1", "sku": "goods", "unit_price_fen": 10_000, "quantity": 1}],
    }
    received = {
        "type": "received",
        "id": f"r{number}",
        "order_id": f"o{number}",
        "at": (at + timedelta(days=1)).isoformat(),
    }
    return [order, received]


def test_a_review_counts_a_log(desk: Path):
    events = [*sold(1, "b1", 0), *sold(2, "b1", 3), *sold(3, "b2", 4), *sold(4, "b9", 5, "p2"), *sold(5, "b3", 30)]
    for at, fen in (("2026-11-07T23:59:00+08:00", 2_500), ("2026-11-08T00:00:00+08:00", 5_000)):
        line = {"line_id": "1", "quantity": 0, "amount_fen": fen}
        events.append({"type": "refund", "refund_id": at, "order_id": "o3", "at": at, "lines": [line]})
    (desk / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in events), encoding="utf-8")
    for kind, name in (("level", "changsha-promoters"), ("commission", "changsha")):
        shutil.copytree(Path(RULES) / kind / name, desk / "mine" / kind / name)
    first, second = reviewed("--log", "log.jsonl", "--period", "2026-10", "--rules", "mine")["reviews"]
    counted = {
        key: first["figures"][key] for key in ("delivered_fen", "refunded_fen", "orders", "buyers", "repeat_buyers")
    }
    assert counted == {"delivered_fen": 30_000, "refunded_fen": 2_500, "orders": 3, "buyers": 2, "repeat_buyers": 1}
    assert second["figures"]["delivered_fen"] == 0, "what p2 bought with an account of their own"


def test_what_a_log_cannot_mean_is_told_beside_the_reviews(desk: Path):
    events = [*sold(1, "b1", 0), {"type": "cancelled", "id": "c1", "order_id": "o1", "at": "2026-10-09T12:00:00+08:00"}]
    again = {**events[-1], "reason": "又一次"}
    (desk / "log.jsonl").write_text("".join(json.dumps(one) + "\n" for one in [*events, again]), encoding="utf-8")
    found = reviewed("--log", "log.jsonl", "--period", "2026-10")
    assert [(one["code"], one["severity"]) for one in found["findings"]] == [("E134", "warning")]
    assert found["reviews"][0]["figures"]["orders"] == 0
    assert "warning E134" in run("--log", "log.jsonl", "--period", "2026-10", "--at", "2026-11-08")


def test_orders_of_a_log_are_priced_by_all_rules(desk: Path):
    (desk / "log.jsonl").write_text("", encoding="utf-8")
    said = run("--log", "log.jsonl", "--period", "2026-10", "--rules", f"{RULES}/level", code=2)
    assert "promotions" in said


def test_check_reads_participants_and_figures(desk: Path):
    (desk / "people.yaml").write_text(PEOPLE.replace("referrer: p1", "referrer: p2"), encoding="utf-8")
    (desk / "figures.yaml").write_text(FIGURES.replace("buyers: 60", "buyers: 121"), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "."])
    assert result.exit_code == 1
    assert "people.yaml:4:64: error P703" in result.output
    assert "figures.yaml:5:74: error P716" in result.output
