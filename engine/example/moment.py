"""A moment at which tests on the clock hold: the earliest minute of a period, or the certainty that it has none."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from engine.calendar import SHANGHAI, known_holidays
from engine.conditions import leaf_holds
from engine.facts import clock_fact
from engine.match.factoring import Literal
from engine.nearest.facts import candidates, literal_holds

HORIZON_DAYS = 8 * 366
"""How far into a period without an end moments are looked for: past any leap day and most lunar coincidences."""
_DAY = timedelta(days=1)
_OFFICIAL = ("holiday", "day_kind")


def first_moment(tests: Sequence[Literal], since: datetime, until: datetime) -> datetime | None:
    """The first whole minute from `since` on and before `until` at which all tests on `clock.*` facts hold."""
    return next(_moments(tests, since, until, sure=True), None)


def may_occur(tests: Sequence[Literal], since: datetime, until: datetime) -> bool:
    """Whether some minute of a period may satisfy all tests; holidays not announced yet may fall on any day."""
    return next(_moments(tests, since, until, sure=False), None) is not None


def end_of_search(since: datetime, until: datetime | None) -> datetime:
    """Where looking for moments ends: the end of the period, or the horizon."""
    try:
        horizon = since + timedelta(days=HORIZON_DAYS)
    except OverflowError:
        horizon = datetime.max.replace(tzinfo=SHANGHAI)
    return horizon if until is None else min(until, horizon)


def _moments(tests: Sequence[Literal], since: datetime, until: datetime, *, sure: bool) -> Iterator[datetime]:
    start = _whole_minute(since.astimezone(SHANGHAI))
    times = [one for one in tests if one.test.fact == "clock.time"]
    days = [one for one in tests if one.test.fact != "clock.time"]
    minutes = _possible_minutes(times)
    if not minutes:
        return
    midnight = start.replace(hour=0, minute=0)
    midnight = _skip_to_named_dates(days, midnight)
    while midnight < until:
        if all(_day_passes(one, midnight, sure=sure) for one in days):
            first = start.hour * 60 + start.minute if midnight.date() == start.date() else 0
            for minute in minutes if first in minutes or not _passes_minute(times, first) else [first, *minutes]:
                at = midnight + timedelta(minutes=minute)
                if start <= at < until:
                    yield at
        try:
            midnight += _DAY
        except OverflowError:  # the calendar ends
            return


def _whole_minute(at: datetime) -> datetime:
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def _possible_minutes(times: Sequence[Literal]) -> list[int]:
    """The first minute of every stretch of the day at which all tests on the time hold."""
    named = {0, *(value for value in candidates(times) if isinstance(value, int))}
    return [minute for minute in sorted(named) if 0 <= minute < 24 * 60 and _passes_minute(times, minute)]


def _passes_minute(times: Sequence[Literal], minute: int) -> bool:
    return all(literal_holds(one, minute) for one in times)


def _skip_to_named_dates(days: Sequence[Literal], midnight: datetime) -> datetime:
    """The start moved to the first day that tests on the date leave possible; it never moves back."""
    first = midnight.date().toordinal()
    for one in days:
        if one.test.fact in ("clock.date", "clock.eve.date") and one.wanted and one.test.operator != "exists":
            named = [value for value in one.test.values if isinstance(value, int)]
            if named and one.test.operator in ("in", "at_least", "more_than"):
                first = max(first, min(named))
    skipped = date.fromordinal(min(first, date.max.toordinal())) - midnight.date()
    return midnight + skipped


def _day_passes(literal: Literal, midnight: datetime, *, sure: bool) -> bool:
    fact = literal.test.fact
    if not sure and fact.rpartition(".")[2] in _OFFICIAL:
        day = midnight - _DAY if fact.startswith("clock.eve.") else midnight
        if not known_holidays(day.date()):
            return True
    if fact.startswith("clock.eve.") and midnight.date() == date.min:
        return False
    return leaf_holds(literal.test, clock_fact(fact, midnight)) is literal.wanted
