"""Who earns what, clause by clause (A1-A7), with the codes of shares that nobody gets."""

from typing import Any

import pytest

from engine.money import Rate
from engine.order import Buyer, Delivery, Evaluation, Payee, SkuFigure
from engine.ruleset import (
    Accrue,
    Bonus,
    Ceiling,
    CommissionTiers,
    LineDiscount,
    TierStep,
)
from tests.engine.builders import (
    LEADER,
    PROMOTER,
    REFERRER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    sku,
)

TEN = Accrue(to="promoter", rate=percent(10))


def paid_on(*rules: Any, lines: Any = None, sets: Any = (), event: Any = None, **policies: Any) -> Evaluation:
    fields = {"promoter": PROMOTER, "referrer": REFERRER, "leader": LEADER, **(event or {})}
    return evaluated(order(*(lines or [line("a", 1000)]), **fields), *sets, commission_set(*rules, **policies))


def amounts(evaluation: Evaluation) -> list[int]:
    return [one.amount_fen for one in evaluation.accruals]


def codes(evaluation: Evaluation) -> list[tuple[int, str]]:
    return [(one.line, one.code) for one in evaluation.not_accrued]


# --- A1: bases ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "vat", "amount"),
    [
        ("paid_goods", "included", 90),
        ("list", "included", 100),
        ("margin", "included", 50),
        ("paid_goods", "excluded", 80),  # 900 / 1.125 = 800
        ("margin", "excluded", 40),
        ("delivery_fee", "included", 30),
    ],
)
def test_a1_the_base_of_a_line(base: str, vat: str, amount: int) -> None:
    off = promotion_set(promotion("off", LineDiscount(percent_off(10))))
    goods = [line("a", 1000, unit_cost_fen=400, vat_rate=Rate(1, 8))]
    evaluation = paid_on(
        commission_rule("pay", TEN), lines=goods, sets=[off], event={"fee_fen": 300}, base=base, vat=vat
    )
    assert amounts(evaluation) == [amount]


@pytest.mark.parametrize(
    ("base", "vat", "code"), [("margin", "included", "cost_unknown"), ("paid_goods", "excluded", "vat_unknown")]
)
def test_a1_an_unknown_base_accrues_nothing_and_says_so(base: str, vat: str, code: str) -> None:
    evaluation = paid_on(commission_rule("pay", TEN), base=base, vat=vat)
    assert amounts(evaluation) == []
    assert codes(evaluation) == [(0, code)]


def test_a1_a_margin_below_nothing_counts_as_nothing() -> None:
    assert amounts(
        paid_on(commission_rule("pay", TEN), lines=[line("a", 1000, unit_cost_fen=1200)], base="margin")
    ) == [0]


def test_a1_a_rule_on_the_delivery_fee_must_hold_for_all_lines() -> None:
    rule = commission_rule("pay", TEN, when=sku("a"))
    mixed = paid_on(rule, lines=[line("a", 1000), line("b", 1000)], event={"fee_fen": 300}, base="delivery_fee")
    assert amounts(mixed) == []
    alone = paid_on(rule, lines=[line("a", 1000), line("a", 1000)], event={"fee_fen": 300}, base="delivery_fee")
    assert [(one.line, one.amount_fen) for one in alone.accruals] == [(-1, 30)]


# --- A2: which rule -----------------------------------------------------------------------------------------------


def two_rules(first: Accrue, second: Accrue, **policies: Any) -> Evaluation:
    return paid_on(commission_rule("first", first), commission_rule("second", second), **policies)


def test_a2_first_takes_the_first_also_at_rate_zero() -> None:
    evaluation = two_rules(Accrue(to="promoter", rate=Rate(0)), TEN, choose="first")
    assert [(one.plan.ref.rule, one.amount_fen) for one in evaluation.accruals] == [("first", 0)]


def test_a2_best_takes_the_largest_sum_over_its_payees_and_ties_go_to_the_first() -> None:
    two = commission_rule("two", Accrue(to="promoter", rate=percent(6)), Accrue(to="referrer", rate=percent(6)))
    assert {one.plan.ref.rule for one in paid_on(commission_rule("one", TEN), two, choose="best").accruals} == {"two"}
    no_referrer = paid_on(commission_rule("one", TEN), two, choose="best", event={"referrer": None})
    assert [one.plan.ref.rule for one in no_referrer.accruals] == ["one"]
    tied = two_rules(TEN, TEN, choose="best")
    assert [one.plan.ref.rule for one in tied.accruals] == ["first"]


