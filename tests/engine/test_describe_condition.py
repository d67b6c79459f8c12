"""Conditions in words: what is told alike holds alike, and what people would say."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import ALWAYS, All, Any, Condition, Not, Test, holds
from engine.describe.condition import night_of, say_condition
from engine.describe.fact import say_fact
from engine.describe.values import Words
from engine.facts import facts_of
from engine.order import OrderEvent
from engine.vocabulary import CLOCK_EVE, VOCABULARY
from tests.engine.events import conditions, events
from tests.engine.neighbours import neighbours
from tests.engine.test_build_condition import condition as built

FRIDAY = Test("clock.weekday", "in", ("fri",))
LATE, EARLY = Test("clock.time", "at_least", (1080,)), Test("clock.time", "less_than", (120,))


@given(conditions())
def test_every_condition_can_be_said(condition: Condition) -> None:
    said = say_condition(condition)
    assert said.zh
    assert said.en


@given(conditions(), st.data())
def test_conditions_that_are_told_alike_hold_alike(condition: Condition, data: st.DataObject) -> None:
    said = say_condition(condition)
    alike = []
    for one in neighbours(condition, Condition):
        told = say_condition(one.value)
        if told.zh == said.zh or told.en == said.en:
            alike.append(one.value)
    if alike:
        event: OrderEvent = data.draw(events)
        for line in event.lines:
            facts = facts_of(event, line)
            assert [holds(one, facts) for one in alike] == [holds(condition, facts)] * len(alike)


LEAVES = tuple(Test(fact, "in", ("x",)) for fact in ("buyer.level", "line.sku", "store.id"))


def _trees(leaves: tuple[Condition, ...], depth: int) -> list[Condition]:
    """All trees over leaves in their order: every way to join neighbours, and its negation."""
    if len(leaves) == 1 or not depth:
        return [*leaves[:1], Not(leaves[0])]
    cuts = [(leaves[:at], leaves[at:]) for at in range(1, len(leaves))]
    joins = [
        kind((left, right))
        for kind in (All, Any)
        for head, tail in cuts
        for left in _trees(head, depth - 1)
        for right in _trees(tail, depth - 1)
    ]
    return [*joins, *(Not(one) for one in joins), All(leaves), Any(leaves)]


def test_brackets_tell_every_tree_from_one_that_means_something_else() -> None:
    meaning: dict[tuple[str, ...], list[bool]] = {}
    worlds = list(product((True, False), repeat=len(LEAVES)))
    for tree in _trees(LEAVES, 2):
        truth = [
            holds(
                tree, dict(zip((one.fact for one in LEAVES), ("x" if one else "y" for one in world), strict=True)).get
            )
            for world in worlds
        ]
        for said in (("zh", say_condition(tree).zh), ("en", say_condition(tree).en)):
            assert meaning.setdefault(said, truth) == truth, said


def test_every_fact_has_a_name_of_its_own() -> None:
    said = [say_fact(name) for name in [*VOCABULARY, *CLOCK_EVE.values()]]
    assert len({one.zh for one in said}) == len({one.en for one in said}) == len(said)
    assert not any("(" in one.en for one in said)


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("{line.category: {under: snack}}", "类目属于 snack", "the category is snack or below"),
        ("{line.category: {in: snack}}", "类目恰为 snack", "the category is exactly snack"),
        ("{not: {line.category: {under: [a, b]}}}", "类目不属于 a 或 b", "the category is not a or b or below"),
        ("{order.tags: [a, b, c]}", None, "the goods tags the basket contains include a, b or c"),
        ("{buyer.level: {exists: false}}", "没有会员等级", "there is no member level"),
        ("{buyer.is_new: true}", "买家是新客", "the buyer is new"),
        ("{not: {buyer.is_new: true}}", "无从确认买家是新客", "it is not known that the buyer is new"),
        ("{line.unit_price: {at_least: 10, less_than: 50}}", "原价单价不少于 10.00 元且少于 50.00 元", None),
        ("{clock.time: {from: '09:00', until: '12:00'}}", "在 09:00 至 12:00 之间", "it is between 09:00 and 12:00"),
        (
            "{clock.time: {from: '18:00', until: '02:00'}}",
            "在 18:00 至次日 02:00 之间",
            "it is between 18:00 and 02:00 of the next day",
        ),
        (
            "{clock.time: {from: '18:00', until: '02:00'}, clock.weekday: [fri, sat]}",
            "在 18:00 至次日 02:00 之间（以开始那天为准：逢周五或周六）",
            "it is between 18:00 and 02:00 of the next day (the day it begins counts: it is Friday or Saturday)",
        ),
        (
            "{all: [{clock.time: {from: '18:00', until: '02:00'}}, {clock.weekday: fri}]}",
            "（时刻不早于 18:00，或时刻早于 02:00），且逢周五",
            "(the time of day is not before 18:00 or the time of day is before 02:00) and it is Friday",
        ),
        (
            "{clock.date: {from: 2026-10-01, until: 2026-10-09}}",
            "在 2026 年 10 月 1 日至 2026 年 10 月 8 日期间",
            None,
        ),
        ("{clock.lunar: {from: '08-10', until: '08-18'}}", "在农历八月初十至八月十八前", None),
        ("{any: [{buyer.level: gold}, {order.channel: live}]}", "（会员等级为 gold，或成交渠道为直播）", None),
        ("always", "任何情况", "always"),
    ],
)
def test_conditions_read_as_people_would_say_them(written: str, zh: str | None, en: str | None) -> None:
    said = say_condition(built(written))
    assert zh in (None, said.zh)
    assert en in (None, said.en)


def test_the_answers_of_a_form_tell_themselves_whether_a_window_ends_the_next_day() -> None:
    names = {("time", 18 * 60): Words("「开始」", "“Opens”"), ("time", 120): Words("「结束」", "“Closes”")}
    said = say_condition(built("{clock.time: {from: '18:00', until: '02:00'}}"), names)
    assert said.zh == "在「开始」至「结束」之间（结束早于开始的到次日）"


@pytest.mark.parametrize(
    "other",
    [
        Any((LATE, Test("clock.time", "less_than", (1200,)))),
        Any((All((LATE, FRIDAY)), EARLY)),
        Any((All((LATE, FRIDAY)), All((EARLY, FRIDAY)))),
        Any((FRIDAY, Not(FRIDAY))),
        Any((ALWAYS, ALWAYS)),
    ],
)
def test_only_a_window_over_midnight_is_told_as_one(other: Any) -> None:
    assert night_of(other) is None
    assert "次日" not in say_condition(other).zh


def test_a_last_day_is_included() -> None:
    bounds = (Test("clock.date", "at_least", (date(2026, 10, 1).toordinal(),)),)
    until = Test("clock.date", "less_than", (date(2026, 10, 4).toordinal(),))
    last = Test("clock.date", "at_most", (date(2026, 10, 3).toordinal(),))
    assert say_condition(All((*bounds, until))) == say_condition(All((*bounds, last)))
