"""Corrections by hand: two persons, one entry that every later recalculation keeps. On every database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from storage.database import read, snapshot
from storage.demo import load_demo
from storage.journal import account_balances
from storage.journal_audit import audit_journal
from tests.api.conftest import FRIDAY_NIGHT, RULES
from tests.api.test_settlements import Clock, Shop

GOODWILL = {
    "id": "a-1",
    "source": "platform:adjustments",
    "destination": "payee:p001:released",
    "amount_fen": 500,
    "reason": "赔偿延误的结算",
}


class Desk(Shop):
    """A shop with named operators."""

    def ask(self, path: str, who: str | None, body: Any = None, status: int = 200) -> Any:
        headers = {} if who is None else {"Authorization": f"Bearer {who}-token"}
        answer = self.client.post(f"/v1/adjustments{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def propose(self, who: str | None = "lin", status: int = 201, **more: Any) -> Any:
        return self.ask("", who, {**GOODWILL, **more}, status)

    def approve(self, who: str | None = "zhou", name: str = "a-1", status: int = 200) -> Any:
        return self.ask(f"/{name}/approve", who, status=status)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    clock = Clock()
    operators = {"lin": "lin-token", "zhou": "zhou-token"}
    app = create_app(Settings(database_url=database_url, operator_token="operator-token", operators=operators), clock)
    database = app.state.service.database
    load_demo(database, RULES, FRIDAY_NIGHT)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Desk(client, clock)
        with snapshot(database) as connection:
            assert audit_journal(connection).difference is None


def balances(desk: Desk) -> dict[str, int]:
    with read(desk.client.app.state.service.database) as connection:  # type: ignore[attr-defined]
        return account_balances(connection)


def test_a_proposal_moves_nothing_and_its_approval_moves_it_once(desk: Desk) -> None:
    proposed = desk.propose()
    assert (proposed["proposed_by"], proposed["approved_by"], proposed["approved_at"]) == ("lin", None, None)
    assert desk.propose(status=200) == proposed
    assert balances(desk) == {}
    desk.clock.now += timedelta(hours=1)
    approved = desk.approve()
    assert (approved["approved_by"], approved["proposed_by"]) == ("zhou", "lin")
    assert datetime.fromisoformat(approved["approved_at"]) == desk.clock.now
    assert desk.approve() == desk.approve("operator") == desk.approve("lin")
    assert desk.approve()["approved_by"] == "zhou"
    assert balances(desk) == {"platform:adjustments": -500, "payee:p001:released": 500}
    listed = desk.get("/v1/adjustments")["adjustments"]
    assert [(one["id"], one["approved_by"]) for one in listed] == [("a-1", "zhou")]


def test_it_survives_the_recalculation_of_everything_around_it(desk: Desk) -> None:
    """An order, its refund after the settlement, and a late event: the correction stays what it was."""
    desk.sell("o-1")
    desk.tell("received", "o-1")
    desk.propose()
    desk.approve()
    desk.clock.now = datetime.fromisoformat("2026-10-16T00:00:00+08:00")
    desk.close()
    mine = desk.get("/v1/statements/2026-10-A/p001")
    assert mine["figures"]["adjustments_fen"] == 500
    assert any("赔偿延误的结算" in line["why"] and "zhou" in line["why"] for line in mine["lines"])
    desk.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 3}])
    assert balances(desk)["platform:adjustments"] == -500
    assert desk.get("/v1/statements/2026-10-A/p001") == mine


def test_nobody_approves_what_they_proposed(desk: Desk) -> None:
    desk.propose()
    refused = desk.approve("lin", status=409)
    assert refused["code"] == "one_person"
    assert "FENRUN_OPERATORS" in refused["detail"]
    desk.propose("operator", id="a-2")
    assert desk.approve("operator", "a-2", 409)["code"] == "one_person"
    assert balances(desk) == {}
    assert desk.approve("lin", "a-2")["approved_by"] == "lin"


def test_an_approval_after_the_closing_counts_in_the_open_period(desk: Desk) -> None:
    desk.sell("o-1")
    desk.propose()
    desk.clock.now = datetime.fromisoformat("2026-10-20T00:00:00+08:00")
    desk.close()
    desk.approve()
    assert desk.get("/v1/statements/2026-10-A/p001")["figures"]["adjustments_fen"] == 0
    assert desk.get("/v1/statements/2026-10-B/p001")["figures"]["adjustments_fen"] == 500


@pytest.mark.parametrize(
    "more",
    [{"amount_fen": 501}, {"reason": "另一个理由"}, {"destination": "payee:p002:released"}],
)
def test_an_id_stands_for_one_proposal(desk: Desk, more: dict[str, Any]) -> None:
    desk.propose()
    assert desk.propose(status=409, **more)["code"] == "adjustment_differs"
    assert desk.propose("zhou", status=409)["code"] == "adjustment_differs"


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"destination": "platform:adjustments"}, "/destination"),
        ({"source": "my:pocket"}, "/source"),
        ({"amount_fen": 0}, "/amount_fen"),
        ({"amount_fen": -5}, "/amount_fen"),
        ({"amount_fen": 1.5}, "/amount_fen"),
        ({"reason": ""}, "/reason"),
        ({"reason": "a\x00b"}, "/reason"),
        ({"destination": "payee:\x00:released"}, "/destination"),
        ({"id": "a\x00"}, "/id"),
        ({"proposed_by": "zhou"}, ""),
    ],
)
def test_a_proposal_that_cannot_be_is_answered_with_its_place(desk: Desk, more: dict[str, Any], pointer: str) -> None:
    found = desk.propose(status=422, **more)["errors"][0]
    assert found["pointer"].startswith(pointer)
    assert found["detail"]
    assert desk.get("/v1/adjustments") == {"adjustments": []}


def test_only_persons_with_a_token_may_propose_approve_and_see(desk: Desk) -> None:
    for who in (None, "nobody"):
        assert desk.propose(who, 401)["code"] == "unauthorized"
        assert desk.approve(who, status=401)["code"] == "unauthorized"
    assert desk.client.get("/v1/adjustments").status_code == 401
    assert desk.approve("zhou", "a-404", 404)["code"] == "not_found"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/settlements",
        "/v1/adjustments",
        "/v1/orders/o-1?view=operator",
        "/v1/promoters/p001/commissions",
        "/settlements",
    ],
)
def test_every_door_of_operators_opens_to_named_ones(desk: Desk, path: str) -> None:
    desk.sell("o-1")
    for who, status in (("lin", 200), ("operator", 200), ("nobody", 401)):
        answer = desk.client.get(path, headers={"Authorization": f"Bearer {who}-token"})
        assert answer.status_code == status, f"{who} {answer.text}"
