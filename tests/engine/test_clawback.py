"""Refunds one by one (clauses R1-R5): shares, amounts agreed, what is refused, retests, gifts, dues under a ceiling."""

from typing import Any

import pytest

from engine.errors import RefundRefused
from engine.money import Rate
from engine.order import Evaluation, RefundEvent, ReturnedLine
from engine.refund.clawback import dues, goods_given, refund, shares, untouched
from engine.refund.retest import is_retested, retest_penalty
from engine.ruleset import (
    Accrue,
    AmountOff,
    BundlePrice,
    Ceiling,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PriceTag,
    Spend,
    Tier,
)
from tests.engine.builders import (
    AT,
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    refund_event,
    refunded,
    returned,
    sku,
    spend_and_save,
)

PAY = commission_set(commission_rule("pay", Accrue(to="promoter", rate=percent(10))))


def sold(*lines: Any, rules: Any = (), fee_fen: int = 0, **policies: Any) -> Evaluation:
    sets = [promotion_set(*rules, **policies)] if rules else []
    return evaluated(order(*lines, promoter=PROMOTER, fee_fen=fee_fen), *sets, PAY)


def cash(evaluation: Evaluation, *events: list[ReturnedLine]) -> list[int]:
    return [one.cash_fen for one in refunded(evaluation, *events)]


# --- R1: shares ---------------------------------------------------------------------------------------------------


def test_r1_units_return_their_part_of_the_net_and_parts_sum() -> None:
    evaluation = sold(line("a", 1000, 3), rules=[promotion("off", OrderDiscount(AmountOff(100, "order")))])
    assert cash(evaluation, *([returned("a", 1)] for _ in range(3))) == [967, 966, 967]


def test_r1_an_amount_without_units_counts_beside_the_units() -> None:
    evaluation = sold(line("a", 1000, 2))
    first, second, third = refunded(evaluation, [returned("a", amount_fen=300)], [returned("a", 1)], [returned("a", 1)])
    assert (first.cash_fen, second.cash_fen, third.cash_fen) == (300, 1000, 700)
    assert dues(evaluation, first.state) == [170]
    assert third.state.units == (2,)


def test_r1_an_amount_with_units_stands_for_them() -> None:
    evaluation = sold(line("a", 1000, 2))
    low, rest = refunded(evaluation, [returned("a", 1, 600)], [returned("a", 1)])
    assert (low.cash_fen, rest.cash_fen) == (600, 1000)
    assert shares(evaluation, rest.state) == [1600]
    assert dues(evaluation, rest.state) == [40]


def test_r1_the_fee_is_refunded_on_its_own() -> None:
    fee = commission_set(commission_rule("fee", Accrue(to="promoter", rate=percent(10))), base="delivery_fee")
    evaluation = evaluated(order(line("a", 1000), promoter=PROMOTER, fee_fen=500), fee)
    half = refund(evaluation, untouched(evaluation), refund_event(shipping_fen=250))
    assert (half.cash_fen, half.shipping_fen, dues(evaluation, half.state)) == (0, 250, [25])
    goods = refund(evaluation, half.state, refund_event(returned("a", 1), refund_id="re-2"))
    assert (goods.shipping_fen, dues(evaluation, goods.state)) == (0, [25])


def test_r1_a_line_may_stand_twice_in_one_refund() -> None:
    evaluation = sold(line("a", 1000, 2))
    assert cash(evaluation, [returned("a", 1), returned("a", 1, 100)]) == [1100]


@pytest.mark.parametrize(
    ("event", "code", "path", "says"),
    [
        (refund_event(returned("a", 3)), "more_than_sold", "/lines/0/quantity", "at most 2 of 2 units"),
        (refund_event(returned("a", 1), returned("a", 2)), "more_than_sold", "/lines/1/quantity", "at most 1 of 2"),
        (refund_event(returned("b", 1)), "unknown_line", "/lines/0/line_id", "no line 'b'"),
        (refund_event(returned("a")), "nothing_returned", "/lines/0", "quantity"),
        (refund_event(returned("a", 0, 2001)), "more_than_paid", "/lines/0/amount_fen", "at most 2000 fen"),
        (refund_event(returned("a", 1, 2001)), "more_than_paid", "/lines/0/amount_fen", "at most 2000 fen"),
        (refund_event(shipping_fen=501), "more_than_paid", "/shipping_fen", "at most 500 fen"),
        (RefundEvent(refund_id="r", order_id="other", at=AT), "other_order", "/order_id", "another order"),
    ],
)
def test_r1_what_cannot_be_true_is_refused_with_the_place_and_the_limit(
    event: RefundEvent, code: str, path: str, says: str
) -> None:
    evaluation = sold(line("a", 1000, 2), fee_fen=500)
    with pytest.raises(RefundRefused, match=says) as refused:
        refund(evaluation, untouched(evaluation), event)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert refused.value.message_zh


