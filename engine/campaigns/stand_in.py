"""A template's body with values that stand in for answers, so that it can be read as the rule set it will be.

Each stand-in occurs nowhere else in the body, and `names` calls it by its question: what is told of the rule set then
names the question wherever an answer goes.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from engine.builder.build import build
from engine.builder.values import Unreadable, read_day, read_lunar, read_money, read_rate, read_region, read_time
from engine.campaigns.placeholder import Placeholder, has_marks, read_placeholder
from engine.campaigns.question import Question
from engine.campaigns.template import Template
from engine.conditions import Value
from engine.describe.values import Names, Words
from engine.errors import InvalidInput
from engine.ruleset import PromotionSet
from engine.text.document import Schemas
from engine.text.nodes import Document, Entry, ListNode, MapNode, Node, ScalarNode, replace_scalars
from engine.vocabulary import VOCABULARY, FactType

Path = tuple[str | int, ...]
_AMOUNTS = (473, 4137, 173, 57, 17, 4, 0)
"""Where stand-ins for amounts and counts begin."""
_FIRST_DAY = date(2033, 3, 3)
_FORM = {
    "campaign_name": "campaign",
    "campaign_version": "1",
    "campaign_owner": "owner",
    "campaign_first_day": "2040-04-04",
    "campaign_last_day": "2041-05-05",
    "effective_from": "2040-04-04",
    "effective_until": "2041-05-06",
    "effective_until_noon": "2041-05-06 12:00",
}
"""What every form brings, as the stand-in writes it."""
_FORM_TITLES = {
    "campaign_first_day": Words("「活动第一天」", "“First day”"),
    "campaign_last_day": Words("「活动最后一天」", "“Last day”"),
}
_READ: dict[FactType, Callable[[str], Value]] = {
    "region": read_region,
    "lunar": read_lunar,
    "date": read_day,
    "time": read_time,
    "money": read_money,
    "integer": int,
}


class StandIn(NamedTuple):
    """The rule set of a template with stand-ins for answers, what to call them, and where each answer goes.

    `texts` are those that may stand anywhere in a sentence, such as the name of the campaign.
    """

    rule_set: PromotionSet
    names: Names
    texts: dict[str, Words]
    places: dict[str, tuple[Path, ...]]


def called(question: Question) -> Words:
    """A question as sentences name it."""
    return Words(f"「{question.title}」", f"“{question.title_en or question.title}”")


def stand_in(template: Template, schemas: Schemas) -> StandIn:
    """The rule set with stand-ins.

    Amounts are tried large and small: a body may hold them against figures of its own.  Raises `InvalidInput` when the
    body builds with none of them.
    """
    *tried, least = _AMOUNTS
    for amount in tried:
        try:
            return _stand_in(template, schemas, amount)
        except InvalidInput:
            continue
    return _stand_in(template, schemas, least)


def _stand_in(template: Template, schemas: Schemas, amount: int) -> StandIn:
    placed = list(placeholders(template.body))
    places = {
        question.name: tuple(path for path, one in placed if one.name == question.name)
        for question in template.questions
    }
    values: dict[str, str | list[str]] = dict(_FORM)
    names: dict[tuple[str, object], Words] = {
        ("date", read_day(_FORM[name])): words for name, words in _FORM_TITLES.items()
    }
    texts: dict[str, Words] = {}
    taken = {one.text for one in _scalars(template.body)}
    for question in template.questions:
        facts = tuple(dict.fromkeys(fact for path in places[question.name] if (fact := _fact_at(path))))
        values[question.name] = value = _value(question, facts, taken, amount)
        if question.type in ("text", "rate", "money"):
            texts[str(value)] = called(question)
        taken.update([value] if isinstance(value, str) else value)
        names.update((key, called(question)) for key in _keys(question, value, facts))
    body = replace_scalars(_without_needs(template.body), lambda node: _filled(node, values))
    assert isinstance(body, MapNode)
    rule_set = build(Document("promotion/campaign/v1.yaml", body, template.content_hash), schemas)
    assert isinstance(rule_set, PromotionSet)
    return StandIn(rule_set, names, texts, places)


# --- values -----------------------------------------------------------------------------------------------------------


def _value(question: Question, facts: tuple[str, ...], taken: set[str], amount: int) -> str | list[str]:
    """What stands in for an answer: unlike any text of the body and any other stand-in."""
    match question.type:
        case "text" if question.default and any(VOCABULARY[fact].type in _READ for fact in facts):
            return str(question.default)
        case "choices":
            return [option.value for option in question.options]
        case "choice":
            values = [str(question.default or ""), *(option.value for option in question.options)]
            return next((value for value in values if value and value not in taken), values[1])
    return next(text for text in _candidates(question, amount) if text not in taken)


def _candidates(question: Question, amount: int) -> Iterator[str]:
    """Unusual values of a type, each later one larger."""
    match question.type:
        case "text":
            yield from (f"answer-{at}" for at in range(1000))
        case "money":
            yield from (f"{yuan}.37" for yuan in range(amount, 10**6))
        case "rate":
            yield from (f"{percent}.07%" for percent in range(31, 100))
        case "integer":
            yield from (str(count) for count in range(max(1, amount), 10**6))
        case "date":
            yield from ((_FIRST_DAY + timedelta(days=days)).isoformat() for days in range(1000))
        case "time":
            start = read_time(str(question.default or "09:11"))
            minutes = (one % (24 * 60) for one in range(start, start + 24 * 60))
            yield from (f"{one // 60:02d}:{one % 60:02d}" for one in minutes)


def _keys(question: Question, value: str | list[str], facts: tuple[str, ...]) -> Iterator[tuple[str, object]]:
    """Under which keys sentences meet the stand-in."""
    if isinstance(value, list):
        for fact in facts:
            values = tuple(sorted({read for one in value for read in _read(fact, one)}))
            yield fact, values
            if len(values) == 1:
                yield fact, values[0]
        return
    match question.type:
        case "money":
            yield "money", read_money(value)
        case "rate":
            yield "rate", read_rate(value)
        case "integer":
            yield "integer", int(value)
            yield "money", 100 * int(value)
        case "date":
            yield "date", read_day(value)
        case "time":
            yield "time", read_time(value)
        case _:
            yield from ((fact, read) for fact in facts for read in _read(fact, value))


def _read(fact: str, text: str) -> list[Value]:
    """A text as a value of a fact; none when it is no such value, which the build will say."""
    try:
        return [_READ.get(VOCABULARY[fact].type, str)(text)]
    except (Unreadable, ValueError):
        return []


# --- the body ---------------------------------------------------------------------------------------------------------


def placeholders(node: Node, path: Path = ()) -> Iterator[tuple[Path, Placeholder]]:
    """Every placeholder at or below a node, with the path to it."""
    match node:
        case ScalarNode(text):
            if has_marks(text):
                yield path, read_placeholder(text)
        case ListNode(items):
            for at, item in enumerate(items):
                yield from placeholders(item, (*path, at))
        case MapNode(entries):
            for entry in entries:
                yield from placeholders(entry.value, (*path, entry.key.text))


def _scalars(node: Node) -> Iterator[ScalarNode]:
    match node:
        case ScalarNode():
            yield node
        case ListNode(items):
            for item in items:
                yield from _scalars(item)
        case MapNode(entries):
            for entry in entries:
                yield from _scalars(entry.value)


def _fact_at(path: Path) -> str:
    """The fact whose test a place belongs to; empty when it is no test."""
    return next((str(step) for step in reversed(path) if step in VOCABULARY), "")


def _without_needs(node: MapNode) -> MapNode:
    """The body as it is when everything is answered."""

    def bare(one: Node) -> Node:
        match one:
            case MapNode(entries, line, column):
                kept = (Entry(entry.key, bare(entry.value)) for entry in entries if entry.key.text != "needs")
                return MapNode(tuple(kept), line, column)
            case ListNode(items, line, column):
                return ListNode(tuple(bare(item) for item in items), line, column)
        return one

    body = bare(node)
    assert isinstance(body, MapNode)
    return body


def _filled(node: ScalarNode, values: dict[str, str | list[str]]) -> Node:
    if not has_marks(node.text):
        return node
    value = values[read_placeholder(node.text).name]
    if isinstance(value, list):
        return ListNode(
            tuple(ScalarNode(one, node.line, node.column, quoted=True) for one in value), node.line, node.column
        )
    return ScalarNode(value, node.line, node.column)
