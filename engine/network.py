"""Which conditions hold for which line, through the rules engine; the only file that knows durable-rules.

A network is built once from all conditions that are live and never changes.  Conditions are factored
(`factoring.py`) into order parts and line parts; parts become flat rules over small integers (`classes.py`), laid out
in shards that are proved safe (`shards.py`); an event is answered by the AND of an order mask and line masks, which are
remembered per value class.  Whatever the rules engine cannot take, or fails at, is answered by the plain reading of
`conditions.py`, so a match is never lost.  Of the order parts, what they ask of the clock is answered apart.

How durable-rules is used, and why (tests/hazards shows each fault): only single flat facts, because joins corrupt its
memory; one fact at a time is asserted, drained to its last match and retracted, by one thread at a time; what once
failed or was interrupted is never called again, not even to be freed, because that can crash the process; a rule that
is matched once right after creation fills in the field without which a used state could not be freed.
"""

import json
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from operator import itemgetter, or_
from threading import Lock
from typing import TypeVar

import durable_rules_engine

from engine.classes import Columns
from engine.conditions import Condition, FactValue, holds, leaf_holds
from engine.factoring import Part, TooLarge, factor
from engine.facts import facts_of, line_fact, order_fact
from engine.order import Line, OrderEvent
from engine.readers import Codes, LineReader, OrderReader, reading_order
from engine.shards import PRIME, Rule, Shard, definition_of, in_order, pack

CACHE_LIMIT = 32_768
"""Most masks remembered per cache; a full cache is emptied."""

LOCK_SECONDS = 5.0
"""How long a thread waits for another one inside the rules engine, before it gives the engine up for good.

Nobody is inside for that long; but a process forked at the wrong moment inherits a lock that nobody will release.
"""

_STATE = "0"
_MATCHED, _NOT_MATCHED = 0, 1
_Key = TypeVar("_Key")
_FactOf = Callable[[str], FactValue]


class EngineFault(Exception):
    """The rules engine did not answer as it should. Never leaves this module."""


class _RuleSet:
    """One shard inside the rules engine. Raises `EngineFault` if it cannot be made."""

    def __init__(self, shard: Shard, rules: Sequence[Rule], masks: Sequence[int], properties: Sequence[str]) -> None:
        self._masks = {f"r{index}": masks[index] for index in shard.rules}
        used = list(shard.properties)
        self._fact = "{" + ",".join(f'"{name}":%d' for name in used) + "}"
        pick = itemgetter(*map(properties.index, used))
        self._pick: Callable[[Codes], Codes] = pick if len(used) > 1 else lambda values: (pick(values),)
        self._sound = True
        try:
            self._handle: int = durable_rules_engine.create_ruleset("fenrun", json.dumps(definition_of(shard, rules)))
        except (durable_rules_engine.error, MemoryError) as failure:
            raise EngineFault(str(failure)) from failure
        if self._matches(f'{{"{PRIME}":1}}') != [PRIME]:
            raise EngineFault("the priming rule did not match")

    def mask(self, values: Codes) -> int:
        """The masks of all rules that match these values of all properties. Raises `EngineFault`."""
        matched = self._matches(self._fact % self._pick(values))
        try:
            return _union(map(self._masks.__getitem__, matched))
        except KeyError as unknown:
            self._sound = False
            raise EngineFault(f"unknown rule {unknown}") from unknown

    def _matches(self, fact: str) -> list[str]:
        """Names of the rules that match a fact."""
        if not self._sound:
            raise EngineFault("closed, or failed before")
        self._sound = False  # until all is done: whatever interrupts leaves it so
        try:
            names = self._drain(fact)
        except (durable_rules_engine.error, MemoryError) as failure:
            raise EngineFault(str(failure)) from failure
        self._sound = True
        return names

    def _drain(self, fact: str) -> list[str]:
        result, state = durable_rules_engine.assert_fact(self._handle, fact)
        if result == _NOT_MATCHED:
            return []
        if result != _MATCHED:
            raise EngineFault(f"fact not taken, result {result}")
        names: list[str] = []
        started = durable_rules_engine.start_action_for_state(self._handle, state)
        match = started and started[1]
        while match:  # '{"NAME":{"m":{...'
            names.append(match[2:40].partition('"')[0])
            if len(names) > len(self._masks) + 1:
                raise EngineFault("more matches than rules")
            match = durable_rules_engine.complete_and_start_action(self._handle, state)
        if not names:
            raise EngineFault("a match that never came")
        durable_rules_engine.retract_fact(self._handle, fact)
        return names

    def dispose(self) -> None:
        """Free it, if it is sound; it is not called again either way."""
        if self._sound:
            self._sound = False
            durable_rules_engine.delete_state(self._handle, _STATE)
            durable_rules_engine.delete_ruleset(self._handle)


