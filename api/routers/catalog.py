"""Goods and their price tags."""

from fastapi import APIRouter, Request, Response

from api.answers import CatalogPage
from api.bodies import read_query
from api.openapi import describe
from api.quoting import catalog_page
from api.routers.respond import json_answer
from api.schemas import CatalogQuery
from api.service import service_of

router = APIRouter(prefix="/v1/catalog", tags=["catalog"])


@router.get("", openapi_extra=describe(CatalogPage, query=CatalogQuery))
async def list_goods(request: Request) -> Response:
    """A page of goods with list price and price after catalogue promotions."""
    service, query = service_of(request), read_query(request, CatalogQuery)
    return json_answer(await service.reading(lambda connection: catalog_page(service, connection, query)))
