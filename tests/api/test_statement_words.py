"""What a statement page says of rarer movements: cancellations, instalments, dividends, late events, odd names."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.movements import Item
from api.pages.order_facts import Fact
from api.pages.statement import Step, statement_page
from api.settings import Settings
from engine.journal.order_news import AdjustmentEvent, DividendEvent, HolderShare, RuleSetVersion
from engine.period import parse_label
from storage.database import read, write
from storage.demo import load_demo
from storage.journal import post_event
from tests.api.conftest import RULES
from tests.api.test_settlements import Clock, Shop
from tests.storage.databases import fresh_database

PERIOD = parse_label("2026-10-A")


@pytest.fixture
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The demo shop with a clock that tests set."""
    clock = Clock()
    with fresh_database("sqlite", tmp_path_factory.mktemp("words")) as url:
        app = create_app(Settings(database_url=url, operator_token="operator-token", demo=True), clock)
        load_demo(app.state.service.database, RULES, clock())
        with TestClient(app, raise_server_exceptions=False) as client:
            yield Shop(client, clock)


def steps_of(shop: Shop, payee: str, label: str = "2026-10-A") -> dict[str, Step]:
    with read(shop.client.app.state.service.database) as connection:  # type: ignore[attr-defined]
        page = statement_page(connection, label, payee)
    return {step.name: step for lane in page.lanes for step in lane.steps}


def leaves(items: tuple[Item, ...]) -> Iterator[Item]:
    for one in items:
        yield from leaves(one.items) if one.items else [one]


def said(facts: tuple[Fact, ...]) -> dict[str, str]:
    return {fact.title.en: fact.value.en for fact in facts}


def test_a_cancelled_order_says_that_it_was_and_why(after: Shop) -> None:
    after.sell("o-1")
    after.clock.now += timedelta(hours=1)
    after.tell("cancelled", "o-1", reason="changed my mind")
    steps = steps_of(after, "p001")
    assert steps["pending-reversed"].amount_fen == -steps["pending-accrued"].amount_fen
    (leaf,) = leaves(steps["pending-reversed"].items)
    told = said(leaf.facts)
    assert told["Refund"] == "order cancelled 2026-10-02 23:30 changed my mind"
    assert told["Due"].endswith("→ 0.00")
    assert said(next(leaves(steps["pending-accrued"].items)).facts)["Received"] == "not yet"


def test_an_instalment_releases_a_part_and_says_so(after: Shop) -> None:
    total = after.sell("o-1", payment="by_events")["totals"]["paid_fen"]
    after.tell("received", "o-1")
    after.tell("paid", "o-1", amount_fen=total // 5)
    after.clock.now = PERIOD.end
    after.close()
    steps = steps_of(after, "p001")
    (leaf,) = leaves(steps["released"].items)
    assert said(leaf.facts)["This time"].endswith("after refunds or instalments")
    assert said(leaf.facts)["After sale"] == "7 days, until 2026-10-09 22:30"
    assert 0 < leaf.amount_fen < steps["pending-accrued"].amount_fen
    assert -steps["pending-released"].amount_fen == leaf.amount_fen


def test_what_comes_after_a_closing_counts_later_and_says_so(after: Shop) -> None:
    after.sell("o-1")
    after.tell("received", "o-1")
    after.clock.now = PERIOD.end + timedelta(days=1)
    after.close()
    after.tell("refund", "o-1", at="2026-10-14T10:00:00+08:00", lines=[{"line_id": "1", "quantity": 1}])
    (leaf,) = leaves(steps_of(after, "p001", "2026-10-B")["clawed_back"].items)
    assert said(leaf.facts)["Booked"] == "2026-10-16 00:00, as its own period was closed"
    assert "1/3 of" in said(leaf.facts)["Refund"]
    page = after.client.get("/statements/2026-10-B/p001").text
    assert "−¥" in page
    assert after.client.get("/statements/2026-10-A/p001?lang=en").text.count("after sale") > 0


def test_a_dividend_shows_pool_weight_and_share_to_holder_and_pool(after: Shop) -> None:
    event = DividendEvent(
        id="pool:x:2026-10-A",
        at=PERIOD.start + timedelta(days=3),
        pool="pool:x",
        period="2026-10-A",
        start=PERIOD.start,
        end=PERIOD.end,
        rule_set=RuleSetVersion(name="x", version=4, content_hash="h"),
        pool_fen=1000,
        shares=(
            HolderShare(holder="p001", weight=3, amount_fen=750),
            HolderShare(holder="p002", weight=1, amount_fen=250),
        ),
    )
    funding = AdjustmentEvent(
        id="funding",
        at=PERIOD.start + timedelta(days=1),
        source="platform:adjustments",
        destination="payee:pool:x:released",
        amount_fen=1000,
        reason="<b>start</b>",
        proposed_by="lin",
        approved_by="zhou",
    )
    with write(after.client.app.state.service.database) as connection:  # type: ignore[attr-defined]
        post_event(connection, funding, after.clock())
        post_event(connection, event, after.clock())
    (leaf,) = leaves(steps_of(after, "p001")["dividends"].items)
    assert leaf.amount_fen == 750
    assert said(leaf.facts)["Rule"] == "x@4"
    assert said(leaf.facts)["Sum"] == "¥10.00 of the pool × weight 3/4: ¥7.50"
    pool = steps_of(after, "pool:x")
    assert (pool["dividends"].amount_fen, pool["closing"].amount_fen) == (-1000, 0)
    (shared,) = pool["dividends"].items
    told = said(shared.facts)
    assert shared.amount_fen == -1000
    assert told["p002"] == "¥10.00 of the pool × weight 1/4: ¥2.50"
    page = after.client.get("/statements/2026-10-A/pool:x").text
    assert "&lt;b&gt;start&lt;/b&gt;" in page
    assert "<b>start" not in page


def test_an_id_of_odd_characters_is_an_address_all_the_same(after: Shop) -> None:
    odd = "a b?c#50%/<i>"
    adjusted = AdjustmentEvent(
        id="odd",
        at=PERIOD.start + timedelta(days=1),
        source="platform:adjustments",
        destination=f"payee:{odd}:released",
        amount_fen=1,
        reason="odd",
        proposed_by="lin",
        approved_by="zhou",
    )
    with write(after.client.app.state.service.database) as connection:  # type: ignore[attr-defined]
        post_event(connection, adjusted, after.clock())
    page = after.client.get("/settlements/2026-10-A").text
    assert "<i>" not in page
    (href,) = re.findall(r'href="(/statements/[^"]+)"', page)
    assert "¥0.01" in after.client.get(href).text
