"""The databases that storage and service tests run on: SQLite always, PostgreSQL when a server is named.

`FENRUN_TEST_POSTGRES_URL=postgresql+psycopg://USER@HOST/DATABASE` turns the second half on.  A fresh database is a
file of its own, or a schema of its own that is dropped again.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from storage.database import open_database
from storage.migrate import migrate

POSTGRES_URL = os.environ.get("FENRUN_TEST_POSTGRES_URL", "")
BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@contextmanager
def fresh_database(backend: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, gone when the block ends."""
    if backend == "sqlite":
        yield f"sqlite:///{folder}/fenrun.db"
        return
    if not POSTGRES_URL:
        pytest.skip("NOT RUN ON POSTGRESQL: set FENRUN_TEST_POSTGRES_URL to a database where schemas may be made")
    schema = f"fenrun_test_{uuid4().hex}"
    admin = create_engine(POSTGRES_URL)
    with admin.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    try:
        url = make_url(POSTGRES_URL).update_query_dict({"options": f"-csearch_path={schema}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with admin.begin() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
        admin.dispose()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A migrated database."""
    opened = open_database(database_url)
    migrate(opened)
    yield opened
    opened.dispose()
