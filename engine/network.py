"""Which conditions hold for which line, through the rules engine; the only file that knows durable-rules.

A network is built once from all conditions that are live and never changes.  Conditions are factored
(`factoring.py`) into order parts and line parts; parts become flat rules over small integers (`classes.py`), laid out
in shards that are proved safe (`shards.py`); an event is answered by the AND of an order mask and line masks, which are
remembered per value class.  Whatever the rules engine cannot take, or fails at, is answered by the plain reading of
`conditions.py`, so a match is never lost.

How durable-rules is used, and why: single flat facts only; one fact at a time is asserted, drained to the end and
retracted; one thread at a time per network; nothing is asked of a rule set that once failed or was interrupted.  A rule
that is matched once right after creation lets the state be freed at the end.  docs/decisions has the measured reasons.
"""

import json
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from operator import itemgetter, or_
from threading import Lock
from typing import TypeVar

import durable_rules_engine

from engine.classes import Columns, Step
from engine.conditions import Condition, FactValue, holds, test_holds
from engine.factoring import Part, TooLarge, factor
from engine.facts import facts_of, line_fact, order_fact
from engine.order import Line, OrderEvent
from engine.readers import Codes, LineReader, OrderReader, reading_order
from engine.shards import Rule, Shard, in_order, pack

CACHE_LIMIT = 65_536
"""Most masks remembered per cache; a full cache is emptied."""

LOCK_SECONDS = 5.0
"""How long a thread waits for another one inside the rules engine before it reads plainly."""

MAX_FAULTS = 100
"""Most faults kept for the record."""

_Key = TypeVar("_Key")
_PRIME = "prime"
_STATE = "0"
_NOT_MATCHED = 1


class RulesEngineFault(Exception):
    """The rules engine did not answer as it should."""


class _RuleSet:
    """One shard inside the rules engine: rules named by their position, and the mask each stands for."""

    def __init__(self, shard: Shard, rules: Sequence[Rule], masks: Sequence[int], properties: Sequence[str]) -> None:
        self._masks = {f"r{index}": masks[index] for index in shard.rules}
        used = list(shard.properties)
        self._text = "{" + ",".join(f'"{name}":%d' for name in used) + "}"
        pick = itemgetter(*(properties.index(name) for name in used))
        self._pick: Callable[[Codes], Codes] = pick if len(used) > 1 else lambda values: (pick(values),)
        definition = {f"r{index}": {"all": [{"m": _condition(rules[index])}]} for index in shard.rules}
        definition[_PRIME] = {"all": [{"m": {"kind": 1}}]}
        self._handle: int = durable_rules_engine.create_ruleset("fenrun", json.dumps(definition))
        self._sound = True
        if self._drained('{"kind":1}') != [_PRIME]:
            raise RulesEngineFault("the network did not start")

    def mask(self, values: Codes) -> int:
        """The masks of all rules that match these property values. Raises `RulesEngineFault`."""
        mask = 0
        for name in self._drained(self._text % self._pick(values)):
            if name not in self._masks:
                raise RulesEngineFault(f"unknown rule {name}")
            mask |= self._masks[name]
        return mask

    def _drained(self, fact: str) -> list[str]:
        """Names of the rules that match a fact: assert, complete every match, retract."""
        if not self._sound:
            raise RulesEngineFault("this network failed before")
        self._sound = False  # until all is done: whatever interrupts here leaves it so
        try:
            names = self._matches(fact)
        except (durable_rules_engine.error, MemoryError) as failure:
            raise RulesEngineFault(str(failure)) from failure
        self._sound = True
        return names

    def _matches(self, fact: str) -> list[str]:
        result, state = durable_rules_engine.assert_fact(self._handle, fact)
        if result == _NOT_MATCHED:
            return []
        if result:
            raise RulesEngineFault(f"fact not taken, result {result}")
        names: list[str] = []
        found = durable_rules_engine.start_action_for_state(self._handle, state)
        text = found and found[1]
        while text:
            if len(names) > len(self._masks):
                raise RulesEngineFault("more matches than rules")
            names.append(text[2 : text.index('"', 2)])
            text = durable_rules_engine.complete_and_start_action(self._handle, state)
        durable_rules_engine.retract_fact(self._handle, fact)
        return names

    def dispose(self) -> None:
        """Free the network. One that failed is left alone: freeing a half-walked state can crash the process."""
        if self._sound:
            self._sound = False
            durable_rules_engine.delete_state(self._handle, _STATE)
            durable_rules_engine.delete_ruleset(self._handle)


