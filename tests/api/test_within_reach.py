"""A quote tells what little more would bring, and ordering that much more does bring it."""

from fastapi.testclient import TestClient

from tests.api.conftest import basket


def test_what_is_within_reach_is_had_by_buying_it(shop: TestClient) -> None:
    evening = {"at": "2026-10-06T20:00:00+08:00", "hints": True}
    quoted = shop.post("/v1/quotes", json=basket(("stinky-tofu", 1), **evening)).json()
    pair = next(one for one in quoted["within_reach"] if one["rule"] == "second-half-price")
    assert pair["message"].startswith("再买 1 件")
    assert pair["message_en"] == "buy 1 more to get “Second snack at half price”"
    more = shop.post("/v1/quotes", json=basket(("stinky-tofu", 2), **evening)).json()
    (line,) = more["lines"]
    assert [one["amount_fen"] for one in line["discounts"] if one["rule"] == "second-half-price"] == [pair["saves_fen"]]
    savings = [one["saves_fen"] for one in quoted["within_reach"]]
    assert savings == sorted(savings, reverse=True)
    assert len(savings) <= 3


def test_hints_are_only_computed_when_asked_for(shop: TestClient) -> None:
    quoted = shop.post("/v1/quotes", json=basket(("stinky-tofu", 1), at="2026-10-06T20:00:00+08:00")).json()
    assert quoted["within_reach"] == []
