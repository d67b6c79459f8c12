"""A document of participants as `Participants`: its shape by the schema, then who cannot be with whom, all at once."""

from collections.abc import Iterable

from engine.builder.reader import Field, optional
from engine.errors import PeriodRefused
from engine.people.binding import WINDOW_DAYS, BindingRule, Touch, self_bound
from engine.people.contracts import Contract, contract_faults
from engine.people.participants import LevelStanding, Participant, Participants
from engine.people.relations import cycles, said
from engine.period import parse_label
from engine.text.diagnostics import Findings
from engine.text.document import Schemas
from engine.text.nodes import Document
from engine.text.schema_check import check_shape

_KEYS_OF = {"stores": "merchant", "pickup_point": "leader"}
"""Keys that belong to one type of participant."""


def build_participants(document: Document, schemas: Schemas) -> Participants:
    """The participants that a document means. Raises `InvalidInput` with everything that is wrong, sorted."""
    findings = Findings(document.file)
    findings.extend(check_shape(document, "participants", schemas))
    findings.refuse()
    root = Field(document.root, (), findings)
    people = _listed(root, "participants")
    participants = tuple(_participant(one) for one in people)
    _check_people(people, participants)
    signed = _listed(root, "contracts")
    contracts = tuple(_contract(one) for one in signed)
    _check_contracts(signed, contracts, participants)
    rule = optional(root.get("binding"), _binding_rule)
    touched = _listed(root, "touches")
    touches = tuple(_touch(one, rule) for one in touched)
    _check_touches(touched, touches, participants)
    findings.refuse()
    return Participants(
        participants=participants, contracts=contracts, binding=rule, touches=touches, file=document.file
    )


def _listed(root: Field, key: str) -> list[Field]:
    found = root.get(key)
    return [] if found is None else found.items()


def _participant(field: Field) -> Participant:
    stores, region = field.get("stores"), field.get("region")
    return Participant(
        id=field.word("id"),
        title=field.word("title"),
        type=field.word("type"),
        title_en=field.word("title_en"),
        status=field.word("status", "active"),
        standing=_standing(field) if field.has("level") else None,
        referrer=optional(field.get("referrer"), Field.text),
        buyer=optional(field.get("buyer"), Field.text),
        stores=() if stores is None else tuple(one.text() for one in stores.items()),
        region=optional(region, Field.text),
        pickup_point=field.word("pickup_point"),
        line=field.node.line,
    )


def _standing(field: Field) -> LevelStanding:
    given = field.get("standing")
    if given is None:
        return LevelStanding(field.word("level"))
    reviewed, reviewed_until = given.get("reviewed"), None
    if reviewed is not None:
        try:
            reviewed_until = parse_label(reviewed.text()).end
        except PeriodRefused as refused:
            reviewed.report("P715", (refused.message_zh, refused.message_en), text=reviewed.text())
    probation, missed = (optional(given.get(key), Field.integer) or 0 for key in ("probation_left", "missed"))
    return LevelStanding(field.word("level"), probation, missed, reviewed_until)


def _check_people(fields: list[Field], people: tuple[Participant, ...]) -> None:
    _check_ids(fields)
    known = {one.id for one in people}
    by_buyer: dict[str, str] = {}
    for field, one in zip(fields, people, strict=True):
        for key, owner in _KEYS_OF.items():
            if field.has(key) and one.type != owner:
                field.report_key(key, "P706", key=key, type=owner)
        if one.referrer is not None and one.referrer not in known:
            field.need("referrer").report("P702", referrer=one.referrer)
        if one.buyer is not None and by_buyer.setdefault(one.buyer, one.id) != one.id:
            field.need("buyer").report("P714", buyer=one.buyer, other=by_buyer[one.buyer])
    at = {one.id: field for field, one in zip(fields, people, strict=True)}
    for cycle in cycles({one.id: one.referrer for one in people if one.referrer is not None}):
        at[cycle[0]].need("referrer").report("P703", path=said((*cycle, cycle[0])))


def _check_ids(fields: Iterable[Field]) -> None:
    first: dict[str, int] = {}
    for field in fields:
        named = field.need("id")
        if named.text() in first:
            named.report("P701", id=named.text(), first=first[named.text()])
        first.setdefault(named.text(), named.node.line)


def _contract(field: Field) -> Contract:
    return Contract(
        id=field.word("id"),
        agent=field.word("agent"),
        region=field.word("region"),
        since=field.need("from").instant(),
        until=field.need("until").instant(),
        rate=field.need("rate").share(),
        parent=optional(field.get("parent"), Field.text),
    )


def _check_contracts(fields: list[Field], contracts: tuple[Contract, ...], people: tuple[Participant, ...]) -> None:
    _check_ids(fields)
    at = {one.id: field for field, one in zip(fields, contracts, strict=True)}
    for fault in contract_faults(contracts, {one.id: one.type for one in people}):
        at[fault.contract].need(fault.key).report(fault.code, **fault.data)


def _binding_rule(field: Field) -> BindingRule:
    return BindingRule(field.word("policy"), optional(field.get("window_days"), Field.integer) or WINDOW_DAYS)


def _touch(field: Field, rule: BindingRule | None) -> Touch:
    standard = WINDOW_DAYS if rule is None else rule.window_days
    return Touch(
        buyer=field.word("buyer"),
        promoter=field.word("promoter"),
        at=field.need("at").instant(),
        token=field.word("token"),
        source=field.word("source"),
        window_days=optional(field.get("window_days"), Field.integer) or standard,
    )


def _check_touches(fields: list[Field], touches: tuple[Touch, ...], people: tuple[Participant, ...]) -> None:
    by_id = {one.id: one for one in people}
    for field, touch in zip(fields, touches, strict=True):
        promoter = by_id.get(touch.promoter)
        if promoter is None:
            field.need("promoter").report("P705", promoter=touch.promoter)
        elif self_bound(touch, [promoter.buyer]):
            field.need("buyer").report("P704", buyer=touch.buyer, promoter=touch.promoter)
