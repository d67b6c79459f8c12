"""Periods in which money is counted and settled: half-open spans of whole days in Asia/Shanghai.

A period starts at a midnight and ends at a later one, which belongs to the next period: of one spec, every instant is
in exactly one period.  A label names a period by itself: `2026-W41` (the ISO week, Monday to Sunday), `2026-10-A` and
`2026-10-B` (1st to 15th, 16th to the end), `2026-10` (the month), `2026-10-01+10d` (ten days from that day on).
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

import msgspec

from engine.calendar import SHANGHAI
from engine.errors import PeriodRefused

PeriodKind = Literal["week", "half_month", "month", "days"]

FIRST_YEAR, LAST_YEAR = 2000, 2999
"""Days outside these years have no period; within them Asia/Shanghai is always eight hours ahead of UTC."""

MOST_DAYS = 366
"""Longest period of a fixed number of days."""

_DAY = timedelta(days=1)
_LABEL = re.compile(
    r"(?P<year>[0-9]{4})-(?:W(?P<week>[0-9]{2})|(?P<month>[0-9]{2})"
    r"(?:-(?P<half>[AB])|-(?P<day>[0-9]{2})\+(?P<days>[1-9][0-9]{0,2})d)?)",
    re.ASCII,
)


class PeriodSpec(msgspec.Struct, frozen=True):
    """How time is divided: by calendar, or every `days` days counted from the day `anchor`, backwards too.

    `days` (1 to 366) and `anchor` belong to kind `days` and to it alone; anything else raises `PeriodRefused`.
    """

    kind: PeriodKind
    days: int | None = None
    anchor: date | None = None

    def __post_init__(self) -> None:
        given = self.days is not None and self.anchor is not None
        if given != (self.kind == "days") or (self.kind != "days" and (self.days or self.anchor)):
            raise PeriodRefused(
                "period_spec",
                str(self.kind),
                "只有 days 周期写天数和起始日，两者都要写",
                "a period of days, and no other, has a number of days and a first day",
            )
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            raise PeriodRefused(
                "period_days",
                str(self.days),
                f"周期须为 1 至 {MOST_DAYS} 天",
                f"a period has 1 to {MOST_DAYS} days",
            )
        if self.anchor is not None:
            _within(self.anchor)


class Period(msgspec.Struct, frozen=True):
    """One period: `start` inclusive, `end` exclusive, both midnights in Asia/Shanghai; `label` names it."""

    kind: PeriodKind
    start: datetime
    end: datetime
    label: str

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def last_day(self) -> date:
        """The last day inside, for people: a form's inclusive end date."""
        return self.end.date() - _DAY


def midnight(day: date) -> datetime:
    """The first moment of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def span(first_day: date, last_day: date) -> tuple[datetime, datetime]:
    """Half-open instants of the days of a form, both of them included: the end is the midnight after the last day.

    Raises `PeriodRefused` when the last day lies before the first.
    """
    if last_day < first_day:
        raise PeriodRefused(
            "period_backwards",
            f"{first_day}..{last_day}",
            f"最后一天 {last_day} 早于第一天 {first_day}",
            f"the last day {last_day} is before the first day {first_day}",
        )
    return midnight(_within(first_day)), midnight(_within(last_day) + _DAY)


def period_of(spec: PeriodSpec, instant: datetime) -> Period:
    """The period that an instant belongs to.

    Raises `PeriodRefused` for days outside the years 2000 to 2999, and `ValueError` for an instant without offset.
    """
    if instant.utcoffset() is None:
        raise ValueError("an instant needs an offset")
    return _period_of_day(spec, instant.astimezone(SHANGHAI).date())


def next_period(spec: PeriodSpec, period: Period) -> Period:
    """The period of the spec that begins where `period` ends, or that is going on then."""
    return period_of(spec, period.end)


def closed_periods(spec: PeriodSpec, first: datetime, until: datetime) -> Iterator[Period]:
    """The periods from the one of the instant `first` on that have ended by `until`, in order."""
    period = period_of(spec, first)
    while period.end <= until:
        yield period
        period = next_period(spec, period)


def parse_label(label: str) -> Period:
    """The period that a label names. Raises `PeriodRefused`, saying what a label looks like."""
    found = _LABEL.fullmatch(label)
    if found is None:
        raise _unreadable(label)
    year = int(found["year"])
    try:
        if found["week"]:
            first = date.fromisocalendar(year, int(found["week"]), 1)
            return _days("week", first, 7, label)
        day = int(found["day"] or (16 if found["half"] == "B" else 1))
        first = date(year, int(found["month"]), day)
    except ValueError:
        raise _unreadable(label) from None
    if found["days"]:
        if int(found["days"]) > MOST_DAYS:
            raise _unreadable(label)
        return _days("days", first, int(found["days"]), label)
    return _period_of_day(PeriodSpec("half_month" if found["half"] else "month"), first)


def _period_of_day(spec: PeriodSpec, day: date) -> Period:
    _within(day)
    if spec.kind == "week":
        year, week, weekday = day.isocalendar()
        return _days("week", day - timedelta(days=weekday - 1), 7, f"{year}-W{week:02d}")
    if spec.kind == "days":
        assert spec.days is not None
        assert spec.anchor is not None
        first = day - timedelta(days=(day - spec.anchor).days % spec.days)
        return _days("days", first, spec.days, f"{first}+{spec.days}d")
    month = f"{day:%Y-%m}"
    if spec.kind == "half_month" and day.day <= 15:
        return _days("half_month", day.replace(day=1), 15, f"{month}-A")
    next_month = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    if spec.kind == "half_month":
        return Period("half_month", midnight(day.replace(day=16)), midnight(next_month), f"{month}-B")
    return Period("month", midnight(day.replace(day=1)), midnight(next_month), month)


def _days(kind: PeriodKind, first: date, days: int, label: str) -> Period:
    return Period(kind, midnight(_within(first)), midnight(first + timedelta(days=days)), label)


def _within(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PeriodRefused(
            "period_years",
            str(day),
            f"{day} 不在 {FIRST_YEAR} 至 {LAST_YEAR} 年之间",
            f"{day} is not in the years {FIRST_YEAR} to {LAST_YEAR}",
        )
    return day


def _unreadable(label: str) -> PeriodRefused:
    return PeriodRefused(
        "period_label",
        label[:60],
        f"`{label[:60]}` 不是周期；写作 2026-W41、2026-10-A、2026-10-B、2026-10 或 2026-10-01+10d",
        f"`{label[:60]}` names no period; write 2026-W41, 2026-10-A, 2026-10-B, 2026-10 or 2026-10-01+10d",
    )
