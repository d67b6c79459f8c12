"""Orders and refunds as JSON bytes: sound ones at the edges of what is allowed, and damaged ones.

`order_bytes` draws an order, `refunds` refunds of an evaluated order: some possible, some that cannot be.
"""

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from engine.order import MAX_LINES, MAX_QUANTITY, Evaluation
from tests.fuzz.grown import CATEGORIES, REGIONS, SKUS, WORDS

Json = dict[str, Any]

UNICODE = (
    *(
        "é",
        "e\u0301",
        "ﷺ",
        "𠮷野家",
        "👨‍👩‍👧",
        "\u202eabc",
        "\u200b",
        "\u00a0",
        "\x00",
        "\x1f",
        "\x7f",
        "\x85",
        "\u2028",
        "\ufeff",
    ),
    *(
        "ı",
        "İ",
        "ß",
        "ǅ",
        "٣",
        "Ⅷ",
        "½",
        "_",
        "—",
        "«",
        "»",
        "(",
        ")",
        "¥",
        "^",
        "+",
        "©",
        "\ue000",
        "\U0010ffff",
        "\ufffe",
    ),
    *(
        "a\u0300" * 40,
        "x" * 128,
        "'",
        '"',
        "\\",
        "</script>",
        "{{ x }}",
        "$s",
        "../..",
        "NULL",
        "1",
        "true",
        " ",
        "/",
        "a/b",
    ),
)
"""One text or more of every general category that JSON can carry, and what careless programs trip over."""
PRICES = (0, 1, 7, 99, 333, 1000, 1001, 1200, 4999, 2**31, 10**12 - 1, 10**12)
QUANTITIES = (1, 1, 1, 2, 2, 3, 4, 6, 7, 100, 1001, 10**6, MAX_QUANTITY)
ODD_NUMBERS = (
    *("-1", "-0", "0", "1.0", "1.5", "1e3", "1E400", "1e-400", "9007199254740992", "9007199254740993", "4294967296"),
    *("9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809", "1" * 400),
    *("1" * 5000, "01", "+1", "0x1", "NaN", "Infinity", "1000000000001", "1000000001", "10000000000000000000000"),
)
ODD_VALUES = (
    *ODD_NUMBERS,
    *("null", "true", "[]", "{}", '""', '"1"', "[null]", '{"a":1}', "[[[[]]]]", "[" * 600 + "]" * 600),
    *('"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '"\\uDBFF\\uDFFF"', '"\\x"', '"\t"', '"' + "x" * 600 + '"', "nul"),
    *('"2026-10-02"', '"2026-10-02T20:00:00"', '"2026-02-30T00:00:00Z"', '"0001-01-01T00:00:00+08:00"'),
    *('"9999-12-31T23:59:59-12:00"', '"2026-10-02T24:00:00Z"', '"2016-12-31T23:59:60Z"', '"2026-10-02T20:00:00+23:59"'),
    *('"1900-01-01T00:00:00Z"', '"2100-12-31T16:00:00Z"', '"0002-01-01T00:00:00+23:59"', '"9998-12-31T23:59:59-23:59"'),
    *('"order"', '"refund"', '"gift"', '"43010"', '"４３"', '"a//b"', '"/"', '{"num":1,"den":0}', '{"num":-1,"den":9}'),
)
INSTANTS = (
    *("2026-10-02T20:00:00+08:00", "2026-10-02T22:30:00+08:00", "2026-10-03T01:59:59.999999+08:00"),
    *("2026-10-02T16:00:00Z", "2026-12-31T23:59:59+14:00", "2028-02-29T00:00:00-11:00", "2026-10-02T18:00:00+08:00"),
    *("1901-02-19T00:00:00+08:00", "1850-01-01T00:00:00+08:00", "2099-12-31T23:59:59+08:00", "2500-06-06T06:06:06Z"),
    *("0002-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "1991-07-07T12:00:00+09:00", "1582-10-10T00:00:00Z"),
)
_VALUE = re.compile(r'-?\d+|"(?:[^"\\]|\\.)*"|true|false|null')


def order_bytes(chance: Random) -> bytes:
    """An order: two of three are sound, the others are damaged in one or a few places."""
    text = json.dumps(order(chance), ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.66:
        return text.encode()
    return damaged(chance, text)


def damaged(chance: Random, text: str) -> bytes:
    """JSON with a value replaced, a key doubled, a piece cut out, or bytes that are no text at all."""
    for _ in range(chance.choice((1, 1, 1, 3))):
        found = list(_VALUE.finditer(text))
        if not found:
            break
        hit = chance.choice(found)
        match chance.randrange(8):
            case 0:
                text = text[: hit.start()] + text[hit.end() :]
            case 1:
                text = text.replace("{", '{"quantity": 1, "lines": 0, ', 1)
            case 2:
                start = chance.randrange(len(text))
                text = text[:start] + text[start + chance.choice((1, 9, len(text))) :]
            case 3:
                return text.encode().replace(b'"', chance.choice((b'"\xff', b'"\xed\xa0\x80', b'"\xc0\x80', b"'")), 2)
            case _:
                text = text[: hit.start()] + chance.choice(ODD_VALUES) + text[hit.end() :]
    return text.encode("utf-8", "surrogatepass")


def order(chance: Random) -> Json:
    """A sound order, at the edges of what is allowed."""
    draw = chance.random()
    count = chance.choice((1, 1, 2, 3, 4)) if draw < 0.997 else chance.choice((200, 1000))
    tree: Json = {
        "order_id": chance.choice(("o-1", chance.choice(UNICODE))),
        "placed_at": chance.choice(INSTANTS[:6] if chance.random() < 0.8 else INSTANTS),
        "lines": [_line(chance, f"l-{at}") for at in range(count)],
        "buyer": _some(
            chance,
            0.5,
            id=chance.choice(("b-1", "p-1")),
            level=_word(chance),
            tags=_words(chance),
            is_new=chance.random() < 0.5,
            nth_order=chance.choice((0, 1, 2, 3, 10**12)),
            region=chance.choice(REGIONS),
        ),
        "delivery": _some(
            chance,
            0.7,
            kind=chance.choice(("delivery", "pickup")),
            region=chance.choice(REGIONS),
            fee_fen=chance.choice((0, 1, 500, 10**12)),
        ),
    }
    return tree | _some(
        chance,
        0.5,
        channel=chance.choice(("live", "mini_program", chance.choice(UNICODE))),
        store={"id": "s-1"} | _some(chance, 0.5, region=chance.choice(REGIONS), tags=_words(chance)),
        promoter=_payee(chance, "p-1"),
        referrer=_payee(chance, "r-1"),
        leader=_payee(chance, "l-1"),
        coupons=_words(chance),
        counters={f"grown/r-{chance.randrange(3)}": _counted(chance)},
    )


def _counted(chance: Random) -> Json:
    names = ("money/total/ever", "uses/total/ever", "uses/buyer/day", "uses/store/month", chance.choice(UNICODE))
    return {name: chance.choice((0, 1, 2, 499, 10**12)) for name in names if chance.random() < 0.5}


def _line(chance: Random, line_id: str) -> Json:
    price = chance.choice(PRICES)
    line: Json = {
        "line_id": line_id,
        "sku": str(chance.choice(SKUS)),
        "unit_price_fen": price,
        "quantity": chance.choice(QUANTITIES if chance.random() < 0.5 else QUANTITIES[:8]),
    }
    return line | _some(
        chance,
        0.25,
        merchant=chance.choice(("m-1", "m-2", chance.choice(UNICODE))),
        title=chance.choice(("紫苏桃子姜", "", "x" * 500, chance.choice(UNICODE))),
        product=_word(chance),
        category=chance.choice((*CATEGORIES, "snacks", "other")),
        tags=_words(chance),
        floor_price_fen=chance.choice((0, 1, price // 2, price, 10**12)),
        unit_cost_fen=chance.choice((0, price // 3, 10**12)),
        vat_rate=chance.choice(
            ({"num": 13, "den": 100}, {"num": 0}, {"num": 10**9, "den": 1}, {"num": 1, "den": 10**9})
        ),
        stock=chance.choice((0, 1, 10, 10**12)),
        days_to_expiry=chance.choice((-100_000, -1, 0, 1, 3, 100_000)),
        own_goods=chance.random() < 0.5,
        commission={"promoter": chance.choice(_FIGURES)},
    )


_FIGURES: tuple[Json, ...] = (
    {},
    {"amount_fen": 0},
    {"amount_fen": 10**12},
    {"rate": {"num": 1, "den": 3}},
    {"rate": {"num": 10**9, "den": 1}, "amount_fen": 30},
)


def _payee(chance: Random, payee: str) -> Json:
    return {"id": chance.choice((payee, payee, "b-1", chance.choice(UNICODE)))} | _some(
        chance,
        0.4,
        level=_word(chance),
        status=chance.choice(("active", "inactive")),
        tags=_words(chance),
        merchant="m-1",
        region=chance.choice(REGIONS),
        period_sales_fen=chance.choice((0, 4999, 500_000, 10**12)),
    )


def _some(chance: Random, share: float, **entries: Any) -> Json:
    return {key: value for key, value in entries.items() if chance.random() < share}


def _word(chance: Random) -> str:
    return chance.choice((chance.choice(WORDS), chance.choice(UNICODE)))


def _words(chance: Random) -> list[str]:
    return [_word(chance) for _ in range(chance.choice((0, 1, 1, 2, 200 if chance.random() < 0.02 else 3)))]


# --- refunds --------------------------------------------------------------------------------------------------------


def refund_bytes(chance: Random, evaluation: Evaluation, number: int) -> bytes:
    """A refund of an order: units, agreed amounts, both, the delivery fee; often more than there is."""
    back = []
    for line, net in zip(evaluation.event.lines[:20], evaluation.priced.net_fen, strict=False):
        if chance.random() < 0.6:
            quantity = chance.choice((0, 1, 1, line.quantity, line.quantity // 2, line.quantity + 1))
            amount = {"amount_fen": chance.choice((0, 1, net, net // 2, net + 1))} if chance.random() < 0.3 else {}
            back.append({"line_id": line.line_id, "quantity": quantity, **amount})
    if chance.random() < 0.05:
        back.append({"line_id": chance.choice(UNICODE), "quantity": 1})
    fee = evaluation.priced.shipping_fen
    tree = {
        "type": "refund",
        "refund_id": f"re-{number if chance.random() < 0.9 else 0}",
        "order_id": evaluation.event.order_id if chance.random() < 0.98 else "another",
        "at": chance.choice(INSTANTS),
        "lines": back,
        "shipping_fen": chance.choice((0, 0, fee, fee // 2, fee + 1)),
    }
    text = json.dumps(tree)
    return text.encode() if chance.random() < 0.9 else damaged(chance, text)


_LINE: Json = {"sku": "a", "unit_price_fen": 1999, "quantity": 3}
_ORDER: Json = {"order_id": "o-1", "placed_at": INSTANTS[0], "lines": [_LINE | {"line_id": "l-0"}]}


def _with(**more: Any) -> bytes:
    return json.dumps(_ORDER | more).encode()


def _with_lines(count: int) -> bytes:
    return _with(lines=[_LINE | {"line_id": f"l-{at}"} for at in range(count)])


HUGE: dict[str, Callable[[], bytes]] = {
    "as many lines as there may be": lambda: _with_lines(MAX_LINES),
    "one line too many": lambda: _with_lines(MAX_LINES + 1),
    "ten megabytes of lines": lambda: _with_lines(110_000),
    "ten megabytes of one text": lambda: _with(order_id="x" * 9_900_000),
    "ten megabytes of spaces": lambda: b" " * 9_999_999,
    "more than ten megabytes": lambda: b" " * 10_000_001,
    "a list of too many events": lambda: b"[" + b"0," * 100_000 + b"0]",
    "half a million keys": lambda: _with(**{f"k{at}": 0 for at in range(500_000)}),
    "one key half a million times": lambda: b'{"order_id":"o",' + b'"a":0,' * 499_999 + b'"a":0}',
    "lists in lists": lambda: b"[" * 5_000_000,
    "mappings in mappings": lambda: b'{"a":' * 1_900_000,
    "many counters": lambda: _with(counters={f"k{at}": {"u": 1} for at in range(300_000)}),
    "a number of nine million digits": lambda: b'{"order_id":"o","lines":' + b"9" * 9_000_000 + b"}",
}
"""Orders at and beyond the greatest sizes, by what is special about them."""
