"""`fenrun dividend`, as an operator uses it: three periods in a row, and whatever can be wrong."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.output import BAD_INPUT
from engine.journal.news_reader import read_news
from engine.journal.order_news import DividendEvent

ROOT = Path(__file__).parents[2]
PARTNERS = str(ROOT / "rules/dividend/city-partners/v1.yaml")
HOLDERS = """\
holders:
  - {id: lin, level: gold, joined: 2026-01-05, own_sales: 4200.50, sales_points: 42}
  - {id: zhou, level: platinum, joined: 2025-11-01, own_sales: 12500, sales_points: 125}
  - {id: chen, level: gold, joined: 2026-09-15, own_sales: 8000, sales_points: 80}
  - {id: wu, level: silver, joined: 2026-01-05, own_sales: 8000, sales_points: 80}
"""
Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "holders.yaml").write_text(HOLDERS, encoding="utf-8")

    def invoke(*more: str, holders: str = "holders.yaml", rule_set: str = PARTNERS) -> Any:
        return CliRunner().invoke(app, ["dividend", rule_set, "--holders", str(tmp_path / holders), *more])

    return invoke


def told(result: Any) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def refused(result: Any) -> list[tuple[str, str]]:
    assert result.exit_code == BAD_INPUT, result.output
    return [(one["code"], one["message_en"]) for one in json.loads(result.stdout)["diagnostics"]]


def test_three_periods_in_a_row_lose_nothing(run: Run, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.json")
    first = told(run("--pool", "100.01", "--save", ledger, "--json"))
    assert (first["period"], first["paid_fen"], first["carried_fen"]) == ("2026-10", 4000, "6000.6")
    assert {one["holder"]: one["code"] for one in first["left_out"]} == {"chen": "condition", "wu": "condition"}
    second = told(run("--pool", "-3.50", "--ledger", ledger, "--save", ledger, "--json"))
    assert second["period"] == "2026-11"
    assert [one["holder"] for one in second["shares"]] == ["lin", "zhou"]
    third = told(run("--pool", "50", "--ledger", ledger, "--save", ledger, "--json"))
    assert [one["holder"] for one in third["shares"]] == ["chen", "lin", "zhou"]
    kept = json.loads(Path(ledger).read_text(encoding="utf-8"))
    assert kept == third["ledger"]
    assert kept["funded_fen"] == 10001 - 350 + 5000
    paid = sum(one["paid_fen"] for one in kept["accounts"].values())
    owed = sum(one["rest_nano"] for one in kept["accounts"].values())
    assert paid == first["paid_fen"] + second["paid_fen"] + third["paid_fen"]
    assert (kept["funded_fen"] - paid - kept["carried_fen"]) * 10**9 == owed + kept["carried_nano"]


def test_the_answer_itself_can_be_the_next_ledger(run: Run, tmp_path: Path) -> None:
    answer = tmp_path / "answer.json"
    answer.write_text(run("--pool", "10", "--json").stdout, encoding="utf-8")
    assert told(run("--pool", "10", "--ledger", str(answer), "--json"))["period"] == "2026-11"


def test_the_same_period_twice_pays_once(run: Run, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.json")
    told(run("--pool", "10", "--save", ledger, "--json"))
    before = Path(ledger).read_text(encoding="utf-8")
    again = run("--pool", "999", "--ledger", ledger, "--period", "2026-10", "--save", ledger)
    assert again.exit_code == 0
    assert "2026-10 was shared out before: nothing is paid" in again.stdout
    assert Path(ledger).read_text(encoding="utf-8") == before


def test_the_log_takes_the_event_of_a_period_once(run: Run, tmp_path: Path) -> None:
    ledger, log = str(tmp_path / "ledger.json"), tmp_path / "log.jsonl"
    log.write_text('{"type": "earlier"}\n', encoding="utf-8")
    assert run("--pool", "10", "--save", ledger, "--event", str(log)).exit_code == 0
    assert run("--pool", "99", "--ledger", ledger, "--period", "2026-10", "--event", str(log)).exit_code == 0
    earlier, line = log.read_text(encoding="utf-8").splitlines()
    assert earlier == '{"type": "earlier"}'
    event = read_news(line.encode(), "log.jsonl")
    assert isinstance(event, DividendEvent)
    assert (event.pool, event.period, event.pool_fen) == ("pool:city-partners", "2026-10", 1000)
    assert [(one.holder, one.amount_fen) for one in event.shares] == [("lin", 200), ("zhou", 200)]


def test_people_see_shares_and_who_is_left_out_and_why(run: Run) -> None:
    shown = run("--pool", "10", "--period", "2026-12").stdout
    assert "pool:city-partners 2026-12" in shown
    assert "zhou" in shown
    assert "wu: 不参与 / left out: 不符合条件 / does not meet `holders`" in shown
    assert "pool 10.00, to share 10.00, paid 6.00, fractions owed 0.00, carried over 4.00" in shown


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--pool", "ten"), "R301", "`ten` is not an amount of money"),
        (("--pool", "1.005"), "R301", "`1.005` is not an amount of money"),
        (("--pool", "10", "--period", "October"), "E121", "names no period"),
        (("--pool", "10", "--period", "2026-W41"), "E121", "is no period of the rule set"),
        (("--pool", "10", "--period", "1999-01"), "E121", "not in the years"),
        (("--pool", "10", "--period", "2026-09"), "E121", "city-partners@1 starts after 2026-09 has ended"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_said(run: Run, more: tuple[str, ...], code: str, said: str) -> None:
    ((found, message),) = refused(run(*more, "--json"))
    assert found == code
    assert said in message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("holders:\n  - {id: a}\n  - {id: a}\n", "P701"),
        ("holders:\n  - {id: a, own_sales: -1}\n", "R301"),
        ("holders:\n  - {id: a, sales_points: 1.5}\n", "S203"),
        ("holders:\n  - {id: a, recruits: 10}\n", "S201"),
        ("holders:\n  - {id: a, joined: 2026-02-30}\n", "R303"),
        ("holders:\n  - {id: a, status: retired}\n", "S204"),
        ("people: []\n", "S202"),
        ("- a\n", "S203"),
        ("holders: [\n", "Y101"),
    ],
)
def test_what_is_wrong_with_holders_is_said_with_its_place(run: Run, tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    result = run("--pool", "10", "--json", holders="bad.yaml")
    assert code in [found for found, _ in refused(result)]
    assert all(one["line"] > 0 for one in json.loads(result.stdout)["diagnostics"])


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("not json", "E101", "not JSON"),
        ("[1, 2]", "E102", "not the ledger of a pool"),
        ('{"pool": "pool:city-partners", "spent": 1}', "E102", "unknown field `spent`"),
        ('{"pool": "pool:city-partners", "funded_fen": 5}', "E120", "does not add up by 5000000000 nano-fen"),
        ('{"pool": "pool:city-partners", "funded_fen": 1e3}', "E102", "not the ledger of a pool"),
        ('{"pool": "pool:city-partners", "carried_fen": 99999999999999999999}', "E102", "not the ledger of a pool"),
        ('{"pool": "pool:others"}', "E121", "the ledger is of pool:others"),
        ('{"pool": "pool:city-partners", "periods": ["2026-10", "2026-10"]}', "E120", "begins before it ends"),
        ('{"pool": "pool:city-partners", "periods": ["2026-11"]}', None, ""),
    ],
)
def test_what_is_wrong_with_a_ledger_is_said(
    run: Run, tmp_path: Path, change: str, code: str | None, said: str
) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(change, encoding="utf-8")
    result = run("--pool", "10", "--ledger", str(path), "--json")
    if code is None:
        assert told(result)["period"] == "2026-12"
        return
    ((found, message),) = refused(result)
    assert found == code
    assert said in message


def test_a_passed_period_is_refused(run: Run, tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.json")
    told(run("--pool", "10", "--period", "2026-11", "--save", ledger, "--json"))
    ((code, message),) = refused(run("--pool", "10", "--ledger", ledger, "--period", "2026-10", "--json"))
    assert (code, message) == ("E121", "2026-10 lies before 2026-11, which was shared out, or overlaps it")


def test_a_rule_set_of_another_kind_and_a_file_that_is_not_there_are_named(run: Run, tmp_path: Path) -> None:
    other = str(ROOT / "rules/commission/changsha/v1.yaml")
    ((code, message),) = refused(run("--pool", "10", "--json", rule_set=other))
    assert (code, message) == ("E122", "there are 0 dividend rule sets here, and one is needed")
    places = {"--ledger": "none.json", "--holders": "none", "--save": "none/l.json", "--event": "none"}
    (tmp_path / "none").mkdir()
    (tmp_path / "none/l.json").mkdir()
    for option, name in places.items():
        result = run("--pool", "10", option, str(tmp_path / name))
        assert result.exit_code == BAD_INPUT
        told = re.sub(r"[│\s]", "", result.output)  # a long path is broken at the edge of the console
        assert "none" in told
        assert "Traceback" not in result.output
