"""The rules engine as one would use it at first: a flat fact with all facts of a line, asserted line by line.

No order part and line part, no value classes, nothing remembered: what `Network` saves is measured against this.
Conditions that durable-rules cannot hold safely are left out (the demo rules have none).
"""

import json
from collections.abc import Sequence

import durable_rules_engine

from engine.conditions import Condition
from engine.facts import facts_of
from engine.match.classes import Columns
from engine.match.factoring import Part, factor
from engine.match.shards import Rule, definition_of, in_order, pack
from engine.order import OrderEvent


class BareRules:
    """All conditions in flat networks; `match` answers with the bits that hold, per line."""

    def __init__(self, conditions: Sequence[Condition]) -> None:
        bits_of: dict[Part, int] = {}
        for index, condition in enumerate(conditions):
            for disjunct in factor(condition):
                for part in (order + line for order in disjunct.order for line in disjunct.line):
                    bits_of[part] = bits_of.get(part, 0) | 1 << index
        self._always = bits_of.pop((), 0)
        self._columns = Columns(bits_of, lambda _fact: 0)
        self._facts = [column.fact for column in self._columns.all]
        masks: dict[Rule, int] = {}
        for part, bits in bits_of.items():
            rule = in_order(self._columns.steps(part))
            if rule is not None:
                masks[rule] = masks.get(rule, 0) | bits
        shards, _ = pack(masks)
        self._shards: list[tuple[int, dict[str, int]]] = [
            (
                durable_rules_engine.create_ruleset(f"bare{at}", json.dumps(definition_of(shard))),
                {f"r{number}": masks[rule] for number, rule in enumerate(shard.rules)},
            )
            for at, shard in enumerate(shards)
        ]

    def match(self, event: OrderEvent) -> list[int]:
        """Per line the bits of the conditions that hold."""
        return [self.ask(fact) for fact in self.facts(event)]

    def facts(self, event: OrderEvent) -> list[str]:
        """Per line all facts as JSON."""
        return [self._fact(event, at) for at in range(len(event.lines))]

    def ask(self, fact: str) -> int:
        """Assert a fact, drain every match, retract it."""
        mask = self._always
        for handle, masks in self._shards:
            result, state = durable_rules_engine.assert_fact(handle, fact)
            if result:
                continue  # nothing matched
            match = durable_rules_engine.start_action_for_state(handle, state)[1]
            while match:
                mask |= masks[match[2 : match.index('"', 2)]]
                match = durable_rules_engine.complete_and_start_action(handle, state)
            durable_rules_engine.retract_fact(handle, fact)
        return mask

    def _fact(self, event: OrderEvent, at: int) -> str:
        value_of = facts_of(event, event.lines[at])
        codes = [column.encode(value_of(fact)) for column, fact in zip(self._columns.all, self._facts, strict=True)]
        return json.dumps(dict(zip(self._columns.properties, self._columns.spread(codes), strict=True)))
