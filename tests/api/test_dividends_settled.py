"""Pools shared out when their periods end: from a log of events, and in the service on every database."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from storage.database import open_database, read, snapshot, write
from storage.demo import load_demo
from storage.journal import account_balances
from storage.journal_audit import audit_journal
from storage.rule_files import own_schemas
from storage.rule_sets import publish
from tests.api.conftest import FRIDAY_NIGHT, RULES
from tests.api.test_settle_command import HEAD, SETTLEMENT, news, run
from tests.api.test_settle_command import write as write_lines
from tests.api.test_settlements import Clock, Shop

DIVIDEND = (
    HEAD.format(kind="dividend", name="team")
    + """\
fund: {rate: 5%, of: paid_goods, rounding: half_up, when: always}
period: month
holders: always
weight: own_sales
remainder: carry_over
leaving: keep
"""
)
PEOPLE = """\
holders:
  - {id: ann}
  - {id: bob, own_sales: 1.00}
  - {id: cy, status: inactive, own_sales: 1000.00}
"""


def order(number: int, month: int, day: int, yuan: int, promoter: str = "ann") -> dict[str, Any]:
    return {
        "type": "order",
        "order_id": f"o-{number}",
        "placed_at": f"2026-{month}-{day:02d}T12:00:00+08:00",
        "promoter": {"id": promoter},
        "lines": [{"line_id": "1", "sku": "a", "unit_price_fen": yuan * 100, "quantity": 1}],
    }


def later(month: int, event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "at": event["at"].replace("2026-10", f"2026-{month}")}


STORY = [
    order(1, 10, 2, 100),
    news("received", 1, 3),
    order(2, 10, 4, 50, "bob"),
    news("received", 2, 5),
    order(3, 10, 28, 30, "bob"),
    news("received", 3, 29),
    later(11, news("refund", 1, 10, lines=[{"line_id": "1", "amount_fen": 8_000}])),
    order(4, 12, 1, 200),
    later(12, news("received", 4, 2)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "s.yaml").write_text(SETTLEMENT, "utf-8")
    (tmp_path / "rules" / "team.yaml").write_text(DIVIDEND, "utf-8")
    (tmp_path / "people.yaml").write_text(PEOPLE, "utf-8")
    write_lines(tmp_path / "log.jsonl", STORY)
    return tmp_path


def settled(folder: Path, *words: object, log: str = "log.jsonl") -> Any:
    ran = run("settle", folder / log, "--rules", folder / "rules", "--until", "2027-01-16", "--json", *words)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)["periods"]


def dividends(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "all.jsonl").read_text("utf-8").splitlines()
    return [one for one in map(json.loads, lines) if one["type"] == "dividend"]


def test_a_pool_is_shared_out_at_the_end_of_its_period(folder: Path) -> None:
    """October brings 7.50 (the third order is released in November), for own sales of 100 and 80 yuan.

    November brings 1.50 less 4.00 of the refund: a debt, so nothing is paid.  December makes up for it.
    """
    periods = settled(folder, "--events", folder / "all.jsonl")
    october, november, december = dividends(folder)
    assert (october["id"], october["pool_fen"]) == ("pool:team:2026-10", 750)
    assert {one["holder"]: (one["weight"], one["amount_fen"]) for one in october["shares"]} == {
        "ann": (10_000, 416),
        "bob": (8_000, 333),
    }
    assert (november["pool_fen"], sum(one["amount_fen"] for one in november["shares"])) == (0, 0)
    # 750 + 150 - 400 + 1000 were ever given, 749 paid; of the 1500 the fractions 0.67 and 0.33 were ann's and bob's
    assert december["pool_fen"] == 751
    assert {one["holder"]: one["amount_fen"] for one in december["shares"]} == {"ann": 750, "bob": 0}
    assert "ann" not in periods["2026-10-B"]
    assert periods["2026-11-A"]["ann"]["dividends_fen"] == 416
    assert periods["2026-11-A"]["ann"]["settled_fen"] == 416
    assert periods["2027-01-A"]["ann"]["dividends_fen"] == 750


def test_what_was_shared_out_is_not_shared_out_again(folder: Path) -> None:
    told = settled(folder, "--events", folder / "all.jsonl")
    assert settled(folder, log="all.jsonl") == told


def test_the_books_with_dividends_are_what_their_events_say(folder: Path) -> None:
    settled(folder, "--journal", folder / "journal.jsonl")
    words = folder / "log.jsonl", "--rules", folder / "rules", "--until", "2027-01-16", "--journal"
    ran = run("audit", *words, folder / "journal.jsonl")
    assert ran.exit_code == 0, ran.output
    text = (folder / "journal.jsonl").read_text("utf-8")
    (folder / "journal.jsonl").write_text(text.replace('"amount_fen":416', '"amount_fen":417'), "utf-8")
    ran = run("audit", *words, folder / "journal.jsonl", "--json")
    assert ran.exit_code == 1
    assert json.loads(ran.stdout)["difference"]["name"] == "dividend:pool:team:2026-10"


def test_holders_may_come_from_a_file(folder: Path) -> None:
    """What the file says of a holder's sales counts; of ann it says nothing, so the books do."""
    settled(folder, "--events", folder / "all.jsonl", "--holders", folder / "people.yaml")
    assert [(one["holder"], one["weight"]) for one in dividends(folder)[0]["shares"]] == [("ann", 10_000), ("bob", 100)]
    ran = run("settle", folder / "log.jsonl", "--rules", folder / "rules", "--holders", folder / "nobody.yaml")
    assert ran.exit_code == 2
    (folder / "people.yaml").write_text(PEOPLE.replace("bob", "ann"), "utf-8")
    ran = run("settle", folder / "log.jsonl", "--rules", folder / "rules", "--holders", folder / "people.yaml")
    assert (ran.exit_code, "P701" in ran.output) == (2, True)


