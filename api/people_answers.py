"""What the service answers about promoters: bindings, their commissions, their way up. Amounts are fen.

Of a buyer a promoter sees no more than a masked id (PIPL, art. 6: the least that serves the purpose).
"""

from datetime import datetime
from typing import Literal

import msgspec

from api.book_answers import Figures, PeriodName, StatementEntry
from engine.level_set import Measure
from engine.people.binding import BindingPolicy


class BindingAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What a touch came to: whom the buyer is bound to at that instant, and until when.

    Under `first_holds` that can be a promoter who came before. `known`: it was told before, nothing changed.
    """

    buyer_id: str
    outcome: Literal["recorded", "known"]
    promoter_id: str | None
    since: datetime | None
    until: datetime | None


class TouchAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence. `bound_until`: the end of the binding it made; None if it made none."""

    promoter_id: str
    token: str
    source: str
    at: datetime
    window_days: int
    bound_until: datetime | None


class BindingHistory(msgspec.Struct, frozen=True, kw_only=True):
    """Every touch of a buyer, the earliest first, read by the policy that stands."""

    buyer_id: str
    policy: BindingPolicy
    touches: tuple[TouchAnswer, ...]


class OrderCommission(msgspec.Struct, frozen=True, kw_only=True):
    """What one order did to a promoter's money in a period. `amount_fen`: earned, less what refunds took back.

    `buyer` is masked.
    """

    order_id: str
    placed_at: datetime | None
    buyer: str
    amount_fen: int
    lines: tuple[StatementEntry, ...]


class Commissions(msgspec.Struct, frozen=True, kw_only=True):
    """A promoter's commissions of a period: the statement's figures, and every movement with its reason, by order.

    `other` moved without an order: dividends, adjustments, what was settled.
    """

    promoter_id: str
    title: str
    period: PeriodName
    closed: bool
    figures: Figures
    orders: tuple[OrderCommission, ...]
    other: tuple[StatementEntry, ...]


class LevelName(msgspec.Struct, frozen=True, kw_only=True):
    """A level, and what people call it."""

    id: str
    title: str
    title_en: str


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What a promoter's own delivered orders of a window come to. Rates in basis points, rounded down, if known."""

    delivered_fen: int
    refunded_fen: int
    sales_fen: int
    orders: int
    buyers: int
    repeat_buyers: int
    refund_rate_bp: int | None
    repeat_rate_bp: int | None


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One figure against what a level asks, in words."""

    measure: Measure
    holds: bool
    said: str
    said_en: str


class NextLevel(msgspec.Struct, frozen=True, kw_only=True):
    """The level above: each figure against what it asks, and the least that is missing; `said` is empty for nothing."""

    level: LevelName
    checks: tuple[CheckAnswer, ...]
    missing_sales_fen: int
    missing_orders: int
    missing_repeat_buyers: int
    beyond_reach: bool
    said: str
    said_en: str


class PastReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One review: the period it closed, what it did, the level it left."""

    period: str
    reviewed_at: datetime
    change: str
    level: str
    rule_set: str
    figures: Quality


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """Where a promoter stands, and what is missing for the next level and to keep this one.

    `figures` are those of the window so far, from `window_start` on; the review of `period` looks at them from
    `review_at` on.  `next` is None on the highest level; `to_keep` is empty when nothing is missing.
    """

    promoter_id: str
    title: str
    level: LevelName
    probation_left: int
    missed: int
    reviewed_until: datetime | None
    period: PeriodName
    window_start: datetime
    review_at: datetime
    figures: Quality
    to_keep: str
    to_keep_en: str
    next: NextLevel | None
    reviews: tuple[PastReviewAnswer, ...]


class ReviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One promoter's review: what it did, the level before and after, and why."""

    promoter_id: str
    title: str
    change: str
    before: str
    after: str
    figures: Quality
    why: tuple[str, ...]
    why_en: tuple[str, ...]


class RefusedReview(msgspec.Struct, frozen=True, kw_only=True):
    """A promoter whose review could not be made, and why."""

    promoter_id: str
    code: str
    message: str
    message_en: str


class ReviewsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The reviews of a closed period. `recorded`: how many are new; the others had been made before."""

    period: PeriodName
    recorded: int
    reviews: tuple[ReviewAnswer, ...]
    refused: tuple[RefusedReview, ...]
