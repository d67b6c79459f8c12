"""One entry of a promotion's `give` as a benefit."""

from collections.abc import Callable
from typing import Literal

from engine.builder.condition import build_condition
from engine.builder.reader import Field, given, optional
from engine.builder.values import read_count
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
    Off,
    OrderDiscount,
    PercentOff,
    PriceTag,
    ShippingDiscount,
    Tier,
)

Measure = Literal["money", "units"]
Per = Literal["order", "line", "unit", "block"]


def build_benefit(field: Field) -> Benefit:
    """The benefit that a mapping of sound shape describes; faults of its meaning are reported on the way."""
    return _BUILDERS[field.need("type").text()](field)


def _off(field: Field, per: Per) -> Off:
    """`percent_off`, `amount_off` (for each `per`) or `price`, of which the schema lets through exactly one."""
    if (percent := field.get("percent_off")) is not None:
        return PercentOff(percent.share())
    if (amount := field.get("amount_off")) is not None:
        return AmountOff(amount.money(), per)
    return FixedPrice(field.need("price").money(), "block" if per == "block" else "unit")


def _per(field: Field, default: Per, *, beside: tuple[str, ...]) -> Per:
    """What an amount counts for; reported where no amount stands beside it."""
    if field.has("per") and not given(field, beside):
        field.report_key("per", "R325", key="per", need=" | ".join(beside))
    per: Per = field.word("per", default)
    return per


def _count(field: Field, key: str) -> int | None:
    return optional(field.get(key), Field.integer)


def _rounds_price(field: Field) -> bool:
    return bool(field.word("round") == "price")


def _price_tag(field: Field) -> PriceTag:
    return PriceTag(_off(field, "unit"), items=build_condition(field.get("items")))


def _line_discount(field: Field) -> LineDiscount:
    return LineDiscount(
        _off(field, _per(field, "unit", beside=("amount_off",))),
        items=build_condition(field.get("items")),
        units_per_line=_count(field, "units_per_line"),
        round_price=_rounds_price(field),
    )


def _group_discount(field: Field) -> GroupDiscount:
    buy, get = field.get("buy"), field.get("get")
    every, targets = _block_of(field, buy, get)
    # Two sides without selectors are an ordinary block: its `pick` decides which units get the benefit.
    two_sided = any(side is not None and side.has("items") for side in (buy, get))
    return GroupDiscount(
        _off(field, _per(field, "unit", beside=("amount_off", "price"))),
        every=every,
        targets=targets,
        items=build_condition(field.get("items")),
        buy=build_condition(buy and buy.get("items")) if two_sided else None,
        get=build_condition(get and get.get("items")) if two_sided else None,
        order=field.word("order", "dearest_first"),
        pick=field.word("pick", "cheapest"),
        among=field.word("among", "any_matched"),
        times=_count(field, "times"),
        give_partial=field.word("partial", "nothing") == "give",
        round_price=_rounds_price(field),
    )


def _block_of(field: Field, buy: Field | None, get: Field | None) -> tuple[int, int]:
    """Units in a block, and how many of them are targets."""
    if buy is not None and get is not None:
        targets = get.need("count").integer()
        return buy.need("count").integer() + targets, targets
    every = field.need("every").integer()
    targets = _count(field, "targets") or every
    if targets > every:
        field.need("targets").report("R324", targets=targets, every=every)
    return every, targets


def _bundle_price(field: Field) -> BundlePrice:
    return BundlePrice(
        tuple(
            Component(build_condition(part.get("items")), part.need("count").integer())
            for part in field.need("components").items()
        ),
        field.need("price").money(),
        times=_count(field, "times"),
    )


def _order_discount(field: Field) -> OrderDiscount:
    tiers, every, amount = field.get("tiers"), field.get("every"), field.get("amount_off")
    measure: Measure = field.word("measure", "money")
    if field.has("measure") and tiers is None and every is None:
        field.report_key("measure", "R325", key="measure", need="tiers | every")
    if amount is not None and every is None and not field.has("per"):
        field.report_key("amount_off", "S210", key="amount_off", need="per")
    if every is not None and field.has("per"):
        field.report_key("per", "R325", key="per", need="amount_off")
    per: Per = "order" if every is not None else _per(field, "order", beside=("amount_off",))
    return OrderDiscount(
        off=None if tiers is not None else _order_off(field, per),
        tiers=() if tiers is None else _tiers(tiers, measure),
        every=None if every is None else _threshold(every, measure, least=1),
        times=_count(field, "times"),
        measure=measure,
        items=build_condition(field.get("items")),
    )


def _order_off(field: Field, per: Per) -> PercentOff | AmountOff | None:
    if (percent := field.get("percent_off")) is not None:
        return PercentOff(percent.share())
    amount = field.get("amount_off")
    return None if amount is None else AmountOff(amount.money(), per)


def _threshold(field: Field, measure: Measure, least: int = 0) -> int:
    """A threshold in fen, or in whole units."""
    value = field.money() if measure == "money" else field.read(read_count, least)
    if value < least:
        field.report("R331", text=field.text())
    return value


def _tiers(field: Field, measure: Measure) -> tuple[Tier, ...]:
    built: list[Tier] = []
    for tier in field.items():
        threshold = tier.need("at_least")
        at_least = _threshold(threshold, measure)
        if built and at_least <= built[-1].at_least:
            threshold.report("R319", text=threshold.text())
        gift = tier.get("gift")
        built.append(
            Tier(
                at_least,
                off=_order_off(tier, "order"),
                gift=None if gift is None else _gift_line(gift),
                free_shipping=tier.has("free_shipping"),
            )
        )
    return tuple(built)


def _shipping_discount(field: Field) -> ShippingDiscount:
    return ShippingDiscount(PercentOff(Rate(100, 100)) if field.has("free") else _off(field, "order"))


def _gift_line(field: Field) -> GiftLine:
    return GiftLine(field.need("sku").text(), field.need("title").text(), field.need("quantity").integer())


def _gift(field: Field) -> Gift:
    return Gift(
        _gift_line(field),
        every=_count(field, "every"),
        times=_count(field, "times"),
        items=build_condition(field.get("items")),
    )


_BUILDERS: dict[str, Callable[[Field], Benefit]] = {
    "price_tag": _price_tag,
    "line_discount": _line_discount,
    "group_discount": _group_discount,
    "bundle_price": _bundle_price,
    "order_discount": _order_discount,
    "shipping_discount": _shipping_discount,
    "gift": _gift,
}
