"""Events from JSON: strict decoding, and clear answers where a text is not an event."""

import difflib
import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from engine.errors import Diagnostic, InvalidInput
from engine.money import Rate
from engine.order import Line, OrderEvent, RefundEvent

Event = OrderEvent | RefundEvent
MAX_BYTES = 10_000_000
MAX_EVENTS = 100_000
MAX_RATE_PART = 10**9


class _Kind(msgspec.Struct):
    type: str = "order"


def read_events(data: bytes, file: str) -> list[Event]:
    """One event, or a list of events, from JSON bytes. Raises `InvalidInput` naming the place by JSON pointer."""
    if len(data) > MAX_BYTES:
        raise refusal(file, "", "E103", f"文件超过 {MAX_BYTES} 字节", f"larger than {MAX_BYTES} bytes")
    try:
        parts = msgspec.json.decode(data, type=list[msgspec.Raw]) if data.lstrip()[:1] == b"[" else [msgspec.Raw(data)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(file, str(error)) from None
    if not parts:
        raise refusal(file, "", "E104", "没有事件", "there is no event in it")
    if len(parts) > MAX_EVENTS:
        raise refusal(file, "", "E103", f"超过 {MAX_EVENTS} 个事件", f"more than {MAX_EVENTS} events")
    single = len(parts) == 1 and data.lstrip()[:1] != b"["
    return [read_event(bytes(part), file, "" if single else f"/{at}") for at, part in enumerate(parts)]


def read_event(data: bytes, file: str, pointer: str = "") -> Event:
    """One event from JSON bytes; `type` says `order` (the default) or `refund`."""
    try:
        kind = msgspec.json.decode(data, type=_Kind).type
        if kind == "refund":
            refund = msgspec.json.decode(data, type=RefundEvent)
            check_instant(refund.at, file, f"{pointer}/at")
            return refund
        if kind != "order":
            raise refusal(
                file,
                f"{pointer}/type",
                "E102",
                f"不认识的事件类型 {kind[:40]!r}",
                f"unknown event type {kind[:40]!r}",
                "order 或 refund",
                "order or refund",
            )
        event = msgspec.json.decode(data, type=OrderEvent)
    except msgspec.ValidationError as error:
        raise invalid(file, pointer, str(error), RefundEvent if b'"refund"' in data else OrderEvent) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise unreadable(file, str(error)) from None
    check_order(event, file, pointer)
    return event


def check_order(event: OrderEvent, file: str, pointer: str = "") -> None:
    """What the types cannot say: an offset on instants, unique line ids, sensible rates. Raises `InvalidInput`."""
    check_instant(event.placed_at, file, f"{pointer}/placed_at")
    seen: dict[str, int] = {}
    for at, line in enumerate(event.lines):
        if line.line_id in seen:
            raise refusal(
                file,
                f"{pointer}/lines/{at}/line_id",
                "E105",
                f"行号 {line.line_id} 重复（第 {seen[line.line_id] + 1} 行已用）",
                f"line_id {line.line_id!r} is already used by line {seen[line.line_id] + 1}",
            )
        seen[line.line_id] = at
        for where, rate in _rates(line):
            _check_rate(rate, file, f"{pointer}/lines/{at}/{where}")
    for at, agent in enumerate(event.regional_agents):
        if agent.rate is not None:
            place = f"{pointer}/regional_agents/{at}/rate"
            _check_rate(agent.rate, file, place)
            if agent.rate.num > agent.rate.den:
                raise refusal(file, place, "E106", f"{agent.rate} 超过 100%", f"{agent.rate} is more than 100%")


def _check_rate(rate: Rate, file: str, pointer: str) -> None:
    if not (0 <= rate.num <= MAX_RATE_PART and 0 < rate.den <= MAX_RATE_PART):
        raise refusal(
            file,
            pointer,
            "E106",
            f"比例 {rate.num}/{rate.den} 不成立",
            f"{rate.num}/{rate.den} is not a rate",
            "num 不小于 0，den 大于 0，都不超过 10 亿",
            "num is at least 0 and den above 0, both at most 10^9",
        )


def _rates(line: Line) -> Iterator[tuple[str, Rate]]:
    if line.vat_rate is not None:
        yield "vat_rate", line.vat_rate
    for role, figure in line.commission.items():
        if figure.rate is not None:
            yield f"commission/{role}/rate", figure.rate


def check_instant(at: datetime, file: str, pointer: str) -> None:
    """Refuse an instant without its offset, or in a year that calendars do not reach."""
    if at.tzinfo is None or not 1 < at.year < 9999:
        raise refusal(
            file,
            pointer,
            "E107",
            "时刻须带时区",
            "an instant needs its offset",
            "例如 2026-10-02T22:30:00+08:00",
            "e.g. 2026-10-02T22:30:00+08:00",
        )


def refusal(file: str, pointer: str, code: str, zh: str, en: str, hint_zh: str = "", hint_en: str = "") -> InvalidInput:
    """An `InvalidInput` with one diagnostic about a place in an event."""
    return InvalidInput(
        [
            Diagnostic(
                file=file,
                line=0,
                column=0,
                code=code,
                path=pointer,
                message_zh=zh,
                message_en=en,
                hint_zh=hint_zh,
                hint_en=hint_en,
            )
        ]
    )


def unreadable(file: str, message: str) -> InvalidInput:
    """A text that is no JSON."""
    return refusal(file, "", "E101", f"不是合法的 JSON：{message}", f"not JSON: {message}")


_AT = re.compile(r" - at `([^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


def invalid(file: str, pointer: str, message: str, kind: type) -> InvalidInput:
    """A msgspec refusal as a diagnostic: its `$.lines[0].x` becomes a JSON pointer, an unknown field gets a guess."""
    found = _AT.search(message)
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", found.group(1)) if found else "$"
    where = pointer + path.removeprefix("key in ").removeprefix("$").replace(".", "/").replace("///", "")
    what = _AT.sub("", message)
    unknown = _UNKNOWN.search(what)
    hint_zh = hint_en = ""
    if unknown is not None:
        near = difflib.get_close_matches(unknown.group(1), _field_names(kind), n=1)
        if near:
            hint_zh, hint_en = f"是不是 {near[0]}？", f"did you mean {near[0]}?"
        where = f"{where}/{unknown.group(1)}"
    return refusal(file, where, "E102", f"内容不符：{what}", what, hint_zh, hint_en)


def _field_names(kind: type) -> list[str]:
    names: set[str] = set()
    pending: list[object] = [msgspec.inspect.type_info(kind)]
    while pending:
        info = pending.pop()
        if isinstance(info, msgspec.inspect.StructType):
            for field in info.fields:
                names.add(field.name)
                pending.append(field.type)
        elif isinstance(info, msgspec.inspect.VarTupleType):
            pending.append(info.item_type)
        elif isinstance(info, msgspec.inspect.UnionType):
            pending.extend(info.types)
    return sorted(names)
