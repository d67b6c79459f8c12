"""How rules are laid out in networks so that the rules engine stays within its limits, proved before it sees them.

durable-rules keeps the conditions of all rules in one tree: equal prefixes are shared, and a fact walks down every
branch that matches.  It hangs, crashes or fails beyond 511 branches under one node, 127 any-of groups behind one node,
255 equal rules, 64 matched nodes waiting to be visited, 15 groups in a rule, 4,096 rules, 252 properties.  A `Shard`
mirrors that tree, knows its worst case, and takes a rule only within bounds that keep clear of those limits.
"""

from collections.abc import Iterable
from functools import cache

from engine.match.classes import Step

MAX_BRANCHES = 500
MAX_GROUPS = 12
"""Most any-of groups of one rule."""
MAX_WAITING = 60
"""Most matched nodes waiting; the any-of groups behind a node are among them."""
MAX_RULES = 1_000
"""Most rules of a shard. They must differ, so none are equal."""
MAX_PROPERTIES = 240
OPEN_SHARDS = 8
"""How many unfilled shards a further rule is offered to."""

PRIME = "prime"
"""The rule and the property that only the first fact matches."""

Rule = tuple[Step, ...]
"""A conjunction of steps. The empty one always holds and never comes here."""

_Branch = tuple[str, str, int]


_RESERVED = (PRIME, "id", "sid", "$s")


@cache
def fnv1a(name: str) -> int:
    """The hash by which alone durable-rules tells properties apart (FNV-1a, 32 bits)."""
    found = 0x811C9DC5
    for byte in name.encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found


def in_order(steps: Iterable[Step]) -> Rule | None:
    """The steps as they must stand: single equalities first, then any-of groups, exclusions, and comparisons last.

    Where a property must equal one of some values, all that is asked of it is settled by leaving those that pass, so it
    makes one step.  None when none passes: the rule can never match.
    """
    by_property: dict[str, list[Step]] = {}
    for step in steps:
        by_property.setdefault(step.property, []).append(step)
    kept: list[Step] = []
    for name, asked in by_property.items():
        among = next((step.values for step in asked if step.operator == "=="), None)
        if among is None:
            kept += set(asked)
            continue
        left = tuple(value for value in among if all(_passes(value, step) for step in asked))
        if not left:
            return None
        kept.append(Step(name, "==", left))
    return tuple(sorted(kept, key=_step_key))


def _step_key(step: Step) -> tuple[int, str, str, tuple[int, ...]]:
    return _rank(step), step.property, step.operator, step.values


def _passes(value: int, step: Step) -> bool:
    match step.operator:
        case "==":
            return value in step.values
        case "!=":
            return value not in step.values
        case ">=":
            return value >= step.values[0]
        case "<":
            return value < step.values[0]


def _rank(step: Step) -> int:
    if step.operator == "==":
        return 1 if len(step.values) > 1 else 0
    return 2 if step.operator == "!=" else 3


_OPERATORS = {"!=": "$neq", ">=": "$gte", "<": "$lt"}


def definition_of(shard: "Shard") -> dict[str, object]:
    """A shard as durable-rules reads it: its rule N is called rN; one more rule matches only the priming fact."""
    named = {f"r{number}": {"all": [{"m": _condition(rule)}]} for number, rule in enumerate(shard.rules)}
    return {**named, PRIME: {"all": [{"m": {PRIME: 1}}]}}


def _condition(rule: Rule) -> dict[str, object]:
    steps = [_comparison(step) for step in rule]
    return steps[0] if len(steps) == 1 else {"$and": steps}


def _comparison(step: Step) -> dict[str, object]:
    """One key per object, because durable-rules ignores a second one; equality has no operator."""
    if step.operator != "==":
        return {_OPERATORS[step.operator]: {step.property: step.values[0]}}
    choices: list[dict[str, object]] = [{step.property: value} for value in step.values]
    return choices[0] if len(choices) == 1 else {"$or": choices}


class _DoesNotFit(Exception):
    """A bound would be exceeded."""


