"""Cases of levels: they say what differs, they stand beside level rule sets only, and small steps are noticed."""

from pathlib import Path

import pytest

from engine.builder.build import build
from engine.cases.levels import read_level_cases, run_level_case
from engine.errors import InvalidInput
from engine.level_set import LevelSet
from engine.mutation.mutate import mutants
from engine.text.document import parse
from storage.case_files import run_cases
from storage.rule_files import own_schemas
from tests.engine.texts import ROOT, SCHEMAS

FILE = ROOT / "rules/level/changsha-promoters/v1.yaml"
TEXT = FILE.read_text(encoding="utf-8")
CASES = """\
levels:
  - name: 例
    level: {level}
    reviews:
      - period: {period}
        figures: {figures}
        expect: {expect}
"""


def differences(expect: str, figures: str = "{delivered: 2000}", level: str = "silver", period: str = "2026-10"):
    level_set = build(parse(TEXT, "level.yaml"), SCHEMAS)
    assert isinstance(level_set, LevelSet)
    text = CASES.format(expect=expect, figures=figures, level=level, period=period)
    (case,) = read_level_cases(parse(text, "level.cases.yaml"))
    return [(one.path.rpartition("/")[2], one.expected, one.found) for one in run_level_case(case, level_set)]


def test_what_a_case_leaves_out_is_not_compared():
    assert differences("{change: kept}") == []
    assert differences("{level: silver}") == []


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{level: gold}", [("level", "gold", "silver")]),
        ("{change: promoted}", [("change", "promoted", "kept")]),
        ("{missing: {sales: 10000, orders: 99}}", [("orders", "99", "100"), ("repeat_buyers", "0", "1")]),
        ("{refused: period_skipped}", [("refused", "period_skipped", "评审了 / it was reviewed")]),
    ],
)
def test_what_differs_is_told(expect: str, told: list[tuple[str, str, str]]):
    assert differences(expect) == told


@pytest.mark.parametrize(
    ("level", "period", "code"),
    [
        ("diamond", "2026-10", "level_unknown"),
        ("silver", "2026-09", "not_in_force"),
        ("silver", "2026-W41", "period_of_another_kind"),
    ],
)
def test_a_review_that_is_refused(level: str, period: str, code: str):
    assert differences(f"{{refused: {code}}}", level=level, period=period) == []
    assert differences("{change: kept}", level=level, period=period) == [("refused", "评审 / a review", code)]


def test_nothing_is_missing_on_the_highest_level():
    assert differences("{missing: {}}", level="platinum")[0][2] == "最高等级 / the highest level"


@pytest.mark.parametrize(
    ("figures", "period", "code"),
    [("{delivered: 1, refunded: 2}", "2026-10", "P716"), ("{delivered: 1}", "2026-13", "P715")],
)
def test_figures_and_periods_that_cannot_be(figures: str, period: str, code: str):
    with pytest.raises(InvalidInput) as refused:
        differences("{change: kept}", figures, period=period)
    assert [one.code for one in refused.value.diagnostics] == [code]


def test_reviews_belong_beside_levels(tmp_path: Path):
    folder = tmp_path / "commission/changsha"
    folder.mkdir(parents=True)
    (folder / "v1.yaml").write_bytes((ROOT / "rules/commission/changsha/v1.yaml").read_bytes())
    cases = CASES.format(expect="{change: kept}", figures="{delivered: 1}", level="silver", period="2026-10")
    (folder / "v1.cases.yaml").write_text(cases, encoding="utf-8")
    assert [one.code for one in run_cases(tmp_path, [], own_schemas()).diagnostics] == ["C105"]


def test_every_threshold_and_protection_is_changed_a_little():
    changed = {(one.change.pointer, one.change.new) for one in mutants(parse(TEXT, "level.yaml"))}
    assert ("/levels/2/reach/sales/at_least", "12000.01") in changed
    assert ("/levels/2/reach/orders/at_least", "99") in changed
    assert ("/levels/3/keep/refund_rate/at_most", "6%") in changed
    assert {new for pointer, new in changed if pointer == "/probation"} == {"0", "2"}
    assert {new for pointer, new in changed if pointer == "/demotion"} == {"to_what_holds"}
    assert {new for pointer, new in changed if pointer == "/effective_from"} == {"2026-10-02"}
    thresholds = {pointer for pointer, _ in changed if pointer.startswith("/levels/")}
    assert len(thresholds) == TEXT.count("at_least") + TEXT.count("at_most")
