"""From a condition to a concrete small order on which it holds, so that whoever reads a finding can try it.

Pure and deterministic.  Every fact is set on its own from the values that tests name, the goods of the basket together;
the plain reading has the last word, so an example is never wrong.  What is searched: conditions within the bounds of
`factoring`, moments up to `HORIZON_DAYS` after the start, baskets of at most `MOST_LINES` lines.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from engine.calendar import SHANGHAI
from engine.conditions import Condition, holds
from engine.example.goods import baskets
from engine.example.moment import end_of_search, first_moment
from engine.facts import facts_of, region_path
from engine.match.factoring import Literal, Part, TooLarge, factor
from engine.nearest.facts import candidates, literal_holds
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee, Store
from engine.vocabulary import BASIS_POINTS, FactType, fact_of

MOST_BASKETS = 200
"""Most baskets tried for one alternative of a condition."""
START = datetime(2026, 10, 1, tzinfo=SHANGHAI)
"""When examples take place unless a period is given."""
_PLAIN = OrderEvent(
    order_id="example", placed_at=START, lines=(Line(line_id="1", sku="goods", unit_price_fen=1_000, quantity=1),)
)
_OWNERS: dict[str, type[Payee | Store | Buyer]] = {
    "store": Store,
    "buyer": Buyer,
    "promoter": Payee,
    "referrer": Payee,
    "leader": Payee,
    "host": Payee,
}
_FIELDS = {
    "period_sales": "period_sales_fen",
    "repeat_rate": "repeat_rate_bp",
    "refund_rate": "refund_rate_bp",
    "delivery_fee": "fee_fen",
}
Tests = dict[str, list[Literal]]


class Example(msgspec.Struct, frozen=True):
    """An order whose first line satisfies a condition."""

    event: OrderEvent

    @property
    def line(self) -> Line:
        """The line the condition holds for."""
        return self.event.lines[0]

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds for the line, read plainly."""
        return holds(condition, facts_of(self.event, self.line))


def example_order(condition: Condition, since: datetime = START, until: datetime | None = None) -> Example | None:
    """A small order, placed at or after `since` and before `until`, whose first line satisfies a condition.

    None when none is found, which for a condition beyond the search proves nothing.
    """
    try:
        disjuncts = factor(condition)
    except TooLarge:
        return None
    for disjunct in disjuncts:
        for order in disjunct.order:
            for line in disjunct.line:
                found = example_of_parts(order, line, since, until)
                if found is not None and found.holds(condition):
                    return found
    return None


def example_of_parts(order: Part, line: Part, since: datetime, until: datetime | None = None) -> Example | None:
    """A small order that meets every test of both parts."""
    tests = _by_fact(order)
    clock = [literal for fact, literals in tests.items() if fact.startswith("clock.") for literal in literals]
    placed_at = first_moment(clock, since, end_of_search(since, until))
    if placed_at is None:
        return None
    event: OrderEvent | None = msgspec.structs.replace(_PLAIN, placed_at=placed_at)
    for owner in _OWNERS:
        event = None if event is None else _with_owner(event, owner, tests)
    event = None if event is None else _with_order_fields(event, tests)
    if event is None:
        return None
    for goods in islice(baskets(tests, _by_fact(line)), MOST_BASKETS):
        made = _valid(msgspec.structs.replace(event, lines=goods))
        if made is not None and _meets(made, (*order, *line)):
            return Example(made)
    return None


def with_payees(example: Example, roles: Iterable[str], condition: Condition) -> Example:
    """The example with someone in every role that a condition leaves free, so that shares find their payee."""
    event = example.event
    for role in roles:
        if role in ("promoter", "referrer", "leader", "host") and getattr(event, role) is None:
            fuller = msgspec.structs.replace(event, **{role: Payee(id=f"{role}-1")})
            if Example(fuller).holds(condition):
                event = fuller
    return Example(event)


def compact_json(event: OrderEvent) -> str:
    """An order in one line of JSON, without what is as it would be anyway: an event as the API takes it."""
    return msgspec.json.encode(_told(event)).decode()


def _told(value: Any) -> Any:
    match value:
        case OrderEvent() | Line() | Buyer() | Store() | Delivery() | Payee():
            told: dict[str, Any] = {"type": "order"} if isinstance(value, OrderEvent) else {}
            for field in msgspec.structs.fields(type(value)):
                held = getattr(value, field.name)
                if field.required or held != _default(field):
                    told[field.name] = _told(held)
            return told
        case tuple():
            return [_told(one) for one in value]
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _by_fact(part: Part) -> Tests:
    tests: Tests = {}
    for literal in part:
        tests.setdefault(literal.test.fact, []).append(literal)
    return tests


