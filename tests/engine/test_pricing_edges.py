"""Limits and budgets where they meet exactly: the last fen, the smaller of two bounds, one fen too much (P15)."""

import pytest

from engine.ruleset import AmountOff, Budget, LineDiscount, OrderDiscount, ShippingDiscount
from tests.engine.builders import (
    discounts,
    evaluated,
    line,
    lost_codes,
    order,
    percent_off,
    promotion,
    promotion_set,
    sku,
)

USED = "money/total/ever"


def test_p15_a_budget_that_nobody_has_drawn_on_gives_all_of_itself() -> None:
    rule = promotion("off", OrderDiscount(AmountOff(500, "order")), budget=Budget(500, "part"))
    evaluation = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert evaluation.priced.net_fen == (500,)
    assert [one.amount for one in evaluation.priced.consumption] == [500]


@pytest.mark.parametrize(("used", "given", "code"), [(499, {"off": 1}, {}), (500, {}, {"off": "budget_exhausted"})])
def test_p15_the_last_fen_of_a_budget_is_given(used: int, given: dict[str, int], code: dict[str, str]) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(300, "order")), budget=Budget(500, "part"))
    evaluation = evaluated(order(line("a", 1000), counters={"campaign/off": {USED: used}}), promotion_set(rule))
    assert (discounts(evaluation), lost_codes(evaluation)) == (given, code)


@pytest.mark.parametrize(("at_most", "left", "given"), [(200, 300, 200), (300, 200, 200)])
def test_p15_of_a_cap_and_what_a_budget_has_left_the_smaller_binds(at_most: int, left: int, given: int) -> None:
    rule = promotion("off", OrderDiscount(AmountOff(900, "order")), at_most_fen=at_most, budget=Budget(1000, "part"))
    event = order(line("a", 1000), counters={"campaign/off": {USED: 1000 - left}})
    assert discounts(evaluated(event, promotion_set(rule))) == {"off": given}


def test_p15_a_cap_holds_beside_a_budget_that_refuses() -> None:
    rule = promotion("off", OrderDiscount(AmountOff(900, "order")), at_most_fen=400, budget=Budget(400, "refuse"))
    assert discounts(evaluated(order(line("a", 1000)), promotion_set(rule))) == {"off": 400}


def test_p15_a_budget_refuses_a_promotion_that_has_something_to_tell_as_well() -> None:
    """One of its benefits had nothing to give; that is no pass for the other one, which gives too much."""
    rule = promotion(
        "both", OrderDiscount(AmountOff(300, "order")), ShippingDiscount(percent_off(50)), budget=Budget(200, "refuse")
    )
    evaluation = evaluated(order(line("a", 1000)), promotion_set(rule))
    assert evaluation.priced.applied == ()
    assert lost_codes(evaluation) == {"both": "budget_exhausted"}
    gone = promotion(
        "gone",
        LineDiscount(AmountOff(300, "line"), items=sku("a")),
        OrderDiscount(AmountOff(50, "order"), items=sku("b")),
        budget=Budget(200, "refuse"),
    )
    free = promotion("free", LineDiscount(percent_off(100)), when=sku("b"), priority=-1)
    evaluation = evaluated(order(line("a", 1000), line("b", 10)), promotion_set(gone, free))
    assert discounts(evaluation) == {"free": 10}
    assert lost_codes(evaluation) == {"gone": "budget_exhausted"}


def test_p10_a_combinable_benefit_that_found_no_room_lost_to_nobody() -> None:
    free = promotion("free", LineDiscount(percent_off(100)))
    more = promotion("more", LineDiscount(percent_off(10)), stacking="combinable")
    evaluation = evaluated(order(line("a", 1000)), promotion_set(free, more))
    assert lost_codes(evaluation) == {"more": "nothing_to_give"}
