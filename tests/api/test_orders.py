"""Orders: recorded once whatever happens, never more than a limit allows, explained to whoever may know."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.service import Service
from engine.journal.expected import expected_balances
from engine.journal.flows import sale_postings
from engine.journal.order_book import OrderBook
from engine.ledger import balances, imbalance
from storage.database import read, table_of, write
from storage.journal_tables import PostingRow
from storage.orders import find_order, movements
from storage.rule_files import own_schemas
from storage.rule_sets import publish
from storage.tables import Counter, Idempotency, OrderRecord
from tests.api.conftest import FRIDAY_NIGHT, OPERATOR, RULES, basket, order, service_behind

ORDER = order("o-1", ("stinky-tofu", 2), ("spicy-crayfish", 1), promoter_id="p004")

LAST_ONES = """\
kind: promotion
name: last-ones
version: 1
title: 限量
owner: ops
reason: 试
effective_from: 2026-10-01
backfill: true
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
  - id: three
    title: 前三单减五元
    stacking: combinable
    when: {line.sku: stinky-tofu}
    limits: [{uses: 3, per: total}]
    give: [{type: line_discount, amount_off: 1, per: line}]
"""


def rows(service: Service, table: type) -> int:
    with read(service.database) as connection:
        return connection.execute(select(func.count()).select_from(table_of(table))).scalar_one()


def test_an_order_costs_what_its_quote_said(shop: TestClient) -> None:
    quoted = shop.post("/v1/quotes", json=basket(("stinky-tofu", 2), ("spicy-crayfish", 1), promoter_id="p004")).json()
    answer = shop.post("/v1/orders", json=ORDER)
    assert answer.status_code == 201
    assert answer.headers["location"] == "/v1/orders/o-1"
    assert answer.json() == quoted | {"order_id": "o-1"}


def test_repeating_an_order_gives_the_same_answer_and_records_nothing_new(shop: TestClient, service: Service) -> None:
    first, again = shop.post("/v1/orders", json=ORDER), shop.post("/v1/orders", json=ORDER)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert rows(service, OrderRecord) == 1


def test_key_order_and_spaces_of_the_body_do_not_matter(shop: TestClient) -> None:
    shop.post("/v1/orders", json=ORDER)
    turned = dict(reversed(ORDER.items()))
    assert shop.post("/v1/orders", json=turned).status_code == 200


def test_another_order_under_the_same_id_is_a_conflict(shop: TestClient) -> None:
    shop.post("/v1/orders", json=ORDER)
    answer = shop.post("/v1/orders", json=order("o-1", ("stinky-tofu", 1)))
    assert answer.status_code == 409
    assert answer.json()["code"] == "order_differs"


def test_an_idempotency_key_repeats_its_answer_and_refuses_another_body(shop: TestClient, service: Service) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = shop.post("/v1/orders", json=ORDER, headers=key)
    again = shop.post("/v1/orders", json=ORDER, headers=key)
    other = shop.post("/v1/orders", json=order("o-2", ("stinky-tofu", 1)), headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert first.content == again.content
    assert other.json()["code"] == "key_reused"
    assert rows(service, OrderRecord) == rows(service, Idempotency) == 1


def test_a_refused_order_leaves_its_key_free(shop: TestClient) -> None:
    key = {"Idempotency-Key": "k-1"}
    assert shop.post("/v1/orders", json=order("o-1", ("no-such", 1)), headers=key).status_code == 422
    assert shop.post("/v1/orders", json=ORDER, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"])
def test_a_key_that_cannot_be_is_refused(shop: TestClient, key: str) -> None:
    answer = shop.post("/v1/orders", json=ORDER, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


def test_a_second_order_is_no_first_one(shop: TestClient) -> None:
    first = shop.post("/v1/orders", json=order("o-1", ("spicy-crayfish", 1))).json()
    second = shop.post("/v1/orders", json=order("o-2", ("spicy-crayfish", 1))).json()
    assert "first-order" in str(first["lines"])
    assert "first-order" not in str(second["lines"])


def test_the_journal_holds_what_the_evaluation_says(shop: TestClient, service: Service) -> None:
    shop.post("/v1/orders", json=ORDER)
    with read(service.database) as connection:
        stored = find_order(connection, "o-1")
        posted = movements(connection, "o-1")
    assert stored is not None
    folded: dict[str, int] = {}
    for one in posted:
        folded[one.source] = folded.get(one.source, 0) - one.amount_fen
        folded[one.destination] = folded.get(one.destination, 0) + one.amount_fen
    kept = {account: fen for account, fen in folded.items() if fen}
    assert imbalance(kept, expected_balances(OrderBook(stored.evaluation))) == {}
    assert kept == balances(sale_postings(stored.evaluation))
    assert rows(service, PostingRow) == len(posted) > 3


def test_the_stored_evaluation_comes_back_whole(shop: TestClient, service: Service) -> None:
    """Reading it back and evaluating its event again under its rules gives the very same value."""
    from engine.evaluate import evaluate_order

    shop.post("/v1/orders", json=ORDER)
    with read(service.database) as connection:
        stored = find_order(connection, "o-1")
        assert stored is not None
        live = service.book.of_evaluation(connection, stored.evaluation.rule_sets)
    assert evaluate_order(stored.evaluation.event, live) == stored.evaluation


def test_concurrent_orders_never_take_more_than_there_is(shop: TestClient, service: Service) -> None:
    with write(service.database) as connection:
        publish(connection, LAST_ONES, "last-ones.yaml", own_schemas(), FRIDAY_NIGHT)

    def buy(number: int) -> dict[str, Any]:
        body = order(f"o-{number}", ("stinky-tofu", 1), buyer_id=f"b{number}")
        answer = shop.post("/v1/orders", json=body)
        assert answer.status_code == 201
        found: dict[str, Any] = answer.json()
        return found

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(buy, range(12)))
    lucky = [one for one in answers if "last-ones" in str(one["lines"])]
    assert len(lucky) == 3
    assert rows(service, OrderRecord) == 12
    with read(service.database) as connection:
        used = select(table_of(Counter).c.used).where(table_of(Counter).c.rule_set == "last-ones")
        assert connection.execute(used).scalar_one() == 3


def test_the_same_order_sent_at_once_is_recorded_once(shop: TestClient, service: Service) -> None:
    key = {"Idempotency-Key": "k-1"}
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: shop.post("/v1/orders", json=ORDER, headers=key), range(8)))
    assert sorted(one.status_code for one in answers) == [200] * 7 + [201]
    assert len({one.content for one in answers}) == 1
    assert rows(service, OrderRecord) == 1


def test_one_buyer_has_one_first_order_even_at_once(shop: TestClient) -> None:
    bodies = [order(f"o-{number}", ("spicy-crayfish", 1)) for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda body: shop.post("/v1/orders", json=body).json(), bodies))
    assert sum("first-order" in str(one["lines"]) for one in answers) == 1


@pytest.mark.parametrize(
    ("placed_at", "code"),
    [
        ("2026-10-02T23:30:00+08:00", "in_the_future"),
        ("0001-01-01T00:00:00+08:00", "out_of_range"),
        ("9999-12-31T23:59:59-08:00", "out_of_range"),
        ("2026-10-02T22:30:00", "no_offset"),
    ],
)
def test_a_time_that_cannot_be_is_refused(shop: TestClient, placed_at: str, code: str) -> None:
    answer = shop.post("/v1/orders", json=ORDER | {"placed_at": placed_at})
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/placed_at", code)]


def test_a_recorded_order_is_explained_to_its_buyer_without_secrets(shop: TestClient) -> None:
    shop.post("/v1/orders", json=ORDER)
    answer = shop.get("/v1/orders/o-1")
    told = answer.json()
    assert told["totals"]["paid_fen"] == 8600
    assert any("86.00" in sentence for sentence in told["explanation"]["zh"])
    assert len(told["explanation"]["zh"]) == len(told["explanation"]["en"]) > 3
    for secret in ("cost", "floor_price", "accru", "payee", "佣金", "earns", "left_fen", "p004"):
        assert secret not in answer.text


def test_the_operator_sees_who_earns_what_but_no_costs(shop: TestClient) -> None:
    shop.post("/v1/orders", json=ORDER)
    answer = shop.get("/v1/orders/o-1", params={"view": "operator"}, headers=OPERATOR)
    told = answer.json()
    assert {one["payee"] for one in told["accruals"]} == {"p004", "a-city", "a-furong"}
    assert sum(one["amount_fen"] for one in told["accruals"]) > 0
    assert sum(one["amount_fen"] for one in told["postings"] if one["kind"] == "sale") == told["totals"]["goods_fen"]
    assert told["not_applied"]
    assert any("p004" in sentence for sentence in told["explanation"]["zh"])
    assert "unit_cost" not in answer.text
    assert "floor_price" not in answer.text


def test_a_change_to_a_later_moment_is_judged_by_the_rules_of_that_moment(shop: TestClient) -> None:
    bought = order("citrus", ("sugar-orange-5", 1), promoter_id="p004")
    assert shop.post("/v1/orders", json=bought).status_code == 201

    def change() -> str | None:
        answer = shop.get("/v1/orders/citrus", params={"view": "operator"}, headers=OPERATOR)
        (found,) = [one for one in answer.json()["not_applied"] if one["rule"] == "citrus-season"]
        said: str | None = found["change_en"]
        return said

    said = change()
    assert said is not None
    assert said.startswith("order from 00:00 on 20 Oct")
    text = (RULES / "commission/changsha/v1.yaml").read_text(encoding="utf-8")
    ended = text.replace("version: 1", "version: 2", 1).replace("from: 2026-10-01", "from: 2026-10-10", 1)
    ended = ended.replace("{from: 2026-10-20, until: 2026-12-11}", "{from: 2025-10-20, until: 2025-12-11}")
    with write(service_behind(shop).database) as connection:
        publish(connection, ended, "commission/changsha/v2.yaml", own_schemas(), FRIDAY_NIGHT)
    assert change() is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic operator-token"},
        {"Authorization": "Bearer \xff"},
    ],
)
def test_the_operators_view_needs_the_token(shop: TestClient, headers: dict[str, str]) -> None:
    shop.post("/v1/orders", json=ORDER)
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    answer = shop.get("/v1/orders/o-1", params={"view": "operator"}, headers=list(raw.items()))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "accruals" not in answer.text


def test_rules_published_later_do_not_change_a_recorded_order(shop: TestClient, service: Service) -> None:
    before = shop.post("/v1/orders", json=ORDER).json()
    with write(service.database) as connection:
        publish(connection, LAST_ONES, "last-ones.yaml", own_schemas(), FRIDAY_NIGHT)
    assert shop.post("/v1/orders", json=ORDER).json() == before
    assert shop.get("/v1/orders/o-1").json()["lines"] == before["lines"]


@pytest.mark.parametrize("order_id", ["nowhere", "a%00b", "%E5%95%8A", "a/b", "%F0%9F%8D%A2"])
def test_an_order_that_is_not_there_is_not_found(shop: TestClient, order_id: str) -> None:
    answer = shop.get(f"/v1/orders/{order_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_an_order_id_with_a_slash_can_be_read_back(shop: TestClient) -> None:
    recorded = shop.post("/v1/orders", json=ORDER | {"order_id": "2026/10/02 订单#1?"})
    assert recorded.status_code == 201
    assert shop.get(recorded.headers["location"]).json()["order_id"] == "2026/10/02 订单#1?"
