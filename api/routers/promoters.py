"""What promoters see of themselves, with their own token; and the reviews of their levels."""

from fastapi import APIRouter, Request, Response

from api.access import require_promoter
from api.bodies import read_body, read_query
from api.levelling import review_levels, reviews_answer
from api.openapi import describe
from api.operators import require_operator
from api.people_answers import Commissions, Growth, ReviewsAnswer
from api.promoting import commissions, growth
from api.routers.respond import json_answer
from api.schemas import CommissionQuery, ReviewRequest
from api.service import service_of

router = APIRouter(prefix="/v1", tags=["promoters"])
_REFUSED = (401, 403, 404, 409, 422)


@router.get(
    "/promoters/{promoter}/commissions",
    openapi_extra=describe(Commissions, query=CommissionQuery, problems=_REFUSED, token=True),
)
async def read_commissions(request: Request, promoter: str) -> Response:
    """A promoter's commissions of a period, every amount with its reason, by order; buyers are masked."""
    service = service_of(request)
    require_promoter(request, service, promoter)
    period = read_query(request, CommissionQuery).period
    return json_answer(
        await service.long_reading(lambda connection: commissions(service, connection, promoter, period))
    )


@router.get("/promoters/{promoter}/growth", openapi_extra=describe(Growth, problems=_REFUSED, token=True))
async def read_growth(request: Request, promoter: str) -> Response:
    """A promoter's level, figures so far, what is missing for the next level, and every review there was."""
    service = service_of(request)
    require_promoter(request, service, promoter)
    return json_answer(await service.long_reading(lambda connection: growth(service, connection, promoter)))


@router.post(
    "/level-reviews",
    openapi_extra=describe(ReviewsAnswer, body=ReviewRequest, problems=(401, 403, 409, 413, 415, 422), token=True),
)
async def review(request: Request) -> Response:
    """Review the levels of all promoters for a closed period. Again: the same, and nothing changes."""
    service = service_of(request)
    require_operator(request, service.settings)
    asked = await read_body(request, ReviewRequest)
    done = await service.writing(lambda: review_levels(service, asked.period, service.now()))
    return json_answer(reviews_answer(done))
