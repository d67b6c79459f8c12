"""Settlement rule sets: read from YAML, and the after-sales window frozen with every order."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from engine.builder.build import build
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.period import PeriodSpec
from engine.settlement_set import SettlementSet
from engine.text.document import parse
from storage.rule_files import own_schemas
from tests.engine.builders import order

TEXT = """\
kind: settlement
name: changsha
version: 1
title: 长沙结算
owner: finance-zhou
reason: 首版
effective_from: 2026-10-01
release_after_days: 7
period: half_month
least: 1.00
"""


def settlement(text: str = TEXT) -> SettlementSet:
    built = build(parse(text, "changsha.yaml"), own_schemas())
    assert isinstance(built, SettlementSet)
    return built


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        settlement(text)
    return [(one.code, one.path) for one in refused.value.diagnostics]


def test_a_settlement_set_is_read() -> None:
    found = settlement()
    assert (found.release_after_days, found.period, found.least_fen) == (7, PeriodSpec("half_month"), 100)


def test_a_period_may_be_so_many_days() -> None:
    found = settlement(TEXT.replace("half_month", "{days: 10, from: 2026-10-01}"))
    assert found.period == PeriodSpec("days", 10, date(2026, 10, 1))


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ("half_month", "fortnight", "S204", "/period"),
        ("half_month", "{days: 0, from: 2026-10-01}", "S206", "/period/days"),
        ("half_month", "{days: 10, from: 1999-10-01}", "R303", "/period/from"),
        ("half_month", "{days: 10}", "S202", "/period"),
        ("after_days: 7", "after_days: 181", "S206", "/release_after_days"),
        ("least: 1.00", "least: -1", "R301", "/least"),
    ],
)
def test_what_cannot_be_is_told(old: str, new: str, code: str, path: str) -> None:
    assert [found for found in faults(TEXT.replace(old, new)) if found[0] == code and found[1].startswith(path)]


def test_the_window_is_frozen_with_the_order_and_the_longest_counts() -> None:
    week = settlement()
    header = msgspec.structs.replace(week.header, name="fruit", content_hash="f")
    fortnight = msgspec.structs.replace(week, header=header, release_after_days=14)
    assert evaluate_order(order(), compile_live([])).release_after_days is None
    assert evaluate_order(order(), compile_live([week])).release_after_days == 7
    assert evaluate_order(order(), compile_live([fortnight, week])).release_after_days == 14


def test_the_demo_has_one() -> None:
    text = (Path(__file__).parents[2] / "rules/settlement/changsha/v1.yaml").read_text("utf-8")
    assert settlement(text).header.name == "changsha"
