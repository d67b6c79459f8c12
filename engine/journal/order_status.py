"""Where an order stands in its life, what was odd on the way, and what its cancellation gives back (O6, O7)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from engine.journal.order_book import OrderBook, canonical, standing
from engine.journal.order_news import (
    CancelledEvent,
    OrderNews,
    PaidEvent,
    ReceivedEvent,
    ReleasedEvent,
    ShippedEvent,
    news_key,
)
from engine.order import Consumption, RefundEvent

Status = Literal["placed", "part_paid", "paid", "shipped", "received", "released", "cancelled", "refunded"]


class Anomaly(NamedTuple):
    """Something odd about an order that changes no figure. `code` is stable; `key` names the event."""

    code: str
    key: str
    message_zh: str
    message_en: str


def status(book: OrderBook) -> Status:
    """The state of an order by the set of its events: the furthest it has come; cancelled and refunded end it."""
    stands = standing(book)
    if book.cancelled is not None:
        return "cancelled"
    if _all_returned(book, stands.share_fen, stands.state.units):
        return "refunded"
    if book.released:
        return "released"
    if _has(book, ReceivedEvent):
        return "received"
    if _has(book, ShippedEvent):
        return "shipped"
    if stands.received_fen >= stands.value_fen:
        return "paid"
    return "part_paid" if stands.received_fen else "placed"


def given_back(book: OrderBook) -> tuple[Consumption, ...]:
    """What the promotions of this order may give again to others: all that was used up and is declared to come back,
    once the order is cancelled or all of its goods are back."""
    if not book.events:
        return ()
    units = standing(book).state.units
    whole = all(back == line.quantity for back, line in zip(units, book.evaluation.event.lines, strict=True))
    if book.cancelled is None and not whole:
        return ()
    return tuple(used for used in book.evaluation.priced.consumption if used.on_cancel == "give_back")


def anomalies(book: OrderBook) -> tuple[Anomaly, ...]:
    """All that is odd about the events of an order, in canonical order."""
    found = sorted(_anomalies(book), key=lambda pair: (canonical(pair[0]), pair[1].code))
    return tuple(anomaly for _, anomaly in found)


def _anomalies(book: OrderBook) -> Iterator[tuple[OrderNews, Anomaly]]:
    cancelled = book.cancelled
    stands = standing(book)
    for event in book.events:
        if event.at < book.evaluation.event.placed_at:
            yield event, _note(event, "before_sale", "早于下单时刻", "is earlier than the sale")
        if cancelled is not None and event.at >= cancelled.at and not isinstance(event, CancelledEvent):
            yield event, _note(event, "after_cancellation", "晚于取消", "comes after the cancellation")
        if isinstance(event, ReceivedEvent) and not _before(book, event, ShippedEvent) and not _picked_up(book):
            yield event, _note(event, "received_unshipped", "收货之前没有发货", "nothing had been shipped before it")
        if isinstance(event, ReleasedEvent) and not _before(book, event, ReceivedEvent):
            yield event, _note(event, "released_unreceived", "放款之前没有收货", "nothing had been received before it")
        if isinstance(event, ShippedEvent) and _paid_before(book, event) < stands.value_fen:
            yield event, _note(event, "shipped_unpaid", "发货时尚未付清", "the order was not paid in full by then")
        if isinstance(event, CancelledEvent) and event.kept_fen > stands.held_fen:
            yield (
                event,
                _note(
                    event,
                    "kept_more_than_held",
                    f"定金只留得住 {stands.held_fen} 分",
                    f"only {stands.held_fen} fen are there to be kept",
                ),
            )


def _note(event: OrderNews, code: str, zh: str, en: str) -> Anomaly:
    return Anomaly(code, news_key(event), zh, en)


def _has(book: OrderBook, kind: type) -> bool:
    return any(isinstance(event, kind) for event in book.events)


def _before(book: OrderBook, event: OrderNews, kind: type) -> bool:
    return any(isinstance(one, kind) and one.at <= event.at for one in book.events)


def _picked_up(book: OrderBook) -> bool:
    return book.evaluation.event.delivery.kind == "pickup"


def _paid_before(book: OrderBook, event: OrderNews) -> int:
    if book.evaluation.event.payment == "in_full":
        return book.total_fen
    return sum(one.amount_fen for one in book.events if isinstance(one, PaidEvent) and one.at <= event.at)


def _all_returned(book: OrderBook, share_fen: tuple[int, ...], units: tuple[int, ...]) -> bool:
    if not _has(book, RefundEvent):
        return False
    if all(back == line.quantity for back, line in zip(units, book.evaluation.event.lines, strict=True)):
        return True
    return sum(share_fen) == sum(book.evaluation.priced.net_fen) > 0
