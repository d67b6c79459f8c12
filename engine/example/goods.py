"""Small baskets that meet tests on the goods: the line itself, lines for what the basket must contain, and fillers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import msgspec

from engine.conditions import Value, path_under
from engine.match.factoring import Literal
from engine.nearest.facts import GOODS_IN_BASKET, USUAL_PRICE_FEN, candidates, literal_holds
from engine.order import MAX_QUANTITY, Line

MOST_LINES = 50
_GREATEST_FEN = 10**12
_MOST_VALUES = 12
"""Most values of one figure that are tried."""
Tests = Mapping[str, Sequence[Literal]]


def baskets(order: Tests, line: Tests) -> Iterator[tuple[Line, ...]]:
    """Baskets whose first line and whose totals may meet the tests, by fact, of the order and of the line.

    The facts of the goods hold by construction, but for dependencies that the plain reading sees.
    """
    for goods in _goods(order, line):
        others = _others(order, goods)
        if others is not None:
            yield from _sized(order, line, [goods, *others])


# --- what the goods are -----------------------------------------------------------------------------------------------


def _goods(order: Tests, line: Tests) -> Iterator[Line]:
    """The line itself, first with what the basket wants of it, then with as little as it needs."""
    plain = Line(line_id="1", sku=_unnamed(order, line), unit_price_fen=USUAL_PRICE_FEN, quantity=1)
    seen: list[Line] = []
    for helpful in (True, False):
        fields: dict[str, Any] = {}
        for fact in ("sku", "product", "category", "merchant", "own_goods", "stock", "days_to_expiry"):
            literals = [*line.get(f"line.{fact}", ()), *_from_basket(order, f"line.{fact}", helpful=helpful)]
            if literals:
                fields[fact] = next(_values(fact, literals, getattr(plain, fact)), _NOTHING)
        if _NOTHING in fields.values():
            continue
        tags = _tags([*line.get("line.tags", ()), *_from_basket(order, "line.tags", helpful=helpful)])
        if tags is None:
            continue
        goods = msgspec.structs.replace(plain, **fields, tags=tags)
        if goods not in seen:
            seen.append(goods)
            yield goods


_NOTHING = object()


def _from_basket(order: Tests, fact: str, *, helpful: bool) -> list[Literal]:
    """Tests on the basket as tests on a line: what no line may be, and when `helpful` what some line must be."""
    return [
        Literal(msgspec.structs.replace(one.test, fact=fact), one.wanted)
        for basket, own in GOODS_IN_BASKET.items()
        if own == fact
        for one in order.get(basket, ())
        if one.test.operator != "exists" and (helpful or not one.wanted)
    ]


def _unnamed(order: Tests, line: Tests) -> str:
    """A SKU that no test names."""
    named = {value for tests in (order, line) for found in tests.values() for one in found for value in one.test.values}
    return next(name for at in range(len(named) + 1) if (name := f"goods{'' if at == 0 else f'-{at}'}") not in named)


def _values(fact: str, literals: Sequence[Literal], plain: Any) -> Iterator[Any]:
    extra: tuple[Any, ...] = {"stock": (0, 1), "days_to_expiry": (0, 1), "own_goods": (False, True)}.get(
        fact, ("other",)
    )
    deeper = [f"{value}/other" for one in literals for value in one.test.values if one.test.operator == "under"]
    for value in [plain, *candidates(literals), *extra, *deeper]:
        if all(literal_holds(one, value) for one in literals):
            yield value


def _tags(literals: Sequence[Literal]) -> tuple[str, ...] | None:
    refused = {value for one in literals if not one.wanted for value in one.test.values}
    members: dict[str, None] = {}
    for one in literals:
        if one.wanted and one.test.operator == "in" and not members.keys() & set(one.test.values):
            member = next((v for v in one.test.values if isinstance(v, str) and v and v not in refused), None)
            if member is None:
                return None
            members[member] = None
    return tuple(members)


def _others(order: Tests, goods: Line) -> list[Line] | None:
    """Lines that bring what the basket must contain and the line itself does not; None when nothing can."""
    lacking: dict[str, list[Any]] = {"sku": [], "category": [], "tags": []}
    for basket, own in GOODS_IN_BASKET.items():
        field = own.removeprefix("line.")
        found = order.get(basket, ())
        held = getattr(goods, field)
        present = frozenset(held) if field == "tags" else frozenset({held} - {None})
        for one in found:
            if one.wanted and not literal_holds(one, present):
                value = next((v for v in _members(one) if not _refused(v, found)), None)
                if value is None:
                    return None
                lacking[field].append(value)
                present |= {value}
    count = max(len(lacking["sku"]), len(lacking["category"]), 1 if lacking["tags"] else 0)
    plain = Line(line_id="1", sku=_unnamed(order, {}), unit_price_fen=USUAL_PRICE_FEN, quantity=1)
    return [
        msgspec.structs.replace(
            plain,
            line_id=str(at + 2),
            sku=lacking["sku"][at] if at < len(lacking["sku"]) else plain.sku,
            category=lacking["category"][at] if at < len(lacking["category"]) else None,
            tags=tuple(lacking["tags"]) if at == 0 else (),
        )
        for at in range(count)
    ]


def _members(literal: Literal) -> Iterable[Value]:
    yield from literal.test.values
    if literal.test.operator == "under":
        yield from (f"{value}/other" for value in literal.test.values)


def _refused(value: Value, literals: Iterable[Literal]) -> bool:
    return value == "" or any(not one.wanted and (value in one.test.values or _below(value, one)) for one in literals)


def _below(value: Value, literal: Literal) -> bool:
    return literal.test.operator == "under" and any(path_under(value, root) for root in literal.test.values)


# --- how much of them -------------------------------------------------------------------------------------------------


def _sized(order: Tests, line: Tests, goods: list[Line]) -> Iterator[tuple[Line, ...]]:
    """The goods in quantities and at prices that meet the tests on figures, the smallest basket first."""
    filler = Line(line_id="", sku=_unnamed(order, line), unit_price_fen=USUAL_PRICE_FEN, quantity=1)
    counts = _figures(order.get("order.line_count", ()), [len(goods), len(goods) + 1, len(goods) + 2])
    for count in counts:
        if not len(goods) <= count <= MOST_LINES:
            continue
        fillers = [msgspec.structs.replace(filler, line_id=str(at + 1)) for at in range(len(goods), count)]
        yield from _filled(order, line, [*goods, *fillers])


def _filled(order: Tests, line: Tests, lines: list[Line]) -> Iterator[tuple[Line, ...]]:
    first, *rest = lines
    on_units, on_total = order.get("order.units", ()), order.get("order.list_total", ())
    units: list[int | None] = [*_figures(on_units, [len(lines)])] if on_units else [None]
    totals: list[int | None] = [*_figures(on_total, [USUAL_PRICE_FEN * len(lines), 0])] if on_total else [None]
    quantities, prices = line.get("line.quantity", ()), line.get("line.unit_price", ())
    for unit, total in product(units, totals):
        from_units = [] if unit is None else [unit - len(rest)]
        for quantity in _figures(quantities, [1, *from_units, 2]):
            if not 1 <= quantity <= MAX_QUANTITY:
                continue
            from_total = [] if total is None else [-(-total // quantity), total // quantity]
            for price in _figures(prices, [*from_total, USUAL_PRICE_FEN, 1, 0]):
                own = msgspec.structs.replace(first, quantity=quantity, unit_price_fen=price)
                left_units = len(rest) if unit is None else unit - quantity
                left = None if total is None else total - quantity * price
                others = _shared(rest, left_units, left)
                if others is not None and 0 <= price <= _GREATEST_FEN:
                    yield (own, *others)


def _figures(literals: Sequence[Literal], plain: Sequence[int]) -> list[int]:
    """Whole numbers that meet the tests on a figure: the plain ones first, then the smallest; none without tests."""
    named = sorted(value for value in candidates(literals) if isinstance(value, int))
    tried = [value for value in [*plain, *named] if value >= 0 and all(literal_holds(one, value) for one in literals)]
    return list(dict.fromkeys(tried))[:_MOST_VALUES]


def _shared(lines: Sequence[Line], units: int, total: int | None) -> list[Line] | None:
    """The lines with so many units and, where given, fen in all; None when that cannot be."""
    if units < len(lines) or (not lines and (units or total)):
        return None
    if not lines:
        return []
    quantities = [1] * len(lines)
    quantities[-1] += units - len(lines)
    if total is None:
        return [msgspec.structs.replace(one, quantity=many) for one, many in zip(lines, quantities, strict=True)]
    if total < 0:
        return None
    prices = [0] * len(lines)
    if len(lines) == 1:
        if total % units:
            return None
        prices[0] = total // units
    else:
        prices[0] = total
    return [
        msgspec.structs.replace(one, quantity=many, unit_price_fen=price)
        for one, many, price in zip(lines, quantities, prices, strict=True)
    ]
