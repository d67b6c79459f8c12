"""A document of holders as `Holder` values: its shape by the schema, then ids that are given twice."""

from datetime import date

from engine.builder.reader import Field, optional
from engine.builder.values import read_date
from engine.dividend.holders import Holder
from engine.text.diagnostics import Findings
from engine.text.document import Schemas
from engine.text.nodes import Document
from engine.text.schema_check import check_shape


def build_holders(document: Document, schemas: Schemas) -> tuple[Holder, ...]:
    """The holders that a document lists. Raises `InvalidInput` with everything that is wrong, sorted."""
    findings = Findings(document.file)
    findings.extend(check_shape(document, "holders", schemas))
    findings.refuse()
    found = read_holders(Field(document.root, (), findings).need("holders"))
    findings.refuse()
    return found


def read_holders(field: Field) -> tuple[Holder, ...]:
    """The holders of a list that fits the schema; ids that are given twice are reported."""
    found: dict[str, Holder] = {}
    lines: dict[str, int] = {}
    for one in field.items():
        holder = _holder(one)
        if holder.id in found:
            one.need("id").report("P701", id=holder.id, first=lines[holder.id])
        found.setdefault(holder.id, holder)
        lines.setdefault(holder.id, one.node.line)
    return tuple(found.values())


def _holder(field: Field) -> Holder:
    return Holder(
        id=field.word("id"),
        status=field.word("status", "active"),
        level=optional(field.get("level"), Field.text),
        joined=optional(field.get("joined"), lambda one: one.read(read_date, date(2026, 1, 1))),
        region=optional(field.get("region"), Field.text),
        own_sales_fen=optional(field.get("own_sales"), Field.money),
        sales_points=optional(field.get("sales_points"), Field.integer),
    )
