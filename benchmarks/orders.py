"""Random orders of demo goods: everyday ones to be timed, and odd ones to hold two programs equal on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from engine.money import Rate
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee, SkuFigure
from storage.demo import DEMO_DATA

SEASON = datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
DAYS = 80
CHANNELS = ("mini_program", "group_share", "live", "short_video", "search", "store")
LEVELS = (None, "silver", "gold", "platinum")
FIGURES: tuple[dict[str, SkuFigure], ...] = (
    {},
    {"promoter": SkuFigure(amount_fen=900)},
    {"promoter": SkuFigure(rate=Rate(2, 3))},
    {"promoter": SkuFigure(amount_fen=7, rate=Rate(1, 3)), "referrer": SkuFigure(amount_fen=5)},
    {"referrer": SkuFigure(amount_fen=5)},
)
"""What goods may carry; only where they are tagged for it does it count."""
DRAWN_TO = ("snack", "fruit", "student")
"""Half of the orders stay within one of these, as people do who come for supper, for fruit or for school."""


@lru_cache(maxsize=1)
def goods() -> dict[str, tuple[Line, ...]]:
    """The demo goods by first step of their category, each as a line of one unit."""
    rows = msgspec.json.decode(Path(DEMO_DATA / "products.json").read_bytes())["products"]
    found: dict[str, list[Line]] = {}
    for row in rows:
        about = {key: value for key, value in row.items() if key != "title_en"}
        line = msgspec.convert({**about, "line_id": "1", "quantity": 1}, Line)
        found.setdefault((line.category or "").partition("/")[0], []).append(line)
    return {root: tuple(lines) for root, lines in found.items()}


def everyday(seed: int, count: int, lines: int = 5) -> Iterator[OrderEvent]:
    """So many orders of so many different goods each, as the shop sells them."""
    random = Random(seed)
    everything = tuple(line for some in goods().values() for line in some)
    for number in range(count):
        liked = goods()[random.choice(DRAWN_TO)] if random.random() < 0.5 else everything
        chosen = random.sample(liked, min(lines, len(liked)))
        chosen += random.sample([line for line in everything if line not in chosen], lines - len(chosen))
        yield _order(random, number, [_with(line, quantity=random.choice((1, 1, 1, 2, 2, 3))) for line in chosen])


def odd(seed: int, count: int) -> Iterator[OrderEvent]:
    """Orders at the edges: strange prices and floors, goods that expire, doubled lines, used-up limits, midnight."""
    random = Random(seed)
    for number in range(count):
        liked = [line for root in random.sample(sorted(goods()), random.choice((1, 2, 3))) for line in goods()[root]]
        liked += [line for line in liked if line.sku in ("spicy-crayfish", "plum-drink")] * 6
        chosen = [_oddly(random, line) for line in random.choices(liked, k=random.choice((1, 2, 3, 5, 8)))]
        event = _order(random, number, chosen)
        if random.random() < 0.5:
            event = msgspec.structs.replace(event, placed_at=_near_a_border(random), counters=_counters(random))
        yield event


def shelf(seed: int, count: int) -> OrderEvent:
    """So many different goods that somebody looks at in one store: the demo goods at other prices and ages."""
    random = Random(seed)
    everything = [line for some in goods().values() for line in some]
    lines = []
    for number in range(count):
        line = random.choice(everything)
        price = line.unit_price_fen + random.randint(0, 500)
        days = random.choice((line.days_to_expiry, 0, 1, 2, 3, 10))
        lines.append(_with(line, sku=f"g{number}", unit_price_fen=price, days_to_expiry=days))
    return _order(random, 0, lines)


def _with(line: Line, **changes: object) -> Line:
    return msgspec.structs.replace(line, **changes)


def _oddly(random: Random, line: Line) -> Line:
    price = max(0, random.choice((line.unit_price_fen, line.unit_price_fen + random.randint(-30, 30), 1, 333)))
    floor = random.choice((0, line.floor_price_fen, price, price - 1, price * 2 // 3, price * 9 // 10, price + 50))
    return _with(
        line,
        unit_price_fen=price,
        floor_price_fen=max(0, floor),
        quantity=random.choice((1, 1, 2, 3, 4, 7, 11)),
        days_to_expiry=random.choice((line.days_to_expiry, None, -1, 0, 1, 2, 3)),
        own_goods=random.random() < 0.05,
        commission=random.choice((line.commission, line.commission, *FIGURES)),
    )


def _order(random: Random, number: int, lines: list[Line]) -> OrderEvent:
    nth = random.choice((None, 1, 1, 2, 2, 3, 7))
    buyer = random.choice((None, "b1", "b2", "p1", *(f"b{one}" for one in range(10, 30))))
    return OrderEvent(
        order_id=f"o{number}",
        placed_at=SEASON + timedelta(seconds=random.randrange(DAYS * 86_400)),
        lines=tuple(_with(line, line_id=str(at)) for at, line in enumerate(lines, 1)),
        channel=random.choice(CHANNELS),
        buyer=Buyer(
            id=buyer,
            level=random.choice(("member", "silver", "gold")),
            tags=random.choice(((), ("student",))),
            is_new=None if nth is None else nth == 1,
            nth_order=nth,
        ),
        delivery=Delivery(
            kind=random.choice(("delivery", "delivery", "pickup")), fee_fen=random.choice((0, 300, 500, 800))
        ),
        promoter=None if random.random() < 0.15 else _promoter(random),
    )


def _promoter(random: Random) -> Payee:
    return Payee(
        id=random.choice(("p1", "p2", "p3")),
        level=random.choice(LEVELS),
        status="inactive" if random.random() < 0.05 else "active",
        tags=random.choice(((), ("campus",), ("live",))),
        period_sales_fen=random.choice((None, 0, 499_999, 500_000, 1_999_999, 2_000_000)),
    )


def _near_a_border(random: Random) -> datetime:
    """Within a minute of midnight, two, eighteen o'clock, or of the citrus season's ends."""
    day = SEASON + timedelta(days=random.choice((*range(14), 18, 19, 20, 70, 71)))
    return day + timedelta(hours=random.choice((0, 2, 18, 24)), seconds=random.randint(-60, 60))


def _counters(random: Random) -> dict[str, dict[str, int]]:
    return {
        "new-customer/first-order": {
            "uses/buyer/ever": random.choice((0, 0, 0, 1)),
            "money/total/ever": random.choice((0, 0, 1_999_199, 1_999_200, 1_999_201, 1_999_999, 2_000_000)),
        },
        "new-customer/second-order-gift": {"uses/buyer/ever": random.choice((0, 1))},
    }
