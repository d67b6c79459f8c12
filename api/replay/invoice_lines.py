"""Lines of an invoice: their figures, read exactly, and whether they sell goods, carriage, or neither."""

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from engine.calendar import SHANGHAI

CARRIAGE = frozenset({"POST", "DOT", "C2"})
"""Postage and carriage: the delivery fee of their invoice."""
NOT_GOODS = {
    "M": "manual",
    "m": "manual",
    "D": "discount",
    "S": "samples",
    "B": "bad_debt",
    "BANK CHARGES": "bank_charges",
    "AMAZONFEE": "marketplace_fee",
    "CRUK": "charity",
}
"""Codes that are bookkeeping, with the reason under which their lines are counted."""
VOUCHER = "gift_"

_UNITS = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_POUNDS = re.compile(r"(-?)([0-9]{1,10})(?:\.([0-9]{1,6}))?", re.ASCII)


class Row(NamedTuple):
    """One line. `price_fen` is None where the price is not whole pence; `place` is the line of the file."""

    place: int
    code: str
    quantity: int
    price_fen: int | None


def is_name(text: str) -> bool:
    """Whether a text can be an invoice number or a stock code."""
    return 0 < len(text) <= 64


@lru_cache(maxsize=65_536)
def units_of(text: str) -> int:
    """A quantity. Raises ValueError, naming the text."""
    if _UNITS.fullmatch(text) is None:
        raise ValueError(f"Quantity {text[:80]!r}")
    return int(text)


@lru_cache(maxsize=65_536)
def pence_of(text: str) -> int | None:
    """A price in pounds as pence, exactly; None when it is not whole pence. Raises ValueError, naming the text."""
    found = _POUNDS.fullmatch(text)
    if found is None:
        raise ValueError(f"UnitPrice {text[:80]!r}")
    sign, pounds, pence = found.groups(default="")
    if pence[2:].strip("0"):
        return None
    fen = int(pounds) * 100 + int(pence[:2].ljust(2, "0"))
    return -fen if sign else fen


@lru_cache(maxsize=65_536)
def why_not_goods(code: str) -> str | None:
    """Why a stock code is neither goods nor carriage; None when it is one of them."""
    return "gift_voucher" if code.startswith(VOUCHER) else NOT_GOODS.get(code)


def why_no_sale(row: Row) -> str | None:
    """Why a line of a sale is not in its order; None when it is. The first reason that holds counts."""
    reason = why_not_goods(row.code)
    if reason is not None:
        return reason
    if row.quantity > 0 and row.price_fen is not None and row.price_fen > 0:
        return None
    if row.quantity <= 0:
        return "written_off" if row.quantity else "quantity_zero"
    return _why_no_price(row.price_fen)


def why_no_cancellation(row: Row, customer: str) -> str | None:
    """Why a line of a cancellation cannot look for its sale; None when it can. The first reason that holds counts."""
    reason = why_not_goods(row.code)
    if reason is not None:
        return reason
    if row.quantity >= 0:
        return "cancellation_adds_units" if row.quantity else "quantity_zero"
    reason = _why_no_price(row.price_fen)
    if reason is None and not customer:
        return "cancellation_without_customer"
    return reason


def _why_no_price(price_fen: int | None) -> str | None:
    if price_fen is None:
        return "price_not_whole_pence"
    if price_fen > 0:
        return None
    return "price_zero" if price_fen == 0 else "price_negative"


def shanghai(wall_time: str) -> datetime:
    """`2010-12-01 08:26:00` as an instant in Asia/Shanghai. Raises ValueError for any other text."""
    if len(wall_time) != len("2010-12-01 08:26:00"):
        raise ValueError(wall_time)
    at = datetime.fromisoformat(wall_time)
    if at.tzinfo is not None:
        raise ValueError(wall_time)
    return at.replace(tzinfo=SHANGHAI)
