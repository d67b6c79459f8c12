"""From the books of orders to what levels count: when goods were received, what was paid for them, what came back."""

from collections.abc import Iterable

from engine.journal.order_book import OrderBook, standing
from engine.journal.order_news import CancelledEvent, ReceivedEvent
from engine.level.level_figures import DeliveredOrder, Refunded
from engine.order import RefundEvent


def delivered_order(book: OrderBook) -> DeliveredOrder | None:
    """An order as its promoter's figures see it; None before its goods were received.

    What came back is the returned share of what was paid for the goods, at the instant of each refund.
    """
    received = next((one.at for one in book.events if isinstance(one, ReceivedEvent)), None)
    if received is None:
        return None
    event = book.evaluation.event
    refunds: list[Refunded] = []
    before = 0
    for count, one in enumerate(book.events, 1):
        if isinstance(one, RefundEvent | CancelledEvent):
            after = sum(standing(OrderBook(book.evaluation, book.events[:count])).share_fen)
            refunds.append(Refunded(one.at, after - before))
            before = after
    return DeliveredOrder(
        order_id=event.order_id,
        buyer=event.buyer.id,
        placed_at=event.placed_at,
        received_at=received,
        paid_fen=sum(book.evaluation.priced.net_fen),
        refunds=tuple(refunds),
    )


def by_promoter(books: Iterable[OrderBook]) -> dict[str, list[DeliveredOrder]]:
    """The delivered orders of each promoter."""
    found: dict[str, list[DeliveredOrder]] = {}
    for book in books:
        promoter = book.evaluation.event.promoter
        order = delivered_order(book)
        if promoter is not None and order is not None:
            found.setdefault(promoter.id, []).append(order)
    return found
