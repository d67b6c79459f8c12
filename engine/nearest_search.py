"""Trying changes out: each is evaluated, purchases are made larger until they do and smaller while they still do."""

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec

from engine.live import LiveRules
from engine.nearest_change import BuyGoods, Change, Step, amount_of, apply_change, with_amount
from engine.nearest_standing import Standing, standing
from engine.order import OrderEvent, RuleRef

MOST_UNITS = 1_000
MOST_FEN = 10_000_000
"""Purchases beyond these are no small change."""
MOST_TRIALS = 600
"""Evaluations spent on one rule before the search gives up."""

Steps = tuple[Step, ...]
GAVE_UP = Standing("gave_up")


class Trial:
    """Evaluates changes of one order for one rule, each once, within a bound."""

    def __init__(self, event: OrderEvent, ref: RuleRef, rules_at: Callable[[datetime], LiveRules]) -> None:
        self.event = event
        self._ref = ref
        self._rules_at = rules_at
        self._known: dict[bytes, Standing] = {}

    def standing(self, steps: Steps) -> Standing:
        """How the rule stands on the changed order, under the rules of its moment."""
        key = msgspec.json.encode(steps)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= MOST_TRIALS:
                return GAVE_UP
            event = apply_change(self.event, Change(steps))
            found = self._known[key] = standing(event, self._rules_at(event.placed_at), self._ref)
        return found

    def codes(self) -> set[str]:
        """Every standing met so far, by code."""
        return {one.code for one in self._known.values()}

    def qualifies(self, steps: Steps) -> bool:
        return self.standing(steps).qualifies


def grown(trial: Trial, steps: Steps, at: int, hints: Iterable[int] = ()) -> Steps | None:
    """The steps with purchase `at` as large as it takes; None when no tried size does.

    Sizes are tried upwards: hints, a few small ones, and doublings.  The first that does is then made smaller.
    """
    step = steps[at]
    by_fen = isinstance(step, BuyGoods) and step.by_fen
    most = MOST_FEN if by_fen else MOST_UNITS
    sizes = {*_doublings(100, most)} if by_fen else {1, 2, 3, 4, 5, 6, *_doublings(8, most)}
    below = 0
    for size in sorted(sizes | {hint for hint in hints if 0 < hint <= most}):
        if trial.qualifies(_sized(steps, at, size)):
            return _reduced(trial, steps, at, below, size)
        below = size
    return None


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
