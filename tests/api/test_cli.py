"""The command line as scripts and operators use it: outputs, exit codes, and what it says to mistakes."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from api.cli import app

ROOT = Path(__file__).parent.parent.parent
RULES = str(ROOT / "rules")
ORDER: dict[str, Any] = {
    "order_id": "o1",
    "placed_at": "2026-10-02T22:15:00+08:00",
    "channel": "live",
    "buyer": {"id": "b1", "is_new": True, "nth_order": 1},
    "delivery": {"kind": "delivery", "region": "430102001", "fee_fen": 600},
    "promoter": {"id": "p1", "level": "gold"},
    "lines": [
        {
            "line_id": "1",
            "sku": "stinky-tofu",
            "category": "snack/fried",
            "unit_price_fen": 1200,
            "quantity": 3,
            "merchant": "m1",
        },
        {
            "line_id": "2",
            "sku": "oranges",
            "category": "fruit/citrus",
            "unit_price_fen": 3990,
            "quantity": 2,
            "floor_price_fen": 3500,
            "merchant": "m2",
        },
    ],
}
REFUND = {
    "type": "refund",
    "refund_id": "r1",
    "order_id": "o1",
    "at": "2026-10-03T10:00:00+08:00",
    "lines": [{"line_id": "1", "quantity": 1}],
}


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def evaluate(tmp_path: Path, events: object, *more: str) -> Result:
    path = tmp_path / "events.json"
    path.write_text(json.dumps(events), encoding="utf-8")
    return run("evaluate", str(path), "--rules", RULES, "--json", *more)


def test_evaluate_prints_a_result_that_its_schema_describes(tmp_path: Path) -> None:
    result = evaluate(tmp_path, [ORDER, REFUND], "--why", "--entries")
    assert result.exit_code == 0, result.output
    order, refund = json.loads(result.stdout)
    schema = json.loads((ROOT / "rules/schema/evaluation.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate([order, refund])
    assert (
        order["totals"]["paid_fen"] == sum(line["paid_fen"] for line in order["lines"]) + order["shipping"]["paid_fen"]
    )
    for line in order["lines"]:
        assert line["list_fen"] == line["paid_fen"] + sum(one["amount_fen"] for one in line["discounts"])
    named = {one["rule"] for one in order["not_applied"]}
    assert {"near-expiry", "student-goods"} <= named
    assert refund["cash_fen"] + refund["recovered_fen"] == sum(line["returned_fen"] for line in refund["lines"])
    for entries in (order["entries"], refund["entries"]):
        assert entries
        assert all(posting["amount_fen"] > 0 for posting in entries)


def test_evaluate_reads_standard_input_and_one_event_gives_one_result() -> None:
    result = run("evaluate", "-", "--rules", RULES, "--json", stdin=json.dumps(ORDER))
    assert result.exit_code == 0
    assert json.loads(result.stdout)["order_id"] == "o1"


def test_evaluate_tells_people_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(ORDER), encoding="utf-8")
    result = run("evaluate", str(path), "--rules", RULES)
    assert "实付 / paid" in result.stdout
    assert "佣金 / commission p1" in result.stdout


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"placed_at": "2026-10-02T22:15:00"}, "E107", "/placed_at"),
        ({"lines": []}, "E102", "/lines"),
        ({"lines": [{**ORDER["lines"][0], "quantity": 1.5}]}, "E102", "/lines/0/quantity"),
        ({"lines": [{**ORDER["lines"][0], "unit_price_fen": "12"}]}, "E102", "/lines/0/unit_price_fen"),
        ({"lines": [ORDER["lines"][0], ORDER["lines"][0]]}, "E105", "/lines/1/line_id"),
        ({"chanel": "live"}, "E102", "/chanel"),
        ({"type": "return"}, "E102", "/type"),
    ],
)
def test_a_wrong_event_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, object], code: str, pointer: str
) -> None:
    result = evaluate(tmp_path, {**ORDER, **change})
    assert result.exit_code == 2
    (found,) = json.loads(result.stdout)["diagnostics"]
    assert (found["code"], found["path"]) == (code, pointer)
    assert found["message"]
    assert found["message_en"]


def test_an_unknown_field_gets_a_guess(tmp_path: Path) -> None:
    (found,) = json.loads(evaluate(tmp_path, {**ORDER, "chanel": "live"}).stdout)["diagnostics"]
    assert "channel" in found["hint_en"]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"order_id": "\\ud800"}', "12"])
def test_what_is_no_event_is_refused_and_never_crashes(text: str) -> None:
    result = run("evaluate", "-", "--rules", RULES, "--json", stdin=text)
    assert result.exit_code == 2
    assert json.loads(result.stdout)["ok"] is False


def test_refunds_that_cannot_be_true_are_refused(tmp_path: Path) -> None:
    for refund, pointer in (
        ({**REFUND, "order_id": "other"}, "/1/order_id"),
        ({**REFUND, "lines": [{"line_id": "9", "quantity": 1}]}, "/1/lines/0/line_id"),
        ({**REFUND, "lines": [{"line_id": "1", "quantity": 4}]}, "/1/lines/0/quantity"),
        ({**REFUND, "lines": [{"line_id": "1", "amount_fen": 9_999_999}]}, "/1/lines/0/amount_fen"),
        ({**REFUND, "lines": [], "shipping_fen": 700}, "/1/shipping_fen"),
    ):
        result = evaluate(tmp_path, [ORDER, refund])
        assert result.exit_code == 2
        assert json.loads(result.stdout)["diagnostics"][0]["path"] == pointer


def test_explain_one_rule(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(json.dumps(ORDER), encoding="utf-8")
    told = run("explain", str(path), "--rules", RULES, "--rule", "near-expiry", "--json")
    assert json.loads(told.stdout)["not_applied"][0]["code"] == "conditions_not_met"
    nobody = run("explain", str(path), "--rules", RULES, "--rule", "no-such-rule")
    assert nobody.exit_code == 1


def test_new_rule_sets_are_sound_and_their_cases_pass(tmp_path: Path) -> None:
    for kind in ("promotion", "commission", "region"):
        made = run("new", kind, "my-rules", "--rules", str(tmp_path))
        assert made.exit_code == 0, made.output
    checked = run("check", str(tmp_path), "--json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["checked"] == ["my-rules@1"] * 3
    tested = run("test", str(tmp_path), "--json")
    assert tested.exit_code == 0, tested.output
    assert json.loads(tested.stdout)["cases"] == 6
    again = run("new", "promotion", "my-rules", "--rules", str(tmp_path))
    assert again.exit_code == 2


def test_mistakes_in_a_rule_set_are_told_with_place_and_guess(tmp_path: Path) -> None:
    run("new", "promotion", "mine", "--rules", str(tmp_path))
    path = tmp_path / "promotion/mine/v1.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("stacking: competing ", "staking: competing ").replace("amount_off: 10", "amount_off: 10.005"),
        encoding="utf-8",
    )
    result = run("check", str(tmp_path), "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)["diagnostics"]
    lines = text.splitlines()
    staking = next(at for at, line in enumerate(lines, 1) if "stacking:" in line)
    amount = next(at for at, line in enumerate(lines, 1) if "amount_off:" in line)
    assert {staking, amount} <= {one["line"] for one in found}
    assert any("stacking" in one["hint_en"] for one in found)


def test_a_failing_case_and_a_missing_case_file_fail(tmp_path: Path) -> None:
    run("new", "promotion", "mine", "--rules", str(tmp_path))
    cases = tmp_path / "promotion/mine/v1.cases.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("paid: 90\n", "paid: 91\n"), encoding="utf-8")
    result = run("test", str(tmp_path), "--json")
    assert result.exit_code == 1
    (failed,) = json.loads(result.stdout)["failed"]
    assert failed["differences"] == [{"path": "/expect/paid", "expected": "91.00", "found": "90.00"}]
    cases.unlink()
    result = run("test", str(tmp_path), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == "C101"


def test_diff_shows_what_changes_in_money(tmp_path: Path) -> None:
    run("new", "commission", "mine", "--rules", str(tmp_path))
    old = tmp_path / "commission/mine/v1.yaml"
    new = old.with_name("v2.yaml")
    text = old.read_text(encoding="utf-8")
    new.write_text(text.replace("version: 1", "version: 2").replace("rate: 8%", "rate: 9%"), encoding="utf-8")
    result = run("diff", str(old), str(new), "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["changes"] for one in found["changed"]] == [{"promoter/p1": [800, 900]}]


def test_status_says_what_stands_when() -> None:
    before = json.loads(run("status", "--rules", RULES + "/promotion", "--at", "2026-09-30", "--json").stdout)
    after = json.loads(run("status", "--rules", RULES + "/promotion", "--at", "2026-10-02 22:30", "--json").stdout)
    assert {one["state"] for one in before["rule_sets"]} == {"upcoming"}
    assert "live" in {one["state"] for one in after["rule_sets"]}
    assert run("status", "--at", "yesterday").exit_code == 2


def test_publish_is_idempotent_and_published_versions_are_immutable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FENRUN_DATABASE_URL", f"sqlite:///{tmp_path}/fenrun.db")
    run("new", "commission", "mine", "--rules", str(tmp_path))
    path = tmp_path / "commission/mine/v1.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1\n", "version: 1\nbackfill: true\n"), "utf-8")
    for outcome in ("published", "unchanged"):
        result = run("publish", str(path), "--json")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout)[0]["outcome"] == outcome
    path.write_text(path.read_text(encoding="utf-8").replace("8%", "9%"), encoding="utf-8")
    assert run("publish", str(path)).exit_code == 1  # its cases fail
    cases = path.with_name("v1.cases.yaml")
    cases.write_text(cases.read_text(encoding="utf-8").replace("amount: 8}", "amount: 9}"), encoding="utf-8")
    refused = run("publish", str(path), "--json")
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)["code"] == "version_taken"


def test_every_command_has_help() -> None:
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    assert len(names) >= 17
    for name in names:
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "/" in result.stdout  # both languages
