"""The made-up autumn: deterministic, in order, true to the demo's own data, and fit for the demo rules."""

import json
import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from engine.builder.build import build
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.live import LiveRules, compile_live
from engine.order import Evaluation, OrderEvent, RefundEvent
from engine.refund.clawback import refund, untouched
from engine.text.document import parse
from storage.demo_orders import SHANGHAI, generate, lines_of

ROOT = Path(__file__).parents[2]
DATA = ROOT / "storage" / "demo_data"
SEED, ORDERS = 20261001, 500
"""What the log in demo_data was made with."""


def rows(name: str) -> list[dict[str, Any]]:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))[name]


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return list(generate(SEED, ORDERS))


@pytest.fixture(scope="module")
def live() -> LiveRules:
    schemas = {
        path.name.split(".")[0]: json.loads(path.read_text("utf-8")) for path in (ROOT / "rules/schema").glob("*.json")
    }
    files = sorted([*ROOT.glob("rules/promotion/*/v1.yaml"), *ROOT.glob("rules/commission/changsha/v1.yaml")])
    return compile_live([build(parse(path.read_text("utf-8"), str(path)), schemas) for path in files])


def moment_of(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["placed_at"] if event["type"] == "order" else event["at"])


def test_the_committed_log_is_what_its_seed_generates() -> None:
    log = DATA / "orders.jsonl"
    assert log.read_bytes() == b"".join(lines_of(generate(SEED, ORDERS)))
    assert log.stat().st_size < 600_000


def test_another_seed_gives_other_orders() -> None:
    assert list(generate(1, 20)) == list(generate(1, 20))
    assert list(generate(1, 20)) != list(generate(2, 20))


def test_no_orders_are_refused_as_a_request() -> None:
    with pytest.raises(ValueError, match="positive"):
        next(generate(1, 0))


def test_it_streams() -> None:
    assert len(list(islice(generate(1, 20_000), 3))) == 3


def test_events_come_in_order_of_time_with_ids_of_their_own(events: list[dict[str, Any]]) -> None:
    moments = [moment_of(event) for event in events]
    assert moments == sorted(moments)
    ids = [event.get("refund_id", event["order_id"]) for event in events]
    assert len(ids) == len(set(ids))
    orders = [event for event in events if event["type"] == "order"]
    assert len(orders) == ORDERS
    assert 20 <= len(events) - ORDERS <= 100


def test_every_event_is_read_strictly(events: list[dict[str, Any]]) -> None:
    for line in lines_of(iter(events)):
        assert read_event(line, "orders.jsonl").order_id.startswith("cs-")


def test_refunds_follow_their_order_and_return_no_more_than_was_bought(events: list[dict[str, Any]]) -> None:
    bought: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["type"] == "order":
            bought[event["order_id"]] = event
            continue
        order = bought[event["order_id"]]
        assert moment_of(order) < moment_of(event) < moment_of(order) + timedelta(days=8)
        quantities = {line["line_id"]: line["quantity"] for line in order["lines"]}
        assert all(one.get("quantity", 0) <= quantities[one["line_id"]] for one in event["lines"])
        assert event.get("shipping_fen", 0) <= order["delivery"].get("fee_fen", 0)


def test_buyers_are_counted_as_they_buy(events: list[dict[str, Any]]) -> None:
    seen: Counter[str] = Counter()
    for event in events:
        if event["type"] == "order":
            buyer = event["buyer"]
            seen[buyer["id"]] += 1
            assert buyer["nth_order"] == seen[buyer["id"]]
            assert buyer["is_new"] == (seen[buyer["id"]] == 1)


def test_a_promoters_period_sales_are_the_earlier_orders_of_the_month(events: list[dict[str, Any]]) -> None:
    sales: defaultdict[tuple[str, int], int] = defaultdict(int)
    for event in events:
        promoter = event.get("promoter")
        if promoter is None:
            continue
        key = (promoter["id"], moment_of(event).month)
        assert promoter["period_sales_fen"] == sales[key]
        sales[key] += sum(line["unit_price_fen"] * line["quantity"] for line in event["lines"])


