"""How much one payee of a rule earns on each line: rates, amounts, tiers, bonuses, floor and cap (A3, A4)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import lcm

import msgspec

from engine.earn.accrual_base import Piece
from engine.facts import line_fact, order_fact
from engine.live import LiveCommissionRule
from engine.money import Rate, Rounding, allocate, round_div
from engine.order import OrderEvent, SkuFigure
from engine.ruleset import Accrue, CommissionSet, CommissionTiers, TierStep

Bonuses = Mapping[int, Sequence[LiveCommissionRule]]


class Earned(msgspec.Struct, frozen=True):
    """What a piece earns: the rate where one applied, the amount, and the bonus rules that lifted it."""

    piece: Piece
    rate: Rate | None
    amount_fen: int
    lifted_by: Sequence[LiveCommissionRule] = ()


def accrue_amounts(
    event: OrderEvent, rule_set: CommissionSet, spec: Accrue, pieces: Sequence[Piece], bonuses: Bonuses
) -> tuple[list[Earned], Sequence[Piece]]:
    """For each piece what it earns, after floor, cap and net, in the order of lines.

    The pieces of the second result earn nothing because the tiers count on a fact that the event lacks.
    """
    earned: list[Earned] = []
    others = pieces
    if spec.sku_figure:
        earned = [_by_figure(rule_set, spec, piece, bonuses) for piece in pieces if _figure(spec, piece) is not None]
        others = [piece for piece in pieces if _figure(spec, piece) is None]
    unknown: Sequence[Piece] = ()
    if others and spec.tiers is not None:
        by_tiers, unknown = _by_tiers(event, rule_set, spec.tiers, others, bonuses)
        earned += by_tiers
    elif others and (spec.rate is not None or spec.amount_fen is not None):
        earned += _by_rate(rule_set, spec, others, bonuses)
    if len(earned) > len(others) > 0:
        earned.sort(key=lambda one: one.piece.line)
    return [_bounded(spec, one) for one in earned], unknown


def rate_of_paid(
    spec: Accrue, rounding: Rounding, net_fen: int, bonuses: Sequence[LiveCommissionRule]
) -> tuple[Rate, int, Sequence[LiveCommissionRule]]:
    """What a rule `by_line` pays on a line: the rate, the amount after floor, cap and net, and what lifted it."""
    rate = spec.rate
    assert rate is not None
    lifting = _lifting(rate, bonuses) if bonuses else ()
    if lifting:
        rate = _lifted(rate, lifting)
    return rate, _within(spec, net_fen, round_div(net_fen * rate.num, rate.den, rounding)), lifting


def _within(spec: Accrue, net_fen: int, amount: int) -> int:
    """An amount held by floor, cap and net (clause A4)."""
    if spec.floor_fen is not None and amount < spec.floor_fen:
        amount = spec.floor_fen
    if spec.cap_fen is not None and amount > spec.cap_fen:
        amount = spec.cap_fen
    if amount > net_fen:
        return net_fen
    return amount if amount > 0 else 0


def _bounded(spec: Accrue, earned: Earned) -> Earned:
    amount = _within(spec, earned.piece.net_fen, earned.amount_fen)
    if amount == earned.amount_fen:
        return earned
    return Earned(earned.piece, earned.rate, amount, earned.lifted_by)


def _figure(spec: Accrue, piece: Piece) -> SkuFigure | None:
    if not spec.sku_figure or piece.figures is None:
        return None
    return piece.figures.get(spec.to)


def _lifting(rate: Rate, bonuses: Sequence[LiveCommissionRule]) -> Sequence[LiveCommissionRule]:
    """The bonus rules that lift a rate: all of them, but a zero rate stays zero."""
    return bonuses if rate.num else ()


def _lifted(rate: Rate, bonuses: Sequence[LiveCommissionRule]) -> Rate:
    """A rate with its bonus rules: first everything added, then everything multiplied."""
    for rule in bonuses:
        if rule.rule.bonus is not None and rule.rule.bonus.add_rate is not None:
            rate = rate.plus(rule.rule.bonus.add_rate)
    for rule in bonuses:
        if rule.rule.bonus is not None and rule.rule.bonus.multiply is not None:
            rate = rate.times(rule.rule.bonus.multiply)
    return rate


def _rated(rule_set: CommissionSet, piece: Piece, rate: Rate, bonuses: Bonuses, fixed_fen: int = 0) -> Earned:
    """A rate of a piece, lifted and rounded, and a fixed amount beside it."""
    lifting = _lifting(rate, bonuses.get(piece.line, ())) if bonuses else ()
    if lifting:
        rate = _lifted(rate, lifting)
    amount = round_div(piece.base_num * rate.num, piece.base_den * rate.den, rule_set.rounding)
    return Earned(piece, rate, amount + fixed_fen, lifting)


def _by_figure(rule_set: CommissionSet, spec: Accrue, piece: Piece, bonuses: Bonuses) -> Earned:
    figure = _figure(spec, piece)
    assert figure is not None
    fixed = (figure.amount_fen or 0) * piece.quantity
    if figure.rate is None:
        return Earned(piece, None, fixed)
    return _rated(rule_set, piece, figure.rate, bonuses, fixed)


def _by_rate(rule_set: CommissionSet, spec: Accrue, pieces: Sequence[Piece], bonuses: Bonuses) -> list[Earned]:
    fixed = _fixed(rule_set, spec, pieces)
    rate = spec.rate
    if rate is None:
        return [Earned(piece, None, amount) for piece, amount in zip(pieces, fixed, strict=True)]
    return [_rated(rule_set, piece, rate, bonuses, amount) for piece, amount in zip(pieces, fixed, strict=True)]


def _fixed(rule_set: CommissionSet, spec: Accrue, pieces: Sequence[Piece]) -> Sequence[int]:
    """The amount beside the rate, by piece."""
    if spec.amount_fen is None:
        return [0] * len(pieces)
    if spec.per == "unit":
        return [spec.amount_fen * piece.quantity for piece in pieces]
    if spec.per == "line":
        return [spec.amount_fen] * len(pieces)
    return allocate(spec.amount_fen, _weights([piece.base for piece in pieces]), rule_set.remainder)


def _by_tiers(
    event: OrderEvent, rule_set: CommissionSet, tiers: CommissionTiers, pieces: Sequence[Piece], bonuses: Bonuses
) -> tuple[list[Earned], Sequence[Piece]]:
    """What the pieces earn, and those whose fact the event lacks."""
    if tiers.metric == "order":
        total = _sum(piece.base for piece in pieces)
        return _tiered(rule_set, tiers, pieces, Rate(0), bonuses, measure=total), ()
    if tiers.metric == "line":
        each = [_tiered(rule_set, tiers, [piece], Rate(0), bonuses, measure=piece.base) for piece in pieces]
        return list(chain.from_iterable(each)), ()
    if tiers.metric.startswith("line."):
        return _by_fact_of_line(event, rule_set, tiers, pieces, bonuses)
    so_far = order_fact(event, tiers.metric)
    if not isinstance(so_far, int):
        return [], pieces
    return _tiered(rule_set, tiers, pieces, Rate(so_far), bonuses, measure=Rate(so_far)), ()


def _by_fact_of_line(
    event: OrderEvent, rule_set: CommissionSet, tiers: CommissionTiers, pieces: Sequence[Piece], bonuses: Bonuses
) -> tuple[list[Earned], Sequence[Piece]]:
    """Each piece by the fact of its own line; the delivery fee has no line, and so no such fact."""
    earned: list[Earned] = []
    unknown: list[Piece] = []
    for piece in pieces:
        so_far = line_fact(event.lines[piece.line], tiers.metric) if piece.line >= 0 else None
        if isinstance(so_far, int):
            earned += _tiered(rule_set, tiers, [piece], Rate(so_far), bonuses, measure=Rate(so_far))
        else:
            unknown.append(piece)
    return earned, unknown


def _tiered(
    rule_set: CommissionSet,
    tiers: CommissionTiers,
    pieces: Sequence[Piece],
    so_far: Rate,
    bonuses: Bonuses,
    *,
    measure: Rate,
) -> list[Earned]:
    """Tiers on pieces taken together: computed on their sum, rounded once, spread over what each of them earns."""
    if tiers.mode == "marginal":
        return _marginal_tiers(rule_set, tiers.steps, so_far, pieces, bonuses)
    step = _step_reached(tiers.steps, measure)
    if step is None:
        return [Earned(piece, Rate(0), 0) for piece in pieces]
    if step.rate is None:
        parts = allocate(step.amount_fen or 0, _weights([piece.base for piece in pieces]), rule_set.remainder)
        return [Earned(piece, None, part) for piece, part in zip(pieces, parts, strict=True)]
    earned = [_rated(rule_set, piece, step.rate, bonuses) for piece in pieces]
    if tiers.metric not in ("line", "order") or len(pieces) == 1:
        return earned
    parts = _spread(rule_set, [one.piece.base.times(one.rate or step.rate) for one in earned])
    return [Earned(one.piece, one.rate, part, one.lifted_by) for one, part in zip(earned, parts, strict=True)]


def _marginal_tiers(
    rule_set: CommissionSet, steps: Sequence[TierStep], so_far: Rate, pieces: Sequence[Piece], bonuses: Bonuses
) -> list[Earned]:
    """What all pieces earn together from `so_far` on, each in proportion to its base, then its own bonuses."""
    total = _sum(piece.base for piece in pieces)
    below = _marginal(steps, so_far)
    earned = _marginal(steps, so_far.plus(total)).plus(Rate(-below.num, below.den))
    per_fen = earned.times(Rate(total.den, total.num)) if total.num else Rate(0)
    lifting = [_lifting(earned, bonuses.get(piece.line, ())) for piece in pieces]
    exact = [
        _lifted_amount(piece.base.times(per_fen), piece.base, lifted_by)
        for piece, lifted_by in zip(pieces, lifting, strict=True)
    ]
    parts = _spread(rule_set, exact)
    return [Earned(piece, None, part, by) for piece, part, by in zip(pieces, parts, lifting, strict=True)]


def _spread(rule_set: CommissionSet, exact: Sequence[Rate]) -> list[int]:
    """Round the sum of exact amounts once, and split it in their proportion."""
    total = _sum(exact)
    return allocate(round_div(total.num, total.den, rule_set.rounding), _weights(exact), rule_set.remainder)


def _sum(amounts: Iterable[Rate]) -> Rate:
    by_den: dict[int, int] = {}
    for amount in amounts:
        by_den[amount.den] = by_den.get(amount.den, 0) + amount.num
    total = Rate(0)
    for den, num in by_den.items():
        total = total.plus(Rate(num, den))
    return total


def _weights(amounts: Sequence[Rate]) -> list[int]:
    """Whole numbers in the proportion of exact amounts."""
    den = lcm(*{amount.den for amount in amounts})
    return [amount.num * (den // amount.den) for amount in amounts]


def _step_reached(steps: Sequence[TierStep], measure: Rate) -> TierStep | None:
    reached = None
    for step in steps:
        if measure.num < step.at_least * measure.den:
            break
        reached = step
    return reached


def _marginal(steps: Sequence[TierStep], amount: Rate) -> Rate:
    """Each slice of `amount` (fen, exact) at its own rate, summed without rounding. Below the first step: nothing."""
    total = Rate(0)
    for at, step in enumerate(steps):
        start = Rate(step.at_least)
        end = Rate(steps[at + 1].at_least) if at + 1 < len(steps) else amount
        if _less(amount, end):
            end = amount
        if not _less(start, end):
            break
        if step.rate is not None:
            total = total.plus(end.plus(Rate(-start.num, start.den)).times(step.rate))
    return total


def _less(left: Rate, right: Rate) -> bool:
    return left.num * right.den < right.num * left.den


def _lifted_amount(exact: Rate, base: Rate, bonuses: Sequence[LiveCommissionRule]) -> Rate:
    """An exact amount under bonus rules: what they add to every slice, then what they multiply."""
    for rule in bonuses:
        if rule.rule.bonus is not None and rule.rule.bonus.add_rate is not None:
            exact = exact.plus(base.times(rule.rule.bonus.add_rate))
    for rule in bonuses:
        if rule.rule.bonus is not None and rule.rule.bonus.multiply is not None:
            exact = exact.times(rule.rule.bonus.multiply)
    return exact
