"""The shape of a document against its JSON Schema, told in words about the real mistake, each at its line and column.

A schema says in `x-reader` how a scalar is read (so that `0.08` for a rate is answered as a rate, not as a pattern) and
in `x-keys` what the keys of a mapping are (`facts`, `operators`), so that an unknown one is named for what it is.
"""

from collections.abc import Sequence
from typing import Any

from engine.build_values import READERS, Unreadable
from engine.diagnostics import Findings, did_you_mean
from engine.document import Schemas, Violation, violations
from engine.errors import Diagnostic
from engine.nodes import Document, ListNode, MapNode, Node, Plain, ScalarNode, node_at, pointer

_TYPES = {
    "string": ("文本", "text"),
    "integer": ("整数", "a whole number"),
    "number": ("数", "a number"),
    "boolean": ("true 或 false", "true or false"),
    "array": ("列表", "a list"),
    "object": ("映射", "a mapping"),
    "null": ("空值", "null"),
}
_LENGTHS = {"minLength": "S205", "maxLength": "S205", "minimum": "S206", "maximum": "S206"}
_COUNTS = {"minItems", "maxItems", "minProperties", "maxProperties"}


def check_shape(document: Document, schema: str, schemas: Schemas) -> list[Diagnostic]:
    """Everything that is wrong with a document's shape by the named schema, sorted; empty when it fits.

    `schemas` maps names (`promotion`, `common`, ...) to JSON Schemas: the contents of rules/schema/NAME.schema.json.
    """
    findings = Findings(document.file)
    shape = _Shape(document.root, findings)
    for violation in violations(document, schema, schemas):
        shape.tell(violation)
    return sorted(set(findings.found))


class _Shape:
    """Turns violations of one document into diagnostics."""

    def __init__(self, root: Node, findings: Findings) -> None:
        self.root = root
        self.findings = findings

    def tell(self, violation: Violation) -> None:
        """Report one violation; of alternatives, the one that was meant."""
        node = node_at(self.root, violation.path)
        if violation.key is not None:
            self._bad_key(violation, violation.key)
        elif violation.keyword in ("oneOf", "anyOf", "not"):
            self._alternatives(violation, node)
        elif violation.keyword == "additionalProperties":
            self._unknown_keys(violation)
        elif violation.keyword == "required":
            for key in violation.expected:
                if isinstance(violation.value, dict) and key not in violation.value:
                    self._add("S202", node, violation.path, key=key)
        elif violation.keyword == "dependentRequired":
            self._dependent(violation)
        elif not (isinstance(node, ScalarNode) and self._unreadable(violation, node)):
            self._wrong_value(violation, node)

    def _add(
        self,
        code: str,
        node: Node,
        path: Sequence[str | int],
        hint: tuple[str, str] | None = None,
        /,
        **data: object,
    ) -> None:
        self.findings.add(code, (node.line, node.column), pointer(path), hint, **data)

    def _key_node(self, violation: Violation, key: str) -> ScalarNode:
        mapping = node_at(self.root, violation.path)
        assert isinstance(mapping, MapNode)
        entry = mapping.entry(key)
        assert entry is not None
        return entry.key

    # --- keys ---------------------------------------------------------------------------------------------------

    def _unknown_keys(self, violation: Violation) -> None:
        assert isinstance(violation.value, dict)
        known = list(violation.schema.get("properties", {}))
        code = {"facts": "R310", "operators": "R312"}.get(violation.schema.get("x-keys", ""), "S201")
        for key in violation.value:
            if key in known:
                continue
            allowed = ", ".join(known)
            hint = did_you_mean(key, known) or (f"可用: {allowed}", f"allowed: {allowed}")
            if code == "R312" and key in OPERATORS:
                self._add("R311", self._key_node(violation, key), (*violation.path, key), key=key, allowed=allowed)
            else:
                self._add(code, self._key_node(violation, key), (*violation.path, key), hint, key=key)

    def _bad_key(self, violation: Violation, key: str) -> None:
        self._add("S212", self._key_node(violation, key), (*violation.path, key), key=key)

    def _dependent(self, violation: Violation) -> None:
        assert isinstance(violation.value, dict)
        for key, needs in violation.expected.items():
            for need in needs:
                if key in violation.value and need not in violation.value:
                    self._add("S210", self._key_node(violation, key), (*violation.path, key), key=key, need=need)

    # --- alternatives -------------------------------------------------------------------------------------------

    def _alternatives(self, violation: Violation, node: Node) -> None:
        groups = _required_groups(violation)
        if groups is not None:
            self._exclusive_keys(violation, node, groups)
            return
        fitting = [branch for branch in violation.branches if _fits(branch, violation)]
        if fitting:
            for inner in min(fitting, key=len):
                self.tell(inner)
            return
        kinds = [inner.expected for branch in violation.branches for inner in branch if _tells_type(inner, violation)]
        if kinds and isinstance(violation.value, dict):
            if "type" in violation.value:
                self._not_allowed(node_at(self.root, (*violation.path, "type")), (*violation.path, "type"), kinds)
            return
        readable = [inner for branch in violation.branches for inner in branch if inner.path == violation.path]
        if isinstance(node, ScalarNode) and any(self._unreadable(inner, node) for inner in readable):
            return
        types = [one for inner in readable if inner.keyword == "type" for one in _as_list(inner.expected)]
        self._wrong_type(node, violation.path, types)

    def _exclusive_keys(self, violation: Violation, node: Node, groups: list[str]) -> None:
        keys = ", ".join(groups)
        assert isinstance(violation.value, dict)
        given = [key for key in groups if key in violation.value]
        if not given:
            self._add("S213" if violation.keyword == "anyOf" else "S209", node, violation.path, keys=keys, given="-")
        else:
            second = self._key_node(violation, given[1])
            self._add("S214", second, (*violation.path, given[1]), keys=keys, given=", ".join(given))

    # --- values -------------------------------------------------------------------------------------------------

    def _unreadable(self, violation: Violation, node: ScalarNode) -> bool:
        """Whether the field's own reader refuses the text; its answer is clearer than the schema's."""
        reader = READERS.get(violation.schema.get("x-reader", ""))
        if reader is None:
            return False
        try:
            reader(node.text)
        except Unreadable as unreadable:
            self._add(unreadable.code, node, violation.path, unreadable.hint, text=node.text)
            return True
        return False

    def _wrong_value(self, violation: Violation, node: Node) -> None:
        keyword, path, expected = violation.keyword, violation.path, violation.expected
        hint = _described(violation)
        if keyword == "type":
            self._wrong_type(node, path, _as_list(expected), hint)
        elif keyword in ("enum", "const"):
            self._not_allowed(node, path, _as_list(expected))
        elif keyword in _LENGTHS:
            least = keyword.startswith("min")
            self._add(_LENGTHS[keyword], node, path, hint, **_bound(least, expected))
        elif keyword in _COUNTS:
            self._add("S207", node, path, hint, **_bound(keyword.startswith("min"), expected))
        elif keyword == "uniqueItems":
            self._add("S211", _second_of_equals(node), path)
        elif keyword == "pattern":
            self._add("S208", node, path, hint, text=violation.value)
        else:
            self._add("S201", node, path, key=path[-1] if path else "")

    def _wrong_type(
        self, node: Node, path: Sequence[str | int], types: Sequence[str], hint: tuple[str, str] | None = None
    ) -> None:
        wanted = list(dict.fromkeys(types))
        self._add(
            "S203",
            node,
            path,
            hint,
            expected_zh="或".join(_TYPES[one][0] for one in wanted),
            expected_en=" or ".join(_TYPES[one][1] for one in wanted),
            found=_shown(node),
        )

    def _not_allowed(self, node: Node, path: Sequence[str | int], allowed: Sequence[Plain]) -> None:
        words = [str(one).lower() if isinstance(one, bool) else str(one) for one in allowed]
        listed = ", ".join(words)
        text = node.text if isinstance(node, ScalarNode) else ""
        near = did_you_mean(text, words)
        listing = (f"可选: {listed}", f"allowed: {listed}")
        hint = (f"{near[0]} {listing[0]}", f"{near[1]} {listing[1]}") if near else listing
        self._add("S204", node, path, hint, found=_shown(node))


