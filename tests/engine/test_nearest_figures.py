"""The smallest changes, figure by figure: thresholds, units, moments, choices, and what no order can change."""

from datetime import datetime, timedelta

import msgspec
import pytest

from engine.calendar import SHANGHAI
from engine.conditions import All, Any, Condition, Not, Test
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.nearest.change import (
    AddCoupon,
    BuyGoods,
    BuyMore,
    Change,
    Choose,
    DropCoupon,
    Step,
    WaitUntil,
    amount_of,
    apply_change,
    size_key,
)
from engine.nearest.nearest import nearest_changes
from engine.nearest.standing import APPLIES, OTHER_WORLD, OUTCOMPETED
from engine.nearest.value import Nearest
from engine.order import Buyer, Delivery, OrderEvent, Payee
from engine.ruleset import (
    Accrue,
    BundlePrice,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    Limit,
    LineDiscount,
    OrderDiscount,
    RuleSet,
    ShippingDiscount,
    Spend,
)
from tests.engine.builders import (
    AT,
    commission_rule,
    commission_set,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    sku,
    spend_and_save,
)

NINE = LineDiscount(percent_off(10))
GOODS = order(line("a", 2000))


def nearest(event: OrderEvent, *sets: RuleSet, rule: str = "it") -> Nearest:
    live = compile_live(sets)
    found = nearest_changes(evaluate_order(event, live), live)
    return next(one for one in found if one.ref.rule == rule)


def asked(event: OrderEvent, when: Condition) -> Nearest:
    """What makes a plain discount under this condition apply."""
    return nearest(event, promotion_set(promotion("it", NINE, when=when)))


def steps(found: Nearest) -> tuple[Step, ...]:
    assert found.code == "change"
    assert found.changes[0].then == APPLIES
    return found.changes[0].change.steps


def zh(event: OrderEvent, found: Nearest) -> str:
    said = found.words(event)
    assert said is not None
    return said.zh


def en(event: OrderEvent, found: Nearest) -> str:
    said = found.words(event)
    assert said is not None
    return said.en


# --- thresholds -----------------------------------------------------------------------------------------------------


def test_the_missing_fen_of_a_threshold() -> None:
    found = nearest(GOODS, promotion_set(promotion("it", spend_and_save((3200, 300)), label="满减")))
    (step,) = steps(found)
    assert isinstance(step, BuyGoods)
    assert (step.like, step.by_fen, amount_of(step)) == ("a", True, 1200)
    assert zh(GOODS, found) == "再买 12.00 元可享满减"
    assert en(GOODS, found) == "spend ¥12.00 more to get “it”"


def test_goods_that_are_discounted_themselves_take_more_to_reach_a_threshold() -> None:
    half = promotion("half", LineDiscount(percent_off(50)))
    found = nearest(GOODS, promotion_set(half, promotion("it", spend_and_save((3200, 300)))))
    (step,) = steps(found)
    # 10.00 are paid for 20.00, so 22.00 are missing: 44.00 at list; of 43.99 the half taken off rounds up to 22.00
    assert amount_of(step) == 4400
    assert zh(GOODS, found) == "再买 44.00 元（按原价）可享it"
    assert en(GOODS, found) == "spend ¥44.00 more (at list price) to get “it”"


def test_only_goods_of_the_scope_count() -> None:
    event = order(line("a", 2000), line("b", 300))
    rules = promotion_set(promotion("it", spend_and_save((3000, 300)), when=sku("b")))
    found = nearest(event, rules)
    (step,) = steps(found)
    assert isinstance(step, BuyGoods)
    assert (step.like, step.line.sku, amount_of(step)) == ("b", "b", 2700)
    assert zh(event, found) == "再买 27.00 元 b 一类商品可享it"


