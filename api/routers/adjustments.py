"""Corrections by hand, which need two persons."""

from fastapi import APIRouter, Request, Response

from api.adjusting import all_adjustments, approve, propose
from api.bodies import read_body
from api.book_answers import AdjustmentAnswer, AdjustmentList
from api.openapi import describe
from api.operators import require_operator
from api.routers.respond import json_answer
from api.schemas import AdjustmentProposal
from api.service import service_of

router = APIRouter(prefix="/v1/adjustments", tags=["settlement"])


@router.post(
    "",
    openapi_extra=describe(
        AdjustmentAnswer,
        body=AdjustmentProposal,
        statuses=(200, 201),
        problems=(401, 403, 409, 413, 415, 422),
        token=True,
    ),
)
async def propose_adjustment(request: Request) -> Response:
    """Propose a correction between two accounts, with its reason. Nothing moves before another person approves it."""
    service = service_of(request)
    person = require_operator(request, service.settings)
    proposal = await read_body(request, AdjustmentProposal)
    answer, fresh = await service.writing(lambda: propose(service, proposal, person))
    return json_answer(answer, 201 if fresh else 200)


@router.post(
    "/{adjustment_id:path}/approve",
    openapi_extra=describe(AdjustmentAnswer, problems=(401, 403, 404, 409), token=True),
)
async def approve_adjustment(request: Request, adjustment_id: str) -> Response:
    """Approve a proposal of another person: it is posted in the open period. Again: nothing changes."""
    service = service_of(request)
    person = require_operator(request, service.settings)
    return json_answer(await service.writing(lambda: approve(service, adjustment_id, person)))


@router.get("", openapi_extra=describe(AdjustmentList, problems=(401, 403), token=True))
async def list_adjustments(request: Request) -> Response:
    """All corrections, proposed and approved, the newest first."""
    service = service_of(request)
    require_operator(request, service.settings)
    return json_answer(await service.reading(all_adjustments))
