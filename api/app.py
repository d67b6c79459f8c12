"""The service, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import openapi, problems
from api.pages.render import Pages
from api.pages.routes import page_routes
from api.routers import campaigns, catalog, health, orders, quotes
from api.service import Clock, Service, wall_clock
from api.settings import Settings
from storage.migrate import migrate

VERSION = "0.1.0"


def create_app(settings: Settings, clock: Clock = wall_clock) -> FastAPI:
    """The service on its database, migrated to the current schema. `clock` says what time it is, with an offset."""
    service = Service(settings, clock)
    migrate(service.database)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
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
    for routes in (catalog, quotes, orders, campaigns, health):
        app.include_router(routes.router)
    app.include_router(page_routes(Pages(settings.templates_dir / "pages")))
    app.mount("/static", StaticFiles(directory=settings.templates_dir / "static"), name="static")
    return app
