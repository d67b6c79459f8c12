"""Cases of dividends notice whatever comes out otherwise, and name the holder."""

import pytest

from engine.builder.build import build
from engine.cases.dividends import DividendCase, read_dividend_cases, run_dividend_case
from engine.dividend_set import DividendSet
from engine.errors import InvalidInput
from engine.text.document import parse
from engine.text.schema_check import check_shape
from tests.engine.texts import ROOT, SCHEMAS

TEXT = """\
cases:
  - {name: x, order: {placed_at: 2026-10-01, lines: [{sku: a, unit_price: 1, quantity: 1}]}, expect: {paid: 1}}
dividends:
  - name: 一期
    periods:
      - period: 2026-10
        pool: 100
        holders:
          - {id: a, level: gold, joined: 2026-01-01, own_sales: 9000, sales_points: 60}
          - {id: b, level: gold, joined: 2026-01-01, own_sales: 2000, sales_points: 3}
          - {id: c, level: silver, joined: 2026-01-01, own_sales: 2000, sales_points: 3}
        expect: EXPECT
      - period: 2026-11
        pool: -0.01
        holders: []
        expect: {carried: 59.99}
"""
RIGHT = "{paid: {a: 20, b: 20}, left_out: {c: condition}, capped: [a, b], owed: 0, carried: 60}"


def partners() -> DividendSet:
    path = ROOT / "rules/dividend/city-partners/v1.yaml"
    built = build(parse(path.read_text(encoding="utf-8"), "v1.yaml"), SCHEMAS)
    assert isinstance(built, DividendSet)
    return built


def case(text: str) -> DividendCase:
    (found,) = read_dividend_cases(parse(text, "v1.cases.yaml"))
    return found


def differences(expect: str) -> list[tuple[str, str, str]]:
    found = run_dividend_case(case(TEXT.replace("EXPECT", expect)), partners())
    return [(one.path.removeprefix("/periods/0/expect"), one.expected, one.found) for one in found]


def test_what_comes_out_as_expected_makes_no_difference() -> None:
    assert differences(RIGHT) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("b: 20", "b: 19.99", [("/paid/b", "19.99", "20.00")]),
        (", b: 20", "", [("/paid/b", "—", "20.00")]),
        ("b: 20", "b: 20, z: 0", [("/paid/z", "0.00", "—")]),
        ("c: condition", "c: no_class", [("/left_out/c", "no_class", "condition")]),
        ("c: condition", "", [("/left_out/c", "—", "condition")]),
        ("capped: [a, b]", "capped: [a]", [("/capped/b", "—", "到顶 / capped")]),
        ("owed: 0", "owed: 0.00000000001", [("/owed", "0.00000000001", "0.00")]),
        ("carried: 60", "carried: -60", [("/carried", "-60.00", "60.00")]),
        ("{paid", "{refused: period_passed, paid", [("/refused", "period_passed", "可以分 / is shared out")]),
    ],
)
def test_every_figure_is_compared(old: str, new: str, expected: list[tuple[str, str, str]]) -> None:
    assert differences(RIGHT.replace(old, new)) == expected


def test_a_period_that_cannot_be_shared_out_is_a_difference_and_the_next_goes_on() -> None:
    text = TEXT.replace("2026-10\n", "2026-W41\n").replace("EXPECT", RIGHT)
    found = run_dividend_case(case(text), partners())
    assert [(one.path, one.found) for one in found] == [
        ("/periods/0/expect/refused", "period_of_another_kind"),
        ("/periods/1/expect/carried", "-0.01"),
    ]


def test_an_id_given_twice_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        case(TEXT.replace("id: b", "id: a").replace("EXPECT", RIGHT))
    assert [(one.code, one.line) for one in refused.value.diagnostics] == [("P701", 10)]


@pytest.mark.parametrize("pool", ["1.005", "1e3", "-", "¥1", "''"])
def test_a_pool_is_whole_fen(pool: str) -> None:
    text = TEXT.replace("pool: 100", f"pool: {pool}").replace("EXPECT", RIGHT)
    try:
        found = check_shape(parse(text, "v1.cases.yaml"), "cases", SCHEMAS)
    except InvalidInput as refused:
        found = refused.diagnostics
    assert [one.line for one in found if one.line == 7]