OPERATORS = frozenset(
    ("in", "not_in", "under", "at_least", "more_than", "at_most", "less_than", "from", "until", "exists")
)


def _required_groups(violation: Violation) -> list[str] | None:
    """The keys of `oneOf: [{required: [a]}, {required: [b]}]`, or of `not: {required: [a, b]}`; else None."""
    if violation.keyword == "not":
        return list(violation.expected.get("required", ()))
    if all(set(branch) == {"required"} for branch in violation.expected):
        return [branch["required"][0] for branch in violation.expected]
    return None


def _fits(branch: Sequence[Violation], whole: Violation) -> bool:
    """Whether an alternative was meant: the value has its JSON type, and its `type` key where it names one."""
    for inner in branch:
        if inner.path == whole.path:
            scalar_only = inner.keyword in ("const", "enum") and isinstance(whole.value, list | dict)
            if inner.keyword == "type" or scalar_only:
                return False
        if _tells_type(inner, whole):
            return False
    return True


def _tells_type(inner: Violation, whole: Violation) -> bool:
    return inner.keyword == "const" and inner.path == (*whole.path, "type")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _described(violation: Violation) -> tuple[str, str] | None:
    zh, slash, en = str(violation.schema.get("description", "")).partition(" / ")
    return (zh, en) if slash else None


def _bound(least: bool, limit: object) -> dict[str, object]:
    words = ("至少", "at least") if least else ("最多", "at most")
    return {"bound_zh": f"{words[0]} {limit}", "bound_en": f"{words[1]} {limit}"}


def _second_of_equals(node: Node) -> Node:
    seen: set[str] = set()
    if isinstance(node, ListNode):
        for item in node.items:
            text = item.text if isinstance(item, ScalarNode) else ""
            if text in seen:
                return item
            seen.add(text)
    return node


def _shown(node: Node) -> str:
    match node:
        case ScalarNode(text, quoted=True):
            return f"'{text[:40]}'"
        case ScalarNode(text):
            return f"`{text[:40]}`" if text else "null"
        case ListNode():
            return "[…]"
        case MapNode():
            return "{…}"