def test_r5_the_same_refund_twice_is_the_same_as_once() -> None:
    evaluation = sold(line("a", 1000, 2))
    event = refund_event(returned("a", 1))
    once = refund(evaluation, untouched(evaluation), event)
    again = refund(evaluation, once.state, event)
    assert again.state == once.state
    assert (again.cash_fen, again.clawbacks, again.share_fen) == (0, (), (0,))


# --- R2: retests --------------------------------------------------------------------------------------------------


def test_r2_only_thresholds_and_groups_are_retested() -> None:
    benefits = {
        PriceTag(percent_off(10)): False,
        LineDiscount(percent_off(10)): False,
        OrderDiscount(percent_off(10)): True,
        GroupDiscount(percent_off(10), every=2, targets=1): True,
        BundlePrice((Component(sku("a"), 2),), 1500): True,
    }
    for benefit, expected in benefits.items():
        evaluation = sold(line("a", 1000, 2), rules=[promotion("x", benefit)], on_partial_return="retest_threshold")
        assert [is_retested(applied) for applied in evaluation.priced.applied] == [expected]


def test_r2_a_tier_falls_back_to_the_lower_one_and_recovers_the_difference() -> None:
    evaluation = sold(
        line("a", 6000),
        line("b", 4000),
        rules=[promotion("save", spend_and_save((5000, 500), (10_000, 2000)))],
        on_partial_return="retest_threshold",
    )
    first, second = refunded(evaluation, [returned("b", 1)], [returned("a", 1)])
    # a holds 12.00 of 20.00, but 60.00 alone earn 5.00: 7.00 are recovered from b's 32.00
    assert (first.cash_fen, first.recovered_fen) == (2500, 700)
    assert retest_penalty(evaluation, first.state.units) == 700
    assert (second.cash_fen, second.recovered_fen) == (5500, 0)


def test_r2_the_penalty_never_makes_cash_negative() -> None:
    evaluation = sold(
        line("a", 9900),
        line("b", 100),
        rules=[promotion("save", spend_and_save((10_000, 3000)))],
        on_partial_return="retest_threshold",
    )
    (outcome,) = refunded(evaluation, [returned("b", 1)])
    assert (outcome.cash_fen, outcome.recovered_fen) == (0, 70)
    assert goods_given(evaluation, outcome.state) == 0