def test_a_dividend_that_no_rule_set_made_ends_the_sharing_of_its_pool(folder: Path) -> None:
    settled(folder, "--events", folder / "all.jsonl")
    october = dividends(folder)[0]
    october["shares"][0]["amount_fen"] = 415
    write_lines(folder / "log.jsonl", [*STORY[:6], {**october, "id": "by hand"}, *STORY[6:]])
    (folder / "rules" / "team.yaml").write_text(
        DIVIDEND.replace("period: month", "period: {days: 90, from: 2026-10-01}"), "utf-8"
    )
    ran = run("settle", folder / "log.jsonl", "--rules", folder / "rules", "--until", "2027-01-16", "--json")
    assert ran.exit_code == 1, ran.output
    assert [one["code"] for one in json.loads(ran.stdout)["turned_away"]] == ["rule_set_unknown"]


@pytest.fixture
def team(database_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The demo shop with a dividend that all promoters share by their own sales."""
    clock = Clock()
    app = create_app(Settings(database_url=database_url, operator_token="operator-token"), clock)
    database = app.state.service.database
    load_demo(database, RULES, FRIDAY_NIGHT)
    with write(database) as connection:
        publish(
            connection,
            DIVIDEND.replace("reason: 测试", "reason: 测试\nbackfill: true"),
            "t",
            own_schemas(),
            FRIDAY_NIGHT,
        )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Shop(client, clock)
        with snapshot(database) as connection:
            assert audit_journal(connection).difference is None


def held(shop: Shop, account: str) -> int:
    engine = open_database(shop.client.app.state.service.settings.database_url)  # type: ignore[attr-defined]
    with read(engine) as connection:
        found = account_balances(connection).get(account, 0)
    engine.dispose()
    return found


def test_the_service_shares_pools_out_when_it_closes_periods(team: Shop) -> None:
    team.sell("o-1")
    team.sell("o-2", promoter_id="p002")
    team.clock.now += timedelta(days=1)
    for name in ("o-1", "o-2"):
        team.tell("received", name)
    team.clock.now = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
    pool = sum(
        one["amount_fen"]
        for name in ("o-1", "o-2")
        for one in team.get(f"/v1/orders/{name}?view=operator")["accruals"]
        if one["payee"] == "pool:team"
    )
    assert pool > 1
    team.close()
    assert team.close() == {"settlements": [], "released": 0}
    told = [team.get(f"/v1/statements/2026-11-A/{who}") for who in ("p001", "p002")]
    assert sum(one["figures"]["dividends_fen"] for one in told) == pool - held(team, "payee:pool:team:released")
    assert 0 <= held(team, "payee:pool:team:released") <= 1
    assert "pool:team 2026-10 分红" in told[0]["lines"][0]["why"]
    team.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 3}])
    team.clock.now = datetime.fromisoformat("2027-01-01T00:00:00+08:00")
    team.close()
    assert held(team, "payee:pool:team:released") < 0  # the pool owes; nobody is asked to give anything back
    assert team.get("/v1/statements/2026-12-A/p001")["figures"]["dividends_fen"] == 0
