"""A running demo shop and a headless Chromium to visit it with."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread
from time import sleep

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from api.app import create_app
from api.service import Service
from api.settings import Settings
from storage.demo import load_demo
from tests.api.conftest import FRIDAY_NIGHT, RULES

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def serving(
    database_url: str, now: datetime, prepare: Callable[[Service], object] = lambda service: None
) -> Iterator[str]:
    """Serve the demo shop of a moment; `prepare` may give it a past. The address it is served at."""
    app = create_app(Settings(database_url=database_url, merchant_token="merchant-token", demo=True), lambda: now)
    load_demo(app.state.service.database, RULES, now)
    prepare(app.state.service)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo shop is served."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('shop')}/fenrun.db", FRIDAY_NIGHT) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip("NO BROWSER TESTS: chromium is not on the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM,
            args=["--headless", "--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Page]:
    """A visitor with a phone; a fault in a script fails the test."""
    context = chromium.new_context(viewport=PHONE, base_url=address, locale="zh-CN")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []
