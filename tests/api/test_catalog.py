"""The price list: complete in pages, right at any moment, and silent about costs."""

import msgspec
from fastapi.testclient import TestClient

from api.service import Service
from storage.catalog import Filter, goods_page, replace_goods
from storage.database import read, write
from tests.api.conftest import basket

NOON = "2026-10-06T12:00:00+08:00"


def test_pages_follow_each_other_and_leave_nothing_out(shop: TestClient) -> None:
    whole = shop.get("/v1/catalog", params={"limit": 100}).json()
    assert whole["next"] is None
    paged, after = [], None
    while True:
        page = shop.get("/v1/catalog", params={"limit": 9, **({"after": after} if after else {})}).json()
        paged += page["goods"]
        after = page["next"]
        if after is None:
            break
    assert paged == whole["goods"]
    assert len({good["sku"] for good in paged}) == len(paged) > 50


def test_no_cost_floor_or_commission_is_told(shop: TestClient) -> None:
    text = shop.get("/v1/catalog", params={"limit": 100}).text
    for secret in ("cost", "floor", "commission", "vat"):
        assert secret not in text


def test_the_tag_price_is_what_one_unit_costs_before_other_promotions(shop: TestClient) -> None:
    goods = shop.get("/v1/catalog", params={"limit": 100, "at": NOON}).json()["goods"]
    tagged = [good for good in goods if good["price_fen"] < good["list_price_fen"]]
    assert tagged, "the demo rules put price tags on some goods"
    assert all(good["label"] for good in tagged)
    for good in tagged[:5]:
        priced = shop.post("/v1/quotes", json=basket((good["sku"], 1), at=NOON)).json()
        (line,) = priced["lines"]
        off = sum(one["amount_fen"] for one in line["discounts"] if one["lane"] == "catalogue")
        assert line["list_fen"] - off == good["price_fen"]


def test_goods_can_be_narrowed_to_a_category_and_a_merchant(shop: TestClient) -> None:
    snacks = shop.get("/v1/catalog", params={"category": "snack", "limit": 100}).json()["goods"]
    assert snacks
    assert all(good["category"].split("/")[0] == "snack" for good in snacks)
    one_merchant = shop.get("/v1/catalog", params={"merchant": snacks[0]["merchant"], "limit": 100}).json()["goods"]
    assert {good["merchant"] for good in one_merchant} == {snacks[0]["merchant"]}


def test_parameters_that_cannot_be_are_named(shop: TestClient) -> None:
    answer = shop.get("/v1/catalog", params={"limit": "0", "at": "yesterday", "colour": "red"})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["?at", "?colour", "?limit"]
    repeated = shop.get("/v1/catalog?limit=1&limit=2")
    assert [one["code"] for one in repeated.json()["errors"]] == ["repeated"]
    unknown = shop.get("/v1/catalog", params={"store_id": "nowhere"})
    assert [one["pointer"] for one in unknown.json()["errors"]] == ["?store_id"]


def test_a_price_above_21_million_yuan_is_no_problem(shop: TestClient, service: Service) -> None:
    with read(service.database) as connection:
        (first,) = goods_page(connection, Filter(), None, 1)
    gold = msgspec.structs.replace(first, sku="gold", unit_price_fen=10**12)
    with write(service.database) as connection:
        goods = goods_page(connection, Filter(), None, 1000)
        replace_goods(connection, [gold, *goods])
    listed = shop.get("/v1/catalog", params={"limit": 1}).json()["goods"]
    refused = shop.post("/v1/quotes", json=basket(("gold", 100_000)))
    with write(service.database) as connection:
        replace_goods(connection, goods)
    assert [(good["sku"], good["list_price_fen"]) for good in listed] == [("gold", 10**12)]
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "too_much"
