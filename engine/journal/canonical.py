"""One text for one value: canonical JSON, so that equal values have equal hashes whenever and wherever they are made.

Keys are sorted, instants are written in UTC, and a field that holds its default is left out: a field that a later
version adds with a default changes no hash of what was written before it.
"""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec


def canonical_json(value: object) -> bytes:
    """A record, or what records are made of, as canonical JSON."""
    return msgspec.json.encode(_plain(value), order="sorted")


def content_hash(value: object) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        kind = type(value)
        tag_field, tag = _tag(kind)
        plain: dict[str, object] = {} if tag is None else {tag_field: tag}
        for name, default in _fields(kind):
            held = getattr(value, name)
            if held is not default and held != default:
                plain[name] = _plain(held)
        return plain
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} has no canonical form")


@lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, Any], ...]:
    """Names and defaults of the fields of a record; `type` is part of what an event says although it has one."""
    found = []
    for field in msgspec.structs.fields(kind):
        made = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
        found.append((field.name, msgspec.NODEFAULT if field.name == "type" else made))
    return tuple(found)


@lru_cache(maxsize=256)
def _tag(kind: type[msgspec.Struct]) -> tuple[str, object]:
    config = kind.__struct_config__
    return config.tag_field or "", config.tag
