"""A settlement document as a `SettlementSet`."""

from engine.builder.period import build_period
from engine.builder.reader import Field, optional
from engine.header import Header
from engine.settlement_set import SettlementSet


def build_settlement_set(root: Field, header: Header | None) -> SettlementSet | None:
    """The settlement rule set; None when anything in it was refused."""
    period_field = root.get("period")
    period = build_period(period_field) if period_field is not None and period_field.sound else None
    least = root.get("least")
    least_fen = optional(least, Field.money) if least is not None and least.sound else None
    if header is None or period is None or root.findings.found:
        return None
    return SettlementSet(
        header=header,
        release_after_days=root.need("release_after_days").integer(),
        period=period,
        least_fen=least_fen or 0,
    )
