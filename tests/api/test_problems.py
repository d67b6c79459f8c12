"""Whatever comes in, the answer says what is wrong with it; nothing that a client sends is a fault of the service."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from api import quoting
from api.bodies import MAX_BODY_BYTES
from tests.api.conftest import MERCHANT, basket, order

PROBLEM = "application/problem+json"


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer, with what every one of them has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    assert all(found[key] for key in ("type", "title", "title_en", "code", "detail", "detail_en"))
    return found


def test_an_unknown_address_is_a_problem(steady_shop: TestClient) -> None:
    assert "/nowhere" in problem_of(steady_shop.get("/nowhere"), 404)["detail_en"]


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(steady_shop: TestClient) -> None:
    answer = steady_shop.delete("/v1/quotes")
    assert problem_of(answer, 405)["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "POST"


def test_every_wrong_place_is_named_at_once(steady_shop: TestClient) -> None:
    wrong = {
        "lines": [{"sku": "", "quantity": "2"}, {"quantity": 0, "size": "L"}, {"sku": "a\u0000b", "quantity": 1.5}],
        "delivery": {"kind": "drone", "region": "43x"},
        "coupons": "ABC",
        "at": "2026-10-02",
        "loyalty/card": 1,
    }
    found = problem_of(steady_shop.post("/v1/quotes", json=wrong), 422)
    assert {one["pointer"]: one["code"] for one in found["errors"]} == {
        "/at": "wrong_form",
        "/coupons": "wrong_type",
        "/delivery/kind": "unknown_value",
        "/delivery/region": "wrong_form",
        "/lines/0/quantity": "wrong_type",
        "/lines/0/sku": "too_short",
        "/lines/1/quantity": "too_small",
        "/lines/1/size": "unknown_field",
        "/lines/1/sku": "missing",
        "/lines/2/quantity": "wrong_type",
        "/lines/2/sku": "wrong_form",
        "/loyalty~1card": "unknown_field",
    }
    for one in found["errors"]:
        assert one["detail"]
        assert one["detail"] != one["detail_en"]


@pytest.mark.parametrize("quantity", ["2", 2.0, True, None, -1, 10**30, [1]])
def test_a_quantity_is_a_whole_number_and_nothing_else(steady_shop: TestClient, quantity: object) -> None:
    body = json.dumps(basket(("stinky-tofu", 1)) | {"lines": [{"sku": "stinky-tofu", "quantity": quantity}]})
    answer = steady_shop.post("/v1/quotes", content=body, headers={"content-type": "application/json"})
    assert [one["pointer"] for one in problem_of(answer, 422)["errors"]] == ["/lines/0/quantity"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[1,2", b"\xff\xfe", b"null", b"[]", b'"x"', b"[" * 100_000, b'{"a":' * 50_000, b"NaN"]
)
def test_what_is_not_an_order_is_a_problem(steady_shop: TestClient, content: bytes) -> None:
    for path in ("/v1/quotes", "/v1/orders", "/v1/campaigns/preview"):
        answer = steady_shop.post(path, content=content, headers={"content-type": "application/json"})
        problem_of(answer, 422)


def test_a_body_that_is_too_large_is_refused_without_reading_it_all(steady_shop: TestClient) -> None:
    def endless() -> Any:
        for _ in range(MAX_BODY_BYTES // 1024 + 1):
            yield b" " * 1024

    json_type = {"content-type": "application/json"}
    assert problem_of(steady_shop.post("/v1/quotes", content=endless(), headers=json_type), 413)
    declared = steady_shop.post("/v1/quotes", content=b" " * (MAX_BODY_BYTES + 1), headers=json_type)
    assert problem_of(declared, 413)["code"] == "body_too_large"


def test_another_media_type_is_refused(steady_shop: TestClient) -> None:
    answer = steady_shop.post("/v1/quotes", content=b"a=1", headers={"content-type": "text/plain"})
    assert problem_of(answer, 415)


def test_a_database_that_does_not_answer_is_said_to_be_busy(
    steady_shop: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    monkeypatch.setattr(quoting, "order_event", fail)
    answer = steady_shop.post("/v1/quotes", json=basket(("stinky-tofu", 1)))
    assert problem_of(answer, 503)["code"] == "busy"
    assert answer.headers["retry-after"] == "1"
    assert "locked" not in answer.text


def test_a_fault_of_the_service_is_a_problem_without_its_insides(
    steady_shop: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(quoting, "order_event", fail)
    answer = steady_shop.post("/v1/quotes", json=basket(("stinky-tofu", 1)))
    assert problem_of(answer, 500)["code"] == "internal"
    assert "secret" not in answer.text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(max_size=140) | st.sampled_from(["stinky-tofu", "p004", "430102", "2026-10-02T22:00:00+08:00", "\x00"])


@st.composite
def damaged(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """A body with one or two of its values replaced by something else."""
    copy: dict[str, Any] = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 2))):
        place: Any = copy
        while True:
            key = draw(st.sampled_from(list(place) if isinstance(place, dict) else range(len(place))))
            inner = place[key]
            if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
                place[key] = draw(JSON | TEXTS)
                break
            place = inner
    return copy


FULL = order(
    "o-1",
    ("stinky-tofu", 2),
    store_id="yangfan",
    promoter_id="p004",
    leader_id="l01",
    channel="live",
    coupons=["A"],
    placed_at="2026-10-02T22:00:00+08:00",
)


@given(body=damaged(FULL))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_however_damaged_is_a_fault_of_the_service(steady_shop: TestClient, body: dict[str, Any]) -> None:
    answer = steady_shop.post("/v1/orders", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code in (200, 201, 409, 422), answer.text


@given(
    answers=st.dictionaries(
        st.sampled_from(["opens", "nights", "second_piece", "pairs", "x"]), JSON | TEXTS, max_size=3
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_however_odd_is_a_fault_of_the_service(steady_shop: TestClient, answers: dict[str, Any]) -> None:
    body = json.dumps({"template": "night-market", "answers": answers, "name": "fuzzed"})
    headers = MERCHANT | {"content-type": "application/json"}
    assert steady_shop.post("/v1/campaigns", content=body, headers=headers).status_code in (201, 422)


@given(query=st.dictionaries(st.sampled_from(["limit", "after", "category", "at", "store_id", "buyer_id", "q"]), TEXTS))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_however_odd_is_a_fault_of_the_service(steady_shop: TestClient, query: dict[str, str]) -> None:
    assert steady_shop.get("/v1/catalog", params=query).status_code in (200, 422)
