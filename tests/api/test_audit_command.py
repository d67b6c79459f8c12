"""`fenrun audit`: whatever is damaged in a journal or a database is found and named. And the books in the database."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.engine import make_url

from api.app import create_app
from api.settings import Settings
from storage.database import open_database, write
from storage.demo import load_demo
from tests.api.conftest import FRIDAY_NIGHT, RULES
from tests.api.test_settle_command import COMMISSION, SETTLEMENT, STORY, news, run
from tests.api.test_settle_command import write as write_lines
from tests.api.test_settlements import Clock, Shop
from tests.storage.databases import BACKENDS, fresh_database

NOVEMBER = datetime.fromisoformat("2026-11-01T00:00:00+08:00")


def audited(*words: object, code: int = 0) -> Any:
    ran = run("audit", *words, "--json")
    assert ran.exit_code == code, ran.output
    return json.loads(ran.stdout)


# --- from files -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "s.yaml").write_text(SETTLEMENT, "utf-8")
    (tmp_path / "rules" / "pay.yaml").write_text(COMMISSION, "utf-8")
    write_lines(tmp_path / "log.jsonl", STORY)
    ran = run("settle", *of(tmp_path), "--journal", tmp_path / "journal.jsonl")
    assert ran.exit_code == 0, ran.output
    return tmp_path


def of(folder: Path) -> tuple[object, ...]:
    return folder / "log.jsonl", "--rules", folder / "rules", "--until", "2026-11-01"


def test_a_journal_that_was_kept_is_what_its_log_says(folder: Path) -> None:
    told = audited(*of(folder), "--journal", folder / "journal.jsonl")
    assert (told["ok"], told["difference"]) == (True, None)
    assert (told["events"], told["entries"], told["orders"], told["waiting"]) == (12, 12, 3, 0)
    tip = json.loads((folder / "journal.jsonl").read_text("utf-8").splitlines()[-1])
    assert told["root"] == tip["hash"]
    assert audited(*of(folder), "--anchor", f"{tip['number']}:{tip['hash']}")["ok"]
    shown = run("audit", *of(folder))
    assert f"12:{tip['hash']}" in shown.stdout


def test_without_anything_kept_no_audit_says_that_it_is_as_it_was_kept(folder: Path) -> None:
    shown = run("audit", *of(folder))
    assert shown.exit_code == 0
    assert "账实相符" not in shown.output
    assert "nothing kept was given to compare" in shown.output
    assert audited(*of(folder))["compared"] is False
    kept = run("audit", *of(folder), "--journal", folder / "journal.jsonl")
    assert "账实相符" in kept.output
    assert "nothing kept" not in kept.output


def test_events_that_could_not_be_true_are_counted_as_refused(folder: Path) -> None:
    log = folder / "log.jsonl"
    write_lines(log, [*STORY, news("refund", 2, 29, lines=[{"line_id": "1", "amount_fen": 999_999}])])
    told = audited(*of(folder), "--journal", folder / "journal.jsonl", code=1)
    assert (told["ok"], told["refused"], told["difference"]) == (False, 1, None)
    assert [one["code"] for one in told["turned_away"]] == ["more_than_paid"]


def test_a_journal_kept_up_to_another_day_gets_a_hint(folder: Path) -> None:
    words = (folder / "log.jsonl", "--rules", folder / "rules", "--journal", folder / "journal.jsonl")
    assert "no --until" in audited(*words, code=1)["hint_en"]
    shown = run("audit", *words, "--until", "2026-10-30")
    assert shown.exit_code == 1
    assert "这次 --until 2026-10-30" in shown.stderr
    assert "hint" not in audited(*words, "--until", "2026-11-01")


JOURNAL_DAMAGE: list[tuple[str, Any, int, str]] = [
    ("amount", lambda rows: rows[0]["postings"][0].update(amount_fen=1), 1, "/postings/0/amount_fen"),
    ("account", lambda rows: rows[0]["postings"][1].update(destination="payee:bob:pending"), 1, ""),
    ("posting removed", lambda rows: rows[0]["postings"].pop(), 1, "/postings/"),
    ("instant", lambda rows: rows[2].update(booked_at="2026-10-05T12:00:00+08:00"), 3, "/booked_at"),
    ("kind", lambda rows: rows[1].update(kind="shipped"), 2, "/kind"),
    ("hash", lambda rows: rows[3].update(hash="0" * 64), 4, "/hash"),
    ("previous hash", lambda rows: rows[3].update(previous_hash="0" * 64), 4, "/previous_hash"),
    ("entry removed", lambda rows: rows.pop(4), 5, ""),
    ("entry doubled", lambda rows: rows.insert(4, rows[3]), 5, "/key"),
    ("entries swapped", lambda rows: rows.insert(2, rows.pop(3)), 3, "/key"),
    ("tail cut off", lambda rows: rows.pop(), 12, ""),
    ("entry added", lambda rows: rows.append(rows[-1]), 13, ""),
    ("a field that no entry has", lambda rows: rows[5].update(note="paid in cash"), 6, ""),
    ("an amount that is no number", lambda rows: rows[0]["postings"][0].update(amount_fen="many"), 1, ""),
]


@pytest.mark.parametrize(
    ("damage", "number", "field"), [one[1:] for one in JOURNAL_DAMAGE], ids=[o[0] for o in JOURNAL_DAMAGE]
)
def test_a_damaged_journal_is_found_and_named(folder: Path, damage: Any, number: int, field: str) -> None:
    rows = [json.loads(line) for line in (folder / "journal.jsonl").read_text("utf-8").splitlines()]
    damage(rows)
    lines = (json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)
    (folder / "damaged.jsonl").write_text("".join(lines), "utf-8")
    told = audited(*of(folder), "--journal", folder / "damaged.jsonl", code=1)
    assert told["difference"]["where"] == "entry"
    assert told["difference"]["number"] == number
    assert told["difference"]["field"].startswith(field)
    assert told["difference"]["expected"] != told["difference"]["found"]


def test_a_journal_that_is_cut_within_a_line_is_found(folder: Path) -> None:
    whole = (folder / "journal.jsonl").read_bytes()
    (folder / "damaged.jsonl").write_bytes(whole[:-40])
    told = audited(*of(folder), "--journal", folder / "damaged.jsonl", code=1)
    assert (told["difference"]["where"], told["difference"]["number"]) == ("entry", 12)


def test_a_log_and_journal_that_were_both_rewritten_miss_the_anchor(folder: Path) -> None:
    tip = json.loads((folder / "journal.jsonl").read_text("utf-8").splitlines()[4])
    anchor = f"{tip['number']}:{tip['hash']}"
    changed = [{**one, "promoter": {"id": "bob"}} if one["type"] == "order" else one for one in STORY]
    write_lines(folder / "log.jsonl", changed)
    assert run("settle", *of(folder), "--journal", folder / "journal.jsonl").exit_code == 0
    assert audited(*of(folder), "--journal", folder / "journal.jsonl")["ok"]
    told = audited(*of(folder), "--journal", folder / "journal.jsonl", "--anchor", anchor, code=1)
    assert (told["difference"]["where"], told["difference"]["number"]) == ("chain", 5)
    shown = run("audit", *of(folder), "--anchor", anchor)
    assert "first difference: chain 5 /hash" in shown.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--anchor", "5"], "NUMBER:HASH"),
        (["--anchor", "5:" + "x" * 64], "NUMBER:HASH"),
        (["--journal", "nowhere.jsonl"], "no such file"),
    ],
)
def test_what_cannot_be_audited_is_answered(folder: Path, words: list[str], told: str) -> None:
    ran = run("audit", *of(folder), *words)
    assert ran.exit_code == 2
    assert told in ran.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--database", "sqlite:////nowhere/fenrun.db"], "no such database"),
        (["--database", "mysql://h/d"], "SQLite or PostgreSQL"),
        (["--database", "what"], "Could not parse"),
        (["--journal", "x"], "--journal needs a log"),
    ],
)
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, words: list[str], told: str) -> None:
    ran = run("audit", *words)
    assert ran.exit_code == 2
    assert told in " ".join(ran.output.replace("│", " ").split())
    (tmp_path / "empty.db").touch()
    ran = run("audit", "--database", f"sqlite:///{tmp_path}/empty.db")
    assert ran.exit_code == 2
    assert "not a database of this version" in " ".join(ran.output.replace("│", " ").split())


# --- in a database --------------------------------------------------------------------------------------------------


def sold_and_settled(url: str) -> None:
    """Four orders: settled, refunded after the settlement, half paid, and news that waits for its order."""
    clock = Clock()
    app = create_app(Settings(database_url=url, operator_token="operator-token"), clock)
    load_demo(app.state.service.database, RULES, FRIDAY_NIGHT)
    with TestClient(app) as client:
        shop = Shop(client, clock)
        for name in ("o-1", "o-2"):
            shop.sell(name)
        clock.now += timedelta(days=1)
        for name in ("o-1", "o-2", "o-9"):
            shop.tell("received", name, 202 if name == "o-9" else 201)
        clock.now = NOVEMBER - timedelta(days=10)
        shop.close()
        shop.sell("o-3", payment="by_events")
        shop.tell("paid", "o-3", amount_fen=200)
        shop.tell("received", "o-3")
        shop.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 1}])


@pytest.fixture(scope="module", params=BACKENDS)
def books(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with a short history."""
    with fresh_database(request.param, tmp_path_factory.mktemp("books")) as url:
        sold_and_settled(url)
        yield url