@pytest.mark.parametrize(
    ("benefit", "fields", "units"),
    [
        (GroupDiscount(percent_off(20), every=3, targets=3), {}, 2),
        (OrderDiscount(percent_off(20)), {"spend": Spend(4, "units")}, 3),
        (Gift(GiftLine("g", "赠品", 1), every=2), {}, 1),
        (GroupDiscount(FixedPrice(99, "block"), every=5, targets=5, among="same_sku"), {}, 4),
    ],
)
def test_the_missing_units(benefit: object, fields: dict[str, object], units: int) -> None:
    found = nearest(GOODS, promotion_set(promotion("it", benefit, **fields)))
    assert steps(found) == (BuyMore("a", units),)
    assert zh(GOODS, found) == f"再买 {units} 件可享it"


def test_units_are_taken_of_the_cheapest_goods() -> None:
    event = order(line("dear", 5000), line("cheap", 800))
    found = nearest(event, promotion_set(promotion("it", GroupDiscount(percent_off(50), every=3, targets=1))))
    assert steps(found) == (BuyMore("cheap", 1),)
    assert zh(event, found) == "再买 1 件 cheap可享it"


def test_a_bundle_asks_for_each_component() -> None:
    bundle = BundlePrice((Component(sku("a"), 2), Component(sku("b"), 1)), 100)
    one, other = steps(nearest(GOODS, promotion_set(promotion("it", bundle))))
    assert one == BuyMore("a", 1)
    assert isinstance(other, BuyGoods)
    assert (other.line.sku, amount_of(other), other.like) == ("b", 1, None)


def test_goods_worth_more_than_the_fixed_price_are_found() -> None:
    bundle = BundlePrice((Component(sku("b"), 1), Component(sku("c"), 1)), 9600)
    bought = steps(nearest(GOODS, promotion_set(promotion("it", bundle))))
    assert sum(step.line.unit_price_fen for step in bought if isinstance(step, BuyGoods)) > 9600


def test_tests_on_the_basket() -> None:
    (step,) = steps(asked(GOODS, Test("order.list_total", "at_least", (5001,))))
    assert amount_of(step) == 3001
    assert steps(asked(GOODS, Test("order.units", "more_than", (4,)))) == (BuyMore("a", 4),)
    assert steps(asked(GOODS, Test("line.quantity", "at_least", (3,)))) == (BuyMore("a", 2),)
    lines = steps(asked(GOODS, Test("order.line_count", "at_least", (3,))))
    assert [type(step) for step in lines] == [BuyGoods, BuyGoods]
    (step,) = steps(asked(GOODS, Test("order.categories", "under", ("snack",))))
    assert isinstance(step, BuyGoods)
    assert step.line.category == "snack"


# --- moments --------------------------------------------------------------------------------------------------------


def test_the_first_minute_of_a_window() -> None:
    found = asked(GOODS, Test("clock.time", "at_least", (1320,)))
    assert steps(found) == (WaitUntil(AT + timedelta(hours=2), 120),)
    assert zh(GOODS, found) == "22:00 后下单可享it"
    assert en(GOODS, found) == "order from 22:00 to get “it”"


def test_seconds_and_other_offsets_count() -> None:
    event = msgspec.structs.replace(GOODS, placed_at=datetime.fromisoformat("2026-10-02T12:00:30+00:00"))
    (step,) = steps(asked(event, Test("clock.time", "at_least", (1320,))))
    assert isinstance(step, WaitUntil)
    assert step.at == AT + timedelta(hours=2)
    assert step.at.utcoffset() == timedelta(0)
    assert step.minutes == 120


def test_the_next_day_on_which_all_tests_of_the_clock_hold() -> None:
    friday_noon = All((Test("clock.weekday", "in", ("fri",)), Test("clock.time", "at_most", (720,))))
    found = asked(GOODS, friday_noon)  # it is Friday, 20:00
    (step,) = steps(found)
    assert isinstance(step, WaitUntil)
    assert step.at.astimezone(SHANGHAI) == datetime(2026, 10, 9, tzinfo=SHANGHAI)
    assert zh(GOODS, found) == "10 月 9 日 00:00 后下单可享it"
    assert en(GOODS, found) == "order from 00:00 on 9 Oct to get “it”"


