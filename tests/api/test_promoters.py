"""What promoters see of themselves: commissions, growth, reviews; and whose token opens what. On every database."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from api.masking import masked
from api.promoter_tokens import promoter_of, signed
from engine.journal.journal import Journal
from engine.level.level_orders import by_promoter
from storage.database import read
from storage.deliveries import delivered_orders
from storage.journal import log
from storage.people import introduction_by
from tests.api.conftest import OPERATOR, service_behind
from tests.api.people import SECRET, PeopleShop, people_shop
from tests.api.test_people import sold
from tests.api.test_settlements import earned


@pytest.fixture
def people(database_url: str) -> Iterator[PeopleShop]:
    with people_shop(database_url, "last_wins") as shop:
        yield shop


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


def reviewed(shop: PeopleShop, period: str, status: int = 200) -> Any:
    answer = shop.client.post("/v1/level-reviews", json={"period": period}, headers=OPERATOR)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_commissions_are_the_statement_by_order_with_every_reason(people: PeopleShop) -> None:
    people.sell("o-1", buyer_id="13800001234")
    people.sell("o-2", buyer_id="wx-open-7")
    fen = earned(people, "o-1"), earned(people, "o-2")
    people.tell("refund", "o-2", lines=[{"line_id": "1", "quantity": 3}])
    told = people.mine("p001", "commissions")
    assert told["period"]["period"] == "2026-10-A"
    assert told["title"] == "橘洲小满"
    assert told["figures"] == people.get("/v1/statements/2026-10-A/p001")["figures"]
    assert [(one["order_id"], one["amount_fen"]) for one in told["orders"]] == [("o-1", fen[0]), ("o-2", 0)]
    assert told["figures"]["accrued_fen"] == sum(fen)
    assert told["figures"]["reversed_fen"] == fen[1]
    assert sum(one["amount_fen"] for one in told["orders"][0]["lines"]) == fen[0] > 0
    assert all(one["rule"] for one in told["orders"][0]["lines"])
    assert all("o-1" in one["why"] and "o-1" in one["why_en"] for one in told["orders"][0]["lines"])
    assert told["other"] == []


def test_of_a_buyer_a_promoter_sees_a_masked_id_and_nothing_else(people: PeopleShop) -> None:
    people.sell("o-1", buyer_id="13800001234", delivery={"kind": "delivery", "region": "430102001", "fee_fen": 500})
    told = people.mine("p001", "commissions")
    assert told["orders"][0]["buyer"] == "1***4"
    said = json.dumps(told, ensure_ascii=False) + json.dumps(people.mine("p001", "growth"), ensure_ascii=False)
    for hidden in ("13800001234", "3800", "430102001"):
        assert hidden not in said


@pytest.mark.parametrize(
    ("buyer", "shown"),
    [("b1", "***"), ("abc", "***"), ("demo-student", "d***t"), (None, "***"), ("张三李四", "张***四")],
)
def test_masks_tell_no_more_than_two_characters(buyer: str | None, shown: str) -> None:
    assert masked(buyer) == shown


def test_a_period_in_which_nothing_moved_is_told_as_zeros(people: PeopleShop) -> None:
    told = people.mine("p001", "commissions?period=2026-09-A")
    assert (told["orders"], told["other"], told["closed"]) == ([], [], False)
    assert {fen for name, fen in told["figures"].items() if name != "payee"} == {0}


def test_a_settled_period_tells_what_was_settled(people: PeopleShop) -> None:
    people.sell("o-1")
    people.tell("received", "o-1")
    fen = earned(people, "o-1")
    people.clock.now = at("2026-10-16T00:00")
    people.close()
    told = people.mine("p001", "commissions?period=2026-10-A")
    assert told["closed"]
    assert told["figures"]["settled_fen"] == fen
    assert told["orders"][0]["amount_fen"] == fen
    assert [one["part"] for one in told["other"]] == ["settled"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("p001/commissions?period=soon", 422, "invalid"),
        ("p001/commissions?perod=2026-10-A", 422, "invalid"),
        ("nobody/commissions", 404, "not_found"),
        ("nobody/growth", 404, "not_found"),
        ("l01/growth", 404, "not_found"),
        ("%00/growth", 404, "not_found"),
        ("p%001/commissions", 404, "not_found"),
        ("p001/commissions?period=9999-12", 422, "invalid"),
        ("p001/commissions?period=%00", 422, "invalid"),
        ("p001/commissions?period=0001-01", 422, "invalid"),
    ],
)
def test_what_cannot_be_asked_is_told(people: PeopleShop, path: str, status: int, code: str) -> None:
    assert people.get(f"/v1/promoters/{path}", status)["code"] == code


def test_growth_tells_level_figures_and_what_is_missing_in_words(people: PeopleShop) -> None:
    told = people.mine("p018", "growth")
    assert (told["level"]["id"], told["level"]["title"]) == ("starter", "新手")
    assert told["next"]["level"]["id"] == "silver"
    assert (told["next"]["missing_sales_fen"], told["next"]["missing_orders"]) == (300_000, 30)
    people.sell("o-1", promoter_id="p018")
    assert people.mine("p018", "growth")["figures"]["orders"] == 0, "not delivered yet"
    people.tell("received", "o-1")
    told = people.mine("p018", "growth")
    goods = sum(goods_paid(people, "o-1"))
    assert told["figures"] == {
        "delivered_fen": goods,
        "refunded_fen": 0,
        "sales_fen": goods,
        "orders": 1,
        "buyers": 1,
        "repeat_buyers": 0,
        "refund_rate_bp": 0,
        "repeat_rate_bp": 0,
    }
    assert told["next"]["missing_sales_fen"] == 300_000 - goods
    assert "再送达 29 单" in told["next"]["said"]
    assert "29 more delivered orders" in told["next"]["said_en"]
    assert {one["measure"]: one["holds"] for one in told["next"]["checks"]} == {
        "sales": False,
        "orders": False,
        "refund_rate": True,
    }
    assert (told["period"]["period"], told["review_at"][:10]) == ("2026-10", "2026-11-08")
    assert told["reviews"] == []
    assert people.mine("p001", "growth")["next"] is None


def goods_paid(shop: PeopleShop, order_id: str) -> list[int]:
    return [line["paid_fen"] for line in shop.get(f"/v1/orders/{order_id}")["lines"]]


def test_what_promoters_buy_themselves_counts_for_no_level(people: PeopleShop) -> None:
    people.sell("o-1", promoter_id="p016", buyer_id="demo-p016")
    people.tell("received", "o-1")
    assert people.mine("p016", "growth")["figures"]["delivered_fen"] == 0


def big_sale(shop: PeopleShop, order_id: str, promoter: str, buyer: str) -> None:
    lines = [{"sku": "stinky-tofu", "quantity": 60}]
    shop.sell(order_id, promoter_id=promoter, buyer_id=buyer, lines=lines)
    shop.tell("received", order_id)


def test_a_review_makes_levels_that_the_next_order_sees(people: PeopleShop) -> None:
    for number in range(30):
        big_sale(people, f"o-{number}", "p018", f"b{number % 10}")
        people.clock.now += timedelta(hours=2)
    assert reviewed(people, "2026-10", 422)["errors"][0]["code"] == "not_due"
    people.clock.now = at("2026-11-08T00:00")
    done = reviewed(people, "2026-10")
    (mine,) = [one for one in done["reviews"] if one["promoter_id"] == "p018"]
    assert (mine["change"], mine["before"], mine["after"]) == ("promoted", "starter", "silver")
    assert mine["why"][0] == "新手 → 银牌 升级"
    assert done["refused"] == []
    assert done["recorded"] == len(done["reviews"]) == 23
    again = reviewed(people, "2026-10")
    assert again["recorded"] == 0
    assert {one["change"] for one in again["reviews"]} == {"reviewed_before"}
    people.sell("late", promoter_id="p018")
    promoter = sold(people, "late").promoter
    assert promoter is not None
    assert (promoter.level, promoter.repeat_rate_bp, promoter.refund_rate_bp) == ("silver", 10_000, 0)
    people.sell("backdated", promoter_id="p018", placed_at="2026-11-07T12:00:00+08:00")
    before = sold(people, "backdated").promoter
    assert before is not None
    assert before.level == "starter"
    told = people.mine("p018", "growth")
    assert told["level"]["id"] == "silver"
    assert [(one["period"], one["change"], one["level"]) for one in told["reviews"]] == [
        ("2026-10", "promoted", "silver")
    ]
    assert told["reviews"][0]["figures"] == mine["figures"]


def test_refunds_until_the_review_count_and_later_ones_do_not(people: PeopleShop) -> None:
    big_sale(people, "o-1", "p018", "b1")
    people.clock.now = at("2026-11-07T23:59")
    first = people.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 10}])
    people.clock.now = at("2026-11-08T00:00")
    people.tell("refund", "o-1", refund_id="later", lines=[{"line_id": "1", "quantity": 10}])
    (mine,) = [one for one in reviewed(people, "2026-10")["reviews"] if one["promoter_id"] == "p018"]
    assert mine["figures"]["refunded_fen"] == first["order"]["given_back_fen"] > 0


def test_the_database_counts_what_a_fold_of_the_log_counts(people: PeopleShop) -> None:
    """Received twice, before its order, cancelled, refunded, told of in vain, without a promoter: all as the engine."""
    start = people.clock.now
    people.tell("received", "early", 202)
    people.tell("refund", "early", 202, lines=[{"line_id": "1", "quantity": 99}])
    for number, promoter in enumerate(("p001", "p001", "p018", None, "p018")):
        people.sell(f"o-{number}", promoter_id=promoter)
    people.sell("early", promoter_id="p018")
    people.sell("later", promoter_id="p018")
    for number in range(4):
        people.tell("received", f"o-{number}")
    people.clock.now += timedelta(hours=1)
    people.tell("received", "o-0", id="again")
    people.tell("refund", "o-1", lines=[{"line_id": "1", "quantity": 2}])
    people.tell("cancelled", "o-2")
    end = people.clock.now = people.clock.now + timedelta(days=1)
    people.tell("received", "later")
    with read(service_behind(people.client).database) as connection:
        told, journal = delivered_orders(connection, start, end), Journal()
        for logged in log(connection):
            journal.post(logged)
        mine = delivered_orders(connection, start, end, "p018")
    assert journal.refused, "a refund of more than was sold waited in vain"
    counted = {
        promoter: sorted((one for one in orders if start <= one.received_at < end), key=lambda one: one.order_id)
        for promoter, orders in by_promoter(journal.orders.values()).items()
    }
    assert told == counted
    assert mine == {"p018": counted["p018"]}
    assert {who: [one.order_id for one in orders] for who, orders in told.items()} == {
        "p001": ["o-0", "o-1"],
        "p018": ["early", "o-2"],
    }


def test_a_period_may_not_be_skipped_and_one_without_rules_is_told(people: PeopleShop) -> None:
    people.clock.now = at("2026-12-20T00:00")
    reviewed(people, "2026-10")
    assert reviewed(people, "2026-09", 409)["code"] == "no_level_rules"
    assert reviewed(people, "2026-W45", 409)["code"] == "no_level_rules"
    assert reviewed(people, "autumn", 422)["errors"][0]["pointer"] == "/period"
    people.clock.now = at("2027-01-20T00:00")
    done = reviewed(people, "2026-12")
    assert (done["recorded"], {one["code"] for one in done["refused"]}) == (0, {"period_skipped"})
    with read(service_behind(people.client).database) as connection:
        found = introduction_by(connection, "p001", people.clock.now)
    assert found is not None
    assert found.promoter.level == "platinum"


def test_a_promoter_sees_their_own_figures_only(people: PeopleShop) -> None:
    for path in ("commissions", "growth"):
        people.mine("p001", path)
        assert people.mine("p001", path, 403, whose="p002")["code"] == "forbidden"
        assert people.get(f"/v1/promoters/p001/{path}")
        assert people.client.get(f"/v1/promoters/p001/{path}").status_code == 401
    token = {"Authorization": f"Bearer {signed('p001', SECRET, people.clock.now)}"}
    for closed in ("/v1/settlements", "/v1/bindings?buyer_id=b1", "/v1/statements/2026-10-A/p001"):
        assert people.client.get(closed, headers=token).status_code == 401
    assert people.client.post("/v1/level-reviews", json={"period": "2026-10"}, headers=token).status_code == 401
    people.clock.now += timedelta(days=30)
    assert people.client.get("/v1/promoters/p001/growth", headers=token).status_code == 401


def forged(**more: Any) -> str:
    claims = {"sub": "p001", "aud": "fenrun:promoter", "exp": 4_000_000_000} | more
    return jwt.encode({name: said for name, said in claims.items() if said is not None}, SECRET, "HS256")


def test_only_a_token_that_says_all_of_it_is_good() -> None:
    now = at("2026-10-02T22:30")
    assert promoter_of(forged(), SECRET, now) == "p001"
    unsigned = jwt.encode({"sub": "p001", "aud": "fenrun:promoter", "exp": 4_000_000_000}, "", "none")
    for wrong in (
        "",
        "p001",
        unsigned,
        forged(aud="other"),
        forged(aud=None),
        forged(sub=None),
        forged(exp=None),
        forged(exp=int(now.timestamp())),
        jwt.encode({"sub": "p001", "aud": "fenrun:promoter", "exp": 4_000_000_000}, "x" * 32, "HS256"),
        forged()[:-2] + ("AA" if forged()[-2:] != "AA" else "BB"),
    ):
        assert promoter_of(wrong, SECRET, now) is None, wrong


def test_a_token_is_good_for_its_days() -> None:
    now = at("2026-10-02T22:30")
    token = signed("p001", SECRET, now, days=2)
    assert promoter_of(token, SECRET, now + timedelta(days=2, seconds=-1)) == "p001"
    assert promoter_of(token, SECRET, now + timedelta(days=2)) is None
