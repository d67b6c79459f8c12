"""One amount shared by several payees (co-promotion), exactly: the parts of a line add up to what the rule pays."""

from collections.abc import Sequence
from math import lcm
from typing import NamedTuple

from engine.money import Rate, Remainder, allocate
from engine.ruleset import Accrue


class Part(NamedTuple):
    """What one payee of a split gets of an amount, and which share of it that is."""

    amount_fen: int
    share: Rate


def split_amount(spec: Accrue, amount_fen: int, payable: Sequence[bool], remainder: Remainder) -> list[Part]:
    """The parts of `spec.split` in their order; a payee who may not earn has nothing.

    With `if_absent: nobody` its part stays behind, with `others` the rest share everything in proportion.  Where all
    may earn, or others take over, the parts add up to the amount.
    """
    weights = _weights([part.share for part in spec.split])
    if spec.if_absent == "others":
        weights = [weight if paid else 0 for weight, paid in zip(weights, payable, strict=True)]
    whole = sum(weights) or 1
    amounts = allocate(amount_fen, weights, remainder)
    return [
        Part(amount, Rate(weight, whole)) if paid else Part(0, Rate(0))
        for amount, weight, paid in zip(amounts, weights, payable, strict=True)
    ]


def _weights(shares: Sequence[Rate]) -> list[int]:
    common = lcm(*(share.den for share in shares))
    return [share.num * (common // share.den) for share in shares]
