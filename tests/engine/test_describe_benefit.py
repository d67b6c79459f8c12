"""Benefits in words: in short, and with every option."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.describe.benefit import say_benefit, say_benefit_in_full
from engine.money import Rate
from engine.ruleset import (
    AmountOff,
    Benefit,
    BundlePrice,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    PromotionSet,
    ShippingDiscount,
)
from tests.engine.builders import percent_off, sku, spend_and_save
from tests.engine.strategies import promotion_sets


@settings(max_examples=40)
@given(promotion_sets())
def test_the_short_phrase_begins_what_is_said_in_full(rule_set: PromotionSet) -> None:
    for rule in rule_set.rules:
        for benefit in rule.benefits:
            short, full = say_benefit(benefit), say_benefit_in_full(benefit)
            assert short.zh
            assert short.en
            two_sided = isinstance(benefit, GroupDiscount) and (benefit.buy, benefit.get) != (None, None)
            if not two_sided and not isinstance(benefit, BundlePrice):
                assert full.zh.startswith(short.zh)
                assert full.en.startswith(short.en)


@given(st.integers(1, 9_999))
def test_the_share_that_is_paid_is_exact(basis_points: int) -> None:
    said = say_benefit(LineDiscount(PercentOff(Rate(basis_points, 10_000)))).zh
    off, paid = said.removeprefix("减 ").removesuffix(" 折").split("%，即 ")
    assert round(float(off) * 100) + round(float(paid) * 1000) == 10_000


@pytest.mark.parametrize(
    ("benefit", "zh", "en"),
    [
        (GroupDiscount(percent_off(50), every=2, targets=1), "每 2 件中最便宜的 1 件减 50%，即 5 折", None),
        (
            GroupDiscount(FixedPrice(2500, "block"), every=3, targets=3),
            "任选 3 件一共 25.00 元",
            "any 3: ¥25.00 together",
        ),
        (PriceTag(percent_off(20)), "标价减 20%，即 8 折", "price tag 20% off"),
        (spend_and_save((5000, 500)), "满 50.00 元减 5.00 元", "¥5.00 off from ¥50.00 on"),
        (OrderDiscount(AmountOff(3000, "order"), every=10_000), "每满 100.00 元减 30.00 元", None),
        (OrderDiscount(AmountOff(100, "line")), "每行减 1.00 元", "¥1.00 off on each line"),
        (ShippingDiscount(FixedPrice(300)), "配送费只收 3.00 元", "delivery for ¥3.00"),
        (ShippingDiscount(PercentOff(Rate(1))), "免配送费", "free delivery"),
        (LineDiscount(PercentOff(Rate(1, 3))), "减 1/3", "1/3 off"),
        (Gift(GiftLine("g", "桃子姜", 2), every=3), "每 3 件赠桃子姜×2", "for every 3 a gift of 桃子姜×2"),
    ],
)
def test_benefits_read_as_people_would_say_them(benefit: Benefit, zh: str, en: str | None) -> None:
    said = say_benefit(benefit)
    assert said.zh == zh
    assert en in (None, said.en)


def test_options_stand_in_brackets() -> None:
    bundle = BundlePrice((Component(sku("a"), 1), Component(sku("b"), 2)), 9600, times=3)
    assert say_benefit_in_full(bundle).zh == "1 件（规格为 a）加 2 件（规格为 b）一套 96.00 元（每单最多 3 套）"
    two = GroupDiscount(percent_off(100), every=3, targets=1, buy=sku("a"), get=sku("b"), times=1)
    assert say_benefit_in_full(two).zh == (
        "买 2 件（规格为 a），另 1 件（规格为 b）免费（先给最便宜的；从贵到便宜依次成组；每单最多 1 组）"
    )
    line = LineDiscount(AmountOff(200, "unit"), items=sku("a"), units_per_line=2, round_price=True)
    assert say_benefit_in_full(line).en == (
        "¥2.00 off on each piece (only goods such that the SKU is a; at most 2 pieces of a line; "
        "the discounted price is rounded, not the discount)"
    )
