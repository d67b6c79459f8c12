"""Reading requests: bounded JSON bodies and query strings into Structs, with every wrong place named.

Decoding stops at the first fault because it is the fast path; only then is the body read again, field by field, to
name all faults at once.
"""

import re
import types
from collections.abc import Iterator
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import msgspec
from fastapi import Request

from api.problems import FieldProblem, ProblemRaised, invalid, problem

MAX_BODY_BYTES: Final = 2 * 1024 * 1024

S = TypeVar("S", bound=msgspec.Struct)


async def read_body(request: Request, shape: type[S]) -> S:
    """The request's JSON body as `shape`. Raises a problem: 413 too large, 415 not JSON, 422 with every wrong place."""
    return decode(await read_content(request), shape)


async def read_content(request: Request) -> bytes:
    """The request's JSON body, not decoded yet. Raises a problem: 413 too large, 415 not JSON."""
    content_type = request.headers.get("content-type", "application/json")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise problem("not_json", f"请求体的类型是 {content_type}", f"The body is declared as {content_type}")
    return await _bounded(request)


async def _bounded(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > MAX_BODY_BYTES:
            raise _too_large()
    return bytes(content)


def _too_large() -> ProblemRaised:
    return problem("body_too_large", "请求体不能超过 2 MB", "The body must not exceed 2 MB")


def decode(content: bytes, shape: type[S]) -> S:
    """JSON bytes as `shape`; raises the problem that names every wrong place."""
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        raise invalid(list(_faults(_raw(content), shape, "")) or [_fault("", str(error))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from error


def _raw(content: bytes) -> Any:
    """JSON bytes as plain values; a syntax error may lie behind the first wrong value."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed(error) from error


def _malformed(error: Exception) -> ProblemRaised:
    return invalid([FieldProblem("", "malformed", f"不是合法的 JSON: {error}", f"Not JSON: {error}")])


def read_query(request: Request, shape: type[S]) -> S:
    """The query string as `shape`: every parameter known and given once."""
    names = [name for name, _ in request.query_params.multi_items()]
    faults = [
        FieldProblem(f"?{name}", "repeated", f"参数 {name} 给了多次", f"The parameter {name} is given more than once")
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    if faults:
        raise invalid(faults)
    values = dict(request.query_params)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        found = list(_faults(values, shape, "", strict=False)) or [_fault("", str(error))]
        raise invalid([msgspec.structs.replace(one, pointer="?" + one.pointer.lstrip("/")) for one in found]) from error


def _faults(raw: Any, expected: Any, pointer: str, strict: bool = True) -> Iterator[FieldProblem]:
    """Every place where `raw` is not what `expected` asks for."""
    struct = _struct_in(expected)
    if struct is not None and isinstance(raw, dict):
        yield from _struct_faults(raw, struct, pointer, strict)
        return
    member = _member_in(expected)
    if member is not None and isinstance(raw, list):
        inner = [fault for i, one in enumerate(raw) for fault in _faults(one, member, f"{pointer}/{i}", strict)]
        if inner:
            yield from inner
            return
    try:
        msgspec.convert(raw, expected, strict=strict)
    except msgspec.ValidationError as error:
        yield _fault(pointer, str(error))


def _struct_faults(raw: dict[str, Any], struct: type, pointer: str, strict: bool) -> Iterator[FieldProblem]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name in raw.keys() - fields.keys():
        known = ", ".join(sorted(fields))
        yield FieldProblem(
            f"{pointer}/{_escape(name)}",
            "unknown_field",
            f"没有字段 {name}, 可用的有: {known}",
            f"There is no field {name}; known are: {known}",
        )
    for name, field in fields.items():
        if name in raw:
            yield from _faults(raw[name], field.type, f"{pointer}/{_escape(name)}", strict)
        elif field.required:
            yield FieldProblem(
                f"{pointer}/{_escape(name)}", "missing", f"缺少字段 {name}", f"The field {name} is missing"
            )


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _alternatives(expected: Any) -> tuple[Any, ...]:
    origin = get_origin(expected)
    if origin is Union or origin is types.UnionType:
        return tuple(inner for one in get_args(expected) for inner in _alternatives(one))
    if hasattr(expected, "__metadata__"):
        return _alternatives(get_args(expected)[0])
    return (expected,)


def _struct_in(expected: Any) -> type | None:
    for one in _alternatives(expected):
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None


def _member_in(expected: Any) -> Any:
    for one in _alternatives(expected):
        if get_origin(one) in (tuple, list):
            return get_args(one)[0]
    return None


_KINDS: Final = {
    "int": "整数",
    "str": "文字",
    "bool": "true 或 false",
    "array": "列表",
    "object": "对象",
    "null": "空值",
    "float": "小数",
    "datetime": "带时区的时间",
}
_PHRASES: Final = (
    (re.compile(r"^Expected `(.+)`, got `(.+)`$"), "wrong_type", "应为{0}, 收到的是{1}"),
    (re.compile(r"^Expected `int` >= (-?\d+)$"), "too_small", "不能小于 {0}"),
    (re.compile(r"^Expected `int` <= (-?\d+)$"), "too_large", "不能大于 {0}"),
    (re.compile(r"^Expected `(?:str|array)` of length >= (\d+)$"), "too_short", "长度不能小于 {0}"),
    (re.compile(r"^Expected `(?:str|array)` of length <= (\d+)$"), "too_long", "长度不能大于 {0}"),
    (re.compile(r"^Expected `str` matching regex (.+)$"), "wrong_form", "格式不符: {0}"),
    (re.compile(r"^Invalid enum value (.+)$"), "unknown_value", "没有这个选项: {0}"),
    (
        re.compile(r"^Expected `datetime` with a timezone component$"),
        "no_offset",
        "时间须带时区, 例如 2026-10-02T22:30:00+08:00",
    ),
    (re.compile(r"^Invalid RFC3339 encoded datetime$"), "wrong_form", "时间格式应如 2026-10-02T22:30:00+08:00"),
)


def _fault(pointer: str, message: str) -> FieldProblem:
    """msgspec's message in both languages; its own ` - at `$...`` suffix becomes part of the pointer."""
    text, _, place = message.partition(" - at `$")
    where = pointer + "".join(f"/{a or b}" for a, b in re.findall(r"\[(\d+)\]|\.([^.\[`]+)", place.rstrip("`")))
    for pattern, code, phrase in _PHRASES:
        match = pattern.match(text)
        if match:
            return FieldProblem(where, code, phrase.format(*(_kinds(group) for group in match.groups())), text)
    return FieldProblem(where, "invalid", f"内容有误: {text}", text)


def _kinds(group: str) -> str:
    return "或".join(_KINDS.get(part, part) for part in group.split(" | "))