def test_a2_all_pays_each_rule() -> None:
    assert amounts(two_rules(TEN, TEN, choose="all")) == [100, 100]


def test_a2_only_refuses_two_rules_that_hold_at_once() -> None:
    evaluation = two_rules(TEN, TEN, choose="only")
    assert amounts(evaluation) == []
    assert codes(evaluation) == [(0, "rules_conflict"), (0, "rules_conflict")]
    fee = two_rules(TEN, TEN, choose="only", base="delivery_fee", event={"fee_fen": 300})
    assert codes(fee) == [(-1, "rules_conflict"), (-1, "rules_conflict")]


# --- A3: amounts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accrue", "expected"),
    [
        (Accrue(to="promoter", amount_fen=30, per="unit"), [90, 30]),
        (Accrue(to="promoter", amount_fen=30, per="line"), [30, 30]),
        (Accrue(to="promoter", amount_fen=31, per="order"), [23, 8]),
        (Accrue(to="promoter", rate=percent(10), amount_fen=30, per="unit"), [390, 130]),
        (Accrue(to="promoter", rate=Rate(1, 3)), [1000, 333]),
    ],
)
def test_a3_rates_and_amounts_per_unit_line_and_order(accrue: Accrue, expected: list[int]) -> None:
    goods = [line("a", 1000, 3), line("b", 1000)]
    assert amounts(paid_on(commission_rule("pay", accrue), lines=goods)) == expected


@pytest.mark.parametrize(
    ("figure", "amount"),
    [
        (SkuFigure(amount_fen=88), 176),
        (SkuFigure(amount_fen=0), 0),
        (SkuFigure(rate=percent(5)), 100),
        (SkuFigure(amount_fen=10, rate=percent(5)), 120),
        (SkuFigure(), 0),
        (None, 200),
    ],
)
def test_a3_a_figure_carried_by_the_goods_wins_also_when_zero(figure: SkuFigure | None, amount: int) -> None:
    accrue = Accrue(to="promoter", rate=percent(10), sku_figure=True)
    goods = [line("a", 1000, 2, commission={} if figure is None else {"promoter": figure})]
    assert amounts(paid_on(commission_rule("pay", accrue), lines=goods)) == [amount]


def test_a3_without_a_fallback_only_goods_with_a_figure_pay() -> None:
    accrue = Accrue(to="promoter", sku_figure=True)
    goods = [line("a", 1000), line("b", 1000, commission={"promoter": SkuFigure(amount_fen=5)})]
    evaluation = paid_on(commission_rule("pay", accrue), lines=goods)
    assert [(one.line, one.amount_fen) for one in evaluation.accruals] == [(1, 5)]


STEPS = (TierStep(1000, rate=percent(5)), TierStep(3000, rate=percent(10)))


@pytest.mark.parametrize(
    ("mode", "metric", "prices", "expected"),
    [
        ("flat", "line", [999, 1000, 3000], [0, 50, 300]),
        ("flat", "order", [2000, 999], [100, 50]),
        ("flat", "order", [2000, 1000], [200, 100]),
        ("marginal", "line", [999, 2000, 4000], [0, 50, 200]),
        ("marginal", "order", [2000, 2000], [100, 100]),
    ],
)
def test_a3_tiers(mode: Any, metric: str, prices: list[int], expected: list[int]) -> None:
    accrue = Accrue(to="promoter", tiers=CommissionTiers(metric, mode, STEPS))
    goods = [line(f"l-{n}", price) for n, price in enumerate(prices)]
    assert amounts(paid_on(commission_rule("pay", accrue), lines=goods)) == expected


@pytest.mark.parametrize(
    ("mode", "so_far", "expected"), [("flat", 2999, 50), ("flat", 3000, 100), ("marginal", 2500, 75)]
)
def test_a3_tiers_on_the_payees_own_period(mode: Any, so_far: int, expected: int) -> None:
    accrue = Accrue(to="promoter", tiers=CommissionTiers("promoter.period_sales", mode, STEPS))
    promoter = Payee(id="p-1", period_sales_fen=so_far)
    assert amounts(paid_on(commission_rule("pay", accrue), event={"promoter": promoter})) == [expected]


