"""Who wins when benefits compete: components, and the best on/off choice inside each (clause P10)."""

from collections.abc import Callable, Sequence
from itertools import combinations

from engine.price.basket import Entry, Outcome, Reason

EXHAUSTIVE = 8
"""Up to so many competing benefits in a component, every on/off choice is tried."""

Evaluate = Callable[[tuple[Entry, ...]], Outcome | None]
"""Run the lane with these benefits on; None when the choice is pointless (one of them would get no line)."""


def choose(switchable: Sequence[Entry], evaluate: Evaluate) -> tuple[Outcome, dict[int, int]]:
    """The best outcome over on/off choices of benefits given in key order.

    The largest saving wins; of equal ones more extras, then fewer benefits, then lower keys.  Above `EXHAUSTIVE`
    benefits are tried one by one, by stand-alone saving, and kept when they help.  The second result says, by offer
    index, the largest saving of any choice tried that had this benefit on: how close a loser came.
    """
    best = evaluate(())
    assert best is not None
    saving_with: dict[int, int] = {}
    if len(switchable) > EXHAUSTIVE:
        return _choose_greedily(switchable, evaluate, best, saving_with), saving_with
    for size in range(1, len(switchable) + 1):
        for on in combinations(switchable, size):
            outcome = _tried(on, evaluate, saving_with)
            if outcome is not None and outcome.value > best.value:
                best = outcome
    return best, saving_with


def _tried(on: tuple[Entry, ...], evaluate: Evaluate, saving_with: dict[int, int]) -> Outcome | None:
    outcome = evaluate(on)
    if outcome is not None:
        for entry in on:
            index = entry.offer.index
            saving_with[index] = max(outcome.saving_fen, saving_with.get(index, 0))
    return outcome


def _choose_greedily(
    switchable: Sequence[Entry], evaluate: Evaluate, best: Outcome, saving_with: dict[int, int]
) -> Outcome:
    alone: list[tuple[int, int, int]] = []
    for at, entry in enumerate(switchable):
        outcome = _tried((entry,), evaluate, saving_with)
        alone.append((-outcome.saving_fen if outcome else 0, -outcome.extras if outcome else 0, at))
    on: list[int] = []
    for _, _, at in sorted(alone):
        tried = sorted([*on, at])
        outcome = _tried(tuple(switchable[i] for i in tried), evaluate, saving_with)
        if outcome is not None and outcome.value > best.value:
            best, on = outcome, tried
    return best


def components(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Entries that share a line, or the cap of one promotion, belong together; each component in key order."""
    owner: dict[object, int] = {}
    parent = list(range(len(entries)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for at, entry in enumerate(entries):
        shared: list[object] = list(entry.scope)
        if entry.promotion.capped:
            shared.append(("cap", entry.offer.promotion))
        for thing in shared:
            first = owner.setdefault(thing, at)
            parent[root(at)] = root(first)
    found: dict[int, list[Entry]] = {}
    for at, entry in enumerate(entries):
        found.setdefault(root(at), []).append(entry)
    return list(found.values())


def losing_reason(entry: Entry, outcome: Outcome, saving_with: dict[int, int]) -> Reason:
    """Why an entry of a lane gave nothing although it could: another won its lines, or there was no room."""
    if entry.offer.stacking == "combinable":
        return Reason("nothing_to_give")
    scope = set(entry.scope)
    saving = saving_with.get(entry.offer.index)
    worse_by = None if saving is None else outcome.saving_fen - saving
    for one in outcome.given:
        if any(part.line in scope and part.discount_fen for part in one.lines):
            return Reason("outcompeted", winner=one.entry.plan.ref, worse_by_fen=worse_by)
    return Reason("nothing_to_give")
