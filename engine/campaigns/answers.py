"""Answers to a template's questions: the form they are given in, what is wrong with them, and their complete set."""

import re
from collections.abc import Mapping
from typing import Any

from engine.builder.values import CLOCK, DATE, MONEY, RATE
from engine.campaigns.placeholder import Answer
from engine.campaigns.question import (
    MAX_INTEGER,
    MAX_TEXT,
    NotAnAnswer,
    NotAnOption,
    Question,
    bound_of,
    is_empty,
    read_answer,
    size_of,
)
from engine.campaigns.template import Template
from engine.errors import Diagnostic, InvalidInput
from engine.text.codes_campaign import finding
from engine.text.diagnostics import did_you_mean
from engine.text.nodes import pointer

FORM_FILE = "answers"
"""What diagnostics name as their file: answers come from a form, not from a text."""


def form_schema(template: Template) -> dict[str, Any]:
    """The form of a template as JSON Schema (draft 2020-12), to draw it and to check it in a browser.

    Titles and descriptions are Chinese; `x-title-en` and `x-description-en` carry the English ones.  `x-type` is the
    question's type, `x-minimum` and `x-maximum` bounds as people write them, `x-minimum-of` and `x-maximum-of` the
    question whose answer is the bound, `x-together` the questions that are answered together or not at all.
    """
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": template.title,
        "type": "object",
        "properties": {question.name: _property(question) for question in template.questions},
        "required": [one.name for one in template.questions if one.required and one.default is None],
        "additionalProperties": False,
    }
    if template.title_en:
        schema["x-title-en"] = template.title_en
    if template.together:
        schema["x-together"] = [list(group) for group in template.together]
    return schema


def _property(question: Question) -> dict[str, Any]:
    shape: dict[str, Any] = {"title": question.title, "x-type": question.type, "x-required": question.required}
    shape |= {
        key: value
        for key, value in {
            "description": question.help,
            "x-title-en": question.title_en,
            "x-description-en": question.help_en,
            "x-minimum": question.minimum,
            "x-maximum": question.maximum,
            "x-minimum-of": question.minimum_of,
            "x-maximum-of": question.maximum_of,
        }.items()
        if value
    }
    shape |= _shape(question)
    if not question.required:
        shape = _or_null(shape)
    if question.default is not None:
        shape["default"] = question.default
    return shape


def _shape(question: Question) -> dict[str, Any]:
    patterns = {"rate": RATE, "money": MONEY, "date": DATE, "time": f"{CLOCK}|24:00"}
    least, most = (
        None if text is None or question.type in patterns else int(bound_of(question.type, text))
        for text in (question.minimum, question.maximum)
    )
    match question.type:
        case "integer":
            return {
                "type": "integer",
                "minimum": -MAX_INTEGER if least is None else least,
                "maximum": MAX_INTEGER if most is None else most,
            }
        case "text":
            return {"type": "string", "minLength": max(1, least or 0), "maxLength": MAX_TEXT if most is None else most}
        case "choice":
            return {"type": "string", "oneOf": _options(question)}
        case "choices":
            return {
                "type": "array",
                "items": {"type": "string", "oneOf": _options(question)},
                "uniqueItems": True,
                "minItems": least or (1 if question.required else 0),
                "maxItems": len(question.options) if most is None else most,
            }
    format_of = {"date": {"format": "date"}}
    return {"type": "string", "pattern": f"^({patterns[question.type]})$", **format_of.get(question.type, {})}


def _options(question: Question) -> list[dict[str, str]]:
    return [
        {"const": option.value, "title": option.title, **({"x-title-en": option.title_en} if option.title_en else {})}
        for option in question.options
    ]


def _or_null(shape: dict[str, Any]) -> dict[str, Any]:
    """An optional question may also be answered by null."""
    nullable = {**shape, "type": [shape["type"], "null"]}
    if "oneOf" in nullable:
        nullable["oneOf"] = [*nullable["oneOf"], {"const": None, "title": "不选", "x-title-en": "none"}]
    return nullable


def check_answers(template: Template, answers: Mapping[str, object]) -> list[Diagnostic]:
    """Everything that is wrong with the answers, in the order of the questions; `path` is `/QUESTION`."""
    try:
        complete_answers(template, answers)
    except InvalidInput as invalid:
        places = {pointer((question.name,)): at for at, question in enumerate(template.questions)}
        return sorted(invalid.diagnostics, key=lambda one: places.get(one.path, len(places)))
    return []


