"""docs/limits.md gives the figures that the code and the schemas enforce, and names every bound that there is."""

import importlib
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest

from engine import events, order
from engine.errors import InvalidInput
from engine.text import diagnostics, document
from storage.rule_files import own_schemas
from tests.fuzz.rule_sets import ROOT

PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| ([\d,]+) \| `([\w/.]+)` `([^`]+)` \|$", PAGE, re.MULTILINE)


def _held(file: str, name: str) -> Any:
    if file.endswith(".schema.json"):
        found: Any = own_schemas()[file.removesuffix(".schema.json")]
        for step in name.removeprefix("/").split("/"):
            found = found[int(step) if isinstance(found, list) else step]
        return found
    constant, _, keyword = name.partition(".")
    found = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), constant)
    return getattr(get_args(found)[1], keyword) if keyword else found


@pytest.mark.parametrize(("what", "figure", "file", "name"), ROWS, ids=[f"{row[2]} {row[3]}" for row in ROWS])
def test_a_figure_is_what_is_enforced(what: str, figure: str, file: str, name: str) -> None:
    assert int(figure.replace(",", "")) == _held(file, name), what


def test_every_row_but_that_of_what_is_refused_outright_is_checked() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what ")]
    assert len(rows) == len(ROWS) + 1 > 40


def test_what_is_refused_outright_has_its_broken_file() -> None:
    named = re.findall(r"`(tests/bad/\w+\.yaml)`", PAGE)
    assert len(named) == 4
    assert all((ROOT / name).is_file() for name in named)


def _constants() -> Iterator[str]:
    for module in (document, events, diagnostics, order):
        for name in vars(module):
            if re.fullmatch(r"MAX_\w+|LONGEST_\w+", name) and name != "MAX_QUANTITY":
                yield name


def test_every_bound_of_a_reader_is_on_the_page() -> None:
    assert [name for name in _constants() if f"`{name}`" not in PAGE] == []


HELD_BY_THE_READER = {
    "/oneOf/2",
    "/$defs/Rate",
    "/$defs/Rate/properties/num",
    "/$defs/Rate/properties/den",
    "/$defs/OrderEvent/properties/placed_at",
    "/$defs/RefundEvent/properties/at",
}
"""What the schema leaves open and `engine.events` bounds."""
_BOUNDS = {"array": "maxItems", "integer": "maximum", "object": "maxProperties"}


def _unbounded(schema: Any, path: str = "") -> Iterator[str]:
    """Lists, texts and numbers of the event schema without a greatest size."""
    if isinstance(schema, dict):
        kind = schema.get("type")  # where a property is called so, a schema and not a text
        bound = _BOUNDS.get(kind) if isinstance(kind, str) else None
        closed = schema.get("additionalProperties") is False or "enum" in schema
        if bound and bound not in schema and not closed:
            yield path
        if kind == "string" and not {"maxLength", "pattern", "format", "enum"} & schema.keys():
            yield path
        for key, value in schema.items():
            yield from _unbounded(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for at, value in enumerate(schema):
            yield from _unbounded(value, f"{path}/{at}")


def test_nothing_in_an_event_is_without_a_bound() -> None:
    assert set(_unbounded(own_schemas()["event"])) == HELD_BY_THE_READER


def test_what_the_reader_holds_itself_is_refused() -> None:
    rate = '{"num": 1, "den": 1000000001}'
    line = '{"line_id": "1", "sku": "a", "unit_price_fen": 1, "quantity": 1, "vat_rate": %s}'
    whole = '{"order_id": "o", "placed_at": "%s", "lines": [%s]}'
    for at, given in (("2026-10-02T20:00:00", line % "null"), ("2026-10-02T20:00:00Z", line % rate)):
        with pytest.raises(InvalidInput):
            events.read_events((whole % (at, given)).encode(), "order.json")
    with pytest.raises(InvalidInput):
        events.read_events(b"[" + b"0," * events.MAX_EVENTS + b"0]", "orders.json")
