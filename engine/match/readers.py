"""Reading the facts that live tests name, and only those, off an event and its lines, as codes of value classes.

Where one attribute alone decides a fact, the code is remembered per value of that attribute; what a fact *means* is
said in `facts.py` only, and asked there whenever a value is new.
"""

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter

from engine.calendar import SHANGHAI
from engine.facts import LINE_FACTS, ORDER_FACTS, order_fact
from engine.match.classes import Column, Columns
from engine.order import Line, OrderEvent

Codes = tuple[int, ...]

MEMORY_LIMIT = 16_384
"""Most combinations of attributes, or days, whose codes are remembered."""

LINE_ATTRIBUTES = {
    "line.sku": "sku",
    "line.product": "product",
    "line.category": "category",
    "line.tags": "tags",
    "line.merchant": "merchant",
    "line.own_goods": "own_goods",
    "line.unit_price": "unit_price_fen",
    "line.quantity": "quantity",
    "line.stock": "stock",
    "line.days_to_expiry": "days_to_expiry",
}
"""The attribute of a line that alone decides a fact."""

ORDER_ATTRIBUTES = {
    "order.channel": "channel",
    "order.coupons": "coupons",
    "order.region": "delivery.region",
    "order.delivery": "delivery.kind",
    "buyer.id": "buyer.id",
    "buyer.level": "buyer.level",
    "buyer.tags": "buyer.tags",
    "buyer.is_new": "buyer.is_new",
    "buyer.region": "buyer.region",
}
"""The attribute of an event that alone decides a fact. Amounts are not here: they have too many values."""

OWNERS = ("store", "promoter", "referrer", "leader", "host")
OWNED = ("id", "level", "tags", "region")
"""Attributes of somebody who may be missing; missing means that all their facts are absent."""

_NOBODY = object()
_OWN, _COMPUTED, _TIME, _DAY = 0, len(OWNERS) + 1, len(OWNERS) + 2, len(OWNERS) + 3


def reading_order(fact: str) -> int:
    """Which step of reading an event yields this fact; the columns of the order half stand in this order."""
    owner, _, name = fact.partition(".")
    if fact in ORDER_ATTRIBUTES:
        return _OWN
    if owner in OWNERS and name in OWNED:
        return 1 + OWNERS.index(owner)
    if owner != "clock":
        return _COMPUTED
    return _TIME if fact == "clock.time" else _DAY


class _Attributes:
    """Codes of the facts that attributes of one object decide: of the event itself, or of somebody it names."""

    __slots__ = ("_columns", "known", "owner", "raw")

    def __init__(self, owner: str, names: Sequence[str], columns: Sequence[Column]) -> None:
        self.owner: Callable[[OrderEvent], object] | None = attrgetter(owner) if owner else None
        self.raw: Callable[[object], object] = attrgetter(*names)
        self.known: dict[object, list[int]] = {}
        self._columns = columns

    def learn(self, raw: object, event: OrderEvent) -> list[int]:
        """The codes of this event, remembered for every event of the same raw attributes."""
        codes = [column.encode(order_fact(event, column.fact)) for column in self._columns]
        _bound(self.known)
        self.known[raw] = codes
        return codes


class OrderReader:
    """Codes of an event, one per column of the order half."""

    def __init__(self, columns: Columns) -> None:
        steps: dict[int, list[Column]] = {}
        for column in columns.all:
            steps.setdefault(reading_order(column.fact), []).append(column)
        self._attributes: list[_Attributes] = []
        for step, owner in enumerate(("", *OWNERS)):
            if step in steps:
                names = [ORDER_ATTRIBUTES.get(column.fact, column.fact.partition(".")[2]) for column in steps[step]]
                self._attributes.append(_Attributes(owner, names, steps[step]))
        self._computed = [(ORDER_FACTS[column.fact], column.encode) for column in steps.get(_COMPUTED, [])]
        self._times = [column.encode for column in steps.get(_TIME, [])]
        self._days = steps.get(_DAY, [])
        self._clock = bool(self._times or self._days)
        self._codes_of_day: dict[object, list[int]] = {}

    def codes(self, event: OrderEvent) -> Codes:
        """One code per column, in the columns' order."""
        codes: list[int] = []
        for attributes in self._attributes:
            owner = event if attributes.owner is None else attributes.owner(event)
            raw = _NOBODY if owner is None else attributes.raw(owner)
            codes += attributes.known.get(raw) or attributes.learn(raw, event)
        for read, encode in self._computed:
            codes.append(encode(read(event)))
        if self._clock:
            local = event.placed_at.astimezone(SHANGHAI)
            for encode in self._times:
                codes.append(encode(local.hour * 60 + local.minute))
            if self._days:
                day = local.date()
                codes += self._codes_of_day.get(day) or self._learn_day(day, event)
        return tuple(codes)

    def _learn_day(self, day: date, event: OrderEvent) -> list[int]:
        codes = [column.encode(order_fact(event, column.fact)) for column in self._days]
        _bound(self._codes_of_day)
        self._codes_of_day[day] = codes
        return codes


def _bound(memory: dict[object, list[int]]) -> None:
    if len(memory) >= MEMORY_LIMIT:
        memory.clear()


class LineReader:
    """Codes of a line, one per column of the line half, and the raw attributes that decide them."""

    def __init__(self, columns: Columns) -> None:
        self._facts = [(LINE_FACTS[column.fact], column.encode) for column in columns.all]
        attributes = sorted({LINE_ATTRIBUTES[column.fact] for column in columns.all})
        self.raw: Callable[[Line], object] = attrgetter(*attributes) if attributes else _nothing

    def codes(self, line: Line) -> Codes:
        """One code per column, in the columns' order."""
        return tuple([encode(read(line)) for read, encode in self._facts])


def _nothing(_line: Line) -> None:
    return None