class _Node:
    """A node of the engine's tree: its branches, the any-of groups behind it, and the worst case below it."""

    __slots__ = ("branches", "deepest", "equal_on", "groups_behind", "others")

    def __init__(self) -> None:
        self.branches: dict[_Branch, _Node] = {}
        self.equal_on: set[str] = set()
        self.others = 0
        self.groups_behind = 0
        self.deepest = 0

    @property
    def width(self) -> int:
        """How many children one fact can match together: of the equalities on one property only one."""
        return len(self.equal_on) + self.others + self.groups_behind


def _worst(width: int, deepest: int) -> int:
    """Most nodes waiting while a node of this width is walked, when its children take up to `deepest` each."""
    return max(width, width - 1 + deepest)


class Shard:
    """Rules proved safe together, and the `properties` they compare, both in order of arrival."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.properties: dict[str, None] = {}
        self._hashes = set(map(fnv1a, _RESERVED))
        self._root = _Node()
        self._root.others = 1  # the rule that primes the network hangs there too

    def take(self, rule: Rule) -> bool:
        """Add a rule that is `in_order`, unless a bound would be exceeded; whether it was added."""
        fresh = [name for name in dict.fromkeys(step.property for step in rule) if name not in self.properties]
        groups = sum(len(step.values) > 1 for step in rule)
        hashes = set(map(fnv1a, fresh))
        if len(hashes) < len(fresh) or not hashes.isdisjoint(self._hashes):
            return False
        if len(self.rules) >= MAX_RULES or len(self.properties) + len(fresh) > MAX_PROPERTIES or groups > MAX_GROUPS:
            return False
        try:
            if _extend(self._root, rule, commit=False) > MAX_WAITING:
                return False
        except _DoesNotFit:
            return False
        _extend(self._root, rule, commit=True)
        self.rules.append(rule)
        self.properties.update(dict.fromkeys(fresh))
        self._hashes |= hashes
        return True


def _extend(node: _Node, rule: Rule, *, commit: bool) -> int:
    """The worst case at a node once a rule hangs below it; `commit` also hangs it there. Raises `_DoesNotFit`."""
    if not rule:
        return _worst(node.width, node.deepest)
    step, rest = rule[0], rule[1:]
    branches = [(step.property, step.operator, value) for value in step.values]
    fresh = sum(branch not in node.branches for branch in branches)
    if len(node.branches) + fresh > MAX_BRANCHES:
        raise _DoesNotFit
    shared = step.operator == "==" and step.property in node.equal_on
    width = node.width + (1 if fresh and not shared else 0)
    deepest = node.deepest
    for branch in branches:
        child = node.branches.get(branch) or _Node()
        grown = _extend(child, rest, commit=commit) if len(branches) == 1 else _hang_group(child, rest, commit=commit)
        deepest = max(deepest, grown)
        if commit:
            _link(node, branch, child)
    if commit:
        node.deepest = deepest
    return _worst(width, deepest)


def _hang_group(child: _Node, rest: Rule, *, commit: bool) -> int:
    """The worst case at one branch of an any-of group. What follows a group is a path of its own."""
    deepest = max(child.deepest, 1 if rest else 0)
    width = child.width + 1
    if commit:
        child.groups_behind += 1
        child.deepest = deepest
    return _worst(width, deepest)


def _link(node: _Node, branch: _Branch, child: _Node) -> None:
    if branch not in node.branches:
        node.branches[branch] = child
        name, operator, _ = branch
        if operator == "==":
            node.equal_on.add(name)
        else:
            node.others += 1


def pack(rules: Iterable[Rule]) -> tuple[list[Shard], list[Rule]]:
    """Lay rules out in as few shards as the bounds allow; also those that fit in no shard at all.

    Rules that begin alike come together, because they share branches.
    """
    shards: list[Shard] = []
    unfit: list[Rule] = []
    for rule in sorted(rules, key=sort_key):
        if any(shard.take(rule) for shard in shards[-OPEN_SHARDS:]):
            continue
        fresh = Shard()
        if fresh.take(rule):
            shards.append(fresh)
        else:
            unfit.append(rule)
    return shards, unfit


def sort_key(rule: Rule) -> list[tuple[int, str, str, tuple[int, ...]]]:
    """Orders rules so that those that begin alike stand together."""
    return list(map(_step_key, rule))
