"""Cases of a dividend rule set: periods that follow each other, with their pools and holders, and who is paid what.

What sales put into the pool is for the ordinary cases; these begin with a pool that is empty.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from engine.builder.holders import read_holders
from engine.builder.reader import Field
from engine.cases.figures import Difference
from engine.dividend.dividend import Distribution, share_pool
from engine.dividend.dividend_ledger import NANO, PoolLedger
from engine.dividend.dividend_report import yuan_text
from engine.dividend.holders import Holder
from engine.dividend_set import DividendSet
from engine.errors import DividendRefused, PeriodRefused
from engine.money import yuan
from engine.period import parse_label
from engine.report import Json
from engine.text.diagnostics import Findings
from engine.text.nodes import Document, MapNode, plain

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,11}))?")
_NANO_PER_YUAN = 100 * NANO


class CasePeriod(msgspec.Struct, frozen=True):
    """One period: its label, what sales less returns brought (fen), the holders, and what is expected as written."""

    label: str
    pool_fen: int
    holders: tuple[Holder, ...]
    expect: Json


class DividendCase(msgspec.Struct, frozen=True):
    """One case: periods one after the other, from an empty pool on."""

    name: str
    file: str
    line: int
    periods: tuple[CasePeriod, ...]


def read_dividend_cases(document: Document) -> tuple[DividendCase, ...]:
    """The dividends of a document that passed the cases schema. Raises `InvalidInput` for an id given twice."""
    assert isinstance(document.root, MapNode)
    findings = Findings(document.file)
    listed = Field(document.root, (), findings).get("dividends")
    cases = tuple(_case(one, document.file) for one in (() if listed is None else listed.items()))
    findings.refuse()
    return cases


def _case(field: Field, file: str) -> DividendCase:
    periods = tuple(_period(one) for one in field.need("periods").items())
    return DividendCase(field.word("name"), file, field.node.line, periods)


def _period(field: Field) -> CasePeriod:
    expect: Any = plain(field.need("expect").node)
    pool_fen = _nano(field.need("pool").text()) // NANO
    return CasePeriod(field.word("period"), pool_fen, read_holders(field.need("holders")), expect)


def _nano(text: object) -> int:
    """Yuan, below zero as well and down to 11 decimals, in nano-fen."""
    found = _AMOUNT.fullmatch(str(text))
    assert found is not None, text
    nano = int(found[2]) * _NANO_PER_YUAN + int((found[3] or "").ljust(11, "0"))
    return -nano if found[1] else nano


def run_dividend_case(case: DividendCase, rule_set: DividendSet) -> list[Difference]:
    """What the periods come to, compared with what is expected; nothing when they agree."""
    ledger = PoolLedger(rule_set.pool)
    differences: list[Difference] = []
    for at, one in enumerate(case.periods):
        path = f"/periods/{at}/expect"
        try:
            shared = share_pool(rule_set, ledger, parse_label(one.label), one.pool_fen, one.holders)
        except (DividendRefused, PeriodRefused) as refused:
            wanted = one.expect.get("refused", "可以分 / is shared out")
            if wanted != refused.code:
                differences.append(Difference(f"{path}/refused", str(wanted), refused.code))
            continue
        differences += _compare(one.expect, shared, path)
        ledger = shared.ledger
    return differences


def _compare(expect: Json, shared: Distribution, path: str) -> list[Difference]:
    found: list[Difference] = []
    if "refused" in expect:
        found.append(Difference(f"{path}/refused", str(expect["refused"]), "可以分 / is shared out"))
    if "paid" in expect:
        paid = {str(holder): yuan(_nano(amount) // NANO) for holder, amount in expect["paid"].items()}
        found += _by_holder(f"{path}/paid", paid, {share.holder: yuan(share.paid_fen) for share in shared.shares})
    if "left_out" in expect:
        codes = {one.holder: one.code for one in shared.left_out}
        found += _by_holder(f"{path}/left_out", expect["left_out"], codes)
    if "capped" in expect:
        full = {share.holder: "到顶 / capped" for share in shared.shares if share.capped}
        found += _by_holder(f"{path}/capped", dict.fromkeys(map(str, expect["capped"]), "到顶 / capped"), full)
    for key, nano in (("owed", shared.ledger.owed_nano), ("carried", shared.unallocated_nano)):
        if key in expect and _nano(expect[key]) != nano:
            found.append(Difference(f"{path}/{key}", yuan_text(_nano(expect[key])), yuan_text(nano)))
    return found


def _by_holder(path: str, expected: Mapping[str, str], found: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(f"{path}/{holder}", expected.get(holder, "—"), found.get(holder, "—"))
        for holder in sorted({*expected, *found})
        if expected.get(holder) != found.get(holder)
    ]
