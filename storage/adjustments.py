"""Corrections by hand: proposals, and their approval, with which they enter the journal."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from engine.journal.order_news import AdjustmentEvent
from engine.journal.posting import Posted
from storage.database import table_of
from storage.journal import lock_journal, post_event
from storage.journal_tables import AdjustmentRow

_ADJUSTMENT = table_of(AdjustmentRow)


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """So many fen from an account to another, and why. Nothing moves before somebody else has approved it."""

    id: str
    source: str
    destination: str
    amount_fen: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None = None
    approved_at: datetime | None = None


def adjustments(connection: Connection) -> list[Adjustment]:
    """All of them, the newest proposal first."""
    statement = select(_ADJUSTMENT).order_by(_ADJUSTMENT.c.proposed_at.desc(), _ADJUSTMENT.c.id)
    return [Adjustment(**row._mapping) for row in connection.execute(statement)]


def adjustment(connection: Connection, adjustment_id: str) -> Adjustment | None:
    """One by its id; None if there is none."""
    row = connection.execute(select(_ADJUSTMENT).where(_ADJUSTMENT.c.id == adjustment_id)).one_or_none()
    return None if row is None else Adjustment(**row._mapping)


def propose_adjustment(connection: Connection, proposed: Adjustment) -> Adjustment:
    """Keep a proposal. What was proposed under its id before stays, and is answered instead."""
    lock_journal(connection)
    known = adjustment(connection, proposed.id)
    if known is None:
        connection.execute(insert(_ADJUSTMENT), msgspec.structs.asdict(proposed))
    return known or proposed


def approve_adjustment(connection: Connection, approved: Adjustment) -> Posted:
    """Post an adjustment that has been approved, and note by whom.

    Raises `EventRefused`, with nothing written, when the same person proposed it.
    """
    assert approved.approved_by is not None
    assert approved.approved_at is not None
    event = AdjustmentEvent(
        id=approved.id,
        at=approved.approved_at,
        source=approved.source,
        destination=approved.destination,
        amount_fen=approved.amount_fen,
        reason=approved.reason,
        proposed_by=approved.proposed_by,
        approved_by=approved.approved_by,
    )
    posted = post_event(connection, event, approved.approved_at)
    noted = _ADJUSTMENT.update().where(_ADJUSTMENT.c.id == approved.id)
    connection.execute(noted.values(approved_by=approved.approved_by, approved_at=approved.approved_at))
    return posted
