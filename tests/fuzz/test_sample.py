"""A fixed sample of the fuzz cases, small enough for every run; the long runs are `make fuzz`."""

from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient

from engine.text.document import parse
from engine.text.nodes import plain
from tests.api.conftest import steady_shop
from tests.fuzz import bombs, reloading, requests, rule_sets, run
from tests.fuzz.cases import Case, run_case, started
from tests.fuzz.run import Worker

__all__ = ["steady_shop"]

SEED = 2026


@pytest.mark.parametrize("block", range(4))
def test_whatever_comes_in_is_refused_clearly_or_priced_exactly(block: int) -> None:
    outcomes: list[str] = []
    for number in range(block * 40, block * 40 + 40):
        run_case(Case(SEED, number), outcomes.append, orders=5)
    seen = {outcome.rpartition(" ")[0] or outcome for outcome in outcomes}
    # a sample in which nothing gets through, or nothing is refused, would show nothing
    assert {"order priced with a", "event refused", "text refused", "refunds", "refund refused", "rule set"} <= seen


def test_a_case_is_made_from_its_number_alone() -> None:
    cases = [Case(SEED, 5), Case(SEED, 5), Case(SEED, 6)]
    for case in cases:
        run_case(case, lambda _outcome: None, orders=2)
    assert cases[0] == cases[1]
    assert cases[0].text != cases[2].text
    assert started(SEED, 5).text == cases[0].text


def test_requests_are_never_a_fault_of_the_service_and_leave_nothing_behind_when_refused(
    steady_shop: TestClient,
) -> None:
    outcomes = [requests.send(steady_shop, Random(f"{SEED}:request:{number}")) for number in range(150)]
    statuses = {int(outcome.rpartition(" ")[2]) for outcome in outcomes}
    assert {200, 201, 422} <= statuses


def test_texts_and_events_made_to_exhaust_a_reader_are_soon_refused() -> None:
    outcomes = bombs.run_apart(bombs.QUICK)
    assert outcomes["a billion laughs"] == "Y109"
    assert outcomes["a long list of numbers and texts"] == "S207"
    assert outcomes["as many lines as there may be"] == "priced"
    assert outcomes["lists in lists"] == "E101"


def test_reloading_rule_sets_costs_no_memory() -> None:
    reloading.run_apart(150, most_kib=6_000)


def test_the_long_run_sees_a_process_that_died() -> None:
    worker = Worker(SEED, 0, 1)
    assert worker.trouble() == ""
    worker.process.kill()
    worker.process.join()
    assert "died" in worker.trouble()
    worker.stop()


def test_the_long_run_goes_on_behind_a_process_that_died(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "FOLDER", tmp_path)
    going = run.Run(SEED, 7, workers=1)
    going.workers[0].process.kill()
    going.workers[0].process.join()
    going.listen(1)
    assert going.workers[0].first == 8
    assert "died" in going.failures[0]
    assert (tmp_path / f"seed-{SEED}-case-7.yaml").read_bytes() == started(SEED, 7).text.encode(
        "utf-8", "surrogatepass"
    )
    going.stop()
    assert "case 7" in capsys.readouterr().out


def test_the_long_run_sees_a_process_that_hangs() -> None:
    worker = Worker(SEED, 0, 1)
    worker.last_word -= 3600
    assert "no answer" in worker.trouble()
    worker.stop()


def test_block_text_means_the_tree() -> None:
    for tree in rule_sets.original_trees():
        assert plain(parse(rule_sets.block_text(tree), "f.yaml").root) == tree
