"""P7: what a list shows for a good is what the good costs, alone or in any basket, before the other lanes."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.demo_rules import demo_rules
from benchmarks.orders import SEASON, odd
from engine.evaluate import evaluate_order
from engine.live import LiveRules, compile_live
from engine.order import OrderEvent
from engine.price.price_list import ListedPrice, price_list
from engine.ruleset import AmountOff, LineDiscount, PriceTag, PromotionSet
from tests.engine.builders import line, order, percent_off, promotion, promotion_set, sku
from tests.engine.strategies import make_price_tag, orders, promotion_sets


def alone(event: OrderEvent, at: int, live: LiveRules) -> ListedPrice:
    """What the tags make of one unit that is ordered by itself."""
    one = msgspec.structs.replace(event.lines[at], quantity=1)
    priced = evaluate_order(msgspec.structs.replace(event, lines=(one,)), live).priced
    tags = [applied for applied in priced.applied if applied.plan.lane == "catalogue"]
    off = sum(applied.discount_fen for applied in tags)
    return ListedPrice(one.unit_price_fen - off, tuple(applied.plan.ref for applied in tags))


def assert_listed_as_sold(event: OrderEvent, live: LiveRules) -> list[ListedPrice]:
    listed = price_list(event, live)
    assert listed == [alone(event, at, live) for at in range(len(event.lines))]
    return listed


@given(promotion_sets("tags", benefit=make_price_tag), promotion_sets("others"), orders(max_lines=6), st.data())
@settings(max_examples=150, deadline=None)
def test_p7_a_list_shows_what_each_good_costs_alone(
    tags: PromotionSet, others: PromotionSet, event: OrderEvent, data: st.DataObject
) -> None:
    sets = data.draw(st.sampled_from([[tags], [tags, others], [others]]))
    assert_listed_as_sold(event, compile_live(sets))


@given(promotion_sets("tags", benefit=make_price_tag), orders(max_lines=6))
@settings(max_examples=60, deadline=None)
def test_p7_a_list_shows_the_unit_price_of_a_basket_with_nothing_but_tags(
    tags: PromotionSet, event: OrderEvent
) -> None:
    live = compile_live([tags])
    net = evaluate_order(event, live).priced.net_fen
    assert [one.price_fen * line.quantity for one, line in zip(price_list(event, live), event.lines, strict=True)] == [
        *net
    ]


def test_the_demo_goods_are_listed_as_they_are_sold() -> None:
    live = demo_rules(SEASON)
    tagged = 0
    for event in odd(seed=6, count=200):
        tagged += sum(bool(one.tags) for one in assert_listed_as_sold(event, live))
    assert tagged > 20


def test_tags_are_named_in_key_order_and_other_lanes_leave_the_list_alone() -> None:
    rules = promotion_set(
        promotion("tag", PriceTag(percent_off(10)), when=sku("a", "b")),
        promotion("member", PriceTag(percent_off(50)), when=sku("a"), stacking="combinable", position=1),
        promotion("off", LineDiscount(AmountOff(100, "unit")), position=2),
    )
    listed = price_list(order(line("a", 1000, 3), line("b", 1000), line("c", 1000)), compile_live([rules]))
    assert [(one.price_fen, [ref.rule for ref in one.tags]) for one in listed] == [
        (450, ["tag", "member"]),
        (900, ["tag"]),
        (1000, []),
    ]


def test_without_rules_goods_are_listed_at_their_own_price() -> None:
    assert price_list(order(line("a", 1000)), compile_live([])) == [ListedPrice(1000, ())]