def test_own_goods_are_those_of_the_promoters_merchant(events: list[dict[str, Any]]) -> None:
    marked = 0
    for event in events:
        merchant = event.get("promoter", {}).get("merchant")
        for line in event.get("lines", ()):
            if event["type"] == "order":
                assert line.get("own_goods", False) == (merchant == line["merchant"])
                marked += line.get("own_goods", False)
    assert marked > 0


def test_nights_are_busy_and_the_whole_city_buys(events: list[dict[str, Any]]) -> None:
    orders = [event for event in events if event["type"] == "order"]
    hours = Counter(moment_of(order).astimezone(SHANGHAI).hour for order in orders)
    assert sum(hours[hour] for hour in (19, 20, 21, 22)) > ORDERS / 4
    assert {order["delivery"]["region"][:6] for order in orders} == {
        row["code"] for row in rows("regions") if row["level"] == "district"
    }
    assert len({order["channel"] for order in orders}) == 6


def test_the_demo_rules_take_every_order_and_refund_and_each_promotion_applies(
    events: list[dict[str, Any]], live: LiveRules
) -> None:
    evaluations: dict[str, Evaluation] = {}
    applied: set[str] = set()
    for line in lines_of(iter(events)):
        event = read_event(line, "orders.jsonl")
        if isinstance(event, OrderEvent):
            evaluations[event.order_id] = evaluation = evaluate_order(event, live)
            applied |= {one.plan.ref.rule for one in evaluation.priced.applied}
        else:
            assert isinstance(event, RefundEvent)
            evaluation = evaluations[event.order_id]
            outcome = refund(evaluation, untouched(evaluation), event)
            paid = sum(evaluation.priced.net_fen)
            assert 0 <= outcome.cash_fen <= paid  # nothing, where the return costs more of a tier than the goods did
            if all(one.quantity for one in event.lines) and len(event.lines) == len(evaluation.event.lines) > 1:
                assert outcome.cash_fen == paid
    assert applied == {promotion.rule.id for promotion in live.promotions}


# --- the data itself ----------------------------------------------------------------------------------------------


def test_goods_stores_and_people_name_only_what_exists() -> None:
    regions = {row["code"] for row in rows("regions")}
    categories = {row["path"] for row in rows("categories")}
    merchants = {row["id"] for row in rows("merchants")}
    promoters = {row["id"] for row in rows("promoters")}
    assert all(row["parent"] is None or row["parent"] in regions for row in rows("regions"))
    assert all(row["parent"] is None or row["parent"] in categories for row in rows("categories"))
    for product in rows("products"):
        assert product["category"] in categories
        assert product["merchant"] in merchants
        assert product["unit_cost_fen"] <= product["floor_price_fen"] <= product["unit_price_fen"]
    for promoter in rows("promoters"):
        assert promoter["referrer"] is None or promoter["referrer"] in promoters
        assert promoter["merchant"] is None or promoter["merchant"] in merchants
    for name in ("merchants", "stores", "promoters", "leaders"):
        assert all(row["region"] in regions for row in rows(name))


def test_changsha_has_nine_districts_and_all_their_streets() -> None:
    below = Counter(row["parent"] for row in rows("regions"))
    assert below["4301"] == 9
    assert below["430102"] == 14  # Furong, with the Longping high-tech park
    assert sum(count for parent, count in below.items() if parent and len(parent) == 6) == 172


def test_keys_are_unique() -> None:
    for name, key in (("products", "sku"), ("regions", "code"), ("categories", "path"), ("stores", "id")):
        values = [row[key] for row in rows(name)]
        assert len(values) == len(set(values)), name


def test_no_telephone_number_is_in_the_data() -> None:
    for path in DATA.iterdir():
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", path.read_text("utf-8")), path
