"""When what an order earned is released: so many days after its receipt as the sale froze (clause J5)."""

from datetime import timedelta

from engine.journal.order_book import OrderBook
from engine.journal.order_news import ReceivedEvent, ReleasedEvent


def release_of(book: OrderBook) -> ReleasedEvent | None:
    """The release of an order, with the instant at which its after-sales window is over.

    None while nothing was received, where it was released or cancelled already, and for an order that no settlement
    rule set gave a window.  Of several parcels the last receipt counts.
    """
    days = book.evaluation.release_after_days
    received = [event.at for event in book.events if isinstance(event, ReceivedEvent)]
    if days is None or not received or book.released or book.cancelled is not None:
        return None
    order = book.evaluation.event
    at = max(*received, order.placed_at) + timedelta(days=days)  # nothing is received before it is sold
    return ReleasedEvent(id=order.order_id, order_id=order.order_id, at=at)
