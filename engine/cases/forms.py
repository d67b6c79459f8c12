"""Forms beside a template: answers alone, and whether they are refused or what they are completed to.

What an answer does to a price is for the cases; a form says which answers a question takes, and what stands where
none is given.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.campaigns.answers import check_answers, complete_answers
from engine.campaigns.question import NotAnAnswer, NotAnOption, Question, read_answer
from engine.campaigns.template import Template
from engine.cases.figures import Difference
from engine.errors import Diagnostic
from engine.text.nodes import Document, ListNode, MapNode, plain


class FormCase(msgspec.Struct, frozen=True):
    """One form. Of `refused` (question → code) and `complete` (question → answer as written) one is empty."""

    name: str
    file: str
    line: int
    answers: Mapping[str, object]
    refused: Mapping[str, str]
    complete: Mapping[str, object]


def read_forms(document: Document) -> tuple[FormCase, ...]:
    """The forms of a document that passed the cases schema, none when it lists none."""
    assert isinstance(document.root, MapNode)
    listed = document.root.get("forms")
    if not isinstance(listed, ListNode):
        return ()
    forms = []
    for node in listed.items:
        written: Any = plain(node)
        expect = written["expect"]
        forms.append(
            FormCase(
                written["name"],
                document.file,
                node.line,
                written["answers"],
                expect.get("refused", {}),
                expect.get("complete", {}),
            )
        )
    return tuple(forms)


def run_form(form: FormCase, template: Template) -> list[Difference]:
    """What the template makes of the answers, compared with what is expected; nothing when they agree."""
    found = check_answers(template, form.answers)
    if form.refused:
        return _compare_refusals(form.refused, found)
    return refusals(found) or _compare_answers(form.complete, template, complete_answers(template, form.answers))


def refusals(found: list[Diagnostic]) -> list[Difference]:
    """Refused answers as differences, for whoever expects them to be taken."""
    return [
        Difference(f"/answers{one.path}", "可用 / accepted", f"{one.code} {one.message_zh} / {one.message_en}")
        for one in found
    ]


def codes(found: list[Diagnostic]) -> dict[str, str]:
    """By question, the first code with which its answer was refused."""
    by_question: dict[str, str] = {}
    for one in found:
        by_question.setdefault(one.path.removeprefix("/"), one.code)
    return by_question


def _compare_refusals(expected: Mapping[str, str], found: list[Diagnostic]) -> list[Difference]:
    told = codes(found)
    return [
        Difference(f"/expect/refused/{name}", expected.get(name, "可用 / accepted"), told.get(name, "可用 / accepted"))
        for name in sorted(expected.keys() | told.keys())
        if expected.get(name) != told.get(name)
    ]


def _compare_answers(
    expected: Mapping[str, object], template: Template, complete: Mapping[str, object]
) -> list[Difference]:
    differences = []
    for name, written in expected.items():
        question = template.question(name)
        path = f"/expect/complete/{name}"
        if question is None:
            differences.append(Difference(path, str(written), "没有这个问题 / no such question"))
        elif not _is(question, written, complete[name]):
            differences.append(Difference(path, str(written), str(complete[name])))
    return differences


def _is(question: Question, written: object, answer: object) -> bool:
    """Whether an answer is the one written; what the question cannot read is not."""
    try:
        return read_answer(question, written) == answer
    except (NotAnAnswer, NotAnOption):
        return False
