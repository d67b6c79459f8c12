"""Strict YAML: text in, a `Document` whose nodes know their line and column out; and its check by JSON Schema.

The only module that knows PyYAML and jsonschema.  It reads parser events, never constructs YAML objects, and refuses
whatever two readers of YAML could understand differently.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec
import yaml
from jsonschema import Draft202012Validator, ValidationError, validators
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from engine.text.codes_text import SYNTAX_PROBLEMS
from engine.text.diagnostics import Findings
from engine.text.nodes import Document, Entry, ListNode, MapNode, Node, ScalarNode, plain, pointer

Schemas = Mapping[str, dict[str, Any]]
"""JSON Schemas by name (`common`, `promotion`, ...); they refer to each other as `NAME.schema.json`."""

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 50_000

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufffe\uffff]|(?<!^)\ufeff"
    "|\r(?!\n)"
)
_TAB_INDENT = re.compile(r"^[ ]*(\t)(?=[ \t]*[^\s#])", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)

_FULL_WIDTH = re.compile("[：，　“”‘’｛｝［］\xa0]")
_FULL_WIDTH_COLON = re.compile(r"^[ ]*(?:- )?[\w.-]+ ?(：)|^[ ]*(?:- )?[\w.-]+:([\u3000\xa0])", re.MULTILINE)

_TRUTHS = {"on": "true", "yes": "true", "y": "true", "off": "false", "no": "false", "n": "false"}
_SPELLINGS = {"~": "null", "Null": "null", "NULL": "null"} | {
    spelling: spelling.lower() for spelling in ("True", "TRUE", "False", "FALSE")
}
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9_]*)?")
_ODD_NUMBER = re.compile(
    r"[-+]?0[xX][0-9a-fA-F_]+|[-+]?0[bB][01_]+|[-+]?0[oO][0-7_]+"  # other bases
    r"|[-+]?0[0-9_]+(\.[0-9_]*)?|\+[0-9][0-9_]*(\.[0-9_]*)?"  # leading zero or plus
    r"|[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)[eE][-+]?[0-9]+"  # exponent
    r"|[-+]?\.[0-9][0-9_]*|[-+]?[0-9][0-9_]*\."  # nothing on one side of the point
    r"|[-+]?[0-9]+_[0-9_]*(\.[0-9_]*)?|[-+]?[0-9]+\.[0-9]*_[0-9_]*"  # underscores
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def parse(text: str, file: str) -> Document:
    """Read one YAML text strictly. `file` only names it in messages.

    Raises `InvalidInput` with everything that is wrong with the text; a syntax error ends the reading.
    """
    findings = Findings(file)
    _check_characters(text, findings)
    findings.refuse()
    root = _Composer(text, findings).document()
    findings.refuse()
    assert root is not None
    return Document(file=file, root=root, content_hash=content_hash(text))


def content_hash(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hexadecimal; the identity of a published version.

    It is the hash of the file's bytes if the file was read without translating its line ends.
    """
    return sha256(text.encode("utf-8")).hexdigest()


class Violation(msgspec.Struct, frozen=True):
    """One keyword of a schema that a value breaks: which, where, and for alternatives what each branch breaks.

    `key` is set when it is the name of a key that breaks the keyword; `path` is then that of the mapping.
    """

    keyword: str
    expected: Any
    value: Any
    schema: dict[str, Any]
    path: tuple[str | int, ...]
    key: str | None = None
    branches: tuple[tuple["Violation", ...], ...] = ()


def violations(root: Node, schema: str, schemas: Schemas) -> Iterator[Violation]:
    """What a tree breaks of the schema named `schema`, one by one. Raises KeyError for an unknown name."""
    if schema not in schemas:
        raise KeyError(schema)
    # a schema that names its dialect would be handed back to the validator of jsonschema
    nameless = {name: {key: one for key, one in told.items() if key != "$schema"} for name, told in schemas.items()}
    registry: Registry[Any] = Registry().with_resources(
        (f"{name}.schema.json", DRAFT202012.create_resource(contents)) for name, contents in nameless.items()
    )
    validator = _Validator({"$ref": f"{schema}.schema.json"}, registry=registry)
    return map(_violation, validator.iter_errors(plain(root)))


def _unique_items(_validator: Any, wanted: bool, items: Any, _schema: Any) -> Iterator[ValidationError]:
    """`uniqueItems` in linear time: that of jsonschema compares every pair of a list that mixes numbers and texts."""
    if not wanted or not isinstance(items, list):
        return
    if len({msgspec.json.encode(item, order="sorted") for item in items}) < len(items):
        yield ValidationError("has non-unique elements")


_Validator = validators.extend(  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
    Draft202012Validator, {"uniqueItems": _unique_items}
)


def _violation(error: ValidationError) -> Violation:
    branches: dict[int, list[Violation]] = {}
    for inner in error.context or ():
        branches.setdefault(int(inner.relative_schema_path[0]), []).append(_violation(inner))
    in_key = "propertyNames" in error.relative_schema_path
    return Violation(
        keyword=str(error.validator),
        expected=error.validator_value,
        value=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        path=tuple(error.absolute_path),
        key=str(error.instance) if in_key else None,
        branches=tuple(tuple(branch) for branch in branches.values()),
    )


def _check_characters(text: str, findings: Findings) -> None:
    if len(text) > MAX_CHARACTERS:
        findings.add("Y104", (1, 1), size=len(text), limit=MAX_CHARACTERS)
        return
    for code, pattern in (("Y103", _FORBIDDEN), ("Y102", _TAB_INDENT), ("Y118", _DIRECTIVE)):
        found = pattern.search(text)
        if found:
            start = found.start(found.lastindex or 0)
            findings.add(code, _place_of(text, start), character=f"U+{ord(text[start]):04X}")


