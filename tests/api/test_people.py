"""Who stands around an order: regional agents, hosts, leaders of pickup points. On every database."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.order import OrderEvent
from storage.database import read, write
from storage.directory import AgentEntry, PromoterEntry, put
from storage.orders import find_order
from tests.api.conftest import service_behind
from tests.api.people import PeopleShop, people_shop


@pytest.fixture
def people(database_url: str) -> Iterator[PeopleShop]:
    with people_shop(database_url, None) as shop:
        yield shop


def sold(shop: PeopleShop, order_id: str) -> OrderEvent:
    with read(service_behind(shop.client).database) as connection:
        stored = find_order(connection, order_id)
    assert stored is not None
    return stored.evaluation.event


def to(region: str) -> dict[str, Any]:
    return {"delivery": {"kind": "delivery", "region": region, "fee_fen": 500}}


@pytest.mark.parametrize(
    ("region", "contracts"),
    [
        ("430102001", ["c-city", "c-furong"]),
        ("430104", ["c-city", "c-yuelu"]),
        ("430111008", ["c-city"]),
        ("430100", ["c-city"]),
        ("440100", []),
    ],
)
def test_the_agents_of_the_address_stand_at_an_order(people: PeopleShop, region: str, contracts: list[str]) -> None:
    people.sell("o-1", **to(region))
    assert [one.contract for one in sold(people, "o-1").regional_agents] == contracts
    assert {"a-city" for one in contracts[:1]} <= people.earners("o-1")


def test_a_vacant_district_is_nobodys_and_the_ended_contract_counts_while_it_stood(people: PeopleShop) -> None:
    people.sell("o-1", **to("430111"))
    assert people.earners("o-1") == {"p001", "a-city"}
    people.sell("o-2", placed_at="2026-08-20T12:00:00+08:00", **to("430111"))
    agents = sold(people, "o-2").regional_agents
    assert [(one.id, one.status) for one in agents] == [("a-city", "active"), ("a-yuhua", "inactive")]


def test_an_agent_who_is_put_out_of_action_earns_nothing(people: PeopleShop) -> None:
    with write(service_behind(people.client).database) as connection:
        put(connection, [AgentEntry(id="a-furong", title="芙蓉区代理", status="inactive")])
    people.sell("o-1", **to("430102"))
    assert people.earners("o-1") == {"p001", "a-city"}


def test_an_order_fetched_at_a_store_belongs_to_the_stores_region(people: PeopleShop) -> None:
    people.sell("o-1", store_id="lushan-campus", delivery={"kind": "pickup"})
    assert people.earners("o-1") == {"p001", "a-city", "a-yuelu"}


def test_a_host_earns_beside_the_promoter(people: PeopleShop) -> None:
    people.sell("o-1", host_id="h01", channel="live")
    assert {"h01", "p001"} <= people.earners("o-1")
    host = sold(people, "o-1").host
    assert host is not None
    assert (host.merchant, host.tags) == ("yangfan-supper", ("snack",))
    people.sell("o-2", host_id="h03", channel="live")
    assert "h03" not in people.earners("o-2")


def test_the_pickup_point_gives_the_leader_and_the_region(people: PeopleShop) -> None:
    people.sell("o-1", delivery={"kind": "pickup", "pickup_point": "梅溪湖社区自提点"})
    event = sold(people, "o-1")
    assert event.leader is not None
    assert (event.leader.id, event.delivery.region) == ("l06", "430104010")
    assert "a-yuelu" in people.earners("o-1")
    people.sell("o-2", leader_id="l06", delivery={"kind": "pickup", "pickup_point": "梅溪湖社区自提点"})
    leader = sold(people, "o-2").leader
    assert leader is not None
    assert leader.id == "l06"


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        ({"host_id": "h99"}, "/host_id", "unknown_host"),
        ({"delivery": {"kind": "pickup", "pickup_point": "没有"}}, "/delivery/pickup_point", "unknown_pickup_point"),
        (
            {"delivery": {"kind": "delivery", "pickup_point": "梅溪湖社区自提点"}},
            "/delivery/pickup_point",
            "not_picked_up",
        ),
        (
            {"leader_id": "l01", "delivery": {"kind": "pickup", "pickup_point": "梅溪湖社区自提点"}},
            "/leader_id",
            "leader_differs",
        ),
    ],
)
def test_people_who_cannot_be_are_named(people: PeopleShop, more: dict[str, Any], pointer: str, code: str) -> None:
    body = {"lines": [{"sku": "stinky-tofu", "quantity": 1}], **more}
    answer = people.client.post("/v1/quotes", json=body)
    assert answer.status_code == 422
    (found,) = answer.json()["errors"]
    assert (found["pointer"], found["code"]) == (pointer, code)


def test_without_a_policy_nobody_is_bound(people: PeopleShop) -> None:
    assert people.touch("b1", "p002", "t1", 409)["code"] == "no_binding_policy"
    people.sell("o-1", promoter_id=None)
    assert sold(people, "o-1").promoter is None


def test_levels_of_promoters_without_a_review_are_those_they_came_with(people: PeopleShop) -> None:
    with write(service_behind(people.client).database) as connection:
        put(connection, [PromoterEntry(id="p900", title="新人")])
    people.sell("o-1", promoter_id="p900")
    people.sell("o-2")
    new, old = (sold(people, one).promoter for one in ("o-1", "o-2"))
    assert new is not None
    assert old is not None
    assert (new.level, old.level, old.repeat_rate_bp) == (None, "platinum", None)


def test_promoters_earn_nothing_on_what_they_buy_with_their_own_account(people: PeopleShop) -> None:
    people.sell("o-1", promoter_id="p001", buyer_id="demo-p001")
    assert people.earners("o-1") == {"a-city", "a-furong"}
    assert "payee_is_buyer" in {one["code"] for one in people.seen("o-1")["not_accrued"]}
