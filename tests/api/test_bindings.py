"""Bindings over HTTP: evidence, policies, disputes, people bound to themselves, circles. On every database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from engine.people.binding import BindingPolicy
from storage.database import write
from storage.directory import PromoterEntry, put
from tests.api.conftest import OPERATOR, service_behind
from tests.api.people import PeopleShop, people_shop
from tests.api.test_people import sold

Open = Callable[[BindingPolicy], PeopleShop]


@pytest.fixture
def open_shop(database_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda policy: stack.enter_context(people_shop(database_url, policy))


def credited(shop: PeopleShop, order_id: str, buyer: str = "b1", promoter: str | None = None) -> str | None:
    shop.sell(order_id, buyer_id=buyer, promoter_id=promoter)
    found = sold(shop, order_id).promoter
    return None if found is None else found.id


def test_an_order_without_a_promoter_is_that_of_the_binding_that_stands(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    assert credited(shop, "o-0") is None
    told = shop.touch("b1", "p002", "t1")
    assert (told["promoter_id"], told["outcome"]) == ("p002", "recorded")
    shop.clock.now += timedelta(days=1)
    assert credited(shop, "o-1") == "p002"
    assert "p002" in shop.earners("o-1")
    shop.touch("b1", "p003", "t2")
    assert credited(shop, "o-2") == "p003"
    assert credited(shop, "o-3", promoter="p004") == "p004"
    assert credited(shop, "o-4", buyer="b2") is None
    shop.clock.now += timedelta(days=30) - timedelta(seconds=1)
    assert credited(shop, "o-5") == "p003"
    shop.clock.now += timedelta(seconds=1)
    assert credited(shop, "o-6") is None, "the window is half-open"


def test_the_first_who_came_holds_even_against_one_who_is_named(open_shop: Open) -> None:
    shop = open_shop("first_holds")
    shop.touch("b1", "p002", "t1")
    shop.clock.now += timedelta(days=29)
    assert shop.touch("b1", "p003", "t2")["promoter_id"] == "p002"
    assert credited(shop, "o-1") == "p002"
    assert credited(shop, "o-2", promoter="p004") == "p002"
    assert credited(shop, "o-3", buyer="b2", promoter="p004") == "p004"
    shop.clock.now += timedelta(days=1)
    assert credited(shop, "o-4") is None, "the touch that changed nothing lengthened nothing"


def test_an_unknown_promoter_is_named_even_where_a_binding_would_win(open_shop: Open) -> None:
    shop = open_shop("first_holds")
    shop.touch("b1", "p002", "t1")
    body = {"lines": [{"sku": "stinky-tofu", "quantity": 1}], "buyer_id": "b1", "promoter_id": "p999"}
    answer = shop.client.post("/v1/quotes", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "unknown_promoter"


def test_a_touch_told_again_is_known_and_one_with_another_content_refused(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    first = shop.touch("b1", "p002", "t1")
    again = shop.touch("b1", "p002", "t1", 200)
    assert (again["outcome"], again["until"]) == ("known", first["until"])
    assert shop.touch("b1", "p003", "t1", 409)["code"] == "touch_differs"
    assert shop.touch("b1", "p002", "t1", 409, source="poster")["code"] == "touch_differs"
    assert len(shop.get("/v1/bindings?buyer_id=b1")["touches"]) == 1


def test_the_history_tells_what_bound_and_until_when(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    start = shop.clock.now
    shop.touch("b1", "p002", "t1")
    shop.clock.now += timedelta(days=2)
    shop.touch("b1", "p003", "t2", source="store_code")
    told = shop.get("/v1/bindings?buyer_id=b1")
    assert told["policy"] == "last_wins"
    first, second = told["touches"]
    assert (first["promoter_id"], first["token"], first["source"]) == ("p002", "t1", "share_card")
    assert first["bound_until"] == second["at"]
    assert datetime.fromisoformat(second["bound_until"]) == start + timedelta(days=32)
    assert shop.get("/v1/bindings?buyer_id=nobody")["touches"] == []


def test_nobody_is_bound_to_themselves(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    for account in ("p001", "demo-p001"):
        (found,) = shop.touch(account, "p001", "t1", 422)["errors"]
        assert (found["pointer"], found["code"]) == ("/buyer_id", "self_binding")
    assert shop.get("/v1/bindings?buyer_id=demo-p001")["touches"] == []


def test_a_circle_is_refused_and_named(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    shop.touch("demo-p001", "p002", "t1")
    shop.touch("demo-p002", "p016", "t2")
    (found,) = shop.touch("demo-p016", "p001", "t3", 422)["errors"]
    assert (found["pointer"], found["code"]) == ("/promoter_id", "binding_circle")
    assert "p001 → p002 → p016 → p001" in found["detail"]
    assert "p001 → p002 → p016 → p001" in found["detail_en"]
    assert shop.touch("demo-p016", "p003", "t4")["promoter_id"] == "p003"


def test_touches_at_once_close_no_circle(open_shop: Open) -> None:
    """Ten pairs of promoters, each of whom would be bound to the other: of every pair one touch is refused."""
    shop = open_shop("last_wins")
    pairs = [(f"x{number}", f"y{number}") for number in range(10)]
    with write(service_behind(shop.client).database) as connection:
        put(connection, [PromoterEntry(id=one, title=one) for pair in pairs for one in pair])
    at = shop.clock.now.isoformat()

    def post(pair: tuple[str, str]) -> int:
        body = {"buyer_id": pair[0], "promoter_id": pair[1], "token": "t", "source": "link", "at": at}
        return shop.client.post("/v1/bindings", json=body, headers=OPERATOR).status_code

    with ThreadPoolExecutor(10) as pool:
        for pair in pairs:
            both = list(pool.map(post, [pair, pair[::-1]] * 3))
            assert sorted(set(both)) in ([200, 201, 422], [201, 422])
            assert both.count(201) == 1


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"promoter_id": "p999"}, "/promoter_id", "unknown_promoter"),
        ({"promoter_id": "p024"}, "/promoter_id", "inactive_promoter"),
        ({"source": "dream"}, "/source", "unknown_value"),
        ({"token": ""}, "/token", "too_short"),
        ({"at": "2026-10-02T22:30:00"}, "/at", "no_offset"),
        ({"at": "2027-10-02T22:30:00+08:00"}, "/at", "in_the_future"),
        ({"level": 3}, "/level", "unknown_field"),
    ],
)
def test_what_cannot_bind_is_named(open_shop: Open, more: dict[str, object], pointer: str, code: str) -> None:
    shop = open_shop("last_wins")
    body = {"buyer_id": "b1", "promoter_id": "p002", "token": "t", "source": "link", "at": shop.clock.now.isoformat()}
    answer = shop.client.post("/v1/bindings", json=body | more, headers=OPERATOR)
    assert answer.status_code == 422, answer.text
    (found,) = answer.json()["errors"]
    assert (found["pointer"], found["code"]) == (pointer, code)


def test_only_an_operator_may_bind_and_look(open_shop: Open) -> None:
    shop = open_shop("last_wins")
    assert shop.client.post("/v1/bindings", json={}).status_code == 401
    assert shop.client.get("/v1/bindings?buyer_id=b1").status_code == 401
