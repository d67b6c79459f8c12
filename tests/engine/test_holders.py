"""Who shares a pool, and with which weight."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.builder.build import build
from engine.dividend.holders import Holder, LeftOut, Weighing, holder_fact, weigh, whole_months
from engine.dividend_set import DividendSet
from engine.period import parse_label
from engine.text.document import parse
from engine.vocabulary import HOLDER_VOCABULARY
from tests.engine.texts import SCHEMAS

OCTOBER = parse_label("2026-10")
HEAD = """
kind: dividend
name: partners
version: 1
title: 合伙人
owner: ops-lin
reason: 首版
effective_from: 2026-10-01
fund: {rate: 1%, of: paid_goods, rounding: half_up}
period: month
remainder: carry_over
leaving: keep
"""


def rule_set(holders: str = "always", weight: str = "equal") -> DividendSet:
    built = build(parse(f"{HEAD}holders: {holders}\nweight: {weight}\n", "f.yaml"), SCHEMAS)
    assert isinstance(built, DividendSet)
    return built


def weighed(one: DividendSet, *holders: Holder) -> tuple[dict[str, int], dict[str, str]]:
    found = weigh(one, holders, OCTOBER)
    return found.weights, {left.holder: left.code for left in found.left_out}


PEOPLE = (
    Holder(id="a", level="gold", joined=date(2026, 7, 1), own_sales_fen=123_456, sales_points=12, region="430102"),
    Holder(id="b", level="silver", joined=date(2026, 8, 2), own_sales_fen=99_999, sales_points=0, region="430111"),
    Holder(id="c", level="gold", status="inactive", own_sales_fen=500_000, sales_points=50),
    Holder(id="d", level="gold", joined=date(2026, 11, 1), sales_points=9),
    Holder(id="e"),
)


def test_everybody_who_is_active_and_was_there_shares_alike() -> None:
    assert weighed(rule_set(), *PEOPLE) == (
        {"a": 1, "b": 1, "e": 1},
        {"c": "holder_inactive", "d": "joined_later"},
    )


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("{level: gold}", "a"),
        ("{level: [gold, silver]}", "ab"),
        ("{not: {level: gold}}", "be"),
        ("{months: {at_least: 3}}", "a"),
        ("{months: {at_least: 2}}", "ab"),
        ("{own_sales: {at_least: 1000}}", "a"),
        ("{own_sales: {at_least: 999.99}}", "ab"),
        ("{own_sales: {exists: false}}", "e"),
        ("{sales_points: {more_than: 0}}", "a"),
        ("{region: {under: 4301}}", "ab"),
        ("{region: 430111}", "b"),
        ("{any: [{level: silver}, {sales_points: {more_than: 10}}]}", "ab"),
    ],
)
def test_conditions_read_what_is_known_of_a_holder(condition: str, who: str) -> None:
    weights, left_out = weighed(rule_set(condition), *PEOPLE)
    assert "".join(weights) == who
    assert {code for holder, code in left_out.items() if holder in "abe"} <= {"condition"}


def test_weights_are_own_sales_in_fen_or_points() -> None:
    assert weighed(rule_set(weight="own_sales"), *PEOPLE)[0] == {"a": 123_456, "b": 99_999}
    weights, left_out = weighed(rule_set(weight="sales_points"), *PEOPLE)
    assert weights == {"a": 12, "b": 0}
    assert left_out["e"] == "weight_unknown"


def test_the_first_class_that_holds_gives_the_weight() -> None:
    classes = "[{when: {months: {at_least: 3}}, weight: 5}, {when: {level: [gold, silver]}, weight: 2}]"
    assert weighed(rule_set(weight=classes), *PEOPLE) == (
        {"a": 5, "b": 2},
        {"c": "holder_inactive", "d": "joined_later", "e": "no_class"},
    )


def test_months_count_up_to_the_exclusive_end_of_the_period() -> None:
    first_day = Holder(id="a", joined=date(2026, 10, 1))
    assert holder_fact(first_day, OCTOBER, "holder.months") == 1


def test_who_joined_on_the_last_day_is_there_and_has_no_whole_month() -> None:
    last = Holder(id="a", joined=date(2026, 10, 31))
    assert weigh(rule_set(), [last], OCTOBER) == Weighing({"a": 1}, ())
    assert weigh(rule_set("{months: {at_least: 1}}"), [last], OCTOBER).left_out == (LeftOut("a", "condition"),)


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        ("2026-10-01", "2026-11-01", 1),
        ("2026-10-02", "2026-11-01", 0),
        ("2026-01-31", "2026-02-28", 0),
        ("2026-01-31", "2026-03-01", 1),
        ("2025-12-15", "2026-12-15", 12),
    ],
)
def test_months_are_whole(since: str, until: str, months: int) -> None:
    assert whole_months(date.fromisoformat(since), date.fromisoformat(until)) == months


@given(st.permutations(PEOPLE))
def test_the_order_of_holders_does_not_matter(people: list[Holder]) -> None:
    one = rule_set("{level: {exists: true}}", "sales_points")
    found = weigh(one, people, OCTOBER)
    assert found == weigh(one, PEOPLE, OCTOBER)
    assert list(found.weights) == sorted(found.weights)


def test_every_fact_of_the_vocabulary_can_be_asked_of_a_holder() -> None:
    for fact in HOLDER_VOCABULARY.values():
        assert holder_fact(PEOPLE[0], OCTOBER, fact.name) is not None
        assert holder_fact(Holder(id="x"), OCTOBER, fact.name) is None
    with pytest.raises(KeyError):
        holder_fact(PEOPLE[0], OCTOBER, "holder.recruits")
