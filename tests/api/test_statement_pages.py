"""The pages of the books: every amount explained, sums that hold, nobody let in who should not be."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.demo_history import load_history
from api.pages import movements
from api.pages.movements import Item
from api.pages.settlements import settlement_page
from api.pages.statement import Step, statement_page
from api.pages.texts import LANGUAGES
from api.service import Service
from api.settings import Settings
from engine.journal.audit import audit
from storage.database import read
from storage.demo import load_demo
from storage.journal import account_balances, closed_periods, entries, log
from tests.api.conftest import FRIDAY_NIGHT, OPERATOR, RULES, order, service_behind
from tests.storage.databases import fresh_database

LATE_IN_NOVEMBER = datetime.fromisoformat("2026-11-18T09:00:00+08:00")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The demo as `fenrun demo` shows it: with its history."""
    with fresh_database("sqlite", tmp_path_factory.mktemp("past")) as url:
        app = create_app(Settings(database_url=url, demo=True), lambda: LATE_IN_NOVEMBER)
        load_demo(app.state.service.database, RULES, LATE_IN_NOVEMBER)
        assert load_history(app.state.service) > 300
        with TestClient(app, raise_server_exceptions=False) as client:
            yield client


def labels(service: Service) -> list[str]:
    with read(service.database) as connection:
        return [*(one.id for one in closed_periods(connection)), "2026-11-B"]


def test_the_history_of_the_demo_stands_up_to_an_audit_and_is_told_once(past: TestClient) -> None:
    service = service_behind(past)
    with read(service.database) as connection:
        found = audit(list(log(connection)), entries(connection), stored_balances=account_balances(connection))
    assert found.difference is None
    assert labels(service) == ["2026-10-A", "2026-10-B", "2026-11-A", "2026-11-B"]
    assert load_history(service) == 0


def test_a_demo_before_its_first_order_has_no_history(tmp_path_factory: pytest.TempPathFactory) -> None:
    with fresh_database("sqlite", tmp_path_factory.mktemp("early")) as url:
        early = datetime.fromisoformat("2026-09-01T09:00:00+08:00")
        app = create_app(Settings(database_url=url, demo=True), lambda: early)
        load_demo(app.state.service.database, RULES, early)
        assert load_history(app.state.service) == 0
        with TestClient(app) as client:
            assert "还没有账" in client.get("/settlements").text


def check_sum(parts: tuple[Item, ...], fen: int) -> None:
    """Parts come to their whole, down to facts that say something."""
    assert sum(one.amount_fen for one in parts) == fen
    for one in parts:
        assert bool(one.facts) != bool(one.items), "either facts or smaller amounts"
        assert all(fact.title.zh and fact.title.en and fact.value.zh and fact.value.en for fact in one.facts)
        if one.items:
            check_sum(one.items, one.amount_fen)


def check_lane(steps: tuple[Step, ...], opening: str, closing: str) -> None:
    by_name = {one.name: one for one in steps}
    at = list(by_name).index(closing)
    assert next(iter(by_name)) == opening
    assert sum(one.amount_fen for one in steps[:at]) == by_name[closing].amount_fen
    for one in steps:
        assert one.facts or one.items
        assert 0 <= one.start <= one.start + one.width <= 1000
        if one.items:
            check_sum(one.items, one.amount_fen)


def test_every_amount_of_every_statement_is_explained_and_parts_come_to_the_whole(past: TestClient) -> None:
    service, kinds = service_behind(past), set()
    with read(service.database) as connection:
        for label in labels(service):
            page = settlement_page(connection, label)
            assert sum(row.statement.settled_fen for row in page.people) == page.total["settled_fen"]
            for row in (*page.people, *page.pools):
                shown = statement_page(connection, label, row.statement.payee)
                payable, pending = shown.lanes
                check_lane(payable.steps, "opening", "closing")
                check_lane(pending.steps, "pending-opening", "pending-closing")
                kinds |= {step.name for lane in shown.lanes for step in lane.steps}
                ends = {one.name: one.amount_fen for one in (*payable.steps, *pending.steps)}
                assert ends["closing"] == row.statement.closing_fen
                assert ends["pending-closing"] == row.statement.pending_closing_fen
                if shown.closed:
                    assert ends["carried"] == ends["closing"] + ends.get("settled", 0)
    assert kinds >= {"pending-reversed", "clawed_back", "adjustments", "settled", "carried"}


