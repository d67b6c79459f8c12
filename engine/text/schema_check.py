"""The shape of a document against its JSON Schema, told in words about the real mistake, each at its line and column.

A schema says in `x-reader` how a scalar is read (so that `0.08` for a rate is answered as a rate, not as a pattern) and
in `x-keys` what the keys of a mapping are (`facts`, `operators`, `measures`), so that an unknown one is named for what
it is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from engine.builder.values import READERS, Unreadable
from engine.errors import Diagnostic
from engine.lint.level_law import forbidden
from engine.text.diagnostics import Findings, did_you_mean
from engine.text.document import Schemas, Violation, violations
from engine.text.nodes import Document, Entry, ListNode, MapNode, Node, Plain, ScalarNode, node_at, pointer
from engine.text.schema_words import (
    TYPE_WORDS,
    count_bound,
    description,
    missing_hint,
    number_bound,
    quoting_hint,
    shown,
)

_PLACEHOLDER = re.compile(r"\{\{[^{}]*\}\}")
"""A scalar of a template's body that stands for an answer."""

_OPERATORS = frozenset(
    ("in", "not_in", "under", "at_least", "more_than", "at_most", "less_than", "from", "until", "exists")
)
_COUNTS = {"minItems", "maxItems", "minProperties", "maxProperties"}


def check_shape(document: Document, schema: str, schemas: Schemas) -> list[Diagnostic]:
    """Everything that is wrong with a document's shape by the named schema, sorted; empty when it fits.

    `schemas` maps names (`promotion`, `common`, ...) to JSON Schemas: the contents of rules/schema/NAME.schema.json.
    """
    findings = Findings(document.file)
    _Shape(document.root, findings).tell_all(violations(document.root, schema, schemas))
    return sorted(findings.found)


def check_template(document: Document, schemas: Schemas) -> list[Diagnostic]:
    """Everything that is wrong with the shape of a campaign template: of its questions, and of its body as a promotion.

    A placeholder (`{{ name }}`) in the body may stand for any value; what answers make of it is checked by `build`
    once they are filled in.
    """
    findings = Findings(document.file)
    findings.extend(check_shape(document, "template", schemas))
    body = document.root.get("campaign") if isinstance(document.root, MapNode) else None
    if isinstance(body, MapNode):
        promotion = _without_needs(body)
        shape = _Shape(promotion, findings, base=("campaign",))
        shape.tell_all(violations(promotion, "promotion", schemas))
    return sorted(findings.found)


def _without_needs(node: Node) -> Node:
    """The body less the `needs` of its list entries: the answers without which an entry is left out."""
    match node:
        case ListNode(items, line, column):
            return ListNode(tuple(_without_key(_without_needs(item), "needs") for item in items), line, column)
        case MapNode(entries, line, column):
            kept = tuple(Entry(entry.key, _without_needs(entry.value)) for entry in entries)
            return MapNode(kept, line, column)
    return node


def _without_key(node: Node, key: str) -> Node:
    if not isinstance(node, MapNode):
        return node
    return MapNode(tuple(entry for entry in node.entries if entry.key.text != key), node.line, node.column)


class _Shape:
    """Turns violations of one tree into diagnostics. `base` is the path of the tree's root in its document."""

    def __init__(self, root: Node, findings: Findings, base: tuple[str, ...] = ()) -> None:
        self.root = root
        self.findings = findings
        self.base = base

    def tell_all(self, found: Iterable[Violation]) -> None:
        """Report violations until there are enough of them."""
        for violation in found:
            self.tell(violation)
            if self.findings.full:
                break

    def tell(self, violation: Violation) -> None:
        """Report one violation; of alternatives, the one that was meant."""
        node = node_at(self.root, violation.path)
        if self.base and isinstance(violation.value, str) and _PLACEHOLDER.fullmatch(violation.value):
            return
        if violation.key is not None:
            self._bad_key(violation, violation.key)
        elif violation.keyword in ("oneOf", "anyOf", "not"):
            self._alternatives(violation, node)
        elif violation.keyword == "additionalProperties":
            self._unknown_keys(violation)
        elif violation.keyword == "required":
            for key in violation.expected:
                if isinstance(violation.value, dict) and key not in violation.value:
                    self._add("S202", node, violation.path, missing_hint(violation, key), key=key)
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
        self.findings.add(code, (node.line, node.column), pointer((*self.base, *path)), hint, **data)

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
        kind_of_key = violation.schema.get("x-keys", "")
        code = {"facts": "R310", "operators": "R312"}.get(kind_of_key, "S201")
        for key in violation.value:
            if key in known:
                continue
            if self.findings.full:
                break
            allowed = ", ".join(known)
            hint = did_you_mean(key, known) or (f"可用: {allowed}", f"allowed: {allowed}")
            against_the_law = forbidden(key) if kind_of_key == "measures" else None
            if against_the_law is not None:
                self._add(against_the_law, self._key_node(violation, key), (*violation.path, key), key=key)
            elif code == "R312" and key in _OPERATORS:
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
        untyped = isinstance(violation.value, dict) and "type" not in violation.value
        if untyped and violation.schema.get("required") == ["type"]:
            return  # said already: without its type the alternatives are guesses
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
        if not isinstance(violation.value, dict):
            return  # `required` says nothing about a value that is no mapping; its type is told apart
        keys = ", ".join(groups)
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
        hint = description(violation)
        if keyword == "type":
            self._wrong_type(node, path, _as_list(expected))
        elif keyword in ("enum", "const"):
            self._not_allowed(node, path, _as_list(expected))
        elif keyword in ("minLength", "maxLength"):
            self._add("S205", node, path, hint, **count_bound(keyword == "minLength", expected))
        elif keyword in ("minimum", "maximum"):
            self._add("S206", node, path, hint, **number_bound(keyword == "minimum", expected))
        elif keyword in _COUNTS:
            self._add("S207", node, path, hint, **count_bound(keyword.startswith("min"), expected))
        elif keyword == "uniqueItems":
            self._add("S211", _second_of_equals(node), path)
        elif keyword == "pattern":
            self._add("S208", node, path, hint, text=violation.value)
        else:
            self._add("S201", node, path, key=path[-1] if path else "")

    def _wrong_type(self, node: Node, path: Sequence[str | int], types: Sequence[str]) -> None:
        wanted = list(dict.fromkeys(types))
        self._add(
            "S203",
            node,
            path,
            quoting_hint(node, wanted),
            expected_zh="或".join(TYPE_WORDS[one][0] for one in wanted),
            expected_en=" or ".join(TYPE_WORDS[one][1] for one in wanted),
            found=shown(node),
        )

    def _not_allowed(self, node: Node, path: Sequence[str | int], allowed: Sequence[Plain]) -> None:
        words = [str(one).lower() if isinstance(one, bool) else str(one) for one in allowed]
        listed = ", ".join(words)
        text = node.text if isinstance(node, ScalarNode) else ""
        near = did_you_mean(text, words)
        listing = (f"可选: {listed}", f"allowed: {listed}")
        hint = (f"{near[0]} {listing[0]}", f"{near[1]} {listing[1]}") if near else listing
        self._add("S204", node, path, hint, found=shown(node))


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


def _second_of_equals(node: Node) -> Node:
    seen: set[str] = set()
    if isinstance(node, ListNode):
        for item in node.items:
            text = item.text if isinstance(item, ScalarNode) else ""
            if text in seen:
                return item
            seen.add(text)
    return node
