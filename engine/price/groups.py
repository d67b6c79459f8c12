"""Blocks of units across lines: n-piece groups, buy-X-get-Y and bundles (clause P9).

Everything is computed on runs (line, count) with a repeat count, never unit by unit, so a line of a million pieces
costs no more than a line of three.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import lcm

import msgspec

from engine.money import Rounding, round_div, share_of
from engine.order import Line
from engine.ruleset import AmountOff, BundlePrice, FixedPrice, GroupDiscount, PercentOff

Run = tuple[int, int]
"""(line index, units)."""


class Goods(msgspec.Struct, frozen=True):
    """What block forming sees of the lines of an order, by line index.

    `amount_fen` is the unit amount the benefit counts with, `price_fen` the running unit price, `rank` a tie-break
    that is equal for lines of the same goods, so that splitting a line changes no total.
    """

    amount_fen: Sequence[int]
    price_fen: Sequence[int]
    rank: Sequence[int]
    sku: Sequence[str]


def goods_of(
    lines: Sequence[Line], amount_fen: Sequence[int], price_fen: Sequence[int], floor_fen: Sequence[int]
) -> Goods:
    """The lines of an order as goods; lines of one SKU at one price and floor share a rank."""
    ranks: dict[tuple[str, int, int], int] = {}
    sku = [line.sku for line in lines]
    rank = [ranks.setdefault(goods, i) for i, goods in enumerate(zip(sku, price_fen, floor_fen, strict=True))]
    return Goods(amount_fen, price_fen, rank, sku)


class Block(msgspec.Struct, frozen=True):
    """A block of units, and the same block again `times` times: what it uses and which units are its targets."""

    used: tuple[Run, ...]
    targets: tuple[Run, ...]
    times: int


class GroupOutcome(msgspec.Struct, frozen=True):
    """What a group benefit gives: units used, target units and the discount aimed at them, by line.

    `aimed` is exact: per line numerators by denominator, in fen.  `total_fen` is the sum before clipping; `formed` says
    whether there were enough units for a block at all, even one that saves nothing.
    """

    used: dict[int, int]
    targets: dict[int, int]
    aimed: dict[int, dict[int, int]]
    total_fen: int
    formed: bool


class Spread(msgspec.Struct, frozen=True):
    """How the total of a group benefit is split: lines, their weights, and how much each can take (clause P9)."""

    lines: list[int]
    weights: list[int]
    capacities: list[int]


def spread_of(outcome: GroupOutcome, discount_on: str, goods: Goods, floor_fen: Sequence[int]) -> Spread:
    """Over all units used by their amounts (`group`), or over the target units by what was aimed at them (`targets`).

    Only the room of the units that bear the discount counts, so splitting a line changes no total.
    """
    lines = sorted(outcome.used)
    if discount_on == "targets":
        weights = _whole([outcome.aimed.get(i, {}) for i in lines])
        units = [outcome.targets.get(i, 0) for i in lines]
    else:
        weights = [goods.amount_fen[i] * outcome.used[i] for i in lines]
        units = [outcome.used[i] for i in lines]
    rooms = [(goods.price_fen[i] - floor_fen[i]) * count for i, count in zip(lines, units, strict=True)]
    return Spread(lines, weights, rooms)


def _whole(amounts: Sequence[dict[int, int]]) -> list[int]:
    """Whole numbers in the proportion of exact amounts: nothing that was aimed at a line rounds to no weight."""
    common = lcm(*{den for amount in amounts for den in amount})
    return [sum(num * (common // den) for den, num in amount.items()) for amount in amounts]


Draw = Callable[[list[int]], tuple[tuple[Run, ...], tuple[Run, ...]] | None]


def group_outcome(
    benefit: GroupDiscount | BundlePrice,
    selected: Sequence[Sequence[int]],
    goods: Goods,
    free: Sequence[int],
    rounding: Rounding,
) -> GroupOutcome:
    """Form all blocks of a benefit from free units and add up what they give.

    `selected` holds the lines of each selector: one scope, or buy and get, or one per component.
    """
    used: dict[int, int] = {}
    targets: dict[int, int] = {}
    aimed: dict[int, dict[int, int]] = {}
    total = 0
    formed = False
    for block in _blocks(benefit, selected, goods, list(free)):
        formed = True
        given, worth, aims = _block_discounts(benefit, block, goods, rounding)
        if given <= 0:
            if isinstance(benefit, BundlePrice):
                break  # later bundles are made of cheaper units still
            continue
        for line, count in block.used:
            used[line] = used.get(line, 0) + count * block.times
        for line, count in block.targets:
            targets[line] = targets.get(line, 0) + count * block.times
        for line, fen in aims.items():
            amount = aimed.setdefault(line, {})
            amount[worth] = amount.get(worth, 0) + fen * block.times
        total += given * block.times
    return GroupOutcome(used, targets, aimed, total, formed)


def too_few_units(benefit: GroupDiscount | BundlePrice, scope: Sequence[int], free: Sequence[int]) -> bool:
    """Whether a glance at the number of units tells that not one block can be formed."""
    if isinstance(benefit, BundlePrice):
        return sum([free[i] for i in scope]) < sum([component.count for component in benefit.components])
    return not benefit.give_partial and sum([free[i] for i in scope]) < benefit.every


def _blocks(
    benefit: GroupDiscount | BundlePrice, selected: Sequence[Sequence[int]], goods: Goods, free: list[int]
) -> Iterator[Block]:
    left = benefit.times
    in_play = [[line for line in lines if free[line]] for lines in selected]
    for draw in _draws(benefit, in_play, goods):
        while left is None or left > 0:
            drawn = draw(free)
            if drawn is None:
                break
            used, targets = drawn
            repeat = min([free[line] // count for line, count in used])
            if left is not None:
                repeat = min(repeat, left)
                left -= repeat
            for line, count in used:
                free[line] -= count * repeat
            yield Block(used, targets, repeat)


def _draws(benefit: GroupDiscount | BundlePrice, selected: Sequence[Sequence[int]], goods: Goods) -> Iterator[Draw]:
    """The ways to draw one more block from free units; each is used until it yields no more."""
    if isinstance(benefit, BundlePrice):
        ordered = [_ordered(lines, "dearest_first", goods) for lines in selected]
        yield partial(_draw_bundle, benefit, ordered)
    elif len(selected) == 2:
        buy, get = selected
        overlap = set(get)
        buys = sorted(_ordered(buy, benefit.order, goods), key=overlap.__contains__)
        gets = _ordered(get, "dearest_first" if benefit.pick == "dearest" else "cheapest_first", goods)
        yield partial(_draw_buy_get, benefit, buys, gets)
    else:
        for lines in _pools(benefit, selected[0], goods):
            yield partial(_draw_block, benefit, lines, goods)


def _pools(benefit: GroupDiscount, scope: Sequence[int], goods: Goods) -> list[list[int]]:
    ordered = _ordered(scope, benefit.order, goods)
    if benefit.among == "any_matched":
        return [ordered]
    pools: dict[str, list[int]] = {}
    for line in ordered:
        pools.setdefault(goods.sku[line], []).append(line)
    return list(pools.values())


def _ordered(lines: Sequence[int], order: str, goods: Goods) -> list[int]:
    amount, rank = goods.amount_fen, goods.rank
    if order == "dearest_first":
        return sorted(lines, key=lambda i: (-amount[i], rank[i], i))
    if order == "cheapest_first":
        return sorted(lines, key=lambda i: (amount[i], rank[i], i))
    return sorted(lines, key=lambda i: (rank[i], i))


def _take(lines: list[int], count: int, free: list[int], held: Sequence[Run] = ()) -> tuple[list[Run], int]:
    """Up to `count` free units, less those already `held`, from lines in order, and how many are still missing.

    Lines used up at the front are dropped for good, so that drawing all blocks passes over each line once.
    """
    gone = 0
    while gone < len(lines) and free[lines[gone]] == 0:
        gone += 1
    del lines[:gone]
    taken_before = dict(_merged(held)) if held else {}
    taken: list[Run] = []
    for line in lines:
        if count == 0:
            break
        here = min(free[line] - taken_before.get(line, 0), count)
        if here:
            taken.append((line, here))
            count -= here
    return taken, count


def _merged(runs: Iterable[Run]) -> tuple[Run, ...]:
    units: dict[int, int] = {}
    for line, count in runs:
        units[line] = units.get(line, 0) + count
    return tuple(units.items())


def _draw_block(
    benefit: GroupDiscount, lines: list[int], goods: Goods, free: list[int]
) -> tuple[tuple[Run, ...], tuple[Run, ...]] | None:
    used, missing = _take(lines, benefit.every, free)
    if not used or (missing and not benefit.give_partial):
        return None
    if len(used) == 1:
        line, count = used[0]
        return tuple(used), ((line, min(count, benefit.targets)),)
    direction = "dearest_first" if benefit.pick == "dearest" else "cheapest_first"
    counts = dict(used)
    targets: list[Run] = []
    wanted = benefit.targets
    for line in _ordered(list(counts), direction, goods):
        here = min(counts[line], wanted)
        if here:
            targets.append((line, here))
            wanted -= here
    return tuple(used), tuple(targets)


def _draw_buy_get(
    benefit: GroupDiscount, buys: list[int], gets: list[int], free: list[int]
) -> tuple[tuple[Run, ...], tuple[Run, ...]] | None:
    bought, missing = _take(buys, benefit.every - benefit.targets, free)
    if missing:
        return None
    got, missing = _take(gets, benefit.targets, free, bought)
    if not got or (missing and not benefit.give_partial):
        return None
    return _merged([*bought, *got]), tuple(got)


def _draw_bundle(
    benefit: BundlePrice, ordered: list[list[int]], free: list[int]
) -> tuple[tuple[Run, ...], tuple[Run, ...]] | None:
    held: list[Run] = []
    for component, lines in zip(benefit.components, ordered, strict=True):
        taken, missing = _take(lines, component.count, free, held)
        if missing:
            return None
        held += taken
    used = _merged(held)
    return used, used


def _block_discounts(
    benefit: GroupDiscount | BundlePrice, block: Block, goods: Goods, rounding: Rounding
) -> tuple[int, int, dict[int, int]]:
    """What one block gives: the sum, and by target line its exact part times a common denominator.

    Each target unit of a rate or an amount per unit is rounded on its own (clause M3).
    """
    off = FixedPrice(benefit.price_fen, "block") if isinstance(benefit, BundlePrice) else benefit.off
    if not isinstance(off, PercentOff) and off.per == "block":
        return _shared_discount(off, block, goods)
    round_price = isinstance(benefit, GroupDiscount) and benefit.round_price
    by_line: dict[int, int] = {}
    for line, count in block.targets:
        amount = goods.amount_fen[line]
        match off:
            case PercentOff(rate) if round_price:
                each = amount - round_div(amount * (rate.den - rate.num), rate.den, rounding)
            case PercentOff(rate):
                each = share_of(amount, rate, rounding)
            case AmountOff(amount_fen):
                each = min(amount_fen, goods.price_fen[line])
            case FixedPrice(price_fen):
                each = max(0, goods.price_fen[line] - price_fen)
        by_line[line] = each * count
    return sum(by_line.values()), 1, by_line


def _shared_discount(off: AmountOff | FixedPrice, block: Block, goods: Goods) -> tuple[int, int, dict[int, int]]:
    """One sum for all targets of a block, theirs in proportion to what they cost by now."""
    costs = {line: goods.price_fen[line] * count for line, count in block.targets}
    worth = sum(costs.values())
    total = min(off.amount_fen, worth) if isinstance(off, AmountOff) else max(0, worth - off.price_fen)
    return total, max(1, worth), {line: total * cost for line, cost in costs.items()}
