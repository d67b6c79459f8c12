"""A document of figures: what each promoter's own delivered orders of a window came to, counted elsewhere."""

import msgspec

from engine.builder.reader import Field, optional
from engine.errors import PeriodRefused
from engine.level.level_figures import Figures
from engine.period import Period, parse_label
from engine.text.diagnostics import Findings
from engine.text.document import Schemas
from engine.text.nodes import Document
from engine.text.schema_check import check_shape


class FiguresFile(msgspec.Struct, frozen=True):
    """Figures by promoter, of the last `window` periods up to `period`."""

    period: Period
    window: int
    figures: dict[str, Figures]
    file: str = ""


def build_figures_file(document: Document, schemas: Schemas) -> FiguresFile:
    """The figures that a document means. Raises `InvalidInput` with everything that is wrong, sorted."""
    findings = Findings(document.file)
    findings.extend(check_shape(document, "figures", schemas))
    findings.refuse()
    root = Field(document.root, (), findings)
    period = _period(root.need("period"))
    figures: dict[str, Figures] = {}
    first: dict[str, int] = {}
    for field in root.need("figures").items():
        promoter = field.need("promoter")
        if promoter.text() in figures:
            promoter.report("P701", id=promoter.text(), first=first[promoter.text()])
        first.setdefault(promoter.text(), field.node.line)
        figures[promoter.text()] = build_figures(field)
    findings.refuse()
    assert period is not None
    return FiguresFile(period, root.need("window").integer(), figures, document.file)


def build_figures(field: Field) -> Figures:
    """The figures of one promoter; what cannot be together is reported."""
    found = Figures(
        delivered_fen=field.need("delivered").money(),
        refunded_fen=optional(field.get("refunded"), Field.money) or 0,
        orders=optional(field.get("orders"), Field.integer) or 0,
        buyers=optional(field.get("buyers"), Field.integer) or 0,
        repeat_buyers=optional(field.get("repeat_buyers"), Field.integer) or 0,
    )
    for key, part, whole_key, whole in (
        ("refunded", found.refunded_fen, "delivered", found.delivered_fen),
        ("buyers", found.buyers, "orders", found.orders),
        ("repeat_buyers", found.repeat_buyers, "buyers", found.buyers),
    ):
        if part > whole:
            given = field.get(whole_key)
            field.need(key).report(
                "P716", key=key, part=field.need(key).text(), whole_key=whole_key, whole=given.text() if given else "0"
            )
    return found


def _period(field: Field) -> Period | None:
    try:
        return parse_label(field.text())
    except PeriodRefused as refused:
        field.report("P715", (refused.message_zh, refused.message_en), text=field.text())
        return None
