"""Nodes as YAML text: what `document.parse` reads back as the same tree."""

import json
from collections.abc import Iterator

from engine.text.nodes import ListNode, MapNode, Node, ScalarNode


def yaml_text(root: Node) -> str:
    """The tree as block-style YAML. Quoted scalars are written in double quotes, the others as they were."""
    return "".join(f"{line}\n" for line in _lines(root, 0))


def _lines(node: Node, indent: int) -> Iterator[str]:
    pad = "  " * indent
    match node:
        case ScalarNode():
            yield pad + _scalar(node)
        case ListNode(items=()):
            yield pad + "[]"
        case MapNode(entries=()):
            yield pad + "{}"
        case ListNode(items):
            for item in items:
                inner = list(_lines(item, indent + 1))
                yield f"{pad}- {inner[0].lstrip(' ')}"
                yield from inner[1:]
        case MapNode(entries):
            for entry in entries:
                key, value = _scalar(entry.key), entry.value
                inner = list(_lines(value, indent + 1))
                if isinstance(value, ScalarNode) or inner[0].lstrip(" ") in ("[]", "{}"):
                    yield f"{pad}{key}: {inner[0].lstrip(' ')}"
                else:
                    yield f"{pad}{key}:"
                    yield from inner


def _scalar(node: ScalarNode) -> str:
    if node.quoted:
        return json.dumps(node.text, ensure_ascii=False)
    return node.text or "null"
