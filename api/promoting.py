"""What promoters see of themselves: what they earned and why, where they stand and what is missing for more."""

from collections.abc import Iterable

from sqlalchemy import Connection

from api.book_answers import Figures as StatementFigures
from api.book_answers import PeriodName, StatementAnswer, StatementEntry
from api.levelling import level_set_for, quality_of
from api.masking import masked
from api.people_answers import (
    CheckAnswer,
    Commissions,
    Growth,
    LevelName,
    NextLevel,
    OrderCommission,
    PastReviewAnswer,
)
from api.problems import FieldProblem, ProblemRaised, invalid, problem
from api.service import Service
from api.settling import is_closed, statement_of
from engine.describe.level_words import level_named, say_check, say_missing
from engine.errors import PeriodRefused
from engine.level.growth import growth_path
from engine.level.level_figures import Figures, figures
from engine.level.levels import ReviewRefused, checks, due_at, starting, window_of
from engine.level_set import LevelSet
from engine.people.participants import LevelStanding, Participant
from engine.period import Period, parse_label, period_of
from engine.settlement import settlement_at
from storage.deliveries import delivered_orders
from storage.order_heads import order_heads
from storage.standings import participants, past_reviews

_TAKES_BACK = ("reversed", "clawed_back")


def commissions(service: Service, connection: Connection, promoter: str, label: str | None) -> Commissions:
    """A promoter's commissions of a period, by default the one that is going on, as far as they are booked.

    Raises the problem 404 for an unknown promoter, 422 for a label that names no period, 409 where no settlement rule
    set says which period it is.
    """
    who = _promoter(connection, promoter)
    period = _current_period(service, connection) if label is None else _named_period(label)
    told = _statement(connection, promoter, period)
    by_order: dict[str, list[StatementEntry]] = {}
    for line in told.lines:
        by_order.setdefault(line.order_id or "", []).append(line)
    other = by_order.pop("", [])
    return Commissions(
        promoter_id=promoter,
        title=who.title,
        period=told.period,
        closed=told.closed,
        figures=told.figures,
        orders=tuple(_orders(connection, by_order)),
        other=tuple(other),
    )


def growth(service: Service, connection: Connection, promoter: str) -> Growth:
    """Where a promoter stands now, by the level rules that stand now and the figures of the window so far.

    Raises the problem 404 for an unknown promoter, 409 where no level rules are theirs or do not know their level.
    """
    who, now = _promoter(connection, promoter), service.now()
    level_set = level_set_for(service.book.published(connection), who, now)
    period = period_of(level_set.period, now)
    start, end = window_of(level_set, period)
    orders = delivered_orders(connection, start, end, promoter).get(promoter, [])
    found = figures(orders, {who.id, who.buyer or who.id}, start, end, now)
    standing = who.standing or starting(level_set)
    above = _next(level_set, standing, found)
    here = level_named(level_set, standing.level)
    kept = say_missing(here.keep, found)
    return Growth(
        promoter_id=promoter,
        title=who.title,
        level=_level(level_set, standing.level),
        probation_left=standing.probation_left,
        missed=standing.missed,
        reviewed_until=standing.reviewed_until,
        period=PeriodName(period=period.label, start=period.start, end=period.end),
        window_start=start,
        review_at=due_at(level_set, period),
        figures=quality_of(found),
        to_keep=kept.zh,
        to_keep_en=kept.en,
        next=above,
        reviews=tuple(
            PastReviewAnswer(
                period=one.period,
                reviewed_at=one.reviewed_at,
                change=one.change,
                level=one.standing.level,
                rule_set=f"{one.level_set}@{one.version}",
                figures=quality_of(one.figures),
            )
            for one in past_reviews(connection, promoter)
        ),
    )


def _promoter(connection: Connection, promoter: str) -> Participant:
    found = participants(connection, promoter) if promoter.isprintable() else ()  # PostgreSQL takes no NUL
    if not found:
        raise problem("not_found", f"没有编号为 {promoter} 的推广员", f"There is no promoter {promoter}")
    return found[0]


def _current_period(service: Service, connection: Connection) -> Period:
    rules = settlement_at(service.book.published(connection), service.now())
    if rules is None:
        raise problem(
            "no_settlement_rules",
            "没有结算规则集, 请写明周期",
            "No settlement rule set says which period it is: name one",
        )
    return period_of(rules.period, service.now())


def _named_period(label: str) -> Period:
    try:
        return parse_label(label)
    except PeriodRefused as refused:
        raise invalid([FieldProblem("?period", refused.code, refused.message_zh, refused.message_en)]) from None


def _statement(connection: Connection, promoter: str, period: Period) -> StatementAnswer:
    """The statement of a period; one of zeros where nothing moved, which is an answer and no fault."""
    try:
        return statement_of(connection, promoter, period.label)
    except ProblemRaised as raised:
        if raised.problem.code != "not_found":
            raise
    zeros = dict.fromkeys((name for name in StatementFigures.__struct_fields__ if name != "payee"), 0)
    return StatementAnswer(
        period=PeriodName(period=period.label, start=period.start, end=period.end),
        closed=is_closed(connection, period),
        figures=StatementFigures(payee=promoter, **zeros),
        lines=(),
    )


def _orders(connection: Connection, by_order: dict[str, list[StatementEntry]]) -> Iterable[OrderCommission]:
    heads = order_heads(connection, list(by_order))
    for order_id, lines in by_order.items():
        head = heads.get(order_id)
        earned = sum(one.amount_fen for one in lines if one.part == "accrued")
        back = sum(one.amount_fen for one in lines if one.part in _TAKES_BACK)
        yield OrderCommission(
            order_id=order_id,
            placed_at=None if head is None else head.placed_at,
            buyer=masked(None if head is None else head.buyer_id),
            amount_fen=earned - back,
            lines=tuple(lines),
        )


def _next(level_set: LevelSet, standing: LevelStanding, found: Figures) -> NextLevel | None:
    try:
        path = growth_path(level_set, standing, found)
    except ReviewRefused as refused:
        raise problem("level_refused", refused.message_zh, refused.message_en) from None
    if path is None:
        return None
    level = level_named(level_set, path.level)
    rank = level_set.rank(path.level)
    assert rank is not None
    missing, said = path.missing, say_missing(level.reach, found)
    listed = checks(level_set, rank, "reach", found)
    return NextLevel(
        level=_level(level_set, path.level),
        checks=tuple(
            CheckAnswer(measure=one.measure, holds=one.holds, said=say_check(one).zh, said_en=say_check(one).en)
            for one in listed
        ),
        missing_sales_fen=missing.sales_fen,
        missing_orders=missing.orders,
        missing_repeat_buyers=missing.repeat_buyers,
        beyond_reach=missing.beyond_reach,
        said=said.zh,
        said_en=said.en,
    )


def _level(level_set: LevelSet, level: str) -> LevelName:
    found = level_named(level_set, level)
    return LevelName(id=found.id, title=found.title, title_en=found.said_en)
