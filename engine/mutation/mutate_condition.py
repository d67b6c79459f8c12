"""The small steps of a condition: each fact left out, each operator its neighbour, each value a step on."""

from collections.abc import Iterator, Mapping

from engine.campaigns.placeholder import has_marks
from engine.mutation.edits import Edit, Path, change_of, in_words, replacements
from engine.mutation.small_steps import fact_steps, path_steps
from engine.text.nodes import Entry, ListNode, MapNode, Node, ScalarNode
from engine.vocabulary import VOCABULARY, Fact

_OPERATORS = {
    "at_least": "more_than",
    "more_than": "at_least",
    "at_most": "less_than",
    "less_than": "at_most",
    "under": "in",
    "in": "not_in",
    "not_in": "in",
    "any": "all",
    "all": "any",
}


def condition_edits(node: Node, path: Path, vocabulary: Mapping[str, Fact] = VOCABULARY) -> Iterator[Edit]:
    """The edits of a `when`, `items` or `holders`: each fact left out, each operator and value one step on.

    `vocabulary` holds the facts by the keys that name them.
    """
    if not isinstance(node, MapNode):
        return
    for entry in node.entries:
        key, here = entry.key.text, (*path, entry.key.text)
        yield _left_out(node, entry, path)
        if key == "not":
            yield from condition_edits(entry.value, here, vocabulary)
        elif key in ("any", "all") and isinstance(entry.value, ListNode):
            if len(entry.value.items) > 1:
                yield _renamed(node, entry, path)
            for at, item in enumerate(entry.value.items):
                yield from condition_edits(item, (*here, at), vocabulary)
        elif key in vocabulary:
            yield from _test_edits(vocabulary[key], entry.value, here)


def _left_out(node: MapNode, entry: Entry, path: Path) -> Edit:
    """A mapping without one entry; `always`, or no such mapping, when it was the only one."""
    key = entry.key.text
    change = change_of(entry.key, (*path, key), f"{key}: {in_words(entry.value)}", "")
    if len(node.entries) > 1:
        return Edit((*path, key), None, change)
    if path[-1] in ("when", "holders"):
        return Edit(path, ScalarNode("always", node.line, node.column), change)
    return Edit(path, None, change)


def _renamed(node: MapNode, entry: Entry, path: Path) -> Edit:
    """A mapping in which one operator is its neighbour."""
    old = entry.key
    new = ScalarNode(_OPERATORS[old.text], old.line, old.column)
    entries = tuple(Entry(new, one.value) if one is entry else one for one in node.entries)
    return Edit(path, MapNode(entries, node.line, node.column), change_of(old, (*path, old.text), old.text, new.text))


def _test_edits(fact: Fact, node: Node, path: Path) -> Iterator[Edit]:
    if not isinstance(node, MapNode):
        yield from _value_edits(fact, "in", node, path)
        return
    for entry in node.entries:
        operator, here = entry.key.text, (*path, entry.key.text)
        taken = node.get(_OPERATORS.get(operator, "")) is not None
        if operator in _OPERATORS and not taken:
            yield _renamed(node, entry, path)
        if operator == "exists":
            yield from _scalar_or_list(entry.value, here)
        else:
            yield from _value_edits(fact, operator, entry.value, here)


def _scalar_or_list(node: Node, path: Path) -> Iterator[Edit]:
    if isinstance(node, ScalarNode):
        yield from replacements(node, path, ("false" if node.text == "true" else "true",))


def _value_edits(fact: Fact, operator: str, node: Node, path: Path) -> Iterator[Edit]:
    """One value moves a step; of several, each is left out."""
    if isinstance(node, ListNode) and len(node.items) > 1:
        for at, item in enumerate(node.items):
            yield Edit((*path, at), None, change_of(item, (*path, at), in_words(item), ""))
    elif isinstance(node, ListNode):
        for at, item in enumerate(node.items):
            yield from _value_edits(fact, operator, item, (*path, at))
    elif isinstance(node, ScalarNode) and not has_marks(node.text):
        steps = fact_steps(fact, node.text)
        if fact.type in ("path", "paths") and operator != "under":
            steps = path_steps(f"{node.text}/other/x")
        yield from replacements(node, path, steps)
