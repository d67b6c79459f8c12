"""docs/order-event.md names every field of the events, and its examples are events."""

import re
from pathlib import Path

import msgspec
import pytest

from engine.events import read_event
from engine.order import (
    Buyer,
    Delivery,
    Line,
    OrderEvent,
    Payee,
    RefundEvent,
    RegionalAgent,
    ReturnedLine,
    Store,
)

PAGE = (Path(__file__).parents[2] / "docs" / "order-event.md").read_text("utf-8")
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "## Order event": OrderEvent,
    "### `lines[]`: a line": Line,
    "### `buyer`": Buyer,
    "### `store`": Store,
    "### `delivery`": Delivery,
    "### `promoter`, `referrer`, `leader`, `host`": Payee,
    "### `regional_agents[]`: a regional agent": RegionalAgent,
    "## Refund event": RefundEvent,
    "### `lines[]`: a returned line": ReturnedLine,
}


def table_below(heading: str) -> dict[str, bool]:
    """Fields of the first table below a heading, and whether each is marked as required."""
    rest = PAGE[PAGE.index(f"\n{heading}") + 1 :].partition("\n#")[0]
    rows = re.findall(r"^\| `(\w+)`( —)? \|", rest, re.MULTILINE)
    return {name: bool(required) for name, required in rows}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field_is_documented_with_its_need(heading: str) -> None:
    fields = {field.name: field.required for field in msgspec.structs.fields(SECTIONS[heading])}
    if heading == "## Refund event":
        fields["type"] = True  # without it an event is read as an order
    assert table_below(heading) == fields


def test_the_examples_are_events() -> None:
    order, refund = (
        read_event(text.encode(), "order-event.md") for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    )
    assert isinstance(order, OrderEvent)
    assert isinstance(refund, RefundEvent)
    assert refund.order_id == order.order_id
    assert {line.line_id for line in refund.lines} <= {line.line_id for line in order.lines}
