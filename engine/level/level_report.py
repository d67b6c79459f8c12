"""A review of levels as JSON values, and the reviews of many participants at once."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from engine.describe.level_words import level_named, say_change, say_check, say_missing
from engine.level.growth import GrowthPath, growth_path
from engine.level.level_figures import Figures, basis_points
from engine.level.levels import Review, ReviewRefused, review, starting
from engine.level_set import LevelSet
from engine.money import Rate
from engine.people.participants import LevelStanding, Participant
from engine.period import Period

Json = dict[str, Any]


class Reviewed(msgspec.Struct, frozen=True):
    """One participant with the figures, the review, and the way to the next level from where they stand now."""

    participant: Participant
    figures: Figures
    review: Review
    growth: GrowthPath | None


class Refusal(msgspec.Struct, frozen=True):
    """A participant whose review cannot be made, and why."""

    participant: Participant
    refused: ReviewRefused


def review_all(
    level_set: LevelSet, period: Period, participants: Iterable[Participant], figures: Mapping[str, Figures]
) -> tuple[tuple[Reviewed, ...], tuple[Refusal, ...]]:
    """The reviews of all active participants of the set's types; who has no level yet starts on the lowest.

    One without figures has sold nothing.
    """
    made: list[Reviewed] = []
    refused: list[Refusal] = []
    for one in participants:
        if one.status != "active" or one.type not in level_set.of:
            continue
        found = figures.get(one.id, Figures())
        try:
            done = review(level_set, one.standing or starting(level_set), found, period)
            made.append(Reviewed(one, found, done, growth_path(level_set, done.after, found)))
        except ReviewRefused as error:
            refused.append(Refusal(one, error))
    return tuple(made), tuple(refused)


def reviewed_json(level_set: LevelSet, one: Reviewed) -> Json:
    """One review with its reasons and the growth path; rates as `{num, den}`, amounts in fen."""
    figures = one.figures
    return {
        "participant": one.participant.id,
        "title": one.participant.title,
        "change": one.review.change,
        "before": _standing(one.review.before),
        "after": _standing(one.review.after),
        "figures": {
            **msgspec.to_builtins(figures),
            "sales_fen": figures.sales_fen,
            "refund_rate_bp": basis_points(figures.refund_rate),
            "repeat_rate_bp": basis_points(figures.repeat_rate),
        },
        "checks": [
            {
                "level": check.level,
                "purpose": check.purpose,
                "measure": check.measure,
                "now": _value(check.now),
                "bound": _value(check.bound),
                "holds": check.holds,
            }
            for check in one.review.checks
        ],
        "next": None if one.growth is None else _growth(level_set, one),
        "explanation": {"zh": list(told_zh(level_set, one)), "en": list(told_en(level_set, one))},
    }


def _standing(one: LevelStanding) -> Json:
    until = one.reviewed_until
    return {
        "level": one.level,
        "probation_left": one.probation_left,
        "missed": one.missed,
        "reviewed_until": None if until is None else until.isoformat(),
    }


def _growth(level_set: LevelSet, one: Reviewed) -> Json:
    assert one.growth is not None
    said = say_missing(level_named(level_set, one.growth.level).reach, one.figures)
    return {
        "level": one.growth.level,
        "missing": msgspec.to_builtins(one.growth.missing),
        "said": {"zh": said.zh, "en": said.en},
    }


def _value(value: int | Rate | None) -> Any:
    return msgspec.to_builtins(value) if isinstance(value, Rate) else value


def told_zh(level_set: LevelSet, one: Reviewed) -> Iterable[str]:
    """A review in Chinese sentences: what happened, why, and what is missing for the next level or to keep this."""
    yield say_change(level_set, one.review).zh
    for level, purpose, listed in _checks(level_set, one.review):
        yield f"{'升' if purpose == 'reach' else '保'}{level.title}: " + "，".join(
            say_check(check).zh for check in listed
        )
    here = level_named(level_set, one.review.after.level)
    kept = say_missing(here.keep, one.figures).zh
    if kept:
        yield f"保{here.title}还差: {kept}"
    if one.growth is not None:
        above = level_named(level_set, one.growth.level)
        yield f"升{above.title}还差: {say_missing(above.reach, one.figures).zh or '无, 下次评审可升'}"


def told_en(level_set: LevelSet, one: Reviewed) -> Iterable[str]:
    """The same in English."""
    yield say_change(level_set, one.review).en
    for level, purpose, listed in _checks(level_set, one.review):
        yield f"to {purpose} {level.said_en}: " + ", ".join(say_check(check).en for check in listed)
    here = level_named(level_set, one.review.after.level)
    kept = say_missing(here.keep, one.figures).en
    if kept:
        yield f"missing to keep {here.said_en}: {kept}"
    if one.growth is not None:
        above = level_named(level_set, one.growth.level)
        yield f"missing for {above.said_en}: {say_missing(above.reach, one.figures).en or 'nothing, the next review'}"


def _checks(level_set: LevelSet, done: Review) -> Iterable[tuple[Any, str, list[Any]]]:
    by_purpose: dict[tuple[str, str], list[Any]] = {}
    for check in done.checks:
        by_purpose.setdefault((check.level, check.purpose), []).append(check)
    for (level, purpose), listed in by_purpose.items():
        yield level_named(level_set, level), purpose, listed
