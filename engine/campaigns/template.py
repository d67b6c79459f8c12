"""Campaign templates: a promotion rule set with questions, read from its document and checked as a whole."""

from collections.abc import Iterator
from typing import Any

import msgspec

from engine.campaigns.placeholder import Answer, NotAPlaceholder, has_marks, read_placeholder
from engine.campaigns.question import (
    NotAnAnswer,
    NotAnOption,
    Option,
    Question,
    QuestionType,
    bound_of,
    read_answer,
    size_of,
)
from engine.errors import Diagnostic, InvalidInput
from engine.text.codes_campaign import finding
from engine.text.diagnostics import did_you_mean
from engine.text.document import Schemas
from engine.text.nodes import Document, Entry, ListNode, MapNode, Node, ScalarNode, plain, pointer
from engine.text.schema_check import check_template

FORM_NAMES = (
    "campaign_name",
    "campaign_version",
    "campaign_owner",
    "campaign_first_day",
    "campaign_last_day",
    "effective_from",
    "effective_until",
    "effective_until_noon",
)
"""Names that every form brings. `effective_until` is the midnight after the last day; `effective_until_noon` the noon
after it, for a window over midnight whose last night belongs to the last day (`campaign_last_day` then ends it)."""

_HEADER = {
    "name": ("campaign_name",),
    "version": ("campaign_version",),
    "owner": ("campaign_owner",),
    "effective_from": ("effective_from",),
    "effective_until": ("effective_until", "effective_until_noon"),
}


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign template: what it asks, and the body that the answers fill in."""

    name: str
    version: int
    title: str
    owner: str
    reason: str
    questions: tuple[Question, ...]
    body: MapNode
    together: tuple[tuple[str, ...], ...] = ()
    """Optional questions that a rule needs together: all of them are answered, or none."""
    title_en: str = ""
    content_hash: str = ""
    file: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    def question(self, name: str) -> Question | None:
        return next((question for question in self.questions if question.name == name), None)


def read_template(document: Document, schemas: Schemas) -> Template:
    """The template that a document means; `schemas` as for `build.build`, with `template` among them.

    Raises `InvalidInput` with everything that is wrong: the shape of the questions first, then all the rest.
    """
    shape = check_template(document, schemas)
    if any(not one.path.startswith("/campaign/") for one in shape):
        raise InvalidInput(shape)
    written: Any = plain(document.root)
    assert isinstance(document.root, MapNode)
    asked, body = document.root.get("questions"), document.root.get("campaign")
    assert isinstance(asked, MapNode)
    assert isinstance(body, MapNode)
    types = {entry.key.text: written["questions"][entry.key.text]["type"] for entry in asked.entries}
    reading = _Reading(document.file, types)
    questions = tuple(reading.question(entry, written["questions"][entry.key.text]) for entry in asked.entries)
    reading.body(body)
    reading.unused(asked)
    if reading.found or shape:
        raise InvalidInput([*reading.found, *shape])
    optional = {question.name for question in questions if not question.required}
    return Template(
        name=written["name"],
        version=written["version"],
        title=written["title"],
        title_en=written.get("title_en", ""),
        owner=written["owner"],
        reason=written["reason"],
        questions=questions,
        body=body,
        together=tuple(
            group for names in reading.needed if len(group := tuple(name for name in names if name in optional)) > 1
        ),
        content_hash=document.content_hash,
        file=document.file,
    )


class _Reading:
    """What is wrong with one template, and which names its body uses."""

    def __init__(self, file: str, types: dict[str, QuestionType]) -> None:
        self.file = file
        self.types = types
        self.names = tuple(types)
        self.used: set[str] = set()
        self.needed: list[tuple[str, ...]] = []
        self.found: list[Diagnostic] = []

    def report(
        self, code: str, node: Node, path: tuple[str | int, ...], hint: tuple[str, str] | None = None, **data: object
    ) -> None:
        self.found.append(finding(code, self.file, pointer(path), (node.line, node.column), hint, **data))

    # --- questions ------------------------------------------------------------------------------------------------

    def question(self, entry: Entry, written: Any) -> Question:
        """One question, its bounds and default checked."""
        path = ("questions", entry.key.text)
        assert isinstance(entry.value, MapNode)
        if entry.key.text in FORM_NAMES:
            self.report("T510", entry.key, path, name=entry.key.text)
        options = tuple(
            Option(str(one["value"]), one["title"], one.get("title_en", "")) for one in written.get("options", ())
        )
        self._options(entry.value, options, path)
        bounds: dict[str, str | None] = {}
        for key in ("minimum", "maximum"):
            bounds |= self._bound(entry.value, key, written["type"], (*path, key))
        question = Question(
            name=entry.key.text,
            type=written["type"],
            title=written["title"],
            title_en=written.get("title_en", ""),
            help=written.get("help", ""),
            help_en=written.get("help_en", ""),
            required=written["required"],
            options=options,
            **bounds,
        )
        node = entry.value.get("default")
        if node is None:
            return question
        return msgspec.structs.replace(question, default=self._default(question, node, (*path, "default")))

    def _options(self, node: MapNode, options: tuple[Option, ...], path: tuple[str, ...]) -> None:
        values = [option.value for option in options]
        listed = node.get("options")
        for at, value in enumerate(values):
            if value in values[:at] and isinstance(listed, ListNode):
                self.report("T508", listed.items[at], (*path, "options", at), text=value)

    def _bound(self, node: MapNode, key: str, kind: QuestionType, path: tuple[str, ...]) -> dict[str, str | None]:
        bound = node.get(key)
        if not isinstance(bound, ScalarNode):
            return {}
        try:
            if has_marks(bound.text):
                name = read_placeholder(bound.text).name
                self._name(name, bound, path, self.names)
                fits = kind not in ("text", "choice", "choices") and self.types.get(name, kind) == kind
                result: dict[str, str | None] = {f"{key}_of": name}
            else:
                bound_of(kind, bound.text)
                fits, result = True, {key: bound.text}
        except (NotAnAnswer, NotAPlaceholder):
            fits, result = False, {}
        if not fits:
            self.report("T506", bound, path, text=bound.text, type=kind)
        return result

    def _default(self, question: Question, node: Node, path: tuple[str, ...]) -> Answer:
        try:
            answer = read_answer(question, plain(node))
        except NotAnAnswer as unreadable:
            zh, en = unreadable.hint or question.words
            self.report("T505", node, path, why_zh=f"应为{zh}", why_en=f"it should be {en}")
            return None
        except NotAnOption as choice:
            self.report("T505", node, path, why_zh=f"没有选项 {choice.value}", why_en=f"no option {choice.value}")
            return None
        if answer is not None:
            size = size_of(question.type, answer)
            if question.minimum is not None and size < bound_of(question.type, question.minimum):
                self.report("T505", node, path, why_zh="小于下限", why_en="it is below the minimum")
            if question.maximum is not None and size > bound_of(question.type, question.maximum):
                self.report("T505", node, path, why_zh="大于上限", why_en="it is above the maximum")
        return answer

    # --- body -----------------------------------------------------------------------------------------------------

    def body(self, body: MapNode) -> None:
        """Every placeholder names a question or what the form brings; the header is filled by the form."""
        for key, names in _HEADER.items():
            node = body.get(key)
            wanted = [f"{{{{ {name} }}}}" for name in names]
            if not (isinstance(node, ScalarNode) and node.text.strip() in wanted):
                self.report("T509", node or body, ("campaign", key), key=key, wanted=" / ".join(wanted))
        for node, path in _walk(body, ("campaign",)):
            if isinstance(node, ScalarNode) and has_marks(node.text):
                self._placeholder(node, path)
            elif isinstance(node, MapNode):
                self._mapping(node, path)

    def _mapping(self, node: MapNode, path: tuple[str | int, ...]) -> None:
        for entry in node.entries:
            if has_marks(entry.key.text):
                self.report("T503", entry.key, (*path, entry.key.text), text=entry.key.text)
        needs = node.entry("needs")
        if needs is None:
            return
        if not isinstance(needs.value, ListNode) or not all(isinstance(one, ScalarNode) for one in needs.value.items):
            self.report("T507", needs.value, (*path, "needs"))
            return
        names = [one for one in needs.value.items if isinstance(one, ScalarNode)]
        for at, one in enumerate(names):
            self._name(one.text, one, (*path, "needs", at), self.names)
        self.needed.append(tuple(one.text for one in names))

    def _placeholder(self, node: ScalarNode, path: tuple[str | int, ...]) -> None:
        try:
            self._name(read_placeholder(node.text).name, node, path, (*self.names, *FORM_NAMES))
        except NotAPlaceholder:
            self.report("T501", node, path, text=node.text[:60])

    def _name(self, name: str, node: Node, path: tuple[str | int, ...], allowed: tuple[str, ...]) -> None:
        self.used.add(name)
        if name not in allowed:
            self.report("T502", node, path, did_you_mean(name, allowed), name=name, allowed=", ".join(allowed))

    def unused(self, asked: MapNode) -> None:
        """A question that nothing uses misleads whoever answers it."""
        for entry in asked.entries:
            if entry.key.text not in self.used:
                self.report("T504", entry.key, ("questions", entry.key.text), name=entry.key.text)


def _walk(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[Node, tuple[str | int, ...]]]:
    yield node, path
    match node:
        case ListNode(items):
            for at, item in enumerate(items):
                yield from _walk(item, (*path, at))
        case MapNode(entries):
            for entry in entries:
                yield from _walk(entry.value, (*path, entry.key.text))
