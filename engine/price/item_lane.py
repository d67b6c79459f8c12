"""Item lane: groups choose first, then each line its best, then the combinable ones (clause P8)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from engine.money import allocate, cut
from engine.order import BenefitLine
from engine.price.basket import Basket, Entry, Given, Outcome, Reason
from engine.price.benefits import line_off
from engine.price.groups import GroupOutcome, group_outcome, spread_of, too_few_units
from engine.price.stacking import choose, components, losing_reason
from engine.ruleset import BundlePrice, GroupDiscount, LineDiscount

Group = GroupDiscount | BundlePrice


Alone = dict[int, GroupOutcome]
"""The blocks a group benefit forms from all units as the lane begins, by offer index."""


def run_item_lane(basket: Basket, entries: Sequence[Entry]) -> None:
    """Price the item lane in place: running amounts, applied benefits, and reasons of those that gave nothing."""
    entries = basket.admitted(entries)
    combinable = [one for one in entries if one.offer.stacking == "combinable"]
    choosy = any(one.promotion.rule.spend is not None or one.promotion.capped for one in combinable)
    switchable: list[Entry] = []
    plain: list[Entry] = []
    alone: Alone = {}
    for entry in entries:
        if entry.offer.stacking == "combinable":
            continue
        short = basket.spend_short(entry, basket.run)
        if short is not None:
            basket.note(entry, short)
        elif not (choosy or _is_optional(entry)):
            plain.append(entry)
        elif _could_give(basket, entry, alone):
            switchable.append(entry)
    everyone = [*switchable, *plain, *combinable]
    if len(switchable) <= 1:
        parts = [everyone] if everyone else []
    else:
        parts = components(sorted(everyone, key=lambda one: one.offer.index))
    switches = {one.offer.index for one in switchable}
    for part in parts:
        outcome, saving_with = _best_of(basket, part, switches, alone)
        basket.accept(outcome)
        _note_losers(basket, part, outcome, saving_with)


def _best_of(basket: Basket, part: list[Entry], switches: set[int], alone: Alone) -> tuple[Outcome, dict[int, int]]:
    """The best choice among entries that belong together; one that is alone is on when it saves anything."""
    if len(part) == 1 and part[0].offer.index in switches:
        outcome = _outcome(basket, alone, (), (), (part[0],))
        if outcome.saving_fen:
            return outcome, {}
    plain = [one for one in part if one.offer.stacking != "combinable" and one.offer.index not in switches]
    combinable = [one for one in part if one.offer.stacking == "combinable"]
    evaluate = partial(_outcome, basket, alone, plain, combinable)
    return choose([one for one in part if one.offer.index in switches], evaluate)


def _is_optional(entry: Entry) -> bool:
    """Groups, and line benefits whose sum is capped, can be better left off; others only ever help a line.

    (Unless a combinable one follows that has a `spend` or a cap: then every benefit may be worth leaving off, law L4.)
    """
    return isinstance(entry.plan.benefit, Group) or entry.promotion.capped


def _could_give(basket: Basket, entry: Entry, alone: Alone) -> bool:
    """Whether there are units for a block; one of free goods gives nothing, but another benefit may take those away."""
    benefit = entry.plan.benefit
    if not isinstance(benefit, Group):
        return True
    if too_few_units(benefit, entry.scope, basket.quantity):
        basket.note(entry, Reason("too_few_units"))
        return False
    plan = entry.plan
    one = group_outcome(benefit, entry.selected, basket.goods(plan), basket.quantity, plan.rounding)
    if one.total_fen == 0:
        basket.note(entry, Reason("nothing_to_give" if one.formed else "too_few_units"))
    alone[entry.offer.index] = one
    return one.formed


def _outcome(
    basket: Basket, alone: Alone, plain: Sequence[Entry], combinable: Sequence[Entry], on: tuple[Entry, ...]
) -> Outcome:
    if not (on or plain or combinable):
        return Outcome(0, 0, basket.run, ())
    run = basket.run[:]
    caps = dict(basket.caps)
    given: list[Given] = []
    free: Sequence[int] = basket.quantity
    lines = plain
    if on:
        free = left = list(basket.quantity)
        for entry in on:
            if entry.offer.index in alone:
                _give_group(basket, entry, alone, run, left, caps, given)
        others = [one for one in on if one.offer.index not in alone]
        if others:
            lines = sorted([*plain, *others], key=lambda one: one.offer.index)
    if lines:
        _give_best_lines(basket, lines, run, free, caps, given)
    for entry in combinable:
        if basket.spend_short(entry, run) is None:
            parts = _line_parts(basket, entry, _running_pieces(basket, entry, run))
            _give_lines(entry, parts, run, caps, given)
    return Outcome(sum(basket.run) - sum(run), 0, run, tuple(given))


def _give_group(
    basket: Basket,
    entry: Entry,
    alone: Alone,
    run: list[int],
    free: list[int],
    caps: dict[int, int],
    given: list[Given],
) -> None:
    plan = entry.plan
    goods = basket.goods(plan)
    if given:
        assert isinstance(plan.benefit, Group)
        outcome = group_outcome(plan.benefit, entry.selected, goods, free, plan.rounding)
    else:
        outcome = alone[entry.offer.index]  # no unit has been taken yet
    if outcome.total_fen == 0:
        return
    spread = spread_of(outcome, plan.discount_on, goods, basket.floor)
    wanted = min(outcome.total_fen, caps.get(entry.offer.promotion, outcome.total_fen))
    parts = dict(zip(spread.lines, allocate(wanted, spread.weights, plan.remainder, spread.capacities), strict=True))
    for i in spread.lines:
        run[i] -= parts[i]
        free[i] -= outcome.used[i]
    lines = [
        BenefitLine(i, goods.amount_fen[i] * basket.quantity[i], outcome.used.get(i, 0), parts.get(i, 0))
        for i in entry.scope
    ]
    _record(entry, tuple(lines), outcome.total_fen, caps, given)


Piece = tuple[int, int, int, int]
"""(line, units taking part, base amount, running amount) of one line for a line benefit."""


def _units(entry: Entry, count: int) -> int:
    benefit = entry.plan.benefit
    assert isinstance(benefit, LineDiscount)
    return count if benefit.units_per_line is None else min(count, benefit.units_per_line)


def _free_pieces(basket: Basket, entry: Entry, free: Sequence[int]) -> Iterator[Piece]:
    """Units that no group took: they still cost their unit price at lane entry."""
    price = basket.list_unit if entry.plan.base == "original" else basket.unit
    for i in entry.scope:
        units = _units(entry, free[i])
        if units:
            yield i, units, price[i] * units, basket.unit[i] * units


def _running_pieces(basket: Basket, entry: Entry, run: Sequence[int]) -> Iterator[Piece]:
    """All units of the lines, at what they cost by now: for combinable benefits."""
    for i in entry.scope:
        units = _units(entry, basket.quantity[i])
        running = cut(run[i], units, basket.quantity[i])
        yield i, units, basket.list_unit[i] * units if entry.plan.base == "original" else running, running


def _line_parts(basket: Basket, entry: Entry, pieces: Iterable[Piece]) -> list[BenefitLine]:
    """What a line benefit would give on each piece, clipped to the room of the units taking part (clause P1)."""
    benefit = entry.plan.benefit
    assert isinstance(benefit, LineDiscount)
    parts = []
    for i, units, base, running in pieces:
        wanted = line_off(benefit.off, base, running, units, entry.plan.rounding, round_price=benefit.round_price)
        parts.append(BenefitLine(i, base, units, min(wanted, running - basket.floor[i] * units)))
    return parts


def _give_best_lines(
    basket: Basket,
    entries: Sequence[Entry],
    run: list[int],
    free: Sequence[int],
    caps: dict[int, int],
    given: list[Given],
) -> None:
    best: dict[int, tuple[int, BenefitLine]] = {}
    for at, entry in enumerate(entries):
        for part in _line_parts(basket, entry, _free_pieces(basket, entry, free)):
            held = best.get(part.line)
            if part.discount_fen > (held[1].discount_fen if held else 0):
                best[part.line] = (at, part)
    won: dict[int, list[BenefitLine]] = {}
    for line in sorted(best):
        at, part = best[line]
        won.setdefault(at, []).append(part)
    for at in sorted(won):
        _give_lines(entries[at], won[at], run, caps, given)


def _give_lines(
    entry: Entry,
    parts: Sequence[BenefitLine],
    run: list[int],
    caps: dict[int, int],
    given: list[Given],
) -> None:
    wanted = sum([part.discount_fen for part in parts])
    if wanted == 0:
        return
    cap = caps.get(entry.offer.promotion)
    if cap is not None and wanted > cap:
        weights = [part.discount_fen for part in parts]
        clipped = allocate(cap, weights, entry.plan.remainder, weights)
        parts = [
            BenefitLine(part.line, part.entry_fen, part.units, fen) for part, fen in zip(parts, clipped, strict=True)
        ]
    for part in parts:
        run[part.line] -= part.discount_fen
    _record(entry, tuple(part for part in parts if part.discount_fen), wanted, caps, given)


def _record(
    entry: Entry, lines: tuple[BenefitLine, ...], wanted: int, caps: dict[int, int], given: list[Given]
) -> None:
    total = sum([part.discount_fen for part in lines])
    if entry.offer.promotion in caps:
        caps[entry.offer.promotion] -= total
    given.append(Given(entry, lines, total, wanted))


def _note_losers(basket: Basket, entries: Sequence[Entry], outcome: Outcome, saving_with: dict[int, int]) -> None:
    winners = {one.entry.offer.index for one in outcome.given if one.discount_fen}
    for entry in entries:
        if entry.offer.index in winners:
            continue
        basket.note(entry, basket.spend_short(entry, outcome.run) or losing_reason(entry, outcome, saving_with))
