"""Fen, exact rates, and the few functions that may round or split money.

Money is an `int` of fen (1/100 yuan) everywhere.  A rate is an exact fraction.  No float ever appears.  Rounding
happens in `round_div`, `share_of` and `cut` below and nowhere else; splitting happens in `allocate` alone, so
parts always sum to the whole (docs/semantics.md, clauses M1-M3).
"""

from collections.abc import Sequence
from operator import lt
from typing import Literal

import msgspec

Rounding = Literal["half_up", "half_even", "half_down", "up", "down"]
Remainder = Literal["first", "last", "largest"]

MAX_FEN = 10**15
"""Largest amount a rule set or an event may name: ten trillion yuan, far inside 2**53 and BIGINT."""


class Rate(msgspec.Struct, frozen=True, order=True):
    """An exact fraction `num/den` of an amount, e.g. 8 % is 8/100. `den` is positive; not reduced, so text is kept."""

    num: int
    den: int = 1

    def __str__(self) -> str:
        percent, rest = divmod(self.num * 10_000, self.den)
        if rest:
            return f"{self.num}/{self.den}"
        whole, cents = divmod(percent, 100)
        return f"{whole}.{cents:02d}".rstrip("0").rstrip(".") + "%"

    def same_as(self, other: "Rate") -> bool:
        """Equal in value, whatever the denominators."""
        return self.num * other.den == other.num * self.den

    def plus(self, other: "Rate") -> "Rate":
        if self.den == other.den:
            return Rate(self.num + other.num, self.den)
        return Rate(self.num * other.den + other.num * self.den, self.den * other.den)

    def times(self, other: "Rate") -> "Rate":
        return Rate(self.num * other.num, self.den * other.den)


def round_div(num: int, den: int, mode: Rounding) -> int:
    """`num / den` as a whole number of fen under a declared rounding mode; `den` > 0.

    Negative amounts mirror positive ones, so reversing a posting reverses its rounding.
    """
    if num < 0:
        return -round_div(-num, den, mode)
    if mode == "half_up":
        return (2 * num + den) // (2 * den)
    whole, rest = divmod(num, den)
    if rest == 0 or mode == "down":
        return whole
    if mode == "up":
        return whole + 1
    twice = 2 * rest
    if twice > den or (twice == den and mode == "half_even" and whole % 2 == 1):
        return whole + 1
    return whole


def share_of(amount_fen: int, rate: Rate, mode: Rounding) -> int:
    """`rate` of `amount_fen`, rounded once."""
    return round_div(amount_fen * rate.num, rate.den, mode)


def cut(total_fen: int, k: int, n: int) -> int:
    """The part of a total that belongs to the first `k` of `n` equal units (clause M2).

    `cut(T, 0, n) == 0`, `cut(T, n, n) == T`, and it never falls as `k` grows, so differences of it always sum to T.
    """
    if n == 0:
        return 0
    return (2 * total_fen * k + n) // (2 * n)


def allocate(
    total_fen: int,
    weights: Sequence[int],
    remainder: Remainder,
    capacities: Sequence[int] | None = None,
) -> list[int]:
    """Split a total over weights so that the parts sum to it exactly (clause M1).

    Every part lies between 0 and its capacity, a zero weight gets nothing, and the sum is
    `min(total, capacities of the weighted)`.  Parts whose fair share exceeds their capacity are fixed there and the
    rest is split again.  The fen left after flooring go one each to the `first`, the `last` or the `largest`
    fractions (ties: the first).  A negative total mirrors the positive one.  All-zero weights allocate nothing;
    the caller sees the difference as unallocated.

    Raises `ValueError` for negative weights or capacities, which are a programming error, never user input.
    """
    if total_fen < 0:
        return [-part for part in allocate(-total_fen, weights, remainder, capacities)]
    if weights and min(weights) < 0:
        raise ValueError("weights must not be negative")
    parts = _split(total_fen, weights, remainder)
    # a part below its capacity means a fair share below it, so nobody has to be fixed: the usual case
    if capacities is None or all(map(lt, parts, capacities)):
        return parts
    if min(capacities) < 0:
        raise ValueError("capacities must not be negative")
    return _split_within(total_fen, weights, remainder, capacities)


def _split_within(total_fen: int, weights: Sequence[int], remainder: Remainder, capacities: Sequence[int]) -> list[int]:
    """Whoever would get more than its capacity gets its capacity; the rest is split again over the others."""
    parts = [0] * len(weights)
    open_at = [i for i, weight in enumerate(weights) if weight > 0]
    left = min(total_fen, sum([capacities[i] for i in open_at]))
    while open_at:
        weight_sum = sum([weights[i] for i in open_at])
        full = [i for i in open_at if left * weights[i] >= capacities[i] * weight_sum]
        if not full:
            for i, part in zip(open_at, _split(left, [weights[i] for i in open_at], remainder), strict=True):
                parts[i] = part
            break
        for i in full:
            parts[i] = capacities[i]
            left -= capacities[i]
        fixed = set(full)
        open_at = [i for i in open_at if i not in fixed]
    return parts


def _split(total: int, weights: Sequence[int], remainder: Remainder) -> list[int]:
    weight_sum = sum(weights)
    if weight_sum == 0:
        return [0] * len(weights)
    if len(weights) == 1:
        return [total]
    parts: list[int] = []
    fractions: list[int] = []
    for weight in weights:
        whole, fraction = divmod(total * weight, weight_sum)
        parts.append(whole)
        fractions.append(fraction)
    left = total - sum(parts)
    if left == 1 and remainder == "largest":
        parts[fractions.index(max(fractions))] += 1  # without sorting; the first of equal ones, as below
    elif left:
        for i in _remainder_order(weights, fractions, remainder)[:left]:
            parts[i] += 1
    return parts


def _remainder_order(weights: Sequence[int], fractions: list[int], remainder: Remainder) -> list[int]:
    if remainder == "largest":
        return sorted(range(len(weights)), key=fractions.__getitem__, reverse=True)
    weighted = [i for i, weight in enumerate(weights) if weight]
    return weighted if remainder == "first" else weighted[::-1]


def yuan(amount_fen: int) -> str:
    """Fen as yuan for people: 1250 -> '12.50'."""
    sign = "-" if amount_fen < 0 else ""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{fen:02d}"


ROUNDINGS: tuple[Rounding, ...] = ("half_up", "half_even", "half_down", "up", "down")
REMAINDERS: tuple[Remainder, ...] = ("first", "last", "largest")
