"""`fenrun settle` and `fenrun statement`: from a log of events alone, as an operator uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.commands.statement_tables import _FIGURES, print_statements
from api.output import console
from engine.money import yuan
from engine.period import parse_label
from engine.settlement import Statement

HEAD = """\
kind: {kind}
name: {name}
version: 1
title: 测试
owner: tests
reason: 测试
effective_from: 2026-10-01
"""
SETTLEMENT = HEAD.format(kind="settlement", name="s") + "release_after_days: 7\nperiod: half_month\nleast: 1.00\n"
COMMISSION = (
    HEAD.format(kind="commission", name="pay")
    + """\
base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - {id: tenth, title: 一成, when: always, accrue: [{to: promoter, rate: 10%}]}
"""
)


def order(number: int, day: int, yuan: int) -> dict[str, Any]:
    return {
        "type": "order",
        "order_id": f"o-{number}",
        "placed_at": f"2026-10-{day:02d}T12:00:00+08:00",
        "promoter": {"id": "ann"},
        "lines": [{"line_id": "1", "sku": "a", "unit_price_fen": yuan * 100, "quantity": 1}],
    }


def news(kind: str, number: int, day: int, **fields: Any) -> dict[str, Any]:
    name = {"refund_id": f"b-{number}"} if kind == "refund" else {"id": f"{kind}-{number}"}
    return {"type": kind, **name, "order_id": f"o-{number}", "at": f"2026-10-{day:02d}T12:00:00+08:00", **fields}


STORY = [
    order(1, 2, 100),
    news("received", 1, 3),
    order(2, 4, 50),
    news("received", 2, 20),
    news("refund", 1, 18, lines=[{"line_id": "1", "amount_fen": 4_000}]),
    order(3, 28, 7),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "s.yaml").write_text(SETTLEMENT, "utf-8")
    (tmp_path / "rules" / "pay.yaml").write_text(COMMISSION, "utf-8")
    write(tmp_path / "log.jsonl", STORY)
    return tmp_path


def write(path: Path, events: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def settled(folder: Path, *words: object, log: str = "log.jsonl", code: int = 0) -> Any:
    ran = run("settle", folder / log, "--rules", folder / "rules", "--until", "2026-11-01", "--json", *words)
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout)


def test_periods_close_one_after_the_other_and_a_late_refund_is_a_debt(folder: Path) -> None:
    periods = settled(folder)["periods"]
    first, second = periods["2026-10-A"]["ann"], periods["2026-10-B"]["ann"]
    assert (first["accrued_fen"], first["released_fen"], first["settled_fen"]) == (1_500, 1_000, 1_000)
    assert (second["accrued_fen"], second["clawed_back_fen"], second["released_fen"]) == (70, 400, 500)
    assert (second["closing_fen"], second["settled_fen"], second["carried_forward_fen"]) == (100, 100, 0)


def test_what_is_written_out_settles_to_the_same_again(folder: Path) -> None:
    told = settled(folder, "--events", folder / "all.jsonl")
    kinds = [json.loads(line)["type"] for line in (folder / "all.jsonl").read_text("utf-8").splitlines()]
    assert kinds.count("closed") == 2
    assert kinds.count("released") == 2
    assert settled(folder, log="all.jsonl") == told


def test_events_told_twice_or_late_change_nothing_of_what_is_earned(folder: Path) -> None:
    told = settled(folder)["periods"]["2026-10-B"]["ann"]
    write(folder / "log.jsonl", [*STORY[1:], STORY[0], *STORY])
    late = settled(folder)["periods"]["2026-10-B"]["ann"]
    assert late["closing_fen"] + settled(folder)["periods"]["2026-10-A"]["ann"]["settled_fen"] == 1_100
    assert told["closing_fen"] + 1_000 == 1_100


def test_what_cannot_be_true_is_told_and_changes_nothing(folder: Path) -> None:
    write(folder / "log.jsonl", [*STORY, news("refund", 2, 29, lines=[{"line_id": "1", "amount_fen": 999_999}])])
    told = settled(folder, code=1)
    assert [one["code"] for one in told["turned_away"]] == ["more_than_paid"]
    assert told["periods"]["2026-10-B"]["ann"]["closing_fen"] == 100


def test_events_that_wait_and_oddities_are_told(folder: Path) -> None:
    assert {(one["key"], one["order_id"], one["code"]) for one in settled(folder)["oddities"]} == {
        ("received:received-1", "o-1", "received_unshipped"),
        ("received:received-2", "o-2", "received_unshipped"),
    }
    assert settled(folder)["waiting"] == []
    write(folder / "log.jsonl", [*STORY, news("received", 99, 29)])
    assert settled(folder, code=1)["waiting"] == [{"key": "received:received-99", "order_id": "o-99"}]
    told = run("settle", folder / "log.jsonl", "--rules", folder / "rules")
    assert told.exit_code == 1
    assert "received:received-99: 日志里没有订单 o-99" in told.stderr
    assert "there is no order o-99 in the log" in told.stderr
    assert "received:received-1: 订单 o-1 反常" in told.stderr


def test_an_event_that_waited_and_then_could_not_be_true_is_told(folder: Path) -> None:
    write(folder / "log.jsonl", [news("refund", 1, 3, lines=[{"line_id": "1", "amount_fen": 999_999}]), order(1, 2, 1)])
    told = settled(folder, code=1)
    assert [one["code"] for one in told["turned_away"]] == ["more_than_paid"]
    assert told["waiting"] == []


def test_every_line_of_a_statement_has_its_reason(folder: Path) -> None:
    ran = run(
        "statement",
        folder / "log.jsonl",
        "--rules",
        folder / "rules",
        "--payee",
        "ann",
        "--period",
        "2026-10-B",
        "--json",
    )
    assert ran.exit_code == 0, ran.output
    lines = json.loads(ran.stdout)["lines"]
    assert [(one["part"], one["amount_fen"]) for one in lines] == [
        ("clawed_back", 400),
        ("released", 500),
        ("accrued", 70),
        ("settled", 100),
    ]
    assert "订单 o-1 退款或取消，收回 4.00 元" in lines[0]["why"]
    assert "Order o-2, received 10-20 12:00, is past its 7 days after sale: ¥5.00 released" in lines[1]["why_en"]
    shown = run(
        "statement", folder / "log.jsonl", "--rules", folder / "rules", "--payee", "ann", "--period", "2026-10-B"
    )
    assert all(one["why"] in shown.stdout for one in lines)


def stated(folder: Path, period: str, *words: str) -> tuple[dict[str, Any], str]:
    """A statement of ann's as JSON, and as people see it."""
    asked = ("statement", folder / "log.jsonl", "--rules", folder / "rules", "--payee", "ann", "--period", period)
    return json.loads(run(*asked, *words, "--json").stdout), run(*asked, *words).stdout


