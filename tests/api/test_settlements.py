"""Money after the sale, as the service keeps it: events, releases, closed periods, statements. On every database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.app import create_app
from api.settings import Settings
from engine.journal.audit import audit
from storage.database import read, table_of, write
from storage.demo import load_demo
from storage.journal import account_balances, entries, log
from storage.rule_files import own_schemas
from storage.rule_sets import publish
from storage.tables import Counter
from tests.api.conftest import FRIDAY_NIGHT, OPERATOR, RULES, order, service_behind

AT = "2026-10-02T22:30:00+08:00"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = FRIDAY_NIGHT

    def __call__(self) -> datetime:
        return self.now


class Shop:
    """The demo shop with a clock of its own."""

    def __init__(self, client: TestClient, clock: Clock) -> None:
        self.client, self.clock = client, clock

    def sell(self, order_id: str, **more: Any) -> dict[str, Any]:
        more = {"promoter_id": "p001", **more}
        answer = self.client.post("/v1/orders", json=order(order_id, ("stinky-tofu", 3), **more))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def tell(self, kind: str, order_id: str, status: int = 201, **more: Any) -> dict[str, Any]:
        name = {"refund_id": f"{kind}-{order_id}"} if kind == "refund" else {"id": f"{kind}-{order_id}"}
        body = {"type": kind, "order_id": order_id, "at": self.clock.now.isoformat(), **name, **more}
        answer = self.client.post("/v1/events", json=body, headers=OPERATOR)
        assert answer.status_code == status, answer.text
        return answer.json()

    def close(self, **body: Any) -> dict[str, Any]:
        answer = self.client.post("/v1/settlements", json=body, headers=OPERATOR)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.client.get(path, headers=OPERATOR)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def after(database_url: str) -> Iterator[Shop]:
    clock = Clock()
    settings = Settings(database_url=database_url, operator_token="operator-token")
    app = create_app(settings, clock)
    load_demo(app.state.service.database, RULES, FRIDAY_NIGHT)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Shop(client, clock)
        with read(app.state.service.database) as connection:
            found = audit(list(log(connection)), entries(connection), stored_balances=account_balances(connection))
            assert found.difference is None


def earned(sold: Shop, order_id: str) -> int:
    told = sold.get(f"/v1/orders/{order_id}?view=operator")
    return sum(one["amount_fen"] for one in told["accruals"] if one["payee"] == "p001")


def test_an_order_earns_is_released_and_settled(after: Shop) -> None:
    after.sell("o-1")
    fen = earned(after, "o-1")
    assert fen > 0
    after.clock.now += timedelta(days=2)
    after.tell("shipped", "o-1")
    told = after.tell("received", "o-1")["order"]
    assert told["status"] == "received"
    assert datetime.fromisoformat(told["release_at"]) == after.clock.now + timedelta(days=7)
    assert after.close() == {"settlements": [], "released": 0}
    after.clock.now = datetime.fromisoformat("2026-10-16T00:00:00+08:00")
    closed = after.close()
    assert closed["released"] == 1
    (settlement,) = closed["settlements"]
    assert settlement["period"]["period"] == "2026-10-A"
    mine = next(one for one in settlement["statements"] if one["payee"] == "p001")
    assert (mine["accrued_fen"], mine["released_fen"], mine["settled_fen"]) == (fen, fen, fen)
    assert after.close() == {"settlements": [], "released": 0}
    assert after.get("/v1/settlements") == {"settlements": [settlement["period"]]}
    assert after.get("/v1/settlements/2026-10-A") == settlement
    told = after.get("/v1/statements/2026-10-A/p001")
    assert told["closed"] is True
    assert told["figures"] == mine
    assert sum(one["amount_fen"] for one in told["lines"] if one["part"] == "accrued") == fen
    assert all(one["order_id"] == "o-1" and one["rule"] and "o-1" in one["why"] for one in told["lines"][:-1])
    assert told["lines"][-1]["part"] == "settled"


def test_a_refund_after_the_settlement_is_never_blocked_and_carried_forward(after: Shop) -> None:
    after.sell("o-1")
    fen = earned(after, "o-1")
    after.clock.now += timedelta(days=1)
    after.tell("received", "o-1")
    after.clock.now = datetime.fromisoformat("2026-10-20T09:00:00+08:00")
    assert len(after.close()["settlements"]) == 1
    refunded = after.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 3}])
    assert refunded["order"]["status"] == "refunded"
    told = after.get("/v1/statements/2026-10-B/p001")["figures"]
    assert (told["clawed_back_fen"], told["closing_fen"], told["settled_fen"]) == (fen, -fen, 0)
    after.clock.now = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
    after.close()
    told = after.get("/v1/statements/2026-11-A/p001")
    assert (told["closed"], told["figures"]["opening_fen"]) == (False, -fen)


def test_events_may_be_told_twice_late_and_before_their_order(after: Shop) -> None:
    assert after.tell("received", "o-1", 202)["outcome"] == "waiting"
    after.sell("o-1")
    assert after.tell("received", "o-1", 200)["outcome"] == "known"
    told = after.get("/v1/statements/2026-10-A/p001")["figures"]
    assert told["accrued_fen"] == earned(after, "o-1")
    after.clock.now = datetime.fromisoformat("2026-10-16T00:00:00+08:00")
    assert after.close()["released"] == 1


def test_an_event_that_waited_and_cannot_be_true_is_refused_when_it_is_told_again(after: Shop) -> None:
    too_many = [{"line_id": "1", "quantity": 9}]
    assert after.tell("refund", "o-1", 202, lines=too_many)["outcome"] == "waiting"
    after.sell("o-1")
    answer = after.tell("refund", "o-1", 422, lines=too_many)
    assert (answer["errors"][0]["code"], answer["errors"][0]["pointer"]) == ("more_than_sold", "/lines/0/quantity")


def test_a_receipt_dated_before_its_order_counts_from_the_order(after: Shop) -> None:
    after.sell("o-1")
    told = after.tell("received", "o-1", at="2006-10-02T22:30:00+08:00")["order"]
    assert datetime.fromisoformat(told["release_at"]) == FRIDAY_NIGHT + timedelta(days=7)
    after.clock.now = datetime.fromisoformat("2026-10-16T00:00:00+08:00")
    assert [one["period"]["period"] for one in after.close()["settlements"]] == ["2026-10-A"]


def test_the_same_id_with_another_content_is_refused(after: Shop) -> None:
    after.sell("o-1")
    after.tell("received", "o-1")
    at = (FRIDAY_NIGHT - timedelta(minutes=1)).isoformat()
    assert after.tell("received", "o-1", 409, at=at)["code"] == "event_differs"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"type": "released", "id": "x", "order_id": "o-1", "at": AT}, "/type", "unknown_type"),
        ({"type": "received", "id": "x\0", "order_id": "o-1", "at": AT}, "/id", "control_character"),
        ({"type": "received", "id": "x", "order_id": "o\0", "at": AT}, "/order_id", "control_character"),
        ({"type": "received", "id": "x", "order_id": "o-1", "at": "2000-01-01T00:00:00+14:00"}, "/at", "out_of_range"),
        ({"type": "received", "id": "x", "order_id": "o-1"}, "", None),
        ({"type": "received", "id": "x", "order_id": "o-1", "at": "2026-10-02T22:30:00"}, "/at", None),
        ({"type": "received", "id": "x", "order_id": "o-1", "at": "2026-11-02T22:30:00+08:00"}, "/at", "in_the_future"),
        (
            {
                "type": "refund",
                "refund_id": "x",
                "order_id": "o-1",
                "at": AT,
                "lines": [{"line_id": "1", "quantity": 9}],
            },
            "/lines/0/quantity",
            "more_than_sold",
        ),
        ({"type": "paid", "id": "x", "order_id": "o-1", "at": AT, "amount_fen": 1}, "/amount_fen", None),
    ],
)
def test_what_cannot_be_is_answered_with_its_place(
    after: Shop, body: dict[str, Any], pointer: str, code: str | None
) -> None:
    after.sell("o-1")
    answer = after.client.post("/v1/events", json=body, headers=OPERATOR)
    assert answer.status_code == 422, answer.text
    found = answer.json()["errors"][0]
    assert found["pointer"].startswith(pointer)
    assert code in (None, found["code"])
    assert found["detail"]
    assert found["detail_en"]


def test_a_cancelled_order_gives_its_uses_back(after: Shop) -> None:
    """The coupon of the demo may be used once by a buyer: after a cancellation, once more."""
    first = after.sell("o-1")
    again = after.sell("o-2")
    assert after.tell("cancelled", "o-1")["order"]["status"] == "cancelled"
    assert after.tell("cancelled", "o-1", 200)["outcome"] == "known"
    assert first["totals"]["paid_fen"] > 0
    assert again["totals"]["paid_fen"] > 0
    told = after.get("/v1/statements/2026-10-A/p001")["figures"]
    assert told["pending_closing_fen"] == earned(after, "o-2")


def test_a_cancellation_that_waited_for_its_order_gives_its_uses_back(after: Shop) -> None:
    after.tell("cancelled", "o-1", 202)
    after.sell("o-1")
    with read(service_behind(after.client).database) as connection:
        used = connection.execute(select(table_of(Counter).c.used)).scalars().all()
    assert len(used) > 0
    assert set(used) == {0}


def test_orders_and_cancellations_at_once_do_not_wait_for_each_other_in_a_circle(after: Shop) -> None:
    """Both use the campaign's budget and the journal; whoever took them in another order would end in a deadlock."""
    for number in range(12):
        after.sell(f"o-{number}", buyer_id=f"new-{number}")
    with ThreadPoolExecutor(6) as pool:
        told = [pool.submit(after.tell, "cancelled", f"o-{number}") for number in range(12)]
        told += [pool.submit(after.sell, f"later-{number}", buyer_id=f"later-{number}") for number in range(12)]
    done = [one.result() for one in told]
    assert [one["outcome"] for one in done[:12]] == ["posted"] * 12
    assert [one["order_id"] for one in done[12:]] == [f"later-{number}" for number in range(12)]


