"""The service on the demo shop, at half past ten on a Friday night in October, on every database.

Loading the shop takes a second, so that it is loaded once per database; what a test adds is taken away after it.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, func, select

from api.app import create_app
from api.service import Service
from api.settings import Settings
from storage.database import read, table_of, write
from storage.demo import load_demo
from storage.journal_tables import EntryRow, EventRow, PostingRow
from storage.tables import Counter, Idempotency, OrderRecord, RuleSetVersion
from tests.storage.databases import BACKENDS, database_url, fresh_database

__all__ = ["database_url"]

RULES = Path(__file__).parents[2] / "rules"
FRIDAY_NIGHT = datetime.fromisoformat("2026-10-02T22:30:00+08:00")
OPERATOR = {"Authorization": "Bearer operator-token"}
MERCHANT = {"Authorization": "Bearer merchant-token"}


def open_shop(database_url: str, *, demo: bool = False) -> Iterator[TestClient]:
    """A client of a service on the demo shop. A fault of the service is answered, not raised: tests see the 500."""
    settings = Settings(
        database_url=database_url, operator_token="operator-token", merchant_token="merchant-token", demo=demo
    )
    app = create_app(settings, lambda: FRIDAY_NIGHT)
    load_demo(app.state.service.database, RULES, FRIDAY_NIGHT)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session", params=BACKENDS)
def loaded_shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The demo shop on one database, for `shop` to lend out."""
    with fresh_database(request.param, tmp_path_factory.mktemp("shop")) as url:
        yield from open_shop(url)


@pytest.fixture
def shop(loaded_shop: TestClient) -> Iterator[TestClient]:
    """The demo shop as it was loaded: no orders, no campaigns."""
    database = service_behind(loaded_shop).database
    versions = table_of(RuleSetVersion)
    with read(database) as connection:
        newest = connection.execute(select(func.max(versions.c.id))).scalar_one()
    yield loaded_shop
    loaded_shop.cookies.clear()
    with write(database) as connection:
        for table in (PostingRow, EntryRow, EventRow, OrderRecord, Counter, Idempotency):
            connection.execute(delete(table_of(table)))
        connection.execute(delete(versions).where(versions.c.id > newest))


@pytest.fixture
def service(shop: TestClient) -> Service:
    return service_behind(shop)


@pytest.fixture(scope="module")
def steady_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A shop in demo mode on SQLite that a whole module shares, for properties that ask it many things."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("steady")) as url:
        yield from open_shop(url, demo=True)


def service_behind(client: TestClient) -> Service:
    """The service that a client talks to."""
    found = client.app.state.service  # type: ignore[attr-defined]  # Starlette types its app as a callable
    assert isinstance(found, Service)
    return found


def basket(*lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A basket of (sku, quantity) lines, by a known buyer, delivered for 5 yuan."""
    body: dict[str, Any] = {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "buyer_id": "b1",
        "delivery": {"kind": "delivery", "region": "430102", "fee_fen": 500},
    }
    return body | more


def order(order_id: str, *lines: tuple[str, int], **more: Any) -> dict[str, Any]:
    """A paid order of (sku, quantity) lines."""
    return basket(*lines, **more) | {"order_id": order_id}
