"""News from JSON: what is read, and what is told about a text that is no such event."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EventRefused, InvalidInput
from engine.journal.audit import audit
from engine.journal.journal import fold
from engine.journal.news_reader import decode_news, encode_news, read_news
from engine.journal.order_news import News, SaleEvent, news_key
from engine.journal.posting import Logged
from engine.order import OrderEvent
from tests.engine.builders import line, order, returned
from tests.engine.journal.builders import (
    a_sale,
    adjusted,
    cancelled,
    closed,
    dividend,
    hours,
    logged,
    paid,
    payout,
    received,
    refunded,
    released,
    settled,
    shipped,
)

NEWS: list[News] = [
    paid("p-1", 5, fee_fen=1, fee_bearer="merchants"),
    shipped(),
    received(),
    refunded("r-1", returned("a", 1), payment_fee="return"),
    cancelled(kept_fen=5, reason="拍错了"),
    released(),
    settled("p-1", 5, 0, 240),
    closed(0, 240),
    payout("b-1", "p-1", 5, 250),
    dividend("pool:city", 5, 240, l_1=3, l_2=2),
    adjusted("a-1", "platform:adjustments", "payee:p-1:released", 5, 250),
]


@pytest.mark.parametrize("event", NEWS, ids=lambda event: event.type)
def test_an_event_comes_back_as_it_was_written(event: News) -> None:
    assert read_news(encode_news(event), "news.json") == event
    assert decode_news(encode_news(event)) == event


def test_an_adjustment_names_a_payee_whom_a_statement_can_name() -> None:
    """A longer id would be taken in, and no period with it could be closed and read again."""
    for length, known in ((128, True), (129, False)):
        account = f"payee:{'x' * length}:released"
        data = encode_news(adjusted("a-1", "platform:adjustments", account, 5, 250))
        if known:
            assert read_news(data, "news.json") == decode_news(data)
        else:
            with pytest.raises(InvalidInput) as refused:
                read_news(data, "news.json")
            assert refused.value.diagnostics[0].path == "/destination"


def test_a_sale_is_stored_with_its_evaluation_and_an_order_comes_in_without() -> None:
    sale = SaleEvent(evaluation=a_sale())
    assert decode_news(encode_news(sale)) == sale
    assert isinstance(read_news(msgspec.json.encode(order(line("a", 1))), "order.json"), OrderEvent)
    with pytest.raises(InvalidInput, match="unknown event type 'sale'"):
        read_news(encode_news(sale), "sale.json")
    with pytest.raises(msgspec.DecodeError, match="no event"):
        decode_news(b'{"type": "order"}')


def test_every_event_has_a_key_of_its_own() -> None:
    assert len({news_key(event) for event in NEWS}) == len(NEWS)
    assert news_key(NEWS[3]) == "refund:r-1"


@pytest.mark.parametrize(
    ("event", "changed", "code", "pointer", "says"),
    [
        (NEWS[0], {"amount_fen": 0}, "E102", "/amount_fen", ">= 1"),
        (NEWS[0], {"amount_fen": 1.5}, "E102", "/amount_fen", "int"),
        (NEWS[0], {"fee_bearer": "buyer"}, "E102", "/fee_bearer", "buyer"),
        (NEWS[0], {"at": "2026-10-02T22:30:00"}, "E107", "/at", "offset"),
        (NEWS[0], {"amont_fen": 5}, "E102", "/amont_fen", "did you mean amount_fen"),
        (NEWS[0], {"type": "payed"}, "E102", "/type", "unknown event type 'payed'"),
        (NEWS[0], {"type": 5}, "E102", "/type", "str"),
        (NEWS[4], {"kept_fen": -1}, "E102", "/kept_fen", ">= 0"),
        (NEWS[4], {"reason": "x" * 501}, "E102", "/reason", "500"),
        (NEWS[5], {"order_id": ""}, "E102", "/order_id", "length"),
        (NEWS[6], {"end": "2026-10-02T20:00:00+08:00"}, "E111", "/end", "after it begins"),
        (NEWS[6], {"start": "2026-10-02T20:00:00"}, "E107", "/start", "offset"),
        (NEWS[7], {"end": "2026-10-01T20:00:00+08:00"}, "E111", "/end", "after it begins"),
        (NEWS[9], {"pool": "partners"}, "E102", "/pool", "pool:"),
        (
            NEWS[9],
            {"shares": [{"holder": "l-1", "weight": 1, "amount_fen": 1}] * 2},
            "E112",
            "/shares/1/holder",
            "there already",
        ),
        (NEWS[10], {"source": "my:pocket"}, "E102", "/source", "buyer"),
        (NEWS[10], {"reason": ""}, "E102", "/reason", "length"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    event: News, changed: dict[str, Any], code: str, pointer: str, says: str
) -> None:
    text = json.dumps(json.loads(encode_news(event)) | changed).encode()
    with pytest.raises(InvalidInput) as refused:
        read_news(text, "news.json", "/3")
    (found,) = refused.value.diagnostics
    assert (found.file, found.code, found.path) == ("news.json", code, f"/3{pointer}")
    assert says in found.message_en + found.hint_en
    assert found.message_zh


@pytest.mark.parametrize("text", [b"{", b"", b"\xff", b'{"type": "paid", "id": "\xff"}', b"[" * 100_000])
def test_what_is_no_json_is_told_so(text: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_news(text, "news.json")
    assert refused.value.diagnostics[0].code in ("E101", "E102")


ODD: list[Any] = [
    None,
    True,
    -1,
    0,
    10**12,
    10**12 + 1,
    10**30,
    0.5,
    "",
    "x" * 129,
    "\ud800",
    "\x00",
    "2026-10-02T22:30:00+08:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-10-02",
    [],
    [None],
    {},
    {"a": 1},
]


def told(*findings: tuple[str, str, str]) -> None:
    """Each finding has a code, and says what is wrong in both languages."""
    assert findings
    assert all(all(finding) for finding in findings)


@settings(max_examples=400)
@given(st.sampled_from(NEWS), st.data())
def test_whatever_stands_in_a_field_is_refused_clearly_or_posted_exactly(event: News, data: st.DataObject) -> None:
    """An event with odd values in some fields is refused as no event, refused as impossible, or posted and audited."""
    fields = json.loads(encode_news(event))
    for name in data.draw(st.lists(st.sampled_from(sorted({*fields, "surprise"})), min_size=1, max_size=3)):
        fields[name] = data.draw(st.sampled_from(ODD))
    try:
        read = read_news(json.dumps(fields).encode(), "news.json")
    except InvalidInput as refused:
        told(*((found.code, found.message_zh, found.message_en) for found in refused.diagnostics))
        return
    if isinstance(read, OrderEvent):
        return
    log = logged(a_sale())
    journal = fold(log)
    arrived = Logged(2, hours(2), read)
    try:
        journal.post(arrived)
    except EventRefused as no:
        told((no.code, no.message_zh, no.message_en))
        return
    assert audit([*log, arrived], journal.entries, stored_balances=journal.balances()).difference is None
