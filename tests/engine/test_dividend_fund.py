"""What a sale puts into a pool: an accrual like any other, last under the ceiling, taken back with the goods."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import ALWAYS, Condition
from engine.dividend_set import DividendSet, Fund, FundBase
from engine.money import ROUNDINGS, Rate, Rounding, share_of
from engine.order import Evaluation
from engine.period import PeriodSpec
from engine.refund.clawback import dues, untouched
from engine.ruleset import Accrue, Ceiling, LineDiscount, RuleSet
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    full_state,
    header,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    sku,
)


def dividend(
    rate: Rate, *, of: FundBase = "paid_goods", when: Condition = ALWAYS, rounding: Rounding = "half_up"
) -> DividendSet:
    return DividendSet(
        header=header("dividend", "partners"),
        fund=Fund(rate, of, rounding, when),
        period=PeriodSpec("month"),
        holders=ALWAYS,
        weight="equal",
        leaving="keep",
    )


def funded(evaluation: Evaluation) -> dict[str, int]:
    lines = evaluation.event.lines
    return {lines[one.line].line_id: one.amount_fen for one in evaluation.accruals if one.payee == "pool:partners"}


def paying(rate: Rate, ceiling: Ceiling | None = None) -> RuleSet:
    return commission_set(commission_rule("sale", Accrue(to="promoter", rate=rate)), ceiling=ceiling)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.integers(1, 9999), st.sampled_from(ROUNDINGS))
def test_each_line_is_rounded_once(prices: list[int], part: int, rounding: Rounding) -> None:
    rate = Rate(part, 10_000)
    found = evaluated(
        order(*(line(str(at), price) for at, price in enumerate(prices))), dividend(rate, rounding=rounding)
    )
    assert funded(found) == {str(at): min(share_of(price, rate, rounding), price) for at, price in enumerate(prices)}


def test_the_accrual_names_the_rule_set_and_its_pool() -> None:
    (one,) = evaluated(order(line("a", 1050)), dividend(percent(1))).accruals
    assert (one.plan.role, one.payee, one.amount_fen) == ("pool:partners", "pool:partners", 11)
    assert (one.plan.ref.rule_set, one.plan.ref.rule) == ("partners", "fund")


def test_a_pool_is_funded_without_a_promoter_and_whoever_buys() -> None:
    assert funded(evaluated(order(line("a", 1000)), dividend(percent(1)))) == {"a": 10}


def test_only_the_goods_of_its_condition_fund_it() -> None:
    event = order(line("a", 1000), line("b", 1000))
    assert funded(evaluated(event, dividend(percent(1), when=sku("b")))) == {"b": 10}


def test_it_is_taken_of_what_was_paid_listed_or_earned() -> None:
    event = order(line("a", 1000, unit_cost_fen=400))
    half = promotion_set(promotion("half", LineDiscount(percent_off(50))))
    got = {of: funded(evaluated(event, half, dividend(percent(10), of=of))) for of in ("paid_goods", "list", "margin")}
    assert got == {"paid_goods": {"a": 50}, "list": {"a": 100}, "margin": {"a": 10}}


def test_under_a_ceiling_that_refuses_the_pool_is_last() -> None:
    event = order(line("a", 1000), promoter=PROMOTER)
    ceiling = Ceiling(percent(30), "refuse")
    found = evaluated(event, dividend(percent(5)), paying(percent(28), ceiling))
    assert {one.payee: one.amount_fen for one in found.accruals} == {"p-1": 280, "pool:partners": 0}
    fits = evaluated(event, dividend(percent(2)), paying(percent(28), ceiling))
    assert {one.payee: one.amount_fen for one in fits.accruals} == {"p-1": 280, "pool:partners": 20}


def test_a_ceiling_scales_the_pool_with_everybody() -> None:
    event = order(line("a", 1000), promoter=PROMOTER)
    found = evaluated(event, dividend(percent(20)), paying(percent(40), Ceiling(percent(30), "scale")))
    assert {one.payee: one.amount_fen for one in found.accruals} == {"p-1": 200, "pool:partners": 100}


def test_goods_that_come_back_take_their_part_out_of_the_pool() -> None:
    found = evaluated(order(line("a", 1000, 3)), dividend(percent(1)))
    assert dues(found, untouched(found)) == [30]
    assert dues(found, full_state(found)) == [0]


@pytest.mark.parametrize("name", ["a", "z"])
def test_the_order_of_loading_does_not_matter(name: str) -> None:
    event = order(line("a", 1000), promoter=PROMOTER)
    same_name = commission_set(commission_rule("sale", Accrue(to="promoter", rate=percent(8))), name="partners")
    other = commission_set(commission_rule("sale", Accrue(to="pool:partners", rate=percent(2))), name=name)
    sets: list[RuleSet] = [dividend(percent(1)), same_name, other]
    first = evaluated(event, *sets)
    assert sum(one.amount_fen for one in first.accruals) == 10 + 80 + 20
    for shuffled in permutations(sets):
        again = evaluated(event, *shuffled)
        assert (again.accruals, again.rule_sets) == (first.accruals, first.rule_sets)
