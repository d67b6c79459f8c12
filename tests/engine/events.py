"""Random conditions over the whole vocabulary, and random events to ask them about."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from engine.conditions import All, Any, Condition, Not, Test, Value
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee, Store
from engine.vocabulary import BASIS_POINTS, CHANNELS, CLOCK_EVE, INTEGER_TYPES, VOCABULARY, fact_of

WORDS = ["a", "b", "gold", "小吃", "", "a b", "'\"\\", "\n", "😀", "x" * 100, "é", "true", "1"]
PATHS = ["snack", "snack/fried", "snack/fried/tofu", "snacks", "fruit", "水果/柚子", "43", "43/4301", "43/4301/430102"]
REGIONS = ["43", "4301", "430102", "430100", "430102001", "430103", "11"]
NUMBERS = [0, 1, 2, 3, 5, 10, 100, 720, 815, 1320, 1439, 2**53 + 1, 10**12, 10**30]
"""Integers around which tests and events meet; events hold sums far beyond what tests name."""


def values_of(fact: str) -> st.SearchStrategy[Value]:
    """Values a test on this fact may name."""
    known = fact_of(fact)
    if known.type in INTEGER_TYPES:
        near_days = [datetime(2026, 9, day, tzinfo=UTC).toordinal() for day in (24, 25, 26)]
        return st.sampled_from(near_days if known.type == "date" else NUMBERS)
    if known.type == "boolean":
        return st.booleans()
    if known.type in ("path", "paths", "region"):
        return st.sampled_from(PATHS)
    return st.sampled_from([*known.values, *WORDS[:4]] if known.values else WORDS)


@st.composite
def tests(draw: st.DrawFn) -> Test:
    fact = draw(st.sampled_from([*VOCABULARY, *CLOCK_EVE.values()]))
    kind = fact_of(fact).type
    operators = ["in", "in", "exists"]
    if kind in INTEGER_TYPES:
        operators += ["at_least", "more_than", "at_most", "less_than"]
    if kind in ("path", "paths", "region"):
        operators += ["under", "under"]
    operator = draw(st.sampled_from(operators))
    if operator == "exists":
        return Test(fact, "exists")
    many = operator in ("in", "under")
    values = draw(st.lists(values_of(fact), min_size=1, max_size=6 if many else 1))
    return Test(fact, operator, tuple(values))  # type: ignore[arg-type]  # drawn from the operators


def conditions() -> st.SearchStrategy[Condition]:
    def grown(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, max_size=4).map(tuple)
        return st.one_of(several.map(All), several.map(Any), parts.map(Not))

    return st.recursive(tests(), grown, max_leaves=12)


def optional(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


words = st.sampled_from(WORDS)
tags = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)
amounts = st.sampled_from([*NUMBERS, *(number + 1 for number in NUMBERS), 4])
points = amounts.filter(lambda number: number <= BASIS_POINTS)
regions = st.sampled_from(REGIONS)

payees = st.builds(
    Payee,
    id=words,
    level=optional(words),
    tags=tags,
    region=optional(regions),
    period_sales_fen=optional(amounts),
    repeat_rate_bp=optional(points),
    refund_rate_bp=optional(points),
)
lines = st.builds(
    Line,
    line_id=st.just("1"),
    sku=words,
    unit_price_fen=amounts,
    quantity=amounts,
    merchant=words,
    product=optional(words),
    category=optional(st.sampled_from([*PATHS, "other", "snack/fried/x"])),
    tags=tags,
    stock=optional(amounts),
    days_to_expiry=optional(st.sampled_from([-5, 0, 1, 2, 3])),
    own_goods=st.booleans(),
)
moments = st.builds(
    lambda minutes, hours: datetime(2026, 9, 25, tzinfo=timezone(timedelta(hours=hours))) + timedelta(minutes=minutes),
    st.integers(-4000, 4000) | st.integers(-3_000_000, 3_000_000),
    st.sampled_from([8, 0, -5]),
)
events = st.builds(
    OrderEvent,
    order_id=st.just("o"),
    placed_at=moments,
    lines=st.lists(lines, min_size=1, max_size=4).map(tuple),
    channel=optional(st.sampled_from(CHANNELS)),
    buyer=st.builds(
        Buyer,
        id=optional(words),
        level=optional(words),
        tags=tags,
        is_new=optional(st.booleans()),
        nth_order=optional(amounts),
        region=optional(regions),
    ),
    store=optional(st.builds(Store, id=words, region=optional(regions), tags=tags)),
    delivery=st.builds(
        Delivery, kind=st.sampled_from(["delivery", "pickup"]), region=optional(regions), fee_fen=amounts
    ),
    promoter=optional(payees),
    referrer=optional(payees),
    leader=optional(payees),
    host=optional(payees),
    coupons=tags,
)
