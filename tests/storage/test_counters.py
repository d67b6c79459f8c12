"""Counters: limits hold whoever comes at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.live import LiveRules, compile_live
from engine.order import Buyer, Consumption, Line, OrderEvent, Store
from engine.text.document import parse
from storage.counters import CounterMoved, period_of, read_counters, take
from storage.database import read, write
from storage.rule_files import own_schemas

AT = datetime(2026, 10, 5, 12, tzinfo=UTC)


def live_with(limits: str) -> LiveRules:
    text = f"""\
kind: promotion
name: few
version: 1
title: 限量
owner: ops
reason: 试
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
  - id: ten
    title: 九折
    stacking: competing
    when: always
    {limits}
    give: [{{type: line_discount, percent_off: 10%}}]
"""
    return compile_live([build(parse(text, "few.yaml"), own_schemas())])


def event(buyer: str = "b1", at: datetime = AT, store: str | None = None) -> OrderEvent:
    line = Line(line_id="1", sku="a", unit_price_fen=1000, quantity=1)
    served_by = Store(id=store) if store else None
    return OrderEvent(order_id="o", placed_at=at, lines=(line,), buyer=Buyer(id=buyer), store=served_by)


def used(counter: str, amount: int = 1) -> Consumption:
    return Consumption("few", "ten", counter, amount, "give_back")


def test_what_is_taken_is_read_back_for_the_same_subject_and_period_only(engine: Engine) -> None:
    live = live_with("limits: [{uses: 2, per: buyer, period: day}, {uses: 9, per: store, period: ever}]")
    with write(engine) as connection:
        take(connection, live, event("b1", store="s1"), [used("uses/buyer/day"), used("uses/store/ever")])
    with read(engine) as connection:
        both = {"few/ten": {"uses/buyer/day": 1, "uses/store/ever": 1}}
        assert read_counters(connection, live, event("b1", store="s1")) == both
        assert read_counters(connection, live, event("b2", store="s1")) == {"few/ten": {"uses/store/ever": 1}}
        next_day = datetime(2026, 10, 6, 12, tzinfo=UTC)
        assert read_counters(connection, live, event("b1", at=next_day)) == {}


def test_a_day_ends_at_midnight_in_changsha(engine: Engine) -> None:
    live = live_with("limits: [{uses: 1, per: buyer, period: day}]")
    before_midnight = datetime(2026, 10, 5, 23, 59, tzinfo=SHANGHAI)
    after_midnight = datetime(2026, 10, 6, 0, 0, tzinfo=SHANGHAI)
    for at in (before_midnight, after_midnight):
        with write(engine) as connection:
            take(connection, live, event(at=at), [used("uses/buyer/day")])
    with pytest.raises(CounterMoved), write(engine) as connection:
        take(connection, live, event(at=after_midnight), [used("uses/buyer/day")])


def test_a_limit_is_never_passed_and_a_failed_order_uses_nothing(engine: Engine) -> None:
    live = live_with("limits: [{uses: 1, per: total}, {uses: 5, per: buyer}]")
    with write(engine) as connection:
        take(connection, live, event("b1"), [used("uses/total/ever"), used("uses/buyer/ever")])
    with pytest.raises(CounterMoved), write(engine) as connection:
        take(connection, live, event("b2"), [used("uses/buyer/ever"), used("uses/total/ever")])
    with read(engine) as connection:
        assert read_counters(connection, live, event("b2")) == {"few/ten": {"uses/total/ever": 1}}


def test_a_budget_is_given_away_to_the_last_fen_and_no_further(engine: Engine) -> None:
    live = live_with("budget: {amount: 10, at_edge: part}")
    with write(engine) as connection:
        take(connection, live, event(), [used("money/total/ever", 700)])
    with pytest.raises(CounterMoved), write(engine) as connection:
        take(connection, live, event(), [used("money/total/ever", 301)])
    with write(engine) as connection:
        take(connection, live, event(), [used("money/total/ever", 300)])
    with read(engine) as connection:
        assert read_counters(connection, live, event()) == {"few/ten": {"money/total/ever": 1000}}


def test_many_at_once_get_exactly_what_there_is(engine: Engine) -> None:
    live = live_with("limits: [{uses: 5, per: total}]")

    def attempt(buyer: int) -> bool:
        try:
            with write(engine) as connection:
                take(connection, live, event(f"b{buyer}"), [used("uses/total/ever")])
        except CounterMoved:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(24))) == 5


@given(seconds=st.integers(946_684_800, 4_102_000_000))
def test_periods_fit_their_column_and_sort_with_time(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert period_of(at, "ever") == ""
    for period in ("day", "week", "month"):
        assert 0 < len(period_of(at, period)) <= 10
    later = msgspec.convert("2100-01-01T00:00:00+08:00", datetime)
    assert period_of(at, "day") < period_of(later, "day")