LAST = "(SELECT max(number) FROM entry)"
DATABASE_DAMAGE: list[tuple[str, tuple[str, str]]] = [
    (
        "UPDATE posting SET amount_fen = amount_fen + 1 WHERE number = 2 AND seq = 0",
        ("entry", "/postings/0/amount_fen"),
    ),
    ("UPDATE posting SET destination = 'payee:me:released' WHERE number = 1 AND seq = 1", ("entry", "/destination")),
    ("DELETE FROM posting WHERE number = 2 AND seq = 0", ("entry", "/postings/0/")),
    ("UPDATE entry SET booked_at = (SELECT max(booked_at) FROM entry) WHERE number = 2", ("entry", "/booked_at")),
    ("UPDATE entry SET hash = previous_hash WHERE number = 3", ("entry", "/hash")),
    ("UPDATE entry SET order_id = 'o-2' WHERE number = 1", ("entry", "/order_id")),
    (f"DELETE FROM posting WHERE number = {LAST}; DELETE FROM entry WHERE number = {LAST}", ("entry", "")),
    ("UPDATE event SET body = (SELECT body FROM event WHERE number = 1) WHERE number = 2", ("log", "/key")),
    ("UPDATE event SET body = substr(body, 1, 40) WHERE number = 2", ("log", "/body")),
    ("DELETE FROM event WHERE number = 3", ("log", "/number")),
    ("UPDATE event SET content_hash = 'x' WHERE number = 2", ("log", "/content_hash")),
    ("UPDATE event SET order_id = 'o-7' WHERE key = 'received:received-o-9'", ("log", "/order_id")),
    ("UPDATE rule_ref SET body = '{}'", ("entry", "/rule")),
    ("UPDATE order_record SET goods_fen = goods_fen + 1 WHERE order_id = 'o-2'", ("record", "/goods_fen")),
    ("UPDATE order_record SET promoter_id = 'p002' WHERE order_id = 'o-1'", ("record", "/promoter_id")),
    ("UPDATE order_record SET release_at = NULL WHERE order_id = 'o-3'", ("record", "/release_at")),
    ("DELETE FROM order_record WHERE order_id = 'o-3'", ("record", "")),
]


