"""Paid orders: recorded once, read and explained."""

from typing import Final
from urllib.parse import quote as quoted

from fastapi import APIRouter, Request, Response

from api.answers import ExplainedOrder, OperatorOrder, Order
from api.bodies import read_body, read_query
from api.openapi import describe
from api.operators import require_operator
from api.ordering import buyer_order, operator_order, place_order
from api.problems import FieldProblem, invalid
from api.routers.respond import encoded_answer, json_answer
from api.schemas import NewOrder, OrderQuery
from api.service import service_of

router = APIRouter(prefix="/v1/orders", tags=["orders"])

MAX_KEY_LENGTH: Final = 255
_KEY_HEADER: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
}


@router.post(
    "",
    openapi_extra=describe(
        Order, body=NewOrder, headers=[_KEY_HEADER], statuses=(200, 201), problems=(409, 413, 415, 422, 503)
    ),
)
async def record_order(request: Request) -> Response:
    """Record a paid order: 201 the first time, 200 with the same answer when it is repeated."""
    service, key = service_of(request), _idempotency_key(request)
    order = await read_body(request, NewOrder)
    recorded = await service.writing(lambda: place_order(service, order, key))
    answer = encoded_answer(recorded.body, 201 if recorded.fresh else 200)
    answer.headers["Location"] = f"/v1/orders/{quoted(order.order_id, safe='')}"
    return answer


@router.get(
    "/{order_id:path}",
    openapi_extra=describe(ExplainedOrder, OperatorOrder, query=OrderQuery, problems=(401, 403, 404, 422)),
)
async def read_order(request: Request, order_id: str) -> Response:
    """A recorded order, explained. `view=operator` needs the operator's token and shows who earns what."""
    service, query = service_of(request), read_query(request, OrderQuery)
    if query.view == "operator":
        require_operator(request, service.settings)
        return json_answer(await service.reading(lambda connection: operator_order(service, connection, order_id)))
    return json_answer(await service.reading(lambda connection: buyer_order(service, connection, order_id)))


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None or (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        return key
    raise invalid(
        [
            FieldProblem(
                "Idempotency-Key",
                "wrong_form",
                f"幂等键须为 1 至 {MAX_KEY_LENGTH} 个可见 ASCII 字符",
                f"An idempotency key has 1 to {MAX_KEY_LENGTH} printable ASCII characters",
            )
        ]
    )
