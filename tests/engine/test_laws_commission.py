"""Laws of commission: accruals equal a second reading with fractions, stay within their net, and under the ceiling."""

from fractions import Fraction
from math import floor

import msgspec
from hypothesis import given, settings

from engine.live import compile_live
from engine.money import Rate
from engine.order import Evaluation, OrderEvent
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionSet, CommissionTiers, PromotionSet, TierStep
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    sku,
)
from tests.engine.plain_commission import plain_accruals, plain_ceiling
from tests.engine.strategies import (
    commission_sets,
    evaluations,
    orders,
    promotion_sets,
)


def keyed(evaluation: Evaluation) -> list[tuple[tuple[str, str, str, int], int, int]]:
    return [
        ((one.plan.ref.rule_set, one.plan.ref.rule, one.plan.role, one.line), one.earned_fen, one.amount_fen)
        for one in evaluation.accruals
    ]


@given(promotion_sets("campaign", max_rules=2), commission_sets, orders())
@settings(max_examples=400)
def test_accruals_equal_the_plain_reading(prices: PromotionSet, pay: CommissionSet, event: OrderEvent) -> None:
    evaluation = evaluated(event, prices, pay)
    shares = plain_accruals(event, evaluation.priced, [pay])
    assert [(key, earned) for key, earned, _ in keyed(evaluation)] == [(one.key, one.amount) for one in shares]
    amounts = [one.amount for one in shares]
    if pay.ceiling is not None:
        amounts = plain_ceiling(shares, sum(evaluation.priced.net_fen), pay.ceiling, pay.remainder)
    assert [amount for _, _, amount in keyed(evaluation)] == amounts


@given(evaluations())
@settings(max_examples=150)
def test_a4_nobody_earns_more_than_the_line_brought(evaluation: Evaluation) -> None:
    for accrual in evaluation.accruals:
        fee = accrual.line < 0
        net = evaluation.priced.shipping_fen if fee else evaluation.priced.net_fen[accrual.line]
        assert 0 <= accrual.amount_fen <= accrual.earned_fen <= net


@given(evaluations())
@settings(max_examples=150)
def test_a1_every_accrual_has_an_identity_of_its_own(evaluation: Evaluation) -> None:
    identities = [(one.line, one.plan.ref, one.plan.role, one.payee) for one in evaluation.accruals]
    assert len(set(identities)) == len(identities)


@given(evaluations())
@settings(max_examples=150)
def test_a7_the_ceiling_holds_over_all_payees_and_says_what_it_cut(evaluation: Evaluation) -> None:
    total = sum(one.amount_fen for one in evaluation.accruals)
    cut = evaluation.ceiling
    if cut is None:
        assert all(one.amount_fen == one.earned_fen for one in evaluation.accruals)
        return
    rate = Fraction(cut.at_most.num, cut.at_most.den)
    assert cut.allowed_fen == floor(rate * sum(evaluation.priced.net_fen))
    assert cut.earned_fen == sum(one.earned_fen for one in evaluation.accruals)
    assert total <= cut.allowed_fen
    if cut.earned_fen <= cut.allowed_fen or cut.excess == "scale":
        assert total == min(cut.earned_fen, cut.allowed_fen)


@given(commission_sets, commission_sets.map(lambda one: msgspec.structs.replace(one, ceiling=None)), orders())
@settings(max_examples=100)
def test_a7_the_lowest_ceiling_binds_all_rule_sets(pay: CommissionSet, other: CommissionSet, event: OrderEvent) -> None:
    pay = msgspec.structs.replace(pay, ceiling=Ceiling(percent(10), "scale"))
    header = msgspec.structs.replace(other.header, name="a-second")
    other = msgspec.structs.replace(other, header=header, ceiling=Ceiling(percent(20), "refuse"))
    evaluation = evaluated(event, pay, other)
    assert evaluation.ceiling is not None
    assert evaluation.ceiling.rule_set == "pay"
    assert sum(one.amount_fen for one in evaluation.accruals) * 10 <= sum(evaluation.priced.net_fen)
    assert compile_live([other, pay]).ceiling == compile_live([pay, other]).ceiling


def test_a3_a_bonus_of_one_line_leaves_the_other_lines_of_an_order_tier_alone() -> None:
    steps = (TierStep(0, rate=percent(10)),)
    bonus = commission_rule("bonus", when=sku("b"), bonus=Bonus("promoter", add_rate=percent(5)))
    for mode in ("flat", "marginal"):
        rule = commission_rule("tiers", Accrue(to="promoter", tiers=CommissionTiers("order", mode, steps)))
        event = order(line("a", 1000), line("b", 1000), line("c", 1000), promoter=PROMOTER)
        evaluation = evaluated(event, commission_set(rule, bonus))
        assert [one.amount_fen for one in evaluation.accruals] == [100, 150, 100]


def test_a3_bases_net_of_vat_are_summed_before_anything_is_rounded() -> None:
    steps = (TierStep(0, rate=Rate(0)), TierStep(200, rate=Rate(1)))
    rule = commission_rule("tiers", Accrue(to="promoter", tiers=CommissionTiers("order", "flat", steps)))
    half = Rate(3, 197)  # 100 fen and 1/2, net of it
    event = order(*(line(f"l-{n}", 102, vat_rate=half) for n in range(2)), promoter=PROMOTER)
    exact = Fraction(2 * 102 * 197, 200)
    assert exact > 200
    assert sum(int(Fraction(102 * 197, 200)) for _ in range(2)) == 200
    evaluation = evaluated(event, commission_set(rule, vat="excluded"))
    assert sum(one.earned_fen for one in evaluation.accruals) == 201
