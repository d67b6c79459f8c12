"""The review of a promoter's level: one pure step from a standing and figures to the next standing, every reason told.

A period is reviewed once: the same period again changes nothing, and a run of periods is a fold of single reviews.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from engine.errors import FenrunError
from engine.level.level_figures import Figures
from engine.level_set import LevelSet, Measure, Requirement
from engine.money import Rate
from engine.people.participants import LevelStanding
from engine.period import Period, period_of

Change = Literal["promoted", "kept", "on_probation", "in_grace", "demoted", "reviewed_before"]

_INSTANT = timedelta(microseconds=1)


class ReviewRefused(FenrunError):
    """A review that cannot be made; `code` is stable, the messages say why."""

    def __init__(self, code: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_en)


class Check(msgspec.Struct, frozen=True):
    """One measure against what a level asks of it. `now` is None where the figure is unknown."""

    level: str
    purpose: Literal["reach", "keep"]
    measure: Measure
    now: int | Rate | None
    bound: int | Rate
    holds: bool


class Review(msgspec.Struct, frozen=True):
    """What a review did: the standing before and after, and every check that decided it."""

    period: str
    before: LevelStanding
    after: LevelStanding
    change: Change
    checks: tuple[Check, ...] = ()


def starting(level_set: LevelSet) -> LevelStanding:
    """Where everybody starts: the lowest level."""
    return LevelStanding(level_set.levels[0].id)


def window_of(level_set: LevelSet, period: Period) -> tuple[datetime, datetime]:
    """First and last (exclusive) instant of the closed periods that a review of `period` looks at."""
    start = period.start
    for _ in range(level_set.window - 1):
        start = period_of(level_set.period, start - _INSTANT).start
    return start, period.end


def due_at(level_set: LevelSet, period: Period) -> datetime:
    """From when on a period can be reviewed; refunds before this instant count."""
    return period.end + timedelta(days=level_set.review_after_days)


def figure(figures: Figures, measure: Measure) -> int | Rate | None:
    """The figure of a measure."""
    match measure:
        case "sales":
            return figures.sales_fen
        case "orders":
            return figures.orders
        case "refund_rate":
            return figures.refund_rate
        case "repeat_rate":
            return figures.repeat_rate


def meets(requirement: Requirement, figures: Figures) -> bool:
    """Whether figures meet all that is asked; an unknown figure meets nothing."""
    return all(_holds(measure, requirement, figures) for measure in requirement.asks())


def _holds(measure: Measure, requirement: Requirement, figures: Figures) -> bool:
    now, bound = figure(figures, measure), requirement.bound(measure)
    if isinstance(now, Rate) and isinstance(bound, Rate):
        below = bound.num * now.den - now.num * bound.den
        return below >= 0 if measure == "refund_rate" else below <= 0
    return isinstance(now, int) and isinstance(bound, int) and now >= bound


def checks(level_set: LevelSet, rank: int, purpose: Literal["reach", "keep"], figures: Figures) -> tuple[Check, ...]:
    """Every measure that a level asks of, against the figures."""
    level = level_set.levels[rank]
    requirement = level.reach if purpose == "reach" else level.keep
    found: list[Check] = []
    for measure in requirement.asks():
        bound = requirement.bound(measure)
        assert bound is not None
        holds = _holds(measure, requirement, figures)
        found.append(Check(level.id, purpose, measure, figure(figures, measure), bound, holds))
    return tuple(found)


def review(level_set: LevelSet, standing: LevelStanding, figures: Figures, period: Period) -> Review:
    """The review of one closed period; figures are those of `window_of`.

    A period up to which somebody was reviewed already changes nothing.  Raises `ReviewRefused` for a level that the set
    does not know, a period of another kind, and a period that would skip one.
    """
    rank = _rank(level_set, standing, period)
    if standing.reviewed_until is not None and period.end <= standing.reviewed_until:
        return Review(period.label, standing, standing, "reviewed_before")
    top = _reached(level_set, rank, figures)
    if top > rank:
        told = checks(level_set, top, "reach", figures)
        return _to(level_set, standing, period, "promoted", top, told, probation=level_set.probation)
    told = checks(level_set, rank, "keep", figures)
    if rank + 1 < len(level_set.levels):
        told += checks(level_set, rank + 1, "reach", figures)
    probation = max(0, standing.probation_left - 1)
    if meets(level_set.levels[rank].keep, figures):
        return _to(level_set, standing, period, "kept", rank, told, probation=probation)
    if standing.probation_left > 0:
        return _to(level_set, standing, period, "on_probation", rank, told, probation=probation)
    if standing.missed < level_set.grace:
        return _to(level_set, standing, period, "in_grace", rank, told, missed=standing.missed + 1)
    return _to(level_set, standing, period, "demoted", _fallen(level_set, rank, figures), told)


def replay(level_set: LevelSet, standing: LevelStanding, seen: Iterable[tuple[Period, Figures]]) -> tuple[Review, ...]:
    """The reviews of periods one after the other, each from where the one before it ended."""
    made: list[Review] = []
    for period, figures in seen:
        made.append(review(level_set, standing, figures, period))
        standing = made[-1].after
    return tuple(made)


def _rank(level_set: LevelSet, standing: LevelStanding, period: Period) -> int:
    rank = level_set.rank(standing.level)
    if rank is None:
        known = ", ".join(one.id for one in level_set.levels)
        raise ReviewRefused(
            "level_unknown",
            f"{level_set.header.label} 没有等级 `{standing.level}`；有 {known}",
            f"{level_set.header.label} has no level `{standing.level}`; it has {known}",
        )
    if period_of(level_set.period, period.start) != period:
        raise ReviewRefused(
            "period_of_another_kind",
            f"{period.label} 不是 {level_set.header.label} 的评审周期",
            f"{period.label} is no period that {level_set.header.label} reviews",
        )
    until = standing.reviewed_until
    if until is not None and period.start > until:
        skipped = period_of(level_set.period, until).label
        raise ReviewRefused("period_skipped", f"{skipped} 还没有评审", f"the review of {skipped} has not been made yet")
    return rank


def _reached(level_set: LevelSet, rank: int, figures: Figures) -> int:
    """The rank that figures reach from `rank`: itself, or higher by one step or as far as they go.

    A higher level asks at least as much in everything, so the levels reached are always the lowest so many.
    """
    top = rank
    while top + 1 < len(level_set.levels) and meets(level_set.levels[top + 1].reach, figures):
        top += 1
        if level_set.promotion == "one_step":
            break
    return top


def _fallen(level_set: LevelSet, rank: int, figures: Figures) -> int:
    """Where somebody ends who loses the level `rank`. The lowest asks nothing, so it is never lost."""
    if level_set.demotion == "one_step":
        return rank - 1
    return next(at for at in range(rank - 1, -1, -1) if meets(level_set.levels[at].keep, figures))


def _to(
    level_set: LevelSet,
    standing: LevelStanding,
    period: Period,
    change: Change,
    rank: int,
    told: tuple[Check, ...],
    *,
    probation: int = 0,
    missed: int = 0,
) -> Review:
    after = LevelStanding(level_set.levels[rank].id, probation, missed, period.end)
    return Review(period.label, standing, after, change, told)
