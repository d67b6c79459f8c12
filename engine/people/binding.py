"""Which promoter a buyer is bound to: evidence kept in full, and the binding of an instant read off it.

The history of a buyer is an append-only list of touches (a link opened, a code scanned).  Nothing is ever overwritten:
the binding that stands at an instant is a pure function of the touches, so a dispute can be decided years later.
Windows are half-open and finite (docs/law.md): nobody is bound for life.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

BindingPolicy = Literal["first_holds", "last_wins"]
Source = Literal["share_card", "poster", "link", "live", "short_video", "group_share", "store_code", "manual"]

WINDOW_DAYS = 30
"""Length of a binding unless its rule says otherwise."""
MOST_WINDOW_DAYS = 365


class BindingRule(msgspec.Struct, frozen=True):
    """How bindings are decided. `policy` has no default: peers disagree on it, and it decides who earns.

    `first_holds`: a buyer who is bound stays so until the window ends; touches meanwhile change nothing and lengthen
    nothing.  `last_wins`: each touch binds anew.
    """

    policy: BindingPolicy
    window_days: int = WINDOW_DAYS


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence: by which token, when and where a buyer came to a promoter.

    `window_days` is what the rule said at that moment: changing the rule later does not change past bindings.
    """

    buyer: str
    promoter: str
    at: datetime
    token: str
    source: Source
    window_days: int = WINDOW_DAYS


class Binding(msgspec.Struct, frozen=True):
    """A touch that bound a buyer, and the first moment at which it no longer does."""

    touch: Touch
    until: datetime

    @property
    def promoter(self) -> str:
        return self.touch.promoter


def bindings(history: Iterable[Touch], buyer: str, policy: BindingPolicy) -> tuple[Binding, ...]:
    """Every binding of a buyer that the touches made, in order; those of one buyer never overlap.

    The order in which touches were written down does not matter, nor does one that was written twice.  Of touches at
    the same instant the lower token comes first.
    """
    made: list[Binding] = []
    for touch in sorted({one for one in history if one.buyer == buyer}, key=_turn):
        standing = made[-1] if made and touch.at < made[-1].until else None
        if standing is not None and policy == "first_holds":
            continue
        if standing is not None:
            made[-1] = Binding(standing.touch, touch.at)
        made.append(Binding(touch, touch.at + timedelta(days=touch.window_days)))
    return tuple(one for one in made if one.touch.at < one.until)


def _turn(touch: Touch) -> tuple[datetime, str, str, str, int]:
    return touch.at, touch.token, touch.promoter, touch.source, touch.window_days


def bound_at(history: Iterable[Touch], buyer: str, policy: BindingPolicy, at: datetime) -> Binding | None:
    """The binding of a buyer that stands at an instant; None when nobody has brought them."""
    known = (touch for touch in history if touch.at <= at)
    return next((one for one in bindings(known, buyer, policy) if one.touch.at <= at < one.until), None)


def self_bound(touch: Touch, accounts: Iterable[str | None]) -> bool:
    """Whether a touch would bind a promoter to themselves: by their id, or by an account they buy with."""
    return touch.buyer == touch.promoter or touch.buyer in accounts
