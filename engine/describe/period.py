"""Periods in words."""

from engine.describe.values import Words, say_day
from engine.period import PeriodSpec

_CALENDAR = {
    "week": Words("每周（周一到周日）", "every week (Monday to Sunday)"),
    "half_month": Words("每半月（1 至 15 日，16 日至月底）", "every half month (1st to 15th, 16th to the end)"),
    "month": Words("每月", "every month"),
}


def say_period(period: PeriodSpec) -> Words:
    """How time is divided: 每月 / every month."""
    if period.days is None or period.anchor is None:
        return _CALENDAR[period.kind]
    first = say_day(period.anchor)
    return Words(f"每 {period.days} 天（从 {first.zh}数起）", f"every {period.days} days (counted from {first.en})")
