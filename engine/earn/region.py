"""What regional agents earn on a priced order (clauses A5, A6, A8): differences of levels, or each its own rate."""

from collections.abc import Iterable, Iterator, Sequence

from engine.earn.accrual_base import Piece, pieces_of
from engine.earn.live_region import LiveLevel, LiveRegion, LiveRegionRule
from engine.earn.region_seats import Seat, seats_of
from engine.money import Rate, Rounding, round_div
from engine.order import Accrual, NotAccrued, OrderEvent, PricedOrder


def accrue_regions(
    event: OrderEvent,
    regions: Iterable[LiveRegion],
    masks: Sequence[int],
    priced: PricedOrder,
    missing: list[NotAccrued],
) -> list[Accrual]:
    """The accruals of all region rule sets, in the order rule set, rule, level, line; what nobody gets is `missing`."""
    accruals: list[Accrual] = []
    for region in regions:
        chosen = _chosen(region, masks)
        if not chosen:
            continue
        rule_set = region.rule_set
        seats = seats_of(event, rule_set)
        for rule, lines in chosen:
            pieces, unknown = pieces_of(event, priced, lines, rule_set.base, rule_set.vat)
            held = [(level, seats[level.level]) for level in rule.levels if level.level in seats]
            for level, seat in held:
                missing.extend(NotAccrued(level.plan, line, code) for line, code in unknown)
                if seat.code is not None:
                    missing.extend(NotAccrued(level.plan, piece.line, seat.code) for piece in pieces)
            paid = [list(_shares(region, held, piece, missing)) for piece in pieces]
            accruals += [accrual for level in zip(*paid, strict=True) for accrual in level]
    return accruals


def _chosen(region: LiveRegion, masks: Sequence[int]) -> list[tuple[LiveRegionRule, list[int]]]:
    """The first rule that holds for each line; of a fee, which belongs to the order, the first that holds for all."""
    if region.rule_set.base == "delivery_fee":
        common = masks[0]
        for mask in masks:
            common &= mask
        masks = [common]
    lines: dict[int, list[int]] = {}
    for line, mask in enumerate(masks):
        hit = mask & region.mask
        if hit:
            lines.setdefault(hit & -hit, []).append(line)
    return [(rule, lines[1 << rule.bit]) for rule in region.rules if 1 << rule.bit in lines]


def _shares(
    region: LiveRegion, held: Sequence[tuple[LiveLevel, Seat]], piece: Piece, missing: list[NotAccrued]
) -> Iterator[Accrual]:
    """What each paid level gets of a piece, narrow to wide.

    Differences are taken between amounts that are already rounded and held by what was paid, so they add up to what the
    highest rate gives, and none is below zero.  A level that is held has its part even where nobody may get it.
    """
    rounding, differs = region.rule_set.rounding, region.rule_set.mode == "difference"
    highest, given = Rate(0), 0
    for level, seat in held:
        own = seat.rate if region.rule_set.hierarchy == "contract" else level.rate
        rate = own if own is not None and seat.taken else Rate(0)
        below, amount = Rate(0), _amount(piece, rate, rounding)
        if differs:
            below = highest
            if rate.num * highest.den > highest.num * rate.den:
                highest = rate
            upto = _amount(piece, highest, rounding)
            rate, amount, given = _difference(highest, below), upto - given, upto
        if seat.code is None:
            yield Accrual(
                level.plan,
                piece.line,
                seat.agent,
                piece.base_fen,
                rate,
                amount,
                amount,
                below_rate=below if differs else None,
            )
            if piece.net_fen == 0:
                missing.append(NotAccrued(level.plan, piece.line, "nothing_paid"))


def _amount(piece: Piece, rate: Rate, rounding: Rounding) -> int:
    """A rate of a piece, rounded, and at most what was paid for it (clause A4)."""
    return min(round_div(piece.base_num * rate.num, piece.base_den * rate.den, rounding), piece.net_fen)


def _difference(high: Rate, low: Rate) -> Rate:
    return high.plus(Rate(-low.num, low.den)) if low.num else high
