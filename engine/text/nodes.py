"""What a YAML text is once read: three kinds of node that keep their source text and their place.

Nodes are plain frozen values, so a changed document is made from an old one by replacing nodes: the new nodes keep the
line and column of the text they stand for (`replace_scalars`), and every later message still points there.
"""

from collections.abc import Callable, Sequence
from re import compile as pattern
from typing import TypeAlias

import msgspec

Plain: TypeAlias = "bool | int | str | list[Plain] | dict[str, Plain] | None"
"""A node as JSON Schema sees it: what `plain` returns."""

PLAIN_INTEGER = pattern(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: dict[str, Plain] = {"": None, "null": None, "true": True, "false": False}


class ScalarNode(msgspec.Struct, frozen=True):
    """One value as written. `quoted` is true for quoted and block scalars: these are texts whatever they look like."""

    text: str
    line: int
    column: int
    quoted: bool = False


class ListNode(msgspec.Struct, frozen=True):
    """A sequence."""

    items: tuple["Node", ...]
    line: int
    column: int


class Entry(msgspec.Struct, frozen=True):
    """One key of a mapping and its value."""

    key: ScalarNode
    value: "Node"


class MapNode(msgspec.Struct, frozen=True):
    """A mapping in the order of its text. Keys are unique texts."""

    entries: tuple[Entry, ...]
    line: int
    column: int

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key.text == key), None)

    def get(self, key: str) -> "Node | None":
        """The value of a key, None when the mapping has no such key."""
        found = self.entry(key)
        return None if found is None else found.value


Node = ScalarNode | ListNode | MapNode


class Document(msgspec.Struct, frozen=True):
    """One YAML file: its name, its tree, and the SHA-256 of its text in hexadecimal."""

    file: str
    root: Node
    content_hash: str

    @property
    def kind(self) -> str:
        """The text of the top-level key `kind`; empty when there is none."""
        found = self.root.get("kind") if isinstance(self.root, MapNode) else None
        return found.text if isinstance(found, ScalarNode) else ""


def plain(node: Node) -> Plain:
    """The node as JSON: `true`, `false`, `null`, an empty value and whole numbers by their meaning, the rest as text.

    `12.50` stays the text '12.50' (money is never a float), and so does a whole number of more than 18 digits.
    """
    match node:
        case ScalarNode(text, quoted=True):
            return text
        case ScalarNode(text):
            if text in _WORDS:
                return _WORDS[text]
            return int(text) if PLAIN_INTEGER.fullmatch(text) else text
        case ListNode(items):
            return [plain(item) for item in items]
        case MapNode(entries):
            return {entry.key.text: plain(entry.value) for entry in entries}


def node_at(root: Node, path: Sequence[str | int]) -> Node:
    """The node that a path of keys and positions leads to. Raises LookupError when it leads nowhere."""
    node = root
    for step in path:
        match node:
            case MapNode() if (found := node.get(str(step))) is not None:
                node = found
            case ListNode(items) if isinstance(step, int):
                node = items[step]
            case _:
                raise LookupError(pointer(path))
    return node


def pointer(path: Sequence[str | int]) -> str:
    """A path as JSON pointer: `/rules/0/when/line.category`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def replace_scalars(node: Node, replace: Callable[[ScalarNode], "Node | None"]) -> "Node | None":
    """A copy in which every scalar value (never a key) is what `replace` returns for it; None drops it.

    A dropped value takes its key or list place along, and a mapping or list that becomes empty by that is dropped
    too.  Give new nodes the line and column of the old scalar.
    """
    match node:
        case ScalarNode():
            return replace(node)
        case ListNode(items, line, column):
            kept = tuple(new for item in items if (new := replace_scalars(item, replace)) is not None)
            return ListNode(kept, line, column) if kept or not items else None
        case MapNode(entries, line, column):
            left = tuple(
                Entry(entry.key, new) for entry in entries if (new := replace_scalars(entry.value, replace)) is not None
            )
            return MapNode(left, line, column) if left or not entries else None
