"""One text for one value: canonical JSON, so that equal values have equal hashes whenever and wherever they are made.

Keys are sorted, instants are written in UTC, and a field that holds its default is left out: a field that a later
version adds with a default changes no hash of what was written before it.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from engine.ledger import Posting
from engine.money import Rate
from engine.order import SHIPPING_LINE, Accrual, AccrualPlan, BenefitPlan, RuleRef


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
    if kind in _MANY:
        return _MANY[kind](value)
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
    for (name, default), held in zip(fields, msgspec.structs.astuple(value), strict=True):
        if held is default:
            continue
        kind = type(held)
        if kind in _SHARED:
            plain[name] = _text(held)
        elif held != default:
            plain[name] = held if kind in _SCALARS else _plain(held)
    return plain


def _text(value: Any) -> msgspec.Raw:
    found = _texts.get(id(value))
    if found is None:
        if len(_texts) >= MOST_TEXTS:
            _texts.clear()
        found = _texts[id(value)] = value, msgspec.Raw(msgspec.json.encode(_record(value), order="sorted"))
    return found[1]


class _PostingText(msgspec.Struct, omit_defaults=True):
    """A posting as its text has it: fields by name, defaults (each the one object of its value) left out."""

    amount_fen: int
    destination: str
    kind: str
    line: int = SHIPPING_LINE
    payee: str = ""
    role: str = ""
    rule: msgspec.Raw | None = None
    source: Any = msgspec.UNSET


class _AccrualText(msgspec.Struct, omit_defaults=True):
    """An accrual likewise."""

    amount_fen: int
    base_fen: int
    below_rate: msgspec.Raw | None = None
    earned_fen: Any = msgspec.UNSET
    lifted_by: Any = ()
    line: Any = msgspec.UNSET
    payee: Any = msgspec.UNSET
    plan: Any = msgspec.UNSET
    rate: Any = msgspec.UNSET


def _posting(value: Any) -> _PostingText:
    rule = None if value.rule is None else _text(value.rule)
    return _PostingText(
        value.amount_fen,
        value.destination,
        value.kind,
        value.line,
        value.payee or "",
        value.role or "",
        rule,
        value.source,
    )


def _accrual(value: Any) -> _AccrualText:
    return _AccrualText(
        value.amount_fen,
        value.base_fen,
        None if value.below_rate is None else _rate(value.below_rate),
        value.earned_fen,
        _plain(value.lifted_by) if value.lifted_by else (),
        value.line,
        value.payee,
        _text(value.plan),
        None if value.rate is None else _rate(value.rate),
    )


_MANY: Final[dict[type, Callable[[Any], object]]] = {Posting: _posting, Accrual: _accrual}
"""There are so many of these that their texts are made without looking at each field; tests hold both ways equal."""


@lru_cache(maxsize=MOST_TEXTS)
def _rate(value: Rate) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(_record(value), order="sorted"))


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
