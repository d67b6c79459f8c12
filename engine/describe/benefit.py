"""Benefits in words: what a promotion gives, as a short phrase, and in full with every option."""

from collections.abc import Iterable

from engine.conditions import ALWAYS, Condition
from engine.describe.condition import say_condition
from engine.describe.values import NO_NAMES, Names, Words, joined, say_count, say_money, say_rate, spaced
from engine.money import Rate
from engine.ruleset import (
    AmountOff,
    Benefit,
    BundlePrice,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    LineDiscount,
    Off,
    OrderDiscount,
    PercentOff,
    PriceTag,
    ShippingDiscount,
    Tier,
)

_PICK = {"cheapest": Words("最便宜", "cheapest"), "dearest": Words("最贵", "dearest")}
_PER = {
    "unit": Words("每件", " on each piece"),
    "line": Words("每行", " on each line"),
    "block": Words("一共", " in all"),
    "order": Words("", ""),
}


def say_off(off: Off, names: Names = NO_NAMES) -> Words:
    """What is taken off: 减 20%，即 8 折 / 20% off."""
    match off:
        case PercentOff(rate):
            return _percent(rate, names)
        case AmountOff(amount_fen, per):
            amount, each = say_money(amount_fen, names), _PER[per]
            return Words(spaced(f"{each.zh}减", amount.zh), f"{amount.en} off{each.en}")
        case FixedPrice(price_fen, per):
            price = say_money(price_fen, names)
            each = Words("一共", "together") if per == "block" else Words("每件", "each")
            return Words(spaced(each.zh, price.zh), f"{price.en} {each.en}")


def _percent(rate: Rate, names: Names) -> Words:
    said = say_rate(rate, names)
    if ("rate", rate) in names:
        return Words(f"减{said.zh}", f"{said.en} off")
    if rate.same_as(Rate(1)):
        return Words("免费", "free")
    if rate.num == 0 or not str(rate).endswith("%"):
        return Words(f"减 {said.zh}", f"{said.en} off")
    left = 10_000 - rate.num * 10_000 // rate.den
    paid = f"{left // 1000}.{left % 1000:03d}".rstrip("0").rstrip(".")
    return Words(f"减 {said.zh}，即 {paid} 折", f"{said.en} off")


# --- in short ---------------------------------------------------------------------------------------------------------


def say_benefit(benefit: Benefit, names: Names = NO_NAMES) -> Words:
    """A benefit as a short phrase, e.g. 每 2 件中最便宜的 1 件减 50%，即 5 折."""
    match benefit:
        case PriceTag(off):
            said = say_off(off, names)
            return Words(f"标价{said.zh}", f"price tag {said.en}")
        case LineDiscount(off):
            return say_off(off, names)
        case GroupDiscount():
            return _group(benefit, names)
        case BundlePrice(components, price_fen):
            price = say_money(price_fen, names)
            return Words(
                spaced(f"{len(components)} 样组合价", price.zh), f"{len(components)} things together for {price.en}"
            )
        case OrderDiscount():
            return _order(benefit, names)
        case ShippingDiscount(off):
            return _shipping(off, names)
        case Gift(gift, every):
            return _per_pieces(every, _gift(gift, names), names)


def _group(benefit: GroupDiscount, names: Names) -> Words:
    off = say_off(benefit.off, names)
    every, targets = say_count(benefit.every, names), say_count(benefit.targets, names)
    if benefit.targets == benefit.every:
        return Words(f"{_pieces('任选', every.zh)}{off.zh}", f"any {every.en}: {off.en}")
    if benefit.buy is not None or benefit.get is not None:
        buy = say_count(benefit.every - benefit.targets, names)
        return Words(
            f"{_pieces('买', buy.zh)}，{_pieces('另', targets.zh)}{off.zh}",
            f"buy {buy.en}, {targets.en} more: {off.en}",
        )
    pick = _PICK[benefit.pick]
    return Words(
        f"{_pieces('每', every.zh)}中{_pieces(f'{pick.zh}的', targets.zh)}{off.zh}",
        f"of every {every.en}, the {pick.en} {targets.en}: {off.en}",
    )


def _pieces(before: str, count: str) -> str:
    return spaced(spaced(before, count), "件")


def _order(benefit: OrderDiscount, names: Names) -> Words:
    if benefit.tiers:
        tiers = ((_threshold(benefit, tier.at_least, names), _tier(tier, names)) for tier in benefit.tiers)
        return joined(
            (Words(f"{spaced('满', at.zh)}{given.zh}", f"{given.en} from {at.en} on") for at, given in tiers),
            "；",
            "; ",
        )
    assert benefit.off is not None
    off = say_off(benefit.off, names)
    if benefit.every is None:
        return off
    at = _threshold(benefit, benefit.every, names)
    return Words(f"{spaced('每满', at.zh)}{off.zh}", f"{off.en} for every {at.en}")


def _threshold(benefit: OrderDiscount, amount: int, names: Names) -> Words:
    if benefit.measure == "units":
        said = say_count(amount, names)
        return Words(_pieces("", said.zh), f"{said.en} pieces")
    return say_money(amount, names)


def _tier(tier: Tier, names: Names) -> Words:
    given = [say_off(tier.off, names)] if tier.off is not None else []
    if tier.gift is not None:
        given.append(_gift(tier.gift, names))
    if tier.free_shipping:
        given.append(Words("免配送费", "free delivery"))
    return joined(given, "、", ", ")


