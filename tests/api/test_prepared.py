"""Rules are compiled before anybody asks: at the start, when a campaign is published, and while the service runs."""

from collections.abc import Iterable
from pathlib import Path
from time import monotonic, sleep

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api import app as app_module
from api.service import Service
from engine.live import LiveRules
from engine.ruleset import RuleSet
from storage import live_book
from storage.database import write
from storage.rule_files import own_schemas
from storage.rule_sets import publish
from tests.api.conftest import FRIDAY_NIGHT, MERCHANT, basket, open_shop, service_behind
from tests.storage.databases import fresh_database
from tests.storage.test_rule_sets import TEXT

SEVENTY = {"template": "night-market", "answers": {"second_piece": "70%"}, "name": "nights-nobody-else-has"}
"""A campaign of a name that no other test publishes: what is compiled already would not be compiled again."""
BASKET = basket(("stinky-tofu", 2))


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[LiveRules]:
    """What is compiled from now on."""
    found: list[LiveRules] = []
    compile_live = live_book.compile_live

    def noting(rule_sets: Iterable[RuleSet], earlier: LiveRules | None) -> LiveRules:
        found.append(compile_live(rule_sets, earlier))
        return found[-1]

    monkeypatch.setattr(live_book, "compile_live", noting)
    return found


def discounted_by(shop: TestClient, at: str) -> set[str]:
    answer = shop.post("/v1/quotes", json=BASKET | {"at": at})
    assert answer.status_code == 200, answer.text
    return {one["rule_set"] for line in answer.json()["lines"] for one in line["discounts"]}


def test_no_quote_waits_for_a_published_campaign(shop: TestClient, compiled: list[LiveRules]) -> None:
    discounted_by(shop, FRIDAY_NIGHT.isoformat())
    published = shop.post("/v1/campaigns", json=SEVENTY, headers=MERCHANT)
    assert published.status_code == 201, published.text
    assert compiled
    compiled.clear()
    assert published.json()["name"] not in discounted_by(shop, FRIDAY_NIGHT.isoformat())
    assert published.json()["name"] in discounted_by(shop, published.json()["effective_from"])
    assert compiled == []


def test_the_first_quote_finds_all_compiled(tmp_path: Path, compiled: list[LiveRules]) -> None:
    with fresh_database("sqlite", tmp_path) as url:
        for shop in open_shop(url):
            assert compiled
            compiled.clear()
            assert discounted_by(shop, FRIDAY_NIGHT.isoformat())
            assert compiled == []


def test_what_another_process_publishes_is_compiled_before_it_stands(
    tmp_path: Path, compiled: list[LiveRules], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(app_module, "PREPARE_SECONDS", 0.01)
    prepare, failures = Service.prepare, [OperationalError("SELECT 1", {}, Exception("gone"))]

    def failing_once(service: Service) -> None:
        if compiled and failures:
            raise failures.pop()
        prepare(service)

    monkeypatch.setattr(Service, "prepare", failing_once)
    with fresh_database("sqlite", tmp_path) as url:
        for shop in open_shop(url):
            compiled.clear()
            with write(service_behind(shop).database) as connection:
                text = TEXT.replace("effective_from: 2026-10-01", "effective_from: 2026-10-04")
                publish(connection, text, "draft.yaml", own_schemas(), FRIDAY_NIGHT)
            until = monotonic() + 10
            while not any("ten-off" in str(live.rule_sets) for live in compiled) and monotonic() < until:
                sleep(0.01)
            sleep(0.2)
            compiled.clear()
            assert "ten-off" in discounted_by(shop, "2026-10-04T12:00:00+08:00")
            assert compiled == []
    assert "could not be prepared" in caplog.text
    assert failures == []
