"""What the OpenAPI document promises is what comes."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from tests.api.conftest import MERCHANT, OPERATOR, basket, order


@pytest.fixture
def document(steady_shop: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = steady_shop.get("/openapi.json").json()
    return found


def check(document: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """An answer against the schema that the document gives for its status."""
    documented = document["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    schema = documented[answer.headers["content-type"]]["schema"]
    errors = list(Draft202012Validator({**schema, "components": document["components"]}).iter_errors(answer.json()))
    assert errors == []


def test_real_answers_have_the_documented_shape(steady_shop: TestClient, document: dict[str, Any]) -> None:
    draft = {"template": "night-market", "answers": {}}
    placed = order("documented", ("stinky-tofu", 2), promoter_id="p004", coupons=["X"])
    answers = (
        ("/v1/catalog", "get", steady_shop.get("/v1/catalog")),
        ("/v1/catalog", "get", steady_shop.get("/v1/catalog", params={"limit": 0})),
        ("/v1/quotes", "post", steady_shop.post("/v1/quotes", json=basket(("stinky-tofu", 2)))),
        ("/v1/quotes", "post", steady_shop.post("/v1/quotes", json={})),
        ("/v1/orders", "post", steady_shop.post("/v1/orders", json=placed)),
        ("/v1/orders", "post", steady_shop.post("/v1/orders", json=placed)),
        ("/v1/orders", "post", steady_shop.post("/v1/orders", json=placed | {"coupons": []})),
        ("/v1/orders/{order_id}", "get", steady_shop.get("/v1/orders/documented")),
        (
            "/v1/orders/{order_id}",
            "get",
            steady_shop.get("/v1/orders/documented", params={"view": "operator"}, headers=OPERATOR),
        ),
        ("/v1/orders/{order_id}", "get", steady_shop.get("/v1/orders/nowhere")),
        ("/v1/campaign-templates", "get", steady_shop.get("/v1/campaign-templates")),
        ("/v1/campaign-templates/{name}", "get", steady_shop.get("/v1/campaign-templates/night-market")),
        ("/v1/campaigns/preview", "post", steady_shop.post("/v1/campaigns/preview", json=draft)),
        ("/v1/campaigns", "post", steady_shop.post("/v1/campaigns", json=draft, headers=MERCHANT)),
        ("/v1/campaigns", "post", steady_shop.post("/v1/campaigns", json=draft)),
        ("/healthz", "get", steady_shop.get("/healthz")),
    )
    for path, method, answer in answers:
        check(document, path, method, answer)


def test_every_operation_is_described_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], f"{method} {path}"
            good = [status for status in operation["responses"] if status.startswith("2")]
            assert good, f"{method} {path}"
            assert all("schema" in one["content"]["application/json"] for one in map(operation["responses"].get, good))
    defined = document["components"]["schemas"]
    assert set(references(document)) <= {f"#/components/schemas/{name}" for name in defined}


def references(value: Any) -> list[str]:
    """Every `$ref` in a document."""
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for inner in value.values() for found in references(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in references(inner)]
    return []
