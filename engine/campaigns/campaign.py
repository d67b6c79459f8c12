"""From a template and a merchant's answers to a campaign: a promotion rule set as text, and as values.

The body's placeholders are looked up after the template has been read, so an answer is only ever a value: it cannot
become a key, a structure, or another placeholder.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

import msgspec

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.campaigns.answers import FORM_FILE, check_answers, complete_answers, form_schema
from engine.campaigns.placeholder import Answer, has_marks, read_placeholder
from engine.campaigns.question import next_midnight
from engine.campaigns.template import Template, read_template
from engine.errors import InvalidInput
from engine.ruleset import PromotionSet
from engine.text.codes_campaign import finding
from engine.text.document import Schemas, parse
from engine.text.nodes import Entry, ListNode, MapNode, Node, ScalarNode, replace_scalars
from engine.text.yaml_text import yaml_text

__all__ = ["Campaign", "check_answers", "form_schema", "make_campaign", "read_template"]

_PLAIN_TYPES = frozenset({"rate", "money", "date"})
"""Answers of these types are written without quotes, as an author would; all other texts are quoted."""


class Campaign(msgspec.Struct, frozen=True):
    """A campaign: its YAML text, which is what is published, and the rule set that the text means."""

    text: str
    rule_set: PromotionSet


def make_campaign(
    template: Template,
    answers: Mapping[str, object],
    *,
    name: str,
    version: int,
    owner: str,
    effective_from: date | datetime,
    effective_until: date | None,
    schemas: Schemas,
) -> Campaign:
    """A campaign from answers; the same arguments give the same text.

    `effective_from` is the first day (or moment, with its offset); `effective_until` the last day, included, as people
    mean it: the rule set ends at the next midnight in Asia/Shanghai.  Raises `InvalidInput` for answers that do not
    fit and for a rule set that cannot be.
    """
    complete = complete_answers(template, answers)
    values = complete | _form_values(name, version, owner, effective_from, effective_until)
    plain_names = {question.name for question in template.questions if question.type in _PLAIN_TYPES}
    body = _fill(_without_unneeded(template.body, complete), values, plain_names)
    made_from = _made_from(template, complete)
    root = MapNode((*body.entries, made_from), body.line, body.column)
    text = f"# 由模板 {template.label} 生成 / made from template {template.label}\n{yaml_text(root)}"
    rule_set = build(parse(text, f"promotion/{name}/v{version}.yaml"), schemas)
    assert isinstance(rule_set, PromotionSet)
    return Campaign(text, rule_set)


def _form_values(
    name: str, version: int, owner: str, effective_from: date | datetime, effective_until: date | None
) -> dict[str, Answer]:
    start = effective_from
    if isinstance(start, datetime):
        if start.tzinfo is None:
            raise ValueError("effective_from needs an offset")
        start = start.astimezone(SHANGHAI)
    first_day = start.date() if isinstance(start, datetime) else start
    if effective_until is not None and effective_until < first_day:
        raise InvalidInput(
            [finding("A608", FORM_FILE, "/effective_until", start=str(first_day), end=str(effective_until))]
        )
    end = None if effective_until is None else next_midnight(effective_until)
    return {
        "campaign_name": name,
        "campaign_version": version,
        "campaign_owner": owner,
        "campaign_first_day": first_day.isoformat(),
        "campaign_last_day": None if effective_until is None else effective_until.isoformat(),
        "effective_from": _instant(start),
        "effective_until": None if end is None else end.isoformat(),
        "effective_until_noon": None if end is None else _instant(datetime.combine(end, time(12), SHANGHAI)),
    }


def _instant(moment: date | datetime) -> str:
    """As rule sets write it: a date, or a date and a time of Asia/Shanghai to the second."""
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
    return moment.isoformat()


def _without_unneeded(body: MapNode, answers: Mapping[str, Answer]) -> MapNode:
    """The body less every list entry whose `needs` names a question without an answer, and less the `needs` itself."""

    def keep(node: Node) -> Node | None:
        match node:
            case MapNode(entries, line, column):
                needs = node.get("needs")
                if isinstance(needs, ListNode) and any(answers[_text(one)] is None for one in needs.items):
                    return None
                left = [(entry.key, keep(entry.value)) for entry in entries if entry.key.text != "needs"]
                return MapNode(tuple(Entry(key, value) for key, value in left if value is not None), line, column)
            case ListNode(items, line, column):
                kept = [keep(item) for item in items]
                return ListNode(tuple(item for item in kept if item is not None), line, column)
        return node

    kept = keep(body)
    assert isinstance(kept, MapNode)
    return kept


def _text(node: Node) -> str:
    assert isinstance(node, ScalarNode)
    return node.text


def _fill(body: MapNode, values: Mapping[str, Answer], plain_names: set[str]) -> MapNode:
    """The body with every placeholder replaced by the node of its value; null drops the key it stands for."""

    def replace(node: ScalarNode) -> Node | None:
        if not has_marks(node.text):
            return node
        placeholder = read_placeholder(node.text)
        quoted = placeholder.name not in plain_names
        return _node(placeholder.value(values), node.line, node.column, quoted=quoted)

    filled = replace_scalars(body, replace)
    assert isinstance(filled, MapNode)
    return filled


def _node(value: Answer, line: int, column: int, *, quoted: bool = True) -> Node | None:
    match value:
        case None:
            return None
        case int():
            return ScalarNode(str(value), line, column)
        case str():
            return ScalarNode(value, line, column, quoted)
        case list():
            return ListNode(tuple(ScalarNode(one, line, column, quoted=True) for one in value), line, column)


def _made_from(template: Template, answers: Mapping[str, Answer]) -> Entry:
    def entry(key: str, value: Node) -> Entry:
        return Entry(ScalarNode(key, 0, 0), value)

    given = tuple(
        Entry(ScalarNode(name, 0, 0, quoted=True), _node(value, 0, 0) or ScalarNode("null", 0, 0))
        for name, value in answers.items()
    )
    made_from = (
        entry("template", ScalarNode(template.name, 0, 0)),
        entry("version", ScalarNode(str(template.version), 0, 0)),
        entry("answers", MapNode(given, 0, 0)),
    )
    return entry("made_from", MapNode(made_from, 0, 0))
