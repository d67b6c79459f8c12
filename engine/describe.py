"""Rules in words: conditions and benefits as short Chinese and English phrases, generated from the model alone."""

from datetime import date
from typing import NamedTuple

from engine.conditions import All, Any, Condition, FactValue, Not, Test
from engine.money import Rate, yuan
from engine.ruleset import (
    AmountOff,
    Benefit,
    BundlePrice,
    FixedPrice,
    Gift,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    ShippingDiscount,
    Tier,
)
from engine.vocabulary import fact_of


class Words(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


def say_value(fact: str, value: FactValue) -> str:
    """A fact's value as people write it: yuan, HH:MM, dates."""
    if value is None:
        return "—"
    kind = fact_of(fact).type
    if isinstance(value, frozenset | tuple):
        return "、".join(sorted(str(one) for one in value)) or "—"
    if isinstance(value, bool) or not isinstance(value, int):
        return (
            str(value).lower()
            if isinstance(value, bool)
            else str(value).rpartition("/")[2]
            if kind == "region"
            else value
        )
    match kind:
        case "money":
            return f"¥{yuan(value)}"
        case "time":
            return f"{value // 60:02d}:{value % 60:02d}"
        case "date":
            return date.fromordinal(value).isoformat()
        case "lunar":
            month, day = divmod(value, 100)
            return f"{month:02d}-{day - 50:02d}+" if day > 50 else f"{month:02d}-{day:02d}"
    return str(value)


_OPERATORS = {
    "in": Words("是", "is"),
    "under": Words("属于", "is under"),
    "at_least": Words("不小于", "is at least"),
    "more_than": Words("大于", "is more than"),
    "at_most": Words("不大于", "is at most"),
    "less_than": Words("小于", "is less than"),
}


def say_test(test: Test) -> Words:
    """One test as a phrase, e.g. 类目属于 snack / category is under snack."""
    fact = fact_of(test.fact)
    eve = test.fact.startswith("clock.eve.")
    subject = Words(
        ("前一天的" if eve else "") + fact.title_zh, fact.title_en + (" of the evening before" if eve else "")
    )
    if test.operator == "exists":
        return Words(f"有{subject.zh}", f"there is a {subject.en}")
    values = [say_value(test.fact, value) for value in test.values]
    verb = _OPERATORS[test.operator]
    return Words(f"{subject.zh}{verb.zh} {'、'.join(values)}", f"{subject.en} {verb.en} {' or '.join(values)}")


def say_condition(condition: Condition) -> Words:
    """A condition tree as one sentence part; `always` reads 任何情况 / always."""
    match condition:
        case Test():
            return say_test(condition)
        case Not(part):
            inner = say_condition(part)
            return Words(f"并非（{inner.zh}）", f"not ({inner.en})")
        case All(()):
            return Words("任何情况", "always")
        case All(parts):
            return _joined(parts, "，且", " and ")
        case Any(parts):
            inner = _joined(parts, "，或", " or ")
            return Words(f"（{inner.zh}）", f"({inner.en})")


def _joined(parts: tuple[Condition, ...], zh: str, en: str) -> Words:
    words = [say_condition(part) for part in parts]
    return Words(zh.join(one.zh for one in words), en.join(one.en for one in words))


def say_off(off: PercentOff | AmountOff | FixedPrice) -> Words:
    """What is taken off: 减 20% / 20% off."""
    match off:
        case PercentOff(rate):
            if rate.same_as(Rate(1)):
                return Words("免费", "free")
            return Words(f"减 {rate}", f"{rate} off")
        case AmountOff(amount_fen, per):
            unit = {
                "unit": Words("每件", " each"),
                "line": Words("每行", " per line"),
                "block": Words("每组", " per group"),
            }
            said = unit.get(per, Words("", ""))
            return Words(f"{said.zh}减 {yuan(amount_fen)} 元", f"¥{yuan(amount_fen)} off{said.en}")
        case FixedPrice(price_fen, per):
            return Words(
                f"{'每组' if per == 'block' else '每件'} {yuan(price_fen)} 元",
                f"¥{yuan(price_fen)} {'together' if per == 'block' else 'each'}",
            )


def say_benefit(benefit: Benefit) -> Words:
    """A benefit as a phrase, e.g. 每 2 件中 1 件减 50%."""
    match benefit:
        case PriceTag(off=off):
            said = say_off(off)
            return Words(f"标价{said.zh}", f"price tag {said.en}")
        case LineDiscount(off=off):
            return say_off(off)
        case GroupDiscount():
            return _say_group(benefit)
        case BundlePrice(components=components, price_fen=price_fen):
            return Words(
                f"{len(components)} 样组合价 {yuan(price_fen)} 元",
                f"{len(components)} things together for ¥{yuan(price_fen)}",
            )
        case OrderDiscount():
            return _say_order(benefit)
        case ShippingDiscount(off=off):
            said = say_off(off)
            return Words(f"配送费{said.zh}", f"delivery {said.en}")
        case Gift(gift=gift, every=every):
            when = Words(f"每 {every} 件", f"for every {every} ") if every else Words("", "")
            return Words(f"{when.zh}赠 {gift.title}×{gift.quantity}", f"{when.en}a gift: {gift.title}×{gift.quantity}")


def _say_group(benefit: GroupDiscount) -> Words:
    said = say_off(benefit.off)
    if benefit.targets == benefit.every:
        return Words(f"任选 {benefit.every} 件{said.zh}", f"any {benefit.every}: {said.en}")
    if benefit.buy is not None or benefit.get is not None:
        buy = benefit.every - benefit.targets
        return Words(f"买 {buy} 件，另 {benefit.targets} 件{said.zh}", f"buy {buy}, {benefit.targets} more {said.en}")
    return Words(
        f"每 {benefit.every} 件中 {benefit.targets} 件{said.zh}",
        f"{benefit.targets} of every {benefit.every} {said.en}",
    )


def _say_order(benefit: OrderDiscount) -> Words:
    def threshold(amount: int) -> Words:
        if benefit.measure == "units":
            return Words(f"满 {amount} 件", f"from {amount} pieces")
        return Words(f"满 {yuan(amount)} 元", f"from ¥{yuan(amount)}")

    if benefit.tiers:
        said = [(threshold(tier.at_least), _say_tier(tier)) for tier in benefit.tiers]
        return Words(
            "；".join(f"{at.zh}{given.zh}" for at, given in said),
            "; ".join(f"{at.en} {given.en}" for at, given in said),
        )
    assert benefit.off is not None
    given = say_off(benefit.off)
    if benefit.every is None:
        return given
    at = threshold(benefit.every)
    return Words(f"每{at.zh}{given.zh}", f"{given.en} for every {at.en.removeprefix('from ')}")


def _say_tier(tier: Tier) -> Words:
    zh, en = [], []
    if tier.off is not None:
        said = say_off(tier.off)
        zh.append(said.zh)
        en.append(said.en)
    if tier.gift is not None:
        zh.append(f"赠 {tier.gift.title}×{tier.gift.quantity}")
        en.append(f"a gift: {tier.gift.title}×{tier.gift.quantity}")
    if tier.free_shipping:
        zh.append("免配送费")
        en.append("free delivery")
    return Words("、".join(zh), ", ".join(en))