class _Half:
    """All parts of one half and the bits they set, answered by shards, or plainly where the rules engine cannot."""

    def __init__(self, bits_of: dict[Part, int], place: Callable[[str], int]) -> None:
        self._always = bits_of.get((), 0)
        parts = [part for part in bits_of if part]
        self.columns = Columns(parts, place)
        same: dict[Rule, list[Part]] = {}
        for part in parts:
            rule = in_order(self.columns.steps(part))
            if rule is not None:
                same.setdefault(rule, []).append(part)
        rules = list(same)
        masks = [_union(bits_of[part] for part in alike) for alike in same.values()]
        self._plain_of = [(alike[0], mask) for alike, mask in zip(same.values(), masks, strict=True)]
        shards, unfit = pack(rules)
        self.unfit = [(index, "it exceeds the bounds of the rules engine") for index in unfit]
        self._shards: list[tuple[Shard, _RuleSet]] = []
        for shard in shards:
            try:
                self._shards.append((shard, _RuleSet(shard, rules, masks, self.columns.properties)))
            except EngineFault as fault:
                self.unfit += [(index, f"the rules engine refused it: {fault}") for index in shard.rules]
        self.faults: Counter[str] = Counter()
        self._lock = Lock()
        self._stuck = False
        self.free = partial(_dispose, [rule_set for _, rule_set in self._shards])

    def mask(self, codes: Codes, fact: _FactOf) -> int:
        """The bits that hold for these codes; `fact` looks a fact up for what has to be read plainly."""
        mask = self._always | self._plainly((index for index, _ in self.unfit), fact)
        if not self._shards:
            return mask
        if not self._enter():
            return mask | self._plainly(range(len(self._plain_of)), fact)
        try:
            values = self.columns.spread(codes)
            for shard, rule_set in self._shards:
                try:
                    mask |= rule_set.mask(values)
                except EngineFault as fault:
                    self._record(str(fault))
                    mask |= self._plainly(shard.rules, fact)
        finally:
            self._lock.release()
        return mask

    def close(self) -> None:
        """Free the shards, unless another thread is stuck in them."""
        if self._enter():
            try:
                self.free()
            finally:
                self._lock.release()

    def masks_of(self, index: int) -> int:
        """The bits of a rule."""
        return self._plain_of[index][1]

    def _enter(self) -> bool:
        """Take the lock; False once that has failed."""
        if not self._stuck and not self._lock.acquire(timeout=LOCK_SECONDS):
            self._stuck = True
            self._record("another thread stayed inside")
        return not self._stuck

    def _record(self, fault: str) -> None:
        self.faults[fault] += 1

    def _plainly(self, rules: Iterable[int], fact: _FactOf) -> int:
        return _union(mask for part, mask in map(self._plain_of.__getitem__, rules) if _part_holds(part, fact))


def _part_holds(part: Part, fact: _FactOf) -> bool:
    return all(leaf_holds(literal.test, fact(literal.test.fact)) is literal.wanted for literal in part)


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


def _dispose(rule_sets: Sequence[_RuleSet]) -> None:
    for rule_set in rule_sets:
        rule_set.dispose()


