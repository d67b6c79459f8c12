"""Which conditions hold for which line, through the rules engine.

A network is built once from all conditions that are live and never changes.  Conditions are factored
(`factoring.py`) into order parts and line parts; parts become flat rules over small integers (`classes.py`), laid out
together as facts ask for them (`partitions.py`) in shards that are proved safe (`shards.py`); an event is answered by
the AND of an order mask and line masks, which are remembered per value class.  Whatever the rules engine cannot take,
or fails at (`rules_engine.py`), is answered by the plain reading of `conditions.py`, so a match is never lost.  Of the
order parts, what they ask of the clock is answered apart.

What a network shares with an earlier one it takes over from it: the factored conditions and the loaded shards.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from operator import itemgetter, or_
from typing import TypeVar

from engine.conditions import Condition, FactValue, holds, leaf_holds
from engine.facts import facts_of, line_fact, order_fact
from engine.match.classes import Columns
from engine.match.factoring import Part, TooLarge, factor
from engine.match.partitions import partitions
from engine.match.readers import Codes, LineReader, OrderReader, reading_order
from engine.match.rules_engine import EngineFault, LoadedShard
from engine.match.shards import Rule, Shard, in_order, pack
from engine.order import Line, OrderEvent

CACHE_LIMIT = 32_768
"""Most masks remembered per cache; a full cache is emptied."""

_Key = TypeVar("_Key")
_FactOf = Callable[[str], FactValue]
_Rules = tuple[Rule, ...]
_Alternative = tuple[Sequence[Part], Sequence[Part], Sequence[Part]]
"""Holds when any of the clock parts, any of the other order parts and any of the line parts hold."""


class _Loaded:
    """Rules inside the rules engine, shared by all networks that lay out just these together."""

    def __init__(self, rules: _Rules) -> None:
        shards, unfit = pack(rules)
        self.unfit = [(rule, "it exceeds the bounds of the rules engine") for rule in unfit]
        self.shards: list[tuple[Shard, LoadedShard]] = []
        self._refused = False
        for shard in shards:
            try:
                self.shards.append((shard, LoadedShard(shard)))
            except EngineFault as fault:
                self.unfit += [(rule, f"the rules engine refused it: {fault}") for rule in shard.rules]
                self._refused = True

    @property
    def sound(self) -> bool:
        """Whether a further network may rely on it: nothing was refused or has failed."""
        return not self._refused and all(loaded.sound for _, loaded in self.shards)


class _Asked:
    """A loaded shard as one network asks it: where its properties stand, and the bits that its rules set."""

    def __init__(
        self, shard: Shard, loaded: LoadedShard, place_of: Mapping[str, int], plain_of: Mapping[Rule, tuple[Part, int]]
    ) -> None:
        pick = itemgetter(*map(place_of.__getitem__, loaded.properties))
        self._pick: Callable[[Codes], Codes] = pick if len(loaded.properties) > 1 else lambda values: (pick(values),)
        self._matching = loaded.matching
        self.plain = [plain_of[rule] for rule in shard.rules]

    def mask(self, values: Codes) -> int:
        """The bits of all rules that match these values of all properties. Raises `EngineFault`."""
        mask = 0
        for number in self._matching(self._pick(values)):
            mask |= self.plain[number][1]
        return mask


class _Half:
    """All parts of one half and the bits they set, answered by shards, or plainly where the rules engine cannot."""

    def __init__(self, bits_of: dict[Part, int], place: Callable[[str], int], earlier: "_Half | None") -> None:
        self._always = bits_of.get((), 0)
        parts = [part for part in bits_of if part]
        self.columns = Columns(parts, place)
        same: dict[Rule, list[Part]] = {}
        known = earlier.rule_of if earlier and not (earlier.columns.moved or self.columns.moved) else {}
        self.rule_of: dict[Part, Rule | None] = {
            part: known[part] if part in known else in_order(self.columns.steps(part)) for part in parts
        }
        """None where a part can never hold."""
        for part, rule in self.rule_of.items():
            if rule is not None:
                same.setdefault(rule, []).append(part)
        self.plain_of = {rule: (alike[0], _union(bits_of[part] for part in alike)) for rule, alike in same.items()}
        self.unfit: list[tuple[Rule, str]] = []
        self.loaded: dict[_Rules, _Loaded] = {}
        self._everywhere: list[_Asked] = []
        self._routes: dict[int, dict[int, list[_Asked]]] = {}
        """By the place of a property and its value: the shards that only such a fact can match in."""
        self._load(earlier.loaded if earlier else {})
        self._plainly_asked = [self.plain_of[rule] for rule, _ in self.unfit]
        self.faults: Counter[str] = Counter()

    def _load(self, earlier: Mapping[_Rules, _Loaded]) -> None:
        place_of = {name: place for place, name in enumerate(self.columns.properties)}
        for partition in partitions(list(self.plain_of)):
            loaded = earlier.get(partition.rules)
            if loaded is None or not loaded.sound:
                loaded = _Loaded(partition.rules)
            self.loaded[partition.rules] = loaded
            self.unfit += loaded.unfit
            asked = [_Asked(shard, inside, place_of, self.plain_of) for shard, inside in loaded.shards]
            if partition.guard is None:
                self._everywhere += asked
                continue
            routes = self._routes.setdefault(place_of[partition.guard], {})
            for value in partition.values():
                routes.setdefault(value, []).extend(asked)

    def mask(self, codes: Codes, fact: _FactOf) -> int:
        """The bits that hold for these codes; `fact` looks a fact up for what has to be read plainly."""
        mask = self._always | _plainly(self._plainly_asked, fact)
        values = self.columns.spread(codes)
        for asked in self._reached(values):
            try:
                mask |= asked.mask(values)
            except EngineFault as fault:
                self.faults[str(fault)] += 1
                mask |= _plainly(asked.plain, fact)
        return mask

    def _reached(self, values: Codes) -> list[_Asked]:
        """The shards that a rule can match in."""
        reached = self._everywhere.copy()
        for place, routes in self._routes.items():
            reached += routes.get(values[place], ())
        return reached

    def close(self) -> None:
        """Let go of the shards; what they answered is read plainly from now on."""
        self._plainly_asked = list(self.plain_of.values())
        self._everywhere, self._routes = [], {}
        self.loaded = {}


def _plainly(asked: Iterable[tuple[Part, int]], fact: _FactOf) -> int:
    return _union(mask for part, mask in asked if _part_holds(part, fact))


def _part_holds(part: Part, fact: _FactOf) -> bool:
    return all(leaf_holds(literal.test, fact(literal.test.fact)) is literal.wanted for literal in part)


def _union(masks: Iterable[int]) -> int:
    return reduce(or_, masks, 0)


class Network:
    """All live conditions, ready to be asked. Immutable, safe to share between threads; made once per live set.

    `warnings` names the conditions that the plain reading answers, by index, and says why.  Bit i of a mask is
    condition i; the masks of the halves use further bits for further disjuncts, which `match` folds back.
    """

    def __init__(self, conditions: Sequence[Condition], earlier: "Network | None" = None) -> None:
        """`earlier` is any network; what it shares with this one is taken over from it and not made again."""
        self._count = len(conditions)
        self._own = (1 << self._count) - 1
        self._plain: list[tuple[int, Condition]] = []
        self._owner: list[int] = []
        warnings: list[str] = []
        clock_bits: dict[Part, int] = {}
        order_bits: dict[Part, int] = {}
        line_bits: dict[Part, int] = {}
        self._factored: dict[Condition, list[_Alternative] | str] = {}
        """The alternatives of each condition, or why it has too many."""
        for index, condition in enumerate(conditions):
            alternatives = self._factored.get(condition)
            if alternatives is None:
                known = None if earlier is None else earlier._factored.get(condition)
                alternatives = self._factored[condition] = _alternatives(condition) if known is None else known
            if isinstance(alternatives, str):
                self._plain.append((1 << index, condition))
                warnings.append(f"condition {index} is read plainly: {alternatives}")
                continue
            for nth, (clock, order, line) in enumerate(alternatives):
                bit = 1 << (index if nth == 0 else self._further(index))
                for bits_of, parts in ((clock_bits, clock), (order_bits, order), (line_bits, line)):
                    for part in parts:
                        bits_of[part] = bits_of.get(part, 0) | bit
        self._clock: _Half = _Half(clock_bits, reading_order, earlier._clock if earlier else None)
        self._order: _Half = _Half(order_bits, reading_order, earlier._order if earlier else None)
        self._line: _Half = _Half(line_bits, lambda _fact: 0, earlier._line if earlier else None)
        self._read_clock, self._read_order = OrderReader(self._clock.columns), OrderReader(self._order.columns)
        self._read_line = LineReader(self._line.columns)
        self._clock_masks: dict[Codes, int] = {}
        self._order_masks: dict[Codes, int] = {}
        self._line_masks: dict[Codes, int] = {}
        self._raw_line = self._read_line.raw
        self._raw_line_masks: dict[object, int] = {}
        for half in (self._clock, self._order, self._line):
            warnings += [warning for rule, why in half.unfit for warning in self._warn(half.plain_of[rule][1], why)]
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
        """Let go of what the rules engine holds; garbage collection does it too. A closed network answers plainly."""
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
        for further in set_bits(mask >> self._count):
            folded |= 1 << self._owner[further]
        return folded

    def _warn(self, mask: int, why: str) -> list[str]:
        return [f"a part of condition {index} is read plainly: {why}" for index in set_bits(self._fold(mask))]

    def _add_plain(self, event: OrderEvent, masks: list[int]) -> None:
        for position, line in enumerate(event.lines):
            facts = facts_of(event, line)
            masks[position] |= _union(bit for bit, condition in self._plain if holds(condition, facts))


def _alternatives(condition: Condition) -> list[_Alternative] | str:
    try:
        disjuncts = factor(condition)
    except TooLarge as reason:
        return str(reason)
    return [(*asked, disjunct.line) for disjunct in disjuncts for asked in _clock_apart(disjunct.order)]


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


def set_bits(mask: int) -> list[int]:
    """Positions of the set bits, lowest first."""
    found = []
    while mask:  # from the top, so that the number left gets shorter
        highest = mask.bit_length() - 1
        found.append(highest)
        mask ^= 1 << highest
    found.reverse()
    return found


def _remember(cache: dict[_Key, int], key: _Key, mask: int) -> None:
    if len(cache) >= CACHE_LIMIT:
        cache.clear()
    cache[key] = mask
