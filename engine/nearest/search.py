"""Trying changes out: each is evaluated, purchases are made larger until they do and smaller while they still do."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from engine.live import LiveRules
from engine.nearest.change import BuyGoods, Change, Step, amount_of, apply_change, with_amount
from engine.nearest.standing import Standing
from engine.order import OrderEvent

MOST_UNITS = 1_000
MOST_FEN = 10_000_000
"""Purchases beyond these are no small change."""
MOST_TRIALS = 600
"""Evaluations spent on one rule before the search gives up."""

Steps = tuple[Step, ...]
GAVE_UP = Standing("gave_up")


class Trial:
    """Evaluates changes of one order, each once, within a bound; `stands` says how a rule stands on one."""

    def __init__(
        self,
        event: OrderEvent,
        stands: Callable[[OrderEvent, LiveRules], Standing],
        rules_at: Callable[[datetime], LiveRules],
        most: int = MOST_TRIALS,
    ) -> None:
        self.event = event
        self._most = most
        self._stands = stands
        self._rules_at = rules_at
        self._known: dict[bytes, Standing] = {}

    def standing(self, steps: Steps) -> Standing:
        """How the rule stands on the changed order, under the rules of its moment."""
        key = msgspec.json.encode(steps)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._most:
                return GAVE_UP
            event = apply_change(self.event, Change(steps))
            found = self._known[key] = self._stands(event, self._rules_at(event.placed_at))
        return found

    def codes(self) -> set[str]:
        """Every standing met so far, by code."""
        return {one.code for one in self._known.values()}

    def qualifies(self, steps: Steps) -> bool:
        return self.standing(steps).qualifies


def grown(trial: Trial, steps: Steps, at: int, hints: Iterable[int] = ()) -> Steps | None:
    """The steps with purchase `at` as large as it takes; None when no tried size does.

    Sizes are tried upwards: hints, each corrected by how far it came, then a few small ones and doublings.  The first
    that does is made smaller.
    """
    step = steps[at]
    by_fen = isinstance(step, BuyGoods) and step.by_fen
    most = MOST_FEN if by_fen else MOST_UNITS
    below = 0
    for hint in hints:
        tried, enough = _aimed(trial, steps, at, hint, most)
        if enough is not None:
            return _reduced(trial, steps, at, tried, enough)
    for size in _doublings(100, most) if by_fen else (*range(1, 7), *_doublings(8, most)):
        if trial.qualifies(_sized(steps, at, size)):
            return _reduced(trial, steps, at, below, size)
        below = size
    return None


def _aimed(trial: Trial, steps: Steps, at: int, size: int, most: int) -> tuple[int, int | None]:
    """A size that does, by correcting a guess with the distance that is left; and the last size that did not do."""
    below = 0
    missing = size
    while size <= most:
        found = trial.standing(_sized(steps, at, size))
        if found.qualifies:
            return below, size
        left = found.short_fen if found.short_fen is not None else found.short_units
        if left is None or left >= missing:
            break
        below, size = size, size + -(-left * (size - below) // (missing - left))
        missing = left
    return below, None


def shrunk(trial: Trial, steps: Steps) -> Steps:
    """Steps that do, without those that are not needed and with every purchase as small as still does."""
    at = 0
    while at < len(steps):
        without = (*steps[:at], *steps[at + 1 :])
        if without and trial.qualifies(without):
            steps, at = without, 0
            continue
        amount = amount_of(steps[at])
        if amount is not None and amount > 1 and trial.qualifies(_sized(steps, at, amount - 1)):
            steps, at = _reduced(trial, steps, at, 0, amount - 1), 0
            continue
        at += 1
    return steps


def is_least(trial: Trial, steps: Steps) -> bool:
    """Whether the steps do, and it has been seen that neither without one of them nor with one unit less they do."""
    smaller = [(*steps[:at], *steps[at + 1 :]) for at in range(len(steps))] if len(steps) > 1 else []
    for at, step in enumerate(steps):
        amount = amount_of(step)
        if amount is not None and amount > 1:
            smaller.append(_sized(steps, at, amount - 1))
    tried = [trial.standing(one) for one in smaller]
    return trial.qualifies(steps) and not any(one.qualifies or one is GAVE_UP for one in tried)


def _doublings(start: int, most: int) -> Iterable[int]:
    while start <= most:
        yield start
        start *= 2


def _sized(steps: Steps, at: int, size: int) -> Steps:
    return (*steps[:at], with_amount(steps[at], size), *steps[at + 1 :])


def _reduced(trial: Trial, steps: Steps, at: int, below: int, enough: int) -> Steps:
    """The purchase halved between a size that does not do and one that does, until they are neighbours."""
    if enough - below > 1 and not trial.qualifies(_sized(steps, at, enough - 1)):
        below = enough - 1  # hints are mostly exact
    while enough - below > 1:
        middle = (below + enough) // 2
        if trial.qualifies(_sized(steps, at, middle)):
            enough = middle
        else:
            below = middle
    return _sized(steps, at, enough)
