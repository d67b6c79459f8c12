"""Who sold what, where a log does not say: goods, people and channels assigned by a checksum, the same every time.

One CRC-32 per name is read digit by digit in a mixed radix, so that the digits do not hang together.
"""

from datetime import date
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from engine.earn.region_seats import regional_agents
from engine.money import Rate
from engine.order import OrderEvent, Payee, RegionalAgent, Store
from engine.people.contracts import Contract
from engine.period import midnight

CATEGORIES = (
    "home/candle",
    "home/frame",
    "home/clock",
    "home/cushion",
    "kitchen/mug",
    "kitchen/baking",
    "kitchen/storage",
    "garden/pot",
    "garden/light",
    "party/bunting",
    "party/balloon",
    "paper/card",
    "paper/wrap",
    "bag/tote",
    "bag/lunch",
    "toy/wooden",
    "jewellery/charm",
)
REGIONS = ("430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181", "430182")
CHANNELS = (
    "mini_program",
    "mini_program",
    "mini_program",
    "live",
    "short_video",
    "group_share",
    "group_share",
    "store",
    "search",
)
MEMBER_LEVELS = ("basic", "basic", "basic", "basic", "silver", "silver", "silver", "gold", "gold", "diamond")
STORES, PROMOTERS, REFERRERS, MERCHANTS = 60, 120, 20, 12
WITHOUT_PROMOTER = 20
"""Of every PROMOTERS + WITHOUT_PROMOTER buyers so many have no promoter."""
REMEMBERED = 65_536

_ALWAYS = midnight(date(2010, 1, 1)), midnight(date(2013, 1, 1))


def _contract(region: str, rate: Rate, *, since: date | None = None) -> Contract:
    first, until = _ALWAYS
    city = None if region == "4301" else "ct-4301"
    since_then = first if since is None else midnight(since)
    return Contract(
        id=f"ct-{region}", agent=f"ag-{region}", region=region, since=since_then, until=until, rate=rate, parent=city
    )


CONTRACTS = (
    _contract("4301", Rate(3, 200)),
    *(_contract(region, Rate(1, 100)) for region in REGIONS[:6]),
    _contract(REGIONS[6], Rate(1, 100), since=date(2011, 6, 1)),
)
"""The regional agents of the replay: one for the city, one for each of the first six districts, and for the seventh
from June 2011 on.  The last two districts have none, so the city's agent has the whole share there."""
INACTIVE_AGENTS = frozenset({f"ag-{REGIONS[5]}"})
"""Whose contract stands, and who earns nothing all the same."""


def digits(text: str, *radices: int) -> tuple[int, ...]:
    """The checksum of a text, read as digits of these radices."""
    rest = crc32(text.encode())
    found = []
    for radix in radices:
        rest, digit = divmod(rest, radix)
        found.append(digit)
    return tuple(found)


class Goods(NamedTuple):
    """What the replay says about a stock code; shares are per cent of the list price."""

    product: str
    category: str
    merchant: str
    tags: tuple[str, ...]
    floor_percent: int
    cost_percent: int


class Person(NamedTuple):
    """A buyer's store, level and region, and who introduced the buyer (None: nobody)."""

    store: Store
    level: str
    region: str
    promoter: Payee | None
    referrer: Payee | None


@lru_cache(maxsize=REMEMBERED)
def goods_of(code: str) -> Goods:
    """Goods by stock code; codes that differ in their letters only are one product and share everything."""
    product = code.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") or code
    category, merchant, floor, cost, season, clearance, traffic = digits(
        product, len(CATEGORIES), MERCHANTS, 4, 5, 6, 9, 25
    )
    marks = (("seasonal", season == 0), ("clearance", clearance == 0), ("traffic", traffic == 0))
    return Goods(
        product=product,
        category=CATEGORIES[category],
        merchant=f"merchant-{merchant + 1:02d}",
        tags=tuple(tag for tag, marked in marks if marked),
        floor_percent=85 if floor == 0 else 0,
        cost_percent=50 + 5 * cost,
    )


@lru_cache(maxsize=REMEMBERED)
def person_of(key: str, customer: str | None) -> Person:
    """Store, level and introduction of a buyer, or of a passer-by (`customer` None) known by the key alone."""
    store, level, region, promoter = digits(key, STORES, len(MEMBER_LEVELS), len(REGIONS), PROMOTERS + WITHOUT_PROMOTER)
    own_code = promoter == 0 and customer is not None
    introduced = promoter_of(f"p{promoter:03d}") if promoter < PROMOTERS else None
    if own_code:
        introduced = Payee(id=key, region=REGIONS[region])
    return Person(
        store=store_of(store),
        level=MEMBER_LEVELS[level],
        region=REGIONS[region],
        promoter=introduced,
        referrer=None if introduced is None else referrer_of(introduced.id),
    )


@lru_cache(maxsize=STORES)
def store_of(number: int) -> Store:
    """A store by number: its region, and whether it is a flagship or on a campus."""
    store = f"s{number + 1:02d}"
    region, kind = digits(store, len(REGIONS), 5)
    tags = ("flagship",) if kind == 0 else ("campus",) if kind == 1 else ()
    return Store(id=store, region=REGIONS[region], tags=tags)


@lru_cache(maxsize=PROMOTERS)
def promoter_of(promoter: str) -> Payee:
    """A promoter by id; a few are inactive. Levels are not assigned: the reviews of the log make them."""
    region, idle, campus = digits(promoter, len(REGIONS), 20, 6)
    return Payee(
        id=promoter,
        status="inactive" if idle == 0 else "active",
        tags=("campus",) if campus == 0 else (),
        region=REGIONS[region],
    )


@lru_cache(maxsize=REMEMBERED)
def referrer_of(promoter: str) -> Payee:
    """Who brought a promoter in."""
    (referrer,) = digits(f"{promoter}'s referrer", REFERRERS)
    return Payee(id=f"r{referrer + 1:02d}", level="gold" if referrer % 4 == 0 else "silver")


def leader_of(store: Store) -> Payee:
    """The group leader at a store."""
    return Payee(id=f"l-{store.id}", level="senior" if "flagship" in store.tags else "junior", region=store.region)


def agents_of(event: OrderEvent) -> tuple[RegionalAgent, ...]:
    """The regional agents whose contract stands when an order is placed, where it is brought to or fetched."""
    return regional_agents(CONTRACTS, event, INACTIVE_AGENTS)


def channel_of(invoice: str) -> str:
    """The channel by invoice."""
    return CHANNELS[digits(invoice, len(CHANNELS))[0]]
