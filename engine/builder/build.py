"""From a `Document` to a `RuleSet`: its shape by the schema, then its meaning, everything that is wrong at once."""

import re
from collections.abc import Callable

from engine.builder.commission import build_commission_set
from engine.builder.dividend import build_dividend_set
from engine.builder.level import build_level_set
from engine.builder.promotion import build_promotion_set
from engine.builder.reader import Field, optional
from engine.builder.region import build_region_set
from engine.builder.settlement import build_settlement_set
from engine.errors import InvalidInput
from engine.header import Header
from engine.ruleset import RuleSet
from engine.text.diagnostics import Findings, did_you_mean
from engine.text.document import Schemas
from engine.text.nodes import Document
from engine.text.schema_check import check_shape

_BUILDERS: dict[str, Callable[[Field, Header | None], RuleSet | None]] = {
    "promotion": build_promotion_set,
    "commission": build_commission_set,
    "region": build_region_set,
    "dividend": build_dividend_set,
    "settlement": build_settlement_set,
    "level": build_level_set,
}
KINDS = tuple(_BUILDERS)
_PLACE = re.compile(r"(?:^|/)(?:(?P<kind>[^/]+)/)?(?P<name>[^/]+)/v(?P<version>[0-9]+)\.ya?ml$")


def build(document: Document, schemas: Schemas) -> RuleSet:
    """The rule set that a document means.

    `schemas` holds the JSON Schemas by name: `common`, `promotion`, `commission`.  Raises `InvalidInput` with every
    diagnostic of the document, sorted by line and column.
    """
    findings = Findings(document.file)
    root = Field(document.root, (), findings)
    if document.kind not in KINDS:
        _refuse_kind(root)
    findings.extend(check_shape(document, document.kind, schemas))
    if findings.full:
        findings.refuse()
    header = _header(root, document)
    build_set = _BUILDERS[document.kind]
    built = build_set(root, header)
    _check_ids(root)
    findings.refuse()
    assert built is not None
    return built


def _refuse_kind(root: Field) -> None:
    kind = root.get("kind")
    listed = ", ".join(KINDS)
    if kind is None:
        root.report("S202", (f"可选: {listed}", f"allowed: {listed}"), key="kind")
    else:
        near = did_you_mean(kind.text(), KINDS) or (f"可选: {listed}", f"allowed: {listed}")
        kind.report("S204", near, found=f"`{kind.text()}`")
    raise InvalidInput(root.findings.found)


def _header(root: Field, document: Document) -> Header | None:
    """The header; None when a fault outside the rules makes it unreadable."""
    _check_place(root, document.file)
    keys = ("effective_from", "effective_until")
    start, end = (value.instant() if (value := root.get(key)) is not None and value.sound else None for key in keys)
    if start is not None and end is not None and end <= start:
        texts = [root.need(key).text() for key in keys]
        root.need("effective_until").report("R317", start=texts[0], end=texts[1])
    if start is None or any(not found.path.startswith("/rules/") for found in root.findings.found):
        return None
    return Header(
        kind=root.word("kind"),
        name=root.need("name").text(),
        version=root.need("version").integer(),
        title=root.need("title").text(),
        owner=root.need("owner").text(),
        reason=root.need("reason").text(),
        effective_from=start,
        effective_until=end,
        backfill=optional(root.get("backfill"), Field.true) or False,
        title_en=root.word("title_en"),
        content_hash=document.content_hash,
        file=document.file,
    )


def _check_place(root: Field, file: str) -> None:
    """A file at KIND/NAME/vN.yaml holds that kind, name and version."""
    place = _PLACE.search(file.replace("\\", "/"))
    if place is None:
        return
    expected = {"name": place["name"], "version": place["version"]}
    if place["kind"] in KINDS:
        expected["kind"] = place["kind"]
    for key, wanted in expected.items():
        value = root.get(key)
        if value is not None and value.sound and value.text() != wanted:
            value.report("R316", key=key, text=value.text(), wanted=wanted)


def _check_ids(root: Field) -> None:
    """Rule ids are unique in their rule set: accruals and discounts point to rules by them."""
    listed = root.get("rules")
    first: dict[str, int] = {}
    for rule in [] if listed is None else listed.items():
        found = rule.get("id")
        if found is None:
            continue
        if found.text() in first:
            found.report("R318", id=found.text(), first=first[found.text()])
        first.setdefault(found.text(), found.node.line)
