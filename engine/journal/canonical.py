"""One text for one value: canonical JSON, so that equal values have equal hashes whenever and wherever they are made.

Keys are sorted, instants are written in UTC, and a field that holds its default is left out: a field that a later
version adds with a default changes no hash of what was written before it.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from engine.order import AccrualPlan, BenefitPlan, RuleRef


def canonical_json(value: object) -> bytes:
    """A record, or what records are made of, as canonical JSON."""
    return msgspec.json.encode(_plain(value), order="sorted")


def content_hash(value: object) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


_SCALARS: Final = frozenset({str, int, bool, type(None)})
_SHARED: Final = frozenset({RuleRef, AccrualPlan, BenefitPlan})
"""Records that many results point to: the text of each is made once."""
MOST_TEXTS: Final = 4_096
_texts: dict[int, tuple[object, msgspec.Raw]] = {}
"""Their texts by identity; the record is kept with its text, so that no other one gets its identity."""


def _plain(value: object) -> object:
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind in _SHARED:
        return _text(value)
    if isinstance(value, msgspec.Struct):
        return _record(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    raise TypeError(f"{kind.__name__} has no canonical form")


def _record(value: msgspec.Struct) -> dict[str, object]:
    start, fields = _shape(type(value))
    plain = dict(start)
    for name, default in fields:
        held = getattr(value, name)
        if held is not default and held != default:
            plain[name] = held if type(held) in _SCALARS else _plain(held)
    return plain


def _text(value: Any) -> msgspec.Raw:
    found = _texts.get(id(value))
    if found is None:
        if len(_texts) >= MOST_TEXTS:
            _texts.clear()
        found = _texts[id(value)] = value, msgspec.Raw(msgspec.json.encode(_record(value), order="sorted"))
    return found[1]


@lru_cache(maxsize=256)
def _shape(kind: type[msgspec.Struct]) -> tuple[dict[str, object], tuple[tuple[str, Any], ...]]:
    """What a kind of record begins with (its tag), and the names and defaults of its fields.

    `type` is part of what an event says, although it has a default.
    """
    config = kind.__struct_config__
    start: dict[str, object] = {config.tag_field or "": config.tag} if config.tag is not None else {}
    found = []
    for field in msgspec.structs.fields(kind):
        made = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
        found.append((field.name, msgspec.NODEFAULT if field.name == "type" else made))
    return start, tuple(found)
