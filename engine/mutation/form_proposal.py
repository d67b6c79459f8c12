"""Answers that tell a template from its mutant: one question at a time, at its bounds and beside them."""

from collections.abc import Iterator, Mapping, Sequence

from engine.campaigns.answers import check_answers, complete_answers
from engine.campaigns.placeholder import Answer
from engine.campaigns.question import Question
from engine.campaigns.template import Template
from engine.cases.forms import codes, read_forms, run_form
from engine.mutation.case_text import case_text
from engine.mutation.edits import Change
from engine.mutation.proposal import Proposal
from engine.mutation.small_steps import (
    Texts,
    count_steps,
    date_steps,
    money_steps,
    rate_steps,
    steps_of,
    time_steps,
)
from engine.text.document import parse

Answers = Mapping[str, object]
_PROBES: tuple[object, ...] = (None, "x", "1", "2.5", "10%", "2026-10-01", "18:00", [])
"""Answers of every type: nearly every question refuses some of them."""
_STEPS = {"rate": rate_steps, "money": money_steps, "integer": count_steps, "date": date_steps, "time": time_steps}


def propose_form(template: Template, mutant: Template, change: Change, given: Sequence[Answers]) -> Proposal | None:
    """A form for a mutant of one question that no form of the template kills; None when none of those tried does.

    `given` are the answers of the cases and forms there are: what is tried is near them.
    """
    name = str(change.path[1])
    said = f"{name}: {change.old} → {change.new or '无'}"[:60]
    found: list[tuple[int, Proposal]] = []
    for answers in _candidates(template, mutant, name, given):
        kind, expect = _tells(template, mutant, answers)
        text = case_text({"name": said, "answers": answers, "expect": {kind: expect}})
        if expect and _kills(text, template, mutant):
            found.append((len(expect), Proposal(text, "form")))
            if len(expect) == 1:
                break
    return min(found, key=lambda one: one[0])[1] if found else None  # what is told of fewest questions reads best


def _kills(text: str, template: Template, mutant: Template) -> bool:
    """Whether a form as it is written passes, and not with the mutant: `1` and '1' are one answer."""
    (form,) = read_forms(parse(f"forms:\n{text}", "forms.yaml"))
    return not run_form(form, template) and bool(run_form(form, mutant))


def _candidates(template: Template, mutant: Template, name: str, given: Sequence[Answers]) -> Iterator[Answers]:
    """The answers given, without one to the question and with each that is worth a try; complete ones first."""
    asked = [one for of in (template, mutant) if (one := of.question(name)) is not None]
    bases = sorted(_distinct([{}, *given]), key=lambda base: bool(check_answers(template, base)))
    for base in bases:
        rest = {key: value for key, value in base.items() if key != name}
        yield base
        yield rest
        yield from ({**rest, name: value} for value in _values(asked, base))


def _distinct(many: Sequence[Answers]) -> list[Answers]:
    found: list[Answers] = []
    for one in many:
        if one not in found:
            found.append(one)
    return found


def _tells(template: Template, mutant: Template, answers: Answers) -> tuple[str, Answers]:
    """What a form with these answers would expect of the template, if the mutant does otherwise; empty if not."""
    refused, complete = _outcome(template, answers)
    other_refused, other_complete = _outcome(mutant, answers)
    if refused:
        return "refused", refused if refused != other_refused else {}
    if other_refused:
        return "complete", {name: complete[name] for name in other_refused}
    return "complete", {name: answer for name, answer in complete.items() if answer != other_complete[name]}


def _outcome(template: Template, answers: Answers) -> tuple[dict[str, str], dict[str, Answer]]:
    refused = codes(check_answers(template, answers))
    return refused, {} if refused else complete_answers(template, answers)


def _values(asked: Sequence[Question], base: Answers) -> Iterator[object]:
    """Answers at and beside all that the question names, as it is and as its mutant has it."""
    yield from _PROBES
    for question in asked:
        for bound, of in ((question.minimum, question.minimum_of), (question.maximum, question.maximum_of)):
            text = bound or (str(base.get(of)) if of is not None else None)
            if text is not None:
                yield from _at_bound(question, text)
        if question.default is not None:
            yield question.default
        options = [option.value for option in question.options]
        yield from options
        yield from ([option] for option in options)
        yield from (options[:count] for count in range(2, len(options) + 1))


def _at_bound(question: Question, text: str) -> Iterator[object]:
    step = count_steps if question.type in ("text", "choices") else _STEPS.get(question.type)
    near: Texts = () if step is None else steps_of(step, text)
    yield from ("字" * int(one) if question.type == "text" else one for one in (text, *near))
