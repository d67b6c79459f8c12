"""Is the service there?"""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.answers import Health
from api.openapi import describe
from api.routers.respond import json_answer
from api.service import service_of

router = APIRouter(tags=["health"])


@router.get("/healthz", openapi_extra=describe(Health, problems=(503,)))
async def health(request: Request) -> Response:
    """Reach the database and say how many rule sets stand right now."""
    service = service_of(request)

    def look(connection: Connection) -> Health:
        return Health(status="ok", live_rule_sets=len(service.book.live_at(connection, service.now()).rule_sets))

    return json_answer(await service.reading(look))
