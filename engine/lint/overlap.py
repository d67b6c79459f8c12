"""Can two conditions hold for one line of one order, and does one follow from the other?

Exact fact by fact, single values and sets alike, and on the safe side where facts depend on each other.
"""

from collections.abc import Iterable

from engine.conditions import Condition, FactValue, Not, Test, all_of, leaf_holds, path_under
from engine.match.factoring import Literal, Part, TooLarge, factor
from engine.vocabulary import INTEGER_TYPES, fact_of

_SETS = frozenset({"texts", "paths"})
_OWNED_BY_ID = ("store", "promoter", "leader", "host")
"""Parties with an id whenever they are there: any of their facts says that they are."""
_ALWAYS_THERE = frozenset(
    {
        "order.list_total",
        "order.units",
        "order.line_count",
        "order.delivery",
        "order.delivery_fee",
        "clock.time",
        "clock.date",
        "clock.weekday",
        "line.sku",
        "line.merchant",
        "line.own_goods",
        "line.unit_price",
        "line.quantity",
    }
)
"""Single-valued facts that every order has."""
_CLOSED = ("clock.weekday", "order.delivery")
"""Texts of which no other value exists."""
_LEAST = {"order.units": 1, "order.line_count": 1, "line.quantity": 1}
_MINUTES_OF_DAY = 24 * 60


def can_hold_together(*conditions: Condition) -> bool:
    """False only when it is certain that no line satisfies all; conditions too large to tell count as True."""
    try:
        disjuncts = factor(all_of(*conditions))
    except TooLarge:
        return True
    return any(
        any(part_is_possible(part) for part in disjunct.order) and any(part_is_possible(part) for part in disjunct.line)
        for disjunct in disjuncts
    )


def implies(one: Condition, other: Condition) -> bool:
    """True only when it is certain that `other` holds for every line of every order for which `one` does."""
    return not can_hold_together(one, Not(other))


def part_is_possible(part: Part) -> bool:
    """False only when it is certain that the tests of a part contradict each other."""
    by_fact: dict[str, list[Literal]] = {}
    for literal in part:
        by_fact.setdefault(literal.test.fact, []).append(literal)
    return not _owner_contradicted(part) and all(_fact_is_possible(fact, tests) for fact, tests in by_fact.items())


def _owner_contradicted(part: Part) -> bool:
    """Whether something is asked of a party that another test wants absent."""
    for owner in _OWNED_BY_ID:
        absent = any(
            one.test.fact == f"{owner}.id" and one.test.operator == "exists" and not one.wanted for one in part
        )
        if absent and any(one.test.fact.startswith(f"{owner}.") and one.wanted for one in part):
            return True
    return False


def _fact_is_possible(fact: str, literals: list[Literal]) -> bool:
    wanted = [literal.test for literal in literals if literal.wanted]
    refused = [literal.test for literal in literals if not literal.wanted]
    if fact_of(fact).type in _SETS:
        return _set_exists(wanted, refused)
    if not wanted and fact not in _ALWAYS_THERE:
        return True  # an absent fact fails every positive test
    if any(test.operator == "exists" for test in refused):
        return False
    candidates = _candidates(fact, wanted, refused)
    return candidates is None or any(_all_pass(wanted, refused, value) for value in candidates)


def _set_exists(wanted: list[Test], refused: list[Test]) -> bool:
    """Whether a set has, for each wanted test, a member that satisfies it and no refused test."""
    if any(test.operator == "exists" for test in refused):
        return not wanted

    def harmless(member: object) -> bool:
        return not any(_member_passes(test, member) for test in refused)

    for test in wanted:
        members = [*test.values, *(f"{value}/\uffff" for value in test.values if test.operator == "under")]
        members += [value for other in refused for value in other.values if _member_passes(test, value)]
        if test.operator != "exists" and not any(harmless(one) for one in members if _member_passes(test, one)):
            return False
    return True


def _member_passes(test: Test, member: object) -> bool:
    if test.operator == "in":
        return member in test.values
    return test.operator == "under" and any(path_under(member, root) for root in test.values)


def _candidates(fact: str, wanted: Iterable[Test], refused: Iterable[Test]) -> list[FactValue] | None:
    """Values that stand for all: those that tests name, their neighbours, a closed fact's; None when any text does."""
    known = fact_of(fact)
    tests = [*wanted, *refused]
    if known.type == "boolean":
        return [True, False]
    if known.type in INTEGER_TYPES:
        named = {value for test in tests for value in test.values if isinstance(value, int)}
        least = _LEAST.get(fact, 0)
        near = {0, 1, *(value + step for value in named for step in (-1, 0, 1))}
        most = _MINUTES_OF_DAY - 1 if known.type == "time" else max(near)
        return [value for value in sorted(near) if value <= most and (value >= least or fact == "line.days_to_expiry")]
    if all(test.operator == "exists" for test in wanted) and fact not in _CLOSED:
        return None
    found: list[FactValue] = list(known.values)
    for test in tests:
        for value in test.values:
            found.append(value)
            if test.operator == "under":
                found.append(f"{value}/\uffff")
    return found


def _all_pass(wanted: list[Test], refused: list[Test], value: FactValue) -> bool:
    return all(leaf_holds(test, value) for test in wanted) and not any(leaf_holds(test, value) for test in refused)
