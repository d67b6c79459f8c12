"""The addresses of the pages. They show what the service answers; all figures come from there."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.ordering import buyer_order
from api.pages.book_routes import book_routes
from api.pages.render import Pages
from api.pages.story import demo_story, order_story
from api.problems import Problem, ProblemRaised, problem
from api.service import service_of
from storage.catalog import Filter, goods_page
from storage.directory import CategoryEntry, PromoterEntry, RegionEntry, entries

_GOODS = 1000


def page_routes(pages: Pages) -> APIRouter:
    """The pages, drawn by `pages`."""
    router = APIRouter(include_in_schema=False)

    def refused(request: Request, found: Problem) -> Response:
        return pages.answer(request, "problem.html", found.status, problem=found)

    @router.get("/")
    async def landing(request: Request) -> Response:
        """What Fenrun is, in the demo on one order."""
        service = service_of(request)
        story = None
        if service.settings.demo:
            story = await service.reading(lambda connection: demo_story(service, connection))
        return pages.answer(request, "landing.html", story=story)

    @router.get("/shop")
    async def shop(request: Request) -> Response:
        """The demo shop; goods and prices are fetched by its script."""
        places, kinds, people = await service_of(request).reading(_shop_lists)
        return pages.answer(request, "shop.html", places=places, kinds=kinds, people=people)

    @router.get("/campaigns/new")
    async def campaign_form(request: Request) -> Response:
        """The merchant's form; its questions are fetched by its script."""
        service = service_of(request)
        chosen = request.query_params.get("template", "night-market")
        if chosen not in service.templates:
            unknown = problem("not_found", f"没有模板 {chosen}", f"There is no template {chosen}")
            return refused(request, unknown.problem)
        return pages.answer(
            request,
            "campaign.html",
            templates=tuple(service.templates.values()),
            chosen=chosen,
            token=(service.settings.merchant_token or "") if service.settings.demo else "",
        )

    @router.get("/orders/{order_id:path}")
    async def order(request: Request, order_id: str) -> Response:
        """An order explained to its buyer; in the demo also who earns what."""
        service = service_of(request)
        try:
            found = await service.reading(lambda connection: buyer_order(service, connection, order_id))
        except ProblemRaised as raised:
            return refused(request, raised.problem)
        story = None
        if service.settings.demo:
            story = await service.reading(lambda connection: order_story(service, connection, order_id))
        return pages.answer(request, "order.html", order=found, story=story)

    router.include_router(book_routes(pages))
    return router


def _shop_lists(
    connection: Connection,
) -> tuple[tuple[RegionEntry, ...], tuple[CategoryEntry, ...], tuple[PromoterEntry, ...]]:
    """Districts to deliver to, the categories in the order of the goods, and promoters."""
    places = tuple(one for one in entries(connection, RegionEntry) if one.level == "district")
    titled = {one.path: one for one in entries(connection, CategoryEntry)}
    roots = dict.fromkeys(
        (good.category or "").partition("/")[0] for good in goods_page(connection, Filter(), None, _GOODS)
    )
    people = tuple(one for one in entries(connection, PromoterEntry) if one.status == "active")
    return places, tuple(titled[root] for root in roots if root in titled), people
