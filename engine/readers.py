"""Reading the facts that live tests name, and only those, off an event and its lines, as codes of value classes."""

from collections.abc import Callable
from datetime import date
from operator import attrgetter

from engine.calendar import SHANGHAI
from engine.classes import Columns
from engine.facts import LINE_FACTS, ORDER_FACTS, clock_fact
from engine.order import Line, OrderEvent

Codes = tuple[int, ...]

DAY_LIMIT = 4_096
"""Most days whose codes are remembered."""

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
"""The attribute of `Line` that alone decides a fact."""


class OrderReader:
    """Codes of an event, one per column of the order half. What follows from the day is kept per day."""

    def __init__(self, columns: Columns) -> None:
        clock = [column for column in columns.all if column.fact.startswith("clock.")]
        self._facts = [(ORDER_FACTS[column.fact], column.encode) for column in columns.all if column not in clock]
        self._times = [column.encode for column in clock if column.fact == "clock.time"]
        self._days = [(column.fact, column.encode) for column in clock if column.fact != "clock.time"]
        self._clock = bool(clock)
        self._codes_of_day: dict[date, list[int]] = {}

    def codes(self, event: OrderEvent) -> Codes:
        """One code per column, in the columns' order."""
        codes = [encode(read(event)) for read, encode in self._facts]
        if self._clock:
            local = event.placed_at.astimezone(SHANGHAI)
            for encode in self._times:
                codes.append(encode(local.hour * 60 + local.minute))
            if self._days:
                codes += self._codes_of_day.get(local.date()) or self._read_day(event, local.date())
        return tuple(codes)

    def _read_day(self, event: OrderEvent, day: date) -> list[int]:
        codes = [encode(clock_fact(fact, event.placed_at)) for fact, encode in self._days]
        if len(self._codes_of_day) >= DAY_LIMIT:
            self._codes_of_day.clear()
        self._codes_of_day[day] = codes
        return codes


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