def test_books_in_a_database_are_what_its_events_say(books: str) -> None:
    told = audited("--database", books)
    assert told["ok"]
    assert (told["orders"], told["waiting"]) == (3, 1)
    assert told["events"] == told["entries"] + 1
    assert audited("--database", books, "--anchor", f"{told['entries']}:{told['root']}")["ok"]
    assert audited("--database", books, "--anchor", f"1:{told['root']}", code=1)["difference"]["where"] == "chain"


@pytest.mark.parametrize(("damage", "place"), DATABASE_DAMAGE)
def test_a_damaged_database_is_found_and_named(books: str, damage: str, place: tuple[str, str], tmp_path: Path) -> None:
    with damaged(books, damage, tmp_path) as url:
        difference = audited("--database", url, code=1)["difference"]
    where, field = place
    assert difference["where"] == where
    assert field in difference["field"]
    assert difference["expected"] != difference["found"]
    assert audited("--database", books)["ok"]


@contextmanager
def damaged(url: str, damage: str, folder: Path) -> Iterator[str]:
    """The URL of a copy of a database, damaged by statements: a file, or a schema of its own."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(folder / "copy.db")) as copy:
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as whole:
                whole.backup(copy)
            for statement in damage.split("; "):
                assert copy.execute(statement).rowcount > 0
            copy.commit()
        yield f"sqlite:///{folder / 'copy.db'}"
        return
    with fresh_database("postgresql", folder) as copied:
        schemas = [str(make_url(one).query["options"]).removeprefix("-csearch_path=") for one in (copied, url)]
        engine = open_database(copied)
        with write(engine) as connection:
            for name in ("alembic_version", "event", "entry", "posting", "rule_ref", "order_record"):
                connection.execute(text(f"CREATE TABLE {name} AS TABLE {schemas[1]}.{name}"))
            for statement in damage.split("; "):
                assert connection.execute(text(statement)).rowcount > 0
        engine.dispose()
        yield (
            make_url(url)
            .update_query_dict({"options": f"-csearch_path={','.join(schemas)}"})
            .render_as_string(hide_password=False)
        )


def test_a_text_where_an_instant_belongs_is_found(tmp_path: Path) -> None:
    """SQLite keeps any text in any column."""
    with fresh_database("sqlite", tmp_path) as url:
        sold_and_settled(url)
        for table, where in (("event", "log"), ("entry", "entry"), ("order_record", "record")):
            column = "release_at" if table == "order_record" else "at"
            (tmp_path / table).mkdir()
            with damaged(url, f"UPDATE {table} SET {column} = 'soon'", tmp_path / table) as copy:
                assert audited("--database", copy, code=1)["difference"]["where"] == where


@pytest.mark.parametrize("place", [0, 40, 90])
def test_a_file_that_sqlite_cannot_read_is_answered(place: int, tmp_path: Path) -> None:
    with fresh_database("sqlite", tmp_path) as url:
        sold_and_settled(url)
        with damaged(url, "UPDATE event SET content_hash = 'x'", tmp_path) as copy:
            whole = bytearray((tmp_path / "copy.db").read_bytes())
            start = len(whole) * place // 100
            whole[start : start + 200_000] = b"\xff" * len(whole[start : start + 200_000])
            (tmp_path / "copy.db").write_bytes(whole)
            for command in ("audit", "settle"):
                ran = run(command, "--database", copy)
                assert ran.exit_code == 2, ran.output
                assert "the database cannot be used" in " ".join(ran.output.replace("│", " ").split())


def test_settling_and_statements_from_the_database(tmp_path: Path) -> None:
    """The same commands without a log close what is due, once; their figures are those of the service."""
    with fresh_database("sqlite", tmp_path) as url:
        sold_and_settled(url)
        told = run("settle", "--database", url, "--until", "2026-11-01", "--json")
        assert told.exit_code == 0, told.output
        periods = json.loads(told.stdout)["periods"]
        assert list(periods) == ["2026-10-B"]
        mine = periods["2026-10-B"]["p001"]
        assert mine["clawed_back_fen"] > 0
        again = run("settle", "--database", url, "--until", "2026-11-01", "--json")
        assert json.loads(again.stdout) == {"periods": {}, "turned_away": [], "waiting": [], "oddities": []}
        shown = run("statement", "--database", url, "--payee", "p001", "--period", "2026-10-B", "--json")
        assert shown.exit_code == 0, shown.output
        one = json.loads(shown.stdout)
        assert {name: one[name] for name in mine if name != "lines"} == {n: v for n, v in mine.items() if n != "lines"}
        assert len(one["lines"]) == mine["lines"]
        assert all(line["why"] and line["why_en"] for line in one["lines"])
        assert "p001" in run("statement", "--database", url, "--payee", "p001", "--period", "2026-10-B").stdout
        missing = run("statement", "--database", url, "--payee", "nobody", "--period", "2026-10-B")
        assert (missing.exit_code, "nothing of nobody" in missing.output) == (2, True)
        assert run("settle", "--database", url, "--until", "2099-01-01").exit_code == 2
        assert run("settle", "--database", url, "--events", tmp_path / "x").exit_code == 2
        assert audited("--database", url)["ok"]
