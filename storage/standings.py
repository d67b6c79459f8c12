"""Standings of promoters in the database: one row per review, append-only, and who takes part in reviews."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select

from engine.level.level_figures import Figures, basis_points
from engine.level.level_report import Reviewed
from engine.level_set import LevelSet
from engine.people.participants import LevelStanding, Participant
from storage.database import table_of
from storage.people_tables import StandingRow
from storage.tables import Promoter

_STANDING, _PROMOTER = table_of(StandingRow), table_of(Promoter)
_LOCK: Final = 4_873_102_558
"""Any fixed number: reviews take turns on PostgreSQL."""
_OF_PROMOTER: Final = (
    select(_STANDING).where(_STANDING.c.promoter == bindparam("promoter")).order_by(_STANDING.c.number.desc())
)
_FIGURES: Final = ("delivered_fen", "refunded_fen", "orders", "buyers", "repeat_buyers")


class PastReview(msgspec.Struct, frozen=True, kw_only=True):
    """One review as it was kept: what it looked at, what it did, and the standing it left."""

    level_set: str
    version: int
    period: str
    reviewed_at: datetime
    change: str
    standing: LevelStanding
    figures: Figures


def take_turns(connection: Connection) -> None:
    """Let reviews go one after the other. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def participants(connection: Connection, promoter: str | None = None) -> tuple[Participant, ...]:
    """Promoters as levels see them, each with the standing that the last review left; all, or one.

    Who belongs to a merchant has the levels of merchants.  Who was never reviewed stands on the level they came with.
    """
    review = _STANDING.alias("review")
    of_promoter = select(func.max(review.c.number)).where(review.c.promoter == _PROMOTER.c.id)
    last = of_promoter.correlate(_PROMOTER).scalar_subquery()
    columns = [_STANDING.c[name] for name in ("probation_left", "missed", "reviewed_until")]
    statement = (
        select(_PROMOTER, _STANDING.c.level.label("reviewed_level"), *columns)
        .select_from(_PROMOTER.outerjoin(_STANDING, _STANDING.c.number == last))
        .order_by(_PROMOTER.c.id)
    )
    if promoter is not None:
        statement = statement.where(_PROMOTER.c.id == promoter)
    return tuple(_participant(row) for row in connection.execute(statement))


def record_reviews(
    connection: Connection, level_set: LevelSet, reviewed: Iterable[Reviewed], reviewed_at: datetime
) -> int:
    """Append what reviews left, and say how many; those that looked at a period a second time leave nothing."""
    rows = [_row(level_set, one, reviewed_at) for one in reviewed if one.review.change != "reviewed_before"]
    if rows:
        connection.execute(insert(_STANDING), rows)
    return len(rows)


def past_reviews(connection: Connection, promoter: str) -> tuple[PastReview, ...]:
    """The reviews of a promoter, the newest first."""
    return tuple(
        PastReview(
            level_set=row.level_set,
            version=row.version,
            period=row.period,
            reviewed_at=row.reviewed_at,
            change=row.change,
            standing=LevelStanding(row.level, row.probation_left, row.missed, row.reviewed_until),
            figures=Figures(**{name: getattr(row, name) for name in _FIGURES}),
        )
        for row in connection.execute(_OF_PROMOTER, {"promoter": promoter})
    )


def _participant(row: Any) -> Participant:
    standing = None
    if row.reviewed_level is not None:
        standing = LevelStanding(row.reviewed_level, row.probation_left, row.missed, row.reviewed_until)
    elif row.level is not None:
        standing = LevelStanding(row.level)
    return Participant(
        id=row.id,
        title=row.title,
        type="individual" if row.merchant is None else "merchant",
        status=row.status,
        standing=standing,
        referrer=row.referrer,
        buyer=row.buyer,
        region=row.region,
    )


def _row(level_set: LevelSet, one: Reviewed, reviewed_at: datetime) -> dict[str, object]:
    after, figures = one.review.after, one.figures
    return {
        "promoter": one.participant.id,
        "level_set": level_set.header.name,
        "version": level_set.header.version,
        "period": one.review.period,
        "reviewed_until": after.reviewed_until,
        "reviewed_at": reviewed_at,
        "change": one.review.change,
        "level": after.level,
        "probation_left": after.probation_left,
        "missed": after.missed,
        **{name: getattr(figures, name) for name in _FIGURES},
        "repeat_rate_bp": basis_points(figures.repeat_rate),
        "refund_rate_bp": basis_points(figures.refund_rate),
    }
