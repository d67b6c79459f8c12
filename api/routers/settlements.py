"""Settlement: closing periods, and the statements they leave."""

from fastapi import APIRouter, Request, Response

from api.bodies import read_body
from api.book_answers import Closed, Settlement, SettlementList, StatementAnswer
from api.events import plausible
from api.openapi import describe
from api.operators import require_operator
from api.problems import problem
from api.routers.respond import json_answer
from api.schemas import ClosingRequest
from api.service import service_of
from api.settling import close_periods, settlement, settlements, statement_of

router = APIRouter(prefix="/v1", tags=["settlement"])
_REFUSED = (401, 403, 404)


@router.post(
    "/settlements",
    openapi_extra=describe(Closed, body=ClosingRequest, problems=(401, 403, 409, 413, 415, 422), token=True),
)
async def close(request: Request) -> Response:
    """Close every period that has ended, up to now or to `until`. Again, or at the same time twice: nothing changes."""
    service = service_of(request)
    require_operator(request, service.settings)
    asked = await read_body(request, ClosingRequest)
    until = plausible(asked.until, "/until") if asked.until else service.now()
    return json_answer(await service.writing(lambda: close_periods(service, until)))


@router.get("/settlements", openapi_extra=describe(SettlementList, problems=(401, 403), token=True))
async def list_settlements(request: Request) -> Response:
    """All closed periods, the newest first."""
    service = service_of(request)
    require_operator(request, service.settings)
    return json_answer(await service.reading(settlements))


@router.get("/settlements/{period}", openapi_extra=describe(Settlement, problems=_REFUSED, token=True))
async def read_settlement(request: Request, period: str) -> Response:
    """A closed period with everybody's figures."""
    service = service_of(request)
    require_operator(request, service.settings)
    return json_answer(await service.long_reading(lambda connection: settlement(connection, period)))


@router.get("/statements/{period}/{payee:path}", openapi_extra=describe(StatementAnswer, problems=_REFUSED, token=True))
async def read_statement(request: Request, period: str, payee: str) -> Response:
    """One payee's statement of a period, every amount with its reason; of an open period, as it stands so far."""
    service = service_of(request)
    require_operator(request, service.settings)
    if "\0" in payee:
        raise problem("not_found", f"没有收款人 {payee}", f"There is no payee {payee}")
    return json_answer(await service.long_reading(lambda connection: statement_of(connection, payee, period)))
