"""A campaign template in words: what it asks, and the campaign it makes, with the questions where answers go."""

from collections.abc import Iterable, Iterator

from engine.builder.values import read_date, read_money
from engine.campaigns.placeholder import Answer, read_placeholder
from engine.campaigns.question import Option, Question, QuestionType
from engine.campaigns.stand_in import Path, StandIn, called, placeholders, stand_in
from engine.campaigns.template import Template
from engine.describe.describe import ended
from engine.describe.promotion import describe_promotion_set
from engine.describe.values import CALLED, NO_NAMES, Names, Words, joined, say_day, say_money, spaced
from engine.text.document import Schemas
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode, pointer

_TYPES: dict[QuestionType, Words] = {
    "rate": Words("填比率", "a rate"),
    "money": Words("填金额", "an amount"),
    "integer": Words("填整数", "a whole number"),
    "text": Words("填文字", "a text"),
    "date": Words("填日期", "a date"),
    "time": Words("填时刻", "a time of day"),
    "choice": Words("选一项", "one of"),
    "choices": Words("选若干项", "any of"),
}
_ENDS = {
    "effective_until": Words(
        "到「活动最后一天」当晚 24:00 止（不填则长期有效）", "to the end of “Last day” (with no end unless it is given)"
    ),
    "effective_until_noon": Words(
        "到「活动最后一天」次日 12:00 止（不填则长期有效）",
        "until 12:00 of the day after “Last day” (with no end unless it is given)",
    ),
}
_PARTS = {
    "give": Words("优惠", "benefit"),
    "tiers": Words("档位", "tier"),
    "limits": Words("次数限制", "limit"),
    "components": Words("组成", "component"),
    "any": Words("条件", "condition"),
    "all": Words("条件", "condition"),
}


def describe_template(template: Template, schemas: Schemas, names: Names = NO_NAMES) -> tuple[Words, ...]:
    """A template as sentences: its name, its questions, its campaign.

    Raises `InvalidInput` when the body cannot be a rule set whatever is answered.
    """
    standing = stand_in(template, schemas)
    said = [_heading(template), *(_question(template, one) for one in template.questions)]
    said += [_together(template, group) for group in template.together]
    campaign = [_campaign(template, standing), *_rules(template, standing, names)]
    campaign = [_with_titles(standing, one) for one in campaign]
    return tuple(ended(one) for one in [*said, *campaign, *_elsewhere(template, standing, campaign)])


def _heading(template: Template) -> Words:
    count = len(template.questions)
    return Words(
        f"「{template.title}」（活动模板 {template.label}）：{count} 个问题，答好就是一场活动",
        f"“{template.title_en or template.title}” (campaign template {template.label}): {count} questions make one",
    )


# --- questions --------------------------------------------------------------------------------------------------------


def _question(template: Template, question: Question) -> Words:
    title = called(question)
    said = joined(_about(template, question), "；", "; ")
    return Words(f"问{title.zh}：{said.zh}", f"asked {title.en}: {said.en}")


def _about(template: Template, question: Question) -> Iterator[Words]:
    kind = _TYPES[question.type]
    options = joined((_option(one) for one in question.options), "、", ", ")
    yield Words(f"{kind.zh}，{options.zh}", f"{kind.en} {options.en}") if question.options else kind
    yield from _bounds(template, question)
    if question.required:
        yield Words("必填", "required")
    else:
        yield Words("选填，不填就没有这一项", "optional, what it decides is left out without it")
    if question.default is not None:
        default = _answer(question, question.default)
        yield Words(spaced("默认", default.zh), f"{default.en} unless changed")
    fallbacks = (one.fallback for _, one in placeholders(template.body) if one.name == question.name)
    for fallback in dict.fromkeys(one for one in fallbacks if one is not None):
        yield Words(f"不填按 {fallback} 算", f"{fallback} where it is left empty")


def _option(option: Option) -> Words:
    usual = CALLED.get(option.value)
    if option.title == option.value or (usual is not None and usual == (option.title, option.title_en)):
        return Words(option.title, option.title_en or option.title)
    return Words(f"{option.title}（{option.value}）", f"{option.title_en or option.title} ({option.value})")


def _answer(question: Question, answer: Answer) -> Words:
    """An answer as people say it: an option by its title."""
    titles = {option.value: Words(option.title, option.title_en or option.title) for option in question.options}
    if isinstance(answer, list):
        return joined((titles[one] for one in answer), "、", ", ")
    return titles.get(str(answer)) or _written(question.type, str(answer))


