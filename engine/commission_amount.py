"""How much one payee of a rule earns on each line: rates, amounts, tiers, bonuses, floor and cap (A3, A4)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from engine.facts import order_fact
from engine.live import LiveCommissionRule
from engine.money import Rate, allocate, round_div
from engine.order import OrderEvent, SkuFigure
from engine.ruleset import Accrue, CommissionSet, CommissionTiers, TierStep


class Piece(msgspec.Struct, frozen=True):
    """What a rule pays on: a line (or -1, the delivery fee), its exact base `base_num/base_den` fen, and its net.

    The denominator is not 1 only for bases net of VAT; nothing is rounded before the accrual is.
    """

    line: int
    quantity: int
    base_num: int
    base_den: int
    net_fen: int
    figures: Mapping[str, SkuFigure] | None

    @property
    def base_fen(self) -> int:
        """The base for display and for weights, in whole fen."""
        return self.base_num // self.base_den


Bonuses = Mapping[int, Sequence[LiveCommissionRule]]


class Earned(NamedTuple):
    """What a piece earns: the rate where one applied, the amount, and the bonus rules that lifted it."""

    piece: Piece
    rate: Rate | None
    amount_fen: int
    lifted_by: Sequence[LiveCommissionRule] = ()


class MetricUnknown(Exception):
    """The fact that a tier counts on is absent from the event."""


def accrue_amounts(
    event: OrderEvent, rule_set: CommissionSet, spec: Accrue, pieces: Sequence[Piece], bonuses: Bonuses
) -> Iterator[Earned]:
    """For each piece what it earns, after floor, cap and net.

    Raises `MetricUnknown` when tiers need a fact the event lacks.
    """
    carried = [piece for piece in pieces if _figure(spec, piece) is not None]
    others = [piece for piece in pieces if _figure(spec, piece) is None] if carried else pieces
    earned = [_by_figure(rule_set, spec, piece, bonuses) for piece in carried]
    if others and (spec.rate is not None or spec.amount_fen is not None or spec.tiers is not None):
        if spec.tiers is not None:
            earned += _by_tiers(event, rule_set, spec.tiers, others, bonuses)
        else:
            earned += _by_rate(rule_set, spec, others, bonuses)
    for one in earned:
        yield Earned(one.piece, one.rate, _bounded(spec, one.piece, one.amount_fen), one.lifted_by)


def _bounded(spec: Accrue, piece: Piece, amount: int) -> int:
    if spec.floor_fen is not None:
        amount = max(spec.floor_fen, amount)
    if spec.cap_fen is not None:
        amount = min(spec.cap_fen, amount)
    return max(0, min(piece.net_fen, amount))


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


def _rated(rule_set: CommissionSet, piece: Piece, rate: Rate) -> int:
    return round_div(piece.base_num * rate.num, piece.base_den * rate.den, rule_set.rounding)


def _by_figure(rule_set: CommissionSet, spec: Accrue, piece: Piece, bonuses: Bonuses) -> Earned:
    figure = _figure(spec, piece)
    assert figure is not None
    if figure.rate is not None:
        lifting = _lifting(figure.rate, bonuses.get(piece.line, ()))
        rate = _lifted(figure.rate, lifting)
        amount = _rated(rule_set, piece, rate) + (figure.amount_fen or 0) * piece.quantity
        return Earned(piece, rate, amount, lifting)
    return Earned(piece, None, (figure.amount_fen or 0) * piece.quantity)


def _by_rate(rule_set: CommissionSet, spec: Accrue, pieces: Sequence[Piece], bonuses: Bonuses) -> list[Earned]:
    fixed = [0] * len(pieces)
    if spec.amount_fen is not None:
        if spec.per == "unit":
            fixed = [spec.amount_fen * piece.quantity for piece in pieces]
        elif spec.per == "line":
            fixed = [spec.amount_fen] * len(pieces)
        else:
            fixed = allocate(spec.amount_fen, [piece.base_fen for piece in pieces], rule_set.remainder)
    if spec.rate is None:
        return [Earned(piece, None, amount) for piece, amount in zip(pieces, fixed, strict=True)]
    earned: list[Earned] = []
    for piece, amount in zip(pieces, fixed, strict=True):
        lifting = _lifting(spec.rate, bonuses.get(piece.line, ())) if bonuses else ()
        rate = _lifted(spec.rate, lifting) if lifting else spec.rate
        earned.append(Earned(piece, rate, _rated(rule_set, piece, rate) + amount, lifting))
    return earned


def _by_tiers(
    event: OrderEvent, rule_set: CommissionSet, tiers: CommissionTiers, pieces: Sequence[Piece], bonuses: Bonuses
) -> list[Earned]:
    if tiers.metric == "line":
        return [
            earned
            for piece in pieces
            for earned in _tiered(rule_set, tiers, [piece], 0, bonuses, measure=piece.base_fen)
        ]
    total = sum(piece.base_fen for piece in pieces)
    if tiers.metric == "order":
        return _tiered(rule_set, tiers, pieces, 0, bonuses, measure=total)
    so_far = order_fact(event, tiers.metric)
    if not isinstance(so_far, int):
        raise MetricUnknown(tiers.metric)
    return _tiered(rule_set, tiers, pieces, so_far, bonuses, measure=so_far)


def _tiered(
    rule_set: CommissionSet,
    tiers: CommissionTiers,
    pieces: Sequence[Piece],
    so_far: int,
    bonuses: Bonuses,
    *,
    measure: int,
) -> list[Earned]:
    """Tiers on pieces taken together: computed on their sum, rounded once, spread over their bases."""
    den = pieces[0].base_den if all(piece.base_den == pieces[0].base_den for piece in pieces) else None
    bases = [piece.base_fen for piece in pieces]
    total = Rate(sum(piece.base_num for piece in pieces), den) if den else Rate(sum(bases))
    if tiers.mode == "flat":
        step = _step_reached(tiers.steps, measure)
        if step is None:
            return [Earned(piece, Rate(0), 0) for piece in pieces]
        if step.rate is None:
            return _spread(rule_set, pieces, bases, None, step.amount_fen or 0)
        if tiers.metric not in ("line", "order"):
            earned = []
            for piece in pieces:
                lifting = _lifting(step.rate, bonuses.get(piece.line, ()))
                rate = _lifted(step.rate, lifting)
                earned.append(Earned(piece, rate, _rated(rule_set, piece, rate), lifting))
            return earned
        lifting = _lifting(step.rate, bonuses.get(pieces[0].line, ()))
        rate = _lifted(step.rate, lifting)
        amount = round_div(total.num * rate.num, total.den * rate.den, rule_set.rounding)
        return _spread(rule_set, pieces, bases, rate, amount, lifting)
    above = _marginal(tiers.steps, Rate(so_far).plus(total))
    below = _marginal(tiers.steps, Rate(so_far))
    exact = above.plus(Rate(-below.num, below.den))
    lifting = _lifting(exact, bonuses.get(pieces[0].line, ()))
    lifted = _lifted_amount(exact, total, lifting)
    amount = round_div(lifted.num, lifted.den, rule_set.rounding)
    return _spread(rule_set, pieces, bases, None, amount, lifting)


def _spread(
    rule_set: CommissionSet,
    pieces: Sequence[Piece],
    bases: Sequence[int],
    rate: Rate | None,
    amount: int,
    lifting: Sequence[LiveCommissionRule] = (),
) -> list[Earned]:
    parts = allocate(amount, bases, rule_set.remainder)
    return [Earned(piece, rate, part, lifting) for piece, part in zip(pieces, parts, strict=True)]


def _step_reached(steps: Sequence[TierStep], measure: int) -> TierStep | None:
    reached = None
    for step in steps:
        if measure < step.at_least:
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
