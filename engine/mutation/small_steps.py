"""The values one small step beside a value as it is written: a fen, a minute, a day, one in the last place of a rate.

Each function takes the text of a scalar and returns the texts beside it, each readable by the same reader; a text that
it cannot read has none.  Pure.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.builder.values import (
    Unreadable,
    read_date,
    read_instant,
    read_lunar,
    read_money,
    read_percent,
    read_rate,
    read_time,
)
from engine.money import yuan
from engine.vocabulary import BASIS_POINTS, Fact

Texts = tuple[str, ...]
MINUTES_OF_DAY = 24 * 60


def money_steps(text: str) -> Texts:
    """A fen more and a fen less."""
    fen = read_money(text)
    return tuple(yuan(one) for one in (fen + 1, fen - 1) if one >= 0)


def count_steps(text: str) -> Texts:
    """One more and one less."""
    return str(int(text) + 1), str(int(text) - 1)


def rate_steps(text: str) -> Texts:
    """One more and one less in the last place written: `9%` beside `8%`, `1.4%` beside `1.5%`, `2/3` beside `1/3`."""
    read_rate(text)
    if not text.endswith("%"):
        num, _, den = text.partition("/")
        return tuple(f"{one}/{den}" for one in (int(num) + 1, int(num) - 1) if one >= 0)
    whole, point, decimals = text[:-1].partition(".")
    figure = int(whole + decimals)
    width = len(decimals) + 1
    digits = [str(one).rjust(width, "0") for one in (figure + 1, figure - 1) if one >= 0]
    return tuple(f"{one[: len(one) - len(decimals)]}{point}{one[len(one) - len(decimals) :]}%" for one in digits)


def percent_steps(text: str) -> Texts:
    """A hundredth of a percent more and less: as fine as a fact counts."""
    points = read_percent(text)
    near = (one for one in (points + 1, points - 1) if 0 <= one <= BASIS_POINTS)
    return tuple(f"{one // 100}.{one % 100:02d}%" for one in near)


def time_steps(text: str) -> Texts:
    """A minute later and a minute earlier; midnight is written `24:00` where it ends a day."""
    minutes = read_time(text)
    return tuple(f"{one // 60:02d}:{one % 60:02d}" for one in (minutes + 1, minutes - 1) if 0 <= one <= MINUTES_OF_DAY)


def date_steps(text: str) -> Texts:
    """The next day and the day before."""
    day = read_date(text)
    return (day + timedelta(days=1)).isoformat(), (day - timedelta(days=1)).isoformat()


def instant_steps(text: str) -> Texts:
    """For a date the days beside it; for a date-time a minute later and a minute earlier, written as it was."""
    read_instant(text)
    if len(text) == len("2026-10-01"):
        return date_steps(text)
    moment = datetime.fromisoformat(text[:16])
    steps = (moment + one for one in (timedelta(minutes=1), timedelta(minutes=-1)))
    return tuple(one.strftime(f"%Y-%m-%d{text[10]}%H:%M") + text[16:] for one in steps)


def lunar_steps(text: str) -> Texts:
    """The next lunar day and the one before, every month taken to have thirty."""
    month, day = divmod(read_lunar(text), 100)
    days = (month - 1) * 30 + day - 1
    return tuple(f"{one % 360 // 30 + 1:02d}-{one % 30 + 1:02d}" for one in (days + 1, days - 1))


def region_steps(text: str) -> Texts:
    """The region above, or, for a province, the next code."""
    above = {4: 2, 6: 4, 9: 6, 12: 9}.get(len(text))
    return (text[:above],) if above else (f"{int(text) + 1:02d}",)


def path_steps(text: str) -> Texts:
    """The category above, or, at the top, another one."""
    above = text.rpartition("/")[0]
    return (above or f"{text}-other",)


def text_steps(text: str) -> Texts:
    """Another text."""
    return (f"{text}-other",)


def boolean_steps(text: str) -> Texts:
    return ("false" if text == "true" else "true",)


_FACT_STEPS: dict[str, Callable[[str], Texts]] = {
    "text": text_steps,
    "texts": text_steps,
    "path": path_steps,
    "paths": path_steps,
    "region": region_steps,
    "money": money_steps,
    "integer": count_steps,
    "rate": percent_steps,
    "boolean": boolean_steps,
    "time": time_steps,
    "date": date_steps,
    "lunar": lunar_steps,
}


def steps_of(step: Callable[[str], Texts], text: str) -> Texts:
    """The steps of a text, none when it is no such value: a fault is the build's to report."""
    try:
        return step(text)
    except (Unreadable, ValueError):
        return ()


def read_amount(text: str) -> int | None:
    """A text as fen, None when it is no money."""
    try:
        return read_money(text)
    except Unreadable:
        return None


def fact_steps(fact: Fact, text: str) -> Texts:
    """The values beside a value of a fact; of a closed vocabulary, the next word."""
    if fact.values:
        if text not in fact.values:
            return ()
        return (fact.values[(fact.values.index(text) + 1) % len(fact.values)],)
    return steps_of(_FACT_STEPS[fact.type], text)


RATE_TEXT = re.compile(r"[0-9.]+%|[0-9]+/[0-9]+")
