"""A dividend document as a `DividendSet`."""

from typing import Any

from engine.builder.condition import build_condition
from engine.builder.period import build_period
from engine.builder.reader import Field
from engine.conditions import ALWAYS, Condition
from engine.dividend_set import Cap, DividendSet, Fund, WeightClass
from engine.header import Header
from engine.money import Rate
from engine.text.nodes import ListNode
from engine.vocabulary import HOLDER_VOCABULARY


def build_dividend_set(root: Field, header: Header | None) -> DividendSet | None:
    """The dividend rule set; None when anything in it was refused."""
    fund, period, weight, cap = map(root.get, ("fund", "period", "weight", "cap_per_holder"))
    built_fund = _fund(fund) if fund is not None and fund.sound else None
    built_period = build_period(period) if period is not None and period.sound else None
    built_weight = _weight(weight) if weight is not None and weight.sound else None
    built_cap = _cap(cap) if cap is not None and cap.sound else None
    holders = _of_holders(root.get("holders"))
    if header is None or root.findings.found:
        return None
    assert built_fund is not None
    assert built_period is not None
    assert built_weight is not None
    return DividendSet(
        header=header,
        fund=built_fund,
        period=built_period,
        holders=holders,
        weight=built_weight,
        cap=built_cap,
        leaving=root.word("leaving"),
    )


def _of_holders(field: Field | None) -> Condition:
    return build_condition(field, HOLDER_VOCABULARY)


def _fund(field: Field) -> Fund:
    rate = _above_zero(field.need("rate"))
    return Fund(rate, field.word("of"), field.word("rounding"), build_condition(field.get("when")), field.node.line)


def _cap(field: Field) -> Cap:
    return Cap(_above_zero(field.need("at_most")), field.word("excess"))


def _above_zero(field: Field) -> Rate:
    rate = field.share()
    if rate.num == 0 and field.sound:
        field.report("R380", text=field.text())
    return rate


def _weight(field: Field) -> Any:
    """`equal`, the key of a fact, or classes: the words are those of the schema, hence `Any`."""
    if not isinstance(field.node, ListNode):
        return field.text()
    entries = field.items()
    classes = tuple(WeightClass(_of_holders(one.get("when")), one.need("weight").integer()) for one in entries)
    for at, entry in enumerate(entries[:-1]):
        if classes[at].when == ALWAYS and entry.sound:
            entries[at + 1].report("R381", number=at + 1)
            break
    if not any(one.weight for one in classes):
        field.report("R382")
    return classes