def _written(kind: QuestionType, text: str) -> Words:
    match kind:
        case "money":
            return say_money(read_money(text))
        case "date":
            return say_day(read_date(text))
    return Words(text, text)


def _bounds(template: Template, question: Question) -> Iterator[Words]:
    """What bounds an answer; for texts and choices, how long or how many."""
    counted = question.type in ("text", "choices")
    unit = Words(
        " 个字" if question.type == "text" else " 项", " characters" if question.type == "text" else " of them"
    )
    moments = question.type in ("date", "time")
    for bound, of, zh, en in (
        (question.minimum, question.minimum_of, *(("不早于", "not before") if moments else ("不小于", "at least"))),
        (question.maximum, question.maximum_of, *(("不晚于", "not after") if moments else ("不大于", "at most"))),
    ):
        other = template.question(of) if of else None
        if other is not None:
            said = called(other)
            yield Words(f"{zh}{said.zh}", f"{en} {said.en}")
        elif bound is not None:
            said = Words(f"{bound}{unit.zh}", f"{bound}{unit.en}") if counted else _written(question.type, bound)
            yield Words(spaced(zh, said.zh), f"{en} {said.en}")


def _together(template: Template, group: tuple[str, ...]) -> Words:
    said = joined(_titles(template, group), "和", " and ")
    return Words(f"{said.zh}要么都填，要么都不填", f"{said.en} are answered together or not at all")


def _titles(template: Template, names: Iterable[str]) -> list[Words]:
    return [called(question) for name in names if (question := template.question(name)) is not None]


# --- the campaign -----------------------------------------------------------------------------------------------------


def _campaign(template: Template, standing: StandIn) -> Words:
    end = template.body.get("effective_until")
    until = _ENDS[read_placeholder(end.text).name] if isinstance(end, ScalarNode) else Words("长期有效", "with no end")
    header = standing.rule_set.header
    return Words(
        f"所办的活动叫「{header.title}」，自「活动第一天」起，{until.zh}",
        f"the campaign is called “{header.title_en or header.title}”, from “First day”, {until.en}",
    )


def _rules(template: Template, standing: StandIn, names: Names) -> Iterator[Words]:
    *rules, policies = describe_promotion_set(standing.rule_set, {**names, **standing.names})
    listed = template.body.get("rules")
    assert isinstance(listed, ListNode)
    for node, said in zip(listed.items, rules, strict=True):
        for path, wanted in reversed(list(_needs(node, ()))):
            said = _where_answered(template, path, wanted, said)
        yield said
    yield policies


def _needs(node: Node, path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """What each part of a rule needs to be answered, the rule itself first."""
    match node:
        case ListNode(items):
            for at, item in enumerate(items):
                yield from _needs(item, (*path, at))
        case MapNode(entries):
            needs = node.get("needs")
            if isinstance(needs, ListNode):
                yield path, tuple(one.text for one in needs.items if isinstance(one, ScalarNode))
            for entry in entries:
                if entry.key.text != "needs":
                    yield from _needs(entry.value, (*path, entry.key.text))


def _where_answered(template: Template, path: Path, wanted: tuple[str, ...], told: Words) -> Words:
    """A rule with the answers that it, or a part of it, needs to be there at all."""
    answers = joined(_titles(template, wanted), "和", " and ")
    given = f"{answers.en} {'is' if len(wanted) == 1 else 'are'} given"
    if not path:
        return Words(f"填了{answers.zh}才有的{told.zh}", f"where {given}: {told.en}")
    parts = [
        Words(f"第 {int(at) + 1} 项{_PARTS[str(key)].zh}", f"{_PARTS[str(key)].en} {int(at) + 1}")
        for key, at in zip(path[::2], path[1::2], strict=True)
    ]
    part = joined(parts, "的", ", ")
    return Words(f"{told.zh}；其中{part.zh}填了{answers.zh}才有", f"{told.en}; {part.en} only where {given}")


def _elsewhere(template: Template, standing: StandIn, told: list[Words]) -> Iterator[Words]:
    """Answers that no sentence could name: where they go."""
    for question in template.questions:
        title = called(question)
        if not any(title.zh in one.zh for one in told):
            places = ", ".join(pointer(path) for path in standing.places[question.name])
            yield Words(f"{title.zh}填入 {places}", f"{title.en} goes into {places}")


def _with_titles(standing: StandIn, words: Words) -> Words:
    """The titles of questions where an answer stands as plain text."""
    zh, en = words
    for text, said in standing.texts.items():
        zh = zh.replace(f"「{text}」", said.zh).replace(text, said.zh)
        en = en.replace(f"“{text}”", said.en).replace(text, said.en)
    return Words(zh, en)