def test_a_night_belongs_to_the_day_it_starts_on() -> None:
    saturday_night = Any(
        (
            All((Test("clock.time", "at_least", (1320,)), Test("clock.weekday", "in", ("sat",)))),
            All((Test("clock.time", "less_than", (120,)), Test("clock.eve.weekday", "in", ("sat",)))),
        )
    )
    (step,) = steps(asked(GOODS, saturday_night))
    assert step == WaitUntil(AT + timedelta(hours=26), 26 * 60)


def test_a_holiday_and_a_lunar_day_are_found_and_a_day_long_past_is_not() -> None:
    (mid_autumn,) = steps(asked(GOODS, Test("clock.lunar", "in", (815,))))
    assert isinstance(mid_autumn, WaitUntil)
    assert mid_autumn.at.date().isoformat() == "2027-09-15"
    past = AT.date().toordinal() - 1
    assert asked(GOODS, Test("clock.date", "at_most", (past,))).code == "depends_on_who"


def test_waiting_is_judged_by_the_rules_that_stand_then() -> None:
    late = promotion_set(promotion("it", NINE, when=Test("clock.time", "at_least", (1320,))))
    live, gone = compile_live([late]), compile_live([])
    evaluation = evaluate_order(GOODS, live)
    (stays,) = nearest_changes(evaluation, live, lambda _: live)
    (ends,) = nearest_changes(evaluation, live, lambda at: live if at < AT + timedelta(hours=1) else gone)
    assert (stays.code, ends.code) == ("change", "no_small_change")


@pytest.mark.parametrize(("period", "day"), [("day", 3), ("week", 5), ("month", 1)])
def test_used_up_for_a_period_means_waiting_for_the_next(period: str, day: int) -> None:
    counters = {"campaign/it": {f"uses/buyer/{period}": 1}}
    event = order(line("a", 2000), buyer=Buyer(id="b"), counters=counters)
    limit = Limit(1, "buyer", period)  # type: ignore[arg-type]  # one of the periods
    found = nearest(event, promotion_set(promotion("it", NINE, limits=(limit,))))
    (step,) = steps(found)
    assert isinstance(step, WaitUntil)
    assert step.at.astimezone(SHANGHAI) == datetime(2026, 11 if period == "month" else 10, day, tzinfo=SHANGHAI)
    assert apply_change(event, Change((step,))).counters == {"campaign/it": {}}


def test_used_up_for_ever_cannot_be_waited_out() -> None:
    event = order(line("a", 2000), counters={"campaign/it": {"uses/total/ever": 1}})
    assert nearest(event, promotion_set(promotion("it", NINE, limits=(Limit(1),)))).code == "no_small_change"


# --- choices and goods ----------------------------------------------------------------------------------------------


def test_choices() -> None:
    assert steps(asked(GOODS, Test("order.channel", "in", ("live",)))) == (Choose("order.channel", "live"),)
    assert steps(asked(GOODS, Not(Test("order.delivery", "in", ("delivery",))))) == (
        Choose("order.delivery", "pickup"),
    )
    region = asked(GOODS, Test("order.region", "under", ("43/4301/430102",)))
    assert steps(region) == (Choose("order.region", "430102"),)
    assert zh(GOODS, region) == "送到地区 430102可享it"


def test_coupons_are_added_and_left_out() -> None:
    event = msgspec.structs.replace(GOODS, coupons=("OLD", "OTHER"))
    both = All((Test("order.coupons", "in", ("NEW",)), Not(Test("order.coupons", "in", ("OLD",)))))
    found = asked(event, both)
    assert steps(found) == (DropCoupon("OLD"), AddCoupon("NEW"))
    assert apply_change(event, found.changes[0].change).coupons == ("OTHER", "NEW")


