"""Values of the model that differ from one in one field: the smallest other value that its type allows."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from engine.conditions import Operator, Test
from engine.errors import FenrunError
from engine.vocabulary import VOCABULARY, fact_of

WORDS = {"CommissionTiers.metric": ("line", "order", "promoter.period_sales", "line.stock")}
"""Fields whose type is a text, and whose words are few all the same."""


class Neighbour(NamedTuple):
    """A value beside another one: where they differ, in what record, and the two leaves.

    `place` names the fields that lead there, outermost first, each as `Type.field`.
    """

    value: Any
    place: tuple[str, ...]
    record: Any
    old: Any
    new: Any


def neighbours(value: Any, kind: Any) -> Iterator[Neighbour]:
    """Every value beside one that is declared with the type `kind`."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        yield from neighbours(value, args[0])
    elif origin is Literal:
        yield from (_leaf(value, word) for word in args if word != value)
    elif origin in (Union, UnionType):
        yield from _of_union(value, args)
    elif isinstance(value, Test):
        yield from _of_test(value)
    elif isinstance(value, msgspec.Struct):
        yield from _of_struct(value)
    elif isinstance(value, tuple):
        yield from _of_tuple(value, args)
    else:
        yield from (_leaf(value, other) for other in _scalars(value))


def _leaf(old: Any, new: Any) -> Neighbour:
    return Neighbour(new, (), None, old, new)


def _of_union(value: Any, kinds: tuple[Any, ...]) -> Iterator[Neighbour]:
    if value is None:
        yield from (_leaf(None, least) for kind in kinds for least in _least(kind))
        return
    if NoneType in kinds:
        yield _leaf(value, None)
    for kind in kinds:
        if _fits(value, kind):
            yield from neighbours(value, kind)
            return


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    return type(value) is (get_origin(kind) or kind)


def _of_struct(value: msgspec.Struct) -> Iterator[Neighbour]:
    kinds = get_type_hints(type(value), include_extras=True)
    for field in value.__struct_fields__:
        name = f"{type(value).__name__}.{field}"
        for one in neighbours(getattr(value, field), Literal[WORDS[name]] if name in WORDS else kinds[field]):
            try:
                whole = msgspec.structs.replace(value, **{field: one.value})
            except FenrunError:
                continue  # fields that cannot stand together
            yield one._replace(
                value=whole,
                place=(name, *one.place),
                record=one.record or value,
            )


def _of_test(test: Test) -> Iterator[Neighbour]:
    """Another fact of the type, another operator that takes such values, each value one step on or left out."""
    fact = fact_of(test.fact)
    groups: tuple[tuple[Operator, ...], ...] = (("at_least", "more_than", "at_most", "less_than"), ("in", "under"))
    operators = next((group for group in groups if test.operator in group), ())
    if fact.type not in ("path", "paths", "region"):
        operators = tuple(one for one in operators if one != "under")
    others = [
        *(Test(one.name, test.operator, test.values) for one in VOCABULARY.values() if _alike(one, fact)),
        *(Test(test.fact, operator, test.values) for operator in operators),
        *(Test(test.fact, test.operator, one.value) for one in _of_tuple(test.values, (str | int | bool,))),
    ]
    for other in others:
        too_late = fact.type == "date" and any(int(one) > date.max.toordinal() for one in other.values)
        if other != test and not too_late:
            yield Neighbour(other, ("Test",), test, test, other)


def _alike(one: Any, other: Any) -> bool:
    return bool((one.type, one.values) == (other.type, other.values))


def _of_tuple(value: tuple[Any, ...], kinds: tuple[Any, ...]) -> Iterator[Neighbour]:
    for at, item in enumerate(value):
        if len(value) > 1:
            yield _leaf(value, (*value[:at], *value[at + 1 :]))
        for one in neighbours(item, kinds[0]):
            yield one._replace(value=(*value[:at], one.value, *value[at + 1 :]))


def _scalars(value: Any) -> tuple[Any, ...]:
    match value:
        case bool():
            return (not value,)
        case int():
            return (value + 1,)
        case str():
            return (f"{value}-other",)
        case datetime():
            return (value + timedelta(days=1), value + timedelta(minutes=1))
    return ()


def _least(kind: Any) -> tuple[Any, ...]:
    """A value where there was none."""
    if kind is int:
        return (1,)
    if kind is datetime:
        return (datetime.fromisoformat("2040-01-01T00:00:00+08:00"),)
    if get_origin(kind) is Literal:
        return get_args(kind)[:1]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind, include_extras=True)
        needed = {field.name: _least(hints[field.name]) for field in msgspec.structs.fields(kind) if field.required}
        return (kind(**{name: least[0] for name, least in needed.items()}),) if all(needed.values()) else ()
    return ()