def _place_of(text: str, offset: int) -> tuple[int, int]:
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - line_start + 1


class _Stop(Exception):
    """A limit was passed: nothing after it is read."""


class _Composer:
    """Builds nodes from parser events. Recursion is bounded by MAX_DEPTH."""

    def __init__(self, text: str, findings: Findings) -> None:
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self.text = text
        self.findings = findings
        self.nodes = 0
        self.place = (1, 1)
        self.path: list[str | int] = []

    def document(self) -> Node | None:
        """The root of the one document, or None after a fault that ends the reading."""
        try:
            return self._read()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = (mark.line + 1, mark.column + 1) if mark else self.place
            opened = error.context_mark.line + 1 if error.context_mark else place[0]
            self._syntax(place, error.problem or error.context or "", opened)
        except (ValueError, OverflowError) as error:
            # PyYAML lets these through for escapes such as "\UFFFFFFFF".
            self._syntax(self.place, str(error), self.place[0])
        except _Stop:
            pass
        return None

    def _read(self) -> Node | None:
        root: Node | None = None
        started = False
        for event in self.events:
            match event:
                case yaml.DocumentStartEvent():
                    if started:
                        self._add("Y107", _place(event))
                        return None
                    started = True
                    root = self._node(next(self.events), 1)
        empty = isinstance(root, ScalarNode) and root.text == "" and not root.quoted
        if root is None or empty:
            self._add("Y108", (1, 1))
        return root

    def _syntax(self, place: tuple[int, int], problem: str, opened: int) -> None:
        suspect = _FULL_WIDTH_COLON.search(self.text)
        if suspect:
            where = suspect.start(suspect.lastindex or 0)
            self.findings.add("Y119", _place_of(self.text, where), text=self.text[where])
            return
        zh, en = next((words for start, words in SYNTAX_PROBLEMS.items() if problem.startswith(start)), (problem,) * 2)
        if opened < place[0]:
            zh, en = f"{zh} (始于第 {opened} 行)", f"{en} (begun in line {opened})"
        self._add("Y101", place, problem_zh=zh, problem_en=en)

    def _add(self, code: str, place: tuple[int, int], **data: object) -> None:
        self.findings.add(code, place, pointer(self.path), **data)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        self.place = place = _place(event)
        self.nodes += 1
        if self.findings.full:
            raise _Stop
        if self.nodes > MAX_NODES:
            self._add("Y106", place, limit=MAX_NODES)
            raise _Stop
        if depth > MAX_DEPTH:
            self._add("Y105", place, limit=MAX_DEPTH)
            raise _Stop
        if isinstance(event, yaml.AliasEvent):
            self._add("Y109", place, name=f"*{event.anchor}")
            return ScalarNode("", *place)
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.anchor is not None:
            self._add("Y109", place, name=f"&{event.anchor}")
        if event.tag is not None:
            self._add("Y110", place, tag=event.tag.replace("tag:yaml.org,2002:", "!!"))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(place, depth, in_brackets=bool(event.flow_style))
        return self._mapping(place, depth)

    def _list(self, place: tuple[int, int], depth: int, *, in_brackets: bool) -> ListNode:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            self.path.append(len(items))
            item = self._node(event, depth + 1)
            if in_brackets and isinstance(item, ScalarNode) and not item.quoted and "，" in item.text:
                self._add("Y119", (item.line, item.column), text="，")
            items.append(item)
            self.path.pop()
        return ListNode(tuple(items), *place)

    def _mapping(self, place: tuple[int, int], depth: int) -> MapNode:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            found = len(self.findings.found)
            key = self._node(event, depth + 1)
            usable = len(self.findings.found) == found and self._check_key(key)
            text = key.text if isinstance(key, ScalarNode) else ""
            self.path.append(text)
            if usable and text in entries:
                self._add("Y111", (key.line, key.column), key=text, first=entries[text].key.line)
            value = self._node(next(self.events), depth + 1)
            self.path.pop()
            if isinstance(key, ScalarNode):
                entries.setdefault(text, Entry(key, value))
        return MapNode(tuple(entries.values()), *place)

    def _check_key(self, key: Node) -> bool:
        text_key = isinstance(key, ScalarNode) and (
            key.quoted or not (key.text in ("", "null", "true", "false") or _NUMBER.fullmatch(key.text))
        )
        if not text_key:
            self._add("Y112", (key.line, key.column))
        wide = _FULL_WIDTH.search(key.text) if isinstance(key, ScalarNode) and not key.quoted else None
        if wide:
            self._add("Y119", (key.line, key.column), text=wide.group())
        return text_key and wide is None

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        text, place = event.value, _place(event)
        quoted = event.style is not None
        hidden = _FORBIDDEN.search(text)
        if hidden:
            self._add("Y103", place, character=f"U+{ord(hidden.group()):04X}")
        elif not quoted:
            self._check_plain(text, place)
        return ScalarNode(text, *place, quoted)

    def _check_plain(self, text: str, place: tuple[int, int]) -> None:
        """Refuse plain scalars that YAML 1.1, YAML 1.2 and people read differently."""
        if text.lower() in _TRUTHS:
            self._add("Y113", place, text=text, meant=_TRUTHS[text.lower()])
        elif text in _SPELLINGS:
            self._add("Y116", place, text=text, meant=_SPELLINGS[text])
        elif _BASE_60.fullmatch(text):
            self._add("Y114", place, text=text)
        elif _ODD_NUMBER.fullmatch(text):
            self._add("Y115", place, text=text)
        elif text in ("<<", "="):
            self._add("Y117", place, text=text)


_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    assert mark is not None
    return mark.line + 1, mark.column + 1