def test_a_clawback_says_what_came_back_and_what_was_due(past: TestClient) -> None:
    with read(service_behind(past).database) as connection:
        page = settlement_page(connection, "2026-11-A")
        row = next(one for one in page.people if one.statement.clawed_back_fen and one.statement.payee[0] == "p")
        shown = statement_page(connection, "2026-11-A", row.statement.payee)
    (step,) = (one for one in shown.lanes[0].steps if one.name == "clawed_back")
    leaf = step.items[0] if step.items[0].facts else step.items[0].items[0]
    said = {fact.title.en: fact.value.en for fact in leaf.facts}
    assert re.fullmatch(r"late-cs-\d+, 2026-1.-.. ..:..: 1/\d+ of .+", said["Refund"])
    before, after = re.fullmatch(r"before and after: ([\d.]+) → ([\d.]+)", said["Due"]).groups()  # type: ignore[union-attr]
    assert int(after.replace(".", "")) - int(before.replace(".", "")) == leaf.amount_fen
    assert "@1/" in said["Rule"]


def test_an_adjustment_names_its_reason_and_both_people(past: TestClient) -> None:
    text = past.get("/statements/2026-11-A/p012").text
    for word in ("试吃活动漏记一单", "ops-lin", "finance-zhou", "+¥5.00"):
        assert word in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/settlements", "/settlements/2026-11-A", "/statements/2026-11-A/p003"])
def test_the_pages_are_there_in_both_languages(past: TestClient, path: str, language: str) -> None:
    page = past.get(path, params={"lang": language})
    past.cookies.clear()
    assert page.status_code == 200
    assert ("账目" in page.text) == (language == "zh")
    assert "style=" not in page.text, "the content security policy would refuse it"


def test_every_link_of_a_statement_leads_somewhere(past: TestClient) -> None:
    page = past.get("/statements/2026-10-B/p003").text
    links = set(re.findall(r'href="(/[^"#]*)"', page))
    assert {"/statements/2026-10-A/p003", "/statements/2026-11-A/p003", "/settlements/2026-10-B"} <= links
    assert any(one.startswith("/orders/cs-") for one in links)
    assert {one: past.get(one).status_code for one in links} == dict.fromkeys(links, 200)
    past.cookies.clear()  # one of the links asked for the other language


def test_without_scripts_everything_can_be_opened_at_once(past: TestClient) -> None:
    page = past.get("/statements/2026-11-A/p003", params={"open": "all"}).text
    assert page.count("<details") == len(re.findall(r"<details [^>]* open>", page)) > 5
    assert "<script" not in page


def test_very_many_orders_come_in_pages_that_still_come_to_the_whole(
    past: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movements, "MOST", 5)
    seen: list[str] = []
    with read(service_behind(past).database) as connection:
        for skip in range(0, 200, 5):
            lanes = statement_page(connection, "2026-11-A", "a-city", skip).lanes
            (step,) = (one for one in lanes[0].steps if one.name == "released")
            check_sum(step.items, step.amount_fen)
            orders = [one.title.en for one in step.items if one.title.en.startswith("Order")]
            if seen[-len(orders) :] == orders:
                break
            seen += orders
    assert len(seen) == len(set(seen)) > 30
    links = re.findall(r'href="(\?skip=\d+)"', past.get("/statements/2026-11-A/a-city?skip=10").text)
    assert {"?skip=5", "?skip=15"} <= set(links)
    assert past.get("/statements/2026-11-A/a-city?skip=-1x").status_code == 200


@pytest.mark.parametrize(
    "path", ["/statements/2026-10-A/nobody", "/statements/then/p003", "/settlements/2025-01-A", "/settlements/x"]
)
def test_what_is_not_there_gets_a_page_that_says_so(past: TestClient, path: str) -> None:
    page = past.get(path)
    assert page.status_code == 404
    assert "没有找到" in page.text


@pytest.mark.parametrize("path", ["/settlements", "/settlements/2026-10-A", "/statements/2026-10-A/p001"])
def test_outside_the_demo_only_an_operator_sees_the_books(shop: TestClient, path: str) -> None:
    shop.post("/v1/orders", json=order("page-1", ("stinky-tofu", 2), promoter_id="p001"))
    refused = shop.get(path)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert "p001" not in refused.text.replace("/p001", "")
    shown = shop.get(path, headers=OPERATOR)
    assert shown.status_code == 200
    assert FRIDAY_NIGHT.strftime("%Y-%m") in shown.text
    assert 'href="/settlements"' not in shop.get("/").text
