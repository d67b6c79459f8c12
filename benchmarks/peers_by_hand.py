"""What one would write by hand for these very rules: the limits that a rules engine can be held against."""

from bisect import bisect_right
from collections.abc import Callable, Sequence

from benchmarks.peer_rules import PRICE, TAGS, TEXTS, Clause, Fact, Rule

Ask = Callable[[Fact], int]
"""The mask of the rules that hold for a fact."""


def holds(clause: Clause, fact: Fact) -> bool:
    """Whether a clause holds for a fact."""
    value = fact[clause.property]
    match clause.operator:
        case "any_of":
            return value in clause.values
        case "has":
            return isinstance(value, list) and any(one in clause.values for one in value)
        case "at_least":
            return isinstance(value, int) and value >= int(clause.values[0])
        case "less_than":
            return isinstance(value, int) and value < int(clause.values[0])


def bitset(rules: Sequence[Rule]) -> Ask:
    """Per property and value the mask of the rules that it leaves standing; a fact is the AND of nine of them."""
    texts = [(name, *_by_text(rules, name)) for name in TEXTS]
    tags, untagged = _by_tag(rules)
    thresholds, bands = _by_band(rules)

    def ask(fact: Fact) -> int:
        mask = bands[bisect_right(thresholds, fact[PRICE])]  # type: ignore[type-var]  # the price is an integer
        for name, known, otherwise in texts:
            mask &= known.get(fact[name], otherwise)
        wanted = untagged
        for tag in fact[TAGS]:  # type: ignore[union-attr]  # the tags are a list
            wanted |= tags.get(tag, 0)
        return mask & wanted

    return ask


def hash_index(rules: Sequence[Rule]) -> Ask:
    """Rules found by the value of their first clause, then the rest of each is checked."""
    index: dict[tuple[str, object], list[tuple[int, Rule]]] = {}
    for at, (first, *rest) in enumerate(rules):
        for value in first.values:
            index.setdefault((first.property, value), []).append((1 << at, tuple(rest)))
    properties = tuple(dict.fromkeys(name for name, _ in index))

    def ask(fact: Fact) -> int:
        mask = 0
        for name in properties:
            for bit, rest in index.get((name, fact[name]), ()):
                if all(holds(clause, fact) for clause in rest):
                    mask |= bit
        return mask

    return ask


def if_chain(rules: Sequence[Rule]) -> Ask:
    """One `if` per rule, as generated Python."""
    names = (*TEXTS, PRICE, TAGS)
    lines = [f"    {', '.join(names)} = {', '.join(f'fact[{name!r}]' for name in names)}", "    mask = 0"]
    for at, rule in enumerate(rules):
        lines.append(f"    if {' and '.join(map(as_python, rule))}: mask |= {1 << at}")
    scope: dict[str, Ask] = {}
    exec("\n".join(["def ask(fact):", *lines, "    return mask"]), scope)
    return scope["ask"]


def as_python(clause: Clause) -> str:
    """A clause as an expression over variables named after the properties."""
    name, values = clause.property, clause.values
    match clause.operator:
        case "any_of":
            return f"{name} == {values[0]!r}" if len(values) == 1 else f"{name} in {values!r}"
        case "has":
            return "(" + " or ".join(f"{value!r} in {name}" for value in values) + ")"
        case "at_least":
            return f"{name} >= {values[0]}"
        case "less_than":
            return f"{name} < {values[0]}"


def _mask(rules: Sequence[Rule], name: str, passes: Callable[[Clause], bool]) -> int:
    """The rules of which every clause on a property passes."""
    return sum(
        1 << at for at, rule in enumerate(rules) if all(passes(clause) for clause in rule if clause.property == name)
    )


def _by_text(rules: Sequence[Rule], name: str) -> tuple[dict[object, int], int]:
    otherwise = _mask(rules, name, lambda _clause: False)
    known: dict[object, int] = {}
    for at, rule in enumerate(rules):
        own = [set(clause.values) for clause in rule if clause.property == name]
        for value in set.intersection(*own) if own else ():
            known[value] = known.get(value, otherwise) | 1 << at
    return known, otherwise


def _by_tag(rules: Sequence[Rule]) -> tuple[dict[str, int], int]:
    known: dict[str, int] = {}
    for at, rule in enumerate(rules):
        for clause in rule:
            if clause.property == TAGS:
                for value in clause.values:
                    known[str(value)] = known.get(str(value), 0) | 1 << at
    return known, _mask(rules, TAGS, lambda _clause: False)


def _by_band(rules: Sequence[Rule]) -> tuple[list[int], list[int]]:
    thresholds = sorted({int(clause.values[0]) for rule in rules for clause in rule if clause.property == PRICE})
    bands = [
        _mask(rules, PRICE, lambda clause, price=price: holds(clause, {PRICE: price}))  # type: ignore[misc]
        for price in (-1, *thresholds)
    ]
    return thresholds, bands
