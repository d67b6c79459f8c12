"""The addresses of the pages of the books: periods, everybody's figures of one, one payee's statement."""

from collections.abc import Callable
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.operators import require_operator
from api.pages.render import Pages
from api.pages.settlements import period_list, settlement_page
from api.pages.statement import statement_page
from api.problems import ProblemRaised
from api.service import service_of

T = TypeVar("T")


def book_routes(pages: Pages) -> APIRouter:
    """The pages of the books, drawn by `pages`: open in the demo, with the operator's token elsewhere."""
    router = APIRouter(include_in_schema=False)

    async def shown(request: Request, template: str, work: Callable[[Connection], object]) -> Response:
        service = service_of(request)
        try:
            if not service.settings.demo:
                require_operator(request, service.settings)
            page = await service.long_reading(work)
        except ProblemRaised as raised:
            answer = pages.answer(request, "problem.html", raised.problem.status, problem=raised.problem)
            answer.headers.update(raised.headers)
            return answer
        return pages.answer(request, template, page=page, unfolded=request.query_params.get("open") == "all")

    @router.get("/settlements")
    async def periods(request: Request) -> Response:
        """The periods, closed and open."""
        service = service_of(request)
        return await shown(request, "settlements.html", lambda connection: period_list(service, connection))

    @router.get("/settlements/{period}")
    async def period(request: Request, period: str) -> Response:
        """Everybody's figures of a period."""
        return await shown(request, "settlement.html", lambda connection: settlement_page(connection, period))

    @router.get("/statements/{period}/{payee:path}")
    async def statement(request: Request, period: str, payee: str) -> Response:
        """One payee's statement, every amount with its explanation; `?skip=` leads through very many orders."""
        skip = request.query_params.get("skip", "")
        first = int(skip) if skip.isascii() and skip.isdigit() and len(skip) < 10 else 0
        return await shown(
            request, "statement.html", lambda connection: statement_page(connection, period, payee, first)
        )

    return router
