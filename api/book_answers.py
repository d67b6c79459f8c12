"""What the service answers about money after the sale. Amounts are fen, instants carry an offset."""

from datetime import datetime
from typing import Literal

import msgspec

from api.answers import Movement


class Oddity(msgspec.Struct, frozen=True, kw_only=True):
    """Something odd about an order's events that changes no figure, such as goods received before they were shipped."""

    code: str
    event: str
    message: str
    message_en: str


class OrderState(msgspec.Struct, frozen=True, kw_only=True):
    """How an order stands by all its events.

    `received_fen` is what the buyer has paid, `value_fen` what what is left of the order costs, `given_back_fen` what
    the buyer gets back in all.  `release_at` is when its commissions may be settled, once it is received.
    """

    order_id: str
    status: str
    received_fen: int
    value_fen: int
    given_back_fen: int
    release_at: datetime | None
    oddities: tuple[Oddity, ...]


class EventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What an event came to. `waiting`: its order is not there yet; `known`: it was told before, nothing changed."""

    key: str
    outcome: Literal["posted", "waiting", "known"]
    order: OrderState | None
    movements: tuple[Movement, ...]


class PeriodName(msgspec.Struct, frozen=True, kw_only=True):
    """A period, half-open: `2026-10-A` from the first to the sixteenth of October."""

    period: str
    start: datetime
    end: datetime


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One payee's figures of a period; see `engine.settlement.Statement`."""

    payee: str
    pending_opening_fen: int
    accrued_fen: int
    reversed_fen: int
    released_fen: int
    pending_closing_fen: int
    opening_fen: int
    clawed_back_fen: int
    dividends_fen: int
    adjustments_fen: int
    closing_fen: int
    settled_fen: int
    carried_forward_fen: int


class StatementEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of a payee's money, and why. `order_id` and `rule` lead to its explanation."""

    part: str
    part_title: str
    part_title_en: str
    amount_fen: int
    at: datetime
    booked_at: datetime
    order_id: str | None
    rule: str | None
    why: str
    why_en: str


class StatementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One payee's statement of a period, with every movement. It may still change while the period is not `closed`."""

    period: PeriodName
    closed: bool
    figures: Figures
    lines: tuple[StatementEntry, ...]


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """A closed period with everybody's figures."""

    period: PeriodName
    statements: tuple[Figures, ...]


class SettlementList(msgspec.Struct, frozen=True, kw_only=True):
    """Closed periods, the newest first."""

    settlements: tuple[PeriodName, ...]


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """What closing came to: the periods that it closed, and how many orders it released on the way."""

    settlements: tuple[Settlement, ...]
    released: int


class AdjustmentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A correction by hand: `amount_fen` from `source` to `destination`. It stands once it is approved."""

    id: str
    source: str
    destination: str
    amount_fen: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None


class AdjustmentList(msgspec.Struct, frozen=True, kw_only=True):
    """Corrections by hand, the newest proposal first."""

    adjustments: tuple[AdjustmentAnswer, ...]
