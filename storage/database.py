"""Connections and transactions, the same for SQLite and PostgreSQL.

A read takes `read(engine)`, a write `write(engine)`.  On SQLite a write begins with BEGIN IMMEDIATE: a deferred
transaction that reads first and then writes fails with "database is locked" as soon as another writer was faster.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import SQLModel

Synchronous = Literal["normal", "full"]
BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 20
"""Connections that one process keeps open at most; requests beyond them wait for one."""


def open_database(url: str, synchronous: Synchronous = "normal") -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql+psycopg://…`.

    `synchronous` applies to SQLite: `normal` survives a crash of the process, `full` also a power cut without losing
    the last transactions, at half the speed.  The folder of a SQLite file is made if it is missing.
    Raises ValueError for other databases.
    """
    target = make_url(url)
    backend = target.get_backend_name()
    if backend == "postgresql":
        return create_engine(target, pool_pre_ping=True, pool_size=POOL_SIZE, max_overflow=0)
    if backend != "sqlite":
        raise ValueError(f"Fenrun stores in SQLite or PostgreSQL, not in {backend}")
    if not target.database or target.database == ":memory:":
        raise ValueError("name a file: a SQLite database in memory cannot be shared between connections")
    Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(target, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, pool_size=POOL_SIZE)
    _prepare_sqlite(engine, synchronous)
    return engine


def _prepare_sqlite(engine: Engine, synchronous: Synchronous) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the begin event below says how a transaction begins
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous.upper()}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("fenrun_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One write transaction: committed when the block ends, rolled back when it raises."""
    with engine.execution_options(fenrun_write=True).begin() as connection:
        yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One read transaction; nothing it does is kept."""
    with engine.connect() as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One long read transaction that sees a single moment, whoever writes meanwhile."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a table model: what statements are written against."""
    table = model.metadata.tables[str(model.__tablename__)]
    assert isinstance(table, Table)
    return table


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    if not rows:
        return
    fresh = insert_into(connection, table)
    keys = list(table.primary_key.columns)
    values = {column.name: fresh.excluded[column.name] for column in table.columns}
    connection.execute(fresh.on_conflict_do_update(index_elements=keys, set_=values), rows)


def insert_into(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of the connection's dialect, which knows ON CONFLICT in both."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
