"""A case as YAML text, ready to be pasted below `cases:`: what `cases.read_cases` reads back as the same order."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from engine.calendar import SHANGHAI
from engine.money import Rate, yuan
from engine.order import OrderEvent
from engine.vocabulary import BASIS_POINTS

_PLAIN = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z\u4e00-\u9fff][\w./\u4e00-\u9fff-]*", re.IGNORECASE)
_OPEN = ("order", "expect", "refunds", "lines", "accruals")
"""Keys whose value is written below them; everything else stands in one line."""

PEOPLE = ("promoter", "referrer", "leader", "host", "regional_agents")
Written = Mapping[str, Any]


def order_as_written(event: OrderEvent) -> dict[str, Any]:
    """An order as cases write it: yuan, readable instants and rates, nothing that is as it would be anyway."""
    written: dict[str, Any] = {"placed_at": event.placed_at}
    for key in ("channel", "buyer", "store", "delivery", *PEOPLE, "coupons", "counters"):
        value = _written(getattr(event, key))
        if value:
            written[key] = value
    if "counters" in written:
        written["counters"] = counters_as_written(event.counters)
    written["lines"] = [_line(one, at) for at, one in enumerate(event.lines, 1)]
    return written


def counters_as_written(counters: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """What promotions have used, by RULE_SET/RULE: uses are counted, money is written in yuan."""
    return {
        rule: {name: _Money(amount) if name.startswith("money/") else amount for name, amount in used.items()}
        for rule, used in counters.items()
    }


def _line(line: Any, number: int) -> dict[str, Any]:
    written: dict[str, Any] = _written(line)
    if written["line_id"] == str(number):
        del written["line_id"]
    return written


class _Money(int):
    """Fen to be written in yuan."""


def _written(value: Any) -> Any:
    match value:
        case Rate(num, den):
            return f"{num * 100 // den}%" if num * 100 % den == 0 else f"{num}/{den}"
        case msgspec.Struct():
            fields: dict[str, Any] = {}
            for field in msgspec.structs.fields(type(value)):
                held = getattr(value, field.name)
                if field.required or held != _default(field):
                    name = field.name.removesuffix("_fen").removesuffix("_bp")
                    fields[name] = _Money(held) if field.name.endswith("_fen") else _written(held)
                    if field.name.endswith("_bp"):
                        fields[name] = str(Rate(held, BASIS_POINTS))
            return fields
        case tuple():
            return [_written(one) for one in value]
        case dict():
            return {key: _written(one) for key, one in value.items()}
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def money(fen: int) -> Any:
    """Fen as a figure of a case."""
    return _Money(fen)


def case_text(case: Written) -> str:
    """One case as an item of the list `cases`, indented as there."""
    return "\n".join(f"  {'- ' if at == 0 else '  '}{line}" for at, line in enumerate(_block(case))) + "\n"


def _block(value: Written) -> Iterator[str]:
    for key, held in value.items():
        if key in _OPEN and held and isinstance(held, dict):
            yield f"{_scalar(key)}:"
            yield from (f"  {line}" for line in _block(held))
        elif key in _OPEN and held and isinstance(held, list):
            yield f"{_scalar(key)}:"
            yield from (f"  - {_flow(one)}" for one in held)
        else:
            yield f"{_scalar(key)}: {_flow(held)}"


def _flow(value: Any) -> str:
    match value:
        case list() | tuple():
            return f"[{', '.join(map(_flow, value))}]"
        case dict():
            return f"{{{', '.join(f'{_scalar(key)}: {_flow(one)}' for key, one in value.items())}}}"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _Money():
            return _yuan(value)
        case datetime():
            local = value.astimezone(SHANGHAI)
            return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")
        case int() | date():
            return str(value)
    text = str(value)
    if _PLAIN.fullmatch(text) or re.fullmatch(r"[0-9]+%|[1-9][0-9]*/[1-9][0-9]*", text):
        return text
    return json.dumps(text, ensure_ascii=False) if "'" in text or "\\" in text else f"'{text}'"


def _yuan(fen: int) -> str:
    return yuan(fen).removesuffix(".00")
