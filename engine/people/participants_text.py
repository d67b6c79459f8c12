"""A file of participants with the standings that a review has left, as YAML: the next review begins with it."""

from collections.abc import Mapping

from engine.level.level_report import Reviewed
from engine.text.nodes import Document, Entry, ListNode, MapNode, Node, ScalarNode
from engine.text.yaml_text import yaml_text


def reviewed_text(document: Document, reviewed: Mapping[str, Reviewed]) -> str:
    """The document with the new level and standing of everyone reviewed; the rest as it was, without comments."""
    root = document.root
    assert isinstance(root, MapNode)
    return yaml_text(MapNode(tuple(_with_people(one, reviewed) for one in root.entries), root.line, root.column))


def _with_people(entry: Entry, reviewed: Mapping[str, Reviewed]) -> Entry:
    if entry.key.text != "participants" or not isinstance(entry.value, ListNode):
        return entry
    people = tuple(_reviewed(one, reviewed) for one in entry.value.items)
    return Entry(entry.key, ListNode(people, entry.value.line, entry.value.column))


def _reviewed(node: Node, reviewed: Mapping[str, Reviewed]) -> Node:
    named = node.get("id") if isinstance(node, MapNode) else None
    found = reviewed.get(named.text) if isinstance(named, ScalarNode) else None
    if found is None or not isinstance(node, MapNode):
        return node
    kept = tuple(entry for entry in node.entries if entry.key.text not in ("level", "standing"))
    after = found.review.after
    standing = {"probation_left": after.probation_left, "missed": after.missed}
    figures = tuple(_entry(key, str(value)) for key, value in standing.items() if value)
    left = MapNode((*figures, _entry("reviewed", _last_label(node, found))), 0, 0)
    return MapNode((*kept, _entry("level", after.level), Entry(_scalar("standing"), left)), 0, 0)


def _last_label(node: MapNode, found: Reviewed) -> str:
    """The period up to which somebody is reviewed; one that was reviewed before keeps the later one."""
    if found.review.change != "reviewed_before":
        return found.review.period
    standing = node.get("standing")
    label = standing.get("reviewed") if isinstance(standing, MapNode) else None
    assert isinstance(label, ScalarNode)
    return label.text


def _entry(key: str, text: str) -> Entry:
    return Entry(_scalar(key), _scalar(text))


def _scalar(text: str) -> ScalarNode:
    return ScalarNode(text, 0, 0)
