"""How a rule set writes its period: `week`, `half_month`, `month`, or so many days counted from a day."""

from datetime import date
from typing import cast

from engine.builder.reader import Field
from engine.builder.values import read_date
from engine.errors import PeriodRefused
from engine.period import PeriodKind, PeriodSpec
from engine.text.nodes import MapNode

_STAND_IN = date(2026, 1, 1)


def build_period(field: Field) -> PeriodSpec:
    """The period that a value of the schema's `period` means; what it cannot be is reported, and a month stands in."""
    if not isinstance(field.node, MapNode):
        return PeriodSpec(cast(PeriodKind, field.text()))
    first = field.need("from")
    try:
        return PeriodSpec("days", field.need("days").integer(), first.read(read_date, _STAND_IN))
    except PeriodRefused as refused:
        first.report("R303", (refused.message_zh, refused.message_en), text=first.text())
        return PeriodSpec("month")