def test_a_period_that_is_open_or_not_begun_is_marked(folder: Path) -> None:
    for period, closed in (("2026-10-A", True), ("2026-10-B", False), ("2026-11-B", False)):
        told, shown = stated(folder, period)
        assert told["closed"] is closed
        assert ("未结账 / still open" in shown) is not closed
    assert stated(folder, "2026-10-B", "--until", "2026-11-01")[0]["closed"] is True


def test_a_statement_that_settles_nothing_says_why(folder: Path) -> None:
    assert stated(folder, "2026-10-A")[0]["why"] is None
    write(folder / "log.jsonl", [order(1, 2, 5), news("received", 1, 3)])
    told, shown = stated(folder, "2026-10-A")
    assert told["why"] == "应结 0.50 元，不足起结额 1.00 元，转入下期"
    assert told["why"] in shown
    assert "less than the least amount of ¥1.00" in told["why_en"]
    write(folder / "log.jsonl", [*STORY[:2], STORY[4], order(3, 28, 7)])
    assert stated(folder, "2026-10-B")[0]["why"] == "欠 4.00 元，转入下期抵扣"


def test_what_counts_later_than_it_happened_says_when_it_did(folder: Path) -> None:
    late = news("refund", 1, 14, lines=[{"line_id": "1", "amount_fen": 4_000}])
    write(folder / "log.jsonl", [*STORY[:2], order(3, 28, 7), late])
    (line,) = (one for one in stated(folder, "2026-10-B")[0]["lines"] if one["part"] == "clawed_back")
    assert line["why"].endswith("（2026-10-14 12:00 发生，账期已结，计入本期）")
    assert "(of 2026-10-14 12:00: that period was closed" in line["why_en"]
    lines = stated(folder, "2026-10-A")[0]["lines"]
    assert not any("账期已结" in one["why"] for one in lines)
    write(folder / "log.jsonl", [order(1, 9, 100), {**late, "at": "2026-10-05T12:00:00+08:00"}, order(3, 28, 7)])
    (line,) = (one for one in stated(folder, "2026-10-A")[0]["lines"] if one["part"] == "reversed")
    assert line["why"].endswith("（所记时间 2026-10-05 12:00 早于下单，按下单时刻计）")


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_narrow_console_breaks_neither_payees_nor_figures(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "width", columns)
    parts = [field for field in Statement.__struct_fields__ if field.endswith("_fen")]
    names = ["promoter-of-a-long-name-001", "店铺-长沙五一广场"]
    period = parse_label("2026-10-A")
    fields: dict[str, Any] = {name: 123_456_789_00 + number for number, name in enumerate(parts)}
    found = [
        Statement(payee=name, period=period.label, start=period.start, end=period.end, lines=(), **fields)
        for name in names
    ]
    with console.capture() as shown:
        print_statements(period.label, found)
    told = shown.get()
    assert all(told.count(name) == 1 for name in names)
    assert all(told.count(yuan(fields[name])) == 2 for name in _FIGURES)
    assert ("┃" in told) == (columns == 200)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--payee", "nobody", "--period", "2026-10-A"], "nothing of nobody"),
        (["--payee", "ann", "--period", "october"], "names no period"),
        (["--payee", "ann", "--period", "2026-10"], "not closed"),
    ],
)
def test_a_statement_that_is_not_there_is_answered(folder: Path, words: list[str], told: str) -> None:
    ran = run("statement", folder / "log.jsonl", "--rules", folder / "rules", *words)
    assert ran.exit_code == 2
    assert told in " ".join(ran.output.replace("│", " ").split())


def test_a_line_that_is_no_event_is_named(folder: Path) -> None:
    write(folder / "log.jsonl", [STORY[0], {"type": "arrived"}])
    assert settled(folder, code=2)["diagnostics"][0]["line"] == 2


def test_without_a_settlement_rule_set_nothing_can_be_settled(folder: Path) -> None:
    (folder / "rules" / "s.yaml").unlink()
    ran = run("settle", folder / "log.jsonl", "--rules", folder / "rules")
    assert ran.exit_code == 2
    assert "kind: settlement" in ran.output