def complete_answers(template: Template, answers: Mapping[str, object]) -> dict[str, Answer]:
    """One answer per question in its stored spelling: what was given, else the default, else null.

    A question that is not mentioned takes its default; an optional one that is given as empty is answered by null.
    Raises `InvalidInput` with everything that is wrong.
    """
    found: list[Diagnostic] = []
    names = [question.name for question in template.questions]
    for name in answers:
        if name not in names:
            hint = did_you_mean(name, names)
            found.append(_finding("A601", name, hint, name=name[:60], allowed=", ".join(names)))
    complete: dict[str, Answer] = {}
    for question in template.questions:
        given = answers.get(question.name, question.default)
        if is_empty(given) and question.required:
            given = question.default
        complete[question.name] = _answer(question, given, found)
    unsound = {one.path for one in found}
    for question in template.questions:
        answer = complete[question.name]
        if answer is not None and pointer((question.name,)) not in unsound:
            found += _out_of_bounds(template, question, answer, complete)
    found += _halves(template, complete, unsound)
    if found:
        raise InvalidInput(found)
    return complete


def _answer(question: Question, given: object, found: list[Diagnostic]) -> Answer:
    titles = {"title": question.title, "title_en": question.title_en or question.title}
    try:
        answer = read_answer(question, given)
    except NotAnAnswer as unreadable:
        zh, en = question.words
        shown = _shown(given)
        found.append(
            _finding("A603", question.name, unreadable.hint, found=shown, wanted_zh=zh, wanted_en=en, **titles)
        )
        return None
    except NotAnOption as choice:
        allowed = ", ".join(f"{one.title} ({one.value})" for one in question.options[:20])
        allowed_en = ", ".join(f"{one.title_en or one.title} ({one.value})" for one in question.options[:20])
        hint = did_you_mean(choice.value, [one.value for one in question.options])
        shown = _shown(choice.value)
        found.append(
            _finding("A606", question.name, hint, found=shown, allowed=allowed, allowed_en=allowed_en, **titles)
        )
        return None
    if answer is None and question.required:
        zh, en = question.words
        helps = {"help": question.help or zh, "help_en": question.help_en or en}
        found.append(_finding("A602", question.name, None, **helps, **titles))
    return answer


def _out_of_bounds(
    template: Template, question: Question, answer: Answer, complete: Mapping[str, Answer]
) -> list[Diagnostic]:
    size = size_of(question.type, answer)
    found: list[Diagnostic] = []
    for code, text, of in (
        ("A604", question.minimum, question.minimum_of),
        ("A605", question.maximum, question.maximum_of),
    ):
        bound, shown = None, text
        if text is not None:
            bound = bound_of(question.type, text)
        elif of is not None and complete[of] is not None:
            other = template.question(of)
            assert other is not None
            bound, shown = size_of(question.type, complete[of]), f"{other.title} {complete[of]}"
        if bound is not None and (size < bound if code == "A604" else size > bound):
            counted = question.type in ("text", "choices")
            found.append(
                _finding(
                    code,
                    question.name,
                    None,
                    found=str(size) if counted else _shown(answer),
                    bound=shown,
                    title=question.title,
                    title_en=question.title_en or question.title,
                )
            )
    return found


def _halves(template: Template, complete: Mapping[str, Answer], unsound: set[str]) -> list[Diagnostic]:
    """Questions that a rule needs together are all answered, or none."""
    found: list[Diagnostic] = []
    for group in template.together:
        answered = [name for name in group if complete[name] is not None]
        for name in group:
            missing, other = template.question(name), template.question(answered[0]) if answered else None
            if other is None or missing is None or name in answered or pointer((name,)) in unsound:
                continue
            found.append(
                _finding(
                    "A607",
                    name,
                    None,
                    title=missing.title,
                    title_en=missing.title_en or missing.title,
                    other=other.title,
                    other_en=other.title_en or other.title,
                )
            )
    return found


def _finding(code: str, question: str, hint: tuple[str, str] | None = None, /, **data: object) -> Diagnostic:
    return finding(code, FORM_FILE, pointer((question,)), (0, 0), hint, **data)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return "`" + re.sub(r"[\x00-\x1f\x7f]", "?", text)[:40] + "`"
