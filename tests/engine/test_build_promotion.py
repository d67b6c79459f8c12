"""Every form of a benefit and every key of a promotion, as values."""

import pytest

from engine.builder.build import build
from engine.conditions import ALWAYS, Test
from engine.money import Rate
from engine.ruleset import (
    AmountOff,
    Benefit,
    Budget,
    BundlePrice,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    Limit,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    Promotion,
    PromotionSet,
    ShippingDiscount,
    Spend,
    Tier,
)
from engine.text.document import parse
from tests.engine.test_build import PROMOTION, diagnose
from tests.engine.texts import SCHEMAS

TEA = Test("line.sku", "in", ("tea",))
BUN = Test("line.sku", "in", ("bun",))
HALF = PercentOff(Rate(50, 100))
FREE = "{type: shipping_discount, free: true}"


def text_of(give: str, keys: str = "", when: str = "always", stacking: str = "competing") -> str:
    head = PROMOTION[: PROMOTION.index("rules:")]
    return (
        f"{head}rules:\n  - id: r1\n    title: 规则\n    stacking: {stacking}\n    when: {when}\n{keys}"
        f"    give:\n      - {give}\n"
    )


def promotion(give: str = FREE, keys: str = "", when: str = "always", stacking: str = "competing") -> Promotion:
    built = build(parse(text_of(give, keys, when, stacking), "f.yaml"), SCHEMAS)
    assert isinstance(built, PromotionSet)
    return built.rules[0]


def found(give: str, keys: str = "", when: str = "always", stacking: str = "competing") -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in diagnose(text_of(give, keys, when, stacking), "f.yaml")]


BENEFITS: dict[str, Benefit] = {
    "{type: price_tag, price: 9.90}": PriceTag(FixedPrice(990)),
    "{type: price_tag, percent_off: 10%, items: {line.sku: tea}}": PriceTag(PercentOff(Rate(10, 100)), items=TEA),
    "{type: price_tag, amount_off: 1}": PriceTag(AmountOff(100, "unit")),
    "{type: line_discount, percent_off: 1/3}": LineDiscount(PercentOff(Rate(1, 3))),
    "{type: line_discount, amount_off: 2, per: line, round: price}": LineDiscount(
        AmountOff(200, "line"), round_price=True
    ),
    "{type: line_discount, price: 5, units_per_line: 2, items: {line.sku: tea}, round: discount}": LineDiscount(
        FixedPrice(500), items=TEA, units_per_line=2
    ),
    "{type: group_discount, every: 2, targets: 1, percent_off: 50%}": GroupDiscount(HALF, 2, 1),
    "{type: group_discount, every: 3, targets: 3, price: 99, per: block}": GroupDiscount(
        FixedPrice(9900, "block"), 3, 3
    ),
    "{type: group_discount, every: 3, price: 9, per: unit}": GroupDiscount(FixedPrice(900, "unit"), 3, 3),
    "{type: group_discount, every: 2, amount_off: 3, per: block, order: cheapest_first, pick: dearest, among: same_sku,"
    " times: 4, partial: give, round: price, items: {line.sku: tea}}": GroupDiscount(
        AmountOff(300, "block"),
        2,
        2,
        items=TEA,
        order="cheapest_first",
        pick="dearest",
        among="same_sku",
        times=4,
        give_partial=True,
        round_price=True,
    ),
    "{type: group_discount, buy: {count: 2}, get: {count: 1}, percent_off: 100%}": GroupDiscount(
        PercentOff(Rate(100, 100)), 3, 1
    ),
    "{type: group_discount, buy: {count: 2, items: {line.sku: tea}}, get: {count: 1, items: {line.sku: bun}},"
    " percent_off: 50%}": GroupDiscount(HALF, 3, 1, buy=TEA, get=BUN),
    "{type: group_discount, buy: {count: 1}, get: {count: 2, items: {line.sku: bun}}, percent_off: 50%}": GroupDiscount(
        HALF, 3, 2, buy=ALWAYS, get=BUN
    ),
    "{type: bundle_price, components: [{items: {line.sku: tea}, count: 1}, {items: {line.sku: bun}, count: 2}],"
    " price: 25, times: 3}": BundlePrice((Component(TEA, 1), Component(BUN, 2)), 2500, times=3),
    "{type: order_discount, percent_off: 10%, items: {line.sku: tea}}": OrderDiscount(
        off=PercentOff(Rate(10, 100)), items=TEA
    ),
    "{type: order_discount, amount_off: 5, per: unit}": OrderDiscount(off=AmountOff(500, "unit")),
    "{type: order_discount, every: 100, amount_off: 10, times: 3}": OrderDiscount(
        off=AmountOff(1000, "order"), every=10000, times=3
    ),
    "{type: order_discount, every: 3, amount_off: 10, measure: units}": OrderDiscount(
        off=AmountOff(1000, "order"), every=3, measure="units"
    ),
    "{type: order_discount, tiers: [{at_least: 0, gift: {sku: a, title: 赠, quantity: 2}},"
    " {at_least: 50, amount_off: 5}, {at_least: 99.50, percent_off: 12%, free_shipping: true}]}": OrderDiscount(
        tiers=(
            Tier(0, gift=GiftLine("a", "赠", 2)),
            Tier(5000, off=AmountOff(500, "order")),
            Tier(9950, off=PercentOff(Rate(12, 100)), free_shipping=True),
        )
    ),
    "{type: order_discount, measure: units, tiers: [{at_least: 3, percent_off: 50%}]}": OrderDiscount(
        tiers=(Tier(3, off=HALF),), measure="units"
    ),
    "{type: shipping_discount, free: true}": ShippingDiscount(PercentOff(Rate(100, 100))),
    "{type: shipping_discount, amount_off: 3}": ShippingDiscount(AmountOff(300, "order")),
    "{type: shipping_discount, price: 0}": ShippingDiscount(FixedPrice(0)),
    "{type: shipping_discount, percent_off: 50%}": ShippingDiscount(HALF),
    "{type: gift, sku: 123, title: 赠, quantity: 1, every: 2, times: 5, items: {line.sku: tea}}": Gift(
        GiftLine("123", "赠", 1), every=2, times=5, items=TEA
    ),
}


