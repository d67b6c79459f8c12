"""Hostile requests to the service: never a fault of the service, always problem details, and no partial effect."""

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import func, select

from engine.text.document import parse
from engine.text.nodes import plain
from storage.database import read, table_of
from storage.journal_tables import EntryRow, EventRow, PostingRow
from storage.tables import Counter as UseCounter
from storage.tables import Idempotency, OrderRecord, RuleSetVersion
from tests.api.conftest import OPERATOR, open_shop, service_behind
from tests.fuzz.orders import UNICODE, damaged
from tests.fuzz.rule_sets import ROOT, damaged_tree
from tests.storage.databases import fresh_database

SKUS = ("stinky-tofu", "plum-drink", "spicy-crayfish", "sugar-cake", "no-such-thing")
PATHS = ("/v1/quotes", "/v1/orders", "/v1/orders", "/v1/campaigns/preview", "/v1/campaigns")
_TABLES = (OrderRecord, EventRow, EntryRow, PostingRow, UseCounter, Idempotency, RuleSetVersion)


@lru_cache(maxsize=1)
def _answered() -> list[tuple[str, dict[str, Any]]]:
    """Templates with answers that fit, from the cases beside them."""
    found = []
    for file in sorted((ROOT / "templates" / "campaigns").rglob("*.cases.yaml")):
        cases: Any = plain(parse(file.read_text(encoding="utf-8"), file.name).root)
        found += [(file.parent.name, case["answers"]) for case in cases["cases"] if "answers" in case]
    return found


def body(chance: Random, path: str) -> Any:
    """What the path asks for, soundly."""
    if path.startswith("/v1/campaigns"):
        template, answers = chance.choice(_answered())
        return {"template": template, "answers": answers}
    lines = [
        {"sku": chance.choice(SKUS[:4]), "quantity": chance.choice((1, 2, 7, 100_000))}
        for _ in range(chance.choice((1, 1, 3, 500 if chance.random() < 0.02 else 2)))
    ]
    basket: dict[str, Any] = {
        "lines": lines,
        "buyer_id": chance.choice(("b1", "b1", "b1", "nobody", chance.choice(UNICODE))),
    }
    basket["delivery"] = {"kind": "delivery", "region": "430102", "fee_fen": chance.choice((0, 500, 10_000_000))}
    return basket | ({"order_id": f"o-{chance.randrange(30)}"} if path == "/v1/orders" else {})


def content(chance: Random, path: str) -> bytes:
    """A request body: one of three sound, the others damaged as a tree or as text."""
    tree = body(chance, path)
    draw = chance.random()
    if draw < 0.3:
        return json.dumps(tree).encode()
    if draw < 0.7:
        for _ in range(chance.choice((1, 1, 3))):
            tree = damaged_tree(chance, tree)
        return json.dumps(tree).encode()
    if draw < 0.97:
        return damaged(chance, json.dumps(tree))
    return chance.choice((b"", b"[" * 200_000, b'{"lines":' * 100_000, b"\xff" * 1_000, b" " * (2**21 + 1), b"nul"))


def send(shop: TestClient, chance: Random) -> str:
    """One request; its outcome. Raises `AssertionError` for a fault of the service and for a partial effect."""
    path = chance.choice(PATHS)
    sent = content(chance, path)
    headers = {"content-type": "application/json"} | (OPERATOR if chance.random() < 0.8 else {})
    if path == "/v1/orders" and chance.random() < 0.7:
        headers["idempotency-key"] = chance.choice(("k", "k" * 300, f"k-{chance.randrange(99)}"))
    before = rows(shop)
    answer = shop.post(path, content=sent, headers=headers)
    told = f"{path} {answer.status_code}: {sent[:2_000]!r} -> {answer.text[:1_000]}"
    assert answer.status_code < 500, told
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", told
        problem = answer.json()
        assert problem["status"] == answer.status_code, told
        assert all(problem[key] for key in ("type", "title", "title_en", "code", "detail", "detail_en")), told
        assert rows(shop) == before, f"a refused request left something behind: {told}"
    else:
        answer.json()
    return f"{path} {answer.status_code}"


def rows(shop: TestClient) -> list[int]:
    """How many rows every table that requests write to holds."""
    with read(service_behind(shop).database) as connection:
        return [connection.execute(select(func.count()).select_from(table_of(one))).scalar_one() for one in _TABLES]


def run(seed: int, count: int) -> str:
    """So many requests to a shop of its own; the outcomes by path and status."""
    outcomes: Counter[str] = Counter()
    with TemporaryDirectory() as folder, fresh_database("sqlite", Path(folder)) as url:
        for shop in open_shop(url):
            for number in range(count):
                outcomes[send(shop, Random(f"{seed}:request:{number}"))] += 1
    return ", ".join(f"{outcome} x{times}" for outcome, times in sorted(outcomes.items()))
