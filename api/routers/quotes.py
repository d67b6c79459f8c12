"""What a basket would cost."""

from fastapi import APIRouter, Request, Response

from api.answers import Quote
from api.bodies import read_body
from api.openapi import describe
from api.quoting import quote
from api.routers.respond import json_answer
from api.schemas import Basket
from api.service import service_of

router = APIRouter(prefix="/v1/quotes", tags=["quotes"])


@router.post("", openapi_extra=describe(Quote, body=Basket, problems=(413, 415, 422)))
async def quote_basket(request: Request) -> Response:
    """Price a basket: discounts with labels, shipping, gifts, and what almost applied. Nothing is recorded."""
    service, basket = service_of(request), await read_body(request, Basket)
    return json_answer(await service.reading(lambda connection: quote(service, connection, basket)))
