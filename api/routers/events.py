"""What happens to orders after they are recorded: paid, shipped, received, refunded, cancelled."""

import re
from typing import Final

from fastapi import APIRouter, Request, Response

from api.aftersale import tell
from api.bodies import read_content
from api.book_answers import EventAnswer
from api.openapi import describe
from api.operators import require_operator
from api.problems import FieldProblem, invalid
from api.routers.respond import json_answer
from api.service import service_of
from engine.journal.news_reader import read_news
from engine.journal.order_news import CancelledEvent, OrderNews, PaidEvent, ReceivedEvent, ShippedEvent
from engine.order import RefundEvent

router = APIRouter(prefix="/v1/events", tags=["events"])

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_STATUS: Final = {"posted": 201, "waiting": 202, "known": 200}


@router.post(
    "",
    openapi_extra=describe(
        EventAnswer,
        body=(PaidEvent, ShippedEvent, ReceivedEvent, RefundEvent, CancelledEvent),
        statuses=(200, 201, 202),
        problems=(401, 403, 409, 413, 415, 422),
        token=True,
    ),
)
async def record_event(request: Request) -> Response:
    """Record an event of an order: 201 when it was posted, 200 when it was known, 202 while its order is not there."""
    service = service_of(request)
    require_operator(request, service.settings)
    event = read_news(await read_content(request), "")
    if not isinstance(event, PaidEvent | ShippedEvent | ReceivedEvent | RefundEvent | CancelledEvent):
        raise invalid(
            [
                FieldProblem(
                    "/type",
                    "unknown_type",
                    "可用: paid, shipped, received, refund, cancelled",
                    "One of paid, shipped, received, refund, cancelled",
                )
            ]
        )
    _named_plainly(event)
    answer = await service.writing(lambda: tell(service, event))
    return json_answer(answer, _STATUS[answer.outcome])


def _named_plainly(event: OrderNews) -> None:
    """No control character in an id, as in those of orders: PostgreSQL cannot store every one of them."""
    faults = [
        FieldProblem(f"/{name}", "control_character", "编号不能含控制字符", "An id has no control characters")
        for name in ("id", "refund_id", "order_id")
        if _CONTROL.search(getattr(event, name, ""))
    ]
    if faults:
        raise invalid(faults)
