"""Values in words, in Chinese and English: money, rates, days, times, and the values of facts as people call them."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from engine.calendar import SHANGHAI
from engine.conditions import FactValue
from engine.money import Rate, yuan
from engine.vocabulary import BASIS_POINTS, WEEKDAYS, fact_of


class Words(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str


Names = Mapping[tuple[str, object], Words]
"""What people call a value: by (fact, value) or (type of fact, value), e.g. `("region", "43/4301/430102")`.

A template puts the titles of its questions here, also under `("rate", Rate)` and, for several choices, under
`(fact, (value, value))`.
"""
NO_NAMES: Names = {}


def joined(words: Iterable[Words], zh: str, en: str) -> Words:
    """Several phrases as one, with a separator for each language."""
    listed = list(words)
    return Words(zh.join(one.zh for one in listed), en.join(one.en for one in listed))


def either(words: Sequence[Words]) -> Words:
    """Alternatives: A、B 或 C / A, B or C."""
    if len(words) < 2:
        return joined(words, "", "")
    most = joined(words[:-1], "、", ", ")
    return Words(spaced(spaced(most.zh, "或"), words[-1].zh), f"{most.en} or {words[-1].en}")


def spaced(left: str, right: str) -> str:
    """Two pieces of Chinese text as one, with a space where letters or digits meet characters."""
    before, after = left[-1:], right[:1]
    apart = (_is_latin(before) and _is_character(after)) or (_is_character(before) and _is_latin(after))
    return f"{left} {right}" if apart else f"{left}{right}"


def _is_latin(text: str) -> bool:
    return text.isascii() and (text.isalnum() or text in tuple("¥%\"'"))


def _is_character(text: str) -> bool:
    return "\u4e00" <= text <= "\u9fff"


def say_money(fen: int, names: Names = NO_NAMES) -> Words:
    """12,345.00 元 / ¥12,345.00."""
    whole, cents = yuan(fen).split(".")
    text = f"{int(whole):,}.{cents}"
    return names.get(("money", fen)) or Words(f"{text} 元", f"¥{text}")


def say_count(count: int, names: Names = NO_NAMES) -> Words:
    return names.get(("integer", count)) or Words(str(count), str(count))


def say_rate(rate: Rate, names: Names = NO_NAMES) -> Words:
    """8% or 1/3, as written."""
    return names.get(("rate", rate)) or Words(str(rate), str(rate))


# --- days and times ---------------------------------------------------------------------------------------------------

_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LUNAR_MONTHS = "正二三四五六七八九十冬腊"
_DIGITS = "一二三四五六七八九十"
LEAP = 50
"""Added to the day of a lunar date that lies in a leap month."""


def say_day(day: date) -> Words:
    """2026 年 10 月 8 日 / 8 October 2026."""
    return Words(f"{day.year} 年 {day.month} 月 {day.day} 日", f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}")


def say_instant(at: datetime) -> Words:
    """A day, and the time of day in Asia/Shanghai unless it is midnight."""
    local = at.astimezone(SHANGHAI)
    day = say_day(local.date())
    clock = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return day if clock == "00:00" else Words(f"{day.zh} {clock}", f"{clock} on {day.en}")


def _lunar(value: int) -> Words:
    month, day = divmod(value, 100)
    leap, day = divmod(day, LEAP)
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return Words(str(value), str(value))
    tens, ones = divmod(day - 1, 10)
    said = {20: "二十", 30: "三十"}.get(day, ("初", "十", "廿")[tens] + _DIGITS[ones])
    return Words(
        f"{'闰' if leap else ''}{_LUNAR_MONTHS[month - 1]}月{said}",
        f"day {day} of {'leap ' if leap else ''}lunar month {month}",
    )


# --- values of facts --------------------------------------------------------------------------------------------------

CALLED: dict[str, Words] = {
    "mon": Words("周一", "Monday"),
    "tue": Words("周二", "Tuesday"),
    "wed": Words("周三", "Wednesday"),
    "thu": Words("周四", "Thursday"),
    "fri": Words("周五", "Friday"),
    "sat": Words("周六", "Saturday"),
    "sun": Words("周日", "Sunday"),
    "new_year": Words("元旦", "New Year"),
    "spring_festival": Words("春节", "Spring Festival"),
    "tomb_sweeping": Words("清明节", "Tomb-Sweeping Day"),
    "labour_day": Words("劳动节", "Labour Day"),
    "dragon_boat": Words("端午节", "the Dragon Boat Festival"),
    "national_day": Words("国庆节", "National Day"),
    "mid_autumn": Words("中秋节", "Mid-Autumn"),
    "workday": Words("工作日", "a workday"),
    "weekend": Words("周末", "a weekend"),
    "holiday": Words("法定假日", "a public holiday"),
    "makeup_workday": Words("调休上班日", "a make-up workday"),
    "mini_program": Words("小程序", "mini-program"),
    "live": Words("直播", "live stream"),
    "short_video": Words("短视频", "short video"),
    "group_share": Words("社区群分享", "community group"),
    "store": Words("门店", "store"),
    "search": Words("搜索", "search"),
    "delivery": Words("送货", "delivery"),
    "pickup": Words("自提", "pickup"),
}
"""The words of every closed list of the vocabulary."""

_BOOLEANS = {True: Words("是", "yes"), False: Words("否", "no")}
_PLAIN = re.compile(r"[\w./:@+-]+")


def say_value(fact: str, value: FactValue, names: Names = NO_NAMES) -> Words:
    """One value of a fact as people say it; a set as all its members."""
    if value is None:
        return Words("—", "—")
    if isinstance(value, frozenset | tuple):
        members = sorted(value)
        return joined([say_value(fact, one, names) for one in members], "、", ", ") if members else Words("—", "—")
    known = fact_of(fact)
    named = names.get((fact, value)) or names.get((known.type, value))
    if named is not None:
        return named
    if isinstance(value, bool):
        return _BOOLEANS[value]
    if isinstance(value, int):
        return _say_number(known.type, value)
    if known.values and value in CALLED:
        return CALLED[value]
    text = value.rpartition("/")[2] if known.type == "region" else value
    said = text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
    return Words(said, said)


def _say_number(kind: str, value: int) -> Words:
    match kind:
        case "money":
            return say_money(value)
        case "rate":
            return say_rate(Rate(value, BASIS_POINTS))
        case "time":
            text = f"{value // 60:02d}:{value % 60:02d}"
            return Words(text, text)
        case "date":
            return say_day(date.fromordinal(value))
        case "lunar":
            return _lunar(value)
    return Words(str(value), str(value))


def say_weekdays(values: Sequence[object], names: Names = NO_NAMES) -> Words:
    """Days of the week in their order; three or more in a row as a range: 周一至周五 / Monday to Friday."""
    days = [day for day in WEEKDAYS if day in values]
    if len(days) < len(values) or len(days) < 3 or len(days) == len(WEEKDAYS):
        return either([say_value("clock.weekday", str(one), names) for one in days or values])
    first = WEEKDAYS.index(days[0])
    if tuple(days) != WEEKDAYS[first : first + len(days)]:
        return either([CALLED[one] for one in days])
    return Words(f"{CALLED[days[0]].zh}至{CALLED[days[-1]].zh}", f"{CALLED[days[0]].en} to {CALLED[days[-1]].en}")
