"""Days as people in Changsha count them: Asia/Shanghai, lunar dates, public holidays.  Pure: a date in, a value out."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar
from borax.calendars.lunardate import LunarDate

SHANGHAI = ZoneInfo("Asia/Shanghai")

_HOLIDAY_NAMES = {
    "New Year's Day": "new_year",
    "Spring Festival": "spring_festival",
    "Tomb-sweeping Day": "tomb_sweeping",
    "Labour Day": "labour_day",
    "Dragon Boat Festival": "dragon_boat",
    "National Day": "national_day",
    "Mid-autumn Festival": "mid_autumn",
}


def lunar(day: date) -> int | None:
    """Lunar month*100+day; a leap month adds 50 (leap 6th month, day 1: 651). None outside 1900-2100."""
    try:
        found = LunarDate.from_solar(day)
    except (ValueError, OverflowError):
        return None
    return int(found.month) * 100 + (50 if found.leap else 0) + int(found.day)


@lru_cache(maxsize=4096)
def _official(day: date) -> tuple[bool, str | None] | None:
    """(day off, holiday name) from the State Council's notices; None for years they do not cover yet."""
    try:
        off, name = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    return bool(off), name


def known_holidays(day: date) -> bool:
    """Whether the official holiday calendar of the day's year is known; if not, holiday facts are absent."""
    return _official(day) is not None


def holiday(day: date) -> str | None:
    """The public holiday a day off belongs to (`spring_festival`, ...); None on other days and unknown years."""
    found = _official(day)
    if found is None or not found[0] or found[1] is None:
        return None
    return _HOLIDAY_NAMES.get(str(found[1]))


def day_kind(day: date) -> str | None:
    """`holiday`, `makeup_workday` (a weekend day worked), `weekend` or `workday`; None for unknown years."""
    found = _official(day)
    if found is None:
        return None
    off, name = found
    if off:
        return "holiday" if name is not None else "weekend"
    return "makeup_workday" if day.weekday() >= 5 else "workday"