def _shipping(off: Off, names: Names) -> Words:
    if isinstance(off, FixedPrice):
        price = say_money(off.price_fen, names)
        return Words(spaced("配送费只收", price.zh), f"delivery for {price.en}")
    if isinstance(off, PercentOff) and off.rate.same_as(Rate(1)):
        return Words("免配送费", "free delivery")
    said = say_off(off, names)
    return Words(f"配送费{said.zh}", f"delivery {said.en}")


def _gift(gift: GiftLine, names: Names) -> Words:
    count = say_count(gift.quantity, names)
    return Words(f"赠{gift.title}×{count.zh}", f"a gift of {gift.title}×{count.en}")


def _per_pieces(every: int | None, given: Words, names: Names) -> Words:
    if every is None:
        return given
    count = say_count(every, names)
    return Words(f"{_pieces('每', count.zh)}{given.zh}", f"for every {count.en} {given.en}")


# --- in full ----------------------------------------------------------------------------------------------------------

_ORDER = {
    "dearest_first": Words("从贵到便宜依次成组", "groups are made from the dearest piece down"),
    "cheapest_first": Words("从便宜到贵依次成组", "groups are made from the cheapest piece up"),
    "as_listed": Words("按下单先后依次成组", "groups are made in the order of the basket"),
}


def say_benefit_in_full(benefit: Benefit, names: Names = NO_NAMES) -> Words:
    """A benefit with all that decides what it gives, options in brackets."""
    match benefit:
        case BundlePrice():
            said = _bundle(benefit, names)
        case GroupDiscount(buy=buy, get=get) if buy is not None or get is not None:
            said = _two_sided(benefit, names)
        case _:
            said = say_benefit(benefit, names)
    options = list(_options(benefit, names))
    if not options:
        return said
    inner = joined(options, "；", "; ")
    return Words(f"{said.zh}（{inner.zh}）", f"{said.en} ({inner.en})")


def _options(benefit: Benefit, names: Names) -> Iterable[Words]:
    match benefit:
        case PriceTag(items=items):
            yield from _items(items, names)
        case LineDiscount(items=items, units_per_line=units, round_price=round_price):
            yield from _items(items, names)
            if units is not None:
                count = say_count(units, names)
                yield Words(f"{_pieces('每行最多', count.zh)}", f"at most {count.en} pieces of a line")
            yield from _rounding(round_price=round_price)
        case GroupDiscount():
            yield from _group_options(benefit, names)
        case BundlePrice(times=times):
            yield from _times(times, "套", "bundles", names)
        case OrderDiscount(items=items, tiers=tiers, times=times):
            yield from _items(items, names)
            yield from _times(times, "次", "times", names)
            yield from (_sku(tier.gift) for tier in tiers if tier.gift is not None)
        case Gift(gift=gift, items=items, times=times):
            yield from _items(items, names)
            yield from _times(times, "次", "times", names)
            yield _sku(gift)
        case ShippingDiscount():
            pass


def _group_options(benefit: GroupDiscount, names: Names) -> Iterable[Words]:
    two_sided = benefit.buy is not None or benefit.get is not None
    yield from _items(benefit.items, names)
    if two_sided or (benefit.targets == benefit.every and benefit.pick == "dearest"):
        pick = _PICK[benefit.pick]
        yield Words(f"先给{pick.zh}的", f"the {pick.en} first")
    if benefit.among == "same_sku":
        yield Words("须是同一规格", "all of one SKU")
    elif not two_sided and benefit.every > 1:
        yield Words("不同规格可以凑", "different SKUs count together")
    yield _ORDER[benefit.order]
    yield from _times(benefit.times, "组", "groups", names)
    if benefit.give_partial:
        yield Words("最后不满一组的也给", "the last, incomplete group gets it too")
    yield from _rounding(round_price=benefit.round_price)


def _two_sided(benefit: GroupDiscount, names: Names) -> Words:
    off = say_off(benefit.off, names)
    buy, get = (say_condition(side or ALWAYS, names) for side in (benefit.buy, benefit.get))
    bought, given = say_count(benefit.every - benefit.targets, names), say_count(benefit.targets, names)
    return Words(
        f"{_pieces('买', bought.zh)}（{buy.zh}），{_pieces('另', given.zh)}（{get.zh}）{off.zh}",
        f"buy {bought.en} ({buy.en}), {given.en} more ({get.en}): {off.en}",
    )


def _bundle(benefit: BundlePrice, names: Names) -> Words:
    parts: list[Words] = []
    for component in benefit.components:
        goods, count = say_condition(component.items, names), say_count(component.count, names)
        parts.append(Words(f"{_pieces('', count.zh)}（{goods.zh}）", f"{count.en} ({goods.en})"))
    whole, price = joined(parts, "加 ", " with "), say_money(benefit.price_fen, names)
    return Words(spaced(f"{whole.zh}一套", price.zh), f"{whole.en} together for {price.en}")


def _items(items: Condition, names: Names) -> Iterable[Words]:
    if items != ALWAYS:
        said = say_condition(items, names)
        yield Words(f"只算这样的商品：{said.zh}", f"only goods such that {said.en}")


def _times(times: int | None, zh: str, en: str, names: Names) -> Iterable[Words]:
    if times is not None:
        count = say_count(times, names)
        yield Words(spaced(spaced("每单最多", count.zh), zh), f"at most {count.en} {en} per order")


def _rounding(*, round_price: bool) -> Iterable[Words]:
    if round_price:
        yield Words("取整的是折后价，不是优惠额", "the discounted price is rounded, not the discount")


def _sku(gift: GiftLine) -> Words:
    return Words(f"赠品规格 {gift.sku}", f"the gift is the SKU {gift.sku}")