def _meets(event: OrderEvent, literals: Iterable[Literal]) -> bool:
    facts = facts_of(event, event.lines[0])
    return all(literal_holds(one, facts(one.test.fact)) for one in literals)


def _valid(event: OrderEvent) -> OrderEvent | None:
    """The event as it would be read from outside; None when it breaks a bound of events."""
    try:
        return msgspec.convert(msgspec.to_builtins(event), OrderEvent)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


# --- who and where ----------------------------------------------------------------------------------------------------


def _with_owner(event: OrderEvent, owner: str, tests: Tests) -> OrderEvent | None:
    """The event with a store, buyer or payee that meets the tests; absent where it need not be there."""
    own = {fact.partition(".")[2]: found for fact, found in tests.items() if fact.startswith(f"{owner}.")}
    if owner != "buyer" and all(literal_holds(one, None) for found in own.values() for one in found):
        return event
    fields: dict[str, Any] = {} if owner == "buyer" else {"id": f"{owner}-1"}
    for name, literals in own.items():
        values = _values(f"{owner}.{name}", literals, fields.get(name))
        value = next(values, _NOTHING)
        if value is _NOTHING:
            return None
        fields[_FIELDS.get(name, name)] = value
    return msgspec.structs.replace(event, **{owner: _OWNERS[owner](**fields)})


def _with_order_fields(event: OrderEvent, tests: Tests) -> OrderEvent | None:
    delivery: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for name, plain in (
        ("channel", None),
        ("coupons", ()),
        ("region", None),
        ("delivery", "delivery"),
        ("delivery_fee", 0),
    ):
        literals = tests.get(f"order.{name}")
        if literals is None:
            continue
        value = next(_values(f"order.{name}", literals, plain), _NOTHING)
        if value is _NOTHING:
            return None
        if name in ("channel", "coupons"):
            changes[name] = value
        else:
            delivery[{"delivery": "kind", "delivery_fee": "fee_fen"}.get(name, name)] = value
    return msgspec.structs.replace(event, delivery=Delivery(**delivery), **changes)


_NOTHING = object()


def _values(fact: str, literals: Sequence[Literal], plain: Any) -> Iterator[Any]:
    """Values of an event's field with which all tests on a fact hold, the plain one first."""
    kind = fact_of(fact).type
    if kind == "texts":
        members = set_members(literals)
        if members is not None:
            yield members
        return
    deeper = [f"{value}/{_below(str(value))}" for one in literals for value in one.test.values if kind == "region"]
    for value in [plain, *candidates(literals), *deeper, *_OTHERS.get(kind, ("other",))]:
        if kind == "region":
            code = value if value is None else region_code(str(value))
            if all(literal_holds(one, None if code is None else region_path(code)) for one in literals):
                yield code
        elif _is_sound(value, kind) and all(literal_holds(one, value) for one in literals):
            yield value


def _is_sound(value: Any, kind: FactType) -> bool:
    """Neither an empty text nor a negative figure, nor more than the whole: no field of an order takes them."""
    if isinstance(value, int):
        return value >= 0 and (kind != "rate" or value <= BASIS_POINTS)
    return bool(value != "")


_OTHERS: dict[str, tuple[Any, ...]] = {
    "money": (0, 1),
    "integer": (1, 0),
    "rate": (0, BASIS_POINTS),
    "boolean": (True, False),
    "region": ("43", "4301", "11", "1101"),
}


def _below(path: str) -> str:
    """The code of the first region inside a region."""
    code = region_code(path)
    return f"{code}{'01' if len(code) < 6 else '001'}"


def region_code(path: str) -> str:
    """The code at the end of a path of codes: `43/4301` -> `4301`."""
    return path.rpartition("/")[2]


def set_members(literals: Sequence[Literal]) -> tuple[str, ...] | None:
    """As few texts as meet tests on a set of texts; None when no set does."""
    refused = {value for one in literals if not one.wanted for value in one.test.values}
    members: dict[str, None] = {}
    for one in literals:
        if one.wanted and one.test.operator == "in" and not members.keys() & set(one.test.values):
            allowed = (value for value in one.test.values if isinstance(value, str) and value and value not in refused)
            member = next(allowed, None)
            if member is None:
                return None
            members[member] = None
    found = tuple(members)
    return found if all(literal_holds(one, frozenset(found)) for one in literals) else None
