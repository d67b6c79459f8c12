"""What the demo shop looks back on: an autumn of orders, received sometimes returned, and periods closed in time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

import msgspec

from api.aftersale import tell
from api.ordering import place_order
from api.schemas import BasketDelivery, BasketLine, NewOrder
from api.service import Service
from api.settling import close_periods
from engine.calendar import SHANGHAI
from engine.journal.order_news import AdjustmentEvent, ReceivedEvent
from engine.order import RefundEvent, ReturnedLine
from engine.period import midnight
from storage.database import read, write
from storage.demo import DEMO_DATA
from storage.journal import first_booked, post_event

ORDERS: Final = DEMO_DATA / "orders.jsonl"
EVERY: Final = 3
"""One order in so many is taken, so that the demo starts in a few seconds."""
LATE: Final = 10
"""One order in so many of these comes back in part long after its window, so that released money is clawed back."""
ADJUSTMENT: Final = AdjustmentEvent(
    id="demo-tasting",
    at=datetime(2026, 11, 10, 10, tzinfo=SHANGHAI),
    source="platform:adjustments",
    destination="payee:p012:released",
    amount_fen=5_00,
    reason="试吃活动漏记一单，补记推广佣金",
    proposed_by="ops-lin",
    approved_by="finance-zhou",
)
_HOURS_TO_RECEIPT: Final = (2, 20, 27, 44, 51, 70)
_Event = NewOrder | ReceivedEvent | RefundEvent | AdjustmentEvent
_Happening = tuple[datetime, _Event]


def load_history(service: Service) -> int:
    """Tell a service that knows of no order what happened in its shop up to now, day by day; the count of events.

    Every night what is due is released and what has ended is closed, as a shop would.  A service that has booked
    anything keeps its own history: nothing is done.  Raises what ordering, telling and closing raise.
    """
    with read(service.database) as connection:
        if first_booked(connection) is not None:
            return 0
    now = service.now()
    past = sorted((one for one in _happenings() if one[0] <= now), key=lambda one: one[0])
    for day, happened in groupby(past, key=lambda one: one[0].astimezone(SHANGHAI).date()):
        close_periods(service, midnight(day))
        for _, event in happened:
            _happen(service, event)
    if past:
        close_periods(service, now)
    return len(past)


def _happen(service: Service, event: _Event) -> None:
    if isinstance(event, NewOrder):
        place_order(service, event, None)
    elif isinstance(event, AdjustmentEvent):
        with write(service.database) as connection:
            post_event(connection, event, service.now())
    else:
        tell(service, event)


def _happenings() -> Iterator[_Happening]:
    told = [msgspec.json.decode(line) for line in ORDERS.read_bytes().splitlines()]
    orders = [one for one in told if one["type"] == "order"][::EVERY]
    kept = {one["order_id"] for one in orders}
    refunds = [msgspec.convert(one, RefundEvent) for one in told if one["type"] == "refund" and one["order_id"] in kept]
    refunded = {one.order_id for one in refunds}
    for number, sold in enumerate(orders):
        order, at = _order(sold), datetime.fromisoformat(sold["placed_at"])
        hours = 0 if order.delivery.kind == "pickup" else _HOURS_TO_RECEIPT[number % len(_HOURS_TO_RECEIPT)]
        received = at + timedelta(hours=hours, minutes=35)
        yield at, order
        yield received, ReceivedEvent(id=f"receipt-{order.order_id}", order_id=order.order_id, at=received)
        if number % LATE == 0 and order.order_id not in refunded:
            refunds.append(_late_refund(order.order_id, received + timedelta(days=9)))
    yield from ((one.at, one) for one in refunds)
    yield ADJUSTMENT.at, ADJUSTMENT


def _late_refund(order_id: str, at: datetime) -> RefundEvent:
    one_unit = ReturnedLine(line_id="1", quantity=1)
    return RefundEvent(refund_id=f"late-{order_id}", order_id=order_id, at=at, lines=(one_unit,))


def _order(told: dict[str, Any]) -> NewOrder:
    return NewOrder(
        order_id=told["order_id"],
        buyer_id=told["buyer"]["id"],
        lines=tuple(BasketLine(sku=one["sku"], quantity=one["quantity"]) for one in told["lines"]),
        store_id=told.get("store", {}).get("id"),
        promoter_id=told.get("promoter", {}).get("id"),
        leader_id=told.get("leader", {}).get("id"),
        channel=told["channel"],
        delivery=msgspec.convert(told["delivery"], BasketDelivery),
        placed_at=datetime.fromisoformat(told["placed_at"]).astimezone(SHANGHAI),
    )
