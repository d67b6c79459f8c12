"""Values as people say them, in both languages."""

from collections.abc import Sequence
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.conditions import FactValue
from engine.describe.values import (
    CALLED,
    Words,
    either,
    say_instant,
    say_money,
    say_value,
    say_weekdays,
    spaced,
)
from engine.vocabulary import VOCABULARY


@pytest.mark.parametrize(
    ("fact", "value", "zh", "en"),
    [
        ("line.unit_price", 1250, "12.50 元", "¥12.50"),
        ("clock.time", 22 * 60 + 5, "22:05", "22:05"),
        ("clock.time", 24 * 60, "24:00", "24:00"),
        ("clock.date", date(2026, 10, 2).toordinal(), "2026 年 10 月 2 日", "2 October 2026"),
        ("clock.lunar", 815, "八月十五", "day 15 of lunar month 8"),
        ("clock.lunar", 651, "闰六月初一", "day 1 of leap lunar month 6"),
        ("clock.lunar", 1230, "腊月三十", "day 30 of lunar month 12"),
        ("order.region", "43/4301/430102", "430102", "430102"),
        ("buyer.is_new", True, "是", "yes"),
        ("line.tags", frozenset({"b", "a"}), "a、b", "a, b"),
        ("line.tags", frozenset(), "—", "—"),
        ("line.tags", "a、b", '"a、b"', '"a、b"'),
        ("line.quantity", 3, "3", "3"),
        ("line.sku", None, "—", "—"),
        ("clock.weekday", "fri", "周五", "Friday"),
        ("line.sku", "fri", "fri", "fri"),
    ],
)
def test_values_are_said_as_people_say_them(fact: str, value: FactValue, zh: str, en: str) -> None:
    assert say_value(fact, value) == Words(zh, en)


def test_every_word_of_a_closed_list_has_a_name_of_its_own() -> None:
    for fact in VOCABULARY.values():
        said = [say_value(fact.name, value) for value in fact.values]
        assert all(value in CALLED for value in fact.values), fact.name
        assert len({one.zh for one in said}) == len({one.en for one in said}) == len(fact.values)


def test_thirty_days_of_each_lunar_month_and_of_its_leap_twin_are_told_apart() -> None:
    days = [100 * month + leap + day for month in range(1, 13) for leap in (0, 50) for day in range(1, 31)]
    said = [say_value("clock.lunar", day) for day in days]
    assert len({one.zh for one in said}) == len({one.en for one in said}) == len(days)


def test_names_come_before_codes() -> None:
    names = {("region", "43/4301/430102"): Words("芙蓉区", "Furong"), ("line.sku", "tofu"): Words("臭豆腐", "Tofu")}
    assert say_value("order.region", "43/4301/430102", names).zh == "芙蓉区"
    assert say_value("store.region", "43/4301/430102", names).en == "Furong"
    assert say_value("line.sku", "tofu", names).zh == "臭豆腐"
    assert say_value("line.product", "tofu", names).zh == "tofu"


@pytest.mark.parametrize(
    ("days", "zh", "en"),
    [
        (("fri", "mon", "thu", "tue", "wed"), "周一至周五", "Monday to Friday"),
        (("fri", "sat"), "周五或周六", "Friday or Saturday"),
        (("fri", "mon", "wed"), "周一、周三或周五", "Monday, Wednesday or Friday"),
        (("mon",), "周一", "Monday"),
    ],
)
def test_days_of_the_week_are_told_in_their_order(days: Sequence[str], zh: str, en: str) -> None:
    assert say_weekdays(days) == Words(zh, en)


@given(st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1))
def test_no_two_choices_of_days_are_told_alike(days: set[str]) -> None:
    said = say_weekdays(sorted(days))
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"):
        other = days ^ {day}
        if other:
            assert say_weekdays(sorted(other)).zh != said.zh
            assert say_weekdays(sorted(other)).en != said.en


@given(st.integers(0, 10**15))
def test_money_keeps_every_fen(fen: int) -> None:
    said = say_money(fen)
    for text in (said.zh.removesuffix(" 元"), said.en.removeprefix("¥")):
        yuan, cents = text.replace(",", "").split(".")
        assert (int(yuan) * 100 + int(cents), len(cents)) == (fen, 2)


def test_an_instant_is_a_day_unless_it_has_a_time() -> None:
    assert say_instant(datetime(2026, 10, 8, tzinfo=SHANGHAI)).zh == "2026 年 10 月 8 日"
    assert say_instant(datetime(2026, 10, 8, 18, tzinfo=SHANGHAI)) == Words(
        "2026 年 10 月 8 日 18:00", "18:00 on 8 October 2026"
    )
    assert say_instant(datetime(2026, 10, 8, 0, 0, 1, tzinfo=SHANGHAI)).en == "00:00:01 on 8 October 2026"


def test_letters_and_characters_stand_apart() -> None:
    assert spaced("每", "2") == "每 2"
    assert spaced("满", "「几件」") == "满「几件」"
    assert spaced("", "2") == "2"
    assert either([Words("a", "a"), Words("芙蓉区", "Furong")]).zh == "a 或芙蓉区"
