"""A gift follows its trigger: how many gift units are to come back when trigger goods are returned (clause P13)."""

from collections.abc import Sequence

from engine.order import AppliedBenefit, Evaluation
from engine.price.benefits import tier_reached
from engine.refund.retest import kept_measure
from engine.ruleset import Gift, GiftLine, OrderDiscount


def gifts_to_return(evaluation: Evaluation, returned: Sequence[int]) -> tuple[GiftLine, ...]:
    """Gift lines that are no longer earned in this state, with the units to return in all so far."""
    found = []
    for applied in evaluation.priced.applied:
        if applied.gift is not None:
            back = applied.gift.quantity - _still_earned(evaluation, applied, returned)
            if back > 0:
                found.append(GiftLine(applied.gift.sku, applied.gift.title, back))
    return tuple(found)


def _still_earned(evaluation: Evaluation, applied: AppliedBenefit, returned: Sequence[int]) -> int:
    assert applied.gift is not None
    benefit = applied.plan.benefit
    kept = kept_measure(evaluation, applied, returned, "units")
    if kept == 0:
        return 0
    if isinstance(benefit, Gift) and benefit.every is not None:
        times = kept // benefit.every
        return benefit.gift.quantity * (times if benefit.times is None else min(times, benefit.times))
    if isinstance(benefit, OrderDiscount) and applied.plan.on_partial_return == "retest_threshold":
        tier = tier_reached(benefit, kept_measure(evaluation, applied, returned, benefit.measure))
        return applied.gift.quantity if tier is not None and tier.gift == applied.gift else 0
    return applied.gift.quantity