def test_a3_a_tier_whose_fact_is_absent_says_so_and_spares_figures_of_the_goods() -> None:
    tiers = CommissionTiers("promoter.period_sales", "flat", STEPS)
    accrue = Accrue(to="promoter", tiers=tiers, sku_figure=True)
    goods = [line("a", 1000), line("b", 1000, commission={"promoter": SkuFigure(amount_fen=5)})]
    evaluation = paid_on(commission_rule("pay", accrue), lines=goods)
    assert [(one.line, one.amount_fen) for one in evaluation.accruals] == [(1, 5)]
    assert codes(evaluation) == [(0, "metric_unknown")]


def test_a3_a_tier_on_a_fact_of_the_line_reads_each_line_and_says_where_it_is_absent() -> None:
    steps = (TierStep(0, rate=percent(5)), TierStep(10, rate=percent(10)))
    accrue = Accrue(to="promoter", tiers=CommissionTiers("line.stock", "flat", steps))
    goods = [line("a", 1000, stock=9), line("b", 1000, stock=10), line("c", 1000)]
    evaluation = paid_on(commission_rule("pay", accrue), lines=goods)
    assert amounts(evaluation) == [50, 100]
    assert codes(evaluation) == [(2, "metric_unknown")]


def test_a3_the_delivery_fee_has_no_fact_of_a_line() -> None:
    accrue = Accrue(to="promoter", tiers=CommissionTiers("line.stock", "flat", STEPS))
    goods = [line("a", 1000, stock=9)]
    evaluation = paid_on(
        commission_rule("pay", accrue), lines=goods, event={"delivery": Delivery(fee_fen=300)}, base="delivery_fee"
    )
    assert amounts(evaluation) == []
    assert codes(evaluation) == [(-1, "metric_unknown")]


def test_a3_a_flat_tier_may_give_an_amount() -> None:
    tiers = CommissionTiers("order", "flat", (TierStep(0, amount_fen=31),))
    goods = [line("a", 3000), line("b", 1000)]
    assert amounts(paid_on(commission_rule("pay", Accrue(to="promoter", tiers=tiers)), lines=goods)) == [23, 8]


@pytest.mark.parametrize(
    ("bonuses", "expected"),
    [
        ([Bonus("promoter", add_rate=percent(2))], 120),
        ([Bonus("promoter", multiply=Rate(3, 2))], 150),
        ([Bonus("promoter", multiply=Rate(3, 2)), Bonus("promoter", add_rate=percent(2))], 180),
        ([Bonus("referrer", add_rate=percent(2))], 100),
    ],
)
def test_a3_bonuses_add_first_and_then_multiply(bonuses: list[Bonus], expected: int) -> None:
    rules = [commission_rule(f"bonus-{n}", bonus=bonus) for n, bonus in enumerate(bonuses)]
    for accrue in (
        TEN,
        Accrue(to="promoter", tiers=CommissionTiers("line", "marginal", (TierStep(0, rate=percent(10)),))),
    ):
        assert amounts(paid_on(commission_rule("pay", accrue), *rules)) == [expected]


def test_a3_no_bonus_lifts_a_rate_of_zero() -> None:
    rules = [commission_rule("pay", Accrue(to="promoter", rate=Rate(0)))]
    rules.append(commission_rule("bonus", bonus=Bonus("promoter", add_rate=percent(2))))
    assert amounts(paid_on(*rules)) == [0]


def test_a3_a_bonus_applies_to_a_figure_that_is_a_rate() -> None:
    goods = [line("a", 1000, commission={"promoter": SkuFigure(rate=percent(5))})]
    rules = [commission_rule("pay", Accrue(to="promoter", sku_figure=True))]
    rules.append(commission_rule("bonus", bonus=Bonus("promoter", add_rate=percent(2))))
    evaluation = paid_on(*rules, lines=goods)
    assert amounts(evaluation) == [70]
    assert [ref.rule for ref in evaluation.accruals[0].lifted_by] == ["bonus"]


def test_from_campaigns_pays_only_what_those_discounted() -> None:
    off = promotion_set(promotion("off", LineDiscount(percent_off(10)), when=sku("a")), name="night")
    rules = [commission_rule("night", TEN, from_campaigns=("night",)), commission_rule("rest", TEN)]
    evaluation = paid_on(*rules, lines=[line("a", 1000), line("b", 1000)], sets=[off])
    assert [(one.plan.ref.rule, one.line, one.amount_fen) for one in evaluation.accruals] == [
        ("night", 0, 90),
        ("rest", 1, 100),
    ]