def test_an_order_may_be_paid_in_instalments(after: Shop) -> None:
    total = after.sell("o-1", payment="by_events")["totals"]["paid_fen"]
    after.tell("received", "o-1")
    first = after.tell("paid", "o-1", amount_fen=total // 5)
    assert first["order"]["status"] == "received"
    assert first["order"]["received_fen"] == total // 5
    after.clock.now = datetime.fromisoformat("2026-10-12T00:00:00+08:00")
    assert after.close()["released"] == 1
    told = after.get("/v1/statements/2026-10-A/p001")["figures"]
    fen = earned(after, "o-1")
    assert 0 < told["released_fen"] < fen
    after.tell("paid", "o-1", id="rest", amount_fen=total - total // 5)
    assert after.get("/v1/statements/2026-10-A/p001")["figures"]["released_fen"] == fen


def test_two_closings_at_once_close_once(after: Shop) -> None:
    after.sell("o-1")
    after.tell("received", "o-1")
    after.clock.now = datetime.fromisoformat("2026-11-16T00:00:00+08:00")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: after.close(), range(4)))
    labels = [one["period"]["period"] for answer in answers for one in answer["settlements"]]
    assert sorted(labels) == ["2026-10-A", "2026-10-B", "2026-11-A"]
    assert sum(answer["released"] for answer in answers) == 1


