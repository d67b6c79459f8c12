"""Shipping lane: the best competing benefit, then the combinable ones; never below nothing (clause P12)."""

from collections.abc import Sequence

from engine.order import AppliedBenefit, BenefitPlan
from engine.price.basket import Basket, Entry, Reason
from engine.price.benefits import shipping_off
from engine.ruleset import ShippingDiscount


def run_shipping_lane(basket: Basket, entries: Sequence[Entry], brought_along: Sequence[Entry]) -> None:
    """Lower the fee in place. `brought_along` are order-lane entries whose tier gives free shipping."""
    candidates = [(one, one.plan) for one in entries if _spend_met(basket, one)]
    if brought_along:
        candidates += [(one, one.offer.free_shipping) for one in brought_along if one.offer.free_shipping is not None]
        candidates.sort(key=lambda pair: pair[0].offer.index)
    best: tuple[int, Entry, BenefitPlan] | None = None
    for entry, plan in candidates:
        if entry.offer.stacking != "combinable":
            discount = _discount(basket, entry, plan)
            if discount > (best[0] if best else 0):
                best = discount, entry, plan
    if best is not None:
        _apply(basket, *best)
    for entry, plan in candidates:
        if entry.offer.stacking == "combinable":
            discount = _discount(basket, entry, plan)
            if discount:
                _apply(basket, discount, entry, plan)
    for entry, _ in candidates:
        if entry.offer.promotion in basket.gave:
            continue
        winner = best[1].plan.ref if best and best[1] is not entry and entry.offer.stacking != "combinable" else None
        basket.note(entry, Reason("outcompeted", winner=winner) if winner else Reason("nothing_to_give"))


def _spend_met(basket: Basket, entry: Entry) -> bool:
    short = basket.spend_short(entry, basket.run)
    if short is not None:
        basket.note(entry, short)
    return short is None


def _discount(basket: Basket, entry: Entry, plan: BenefitPlan) -> int:
    assert isinstance(plan.benefit, ShippingDiscount)
    base = basket.event.delivery.fee_fen if plan.base == "original" else basket.fee
    wanted = shipping_off(plan.benefit, base, basket.fee, plan.rounding)
    return min(wanted, basket.caps.get(entry.offer.promotion, wanted))


def _apply(basket: Basket, discount: int, entry: Entry, plan: BenefitPlan) -> None:
    basket.fee -= discount
    if entry.offer.promotion in basket.caps:
        basket.caps[entry.offer.promotion] -= discount
    basket.gave.add(entry.offer.promotion)
    basket.applied.append(AppliedBenefit(plan, (), discount))