class _Half:
    """All parts of one half: which bits they set, answered by shards, or plainly where a shard cannot."""

    def __init__(self, bits_of: dict[Part, int], place: Callable[[str], int]) -> None:
        self.always = bits_of.get((), 0)
        parts = [part for part in bits_of if part]
        self.columns = Columns(parts, place)
        same: dict[Rule, list[Part]] = {}
        for part in parts:
            same.setdefault(in_order(self.columns.steps(part)), []).append(part)
        rules = list(same)
        masks = [_union(bits_of[part] for part in alike) for alike in same.values()]
        self._plain_of = [(alike[0], mask) for alike, mask in zip(same.values(), masks, strict=True)]
        self.shards, self.unfit = pack(rules)
        self.rule_sets = [_RuleSet(shard, rules, masks, self.columns.properties) for shard in self.shards]

    def mask(self, codes: Codes, fact: Callable[[str], FactValue], lock: Lock, report: Callable[[str], None]) -> int:
        """The bits that hold for these codes; `fact` looks a fact up for what has to be read plainly."""
        mask = self.always | self._plainly(self.unfit, fact)
        if not self.rule_sets:
            return mask
        values = self.columns.spread(codes)
        if not lock.acquire(timeout=LOCK_SECONDS):
            report("the rules engine stayed busy")
            return mask | self._plainly(range(len(self._plain_of)), fact)
        try:
            for shard, rule_set in zip(self.shards, self.rule_sets, strict=True):
                try:
                    mask |= rule_set.mask(values)
                except RulesEngineFault as fault:
                    report(str(fault))
                    mask |= self._plainly(shard.rules, fact)
        finally:
            lock.release()
        return mask

    def _plainly(self, rules: Sequence[int], fact: Callable[[str], FactValue]) -> int:
        return _union(mask for part, mask in map(self._plain_of.__getitem__, rules) if _part_holds(part, fact))


def _part_holds(part: Part, fact: Callable[[str], FactValue]) -> bool:
    return all(test_holds(literal.test, fact(literal.test.fact)) is literal.wanted for literal in part)


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def _condition(rule: Rule) -> dict[str, object]:
    """A rule as durable-rules reads it: one key per object, equality without an operator."""
    steps = [_comparison(step) for step in rule]
    return steps[0] if len(steps) == 1 else {"$and": steps}


_OPERATORS = {"!=": "$neq", ">=": "$gte", "<": "$lt"}


def _comparison(step: Step) -> dict[str, object]:
    if step.operator != "==":
        return {_OPERATORS[step.operator]: {step.property: step.values[0]}}
    choices: list[dict[str, object]] = [{step.property: value} for value in step.values]
    return choices[0] if len(choices) == 1 else {"$or": choices}


def _free(rule_sets: Sequence[_RuleSet]) -> None:
    for rule_set in rule_sets:
        rule_set.dispose()


