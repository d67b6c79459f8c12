"""`fenrun levels review --database`: in a service's database, on every database; and `fenrun token`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.commands import levels_stored
from api.promoter_tokens import promoter_of
from api.settings import DEMO_SECRET
from tests.api.people import SECRET, PeopleShop, people_shop

RUNNER = CliRunner()
NOW = datetime.fromisoformat("2027-03-01T00:00:00+08:00")


class Desk:
    """A shop, and the command beside it."""

    def __init__(self, shop: PeopleShop, url: str) -> None:
        self.shop, self.url = shop, url

    def review(self, period: str, at: str, *more: str, code: int = 0) -> str:
        arguments = ["levels", "review", "--database", self.url, "--period", period, "--at", at, *more]
        result = RUNNER.invoke(app, arguments)
        assert result.exit_code == code, result.output
        return result.output

    def reviewed(self, period: str, at: str, code: int = 0) -> Any:
        (told,) = json.loads(self.review(period, at, "--json", code=code))
        return told


@pytest.fixture
def desk(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(levels_stored, "wall_clock", lambda: NOW)
    with people_shop(database_url, None) as shop:
        for number in range(30):
            shop.sell(f"o-{number}", promoter_id="p018", lines=[{"sku": "stinky-tofu", "quantity": 60}])
            shop.tell("received", f"o-{number}")
        yield Desk(shop, database_url)


def test_a_review_is_told_kept_and_seen_by_the_service(desk: Desk) -> None:
    said = desk.review("2026-10", "2026-11-08")
    assert "火车站阿站 (p018)\n  新手 → 银牌 升级\n    Starter → Silver, promoted\n" in said
    assert "23 条新记录 / 23 recorded" in said
    told = desk.reviewed("2026-10", "2026-11-09")
    assert told["recorded"] == 0
    assert {one["change"] for one in told["reviews"]} == {"reviewed_before"}
    desk.shop.clock.now = datetime.fromisoformat("2026-11-10T00:00:00+08:00")
    assert desk.shop.mine("p018", "growth")["level"]["id"] == "silver"


def test_the_service_and_the_command_share_one_history(desk: Desk) -> None:
    assert desk.reviewed("2026-10", "2026-11-08")["recorded"] == 23
    desk.shop.clock.now = datetime.fromisoformat("2026-12-08T00:00:00+08:00")
    answer = desk.shop.client.post(
        "/v1/level-reviews", json={"period": "2026-11"}, headers={"Authorization": "Bearer operator-token"}
    )
    (mine,) = [one for one in answer.json()["reviews"] if one["promoter_id"] == "p018"]
    assert (mine["change"], mine["before"]) == ("kept", "silver")
    periods = [one["period"] for one in desk.shop.mine("p018", "growth")["reviews"]]
    assert periods == ["2026-11", "2026-10"]


def test_reviews_that_cannot_be_made_are_findings(desk: Desk) -> None:
    desk.reviewed("2026-10", "2026-11-08")
    told = desk.reviewed("2026-12", "2027-01-08", code=1)
    assert (told["recorded"], len(told["refused"])) == (0, 23)
    assert told["refused"][0]["code"] == "period_skipped"
    assert "2026-11 还没有评审" in desk.review("2026-12", "2027-01-08", code=1)


@pytest.mark.parametrize(
    ("period", "at", "more", "told"),
    [
        ("2026-10", "2026-11-07", (), "2026-11-08"),
        ("2026-09", "2026-11-08", (), "no_level_rules"),
        ("autumn", "2026-11-08", (), "2026-W41"),
        ("2026-10", "2027-03-02", (), "将来"),
        ("2026-10", "2026-11-08", ("--set", "x"), "--database"),
    ],
)
def test_what_cannot_be_asked_of_a_database(desk: Desk, period: str, at: str, more: tuple[str, ...], told: str) -> None:
    assert told in desk.review(period, at, *more, code=2)


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "none" / "shop.db"
    for url in (f"sqlite:///{missing}", "mysql://host/shop", "no url"):
        result = RUNNER.invoke(app, ["levels", "review", "--database", url, "--period", "2026-10"])
        assert result.exit_code == 2, result.output
        assert not isinstance(result.exception, Exception)
    assert not missing.parent.exists()
    assert RUNNER.invoke(app, ["levels", "review", "--period", "2026-10"]).exit_code == 2


def test_a_token_is_signed_with_the_secret_or_said_to_be_for_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    monkeypatch.delenv("FENRUN_TOKEN_SECRET", raising=False)
    result = RUNNER.invoke(app, ["token", "promoter", "p001"])
    assert result.exit_code == 0
    assert "fenrun demo" in result.stderr
    assert promoter_of(result.stdout.strip(), DEMO_SECRET, now) == "p001"
    monkeypatch.setenv("FENRUN_TOKEN_SECRET", SECRET)
    result = RUNNER.invoke(app, ["token", "promoter", "p002", "--days", "1"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert promoter_of(result.stdout.strip(), SECRET, now) == "p002"
    assert promoter_of(result.stdout.strip(), SECRET, now + timedelta(days=1, minutes=1)) is None
    monkeypatch.setenv("FENRUN_TOKEN_SECRET", "short")
    result = RUNNER.invoke(app, ["token", "promoter", "p001"])
    assert result.exit_code == 2
    assert "32" in result.stderr