class Network:
    """All live conditions, ready to be asked. Immutable, safe to share between threads; made once per live set.

    `warnings` names the conditions that the plain reading answers, by index, and says why.  Bit i of a mask is
    condition i; the masks of the halves use further bits for further disjuncts, which `match` folds back.
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._count = len(conditions)
        self._own = (1 << self._count) - 1
        self._plain: list[tuple[int, Condition]] = []
        self._owner: list[int] = []
        warnings: list[str] = []
        clock_bits: dict[Part, int] = {}
        order_bits: dict[Part, int] = {}
        line_bits: dict[Part, int] = {}
        for index, condition in enumerate(conditions):
            try:
                disjuncts = factor(condition)
            except TooLarge as reason:
                self._plain.append((1 << index, condition))
                warnings.append(f"condition {index} is read plainly: {reason}")
                continue
            alternatives = [(*asked, disjunct.line) for disjunct in disjuncts for asked in _clock_apart(disjunct.order)]
            for nth, (clock, order, line) in enumerate(alternatives):
                bit = 1 << (index if nth == 0 else self._further(index))
                for bits_of, parts in ((clock_bits, clock), (order_bits, order), (line_bits, line)):
                    for part in parts:
                        bits_of[part] = bits_of.get(part, 0) | bit
        self._clock, self._order = _Half(clock_bits, reading_order), _Half(order_bits, reading_order)
        self._line = _Half(line_bits, lambda _fact: 0)
        self._read_clock, self._read_order = OrderReader(self._clock.columns), OrderReader(self._order.columns)
        self._read_line = LineReader(self._line.columns)
        self._clock_masks: dict[Codes, int] = {}
        self._order_masks: dict[Codes, int] = {}
        self._line_masks: dict[Codes, int] = {}
        self._raw_line = self._read_line.raw
        self._raw_line_masks: dict[object, int] = {}
        for half in (self._clock, self._order, self._line):
            warnings += [warning for index, why in half.unfit for warning in self._warn(half.masks_of(index), why)]
            weakref.finalize(self, half.free).atexit = False
        self.warnings = tuple(warnings)

    @property
    def faults(self) -> dict[str, int]:
        """What the rules engine failed at since creation, and how often; each time the plain reading answered."""
        return dict(self._clock.faults + self._order.faults + self._line.faults)

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
        mask = _ask(self._order, self._read_order, self._order_masks, event)
        if self._clock.columns.all:
            mask &= _ask(self._clock, self._read_clock, self._clock_masks, event)
        return mask

    def line_mask(self, line: Line) -> int:
        """Bits of the disjuncts whose line half holds. Conditions read plainly have no bit."""
        mask = self._raw_line_masks.get(self._raw_line(line))
        return self._new_line(line) if mask is None else mask

    def close(self) -> None:
        """Free what the rules engine holds; garbage collection does it too. A closed network answers plainly."""
        for half in (self._clock, self._order, self._line):
            half.close()

    def _new_line(self, line: Line) -> int:
        codes = self._read_line.codes(line)
        mask = self._line_masks.get(codes)
        if mask is None:
            mask = self._line.mask(codes, partial(line_fact, line))
            _remember(self._line_masks, codes, mask)
        _remember(self._raw_line_masks, self._raw_line(line), mask)
        return mask

    def _further(self, condition: int) -> int:
        self._owner.append(condition)
        return self._count + len(self._owner) - 1

    def _fold(self, mask: int) -> int:
        """Move the bits of further disjuncts to the conditions they belong to."""
        folded = mask & self._own
        for further in _bits(mask >> self._count):
            folded |= 1 << self._owner[further]
        return folded

    def _warn(self, mask: int, why: str) -> list[str]:
        return [f"a part of condition {index} is read plainly: {why}" for index in _bits(self._fold(mask))]

    def _add_plain(self, event: OrderEvent, masks: list[int]) -> None:
        for position, line in enumerate(event.lines):
            facts = facts_of(event, line)
            masks[position] |= _union(bit for bit, condition in self._plain if holds(condition, facts))


def _clock_apart(parts: Sequence[Part]) -> list[tuple[Sequence[Part], Sequence[Part]]]:
    """Order parts as pairs (clock parts, other parts) of which one must hold in both: any of these and any of those.

    Moments and people repeat, but seldom the same pairs of them: asked apart, each is soon remembered.
    """
    apart = [
        (
            tuple(literal for literal in part if literal.test.fact.startswith("clock.")),
            tuple(literal for literal in part if not literal.test.fact.startswith("clock.")),
        )
        for part in parts
    ]
    clock, others = dict.fromkeys(one for one, _ in apart), dict.fromkeys(other for _, other in apart)
    if len(set(apart)) == len(clock) * len(others):
        return [(list(clock), list(others))]
    return [((one,), (other,)) for one, other in apart]


def _ask(half: _Half, reader: OrderReader, known: dict[Codes, int], event: OrderEvent) -> int:
    codes = reader.codes(event)
    mask = known.get(codes)
    if mask is None:
        mask = half.mask(codes, partial(order_fact, event))
        _remember(known, codes, mask)
    return mask


def _bits(mask: int) -> list[int]:
    """Positions of the set bits."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def _remember(cache: dict[_Key, int], key: _Key, mask: int) -> None:
    if len(cache) >= CACHE_LIMIT:
        cache.clear()
    cache[key] = mask
