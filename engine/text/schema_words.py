"""The words of a diagnostic about shape: types, bounds, what was found, and what was probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches

from engine.text.document import Violation
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode, plain

Hint = tuple[str, str]
"""In Chinese and in English."""

TYPE_WORDS = {
    "string": ("文本", "text"),
    "integer": ("整数", "a whole number"),
    "number": ("数", "a number"),
    "boolean": ("true 或 false", "true or false"),
    "array": ("列表", "a list"),
    "object": ("映射", "a mapping"),
    "null": ("空值", "null"),
}


def missing_hint(violation: Violation, key: str) -> Hint | None:
    """What to add, or which unknown key to rename."""
    known = violation.schema.get("properties", {})
    near = get_close_matches(key, [given for given in violation.value if given not in known], n=1)
    if near:
        return f"把 `{near[0]}` 改成 `{key}`?", f"rename `{near[0]}` to `{key}`?"
    words = known.get(key, {}).get("enum")
    return words and (f"补上 `{key}`: {' | '.join(words)}", f"add `{key}`: {' | '.join(words)}")


def quoting_hint(node: Node, types: Sequence[str]) -> Hint | None:
    """A scalar that is wrong only by its quotes, or by the lack of them."""
    if not isinstance(node, ScalarNode):
        return None
    if plain(node) is None:
        return "填上值, 或删除这个键", "give a value, or delete the key"
    bare = plain(ScalarNode(node.text, 0, 0))
    meant = "boolean" if isinstance(bare, bool) else "integer" if isinstance(bare, int) else "string"
    if node.quoted and meant != "string" and meant in types:
        return f"去掉引号: `{node.text}`", f"drop the quotes: `{node.text}`"
    if not node.quoted and "string" in types:
        return f"加引号: `'{node.text}'`", f"quote it: `'{node.text}'`"
    return None


def description(violation: Violation) -> Hint | None:
    """What the schema says the value is."""
    zh, slash, en = str(violation.schema.get("description", "")).partition(" / ")
    return (zh, en) if slash else None


def number_bound(least: bool, limit: object) -> dict[str, object]:
    """Data of a message about a number."""
    words = ("不小于", "at least") if least else ("不大于", "at most")
    return {"bound_zh": f"{words[0]} {limit}", "bound_en": f"{words[1]} {limit}"}


def count_bound(least: bool, limit: object) -> dict[str, object]:
    """Data of a message about characters or entries."""
    words = ("至少", "at least") if least else ("最多", "at most")
    return {"bound_zh": f"{words[0]} {limit}", "bound_en": f"{words[1]} {limit}"}


def shown(node: Node) -> str:
    """A value in a message, cut to a readable length."""
    match node:
        case ScalarNode(text, quoted=True):
            return f"'{text[:40]}'"
        case ScalarNode(text):
            return f"`{text[:40]}`" if text else "null"
        case ListNode():
            return "[…]"
        case MapNode():
            return "{…}"
