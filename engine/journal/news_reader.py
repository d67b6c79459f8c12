"""News from JSON: strict reading of what happens after a sale, with clear answers where a text is no such event."""

from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from engine.events import check_instant, invalid, read_event, refusal, unreadable
from engine.journal.order_news import (
    AdjustmentEvent,
    CancelledEvent,
    ClosedEvent,
    DividendEvent,
    News,
    PaidEvent,
    PayeeNews,
    PayoutEvent,
    ReceivedEvent,
    ReleasedEvent,
    SaleEvent,
    SettledEvent,
    ShippedEvent,
)
from engine.order import OrderEvent, RefundEvent

_Own: TypeAlias = PaidEvent | ShippedEvent | ReceivedEvent | CancelledEvent | ReleasedEvent | PayeeNews
Incoming: TypeAlias = OrderEvent | RefundEvent | _Own
"""What comes in from outside: an order is still to be evaluated, all else is news as it is."""

_TYPES: Final[dict[str, type[_Own]]] = {
    "paid": PaidEvent,
    "shipped": ShippedEvent,
    "received": ReceivedEvent,
    "cancelled": CancelledEvent,
    "released": ReleasedEvent,
    "settled": SettledEvent,
    "closed": ClosedEvent,
    "payout": PayoutEvent,
    "dividend": DividendEvent,
    "adjustment": AdjustmentEvent,
}
_STORED: Final[dict[str, type[News]]] = {**_TYPES, "sale": SaleEvent, "refund": RefundEvent}


class _Kind(msgspec.Struct):
    type: str = "order"


def read_news(data: bytes, file: str, pointer: str = "") -> Incoming:
    """One event from JSON bytes, by its `type` (`order` when there is none).

    Raises `InvalidInput`, with the place in the event as a JSON pointer.
    """
    try:
        kind = msgspec.json.decode(data, type=_Kind).type
    except msgspec.ValidationError as error:
        raise invalid(file, pointer, str(error), _Kind) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable(file, str(error)) from None
    if kind in ("order", "refund"):
        return read_event(data, file, pointer)
    if kind not in _TYPES:
        known = ", ".join(["order", "refund", *_TYPES])
        raise refusal(
            file,
            f"{pointer}/type",
            "E102",
            f"不认识的事件类型 {kind[:40]!r}",
            f"unknown event type {kind[:40]!r}",
            f"可用: {known}",
            f"one of {known}",
        )
    try:
        event = msgspec.json.decode(data, type=_TYPES[kind])
    except msgspec.ValidationError as error:
        raise invalid(file, pointer, str(error), _TYPES[kind]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable(file, str(error)) from None
    _check(event, file, pointer)
    return event


def decode_news(data: bytes) -> News:
    """An event as `encode_news` wrote it. Raises msgspec's DecodeError for anything else."""
    kind = msgspec.json.decode(data, type=_Kind).type
    if kind not in _STORED:
        raise msgspec.DecodeError(f"no event is of type {kind[:40]!r}")
    return msgspec.json.decode(data, type=_STORED[kind])


def encode_news(event: News) -> bytes:
    """An event as JSON, to be stored."""
    return msgspec.json.encode(event)


def _check(event: _Own, file: str, pointer: str) -> None:
    """What the types cannot say: offsets of instants, periods that end after they begin, one share per holder."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, datetime):
            check_instant(value, file, f"{pointer}/{name}")
    if isinstance(event, SettledEvent | ClosedEvent | DividendEvent) and event.end <= event.start:
        raise refusal(file, f"{pointer}/end", "E111", "期间的结束须晚于开始", "a period ends after it begins")
    if isinstance(event, DividendEvent):
        seen: set[str] = set()
        for at, share in enumerate(event.shares):
            if share.holder in seen:
                raise refusal(
                    file,
                    f"{pointer}/shares/{at}/holder",
                    "E112",
                    f"持有人 {share.holder} 重复",
                    f"holder {share.holder!r} is there already",
                )
            seen.add(share.holder)
