"""Campaigns: a merchant's answers, previewed before and published after, changing what buyers pay."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from api.app import create_app
from api.settings import Settings
from storage.demo import load_demo
from tests.api.conftest import FRIDAY_NIGHT, MERCHANT, OPERATOR, RULES, basket

SEVENTY = {"template": "night-market", "answers": {"second_piece": "70%"}}


def totals(preview: dict[str, Any]) -> list[tuple[int, int]]:
    return [(one["before_fen"], one["after_fen"]) for one in preview["examples"]]


def test_the_templates_are_listed_and_each_has_a_form(shop: TestClient) -> None:
    listed = shop.get("/v1/campaign-templates").json()["templates"]
    assert {"night-market", "school-season", "fruit-festival"} <= {one["name"] for one in listed}
    for one in listed:
        form = shop.get(f"/v1/campaign-templates/{one['name']}").json()["form"]
        Draft202012Validator.check_schema(form)
        assert all(shape["title"] and shape["x-title-en"] for shape in form["properties"].values())


def test_a_template_that_is_not_there_is_not_found(shop: TestClient) -> None:
    assert shop.get("/v1/campaign-templates/nothing").status_code == 404
    refused = shop.post("/v1/campaigns/preview", json={"template": "nothing", "answers": {}})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/template"]


def test_three_examples_follow_the_answers(shop: TestClient) -> None:
    strong = shop.post("/v1/campaigns/preview", json=SEVENTY)
    goods = list(dict.fromkeys(line["sku"] for one in strong.json()["examples"] for line in one["lines"]))
    milder = {"template": "night-market", "answers": {"second_piece": "10%"}, "goods": goods}
    mild = shop.post("/v1/campaigns/preview", json=milder)
    assert len(totals(strong.json())) == 3
    assert all(after < before for before, after in totals(strong.json()))
    assert all(after <= before for before, after in totals(mild.json()))
    assert strong.json()["reached"]
    assert any("70%" in sentence for sentence in strong.json()["sentences"]["zh"])
    saved = [sum(before - after for before, after in totals(one.json())) for one in (mild, strong)]
    assert saved[0] < saved[1]


def test_goods_to_show_must_be_there(shop: TestClient) -> None:
    refused = shop.post("/v1/campaigns/preview", json=SEVENTY | {"goods": ["stinky-tofu", "no-such"]})
    assert [one["pointer"] for one in refused.json()["errors"]] == ["/goods/1"]


def test_an_example_is_found_for_a_festival_months_away(shop: TestClient) -> None:
    found = shop.post("/v1/campaigns/preview", json={"template": "fruit-festival", "answers": {}}).json()
    assert found["reached"]
    assert any(after < before for before, after in totals(found))


def test_conditions_on_place_and_people_are_met_by_the_example(shop: TestClient) -> None:
    form = shop.get("/v1/campaign-templates/school-season").json()["form"]["properties"]
    audience = next(one["const"] for one in form["audience"]["oneOf"] if one["const"])
    answers = {"first_day": "2026-10-08", "last_day": "2026-10-20", "audience": audience}
    found = shop.post("/v1/campaigns/preview", json={"template": "school-season", "answers": answers}).json()
    assert found["reached"]
    assert found["at"][:10] >= "2026-10-08"


def test_a_preview_publishes_nothing(shop: TestClient) -> None:
    before = shop.get("/healthz").json()
    shop.post("/v1/campaigns/preview", json=SEVENTY)
    assert shop.get("/healthz").json() == before


def test_wrong_answers_are_named_at_their_questions(shop: TestClient) -> None:
    answers = {"second_piece": "90%", "spend_off": "5", "nights": ["someday"], "colour": "red"}
    refused = shop.post("/v1/campaigns/preview", json={"template": "night-market", "answers": answers})
    assert refused.status_code == 422
    pointers = {one["pointer"] for one in refused.json()["errors"]}
    assert pointers == {"/answers/second_piece", "/answers/spend_from", "/answers/nights", "/answers/colour"}


def test_a_published_campaign_changes_prices_from_its_start(shop: TestClient) -> None:
    crayfish = basket(("crayfish-tails", 2), at="2026-10-03T20:00:00+08:00")
    before = shop.post("/v1/quotes", json=crayfish).json()["totals"]["paid_fen"]
    answer = shop.post("/v1/campaigns", json=SEVENTY, headers=MERCHANT)
    published = answer.json()
    assert answer.status_code == 201
    assert published["effective_from"] == "2026-10-02T22:31:00+08:00"
    assert "70%" in published["text"]
    after = shop.post("/v1/quotes", json=crayfish).json()
    assert after["totals"]["paid_fen"] < before
    assert published["name"] in {one["rule_set"] for line in after["lines"] for one in line["discounts"]}
    earlier = shop.post("/v1/quotes", json=crayfish | {"at": "2026-10-02T22:30:00+08:00"}).json()
    assert published["name"] not in str(earlier["lines"])


def test_publishing_twice_changes_nothing_and_other_answers_are_a_next_version(shop: TestClient) -> None:
    first, again = (shop.post("/v1/campaigns", json=SEVENTY, headers=MERCHANT).json() for _ in range(2))
    assert first == again
    other = SEVENTY | {"answers": {"second_piece": "60%"}}
    second = shop.post("/v1/campaigns", json=other, headers=OPERATOR).json()
    assert (second["name"], second["version"]) == (first["name"], first["version"] + 1)


def test_the_last_day_counts_whole(shop: TestClient) -> None:
    dated = {"effective_from": "2026-10-05", "effective_until": "2026-10-06"}
    published = shop.post("/v1/campaigns", json=SEVENTY | dated, headers=MERCHANT).json()
    assert published["effective_from"] == "2026-10-05T00:00:00+08:00"
    assert published["effective_until"] >= "2026-10-07T00:00:00+08:00"


@pytest.mark.parametrize(
    ("dates", "pointer"),
    [
        ({"effective_from": "2026-10-01"}, "/effective_from"),
        ({"effective_from": "2026-10-09", "effective_until": "2026-10-08"}, "/effective_until"),
        ({"effective_from": "soon"}, "/effective_from"),
    ],
)
def test_days_that_cannot_be_are_named(shop: TestClient, dates: dict[str, str], pointer: str) -> None:
    refused = shop.post("/v1/campaigns", json=SEVENTY | dates, headers=MERCHANT)
    assert refused.status_code == 422
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


def test_publishing_needs_a_token(shop: TestClient) -> None:
    assert shop.post("/v1/campaigns", json=SEVENTY).status_code == 401
    assert shop.post("/v1/campaigns", json=SEVENTY, headers={"Authorization": "Bearer x"}).status_code == 401


def test_without_tokens_every_guarded_door_is_shut(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url), lambda: FRIDAY_NIGHT)
    load_demo(app.state.service.database, RULES, FRIDAY_NIGHT)
    with TestClient(app) as client:
        for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            assert client.post("/v1/campaigns", json=SEVENTY, headers=given).status_code == 403
            assert client.get("/v1/orders/x", params={"view": "operator"}, headers=given).status_code == 403
