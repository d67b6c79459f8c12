"""`make bench` prints what it measured. That it runs is tested; how fast anything is, never."""

import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import evaluation, many_rules, run

SMALL = ["benchmarks.run", "--rounds", "2", "--orders", "60", "--goods", "80", "--rules", "20"]


@pytest.fixture(autouse=True)
def hardly_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "WARM_UP", 20)
    monkeypatch.setattr(many_rules, "WARM_UP", 20)
    monkeypatch.delenv("FENRUN_REAL_DATA", raising=False)


def test_prints_a_table_of_the_machine_and_the_ratio(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [*SMALL, "--log-orders", "0"])
    run.main()
    printed = capsys.readouterr().out
    assert "Python 3" in printed.splitlines()[0]
    for row in (
        "evaluate_order",
        "ratio",
        "of it: price",
        "matching alone, warm",
        "price list of 80 goods",
        "durable-rules, line by line",
    ):
        assert row in printed
    assert "replay" not in printed


def test_json_carries_the_same_and_a_replay_in_balance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [*SMALL, "--log-orders", "60", "--json"])
    run.main()
    report = msgspec.json.decode(capsys.readouterr().out, type=run.Report)
    assert report.promotions >= 6
    assert report.commission_rules >= 20
    assert report.compared.ratio.least <= report.compared.ratio.median <= report.compared.ratio.most
    assert report.generated_log is not None
    assert report.generated_log.ok
    assert report.generated_log.orders == 60
    assert report.real_data is None


def test_a_log_that_cannot_be_replayed_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", [*SMALL, "--log-orders", "0", "--real-data", f"{tmp_path}/missing.csv"])
    with pytest.raises(SystemExit, match="replay: "):
        run.main()
