"""Reviews of all promoters' levels after a closed period, from the journal in the database, kept for ever."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from api.book_answers import PeriodName
from api.people_answers import Quality, RefusedReview, ReviewAnswer, ReviewsAnswer
from api.problems import FieldProblem, invalid, problem
from api.service import Service
from engine.errors import PeriodRefused
from engine.level.level_figures import DeliveredOrder, Figures, basis_points, figures
from engine.level.level_report import Refusal, Reviewed, review_all, told_en, told_zh
from engine.level.levels import due_at, window_of
from engine.level_set import LevelSet
from engine.people.participants import Participant
from engine.period import Period, parse_label, period_of
from engine.ruleset import RuleSet
from engine.timeline import live_at
from storage.database import read, write
from storage.deliveries import delivered_orders
from storage.standings import participants, record_reviews, take_turns

Delivered = Mapping[str, Sequence[DeliveredOrder]]
"""Delivered orders by promoter."""


class SetReviewed(msgspec.Struct, frozen=True):
    """What the review of a period by one level set came to; `recorded` of the reviews are new."""

    level_set: LevelSet
    period: Period
    reviewed: tuple[Reviewed, ...]
    refused: tuple[Refusal, ...]
    recorded: int


def review_levels(service: Service, label: str, now: datetime) -> tuple[SetReviewed, ...]:
    """Review all promoters for a closed period, by the level sets that stood when it began. Once: again it is told.

    A review that cannot be made (a period skipped, a level unknown) is told and leaves everybody else's as they are.
    Raises the problem 422 for a label that names no period and for one that is not due yet, 409 where no level set
    reviews such periods.
    """
    period = _period(label)
    with read(service.database) as connection:
        level_sets = _level_sets(service.book.published(connection), period)
        sold = [_sold(connection, level_set, period, now) for level_set in level_sets]
    with write(service.database) as connection:
        take_turns(connection)
        people = participants(connection)
        return tuple(
            _review(connection, level_set, period, people, orders, now)
            for level_set, orders in zip(level_sets, sold, strict=True)
        )


def _sold(connection: Connection, level_set: LevelSet, period: Period, now: datetime) -> Delivered:
    """What everybody delivered in the window; read before the review, so that it keeps no writer waiting."""
    _need_due(level_set, period, now)
    return delivered_orders(connection, *window_of(level_set, period))


def _review(
    connection: Connection,
    level_set: LevelSet,
    period: Period,
    people: tuple[Participant, ...],
    orders: Delivered,
    now: datetime,
) -> SetReviewed:
    start, end = window_of(level_set, period)
    as_of = due_at(level_set, period)
    known = {
        one.id: figures(orders.get(one.id, ()), {one.id, one.buyer or one.id}, start, end, as_of) for one in people
    }
    reviewed, refused = review_all(level_set, period, people, known)
    recorded = record_reviews(connection, level_set, reviewed, now)
    return SetReviewed(level_set, period, reviewed, refused, recorded)


def level_set_for(rule_sets: Iterable[RuleSet], who: Participant, at: datetime) -> LevelSet:
    """The level set whose levels somebody has at an instant. Raises the problem 409 unless there is exactly one."""
    found = [one for one in live_at(rule_sets, at) if isinstance(one, LevelSet) and who.type in one.of]
    if len(found) != 1:
        names = ", ".join(one.header.label for one in found) or "-"
        raise problem(
            "no_level_rules",
            f"{who.id} ({who.type}) 适用的等级规则集须恰有一套: {names}",
            f"Exactly one level set must be that of {who.id} ({who.type}): {names}",
        )
    return found[0]


def quality_of(found: Figures) -> Quality:
    """Figures as an answer."""
    return Quality(
        delivered_fen=found.delivered_fen,
        refunded_fen=found.refunded_fen,
        sales_fen=found.sales_fen,
        orders=found.orders,
        buyers=found.buyers,
        repeat_buyers=found.repeat_buyers,
        refund_rate_bp=basis_points(found.refund_rate),
        repeat_rate_bp=basis_points(found.repeat_rate),
    )


def reviews_answer(done: tuple[SetReviewed, ...]) -> ReviewsAnswer:
    """Reviews as an answer."""
    period = done[0].period
    return ReviewsAnswer(
        period=PeriodName(period=period.label, start=period.start, end=period.end),
        recorded=sum(each.recorded for each in done),
        reviews=tuple(
            ReviewAnswer(
                promoter_id=one.participant.id,
                title=one.participant.title,
                change=one.review.change,
                before=one.review.before.level,
                after=one.review.after.level,
                figures=quality_of(one.figures),
                why=tuple(told_zh(each.level_set, one)),
                why_en=tuple(told_en(each.level_set, one)),
            )
            for each in done
            for one in each.reviewed
        ),
        refused=tuple(
            RefusedReview(
                promoter_id=one.participant.id,
                code=one.refused.code,
                message=one.refused.message_zh,
                message_en=one.refused.message_en,
            )
            for each in done
            for one in each.refused
        ),
    )


def _period(label: str) -> Period:
    try:
        return parse_label(label)
    except PeriodRefused as refused:
        raise invalid([FieldProblem("/period", refused.code, refused.message_zh, refused.message_en)]) from None


def _level_sets(rule_sets: Iterable[RuleSet], period: Period) -> list[LevelSet]:
    """The sets of the versions that stood when the period began; no two of them may have the same people's levels."""
    standing = [one for one in live_at(rule_sets, period.start) if isinstance(one, LevelSet)]
    found = [one for one in standing if period_of(one.period, period.start) == period]
    covered = [kind for one in found for kind in one.of]
    if not found or len(covered) != len(set(covered)):
        names = ", ".join(one.header.label for one in standing) or "-"
        raise problem(
            "no_level_rules",
            f"{period.label} 须有按此周期评审、互不重叠的等级规则集; {period.start:%Y-%m-%d} 生效的有: {names}",
            f"{period.label} needs level sets that review such periods and do not overlap; on {period.start:%Y-%m-%d} "
            f"stood: {names}",
        )
    return found


def _need_due(level_set: LevelSet, period: Period, now: datetime) -> None:
    due = due_at(level_set, period)
    if now < due:
        raise invalid(
            [
                FieldProblem(
                    "/period",
                    "not_due",
                    f"{period.label} 从 {due:%Y-%m-%d} 起才能评审, 其间的退款仍计入",
                    f"{period.label} can be reviewed from {due:%Y-%m-%d} on: refunds count until then",
                )
            ]
        )
