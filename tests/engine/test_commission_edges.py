"""Commissions where clauses meet: tiers with rounding, odd fen and bonuses, and what a ceiling cuts (A3, A7)."""

from typing import Any

import msgspec
import pytest

from engine.money import Rate
from engine.order import Evaluation, Payee, SkuFigure
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionTiers, SplitPart, TierStep
from tests.engine.builders import (
    LEADER,
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    sku,
)
from tests.engine.test_region import agent, delivered, region_rule, region_set

ALL_AT_TEN = (TierStep(0, rate=percent(10)),)
MODES = pytest.mark.parametrize("mode", ["flat", "marginal"])


def on_tiers(metric: str, mode: Any, steps: tuple[TierStep, ...], *prices: int, **policies: Any) -> Evaluation:
    """A rule that pays the promoter by tiers; lines `l-0`, `l-1`, ... at some prices, of which `l-0` has a bonus."""
    pay = commission_rule("pay", Accrue(to="promoter", tiers=CommissionTiers(metric, mode, steps)))
    two_more = commission_rule("bonus", bonus=Bonus("promoter", add_rate=percent(2)), when=sku("l-0"))
    lines = [line(f"l-{n}", price) for n, price in enumerate(prices)]
    rules = [pay, two_more] if policies.pop("bonus", False) else [pay]
    event = order(*lines, promoter=Payee(id="p-1", period_sales_fen=0))
    return evaluated(event, commission_set(*rules, **policies))


def amounts(evaluation: Evaluation) -> list[int]:
    return [one.amount_fen for one in evaluation.accruals]


def lifted(evaluation: Evaluation) -> list[list[str]]:
    return [[ref.rule for ref in one.lifted_by] for one in evaluation.accruals]


# --- A1, A4: plain rates, and rates beside an amount, which the engine works out apart ---------------------------


TEN = Accrue(to="promoter", rate=percent(10))
TEN_AND_NOTHING = Accrue(to="promoter", rate=percent(10), amount_fen=0)
BOTH_WAYS = pytest.mark.parametrize("accrue", [TEN, TEN_AND_NOTHING])


@BOTH_WAYS
def test_a4_only_a_line_that_cost_nothing_is_told_so(accrue: Accrue) -> None:
    event = order(line("a", 0), line("b", 1), line("c", 1000), promoter=PROMOTER)
    evaluation = evaluated(event, commission_set(commission_rule("pay", accrue)))
    assert amounts(evaluation) == [0, 0, 100]
    assert [(one.line, one.code) for one in evaluation.not_accrued] == [(0, "nothing_paid")]


@BOTH_WAYS
@pytest.mark.parametrize(("bounds", "amount"), [({}, 120), ({"cap_fen": 50}, 50), ({"floor_fen": 130}, 130)])
def test_a4_an_accrual_names_its_rate_and_what_lifted_it_also_where_a_bound_holds(
    accrue: Accrue, bounds: dict[str, int], amount: int
) -> None:
    bounded = msgspec.structs.replace(accrue, **bounds)
    two_more = commission_rule("bonus", bonus=Bonus("promoter", add_rate=percent(2)))
    event = order(line("a", 1000), promoter=PROMOTER)
    evaluation = evaluated(event, commission_set(commission_rule("pay", bounded), two_more))
    (one,) = evaluation.accruals
    assert (one.amount_fen, one.base_fen, one.rate and str(one.rate)) == (amount, 1000, "12%")
    assert lifted(evaluation) == [["bonus"]]


@pytest.mark.parametrize("per", ["unit", "line", "order"])
def test_a1_the_delivery_fee_is_one_unit_on_one_line(per: Any) -> None:
    rule = commission_rule("pay", Accrue(to="promoter", amount_fen=30, per=per))
    event = order(line("a", 1000, 3), line("b", 1000), promoter=PROMOTER, fee_fen=500)
    evaluation = evaluated(event, commission_set(rule, base="delivery_fee"))
    assert [(one.line, one.amount_fen) for one in evaluation.accruals] == [(-1, 30)]