@pytest.mark.parametrize("threshold_on", ["original", "running"])
def test_r2_thresholds_are_retested_on_their_own_amounts(threshold_on: str) -> None:
    """After a price tag, 2 x 10.00 run at 18.00: a threshold of 19.00 is only met on original amounts."""
    rules = [promotion("tag", PriceTag(percent_off(10))), promotion("save", spend_and_save((1900, 300), (900, 100)))]
    rules[1] = promotion("save", spend_and_save((900, 100), (1900, 300)))
    evaluation = sold(line("a", 1000, 2), rules=rules, threshold_on=threshold_on, on_partial_return="retest_threshold")
    (outcome,) = refunded(evaluation, [returned("a", 1)])
    net, tier = (1500, 300) if threshold_on == "original" else (1700, 100)
    assert evaluation.priced.net_fen == (net,)
    penalty = max(0, tier // 2 - 100)
    assert outcome.cash_fen == net // 2 - penalty


@pytest.mark.parametrize(
    ("benefit", "fields", "cash_fen"),
    [
        # percentages and amounts per unit shrink with the goods: nothing to recover
        (OrderDiscount(percent_off(10)), {}, [900, 900]),
        (OrderDiscount(AmountOff(100, "unit")), {}, [900, 900]),
        # an amount per order or line is earned by one unit as well as by two: the buyer keeps all of it
        (OrderDiscount(AmountOff(200, "order")), {}, [900, 900]),
        # every full 20.00
        (OrderDiscount(AmountOff(200, "order"), every=2000), {}, [800, 1000]),
        (OrderDiscount(AmountOff(200, "order"), every=2, measure="units"), {}, [800, 1000]),
        # a spend is retested like a threshold, for groups too
        (OrderDiscount(percent_off(10)), {"spend": Spend(2000)}, [800, 1000]),
        (GroupDiscount(percent_off(10), every=1, targets=1), {"spend": Spend(2, "units")}, [800, 1000]),
        (GroupDiscount(percent_off(20), every=2, targets=1), {}, [800, 1000]),
        (GroupDiscount(FixedPrice(1800, "block"), every=2, targets=2), {}, [800, 1000]),
        (BundlePrice((Component(sku("a"), 2),), 1800), {}, [800, 1000]),
    ],
)
def test_r2_what_the_kept_goods_still_earn(benefit: Any, fields: dict[str, Any], cash_fen: list[int]) -> None:
    """Two at 10.00 for 18.00, returned one by one."""
    evaluation = sold(
        line("a", 1000, 2), rules=[promotion("x", benefit, **fields)], on_partial_return="retest_threshold"
    )
    assert evaluation.priced.net_fen == (1800,)
    assert cash(evaluation, [returned("a", 1)], [returned("a", 1)]) == cash_fen


def test_r2_a_targeted_group_is_retested_within_the_room_of_its_targets() -> None:
    half = promotion("half", GroupDiscount(percent_off(50), every=2, targets=1))
    evaluation = sold(
        line("a", 2000, 4, floor_price_fen=1500),
        rules=[half],
        discount_on="targets",
        on_partial_return="retest_threshold",
    )
    assert evaluation.priced.net_fen == (7000,)  # two targets, 5.00 of room each
    assert cash(evaluation, [returned("a", 2)], [returned("a", 2)]) == [3500, 3500]


def test_r2_a_group_after_a_price_tag_is_retested_at_the_tagged_price() -> None:
    rules = [
        promotion("tag", PriceTag(FixedPrice(800))),
        promotion("half", GroupDiscount(percent_off(50), every=2, targets=1)),
    ]
    for base, off in (("running", 400), ("original", 500)):
        evaluation = sold(line("a", 1000, 3), rules=rules, base=base, on_partial_return="retest_threshold")
        assert evaluation.priced.net_fen == (2400 - off,)
        first, second, _ = refunded(evaluation, *([returned("a", 1)] for _ in range(3)))
        assert first.recovered_fen == 0  # two pieces still make a pair
        assert second.recovered_fen == off - (2 * off * 2 + 3) // 6  # what one piece holds of a pair that is gone


# --- R3, R4: dues -------------------------------------------------------------------------------------------------


def test_r4_a_later_refund_may_lift_an_earlier_trim() -> None:
    """Returning the line that bears no commission trims the other; returning that one lifts what is left of it."""
    pay = commission_set(
        commission_rule("dear", Accrue(to="promoter", rate=percent(60)), when=sku("a")),
        commission_rule("rest", Accrue(to="promoter", rate=Rate(0))),
        ceiling=Ceiling(percent(30), "scale"),
    )
    evaluation = evaluated(order(line("a", 1000, 10), line("b", 1000, 10), promoter=PROMOTER), pay)
    assert [one.amount_fen for one in evaluation.accruals] == [6000, 0]
    first, second, last = refunded(evaluation, [returned("b", 10)], [returned("a", 5)], [returned("a", 5)])
    assert [sum(dues(evaluation, one.state)) for one in (first, second, last)] == [3000, 1500, 0]


def test_r4_dues_do_not_depend_on_the_policy_of_returns() -> None:
    both = [
        sold(
            line("a", 6000),
            line("b", 4000),
            rules=[promotion("save", spend_and_save((10_000, 2000)))],
            on_partial_return=policy,
        )
        for policy in ("keep_share", "retest_threshold")
    ]
    after = [refunded(one, [returned("b", 1)])[0] for one in both]
    assert dues(both[0], after[0].state) == dues(both[1], after[1].state) == [480, 0]
    assert after[0].clawbacks == after[1].clawbacks
    assert after[0].cash_fen > after[1].cash_fen


# --- P13: gifts follow their trigger ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("benefit", "policy", "back"),
    [
        (Gift(GiftLine("g", "赠品", 1), every=2), "keep_share", [0, 1, 1, 2, 2]),
        (Gift(GiftLine("g", "赠品", 1), every=2, times=1), "keep_share", [0, 0, 0, 1, 1]),
        (Gift(GiftLine("g", "赠品", 3)), "keep_share", [0, 0, 0, 0, 3]),
        (OrderDiscount(tiers=(Tier(2500, gift=GiftLine("g", "赠品", 1)),)), "keep_share", [0, 0, 0, 0, 1]),
        (OrderDiscount(tiers=(Tier(2500, gift=GiftLine("g", "赠品", 1)),)), "retest_threshold", [0, 0, 1, 1, 1]),
    ],
)
def test_p13_gifts_come_back_with_their_trigger(benefit: Any, policy: str, back: list[int]) -> None:
    """Five pieces at 10.00 returned one by one: how many gift units are due back in all so far."""
    evaluation = sold(line("a", 1000, 5), rules=[promotion("g", benefit)], on_partial_return=policy)
    outcomes = refunded(evaluation, *([returned("a", 1)] for _ in range(5)))
    assert [sum(gift.quantity for gift in one.gifts) for one in outcomes] == back
