"""The service, put together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api import openapi, problems
from api.pages.render import Pages
from api.pages.routes import page_routes
from api.routers import (
    adjustments,
    bindings,
    campaigns,
    catalog,
    events,
    health,
    orders,
    promoters,
    quotes,
    settlements,
)
from api.service import Clock, Service, wall_clock
from api.settings import Settings
from storage.migrate import migrate

VERSION = "0.1.0"
PREPARE_SECONDS = 10.0
"""How often it is looked whether rules that will stand soon, or that another process published, are compiled."""

_LOG: Final = logging.getLogger(__name__)


def create_app(settings: Settings, clock: Clock = wall_clock) -> FastAPI:
    """The service on its database, migrated to the current schema. `clock` says what time it is, with an offset."""
    service = Service(settings, clock)
    migrate(service.database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(service.prepare)
        preparing = asyncio.create_task(_keep_prepared(service))
        yield
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        service.database.dispose()

    app = FastAPI(
        title="Fenrun 分润",
        version=VERSION,
        description="Catalogue, quotes, orders and campaigns. Amounts are integer fen; problems follow RFC 9457.",
        lifespan=lifespan,
    )
    app.state.service = service
    problems.install(app)
    openapi.install(app)
    for routes in (catalog, quotes, orders, events, settlements, adjustments, bindings, promoters, campaigns, health):
        app.include_router(routes.router)
    app.include_router(page_routes(Pages(settings.templates_dir / "pages")))
    app.mount("/static", StaticFiles(directory=settings.templates_dir / "static"), name="static")
    return app


async def _keep_prepared(service: Service) -> None:
    """Compile ahead of the quotes for as long as the service runs. It only saves them time: they do not rely on it."""
    while True:
        await asyncio.sleep(PREPARE_SECONDS)
        try:
            await run_in_threadpool(service.prepare)
        except SQLAlchemyError:
            _LOG.exception("the rules that stand soon could not be prepared")