def test_weeks_after_half_months_settle_once_what_both_cover(after: Shop) -> None:
    """1 November is a Sunday: the first week begins before the last half month ended."""
    settings = service_behind(after.client)
    text = (RULES / "settlement/changsha/v1.yaml").read_text()
    for old, new in (
        ("version: 1", "version: 2"),
        ("half_month", "week"),
        ("2026-10-01\nbackfill: true", "2026-11-01"),
    ):
        text = text.replace(old, new)
    with write(settings.database) as connection:
        publish(connection, text, "v2.yaml", own_schemas(), after.clock.now)
    after.clock.now = datetime.fromisoformat("2026-10-20T09:00:00+08:00")
    after.sell("o-1")
    after.sell("o-2")
    after.tell("received", "o-1")
    after.clock.now = datetime.fromisoformat("2026-10-26T09:00:00+08:00")
    after.tell("received", "o-2")
    after.clock.now = datetime.fromisoformat("2026-11-09T00:00:00+08:00")
    closed = after.close()["settlements"]
    assert [one["period"]["period"] for one in closed] == ["2026-10-B", "2026-W44", "2026-W45"]
    mine = [next(it for it in one["statements"] if it["payee"] == "p001") for one in closed]
    first, second = earned(after, "o-1"), earned(after, "o-2")
    assert [one["settled_fen"] for one in mine] == [first, first, second]
    assert [one["carried_forward_fen"] for one in mine] == [0, 0, 0]


@pytest.mark.parametrize("until", ["2026-10-16T00:00:00+08:00", "0001-01-01T00:00:00+08:00"])
def test_periods_are_not_closed_ahead_of_time_or_before_there_are_any(after: Shop, until: str) -> None:
    answer = after.client.post("/v1/settlements", json={"until": until}, headers=OPERATOR)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/until")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/settlements/2026-10-A",
        "/v1/statements/2026-10-A/p001",
        "/v1/statements/2026-10-A/%00",
        "/v1/settlements/then",
    ],
)
def test_what_is_not_there_is_not_found(after: Shop, path: str) -> None:
    assert after.get(path, 404)["code"] == "not_found"


def test_no_adjustment_is_named_by_a_control_character(after: Shop) -> None:
    assert after.client.post("/v1/adjustments/%00/approve", headers=OPERATOR).json()["code"] == "not_found"


def test_what_happened_before_there_were_settlement_rules_is_closed_by_the_first(after: Shop) -> None:
    after.sell("o-1", placed_at="2026-08-20T09:00:00+08:00")
    after.clock.now = datetime.fromisoformat("2026-10-16T00:00:00+08:00")
    labels = [one["period"]["period"] for one in after.close()["settlements"]]
    assert labels == ["2026-08-B", "2026-09-A", "2026-09-B", "2026-10-A"]


def test_only_an_operator_may_see_and_close(after: Shop) -> None:
    for path in ("/v1/settlements", "/v1/settlements/2026-10-A", "/v1/statements/2026-10-A/p001"):
        assert after.client.get(path).status_code == 401
    assert after.client.post("/v1/settlements", json={}).status_code == 401
    assert after.client.post("/v1/events", json={}).status_code == 401
    assert service_behind(after.client).settings.operator_token
