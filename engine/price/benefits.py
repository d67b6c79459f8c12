"""How much a benefit gives on given amounts: arithmetic only, no scopes, no competition.

Pricing calls these at the sale; a retest after a partial return calls the same ones on the kept goods.
"""

from engine.money import Rounding, round_div, share_of
from engine.ruleset import AmountOff, FixedPrice, Off, OrderDiscount, PercentOff, PriceTag, ShippingDiscount, Tier


def tag_price(tag: PriceTag, base_unit_fen: int, unit_fen: int, rounding: Rounding) -> int:
    """The new unit price of a catalogue benefit: the price, not the discount, is rounded (clause M3)."""
    match tag.off:
        case PercentOff(rate):
            return round_div(unit_fen * rate.den - base_unit_fen * rate.num, rate.den, rounding)
        case AmountOff(amount_fen):
            return unit_fen - amount_fen
        case FixedPrice(price_fen):
            return price_fen


def line_off(off: Off, base_fen: int, running_fen: int, units: int, rounding: Rounding, *, round_price: bool) -> int:
    """The discount of one line benefit on `units` units of a line, before it is clipped to the room of the line.

    A percentage is taken of `base_fen`; a fixed price leaves `price * units` of `running_fen`.
    """
    match off:
        case PercentOff(rate):
            if round_price:
                return base_fen - round_div(base_fen * (rate.den - rate.num), rate.den, rounding)
            return share_of(base_fen, rate, rounding)
        case AmountOff(amount_fen, per):
            return amount_fen * units if per == "unit" else amount_fen
        case FixedPrice(price_fen):
            return max(0, running_fen - price_fen * units)


def tier_reached(benefit: OrderDiscount, measure: int) -> Tier | None:
    """The highest tier whose threshold the measure (fen or units) reaches; thresholds are inclusive."""
    reached = None
    for tier in benefit.tiers:
        if measure < tier.at_least:
            break
        reached = tier
    return reached


def order_off(
    benefit: OrderDiscount, measure: int, base_fen: int, units: int, lines: int, rounding: Rounding
) -> tuple[int, Tier | None]:
    """What an order benefit gives in all, and the tier that gave it (clause P11).

    `measure` is what thresholds count (fen or units of the scope), `base_fen` what percentages are taken of.
    """
    if benefit.tiers:
        tier = tier_reached(benefit, measure)
        if tier is None or tier.off is None:
            return 0, tier
        return _sum_off(tier.off, base_fen, units, lines, rounding), tier
    assert benefit.off is not None
    if benefit.every is None:
        return _sum_off(benefit.off, base_fen, units, lines, rounding), None
    times = measure // benefit.every
    if benefit.times is not None:
        times = min(times, benefit.times)
    return times * _sum_off(benefit.off, base_fen, units, lines, rounding), None


def _sum_off(off: PercentOff | AmountOff, base_fen: int, units: int, lines: int, rounding: Rounding) -> int:
    if isinstance(off, PercentOff):
        return share_of(base_fen, off.rate, rounding)
    if off.per == "unit":
        return off.amount_fen * units
    return off.amount_fen * lines if off.per == "line" else off.amount_fen


def shipping_off(benefit: ShippingDiscount, base_fen: int, running_fen: int, rounding: Rounding) -> int:
    """Off the delivery fee, at most the running fee."""
    match benefit.off:
        case PercentOff(rate):
            return min(running_fen, share_of(base_fen, rate, rounding))
        case AmountOff(amount_fen):
            return min(running_fen, amount_fen)
        case FixedPrice(price_fen):
            return max(0, running_fen - price_fen)


def shortfall(benefit: OrderDiscount, measure: int) -> int:
    """How far the measure is from the first threshold of an order benefit; 0 when reached or there is none."""
    first = benefit.tiers[0].at_least if benefit.tiers else (benefit.every or 0)
    return max(0, first - measure)
