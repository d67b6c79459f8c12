"""docs/order-events.md names every field, state, code and account, and its examples are events."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from engine.journal.news_reader import read_news
from engine.journal.order_news import (
    AdjustmentEvent,
    CancelledEvent,
    ClosedEvent,
    DividendEvent,
    PaidEvent,
    PayoutEvent,
    ReceivedEvent,
    ReleasedEvent,
    SettledEvent,
    ShippedEvent,
)
from engine.journal.order_status import Status

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "order-events.md").read_text("utf-8")
EVENTS: dict[str, type[msgspec.Struct]] = {
    "paid": PaidEvent,
    "shipped": ShippedEvent,
    "received": ReceivedEvent,
    "cancelled": CancelledEvent,
    "released": ReleasedEvent,
    "settled": SettledEvent,
    "closed": ClosedEvent,
    "payout": PayoutEvent,
    "dividend": DividendEvent,
    "adjustment": AdjustmentEvent,
}


def section(heading: str) -> str:
    return PAGE[PAGE.index(f"\n{heading}") + 1 :].partition("\n#")[0]


@pytest.mark.parametrize("kind", EVENTS)
def test_every_field_is_documented_with_its_need(kind: str) -> None:
    rows = re.findall(r"^\| `(\w+)`( —)? \|", section(f"### `{kind}`"), re.MULTILINE)
    fields = {field.name: field.required or field.name == "type" for field in msgspec.structs.fields(EVENTS[kind])}
    assert {name: bool(required) for name, required in rows} == fields


def test_the_examples_are_events() -> None:
    (text,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    events = [read_news(json.dumps(one).encode(), "order-events.md") for one in json.loads(text)]
    assert {event.type for event in events} == {"paid", "shipped", "received", "released", "cancelled"}


def test_every_state_is_named_in_the_order_in_which_they_are_asked() -> None:
    named = re.findall(r"^\| `(\w+)` \|", section("## The state of an order").partition("An event is")[0], re.MULTILINE)
    assert sorted(named) == sorted(get_args(Status))
    assert named[:2] == ["cancelled", "refunded"]


def test_every_code_is_explained() -> None:
    """The codes in the source of the books, and those of refunds, are the codes of the two tables."""
    tables = section("## The state of an order").partition("An event is")[2]
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", tables, re.MULTILINE)
    named = {code for row in rows for code in re.findall(r"\w+", row)}
    sources = {
        name: (ROOT / "engine" / name).read_text("utf-8")
        for name in ("journal/order_book.py", "journal/posting.py", "refund/clawback.py", "journal/order_status.py")
    }
    raised = {code for text in sources.values() for code in re.findall(r'Refused\(\s*"(\w+)"', text)}
    noted = set(re.findall(r'_note\(\s*event,\s*"(\w+)"', sources["journal/order_status.py"]))
    assert len(noted) == 6
    assert named == raised | noted
