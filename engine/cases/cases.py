"""Cases beside rules: an order, what the rules must make of it, and what each refund must undo.

A case is read from a schema-checked document, run through the whole chain, and compared figure by figure; whatever
`expect` leaves out is not compared.
"""

from datetime import date, timedelta
from typing import Any

import msgspec

from engine.builder.values import read_date, read_instant, read_percent, read_rate
from engine.calendar import SHANGHAI
from engine.cases.figures import Difference, compare_order, compare_refund, read_amount, read_used
from engine.evaluate import evaluate_order
from engine.events import check_order, refusal
from engine.live import LiveRules
from engine.order import OrderEvent, RefundEvent
from engine.refund.clawback import untouched
from engine.report import Json
from engine.text.nodes import Document, MapNode, plain

_MONEY_KEYS = ("unit_price", "floor_price", "unit_cost", "fee", "period_sales", "amount", "shipping")
_PERCENT_KEYS = ("repeat_rate", "refund_rate")
_TEXT_KEYS = ("region", "id", "sku", "level", "line_id", "product", "merchant", "order_id", "contract", "parent")
"""Codes that may be written as bare numbers."""


class Case(msgspec.Struct, frozen=True):
    """One case: the order, other rule sets that stand in it, template answers, and expectations as written."""

    name: str
    file: str
    line: int
    event: OrderEvent
    expect: Json
    refunds: tuple[tuple[RefundEvent, Json], ...] = ()
    beside: tuple[str, ...] = ()
    answers: Json | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    """First and last day (included) of the campaign that a template's case makes."""

    @property
    def is_of_template(self) -> bool:
        """Whether it says something that only a template's case can mean."""
        return self.answers is not None or self.effective_from is not None or self.effective_until is not None

    @property
    def first_day(self) -> date:
        """First day of the campaign: the day before the order unless the case says otherwise."""
        return self.effective_from or self.event.placed_at.astimezone(SHANGHAI).date() - timedelta(days=1)


def read_cases(document: Document) -> tuple[Case, ...]:
    """The cases of a document that passed the cases schema. Raises `InvalidInput` for an order that is no event."""
    root = plain(document.root)
    assert isinstance(root, dict)
    assert isinstance(document.root, MapNode)
    nodes = document.root.get("cases")
    written: Any = root.get("cases", [])
    lines = [item.line for item in getattr(nodes, "items", ())]
    return tuple(
        _case(case, document.file, line, at) for at, (case, line) in enumerate(zip(written, lines, strict=True))
    )


def _case(written: Json, file: str, line: int, at: int) -> Case:
    order = _fen(written["order"])
    order.setdefault("order_id", "case")
    for number, goods in enumerate(order["lines"], 1):
        goods.setdefault("line_id", str(number))
    pointer = f"/cases/{at}/order"
    event = _convert(order, OrderEvent, file, pointer)
    check_order(event, file, pointer)
    refunds = []
    for number, one in enumerate(written.get("refunds", ()), 1):
        returned = {
            "refund_id": str(number),
            "order_id": event.order_id,
            "at": event.placed_at,
            "lines": _fen(one.get("return", [])),
            **({"shipping_fen": read_amount(one["shipping"])} if "shipping" in one else {}),
        }
        place = f"/cases/{at}/refunds/{number - 1}"
        refunds.append((_convert(returned, RefundEvent, file, place), one["expect"]))
    return Case(
        written["name"],
        file,
        line,
        event,
        written["expect"],
        tuple(refunds),
        tuple(written.get("with", ())),
        written.get("answers"),
        read_date(written["effective_from"]) if "effective_from" in written else None,
        read_date(written["effective_until"]) if "effective_until" in written else None,
    )


def _convert(value: Json, kind: type[Any], file: str, pointer: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise refusal(file, pointer, "E102", f"内容不符：{error}", str(error)) from None


def _fen(value: Any) -> Any:
    """YAML orders carry yuan and readable rates and instants; events carry fen, fractions and offsets."""
    if isinstance(value, list):
        return [_fen(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: Json = {}
    for key, item in value.items():
        if key in _MONEY_KEYS:
            result["fee_fen" if key == "fee" else f"{key}_fen"] = read_amount(item)
        elif key in _PERCENT_KEYS:
            result[f"{key}_bp"] = read_percent(str(item))
        elif key in ("vat_rate", "rate"):
            rate = read_rate(str(item))
            result[key] = {"num": rate.num, "den": rate.den}
        elif key == "counters":
            result[key] = {rule: read_used(used) for rule, used in item.items()}
        elif key == "placed_at":
            result[key] = read_instant(str(item))
        elif key in _TEXT_KEYS:
            result[key] = str(item)
        else:
            result[key] = _fen(item)
    return result


def run_case(case: Case, live: LiveRules) -> list[Difference]:
    """Run a case against compiled live rules; no differences means it passes."""
    evaluation = evaluate_order(case.event, live)
    differences = compare_order(case.expect, evaluation, live)
    state = untouched(evaluation)
    for at, (event, expect) in enumerate(case.refunds):
        state, more = compare_refund(expect, evaluation, state, event, f"/refunds/{at}/expect")
        differences += more
    return differences