class Network:
    """All live conditions, ready to be asked. Immutable, safe to share between threads; made once per live set.

    `warnings` names the conditions that the plain reading answers and says why.  Masks count bits from condition 0;
    the halves use further bits for further disjuncts, which `match` folds back.
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._count = len(conditions)
        self._plain: list[tuple[int, Condition]] = []
        self._owner: list[int] = []
        warnings: list[str] = []
        order_bits: dict[Part, int] = {}
        line_bits: dict[Part, int] = {}
        for index, condition in enumerate(conditions):
            try:
                disjuncts = factor(condition)
            except TooLarge as reason:
                self._plain.append((1 << index, condition))
                warnings.append(f"condition {index} is read plainly: its factored form is too large ({reason})")
                continue
            for nth, disjunct in enumerate(disjuncts):
                bit = 1 << (index if nth == 0 else self._further(index))
                for part in disjunct.order:
                    order_bits[part] = order_bits.get(part, 0) | bit
                for part in disjunct.line:
                    line_bits[part] = line_bits.get(part, 0) | bit
        self._own = (1 << self._count) - 1
        self._order, self._line = _Half(order_bits, reading_order), _Half(line_bits, lambda _fact: 0)
        self._read_order, self._read_line = OrderReader(self._order.columns), LineReader(self._line.columns)
        self._raw_line = self._read_line.raw
        self._order_masks: dict[Codes, int] = {}
        self._line_masks: dict[Codes, int] = {}
        self._raw_line_masks: dict[object, int] = {}
        self._faults: list[str] = []
        self._lock = Lock()
        self.warnings = tuple(warnings)
        self._finalizer = weakref.finalize(self, _free, [*self._order.rule_sets, *self._line.rule_sets])
        self._finalizer.atexit = False

    @property
    def faults(self) -> tuple[str, ...]:
        """What the rules engine failed at since creation (the first hundred); each was answered plainly."""
        return tuple(self._faults)

    def match(self, event: OrderEvent) -> list[int]:
        """Per line of the event a mask: bit i is set exactly when `conditions[i]` holds for that line."""
        order = self.order_mask(event)
        read, known, own = self._raw_line, self._raw_line_masks, self._own
        masks = []
        for line in event.lines:
            mask = known.get(read(line))
            mask = order & (self._new_line(line) if mask is None else mask)
            masks.append(mask if mask <= own else self._fold(mask))
        if self._plain:
            self._add_plain(event, masks)
        return masks

    def order_mask(self, event: OrderEvent) -> int:
        """Bits of the disjuncts whose order half holds. Conditions read plainly have no bit."""
        codes = self._read_order.codes(event)
        mask = self._order_masks.get(codes)
        if mask is None:
            mask = self._order.mask(codes, partial(order_fact, event), self._lock, self._report)
            _remember(self._order_masks, codes, mask)
        return mask

    def line_mask(self, line: Line) -> int:
        """Bits of the disjuncts whose line half holds. Conditions read plainly have no bit."""
        mask = self._raw_line_masks.get(self._raw_line(line))
        return self._new_line(line) if mask is None else mask

    def _new_line(self, line: Line) -> int:
        codes = self._read_line.codes(line)
        mask = self._line_masks.get(codes)
        if mask is None:
            mask = self._line.mask(codes, partial(line_fact, line), self._lock, self._report)
            _remember(self._line_masks, codes, mask)
        _remember(self._raw_line_masks, self._raw_line(line), mask)
        return mask

    def close(self) -> None:
        """Free what the rules engine holds, once. A closed network still answers, by the plain reading."""
        with self._lock:
            self._finalizer()

    def _further(self, condition: int) -> int:
        self._owner.append(condition)
        return self._count + len(self._owner) - 1

    def _fold(self, mask: int) -> int:
        """Move the bits of further disjuncts to the conditions they belong to."""
        folded, further = mask & self._own, mask >> self._count
        while further:
            lowest = further & -further
            folded |= 1 << self._owner[lowest.bit_length() - 1]
            further ^= lowest
        return folded

    def _add_plain(self, event: OrderEvent, masks: list[int]) -> None:
        for position, line in enumerate(event.lines):
            facts = facts_of(event, line)
            masks[position] |= _union(bit for bit, condition in self._plain if holds(condition, facts))

    def _report(self, fault: str) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(fault)


def _remember(cache: dict[_Key, int], key: _Key, mask: int) -> None:
    if len(cache) >= CACHE_LIMIT:
        cache.clear()
    cache[key] = mask
