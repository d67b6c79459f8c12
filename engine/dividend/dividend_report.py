"""A pool shared out as JSON values: every share with all that it follows from, and the ledger for the next period."""

from typing import Any

import msgspec

from engine.dividend.dividend import Distribution, Share
from engine.report import Json


def fen_text(nano: int) -> str:
    """Nano-fen as decimal fen, exactly: 1_500_000_000 -> '1.5'. JSON numbers would not hold them all."""
    return _decimal(nano, 9)


def yuan_text(nano: int) -> str:
    """Nano-fen as decimal yuan for people, exactly: 150_000_000_000 -> '1.50', 1_500_000_000 -> '0.015'."""
    text = _decimal(nano, 11)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def _decimal(number: int, places: int) -> str:
    sign = "-" if number < 0 else ""
    whole, rest = divmod(abs(number), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def distribution_json(one: Distribution) -> Json:
    """A distribution. Keys in `_fen` with whole fen are numbers; entitlements in fen with nine decimals are texts."""
    ledger: dict[str, Any] = msgspec.to_builtins(one.ledger)
    return {
        "pool": one.ledger.pool,
        "period": one.period,
        "repeated": one.repeated,
        "pool_fen": one.pool_fen,
        "available_fen": fen_text(one.available_nano),
        "given_back_fen": fen_text(one.given_back_nano),
        "weight_sum": one.weight_sum,
        "cap_fen": None if one.cap_nano is None else fen_text(one.cap_nano),
        "paid_fen": one.paid_fen,
        "owed_fen": fen_text(one.ledger.owed_nano),
        "carried_fen": fen_text(one.unallocated_nano),
        "shares": [_share_json(share) for share in one.shares],
        "left_out": [msgspec.to_builtins(left) for left in one.left_out],
        "ledger": ledger,
    }


def _share_json(share: Share) -> Json:
    return {
        "holder": share.holder,
        "weight": share.weight,
        "capped": share.capped,
        "entitled_before_fen": fen_text(share.entitled_before_nano),
        "entitled_after_fen": fen_text(share.entitled_after_nano),
        "paid_before_fen": share.paid_before_fen,
        "paid_fen": share.paid_fen,
    }
