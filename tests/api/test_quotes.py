"""Quotes: right to the fen, in words for buyers, and nothing recorded."""

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from api.service import Service
from storage.database import read, table_of
from storage.tables import OrderRecord
from tests.api.conftest import basket

NIGHT = basket(("stinky-tofu", 2), ("spicy-crayfish", 1), promoter_id="p004")


def test_a_night_market_basket_is_priced_to_the_fen(shop: TestClient) -> None:
    """24.00 + 88.00: second tofu half price 6.00, 满100减12 on 106.00, newcomer 8.00, delivery free from 68."""
    priced = shop.post("/v1/quotes", json=NIGHT).json()
    totals = {"list_fen": 11200, "discount_fen": 2600, "goods_fen": 8600, "shipping_fen": 0, "paid_fen": 8600}
    assert priced["totals"] == totals
    assert [line["paid_fen"] for line in priced["lines"]] == [1600, 7000]
    labels = {one["label"] for line in priced["lines"] for one in line["discounts"]}
    assert labels == {"第二件半价", "满减", "新客减8"}
    assert all(len(label) <= 12 for label in labels)


def test_every_line_and_total_adds_up(shop: TestClient) -> None:
    priced = shop.post("/v1/quotes", json=NIGHT).json()
    for line in priced["lines"]:
        assert line["list_fen"] == line["unit_price_fen"] * line["quantity"]
        assert line["paid_fen"] == line["list_fen"] - sum(one["amount_fen"] for one in line["discounts"])
    assert priced["totals"]["goods_fen"] == sum(line["paid_fen"] for line in priced["lines"])
    assert priced["totals"]["paid_fen"] == priced["totals"]["goods_fen"] + priced["shipping"]["paid_fen"]


def test_buyers_see_no_cost_and_no_commission(shop: TestClient) -> None:
    text = shop.post("/v1/quotes", json=NIGHT).text
    for secret in ("cost", "floor", "accru", "commission", "payee", "left_fen", "ceiling", "funded", "p004"):
        assert secret not in text


def test_what_almost_applied_is_hinted_with_its_distance(shop: TestClient) -> None:
    priced = shop.post("/v1/quotes", json=basket(("spicy-crayfish", 1), buyer_id="b1", delivery={"kind": "pickup"}))
    small = shop.post("/v1/quotes", json=basket(("stinky-tofu", 1))).json()
    short = [hint for hint in small["lost"] if hint["short_fen"]]
    assert priced.status_code == 200
    assert short
    assert all(hint["message"] and hint["message_en"] for hint in short)


def test_the_moment_decides(shop: TestClient) -> None:
    by_night = shop.post("/v1/quotes", json=basket(("stinky-tofu", 2))).json()
    at_noon = shop.post("/v1/quotes", json=basket(("stinky-tofu", 2), at="2026-10-03T12:00:00+08:00")).json()
    label = "第二件半价"
    assert label in str(by_night["lines"])
    assert label not in str(at_noon["lines"])
    assert at_noon["placed_at"] == "2026-10-03T12:00:00+08:00"


def test_unknown_coupons_are_told_and_never_refused(shop: TestClient) -> None:
    priced = shop.post("/v1/quotes", json=basket(("stinky-tofu", 1), coupons=["NO-SUCH-CODE"]))
    assert priced.status_code == 200
    assert priced.json()["unknown_coupons"] == ["NO-SUCH-CODE"]


def test_an_anonymous_basket_is_priced_too(shop: TestClient) -> None:
    priced = shop.post("/v1/quotes", json={"lines": [{"sku": "stinky-tofu", "quantity": 2}]})
    assert priced.status_code == 200
    assert priced.json()["totals"]["list_fen"] == 2400


def test_every_unknown_id_is_named_at_its_place(shop: TestClient) -> None:
    wrong = basket(("stinky-tofu", 1), ("no-such", 1), store_id="s?", promoter_id="p?", leader_id="l?")
    answer = shop.post("/v1/quotes", json=wrong)
    assert answer.status_code == 422
    found = {one["pointer"]: one["code"] for one in answer.json()["errors"]}
    assert found == {
        "/lines/1/sku": "unknown_goods",
        "/store_id": "unknown_store",
        "/promoter_id": "unknown_promoter",
        "/leader_id": "unknown_leader",
    }


def test_nothing_is_recorded(shop: TestClient, service: Service) -> None:
    shop.post("/v1/quotes", json=NIGHT)
    with read(service.database) as connection:
        assert connection.execute(select(func.count()).select_from(table_of(OrderRecord))).scalar_one() == 0
