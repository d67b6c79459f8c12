"""Splitting an amount by rates, a remainder, amounts in turn, maxima and nested shares (clause M1), exactly.

The parts and what is kept or left over always sum to the total.  All splitting is done by `money.allocate`.
"""

from collections.abc import Sequence
from math import lcm
from typing import Any, Literal

import msgspec

from engine.builder.values import Unreadable, read_rate
from engine.errors import Diagnostic, InvalidInput
from engine.money import MAX_FEN, REMAINDERS, Rate, Remainder, allocate

MAX_DEPTH = 8
MAX_SHARES = 1_000


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One share: a `rate` of what is split by rates, what is `remaining`, or `up_to_fen` taken first, in turn.

    Where a rate or the remaining comes to more than `max_fen`, the excess is `kept` (nobody gets it) or `passed_on` to
    the other shares in proportion.  `parts` split the share further.
    """

    name: str
    rate: Rate | None = None
    remaining: bool = False
    up_to_fen: int | None = None
    max_fen: int | None = None
    excess: Literal["kept", "passed_on"] = "kept"
    parts: tuple["Share", ...] = ()


class Part(msgspec.Struct, frozen=True):
    """What a share gets; `kept_fen` is the excess over its maximum that nobody gets."""

    name: str
    amount_fen: int
    kept_fen: int
    parts: tuple["Part", ...]
    unallocated_fen: int


class Split(msgspec.Struct, frozen=True):
    """A total and its parts: amounts, kept excesses and the unallocated rest sum to the total, at every level."""

    total_fen: int
    parts: tuple[Part, ...]
    unallocated_fen: int


def allocate_shares(total_fen: int, shares: Sequence[Share], remainder: Remainder) -> Split:
    """Split `total_fen` (not negative) over sound shares (see `check_shares`).

    First the `up_to` shares take their amounts in turn; what is then left is split by the rates, and the one
    `remaining` share, if any, takes the rest; without one the rest is unallocated.
    """
    amounts = [0] * len(shares)
    left = total_fen
    for at, share in enumerate(shares):
        if share.up_to_fen is not None:
            amounts[at] = min(share.up_to_fen, left)
            left -= amounts[at]
    by_rate = [at for at, share in enumerate(shares) if share.up_to_fen is None]
    weights = _weights([shares[at] for at in by_rate])
    passing = [
        left if (share := shares[at]).excess == "kept" or share.max_fen is None else share.max_fen for at in by_rate
    ]
    for at, amount in zip(by_rate, allocate(left, weights, remainder, [*passing, left]), strict=False):
        amounts[at] = amount
    parts = tuple(_part(share, amount, remainder) for share, amount in zip(shares, amounts, strict=True))
    return Split(total_fen, parts, total_fen - sum(amounts))


def _weights(shares: Sequence[Share]) -> list[int]:
    """Whole-number weights of rates and the remaining share; last comes the weight of what nobody takes."""
    common = lcm(*(share.rate.den for share in shares if share.rate is not None))
    weights = [share.rate.num * (common // share.rate.den) if share.rate is not None else 0 for share in shares]
    rest = common - sum(weights)
    for at, share in enumerate(shares):
        if share.remaining:
            weights[at], rest = rest, 0
    return [*weights, rest]


def _part(share: Share, amount: int, remainder: Remainder) -> Part:
    kept = max(0, amount - share.max_fen) if share.max_fen is not None else 0
    if not share.parts:
        return Part(share.name, amount - kept, kept, (), 0)
    split = allocate_shares(amount - kept, share.parts, remainder)
    return Part(share.name, amount - kept, kept, split.parts, split.unallocated_fen)


class SplitRequest(msgspec.Struct, frozen=True):
    """A split as asked for in JSON."""

    total_fen: int
    remainder: Remainder
    shares: tuple[Share, ...]


def read_split(data: bytes, file: str) -> SplitRequest:
    """A split from JSON: `{"total_fen", "remainder", "shares": [{"name", "rate": "10%", ...}]}`.

    Raises `InvalidInput` with everything that is wrong, by JSON pointer.
    """
    try:
        written = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput([_fault(file, "", "E201", f"不是合法的 JSON：{error}", f"not JSON: {error}")]) from None
    found: list[Diagnostic] = []
    if not isinstance(written, dict):
        raise InvalidInput([_fault(file, "", "E202", "应为对象", "an object is expected")])
    total = _fen(written, "total_fen", "", file, found, needed=True) or 0
    remainder: Any = written.get("remainder", "largest")
    if remainder not in REMAINDERS:
        listed = " | ".join(REMAINDERS)
        found.append(_fault(file, "/remainder", "E203", f"可选：{listed}", f"choose {listed}"))
    _known(written, ("total_fen", "remainder", "shares"), "", file, found)
    shares = _shares(written.get("shares"), "/shares", file, found, depth=1)
    if found:
        raise InvalidInput(found)
    return SplitRequest(total, remainder, shares)


def _shares(written: object, path: str, file: str, found: list[Diagnostic], *, depth: int) -> tuple[Share, ...]:
    if not isinstance(written, list) or not 1 <= len(written) <= MAX_SHARES or depth > MAX_DEPTH:
        zh, en = (
            f"应为 1 到 {MAX_SHARES} 项的列表，最多嵌套 {MAX_DEPTH} 层",
            f"a list of 1 to {MAX_SHARES}, nested {MAX_DEPTH} deep at most",
        )
        found.append(_fault(file, path, "E204", zh, en))
        return ()
    shares = tuple(_share(one, f"{path}/{at}", file, found, depth) for at, one in enumerate(written))
    found += check_shares(shares, file, path)
    return shares


def _share(written: object, path: str, file: str, found: list[Diagnostic], depth: int) -> Share:
    if not isinstance(written, dict):
        found.append(_fault(file, path, "E202", "应为对象", "an object is expected"))
        return Share(name="", remaining=True)
    keys = ("name", "rate", "remaining", "up_to_fen", "max_fen", "excess", "parts")
    _known(written, keys, path, file, found)
    name = written.get("name", "")
    if not isinstance(name, str) or not name:
        found.append(_fault(file, f"{path}/name", "E205", "缺少名称", "a name is needed"))
    rate = None
    if "rate" in written:
        try:
            rate = read_rate(str(written["rate"]))
        except Unreadable as unreadable:
            zh, en = unreadable.hint or ("例如 8% 或 1/3", "e.g. 8% or 1/3")
            found.append(_fault(file, f"{path}/rate", "E206", f"不是比率：{zh}", f"not a rate: {en}"))
            rate = Rate(0)
    excess: Any = written.get("excess", "kept")
    if excess not in ("kept", "passed_on"):
        found.append(_fault(file, f"{path}/excess", "E203", "可选：kept | passed_on", "choose kept | passed_on"))
    return Share(
        name=str(name),
        rate=rate,
        remaining=written.get("remaining") is True,
        up_to_fen=_fen(written, "up_to_fen", path, file, found),
        max_fen=_fen(written, "max_fen", path, file, found),
        excess=excess,
        parts=_shares(written["parts"], f"{path}/parts", file, found, depth=depth + 1) if "parts" in written else (),
    )


def check_shares(shares: Sequence[Share], file: str = "shares", path: str = "") -> list[Diagnostic]:
    """What is wrong with the shares of one level: not exactly one kind, two remaining, more than the whole."""
    found: list[Diagnostic] = []
    remaining = 0
    total = Rate(0)
    for at, share in enumerate(shares):
        kinds = (share.rate is not None) + share.remaining + (share.up_to_fen is not None)
        if kinds != 1:
            zh, en = (
                "rate、remaining、up_to_fen 须且只能有一个",
                "exactly one of rate, remaining and up_to_fen is needed",
            )
            found.append(_fault(file, f"{path}/{at}", "E207", zh, en))
        remaining += share.remaining
        if share.remaining and remaining > 1:
            zh, en = "remaining 只能有一个", "only one share can be what is remaining"
            found.append(_fault(file, f"{path}/{at}/remaining", "E208", zh, en))
        total = total.plus(share.rate) if share.rate is not None else total
    if total.num > total.den:
        found.append(
            _fault(file, path, "E209", f"合计 {total}，超过 100%", f"the shares add up to {total}, more than 100%")
        )
    return found


def _fen(
    written: dict[str, Any], key: str, path: str, file: str, found: list[Diagnostic], *, needed: bool = False
) -> int | None:
    value = written.get(key)
    if value is None and not needed:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_FEN:
        return value
    zh, en = f"应为 0 到 {MAX_FEN} 的整数（分）", f"a whole number of fen from 0 to {MAX_FEN} is expected"
    found.append(_fault(file, f"{path}/{key}", "E210", zh, en))
    return None


def _known(written: dict[str, Any], keys: Sequence[str], path: str, file: str, found: list[Diagnostic]) -> None:
    for key in written:
        if key not in keys:
            zh, en = f"没有这个字段，可用：{'、'.join(keys)}", f"no such field; known are {', '.join(keys)}"
            found.append(_fault(file, f"{path}/{key}", "E211", zh, en))


def _fault(file: str, path: str, code: str, zh: str, en: str) -> Diagnostic:
    return Diagnostic(file=file, line=0, column=0, code=code, path=path, message_zh=zh, message_en=en)
