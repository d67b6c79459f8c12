"""The rules of one shard inside the rules engine; the only file that knows durable-rules.

How it is used, and why (tests/hazards shows each fault): only single flat facts, because joins corrupt its memory; one
fact at a time is asserted, drained to its last match and retracted, by one thread at a time; what once failed or was
interrupted is never called again, not even to be freed, because that can crash the process; a rule that is matched once
right after creation fills in the field without which a used state could not be freed.
"""

import json
import weakref
from threading import Lock

import durable_rules_engine

from engine.match.shards import PRIME, Shard, definition_of

LOCK_SECONDS = 5.0
"""How long a thread waits for another one inside the rules engine, before it gives these rules up for good.

Nobody is inside for that long; but a process forked at the wrong moment inherits a lock that nobody will release.
"""

_STATE = "0"
_MATCHED, _NOT_MATCHED = 0, 1


class EngineFault(Exception):
    """The rules engine did not answer as it should."""


class _Handle:
    """What the rules engine knows the rules by. `sound` until something fails; nobody asks or frees it after that."""

    __slots__ = ("abandoned", "lock", "number", "sound")

    def __init__(self, number: int) -> None:
        self.number = number
        self.sound = True
        self.abandoned = False
        self.lock = Lock()

    def free(self) -> None:
        """Free the rules, if they are sound; the rules engine does not hear of them again either way."""
        if self.sound and not self.abandoned:
            self.sound = False
            durable_rules_engine.delete_state(self.number, _STATE)
            durable_rules_engine.delete_ruleset(self.number)


class LoadedShard:
    """One shard inside the rules engine; freed with the last reference to it. Raises `EngineFault` if it is refused."""

    def __init__(self, shard: Shard) -> None:
        self.properties = tuple(shard.properties)
        """What a fact must have, in this order."""
        self._fact = "{" + ",".join(f'"{name}":%d' for name in self.properties) + "}"
        self._number_of = {f"r{number}": number for number in range(len(shard.rules))}
        try:
            number = durable_rules_engine.create_ruleset("fenrun", json.dumps(definition_of(shard)))
        except (durable_rules_engine.error, MemoryError) as failure:
            raise EngineFault(str(failure)) from failure
        self._handle = _Handle(number)
        weakref.finalize(self, self._handle.free).atexit = False
        if self._matches(f'{{"{PRIME}":1}}') != [PRIME]:
            self._handle.sound = False
            raise EngineFault("the priming rule did not match")

    @property
    def sound(self) -> bool:
        """Whether it can be asked; a thread that is inside right now does not count against it."""
        return not self._handle.abandoned and (self._handle.sound or self._handle.lock.locked())

    def matching(self, values: tuple[int, ...]) -> list[int]:
        """Positions in the shard of all rules that match these values of its properties. Raises `EngineFault`."""
        handle = self._handle
        if handle.abandoned or not handle.lock.acquire(timeout=LOCK_SECONDS):
            handle.abandoned = True
            raise EngineFault("another thread stayed inside")
        try:
            return list(map(self._number_of.__getitem__, self._matches(self._fact % values)))
        except KeyError as unknown:
            handle.sound = False
            raise EngineFault(f"unknown rule {unknown}") from unknown
        finally:
            handle.lock.release()

    def _matches(self, fact: str) -> list[str]:
        """Names of the rules that match a fact."""
        handle = self._handle
        if not handle.sound:
            raise EngineFault("failed before")
        handle.sound = False  # until all is done: whatever interrupts leaves it so
        try:
            names = self._drain(fact)
        except (durable_rules_engine.error, MemoryError) as failure:
            raise EngineFault(str(failure)) from failure
        handle.sound = True
        return names

    def _drain(self, fact: str) -> list[str]:
        number = self._handle.number
        result, state = durable_rules_engine.assert_fact(number, fact)
        if result == _NOT_MATCHED:
            return []
        if result != _MATCHED:
            raise EngineFault(f"fact not taken, result {result}")
        names: list[str] = []
        started = durable_rules_engine.start_action_for_state(number, state)
        match = started and started[1]
        while match:  # '{"NAME":{"m":{...'
            names.append(match[2:40].partition('"')[0])
            if len(names) > len(self._number_of) + 1:
                raise EngineFault("more matches than rules")
            match = durable_rules_engine.complete_and_start_action(number, state)
        if not names:
            raise EngineFault("a match that never came")
        durable_rules_engine.retract_fact(number, fact)
        return names
