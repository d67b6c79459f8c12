"""The movements under one step of a statement: an amount per order, which opens into its lines and why."""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from api.pages.order_facts import Fact
from api.pages.statement_why import Reader
from engine.describe.values import Words
from engine.settlement import StatementLine

MOST: Final = 200
"""Orders of one step that a page explains; those before and after come as one amount each, with a link to them."""


class Item(msgspec.Struct, frozen=True):
    """An amount with its explanation: facts, or the smaller amounts that it is the sum of. `href` is its order's."""

    title: Words
    note: Words
    amount_fen: int
    href: str = ""
    facts: tuple[Fact, ...] = ()
    items: tuple["Item", ...] = ()


def movements(lines: Iterable[StatementLine], sign: int, reader: Reader, skip: int = 0) -> tuple[Item, ...]:
    """One amount per order, or per event without one, in the order of time; `MOST` of them after the first `skip`."""
    groups: dict[str, list[StatementLine]] = {}
    for line in sorted(lines, key=lambda line: (line.at, line.number)):
        groups.setdefault(line.order_id or line.entry, []).append(line)
    listed = list(groups.values())
    skip = min(skip, (len(listed) - 1) // MOST * MOST)
    items = [_item(group, sign, reader) for group in listed[skip : skip + MOST]]
    if skip:
        items.insert(0, _others(listed[:skip], sign, Words("此前", "Before"), max(0, skip - MOST)))
    if len(listed) > skip + MOST:
        items.append(_others(listed[skip + MOST :], sign, Words("此后", "After"), skip + MOST))
    return tuple(items)


def _item(lines: Sequence[StatementLine], sign: int, reader: Reader) -> Item:
    head = lines[0]
    title, when = reader.title(head), Words(*[f"{head.at.astimezone(reader.zone):%m-%d %H:%M}"] * 2)
    href = f"/orders/{quote(head.order_id)}" if head.order_id else ""
    fen = _sum(lines, sign)
    if len(lines) == 1 or not head.order_id:
        return Item(title, when, fen, href, reader.why(head))
    parts = [Item(*reader.goods(line), sign * line.amount_fen, "", reader.why(line)) for line in lines]
    return Item(title, when, fen, href, (), tuple(parts))


def _others(groups: Sequence[Sequence[StatementLine]], sign: int, title: Words, skip: int) -> Item:
    count = Words(f"{len(groups)} 笔", f"{len(groups)} more")
    fen = sum(_sum(group, sign) for group in groups)
    see = Words(f"看第 {skip + 1} 笔起", f"from number {skip + 1} on")
    return Item(title, count, fen, "", (Fact(Words("另一页", "Other page"), see, f"?skip={skip}"),))


def _sum(lines: Iterable[StatementLine], sign: int) -> int:
    return sign * sum(line.amount_fen for line in lines)
