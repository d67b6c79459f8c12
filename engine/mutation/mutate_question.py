"""The small steps of a template's questions: bounds, defaults, types, options, and whether an answer is needed."""

from collections.abc import Callable, Iterator

from engine.campaigns.placeholder import has_marks
from engine.mutation.edits import Edit, Path, change_of, in_words, replacements, text_of
from engine.mutation.small_steps import (
    Texts,
    boolean_steps,
    count_steps,
    date_steps,
    money_steps,
    rate_steps,
    steps_of,
    text_steps,
    time_steps,
)
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode

_TYPES = {
    "rate": ("money", "text"),
    "money": ("integer", "text"),
    "integer": ("money", "text"),
    "text": ("choice",),
    "date": ("text",),
    "time": ("text",),
    "choice": ("choices",),
    "choices": ("choice",),
}
"""By type: one that is stricter or of another kind, and one that takes nearly anything."""

_STEPS: dict[str, Callable[[str], Texts]] = {
    "rate": rate_steps,
    "money": money_steps,
    "integer": count_steps,
    "date": date_steps,
    "time": time_steps,
    "text": text_steps,
}


def question_edits(node: Node | None, path: Path) -> Iterator[Edit]:
    """The edits of the mapping `questions` of a template."""
    if not isinstance(node, MapNode):
        return
    for entry in node.entries:
        if isinstance(entry.value, MapNode):
            yield from _edits(entry.value, (*path, entry.key.text))


def _edits(question: MapNode, path: Path) -> Iterator[Edit]:
    kind = text_of(question.get("type"))
    for entry in question.entries:
        key, value, here = entry.key.text, entry.value, (*path, entry.key.text)
        if key == "options" and isinstance(value, ListNode):
            yield from _items_left_out(value, here)
        elif key in ("minimum", "maximum", "default"):
            yield Edit(here, None, change_of(entry.key, here, f"{key}: {in_words(value)}", ""))
            yield from _default_edits(question, value, here) if key == "default" else _bound_edits(kind, value, here)
        elif isinstance(value, ScalarNode) and key == "type":
            yield from replacements(value, here, _TYPES.get(value.text, ()))
        elif isinstance(value, ScalarNode) and key == "required":
            yield from replacements(value, here, boolean_steps(value.text))


def _bound_edits(kind: str, node: Node, path: Path) -> Iterator[Edit]:
    """A bound a step on; of text and choices it counts, and one that is another question's answer has no steps."""
    if isinstance(node, ScalarNode) and not has_marks(node.text):
        step = count_steps if kind in ("text", "choices") else _STEPS.get(kind, text_steps)
        yield from replacements(node, path, steps_of(step, node.text))


def _default_edits(question: MapNode, node: Node, path: Path) -> Iterator[Edit]:
    """A default a step on: of a choice the next option, of several each left out."""
    kind = text_of(question.get("type"))
    if isinstance(node, ListNode):
        yield from _items_left_out(node, path)
    elif isinstance(node, ScalarNode):
        listed = question.get("options")
        options = listed.items if kind == "choice" and isinstance(listed, ListNode) else ()
        values = [text_of(one.get("value")) for one in options if isinstance(one, MapNode)]
        if node.text in values:
            yield from replacements(node, path, (values[(values.index(node.text) + 1) % len(values)],))
        elif kind in _STEPS:
            yield from replacements(node, path, steps_of(_STEPS[kind], node.text))


def _items_left_out(node: ListNode, path: Path) -> Iterator[Edit]:
    if len(node.items) > 1:
        for at, item in enumerate(node.items):
            yield Edit((*path, at), None, change_of(item, (*path, at), in_words(item), ""))