def test_other_goods_are_described_by_what_they_must_be() -> None:
    hot = All((Test("line.category", "under", ("snack",)), Not(Test("line.category", "under", ("snack/sea",)))))
    found = asked(GOODS, hot)
    (step,) = steps(found)
    assert isinstance(step, BuyGoods)
    assert (step.line.category, step.like) == ("snack", None)
    assert zh(GOODS, found) == "再买 1 件这样的商品（类目属于 snack，并非类目属于 snack/sea）可享it"


def test_who_one_is_is_no_action() -> None:
    found = asked(GOODS, All((Test("buyer.is_new", "in", (True,)), Test("clock.time", "at_least", (1320,)))))
    assert (found.code, found.changes) == ("depends_on_who", ())
    assert [one.test.fact for one in found.blocked] == ["buyer.is_new"]
    assert "新客" in zh(GOODS, found)
    promoted = commission_set(
        commission_rule("it", Accrue(to="promoter", rate=percent(5)), when=Test("promoter.level", "in", ("gold",)))
    )
    assert nearest(order(line("a", 100), promoter=Payee(id="p")), promoted).code == "depends_on_who"


def test_a_way_that_anyone_can_take_is_preferred_to_who_one_is() -> None:
    either = Any((Test("buyer.level", "in", ("gold",)), Test("order.channel", "in", ("live",))))
    assert steps(asked(GOODS, either)) == (Choose("order.channel", "live"),)


def test_fewer_steps_come_first_then_actions_before_waiting_then_size() -> None:
    either = Any((Test("clock.time", "at_least", (1201,)), Test("order.list_total", "at_least", (9000,))))
    found = asked(GOODS, either)
    kinds = [[type(step) for step in one.change.steps] for one in found.changes]
    assert kinds == [[BuyGoods], [WaitUntil]]
    keys = [size_key(GOODS, one.change) for one in found.changes]
    assert keys == sorted(keys)
    assert keys[0][0] == 1


# --- standing -------------------------------------------------------------------------------------------------------


def test_a_rule_that_would_be_outcompeted_says_so() -> None:
    better = promotion("better", LineDiscount(percent_off(50)))
    found = nearest(GOODS, promotion_set(better, promotion("it", NINE, when=Test("order.channel", "in", ("live",)))))
    assert found.changes[0].then == OUTCOMPETED
    assert zh(GOODS, found).endswith("（条件已满足，但另一规则更优）")


def test_an_exclusive_rule_of_another_world_is_judged_in_its_own() -> None:
    better = promotion("better", LineDiscount(percent_off(50)))
    alone = promotion("it", spend_and_save((3000, 100)), stacking="exclusive")
    found = nearest(GOODS, promotion_set(better, alone))
    assert found.why.code == "other_world"  # told by the world; the threshold is missed besides
    assert found.changes[0].then == OTHER_WORLD
    assert amount_of(found.changes[0].change.steps[0]) == 1000


def test_what_qualifies_already_needs_no_change() -> None:
    better = promotion("better", LineDiscount(percent_off(50)))
    found = nearest(GOODS, promotion_set(better, promotion("it", NINE)))
    assert (found.code, found.words(GOODS)) == ("qualifies", None)


def test_what_no_purchase_brings_has_no_small_change() -> None:
    free = order(line("a", 2000), delivery=Delivery(fee_fen=0))
    assert nearest(free, promotion_set(promotion("it", ShippingDiscount(percent_off(100))))).code == "no_small_change"
    far = promotion_set(promotion("it", spend_and_save((10**11, 100))))
    assert nearest(GOODS, far).code == "no_small_change"


def test_a_commission_may_be_had_by_a_choice() -> None:
    event = order(line("a", 2000), promoter=Payee(id="p"))
    rules = commission_set(
        commission_rule("it", Accrue(to="promoter", rate=percent(5)), when=Test("order.channel", "in", ("live",)))
    )
    found = nearest(event, rules)
    assert steps(found) == (Choose("order.channel", "live"),)
    assert zh(event, found) == "改在 直播 渠道下单可计佣：it"