# --- A4, A5: bounds and payees ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"floor_fen": 150}, 150),
        ({"cap_fen": 60}, 60),
        ({"floor_fen": 150, "cap_fen": 120}, 120),
        ({"floor_fen": 5000}, 1000),
    ],
)
def test_a4_floor_then_cap_then_net(bounds: dict[str, int], expected: int) -> None:
    accrue = Accrue(to="promoter", rate=percent(10), **bounds)
    assert amounts(paid_on(commission_rule("pay", accrue))) == [expected]


def test_a4_a_line_that_cost_nothing_pays_nothing_and_says_so() -> None:
    free = promotion_set(promotion("free", LineDiscount(percent_off(100))))
    accrue = Accrue(to="promoter", amount_fen=50, floor_fen=20)
    evaluation = paid_on(commission_rule("pay", accrue), sets=[free])
    assert amounts(evaluation) == [0]
    assert codes(evaluation) == [(0, "nothing_paid")]


@pytest.mark.parametrize(
    ("role", "event", "code"),
    [
        ("promoter", {"promoter": None}, "payee_absent"),
        ("promoter", {"promoter": Payee(id="p", status="inactive")}, "payee_inactive"),
        ("promoter", {"buyer": Buyer(id="p-1")}, "payee_is_buyer"),
        ("promoter", {"promoter": Payee(id="p", buyer="b"), "buyer": Buyer(id="b")}, "payee_is_buyer"),
        ("referrer", {"referrer": None}, "payee_absent"),
        ("leader", {"leader": None}, "payee_absent"),
    ],
)
def test_a5_a_share_without_a_payee_moves_to_nobody(role: str, event: dict[str, Any], code: str) -> None:
    others = Accrue(to="pool:partners", rate=percent(1))
    evaluation = paid_on(commission_rule("pay", Accrue(to=role, rate=percent(10)), others), event=event)
    assert [(one.payee, one.amount_fen) for one in evaluation.accruals] == [("pool:partners", 10)]
    assert codes(evaluation) == [(0, code)]


# --- A7: the ceiling ----------------------------------------------------------------------------------------------


def test_a7_refuse_serves_roles_in_order_until_one_does_not_fit() -> None:
    rule = commission_rule(
        "pay",
        Accrue(to="pool:partners", rate=percent(1)),
        Accrue(to="leader", rate=percent(20)),
        Accrue(to="referrer", rate=percent(5)),
        Accrue(to="promoter", rate=percent(10)),
    )
    evaluation = paid_on(rule, ceiling=Ceiling(percent(30), "refuse"))
    assert {one.plan.role: one.amount_fen for one in evaluation.accruals} == {
        "promoter": 100,
        "referrer": 50,
        "leader": 0,  # 200 does not fit into the 150 left
        "pool:partners": 0,  # nor does anything after it
    }
    assert evaluation.ceiling is not None
    assert (evaluation.ceiling.allowed_fen, evaluation.ceiling.earned_fen) == (300, 360)


def test_a7_scale_keeps_proportions_and_sums_to_the_ceiling() -> None:
    rule = commission_rule("pay", TEN, Accrue(to="referrer", rate=percent(20)))
    evaluation = paid_on(rule, ceiling=Ceiling(percent(10), "scale"))
    assert amounts(evaluation) == [33, 67]
    assert [one.earned_fen for one in evaluation.accruals] == [100, 200]


def test_a7_below_the_ceiling_nothing_is_cut() -> None:
    evaluation = paid_on(commission_rule("pay", TEN), ceiling=Ceiling(percent(10), "refuse"))
    assert amounts(evaluation) == [100]
    assert evaluation.ceiling is not None


def test_a7_the_ceiling_counts_the_fee_among_the_payees_but_goods_alone_as_its_base() -> None:
    goods, fee = commission_rule("goods", TEN), commission_rule("fee", Accrue(to="promoter", rate=Rate(1)))
    pay = commission_set(goods, ceiling=Ceiling(percent(30), "scale"))
    delivery = commission_set(fee, name="z-fee", base="delivery_fee")
    evaluation = evaluated(order(line("a", 1000), promoter=PROMOTER, fee_fen=500), pay, delivery)
    assert amounts(evaluation) == [50, 250]
