"""What every request needs: the settings, the database, the rule book, the clock."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from fastapi import Request
from sqlalchemy import Connection, Engine
from starlette.concurrency import run_in_threadpool

from api.settings import Settings
from engine.calendar import SHANGHAI
from storage.database import open_database, read
from storage.rule_files import own_schemas
from storage.rule_sets import RuleBook
from storage.templates import read_templates

T = TypeVar("T")
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, as clocks in Changsha show it."""
    return datetime.now(SHANGHAI)


class Service:
    """The parts of one running service. Built once by `create_app`; requests find it by `service_of`."""

    def __init__(self, settings: Settings, clock: Clock = wall_clock) -> None:
        self.settings = settings
        self.now = clock
        self.database: Engine = open_database(settings.database_url, settings.sqlite_synchronous)
        self.book = RuleBook(own_schemas())
        self.templates = read_templates(settings.templates_dir / "campaigns", own_schemas())
        self._local = self.database.dialect.name == "sqlite"

    def prepare(self) -> None:
        """Compile what stands now and next, so that no quote has to wait for it."""
        self._read(lambda connection: self.book.prepare(connection, self.now()))

    async def reading(self, work: Callable[[Connection], T]) -> T:
        """Run a short read. SQLite answers in less time than a hop to a thread takes; a server may make us wait."""
        return self._read(work) if self._local else await run_in_threadpool(self._read, work)

    async def long_reading(self, work: Callable[[Connection], T]) -> T:
        """Run a read that thinks for a while, off the event loop."""
        return await run_in_threadpool(self._read, work)

    async def writing(self, work: Callable[[], T]) -> T:
        """Run work that opens its own write transactions, off the event loop: it may wait for other writers."""
        return await run_in_threadpool(work)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with read(self.database) as connection:
            return work(connection)


def service_of(request: Request) -> Service:
    """The service that a request belongs to."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service
