"""Order lane: competing benefits take whole lines, combinable ones follow on running amounts (clause P11)."""

from collections.abc import Sequence
from functools import partial

from engine.money import allocate
from engine.order import BenefitLine
from engine.price.basket import Basket, Entry, Given, Outcome, Reason, threshold_reason
from engine.price.benefits import order_off, shortfall
from engine.price.stacking import choose, components, losing_reason
from engine.ruleset import AmountOff, Gift, GiftLine, OrderDiscount


def run_order_lane(basket: Basket, entries: Sequence[Entry]) -> list[Entry]:
    """Price the order lane in place. Returns the entries whose tier brought free shipping along."""
    gifts: list[Entry] = []
    competing: list[Entry] = []
    combinable: list[Entry] = []
    alone: Alone = {}
    for entry in basket.admitted(entries):
        if isinstance(entry.plan.benefit, Gift):
            gifts.append(entry)
        elif entry.offer.stacking == "combinable":
            combinable.append(entry)
        elif _could_give(basket, entry, alone):
            competing.append(entry)
    shipping: list[Entry] = []
    for part in _parts(competing, combinable):
        outcome, saving_with = _best_of(basket, part, alone)
        basket.accept(outcome)
        shipping.extend([one.entry for one in outcome.given if one.free_shipping])
        if len(outcome.given) < len(part):
            _note_losers(basket, part, outcome, saving_with)
    for entry in gifts:
        _give_gift(basket, entry)
    return shipping


Alone = dict[int, Given | Reason]
"""What an entry gives on its whole scope as the lane begins, by offer index."""


def _could_give(basket: Basket, entry: Entry, alone: Alone) -> bool:
    """Fewer lines never reach a threshold that the whole scope misses; a lower tier, though, may give more."""
    one = alone[entry.offer.index] = _discount(basket, entry, entry.scope, basket.run, basket.caps)
    if isinstance(one, Reason):
        basket.note(entry, one)
        benefit = entry.plan.benefit
        return one.code == "nothing_to_give" and isinstance(benefit, OrderDiscount) and len(benefit.tiers) > 1
    return True


def _parts(competing: list[Entry], combinable: list[Entry]) -> list[list[Entry]]:
    if len(competing) <= 1:
        return [competing + combinable] if competing or combinable else []
    return components(sorted(competing + combinable, key=lambda one: one.offer.index))


def _best_of(basket: Basket, part: list[Entry], alone: Alone) -> tuple[Outcome, dict[int, int]]:
    """The best choice among entries that belong together, without trying what can be told beforehand to be worse."""
    if len(part) == 1 and isinstance(one := alone.get(part[0].offer.index), Given):
        return _outcome_of(basket, [one], _applied(one, basket.run[:])), {}
    competing = [one for one in part if one.offer.stacking != "combinable"]
    combinable = [one for one in part if one.offer.stacking == "combinable"]
    if len(competing) == 1 and (most := _most(combinable)) is not None:
        on = _outcome(basket, alone, combinable, (competing[0],))
        if on is not None and on.saving_fen > most:
            return on, {competing[0].offer.index: on.saving_fen}
    return choose(competing, partial(_outcome, basket, alone, combinable))


def _most(combinable: Sequence[Entry]) -> int | None:
    """The most that combinable entries save, whatever else is on; None unless all are fixed amounts per order."""
    most = 0
    for entry in combinable:
        benefit = entry.plan.benefit
        assert isinstance(benefit, OrderDiscount)
        if not isinstance(benefit.off, AmountOff) or benefit.off.per != "order" or benefit.every is not None:
            return None
        most += benefit.off.amount_fen
    return most


def _outcome(basket: Basket, alone: Alone, combinable: Sequence[Entry], on: tuple[Entry, ...]) -> Outcome | None:
    run = basket.run[:]
    caps = dict(basket.caps) if basket.caps else basket.caps
    given: list[Given] = []
    taken: set[int] = set()
    for entry in on:
        if taken:
            lines: Sequence[int] = [i for i in entry.scope if i not in taken]
            if not lines:
                return None
            one = _discount(basket, entry, lines, run, caps)
        else:
            lines = entry.scope
            one = alone[entry.offer.index]
        if isinstance(one, Reason):
            return None
        taken.update(lines)
        _apply(one, run, caps, given)
    for entry in combinable:
        one = _discount(basket, entry, entry.scope, run, caps)
        if not isinstance(one, Reason):
            _apply(one, run, caps, given)
    return _outcome_of(basket, given, run)


def _outcome_of(basket: Basket, given: list[Given], run: list[int]) -> Outcome:
    extras = sum([(one.gift is not None) + one.free_shipping for one in given])
    return Outcome(sum(basket.run) - sum(run), extras, run, tuple(given))


def _discount(
    basket: Basket, entry: Entry, lines: Sequence[int], run: Sequence[int], caps: dict[int, int]
) -> Given | Reason:
    """What an order benefit gives on some lines, spread over them by running amounts within their room."""
    plan = entry.plan
    benefit = plan.benefit
    assert isinstance(benefit, OrderDiscount)
    short = basket.spend_short(entry, run)
    if short is not None:
        return short
    weights: list[int] = []
    rooms: list[int] = []
    units = 0
    for i in lines:
        running, count = run[i], basket.quantity[i]
        weights.append(running)
        rooms.append(running - basket.floor[i] * count)
        units += count
    base = sum(weights) if plan.base == "running" else sum([basket.list_run[i] for i in lines])
    if benefit.measure == "units":
        measure = units
    else:
        measure = base if plan.threshold_on == plan.base else basket.measure(entry, lines, run, "money")
    wanted, tier = order_off(benefit, measure, base, units, len(lines), plan.rounding)
    gift = tier.gift if tier else None
    free_shipping = tier is not None and tier.free_shipping
    if not (wanted or gift or free_shipping):
        missing = shortfall(benefit, measure)
        return threshold_reason(missing, benefit.measure) if missing else Reason("nothing_to_give")
    total = min(wanted, caps.get(entry.offer.promotion, wanted))
    parts = allocate(total, weights, plan.remainder, rooms)
    discount = sum(parts)
    if not (discount or gift or free_shipping):
        return Reason("nothing_to_give")
    spread = tuple([BenefitLine(i, run[i], basket.quantity[i], part) for i, part in zip(lines, parts, strict=True)])
    return Given(entry, spread, discount, wanted, gift, free_shipping)


def _apply(given: Given, run: list[int], caps: dict[int, int], done: list[Given]) -> None:
    _applied(given, run)
    if given.entry.offer.promotion in caps:
        caps[given.entry.offer.promotion] -= given.discount_fen
    done.append(given)


def _applied(given: Given, run: list[int]) -> list[int]:
    for part in given.lines:
        run[part.line] -= part.discount_fen
    return run


def _give_gift(basket: Basket, entry: Entry) -> None:
    benefit = entry.plan.benefit
    assert isinstance(benefit, Gift)
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
