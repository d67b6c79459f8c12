"""Cases beside rules: an order, what the rules must make of it, and what each refund must undo.

A case is read from a schema-checked document, run through the whole chain, and compared figure by figure; whatever
`expect` leaves out is not compared.
"""

from datetime import date
from typing import Any

import msgspec

from engine.build_values import read_date, read_instant, read_money, read_percent, read_rate
from engine.clawback import RefundState, refund, untouched
from engine.errors import RefundRefused
from engine.evaluate import evaluate_order
from engine.events import check_order, refusal
from engine.explain import why_not
from engine.live import LiveRules
from engine.money import yuan
from engine.nodes import Document, MapNode, plain
from engine.order import Evaluation, OrderEvent, RefundEvent
from engine.report import Json, refund_report, report

_MONEY_KEYS = ("unit_price", "floor_price", "unit_cost", "fee", "period_sales", "amount", "shipping")
_PERCENT_KEYS = ("repeat_rate", "refund_rate")
_TEXT_KEYS = ("region", "id", "sku", "level", "line_id", "product", "merchant", "order_id")
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


class Difference(msgspec.Struct, frozen=True):
    """One figure that came out otherwise than the case expects; `path` is a JSON pointer into the expectation."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


def read_cases(document: Document) -> tuple[Case, ...]:
    """The cases of a document that passed the cases schema. Raises `InvalidInput` for an order that is no event."""
    root = plain(document.root)
    assert isinstance(root, dict)
    assert isinstance(document.root, MapNode)
    nodes = document.root.get("cases")
    written: Any = root["cases"]
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
            **({"shipping_fen": _money(one["shipping"])} if "shipping" in one else {}),
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


def _money(value: object) -> int:
    return read_money(str(value))


def _fen(value: Any) -> Any:
    """YAML orders carry yuan and readable rates and instants; events carry fen, fractions and offsets."""
    if isinstance(value, list):
        return [_fen(item) for item in value]
    if not isinstance(value, dict):
        return value
    result: Json = {}
    for key, item in value.items():
        if key in _MONEY_KEYS:
            result["fee_fen" if key == "fee" else f"{key}_fen"] = _money(item)
        elif key in _PERCENT_KEYS:
            result[f"{key}_bp"] = read_percent(str(item))
        elif key in ("vat_rate", "rate"):
            rate = read_rate(str(item))
            result[key] = {"num": rate.num, "den": rate.den}
        elif key == "counters":
            result[key] = {rule: _counters(used) for rule, used in item.items()}
        elif key == "placed_at":
            result[key] = read_instant(str(item))
        elif key in _TEXT_KEYS:
            result[key] = str(item)
        else:
            result[key] = _fen(item)
    return result


def _counters(used: Json) -> Json:
    """Uses are counted, money is spent: only counters of money are written in yuan."""
    return {name: _money(value) if name.startswith("money/") else int(value) for name, value in used.items()}


def run_case(case: Case, live: LiveRules) -> list[Difference]:
    """Run a case against compiled live rules; no differences means it passes."""
    evaluation = evaluate_order(case.event, live)
    found = report(evaluation, live)
    differences = _compare_order(case.expect, evaluation, live, found)
    state = untouched(evaluation)
    for at, (event, expect) in enumerate(case.refunds):
        path = f"/refunds/{at}/expect"
        state, more = _compare_refund(expect, evaluation, state, event, path)
        differences += more
    return differences


def _differs(path: str, expected: object, found: object) -> list[Difference]:
    return [] if expected == found else [Difference(path, str(expected), str(found))]


def _yuan(path: str, expected: object, found_fen: int) -> list[Difference]:
    fen = _money(expected)
    return [] if fen == found_fen else [Difference(path, _say(fen), _say(found_fen))]


def _say(fen: int) -> str:
    return yuan(fen)


def _compare_order(expect: Json, evaluation: Evaluation, live: LiveRules, found: Json) -> list[Difference]:
    differences: list[Difference] = []
    if "paid" in expect:
        differences += _yuan("/expect/paid", expect["paid"], found["totals"]["goods_fen"])
    if "shipping" in expect:
        differences += _yuan("/expect/shipping", expect["shipping"], found["totals"]["shipping_fen"])
    by_id = {line["line_id"]: line for line in found["lines"]}
    for at, line in enumerate(expect.get("lines", ())):
        differences += _compare_line(f"/expect/lines/{at}", line, by_id)
    if "applied" in expect:
        applied = sorted({one.plan.ref.rule for one in evaluation.priced.applied})
        differences += _differs("/expect/applied", sorted(expect["applied"]), applied)
    if "not_applied" in expect:
        codes = {one.ref.rule: one.code for one in why_not(evaluation, live)}
        for rule, code in expect["not_applied"].items():
            differences += _differs(f"/expect/not_applied/{rule}", code, codes.get(rule, "it applied"))
    if "gifts" in expect:
        gifts = sorted((gift["sku"], gift["quantity"]) for gift in found["gifts"])
        wanted = sorted((gift["sku"], gift["quantity"]) for gift in expect["gifts"])
        differences += _differs("/expect/gifts", wanted, gifts)
    if "accruals" in expect:
        differences += _compare_accruals("/expect/accruals", expect["accruals"], found["accruals"])
    return differences


def _compare_line(path: str, expect: Json, by_id: dict[str, Json]) -> list[Difference]:
    line = by_id.get(str(expect["line_id"]))
    if line is None:
        return [Difference(f"{path}/line_id", str(expect["line_id"]), "no such line")]
    differences: list[Difference] = []
    if "paid" in expect:
        differences += _yuan(f"{path}/paid", expect["paid"], line["paid_fen"])
    if "discounts" in expect:
        given: dict[str, int] = {}
        for discount in line["discounts"]:
            given[discount["rule"]] = given.get(discount["rule"], 0) + discount["amount_fen"]
        wanted = {rule: _money(amount) for rule, amount in expect["discounts"].items()}
        for rule in sorted(given.keys() | wanted.keys()):
            if given.get(rule, 0) != wanted.get(rule, 0):
                differences.append(
                    Difference(f"{path}/discounts/{rule}", _say(wanted.get(rule, 0)), _say(given.get(rule, 0)))
                )
    return differences


def _compare_accruals(path: str, expect: list[Json], found: list[Json]) -> list[Difference]:
    """The listed accruals are all there are that are not zero; each is named by rule, payee, role and line."""
    keys = ("rule", "payee", "role", "line_id")
    left = list(found)
    differences: list[Difference] = []
    for at, wanted in enumerate(expect):
        named = {key: str(wanted[key]) for key in keys if key in wanted}
        matching = [one for one in left if all(one[key] == value for key, value in named.items())]
        total = sum(one["amount_fen"] for one in matching)
        left = [one for one in left if one not in matching]
        if not matching:
            differences.append(Difference(f"{path}/{at}", f"{_say(_money(wanted['amount']))} for {named}", "none"))
        else:
            differences += _yuan(f"{path}/{at}/amount", wanted["amount"], total)
    for one in left:
        if one["amount_fen"]:
            who = {key: one[key] for key in keys}
            differences.append(Difference(path, "no more accruals", f"{_say(one['amount_fen'])} for {who}"))
    return differences


def _compare_refund(
    expect: Json, evaluation: Evaluation, state: RefundState, event: RefundEvent, path: str
) -> tuple[RefundState, list[Difference]]:
    try:
        outcome = refund(evaluation, state, event)
    except RefundRefused as refused:
        if expect.get("refused") == refused.code:
            return state, []
        return state, [Difference(path, str(expect), f"refused: {refused.code}")]
    differences: list[Difference] = []
    if "refused" in expect:
        differences.append(Difference(f"{path}/refused", expect["refused"], "it was accepted"))
    found = refund_report(evaluation, event, outcome)
    if "cash" in expect:
        differences += _yuan(f"{path}/cash", expect["cash"], found["cash_fen"])
    if "shipping" in expect:
        differences += _yuan(f"{path}/shipping", expect["shipping"], found["shipping_fen"])
    if "dues" in expect:
        differences += _compare_accruals(f"{path}/dues", expect["dues"], found["dues"])
    return outcome.state, differences
