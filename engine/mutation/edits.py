"""One change of a node tree: replace, rename or leave out what stands at a path."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from engine.mutation.small_steps import Texts
from engine.text.nodes import Entry, ListNode, MapNode, Node, ScalarNode, pointer

Path: TypeAlias = tuple[str | int, ...]


class Change(msgspec.Struct, frozen=True):
    """One small step: where (a path of keys and positions, and its place in the text), from what, to what.

    `new` is empty for what was left out.
    """

    path: Path
    line: int
    column: int
    old: str
    new: str

    @property
    def pointer(self) -> str:
        return pointer(self.path)


class Edit(msgspec.Struct, frozen=True):
    """Put `node` at `path` (None: leave out what is there)."""

    path: Path
    node: Node | None
    change: Change


def with_node(root: Node, path: Sequence[str | int], new: Node | None) -> Node:
    """The tree with another node at a path, or without the entry or item there."""
    if not path:
        assert new is not None
        return new
    step, rest = path[0], path[1:]

    def inside(node: Node) -> tuple[Node, ...]:
        return () if new is None and not rest else (with_node(node, rest, new),)

    match root:
        case MapNode(entries, line, column):
            kept = (
                changed
                for entry in entries
                for changed in (
                    (Entry(entry.key, node) for node in inside(entry.value)) if entry.key.text == step else (entry,)
                )
            )
            return MapNode(tuple(kept), line, column)
        case ListNode(items, line, column):
            return ListNode(
                tuple(node for at, item in enumerate(items) for node in (inside(item) if at == step else (item,))),
                line,
                column,
            )
    raise LookupError(pointer(tuple(path)))


def text_of(node: Node | None) -> str:
    """The text of a scalar, empty for anything else."""
    return node.text if isinstance(node, ScalarNode) else ""


def replacements(node: ScalarNode, path: Path, texts: Texts) -> Iterator[Edit]:
    """A scalar with each of some texts in its place, quoted as it was."""
    for text in texts:
        new = ScalarNode(text, node.line, node.column, node.quoted)
        yield Edit(path, new, change_of(node, path, node.text, text))


def change_of(node: Node, path: Path, old: str, new: str) -> Change:
    """A change at the place of a node."""
    return Change(path, node.line, node.column, old, new)


def in_words(node: Node) -> str:
    """A node in one line, as flow YAML would have it."""
    match node:
        case ScalarNode(text):
            return text
        case ListNode(items):
            return f"[{', '.join(in_words(item) for item in items)}]"
        case MapNode(entries):
            return f"{{{', '.join(f'{entry.key.text}: {in_words(entry.value)}' for entry in entries)}}}"
