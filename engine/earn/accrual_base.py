"""What a share is taken of: the exact base of each line of an order, and what was paid for it (clause A1)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from engine.money import Rate
from engine.order import SHIPPING_LINE, OrderEvent, PricedOrder, SkuFigure


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
    def base(self) -> Rate:
        """The exact base, in fen."""
        return Rate(self.base_num, self.base_den)

    @property
    def base_fen(self) -> int:
        """The base for display, in whole fen."""
        return self.base_num // self.base_den


def pieces_of(
    event: OrderEvent,
    priced: PricedOrder,
    lines: Sequence[int],
    base: Literal["paid_goods", "list", "margin", "delivery_fee"],
    vat: Literal["included", "excluded"],
) -> tuple[list[Piece], list[tuple[int, str]]]:
    """Base and net of each line; lines whose base is unknown come back with a code. A fee is one piece, whatever the
    lines."""
    if base == "delivery_fee":
        return [Piece(SHIPPING_LINE, 1, priced.shipping_fen, 1, priced.shipping_fen, None)], []
    pieces: list[Piece] = []
    unknown: list[tuple[int, str]] = []
    for i in lines:
        line = event.lines[i]
        net = priced.net_fen[i]
        num = line.unit_price_fen * line.quantity if base == "list" else net
        den = 1
        if vat == "excluded":
            if line.vat_rate is None:
                unknown.append((i, "vat_unknown"))
                continue
            den = line.vat_rate.den + line.vat_rate.num
            num *= line.vat_rate.den
        if base == "margin":
            if line.unit_cost_fen is None:
                unknown.append((i, "cost_unknown"))
                continue
            num = max(0, num - line.unit_cost_fen * line.quantity * den)
        pieces.append(Piece(i, line.quantity, num, den, net, line.commission or None))
    return pieces, unknown
