"""Retesting thresholds and groups on what the buyer keeps (clause R2, `retest_threshold`).

The frozen benefit is computed afresh on the kept units at their stored entry amounts, without conditions and without
competition; what the kept goods hold of the stored discount beyond that is the penalty on the buyer's cash.
"""

from collections.abc import Sequence

from engine.money import allocate, cut
from engine.order import AppliedBenefit, Evaluation
from engine.price.benefits import order_off
from engine.price.groups import goods_of, group_outcome, spread_of
from engine.ruleset import BundlePrice, GroupDiscount, OrderDiscount


def retest_penalty(evaluation: Evaluation, returned: Sequence[int]) -> int:
    """Fen that the kept goods hold too much, over all retested benefits, when `returned` units per line are back."""
    if not any(returned):
        return 0
    return sum(
        max(0, _kept(evaluation, applied, returned) - _again(evaluation, applied, returned))
        for applied in evaluation.priced.applied
        if is_retested(applied)
    )


def is_retested(applied: AppliedBenefit) -> bool:
    """Only order benefits and groups have something to retest; a plain discount is kept with its goods."""
    benefit = applied.plan.benefit
    return applied.plan.on_partial_return == "retest_threshold" and isinstance(
        benefit, OrderDiscount | GroupDiscount | BundlePrice
    )


def _kept(evaluation: Evaluation, applied: AppliedBenefit, returned: Sequence[int]) -> int:
    lines = evaluation.event.lines
    return sum(
        part.discount_fen - cut(part.discount_fen, returned[part.line], lines[part.line].quantity)
        for part in applied.lines
    )


def _again(evaluation: Evaluation, applied: AppliedBenefit, returned: Sequence[int]) -> int:
    """The benefit computed afresh on the kept units; nothing when the promotion's `spend` is no longer met."""
    benefit, spend = applied.plan.benefit, applied.plan.spend
    if spend is not None and kept_measure(evaluation, applied, returned, spend.measure) < spend.at_least:
        return 0
    if isinstance(benefit, OrderDiscount):
        return _order_again(evaluation, applied, benefit, returned)
    assert isinstance(benefit, GroupDiscount | BundlePrice)
    return _group_again(evaluation, applied, benefit, returned)


def kept_measure(evaluation: Evaluation, applied: AppliedBenefit, returned: Sequence[int], measure: str) -> int:
    """What a threshold counts on the kept units of a benefit's lines: units, or fen at its `threshold_on` amounts."""
    if measure == "units":
        return sum(evaluation.event.lines[part.line].quantity - returned[part.line] for part in applied.lines)
    return _kept_amount(evaluation, applied, returned, applied.plan.threshold_on)


def _kept_amount(evaluation: Evaluation, applied: AppliedBenefit, returned: Sequence[int], basis: str) -> int:
    total = 0
    for part in applied.lines:
        line, back = evaluation.event.lines[part.line], returned[part.line]
        if basis == "original":
            total += line.unit_price_fen * (line.quantity - back)
        else:
            total += part.entry_fen - cut(part.entry_fen, back, line.quantity)
    return total


def _order_again(
    evaluation: Evaluation, applied: AppliedBenefit, benefit: OrderDiscount, returned: Sequence[int]
) -> int:
    measure = kept_measure(evaluation, applied, returned, benefit.measure)
    base = _kept_amount(evaluation, applied, returned, applied.plan.base)
    kept = [evaluation.event.lines[part.line].quantity - returned[part.line] for part in applied.lines]
    return order_off(benefit, measure, base, sum(kept), sum(1 for count in kept if count), applied.plan.rounding)[0]


def _group_again(
    evaluation: Evaluation,
    applied: AppliedBenefit,
    benefit: GroupDiscount | BundlePrice,
    returned: Sequence[int],
) -> int:
    lines = evaluation.event.lines
    price = _unit_prices(evaluation)
    amount = [line.unit_price_fen for line in lines] if applied.plan.base == "original" else price
    floor = [min(line.floor_price_fen, line.unit_price_fen) for line in lines]
    goods = goods_of(lines, amount, price, floor)
    free = [line.quantity - back for line, back in zip(lines, returned, strict=True)]
    outcome = group_outcome(benefit, applied.selectors, goods, free, applied.plan.rounding)
    spread = spread_of(outcome, applied.plan.discount_on, goods, floor)
    return sum(allocate(outcome.total_fen, spread.weights, applied.plan.remainder, spread.capacities))


def _unit_prices(evaluation: Evaluation) -> list[int]:
    """Unit prices at the entry of the item lane: list prices less what the catalogue lane took."""
    price = [line.unit_price_fen for line in evaluation.event.lines]
    for applied in evaluation.priced.applied:
        if applied.plan.lane == "catalogue":
            for part in applied.lines:
                price[part.line] -= part.discount_fen // part.units
    return price
