"""Orders of a Changsha autumn, made up: deterministic in their seed, in the shape of `docs/order-event.md`.

They are spread over 2026-10-01 to 2026-11-20 as an operator would know them: night peaks, weekends, a campus by day,
community groups that pick up, and a few refunds some days later.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

Json = dict[str, Any]

FIRST_DAY, DAYS = date(2026, 10, 1), 51
SHANGHAI = ZoneInfo("Asia/Shanghai")
_DATA = Path(__file__).parent / "demo_data"

_HOURS = (3, 2, 0, 0, 0, 0, 1, 2, 3, 3, 4, 6, 6, 4, 3, 3, 4, 7, 9, 11, 13, 14, 12, 7)
"""How many orders fall on each hour of the day, beginning at midnight."""
_NIGHT = frozenset((18, 19, 20, 21, 22, 23, 0, 1))
_CHANNELS = {"mini_program": 46, "group_share": 20, "live": 12, "short_video": 10, "search": 8, "store": 4}
_REFUND_PERCENT = 9
_FEES = (300, 400, 500, 600, 800)
_NIGHT_GOODS = {"snack": 60, "drink": 25, "fruit": 8, "pantry": 4, "craft": 2, "student": 1, "giftset": 2}
_DAY_GOODS = {
    "fruit": 30,
    "produce": 22,
    "student": 16,
    "pantry": 14,
    "drink": 7,
    "snack": 6,
    "craft": 4,
    "giftset": 3,
    "voucher": 1,
}


def generate(seed: int, orders: int) -> Iterator[Json]:
    """So many order events and the refunds that followed, in order of time; the same seed gives the same events.

    Raises ValueError for a number of orders that is not positive.
    """
    if orders < 1:
        raise ValueError("orders must be positive")
    world = _World(Random(seed))
    moments = sorted(world.moment() for _ in range(orders))
    waiting: list[tuple[datetime, Json]] = []
    for number, moment in enumerate(moments, 1):
        while waiting and waiting[0][0] <= moment:
            yield waiting.pop(0)[1]
        order = world.order(number, moment)
        yield order
        refund = world.refund(order, moment)
        if refund is not None:
            waiting.append((datetime.fromisoformat(refund["at"]), refund))
            waiting.sort(key=lambda item: (item[0], item[1]["refund_id"]))
    for _, refund in waiting:
        yield refund


def lines_of(events: Iterator[Json]) -> Iterator[bytes]:
    """Events as JSON lines, one event each, with its line end."""
    for event in events:
        yield msgspec.json.encode(event) + b"\n"


def _read(name: str) -> list[Json]:
    content: Json = msgspec.json.decode((_DATA / f"{name}.json").read_bytes())
    rows: list[Json] = content[name]
    return rows


class _World:
    """The shop and its people, and what each buyer and promoter has done so far."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.goods: dict[str, list[Json]] = defaultdict(list)
        for product in _read("products"):
            self.goods[product["category"].split("/")[0]].append(product)
        self.stores = _read("stores")
        self.promoters = _read("promoters")
        self.leaders = _read("leaders")
        self.streets = [row["code"] for row in _read("regions") if row["level"] == "street"]
        self.city_streets = [code for code in self.streets if code[:6] < "430112"]
        self.buyers: list[str] = []
        self.orders_of: dict[str, int] = defaultdict(int)
        self.sales_of: dict[tuple[str, int], int] = defaultdict(int)

    def pick(self, weights: dict[str, int]) -> str:
        return self.random.choices(list(weights), list(weights.values()))[0]

    def moment(self) -> datetime:
        """A moment of the season: weekends and the National Day week see more than other days."""
        while True:
            day = FIRST_DAY + timedelta(days=self.random.randrange(DAYS))
            busy = day.weekday() >= 4 or day <= date(2026, 10, 7)
            if busy or self.random.random() < 0.65:
                break
        hour = self.random.choices(range(24), _HOURS)[0]
        clock = time(hour, self.random.randrange(60), self.random.randrange(60))
        return datetime.combine(day, clock, SHANGHAI)

    # --- orders ---------------------------------------------------------------------------------------------------

    def order(self, number: int, moment: datetime) -> Json:
        """One order event; who buys, and how often they have, is remembered."""
        night = moment.hour in _NIGHT
        channel = self.pick(_CHANNELS)
        buyer = self._buyer(number)
        delivery, leader = self._delivery(channel)
        promoter = self._promoter(channel, moment)
        event: Json = {
            "type": "order",
            "order_id": f"cs-{number:06d}",
            "placed_at": moment.isoformat(),
            "channel": channel,
            "buyer": buyer,
            "delivery": delivery,
        }
        if night:
            markets = [store for store in self.stores if "night-market" in store["tags"]]
            event["store"] = _only(self.random.choice(markets), "id", "region", "tags")
        if promoter is not None:
            event["promoter"] = promoter
        if leader is not None:
            event["leader"] = leader
        event["lines"] = self._lines(
            _NIGHT_GOODS if night else _DAY_GOODS, promoter, student="student" in buyer["tags"]
        )
        if promoter is not None:
            self.sales_of[promoter["id"], moment.month] += _list_total(event)
        return event

    def _buyer(self, number: int) -> Json:
        if self.buyers and self.random.random() < 0.55:
            buyer = self.random.choice(self.buyers)
        else:
            buyer = f"b{number:05d}"
            self.buyers.append(buyer)
        self.orders_of[buyer] += 1
        nth = self.orders_of[buyer]
        person = Random(buyer)  # level and tags belong to the buyer, whatever the seed of the orders
        tags = ["student"] if person.random() < 0.25 else []
        level = "gold" if nth > 5 else "silver" if nth > 2 else "member"
        return {"id": buyer, "level": level, "tags": tags, "is_new": nth == 1, "nth_order": nth}

    def _delivery(self, channel: str) -> tuple[Json, Json | None]:
        if channel == "group_share" and self.random.random() < 0.7:
            leader = self.random.choice(self.leaders)
            return {"kind": "pickup", "region": leader["region"]}, _only(leader, "id", "level", "region")
        if channel == "store":
            return {"kind": "pickup", "region": self.random.choice(self.stores)["region"]}, None
        streets = self.city_streets if self.random.random() < 0.85 else self.streets
        fee = self.random.choice(_FEES)
        return {"kind": "delivery", "region": self.random.choice(streets), "fee_fen": fee}, None

    def _promoter(self, channel: str, moment: datetime) -> Json | None:
        if self.random.random() < (0.75 if channel in ("search", "store") else 0.2):
            return None
        of_channel = {"live": "live", "short_video": "short-video"}.get(channel)
        skilled = [one for one in self.promoters if of_channel in one["tags"]]
        chosen = self.random.choice(skilled if skilled and self.random.random() < 0.8 else self.promoters)
        promoter = _only(chosen, "id", "level", "tags", "merchant", "region")
        if chosen["status"] != "active":
            promoter["status"] = chosen["status"]
        return {**promoter, "period_sales_fen": self.sales_of[chosen["id"], moment.month]}

    def _lines(self, weights: dict[str, int], promoter: Json | None, *, student: bool) -> list[Json]:
        wanted = self.random.choices((1, 2, 3, 4, 5), (34, 30, 20, 10, 6))[0]
        if student:
            weights = {**weights, "student": 3 * weights.get("student", 0) + 4}
        chosen: dict[str, Json] = {}
        for _ in range(wanted):
            product = self.random.choice(self.goods[self.pick(weights)])
            chosen[product["sku"]] = product
        lines = [self._line(str(at), product, promoter) for at, product in enumerate(chosen.values(), 1)]
        if "spicy-crayfish" in chosen and "plum-drink" not in chosen and self.random.random() < 0.7:
            (drink,) = (one for one in self.goods["drink"] if one["sku"] == "plum-drink")
            lines.append({**self._line(str(len(lines) + 1), drink, promoter), "quantity": 2})
        return lines

    def _line(self, line_id: str, product: Json, promoter: Json | None) -> Json:
        line: Json = {"line_id": line_id, "quantity": self.random.choices((1, 2, 3, 4, 6), (50, 30, 11, 6, 3))[0]}
        line |= {key: value for key, value in product.items() if key not in ("title_en", "stock")}
        if promoter is not None and promoter.get("merchant") == product["merchant"]:
            line["own_goods"] = True
        return line

    # --- refunds --------------------------------------------------------------------------------------------------

    def refund(self, order: Json, moment: datetime) -> Json | None:
        """The refund that follows an order some days later, if any: units, an agreed amount, or the whole order."""
        if self.random.randrange(100) >= _REFUND_PERCENT:
            return None
        kind = self.random.choices(("units", "amount", "whole"), (55, 20, 25))[0]
        at = moment + timedelta(minutes=self.random.randrange(60, 7 * 24 * 60))
        event: Json = {
            "type": "refund",
            "refund_id": f"r-{order['order_id']}",
            "order_id": order["order_id"],
            "at": at.isoformat(),
        }
        line = self.random.choice(order["lines"])
        if kind == "whole":
            event["lines"] = [_only(one, "line_id", "quantity") for one in order["lines"]]
            # under 50 yuan nothing waives the fee, so it was surely paid and can be given back
            if _list_total(order) < 50_00 and order["delivery"].get("fee_fen"):
                event["shipping_fen"] = order["delivery"]["fee_fen"]
        elif kind == "units":
            event["lines"] = [{"line_id": line["line_id"], "quantity": self.random.randint(1, line["quantity"])}]
        else:
            # a small consolation, less than any discount leaves of a unit
            event["lines"] = [{"line_id": line["line_id"], "amount_fen": line["floor_price_fen"] // 4}]
        return event


def _only(row: Json, *keys: str) -> Json:
    return {key: row[key] for key in keys if row.get(key) not in (None, [])}


def _list_total(order: Json) -> int:
    lines: Sequence[Json] = order["lines"]
    return sum(line["unit_price_fen"] * line["quantity"] for line in lines)
