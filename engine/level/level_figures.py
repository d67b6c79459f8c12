"""The figures of a promoter that levels are judged by, counted from their own delivered orders, exactly.

What a promoter buys with their own accounts is left out, and so is everything that others sell.  Rates are exact
fractions; without a whole to take them of they are unknown, and an unknown figure meets no requirement.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec

from engine.calendar import SHANGHAI
from engine.money import Rate
from engine.vocabulary import BASIS_POINTS


class Refunded(msgspec.Struct, frozen=True):
    """Fen given back for goods of an order, and when."""

    at: datetime
    amount_fen: int


class DeliveredOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order that a promoter brought in and the buyer has received. `paid_fen`: for goods, without delivery."""

    order_id: str
    buyer: str | None
    placed_at: datetime
    received_at: datetime
    paid_fen: int
    refunds: tuple[Refunded, ...] = ()

    def refunded_by(self, at: datetime) -> int:
        """What had been given back before an instant."""
        return sum(one.amount_fen for one in self.refunds if one.at < at)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a promoter's own delivered orders of a window come to.

    `delivered_fen` paid for goods of orders received, `refunded_fen` of it given back; `orders` of which something was
    kept; `buyers` of those orders, and how many of them bought on two days or more.
    """

    delivered_fen: int = 0
    refunded_fen: int = 0
    orders: int = 0
    buyers: int = 0
    repeat_buyers: int = 0

    @property
    def sales_fen(self) -> int:
        """Delivered sales less what was refunded."""
        return self.delivered_fen - self.refunded_fen

    @property
    def refund_rate(self) -> Rate | None:
        """Of what was delivered, the part given back."""
        return Rate(self.refunded_fen, self.delivered_fen) if self.delivered_fen else None

    @property
    def repeat_rate(self) -> Rate | None:
        """Of the buyers, the part that came again."""
        return Rate(self.repeat_buyers, self.buyers) if self.buyers else None


def figures(
    orders: Iterable[DeliveredOrder], own_accounts: Collection[str], start: datetime, end: datetime, as_of: datetime
) -> Figures:
    """The figures of the orders received from `start` until before `end`, with the refunds made before `as_of`.

    `own_accounts` are the promoter's id and the accounts they buy with.  An order without a known buyer counts as
    sales and as an order, and for nobody as a buyer.
    """
    delivered = refunded = count = 0
    days: dict[str, set[date]] = {}
    for order in orders:
        if not start <= order.received_at < end or order.buyer in own_accounts:
            continue
        back = order.refunded_by(as_of)
        delivered += order.paid_fen
        refunded += back
        if order.paid_fen > back:
            count += 1
            if order.buyer is not None:
                days.setdefault(order.buyer, set()).add(order.placed_at.astimezone(SHANGHAI).date())
    return Figures(
        delivered_fen=delivered,
        refunded_fen=refunded,
        orders=count,
        buyers=len(days),
        repeat_buyers=sum(len(one) > 1 for one in days.values()),
    )


def basis_points(rate: Rate | None) -> int | None:
    """A rate in hundredths of a percent, rounded down, as orders carry it (`Payee.repeat_rate_bp`)."""
    return None if rate is None else rate.num * BASIS_POINTS // rate.den
