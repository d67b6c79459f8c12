"""Order lane: competing benefits take whole lines, combinable ones follow on running amounts (clause P11)."""

from collections.abc import Sequence
from functools import partial

from engine.basket import Basket, Entry, Given, Outcome, Reason, threshold_reason
from engine.benefits import order_off, shortfall
from engine.money import allocate
from engine.order import BenefitLine
from engine.ruleset import Gift, GiftLine, OrderDiscount
from engine.stacking import choose, components, losing_reason


def run_order_lane(basket: Basket, entries: Sequence[Entry]) -> list[Entry]:
    """Price the order lane in place. Returns the entries whose tier brought free shipping along."""
    entries = basket.admitted(entries)
    discounts = [one for one in entries if isinstance(one.plan.benefit, OrderDiscount)]
    combinable = [one for one in discounts if one.offer.stacking == "combinable"]
    competing = [one for one in discounts if one.offer.stacking != "combinable" and _could_give(basket, one)]
    shipping: list[Entry] = []
    if len(competing) <= 1:
        parts = [[*competing, *combinable]] if competing or combinable else []
    else:
        parts = components(sorted([*competing, *combinable], key=lambda one: one.offer.index))
    for part in parts:
        evaluate = partial(_outcome, basket, [one for one in part if one.offer.stacking == "combinable"])
        outcome, saving_with = choose([one for one in part if one.offer.stacking != "combinable"], evaluate)
        basket.accept(outcome)
        shipping.extend(one.entry for one in outcome.given if one.free_shipping)
        _note_losers(basket, part, outcome, saving_with)
    for entry in entries:
        if isinstance(entry.plan.benefit, Gift):
            _give_gift(basket, entry, entry.plan.benefit)
    return shipping


def _could_give(basket: Basket, entry: Entry) -> bool:
    """Fewer lines never reach a threshold that the whole scope misses; a lower tier, though, may give more."""
    alone = _discount(basket, entry, entry.scope, basket.run, basket.caps)
    if isinstance(alone, Reason):
        basket.note(entry, alone)
        benefit = entry.plan.benefit
        return alone.code == "nothing_to_give" and isinstance(benefit, OrderDiscount) and len(benefit.tiers) > 1
    return True


def _outcome(basket: Basket, combinable: Sequence[Entry], on: tuple[Entry, ...]) -> Outcome | None:
    run = basket.run[:]
    caps = dict(basket.caps) if basket.caps else basket.caps
    given: list[Given] = []
    taken: set[int] = set()
    for entry in on:
        lines = [i for i in entry.scope if i not in taken] if taken else entry.scope
        if not lines:
            return None
        one = _discount(basket, entry, lines, run, caps)
        if isinstance(one, Reason):
            return None
        taken.update(lines)
        _apply(one, run, caps, given)
    for entry in combinable:
        one = _discount(basket, entry, entry.scope, run, caps)
        if not isinstance(one, Reason):
            _apply(one, run, caps, given)
    extras = sum((one.gift is not None) + one.free_shipping for one in given)
    return Outcome(sum(basket.run) - sum(run), extras, run, tuple(given))


def _discount(
    basket: Basket, entry: Entry, lines: Sequence[int], run: Sequence[int], caps: dict[int, int]
) -> Given | Reason:
    """What an order benefit gives on some lines, spread over them by running amounts within their room."""
    plan, benefit = entry.plan, entry.plan.benefit
    assert isinstance(benefit, OrderDiscount)
    short = basket.spend_short(entry, run)
    if short is not None:
        return short
    measure = basket.measure(entry, lines, run, benefit.measure)
    amounts = basket.list_run if plan.base == "original" else run
    units = sum(basket.quantity[i] for i in lines)
    base = sum(amounts[i] for i in lines)
    wanted, tier = order_off(benefit, measure, base, units, len(lines), plan.rounding)
    gift = tier.gift if tier else None
    free_shipping = tier is not None and tier.free_shipping
    if not (wanted or gift or free_shipping):
        missing = shortfall(benefit, measure)
        return threshold_reason(missing, benefit.measure) if missing else Reason("nothing_to_give")
    weights = [run[i] for i in lines]
    total = min(wanted, caps.get(entry.offer.promotion, wanted))
    parts = allocate(total, weights, plan.remainder, [basket.room(run, i) for i in lines])
    discount = sum(parts)
    if not (discount or gift or free_shipping):
        return Reason("nothing_to_give")
    spread = tuple(BenefitLine(i, run[i], basket.quantity[i], part) for i, part in zip(lines, parts, strict=True))
    return Given(entry, spread, discount, wanted, gift, free_shipping)


def _apply(given: Given, run: list[int], caps: dict[int, int], done: list[Given]) -> None:
    for part in given.lines:
        run[part.line] -= part.discount_fen
    if given.entry.offer.promotion in caps:
        caps[given.entry.offer.promotion] -= given.discount_fen
    done.append(given)


def _give_gift(basket: Basket, entry: Entry, benefit: Gift) -> None:
    short = basket.spend_short(entry, basket.run)
    if short is not None:
        basket.note(entry, short)
        return
    units = sum(basket.quantity[i] for i in entry.scope)
    times = 1 if benefit.every is None else units // benefit.every
    if benefit.times is not None:
        times = min(times, benefit.times)
    if times == 0:
        basket.note(entry, threshold_reason((benefit.every or 1) - units, "units"))
        return
    gift = GiftLine(benefit.gift.sku, benefit.gift.title, benefit.gift.quantity * times)
    lines = tuple(BenefitLine(i, basket.run[i], basket.quantity[i], 0) for i in entry.scope)
    basket.accept(Outcome(0, 1, basket.run, (Given(entry, lines, 0, 0, gift),)))


def _note_losers(basket: Basket, entries: Sequence[Entry], outcome: Outcome, saving_with: dict[int, int]) -> None:
    winners = {one.entry.offer.index for one in outcome.given}
    for entry in entries:
        if entry.offer.index in winners:
            continue
        alone = _discount(basket, entry, entry.scope, outcome.run, basket.caps)
        if isinstance(alone, Reason) and entry.offer.stacking == "combinable":
            basket.note(entry, alone)
        else:
            basket.note(entry, losing_reason(entry, outcome, saving_with))
