"""Periods tile time, and their labels name them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.errors import PeriodRefused
from engine.period import PeriodSpec, closed_periods, midnight, next_period, parse_label, period_of, span

DAYS = st.dates(date(2001, 1, 1), date(2998, 12, 31))
SPECS = st.one_of(
    st.sampled_from([PeriodSpec("week"), PeriodSpec("half_month"), PeriodSpec("month")]),
    st.builds(PeriodSpec, st.just("days"), st.integers(1, 366), DAYS),
)
INSTANTS = st.builds(datetime.combine, DAYS, st.times(timezones=st.sampled_from([UTC, SHANGHAI])))
TICK = timedelta(microseconds=1)


@given(SPECS, INSTANTS)
def test_every_instant_is_in_its_period(spec: PeriodSpec, instant: datetime) -> None:
    period = period_of(spec, instant)
    assert instant in period
    assert period.end not in period
    assert period.start == midnight(period.start.date())
    assert period.end == midnight(period.end.date())


@given(SPECS, INSTANTS)
def test_periods_tile_time(spec: PeriodSpec, instant: datetime) -> None:
    period = period_of(spec, instant)
    assert period_of(spec, period.start) == period
    assert period_of(spec, period.end - TICK) == period
    following = next_period(spec, period)
    assert following.start == period.end
    assert period_of(spec, period.start - TICK).end == period.start


@given(SPECS, INSTANTS)
def test_a_label_is_read_back(spec: PeriodSpec, instant: datetime) -> None:
    period = period_of(spec, instant)
    assert parse_label(period.label) == period


@given(SPECS, INSTANTS, st.integers(0, 400))
def test_closed_periods_are_those_that_have_ended(spec: PeriodSpec, first: datetime, days: int) -> None:
    until = first + timedelta(days=days)
    closed = list(closed_periods(spec, first, until))
    for earlier, later in pairwise(closed):
        assert earlier.end == later.start
    assert all(one.end <= until for one in closed)
    going_on = next_period(spec, closed[-1]) if closed else period_of(spec, first)
    assert going_on.end > until
    assert not closed or first in closed[0]


@given(DAYS, st.integers(0, 400))
def test_an_inclusive_end_date_becomes_the_next_midnight(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    start, end = span(first, last)
    assert start == datetime(first.year, first.month, first.day, tzinfo=SHANGHAI)
    assert (end - start) == timedelta(days=days + 1)
    assert end - TICK < midnight(last + timedelta(days=1)) == end


@pytest.mark.parametrize(
    ("spec", "day", "label", "start", "last"),
    [
        (PeriodSpec("week"), "2026-10-01", "2026-W40", "2026-09-28", "2026-10-04"),
        (PeriodSpec("week"), "2027-01-01", "2026-W53", "2026-12-28", "2027-01-03"),
        (PeriodSpec("half_month"), "2026-10-15", "2026-10-A", "2026-10-01", "2026-10-15"),
        (PeriodSpec("half_month"), "2028-02-16", "2028-02-B", "2028-02-16", "2028-02-29"),
        (PeriodSpec("month"), "2026-12-31", "2026-12", "2026-12-01", "2026-12-31"),
        (PeriodSpec("days", 10, date(2026, 10, 1)), "2026-10-11", "2026-10-11+10d", "2026-10-11", "2026-10-20"),
        (PeriodSpec("days", 10, date(2026, 10, 1)), "2026-09-30", "2026-09-21+10d", "2026-09-21", "2026-09-30"),
    ],
)
def test_examples(spec: PeriodSpec, day: str, label: str, start: str, last: str) -> None:
    period = period_of(spec, datetime.fromisoformat(day).replace(tzinfo=SHANGHAI))
    assert (period.label, str(period.start.date()), str(period.last_day)) == (label, start, last)


def test_an_evening_in_utc_is_the_next_day_in_changsha() -> None:
    assert period_of(PeriodSpec("month"), datetime(2026, 9, 30, 16, tzinfo=UTC)).label == "2026-10"
    assert period_of(PeriodSpec("month"), datetime(2026, 9, 30, 15, 59, tzinfo=UTC)).label == "2026-09"


@pytest.mark.parametrize(
    "label",
    [
        *("", "2026", "2026-W54", "2027-W53", "2026-W1", "2026-13", "2026-10-C", "2026-02-30+3d", "2026-10-01+0d"),
        *("2026-10-01+367d", "2026-10-01", "1999-12", "3000-01", "2026-10 ", "٢٠٢٦-10", "2026-10\n", "x" * 500),
    ],
)
def test_what_names_no_period_is_refused_with_data(label: str) -> None:
    with pytest.raises(PeriodRefused) as refused:
        parse_label(label)
    error = refused.value
    assert error.code in ("period_label", "period_years")
    assert len(error.text) <= 60
    assert error.message_zh
    assert error.message_en


@pytest.mark.parametrize(
    ("kind", "days", "anchor", "code"),
    [
        ("days", None, None, "period_spec"),
        ("days", 3, None, "period_spec"),
        ("month", 3, date(2026, 1, 1), "period_spec"),
        ("week", 3, None, "period_spec"),
        ("month", None, date(2026, 1, 1), "period_spec"),
        ("days", 0, date(2026, 1, 1), "period_days"),
        ("days", 367, date(2026, 1, 1), "period_days"),
        ("days", 3, date(1999, 1, 1), "period_years"),
    ],
)
def test_a_spec_that_cannot_be_is_refused(kind: str, days: int | None, anchor: date | None, code: str) -> None:
    with pytest.raises(PeriodRefused) as refused:
        PeriodSpec(kind, days, anchor)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_days_that_run_backwards_and_instants_without_offset_are_refused() -> None:
    with pytest.raises(PeriodRefused, match="before the first day"):
        span(date(2026, 10, 2), date(2026, 10, 1))
    with pytest.raises(ValueError, match="offset"):
        period_of(PeriodSpec("month"), datetime(2026, 10, 1))  # noqa: DTZ001 - the fault under test
