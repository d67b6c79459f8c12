"""How the text of a scalar is read: money, rates, dates, times, regions.  Exact; no float, no clock.

Each reader takes the text as written and returns the value, or raises `Unreadable` with the diagnostic code that says
what is wrong and, where it can be guessed, what was meant.  A test holds the readers equal to the schema's patterns.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Final

from engine.calendar import SHANGHAI
from engine.facts import region_path
from engine.money import Rate
from engine.text.diagnostics import did_you_mean

MONEY = r"[¥￥]?(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?"
RATE = r"(0|[1-9][0-9]{0,3})(\.[0-9]{1,4})?%|(0|[1-9][0-9]{0,5})/[1-9][0-9]{0,5}"
PERCENT = r"(100(\.0{1,2})?|(0|[1-9][0-9]?)(\.[0-9]{1,2})?)%"
DATE = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
OFFSET = r"Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]"
INSTANT = rf"{DATE}([ T]{CLOCK}(:[0-5][0-9])?( ?({OFFSET}))?)?"
TIME_OF_DAY = rf"{CLOCK}|24:00"
LUNAR = r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|30)"
REGION = r"[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?"
COUNT = r"0|[1-9][0-9]{0,9}"
PAYEE = r"promoter|referrer|leader|host|partner|pool:[a-z][a-z0-9-]{0,59}"

PAYEES = ("promoter", "referrer", "leader", "host", "partner", "pool:NAME")

_ZHE = re.compile(r"([0-9])(\.?)([0-9]?)折")
_DECIMAL = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,6}))?")

Hint = tuple[str, str]


class Unreadable(Exception):
    """A text that its field cannot read. `hint` (zh, en) says what was probably meant."""

    def __init__(self, code: str, hint: Hint | None = None) -> None:
        self.code = code
        self.hint = hint
        super().__init__(code)


def read_money(text: str) -> int:
    """Yuan as fen: `12`, `12.5`, `12.50` or `¥12.50`, up to 9,999,999,999.99."""
    if not re.fullmatch(MONEY, text):
        raise Unreadable("R301", _money_hint(text))
    whole, _, cents = text.lstrip("¥￥").partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


def _money_hint(text: str) -> Hint | None:
    bare = re.sub(r"[,\s元¥￥]|RMB|CNY", "", text)
    if re.fullmatch(MONEY, bare):
        return f"写作 `{bare}`", f"write `{bare}`"
    if re.fullmatch(r"[0-9]+\.[0-9]{3,}", bare):
        return "最小单位是分, 最多两位小数", "fen are the smallest unit: two decimals at most"
    if re.fullmatch(r"-[0-9.]+", bare):
        return "金额不能为负", "amounts are never negative"
    return None


def read_rate(text: str) -> Rate:
    """An exact rate: `8%`, `12.5%` or `1/3`. A bare number is refused, because 8 and 0.08 are both in use for 8 %."""
    if not re.fullmatch(RATE, text):
        raise Unreadable("R302", _rate_hint(text))
    if text.endswith("%"):
        whole, _, decimals = text[:-1].partition(".")
        return Rate(int(whole + decimals), 100 * 10 ** len(decimals))
    num, _, den = text.partition("/")
    return Rate(int(num), int(den))


def read_percent(text: str) -> int:
    """A share as basis points, `30%` or `12.25%`: as fine as orders carry it, so that a test is exact."""
    if not re.fullmatch(PERCENT, text):
        raise Unreadable("R357", _rate_hint(text) if not re.fullmatch(RATE, text) else None)
    whole, _, decimals = text[:-1].partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


def _rate_hint(text: str) -> Hint | None:
    bare = text.replace("％", "%").replace(" ", "")
    if re.fullmatch(RATE, bare):
        return f"写作 `{bare}`", f"write `{bare}`"
    zhe = _ZHE.fullmatch(bare)
    if zhe:
        off = 100 - int((zhe[1] + zhe[3]).ljust(2, "0"))
        return f"{bare}是减 `{off}%`", f"{bare} is `{off}%` off"
    number = _DECIMAL.fullmatch(bare)
    if number is None:
        return None
    whole, decimals = int(number[1]), number[2] or ""
    if whole >= 1:
        return f"`{bare}%`?", f"`{bare}%`?"
    shifted = decimals.ljust(2, "0")
    percent = f"{int(shifted[:2])}.{shifted[2:]}".rstrip("0").rstrip(".") + "%"
    return f"写作 `{percent}`", f"write `{percent}`"


_NO_SUCH_DAY: Final = ("这一天不存在", "there is no such day")


def read_date(text: str) -> date:
    """A calendar date `2026-10-01`."""
    if re.fullmatch(DATE, text):
        if not _is_day(text):
            raise Unreadable("R303", _NO_SUCH_DAY)
        return date.fromisoformat(text)
    loose = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text)
    if loose is None:
        raise Unreadable("R303")
    meant = f"{loose[1]}-{int(loose[2]):02d}-{int(loose[3]):02d}"
    if not _is_day(meant):
        raise Unreadable("R303", _NO_SUCH_DAY)
    raise Unreadable("R303", (f"写作 `{meant}`", f"write `{meant}`"))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_day(text: str) -> int:
    """A calendar date as its day ordinal, the form conditions compare."""
    return read_date(text).toordinal()


def read_instant(text: str) -> datetime:
    """A date (its first moment) or a date-time, in Asia/Shanghai unless it carries an offset."""
    if not re.fullmatch(INSTANT, text):
        raise Unreadable("R304", _instant_hint(text))
    day, clock, offset = text[:10], text[11:].replace(" ", ""), ""
    found = re.search(rf"({OFFSET})$", clock)
    if found:
        clock, offset = clock[: found.start()], found.group().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}{offset}")
        return moment.astimezone(SHANGHAI) if offset else moment.replace(tzinfo=SHANGHAI)
    except (ValueError, OverflowError):
        raise Unreadable("R304", ("这一刻不存在", "there is no such moment")) from None


def _instant_hint(text: str) -> Hint | None:
    try:
        read_date(text)
    except Unreadable as unreadable:
        return unreadable.hint
    return None


def read_time(text: str) -> int:
    """A time of day `'22:00'` as minutes after midnight; `'24:00'` is the end of the day."""
    if not re.fullmatch(TIME_OF_DAY, text):
        loose = re.fullmatch(r"([0-9]{1,2})[:：]([0-9]{2})(?::[0-9]{2})?", text)
        if loose and int(loose[1]) < 24 and int(loose[2]) < 60:
            meant = f"'{int(loose[1]):02d}:{loose[2]}'"
            raise Unreadable("R305", (f"写作 `{meant}`", f"write `{meant}`"))
        raise Unreadable("R305")
    if text == "24:00":
        return 24 * 60
    clock = time.fromisoformat(text)
    return clock.hour * 60 + clock.minute


def read_lunar(text: str) -> int:
    """A lunar month and day `'08-15'` as month*100+day."""
    if not re.fullmatch(LUNAR, text):
        loose = re.fullmatch(r"([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text)
        if loose and 1 <= int(loose[1]) <= 12 and 1 <= int(loose[2]) <= 30:
            meant = f"'{int(loose[1]):02d}-{int(loose[2]):02d}'"
            raise Unreadable("R306", (f"写作 `{meant}`", f"write `{meant}`"))
        raise Unreadable("R306")
    month, _, day = text.partition("-")
    return int(month) * 100 + int(day)


def read_region(text: str) -> str:
    """A GB/T 2260 code of 2, 4, 6, 9 or 12 digits as the path of its prefixes."""
    if not re.fullmatch(REGION, text):
        raise Unreadable("R307")
    return region_path(text)


def read_count(text: str) -> int:
    """A whole number of units."""
    if not re.fullmatch(COUNT, text):
        raise Unreadable("R328")
    return int(text)


def read_payee(text: str) -> str:
    """A role that can be paid: promoter, referrer, leader, host, partner, or a fund `pool:NAME`."""
    if not re.fullmatch(PAYEE, text):
        raise Unreadable("R309", did_you_mean(text, PAYEES))
    return text


READERS: dict[str, Callable[[str], object]] = {
    "money": read_money,
    "rate": read_rate,
    "percent": read_percent,
    "date": read_day,
    "instant": read_instant,
    "time": read_time,
    "lunar": read_lunar,
    "region": read_region,
    "payee": read_payee,
}
"""By the name that a schema gives in its keyword `x-reader`."""