def test_a3_figures_of_the_goods_do_not_change_the_order_of_lines() -> None:
    rule = commission_rule("pay", Accrue(to="promoter", rate=percent(10), sku_figure=True))
    event = order(line("a", 1000), line("b", 1000, commission={"promoter": SkuFigure(amount_fen=5)}), promoter=PROMOTER)
    evaluation = evaluated(event, commission_set(rule))
    assert [(one.line, one.amount_fen) for one in evaluation.accruals] == [(0, 100), (1, 5)]


# --- A3: tiers ----------------------------------------------------------------------------------------------------


@MODES
@pytest.mark.parametrize(
    ("rounding", "remainder", "expected"),
    [
        ("half_up", "largest", [0, 1, 0]),
        ("half_up", "first", [1, 0, 0]),
        ("half_up", "last", [0, 0, 1]),
        ("up", "largest", [0, 1, 0]),
        ("half_even", "largest", [0, 0, 0]),
        ("half_down", "largest", [0, 0, 0]),
        ("down", "largest", [0, 0, 0]),
    ],
)
def test_a3_tiers_on_the_order_round_their_sum_once_and_the_odd_fen_goes_as_declared(
    mode: str, rounding: str, remainder: str, expected: list[int]
) -> None:
    """0.1 + 0.2 + 0.2 is half a fen."""
    evaluation = on_tiers("order", mode, ALL_AT_TEN, 1, 2, 2, rounding=rounding, remainder=remainder)
    assert amounts(evaluation) == expected


@pytest.mark.parametrize(("remainder", "expected"), [("largest", [0, 1, 0]), ("first", [1, 0, 0]), ("last", [0, 0, 1])])
def test_a3_the_odd_fen_of_an_amount_goes_as_declared(remainder: str, expected: list[int]) -> None:
    tier = on_tiers("order", "flat", (TierStep(0, amount_fen=1),), 1, 2, 2, remainder=remainder)
    assert amounts(tier) == expected
    rule = commission_rule("pay", Accrue(to="promoter", amount_fen=1, per="order"))
    event = order(line("a", 1), line("b", 2), line("c", 2), promoter=PROMOTER)
    assert amounts(evaluated(event, commission_set(rule, remainder=remainder))) == expected


@pytest.mark.parametrize(("rounding", "expected"), [("half_up", [1, 1]), ("half_down", [0, 0]), ("up", [1, 1])])
def test_a3_flat_tiers_on_a_fact_round_each_line(rounding: str, expected: list[int]) -> None:
    steps = (TierStep(0, rate=percent(5)),)
    assert amounts(on_tiers("promoter.period_sales", "flat", steps, 10, 10, rounding=rounding)) == expected


def test_a3_a_step_may_give_no_amount() -> None:
    assert amounts(on_tiers("order", "flat", (TierStep(0, amount_fen=0), TierStep(9000, amount_fen=5)), 1000)) == [0]


def test_a3_below_the_first_step_the_rate_is_zero() -> None:
    (one,) = on_tiers("order", "flat", (TierStep(5000, rate=percent(10)),), 1000).accruals
    assert (one.amount_fen, one.rate) == (0, Rate(0))


@pytest.mark.parametrize("metric", ["line", "order"])
def test_a3_marginal_tiers_on_what_is_bought_begin_at_nothing(metric: str) -> None:
    steps = (TierStep(0, rate=Rate(0)), TierStep(1000, rate=Rate(1)))
    assert amounts(on_tiers(metric, "marginal", steps, 1001)) == [1]


def test_a3_marginal_tiers_on_a_fact_of_the_line_begin_where_that_fact_stands() -> None:
    """900 fen a piece: of the 900 that the line brings, 100 lie below 1000 and 800 above."""
    steps = (TierStep(0, rate=percent(5)), TierStep(1000, rate=percent(10)))
    assert amounts(on_tiers("line.unit_price", "marginal", steps, 900)) == [5 + 80]


@MODES
@pytest.mark.parametrize("metric", ["order", "line", "line.unit_price", "promoter.period_sales"])
def test_a3_a_bonus_lifts_the_tiers_of_its_line_alone_and_is_named(metric: str, mode: str) -> None:
    evaluation = on_tiers(metric, mode, ALL_AT_TEN, 1000, 1000, bonus=True)
    assert amounts(evaluation) == [120, 100]
    assert lifted(evaluation) == [["bonus"], []]
    if mode == "flat":
        assert [one.rate and str(one.rate) for one in evaluation.accruals] == ["12%", "10%"]


