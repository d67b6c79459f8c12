"""Transactions behave the same on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.database import open_database, read, table_of, write
from storage.journal_tables import PostingRow
from storage.tables import Counter, Idempotency

_COUNTER = table_of(Counter)


def test_a_write_that_raises_leaves_nothing(engine: Engine) -> None:
    row = {"key": "k", "body_hash": "h", "response": b"", "answered_at": datetime(2026, 10, 1, tzinfo=UTC)}

    def write_and_fail() -> None:
        with write(engine) as connection:
            connection.execute(insert(table_of(Idempotency)), row)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with read(engine) as connection:
        assert connection.execute(select(table_of(Idempotency))).all() == []


def test_foreign_keys_are_kept(engine: Engine) -> None:
    row = {
        "number": 1,
        "seq": 0,
        "kind": "sale",
        "source": "a",
        "destination": "b",
        "amount_fen": 1,
        "line": 0,
        "role": "",
        "payee": "",
    }
    with pytest.raises(IntegrityError), write(engine) as connection:
        connection.execute(insert(table_of(PostingRow)), row)


def test_instants_come_back_as_the_same_moment_with_an_offset(engine: Engine) -> None:
    moment = datetime.fromisoformat("2026-10-02T22:30:00.123456+08:00")
    row = {"key": "k", "body_hash": "h", "response": b"\x00\xff", "answered_at": moment}
    with write(engine) as connection:
        connection.execute(insert(table_of(Idempotency)), row)
    with read(engine) as connection:
        found = connection.execute(select(table_of(Idempotency))).one()
    assert found.answered_at == moment
    assert found.answered_at.utcoffset() is not None
    assert found.response == b"\x00\xff"


def test_an_instant_without_offset_is_refused(engine: Engine) -> None:
    naive = datetime.fromisoformat("2026-10-02T22:30:00")
    row = {"key": "k", "body_hash": "h", "response": b"", "answered_at": naive}
    with pytest.raises(Exception, match="needs an offset"), write(engine) as connection:
        connection.execute(insert(table_of(Idempotency)), row)


def test_fen_beyond_21_million_yuan_fit(engine: Engine) -> None:
    row = {"rule_set": "a", "rule": "b", "counter": "c", "subject": "", "period": "", "used": 10**15}
    with write(engine) as connection:
        connection.execute(insert(_COUNTER), row)
    with read(engine) as connection:
        assert connection.execute(select(_COUNTER.c.used)).scalar_one() == 10**15


def test_writers_that_read_first_do_not_lose_each_other(tmp_path: Path) -> None:
    """On SQLite a deferred transaction would fail here with "database is locked"."""
    engine = open_database(f"sqlite:///{tmp_path}/busy.db")
    with write(engine) as connection:
        _COUNTER.create(connection)
        row = {"rule_set": "a", "rule": "b", "counter": "c", "subject": "", "period": "", "used": 0}
        connection.execute(insert(_COUNTER), row)

    def add_one(_: int) -> None:
        with write(engine) as connection:
            used = connection.execute(select(_COUNTER.c.used)).scalar_one()
            connection.execute(update(_COUNTER).values(used=used + 1))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(add_one, range(60)))
    with read(engine) as connection:
        assert connection.execute(select(_COUNTER.c.used)).scalar_one() == 60
    engine.dispose()


def test_sqlite_runs_in_wal_mode_with_the_chosen_durability(tmp_path: Path) -> None:
    for name, level in (("normal", 1), ("full", 2)):
        engine = open_database(f"sqlite:///{tmp_path}/{name}/shop.db", synchronous=name)
        with read(engine) as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == level
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1
        engine.dispose()


@pytest.mark.parametrize(("url", "message"), [("mysql://h/d", "not in mysql"), ("sqlite://", "name a file")])
def test_other_databases_are_refused_in_words(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        open_database(url)
