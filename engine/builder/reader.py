"""A place in a document to read typed values from: `Field`.

Reading is total: a value that cannot be read is reported and a harmless stand-in returned, so that the rest of the
file is still checked; `build` refuses the whole at the end.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from engine.builder.values import Unreadable, read_instant, read_money, read_rate
from engine.money import Rate
from engine.text.diagnostics import Findings
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode, plain, pointer

T = TypeVar("T")
_NO_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Field:
    """A node, the path to it, and where to report what is wrong with it."""

    node: Node
    path: tuple[str | int, ...]
    findings: Findings

    # --- moving -------------------------------------------------------------------------------------------------

    def get(self, key: str) -> "Field | None":
        """The value under a key; None when it is not given or this is no mapping."""
        value = self.node.get(key) if isinstance(self.node, MapNode) else None
        return None if value is None else Field(value, (*self.path, key), self.findings)

    def need(self, key: str) -> "Field":
        """The value under a key that the schema requires."""
        found = self.get(key)
        assert found is not None, pointer((*self.path, key))
        return found

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def items(self) -> "list[Field]":
        """The items of a list; none when this is no list."""
        nodes = self.node.items if isinstance(self.node, ListNode) else ()
        return [Field(node, (*self.path, at), self.findings) for at, node in enumerate(nodes)]

    def entries(self) -> "Iterator[tuple[str, Field]]":
        """Keys and values of a mapping in the order of the text."""
        for entry in self.node.entries if isinstance(self.node, MapNode) else ():
            yield entry.key.text, Field(entry.value, (*self.path, entry.key.text), self.findings)

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong here or below so far."""
        here = pointer(self.path)
        return not any(one.path == here or one.path.startswith(here + "/") for one in self.findings.found)

    # --- reporting ----------------------------------------------------------------------------------------------

    def report(self, code: str, hint: tuple[str, str] | None = None, /, **data: object) -> None:
        """Report a fault of this value."""
        self.findings.add(code, (self.node.line, self.node.column), pointer(self.path), hint, **data)

    def report_key(self, key: str, code: str, /, **data: object) -> None:
        """Report a fault of a key of this mapping."""
        entry = self.node.entry(key) if isinstance(self.node, MapNode) else None
        place = entry.key if entry else self.node
        self.findings.add(code, (place.line, place.column), pointer((*self.path, key)), **data)

    # --- reading ------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """The text of a scalar as written; whole numbers too."""
        return self.node.text if isinstance(self.node, ScalarNode) else ""

    def integer(self) -> int:
        value = plain(self.node)
        return value if isinstance(value, int) else 0

    def true(self) -> bool:
        return plain(self.node) is True

    def word(self, key: str, default: str = "") -> Any:
        """The text under a key that the schema holds to the words of a `Literal` type, hence `Any`."""
        return optional(self.get(key), Field.text) or default

    def read(self, reader: Callable[[str], T], stand_in: T) -> T:
        """The scalar's text through a reader of `build_values`."""
        try:
            return reader(self.text())
        except Unreadable as unreadable:
            self.report(unreadable.code, unreadable.hint, text=self.text())
            return stand_in

    def money(self) -> int:
        """Yuan as fen."""
        return self.read(read_money, 0)

    def rate(self, at_most: Rate | None = None) -> Rate:
        """An exact rate, optionally bounded."""
        rate = self.read(read_rate, Rate(0))
        if at_most is not None and rate.num * at_most.den > at_most.num * rate.den:
            self.report("R308", text=self.text(), limit=at_most)
        return rate

    def share(self) -> Rate:
        """A rate of at most 100 %."""
        return self.rate(Rate(1))

    def instant(self) -> datetime:
        return self.read(read_instant, _NO_INSTANT)


def optional(field: Field | None, read: Callable[[Field], T]) -> T | None:
    """`read` of the field, None when it is not given."""
    return None if field is None else read(field)


def given(field: Field, keys: Sequence[str]) -> list[str]:
    """Which of the keys the mapping has, in their order."""
    return [key for key in keys if field.has(key)]
