"""Bindings: which promoter a buyer came by."""

from fastapi import APIRouter, Request, Response

from api.binding import bind, history
from api.bodies import read_body, read_query
from api.openapi import describe
from api.operators import require_operator
from api.people_answers import BindingAnswer, BindingHistory
from api.routers.respond import json_answer
from api.schemas import BindingQuery, NewTouch
from api.service import service_of

router = APIRouter(prefix="/v1/bindings", tags=["promoters"])


@router.post(
    "",
    openapi_extra=describe(
        BindingAnswer, body=NewTouch, statuses=(200, 201), problems=(401, 403, 409, 413, 415, 422), token=True
    ),
)
async def record_touch(request: Request) -> Response:
    """Record that a buyer came to a promoter: 201 when it is new, 200 when it was known. Nothing is overwritten."""
    service = service_of(request)
    require_operator(request, service.settings)
    touch = await read_body(request, NewTouch)
    answer = await service.writing(lambda: bind(service, touch))
    return json_answer(answer, 201 if answer.outcome == "recorded" else 200)


@router.get("", openapi_extra=describe(BindingHistory, query=BindingQuery, problems=(401, 403, 409, 422), token=True))
async def read_history(request: Request) -> Response:
    """Every touch of a buyer, the earliest first, and until when each of them bound: what a dispute is decided by."""
    service = service_of(request)
    require_operator(request, service.settings)
    buyer = read_query(request, BindingQuery).buyer_id
    return json_answer(await service.reading(lambda connection: history(service, connection, buyer)))
