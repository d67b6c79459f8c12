"""Cases of a settlement rule set: when an order is received and what is payable then, and what comes of both."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from engine.builder.reader import Field
from engine.calendar import SHANGHAI
from engine.cases.figures import Difference, read_amount
from engine.money import yuan
from engine.period import period_of
from engine.report import Json
from engine.settlement import settled_of
from engine.settlement_set import SettlementSet
from engine.text.diagnostics import Findings
from engine.text.nodes import Document, MapNode, plain


class SettlementCase(msgspec.Struct, frozen=True):
    """One case: when an order was received, what its payee had payable (fen) at the end of the period, expectations."""

    name: str
    file: str
    line: int
    received: datetime
    payable_fen: int
    expect: Json


def read_settlement_cases(document: Document) -> tuple[SettlementCase, ...]:
    """The settlements of a document that passed the cases schema. Raises `InvalidInput` for an unreadable instant."""
    assert isinstance(document.root, MapNode)
    findings = Findings(document.file)
    listed = Field(document.root, (), findings).get("settlements")
    cases = tuple(_case(one, document.file) for one in (() if listed is None else listed.items()))
    findings.refuse()
    return cases


def _case(field: Field, file: str) -> SettlementCase:
    expect: Any = plain(field.need("expect").node)
    payable = read_amount(plain(field.need("payable").node))
    return SettlementCase(field.word("name"), file, field.node.line, field.need("received").instant(), payable, expect)


def run_settlement_case(case: SettlementCase, rules: SettlementSet) -> list[Difference]:
    """What the rule set makes of the case, compared with what is expected; nothing when they agree."""
    released = case.received.astimezone(SHANGHAI) + timedelta(days=rules.release_after_days)
    settled = settled_of(case.payable_fen, rules.least_fen)
    until = rules.header.effective_until
    in_force = rules.header.effective_from <= case.received and (until is None or case.received < until)
    found = {
        "in_force": in_force,
        "released": f"{released:%Y-%m-%d %H:%M}",
        "period": period_of(rules.period, released).label,
        "settled": yuan(settled),
        "carried": yuan(case.payable_fen - settled),
    }
    expected = {"in_force": True, **case.expect}
    for name in ("settled", "carried"):
        if name in expected:
            expected[name] = yuan(read_amount(expected[name]))
    return [
        Difference(f"/expect/{name}", str(wanted), str(found[name]))
        for name, wanted in expected.items()
        if found[name] != wanted
    ]