@pytest.mark.parametrize(("give", "benefit"), BENEFITS.items(), ids=range(len(BENEFITS)))
def test_benefits(give, benefit):
    assert promotion(give).benefits == (benefit,)


def test_all_keys_of_a_promotion():
    keys = (
        "    title_en: Rule\n    label: 短标\n    priority: -3\n    spend: {at_least: 20}\n"
        "    only_undiscounted: true\n"
        "    at_most: 50\n    limits: [{uses: 1}, {uses: 2, per: buyer, period: day}]\n"
        "    budget: {amount: 5000, at_edge: refuse}\n    on_cancel: keep\n"
    )
    assert promotion(FREE, keys, "{line.sku: tea}", "exclusive") == Promotion(
        id="r1",
        title="规则",
        position=0,
        when=TEA,
        benefits=(ShippingDiscount(PercentOff(Rate(100, 100))),),
        stacking="exclusive",
        title_en="Rule",
        label="短标",
        priority=-3,
        spend=Spend(2000),
        only_undiscounted=True,
        at_most_fen=5000,
        limits=(Limit(1), Limit(2, "buyer", "day")),
        budget=Budget(500000, "refuse"),
        on_cancel="keep",
        line=16,
    )
    assert promotion(keys="    spend: {units: 3}\n").spend == Spend(3, "units")


def test_unset_keys_are_not_zero():
    plain = promotion()
    assert (plain.spend, plain.at_most_fen, plain.limits, plain.budget) == (None, None, (), None)
    assert (plain.priority, plain.on_cancel, plain.only_undiscounted) == (0, "give_back", False)
    assert promotion(keys="    at_most: 0\n").at_most_fen == 0


TAG = "{type: price_tag, price: 9.90}"


@pytest.mark.parametrize(
    "key", ["spend: {at_least: 9}", "only_undiscounted: true", "at_most: 9", "limits: [{uses: 1}]"]
)
def test_a_price_tag_has_no_bounds_that_need_a_basket(key):
    assert found(TAG, f"    {key}\n") == [("R323", f"/rules/0/{key.partition(':')[0]}")]
    assert found(FREE, f"    {key}\n") == []


@pytest.mark.parametrize(
    "when", ["{order.units: 3}", "{not: {line.quantity: 3}}", "{any: [{promoter.id: a}, {line.sku: b}]}"]
)
def test_a_price_tag_depends_on_what_a_price_list_knows(when):
    assert [code for code, _ in found(TAG, when=when)] == ["R322"]
    assert [code for code, _ in found(f"{{type: price_tag, price: 9, items: {when}}}")] == ["R322"]
    assert found(FREE, when=when) == []


def test_a_price_tag_may_depend_on_a_night():
    night = "{clock.time: {from: '22:00', until: '02:00'}, clock.weekday: fri, order.channel: live}"
    assert found(TAG, when=night) == []


@pytest.mark.parametrize(
    ("give", "expected"),
    [
        ("{type: group_discount, every: 2, percent_off: 50%}", [("R320", "/rules/0/give/0")]),
        (
            "{type: bundle_price, components: [{items: {line.sku: a}, count: 2}], price: 5}",
            [("R320", "/rules/0/give/0")],
        ),
        ("{type: line_discount, percent_off: 50%}", []),
    ],
)
def test_groups_are_never_combinable(give, expected):
    assert found(give, stacking="combinable") == expected


@pytest.mark.parametrize(
    ("give", "code", "key"),
    [
        ("{type: line_discount, percent_off: 50%, per: unit}", "R325", "per"),
        ("{type: group_discount, every: 2, percent_off: 50%, per: block}", "R325", "per"),
        ("{type: group_discount, every: 2, price: 9}", "S210", "price"),
        ("{type: order_discount, every: 100, amount_off: 5, per: order}", "R325", "per"),
        ("{type: order_discount, amount_off: 5}", "S210", "amount_off"),
        ("{type: order_discount, percent_off: 5%, measure: units}", "R325", "measure"),
        ("{type: order_discount, amount_off: 5, per: order, times: 2}", "S210", "times"),
        ("{type: gift, sku: a, title: b, quantity: 1, times: 2}", "S210", "times"),
    ],
)
def test_no_key_stands_without_effect(give, code, key):
    assert found(give) == [(code, f"/rules/0/give/0/{key}")]


def test_thresholds_rise():
    tiers = "[{at_least: 50, amount_off: 5}, {at_least: 50.00, amount_off: 6}]"
    assert found(f"{{type: order_discount, tiers: {tiers}}}") == [("R319", "/rules/0/give/0/tiers/1/at_least")]


def test_several_benefits_keep_their_order():
    both = promotion(f"{FREE}\n      - {{type: gift, sku: a, title: 赠, quantity: 1}}")
    assert [type(benefit) for benefit in both.benefits] == [ShippingDiscount, Gift]
