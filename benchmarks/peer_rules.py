"""The generated conditions and lines in the plainest form, which every other rules engine can read.

A rule is a conjunction of clauses over the nine properties of a flat fact; what a rules engine has to answer is the
mask of the rules that hold for a fact.  Category paths are given level by level, so that nobody needs a path operator.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from benchmarks.generated_rules import rule_sets
from engine.conditions import All, Condition, Test
from engine.order import Line, OrderEvent

Operator = Literal["any_of", "has", "at_least", "less_than"]
Value = str | int
Fact = dict[str, str | int | list[str]]

TEXTS = ("merchant", "category", "root", "buyer_level", "promoter_level", "region", "channel")
PRICE = "unit_price"
TAGS = "tags"

_NAMES = {
    "line.merchant": "merchant",
    "line.unit_price": PRICE,
    "line.tags": TAGS,
    "buyer.level": "buyer_level",
    "promoter.level": "promoter_level",
    "order.region": "region",
    "order.channel": "channel",
}


class Clause(msgspec.Struct, frozen=True):
    """A text is `any_of` some, a list of texts `has` one of some, an integer is `at_least` or `less_than` one."""

    property: str
    operator: Operator
    values: tuple[Value, ...]


Rule = tuple[Clause, ...]
"""Clauses that must all hold."""


def generated_conditions(rules: int) -> list[Condition]:
    """The conditions of so many generated rules."""
    return [rule.when for one in rule_sets(rules) for rule in one.rules]


def plain_rule(condition: Condition) -> Rule:
    """A generated condition as clauses. Raises TypeError or ValueError for any other."""
    tests = condition.parts if isinstance(condition, All) else (condition,)
    return tuple(_clause(test) for test in tests)


def facts_of_order(event: OrderEvent) -> list[Fact]:
    """One flat fact per line."""
    return [_fact(event, line) for line in event.lines]


def _clause(test: Condition) -> Clause:
    if not isinstance(test, Test):
        raise TypeError(f"not a single test: {test}")
    values = tuple(value for value in test.values if not isinstance(value, bool))
    if test.fact == "line.category":
        (path,) = values
        return Clause("category" if "/" in str(path) else "root", "any_of", values)
    if test.fact == "order.region":  # a district, which has nothing below it here
        return Clause("region", "any_of", tuple(str(path).rpartition("/")[2] for path in values))
    name = _NAMES[test.fact]
    match test.operator:
        case "at_least" | "less_than":
            return Clause(name, test.operator, values)
        case "in":
            return Clause(name, "has" if name == TAGS else "any_of", values)
    raise ValueError(f"not generated: {test}")


def _fact(event: OrderEvent, line: Line) -> Fact:
    category = line.category or ""
    return {
        "merchant": line.merchant,
        "category": category,
        "root": category.partition("/")[0],
        PRICE: line.unit_price_fen,
        TAGS: list(line.tags),
        "buyer_level": event.buyer.level or "",
        "promoter_level": event.promoter.level or "" if event.promoter else "",
        "region": event.delivery.region or "",
        "channel": event.channel or "",
    }


def mask_of(held: Sequence[bool]) -> int:
    """The mask of which bit i is set when the i-th holds."""
    return sum(1 << index for index, one in enumerate(held) if one)


def infix(rule: Rule, and_: str, or_: str, prefix: str = "") -> str:
    """A rule in the infix notation that most expression languages share; `prefix` stands before every property."""
    return f" {and_} ".join(_in_infix(clause, or_, f"{prefix}{clause.property}") for clause in rule)


def _in_infix(clause: Clause, or_: str, name: str) -> str:
    match clause.operator:
        case "any_of":
            choices = [f'{name} == "{value}"' for value in clause.values]
        case "has":
            choices = [f'"{value}" in {name}' for value in clause.values]
        case "at_least":
            choices = [f"{name} >= {clause.values[0]}"]
        case "less_than":
            choices = [f"{name} < {clause.values[0]}"]
    return choices[0] if len(choices) == 1 else f"({f' {or_} '.join(choices)})"
