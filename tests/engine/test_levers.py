"""The figure that moved a commission most, and by how much, against leaving it out."""

import pytest
from hypothesis import given, settings

from engine.evaluate import evaluate_order
from engine.levers import FIGURES, Lever, biggest_levers
from engine.live import compile_live
from engine.money import Rate
from engine.order import OrderEvent, SkuFigure
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionTiers, LineDiscount, RuleSet, TierStep
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
)
from tests.engine.strategies import orders, rule_sets

GOODS = order(line("a", 10_000), promoter=PROMOTER)


def levers(event: OrderEvent, *sets: RuleSet) -> tuple[Lever | None, ...]:
    live = compile_live(sets)
    return biggest_levers(evaluate_order(event, live), live)


def paying(spec: Accrue, *more: object, **policies: object) -> RuleSet:
    return commission_set(commission_rule("pay", spec), *more, **policies)  # type: ignore[arg-type]


def test_a_plain_rate_is_what_moves_a_commission() -> None:
    assert levers(GOODS, paying(Accrue(to="promoter", rate=percent(10)))) == (Lever("rate", 1000),)


def test_a_large_fixed_amount_outweighs_a_small_rate() -> None:
    spec = Accrue(to="promoter", rate=percent(1), amount_fen=500)
    assert levers(GOODS, paying(spec)) == (Lever("amount", 500),)


def test_tiers_count_as_the_rate() -> None:
    tiers = CommissionTiers("line", "flat", (TierStep(0, percent(5)),))
    assert levers(GOODS, paying(Accrue(to="promoter", tiers=tiers))) == (Lever("rate", 500),)


def test_a_ceiling_that_cuts_more_than_it_leaves_is_the_lever() -> None:
    rules = paying(Accrue(to="promoter", rate=percent(50)), ceiling=Ceiling(percent(10), "scale"))
    (lever,) = levers(GOODS, rules)
    assert lever == Lever("ceiling", -4000)
    assert lever is not None
    assert lever.words().zh == "影响最大的是佣金上限：少得 40.00 元"
    assert lever.words().en == "moved most by the ceiling: ¥40.00 less"


def test_a_cap_and_a_floor() -> None:
    assert levers(GOODS, paying(Accrue(to="promoter", rate=percent(50), cap_fen=1000))) == (Lever("cap", -4000),)
    assert levers(GOODS, paying(Accrue(to="promoter", rate=percent(1), floor_fen=300))) == (Lever("floor", 200),)


def test_a_bonus() -> None:
    # a rate of zero is lifted by nothing: a bonus that adds never outweighs its rate
    spec = Accrue(to="promoter", rate=percent(1), floor_fen=500)
    added = commission_rule("more", bonus=Bonus("promoter", add_rate=percent(9)))
    assert levers(GOODS, paying(spec, added)) == (Lever("rate", 500),)
    tenth = commission_rule("less", bonus=Bonus("promoter", multiply=Rate(1, 10)))
    assert levers(GOODS, paying(Accrue(to="promoter", rate=percent(10)), tenth)) == (Lever("bonus", -900),)


def test_discounts_that_lower_the_base() -> None:
    most = promotion_set(promotion("most", LineDiscount(percent_off(90))))
    assert levers(GOODS, most, paying(Accrue(to="promoter", rate=percent(10)))) == (Lever("discounts", -900),)


def test_cost_vat_and_a_figure_of_the_goods() -> None:
    dear = order(line("a", 10_000, unit_cost_fen=9_000), promoter=PROMOTER)
    assert levers(dear, paying(Accrue(to="promoter", rate=percent(10)), base="margin")) == (Lever("cost", -900),)
    taxed = order(line("a", 10_000, vat_rate=Rate(3)), promoter=PROMOTER)
    excluded = paying(Accrue(to="promoter", rate=percent(10)), vat="excluded")
    assert levers(taxed, excluded) == (Lever("vat", -750),)
    own = order(line("a", 10_000, commission={"promoter": SkuFigure(amount_fen=700)}), promoter=PROMOTER)
    figured = paying(Accrue(to="promoter", rate=percent(1), sku_figure=True))
    assert levers(own, figured) == (Lever("figure", 600),)


def test_nothing_moves_a_zero_that_is_a_decision() -> None:
    assert levers(GOODS, paying(Accrue(to="promoter", rate=Rate(0)))) == (None,)


@settings(max_examples=40)
@given(rule_sets, orders())
def test_every_accrual_has_its_lever_and_none_moves_what_is_not_there(sets: tuple[RuleSet, ...], event) -> None:
    live = compile_live(sets)
    evaluation = evaluate_order(event, live)
    found = biggest_levers(evaluation, live)
    assert len(found) == len(evaluation.accruals)
    for accrual, lever in zip(evaluation.accruals, found, strict=True):
        if lever is None:
            continue
        assert lever.figure in FIGURES
        assert lever.moved_fen != 0
        assert lever.words().zh
        if lever.figure in ("rate", "amount", "floor") and evaluation.ceiling is None:
            assert lever.moved_fen <= accrual.amount_fen or accrual.lifted_by
    assert evaluate_order(event, live) == evaluation


@pytest.mark.parametrize("figure", ["ceiling", "discounts"])
def test_what_moved_is_the_difference_to_the_order_without_it(figure: str) -> None:
    most = promotion_set(promotion("off", LineDiscount(percent_off(60))))
    ceiling = Ceiling(percent(5), "scale") if figure == "ceiling" else None
    pay = Accrue(to="promoter", rate=percent(40))
    sets = [paying(pay, ceiling=ceiling), *([most] if figure == "discounts" else [])]
    live = compile_live(sets)
    evaluation = evaluate_order(GOODS, live)
    (lever,) = biggest_levers(evaluation, live)
    (plain,) = evaluate_order(GOODS, compile_live([paying(pay)])).accruals
    assert lever == Lever(figure, evaluation.accruals[0].amount_fen - plain.amount_fen)
