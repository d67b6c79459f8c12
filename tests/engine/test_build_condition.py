"""Conditions: canonical values, windows, and nights that belong to the day they start on."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.builder.condition import MAX_LEAVES, build_condition, facts_named
from engine.builder.reader import Field
from engine.calendar import SHANGHAI
from engine.conditions import ALWAYS, All, Any, Condition, Not, Test, holds
from engine.facts import clock_fact
from engine.text.diagnostics import Findings
from engine.text.document import parse
from engine.vocabulary import WEEKDAYS


def field(text: str) -> Field:
    return Field(parse(text, "f.yaml").root, (), Findings("f.yaml"))


def condition(text: str) -> Condition:
    place = field(text)
    built = build_condition(place)
    place.findings.refuse()
    return built


def codes(text: str) -> list[str]:
    place = field(text)
    build_condition(place)
    return [one.code for one in place.findings.found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("always", ALWAYS),
        ("{line.sku: b}", Test("line.sku", "in", ("b",))),
        ("{line.sku: [b, a, b, 12]}", Test("line.sku", "in", ("12", "a", "b"))),
        ("{line.sku: {in: [b, a]}}", Test("line.sku", "in", ("a", "b"))),
        ("{line.sku: {not_in: [b, a]}}", Not(Test("line.sku", "in", ("a", "b")))),
        ("{line.category: {under: [snack, fruit/citrus]}}", Test("line.category", "under", ("fruit/citrus", "snack"))),
        ("{order.region: {under: 430100}}", Test("order.region", "under", ("43/4301",))),
        ("{order.region: ['430102', 430103]}", Test("order.region", "in", ("43/4301/430102", "43/4301/430103"))),
        ("{line.unit_price: {at_least: 10, less_than: 12.50}}",
         All((Test("line.unit_price", "at_least", (1000,)), Test("line.unit_price", "less_than", (1250,))))),
        ("{line.unit_price: ¥9.90}", Test("line.unit_price", "in", (990,))),
        ("{line.days_to_expiry: {at_most: -1}}", Test("line.days_to_expiry", "at_most", (-1,))),
        ("{line.quantity: {more_than: 3}}", Test("line.quantity", "more_than", (3,))),
        ("{buyer.is_new: false}", Test("buyer.is_new", "in", (False,))),
        ("{buyer.level: {exists: true}}", Test("buyer.level", "exists")),
        ("{buyer.level: {exists: false}}", Not(Test("buyer.level", "exists"))),
        ("{clock.date: 2026-10-01}", Test("clock.date", "in", (date(2026, 10, 1).toordinal(),))),
        ("{clock.lunar: '08-15'}", Test("clock.lunar", "in", (815,))),
        ("{clock.weekday: [sat, fri]}", Test("clock.weekday", "in", ("fri", "sat"))),
        ("{clock.time: {at_least: '22:00'}}", Test("clock.time", "at_least", (1320,))),
        ("{clock.time: {from: '10:00', until: '14:00'}}",
         All((Test("clock.time", "at_least", (600,)), Test("clock.time", "less_than", (840,))))),
        ("{clock.time: {from: '22:00', until: '00:00'}}",
         All((Test("clock.time", "at_least", (1320,)), Test("clock.time", "less_than", (1440,))))),
        ("{clock.time: {from: '22:00', until: '02:00'}}",
         Any((Test("clock.time", "at_least", (1320,)), Test("clock.time", "less_than", (120,))))),
        ("{clock.lunar: {from: '12-23', until: '01-16'}}",
         Any((Test("clock.lunar", "at_least", (1223,)), Test("clock.lunar", "less_than", (116,))))),
        ("{any: [{line.sku: a}]}", Test("line.sku", "in", ("a",))),
        ("{any: [{line.sku: a}, {line.tags: b, line.product: c}]}",
         Any((Test("line.sku", "in", ("a",)),
              All((Test("line.tags", "in", ("b",)), Test("line.product", "in", ("c",))))))),
        ("{line.sku: a, all: [{line.tags: b}, {line.tags: c}], not: {line.tags: d}}",
         All((Test("line.sku", "in", ("a",)), Test("line.tags", "in", ("b",)), Test("line.tags", "in", ("c",)),
              Not(Test("line.tags", "in", ("d",)))))),
    ],
)  # fmt: skip
def test_values_take_the_one_form_that_facts_have(text, expected):
    assert condition(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{clock.time: {from: '22:00', until: '22:00'}}",
        "{clock.time: {from: '24:00', until: '02:00'}}",
        "{clock.time: {from: '00:00', until: '00:00'}, clock.weekday: fri}",
        "{clock.date: {from: 2026-10-02, until: 2026-10-01}}",
        "{clock.date: {from: 2026-10-02, until: 2026-10-02}}",
        "{clock.lunar: {from: '08-15', until: '08-15'}}",
    ],
)
def test_empty_and_backward_windows_are_refused(text):
    expected = [] if text.startswith("{clock.time: {from: '00:00', until: '00:00'}") else ["R313"]
    assert codes(text) == expected


def test_size_and_nesting_are_bounded():
    listed = ", ".join(f"{{line.sku: s{number}}}" for number in range(MAX_LEAVES))
    assert codes(f"{{any: [{listed}]}}") == []
    assert codes(f"{{any: [{listed}, {{line.sku: x}}]}}") == ["R314"]
    assert codes("{not: " * 8 + "{line.sku: a}" + "}" * 8) == []
    assert codes("{not: " * 9 + "{line.sku: a}" + "}" * 9) == ["R315"]


def test_facts_are_named_wherever_they_nest():
    text = "{line.sku: a, any: [{line.tags: b}, {not: {clock.date: 2026-10-01}}], all: [{buyer.id: c}]}"
    assert [fact for _, fact in facts_named(field(text))] == ["line.sku", "line.tags", "clock.date", "buyer.id"]
    assert list(facts_named(None)) == []
    assert build_condition(None) == ALWAYS


# --- law: a window over midnight belongs to the day it starts on ----------------------------------------------------

_MINUTES = st.integers(0, 1439)
_INSTANTS = st.integers(0, 700 * 1440).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
)


def _clock(minutes: int) -> str:
    return f"'{minutes // 60:02d}:{minutes % 60:02d}'"


@settings(max_examples=300)
@given(_MINUTES, _MINUTES, st.sets(st.sampled_from(WEEKDAYS), min_size=1), _INSTANTS, st.booleans())
def test_after_midnight_it_is_still_the_evening_before(start, end, days, at, nested):
    if start == end:
        return
    day_test = f"clock.weekday: [{', '.join(days)}]"
    day_test = f"any: [{{{day_test}}}, {{line.sku: never}}]" if nested else day_test
    night = condition(f"{{clock.time: {{from: {_clock(start)}, until: {_clock(end)}}}, {day_test}}}")

    def facts(name: str):
        return clock_fact(name, at) if name.startswith("clock.") else None

    minute = at.hour * 60 + at.minute
    crosses = 0 < end < start
    after_midnight = crosses and minute < end
    inside = after_midnight or start <= minute < (1440 if end < start else end)
    opened = at.date() - timedelta(days=1) if after_midnight else at.date()
    assert holds(night, facts) == (inside and WEEKDAYS[opened.weekday()] in days)


def test_a_nested_part_with_a_time_of_its_own_keeps_its_own_day():
    night = condition(
        "{clock.time: {from: '22:00', until: '02:00'}, clock.holiday: national_day,"
        " not: {clock.time: {less_than: '01:00'}, clock.weekday: sun}}"
    )
    own = Not(All((Test("clock.time", "less_than", (60,)), Test("clock.weekday", "in", ("sun",)))))
    evening = All((Test("clock.time", "at_least", (1320,)), Test("clock.holiday", "in", ("national_day",))))
    morning = All((Test("clock.time", "less_than", (120,)), Test("clock.eve.holiday", "in", ("national_day",))))
    assert night == All((own, Any((evening, morning))))