def test_a5_where_nobody_may_earn_nothing_else_is_told() -> None:
    """The tier has no fact to count on either, but that matters to nobody."""
    tiers = CommissionTiers("promoter.period_sales", "flat", ALL_AT_TEN)
    pay = commission_set(commission_rule("pay", Accrue(to="promoter", tiers=tiers)))
    for promoter, expected in ((None, ["payee_absent"]), (PROMOTER, ["metric_unknown"])):
        evaluation = evaluated(order(line("a", 1000), promoter=promoter), pay)
        assert evaluation.accruals == ()
        assert [one.code for one in evaluation.not_accrued] == expected


def test_a3_each_line_has_its_own_bonuses() -> None:
    rules = [commission_rule("pay", Accrue(to="promoter", rate=percent(10)))]
    for name, extra in (("a", 2), ("b", 3)):
        bonus = Bonus("promoter", add_rate=percent(extra))
        rules.append(commission_rule(f"on-{name}", when=sku(name), bonus=bonus))
    event = order(line("a", 1000), line("b", 1000), line("c", 1000), promoter=PROMOTER)
    evaluation = evaluated(event, commission_set(*rules))
    assert amounts(evaluation) == [120, 130, 100]
    assert lifted(evaluation) == [["on-a"], ["on-b"], []]


@pytest.mark.parametrize(("remainder", "expected"), [("first", [1, 0]), ("last", [0, 1]), ("largest", [1, 0])])
def test_a9_the_odd_fen_of_a_split_goes_as_declared(remainder: str, expected: list[int]) -> None:
    halves = (SplitPart("promoter", percent(50)), SplitPart("leader", percent(50)))
    rule = commission_rule("pay", Accrue(split=halves, rate=percent(10)))
    event = order(line("a", 10), promoter=PROMOTER, leader=LEADER)
    evaluation = evaluated(event, commission_set(rule, remainder=remainder))
    assert amounts(evaluation) == expected
    assert [one.rate and str(one.rate) for one in evaluation.accruals] == ["5%", "5%"]


# --- A7 -----------------------------------------------------------------------------------------------------------


def test_a7_a_cut_accrual_keeps_all_but_its_amount() -> None:
    whole = on_tiers("order", "flat", ALL_AT_TEN, 1000, 2000, bonus=True)
    cut = on_tiers("order", "flat", ALL_AT_TEN, 1000, 2000, bonus=True, ceiling=Ceiling(percent(8), "scale"))
    assert [(one.amount_fen, one.earned_fen) for one in whole.accruals] == [(120, 120), (200, 200)]
    assert [(one.amount_fen, one.earned_fen) for one in cut.accruals] == [(90, 120), (150, 200)]
    before, after = (
        [(one.plan.ref.rule, one.line, one.payee, one.base_fen, one.rate) for one in evaluation.accruals]
        for evaluation in (whole, cut)
    )
    assert before == after
    assert lifted(cut) == [["bonus"], []]


def test_a7_a_cut_difference_between_regional_levels_keeps_the_rate_below_it() -> None:
    agents = region_set(region_rule(rates={"district": percent(2), "city": percent(6)}))
    ceiling = commission_set(commission_rule("pay"), ceiling=Ceiling(percent(3), "scale"))
    evaluation = evaluated(delivered(line("a", 1000), agents=[agent("district"), agent("city")]), agents, ceiling)
    assert [(one.earned_fen, one.amount_fen) for one in evaluation.accruals] == [(20, 10), (40, 20)]
    assert [one.below_rate and str(one.below_rate) for one in evaluation.accruals] == ["0%", "2%"]


def test_a6_regional_agents_earn_beside_everybody_else() -> None:
    agents = region_set(region_rule(rates={"city": percent(6)}))
    pay = commission_set(commission_rule("pay", TEN))
    evaluation = evaluated(delivered(line("a", 1000), agents=[agent("city")], promoter=PROMOTER), agents, pay)
    assert [(one.plan.role, one.amount_fen) for one in evaluation.accruals] == [("promoter", 100), ("region:city", 60)]
