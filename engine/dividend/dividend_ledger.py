"""What a pool remembers between two periods: what everybody was paid and is owed, and what nobody owns yet."""

from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta

from engine.errors import DividendRefused, PeriodRefused
from engine.events import refusal
from engine.period import parse_label

NANO = 10**9
"""Nano-fen in a fen."""

Fen = Annotated[int, Meta(ge=-(10**18), le=10**18)]
Id = Annotated[str, Meta(min_length=1, max_length=128)]


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder was paid of a pool so far, and the fraction of a fen (in nano-fen, below one fen) still owed."""

    paid_fen: Fen = 0
    rest_nano: Fen = 0

    @property
    def entitled_nano(self) -> int:
        """All the holder was ever entitled to, in nano-fen."""
        return self.paid_fen * NANO + self.rest_nano


class PoolLedger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pool between two periods. `funded_fen` is the sum of all it was ever given, less what returns took back.

    `carried_fen` and `carried_nano` (from 0 to below one fen) are what no holder is entitled to; below zero it is a
    debt of the pool.  Nothing is lost: `funded = Σ paid + Σ rest + carried`, to the nano-fen (see `imbalance_nano`).
    `periods` are the labels of all periods that were shared out, in order.
    """

    pool: Id
    funded_fen: Fen = 0
    carried_fen: Fen = 0
    carried_nano: Fen = 0
    accounts: Annotated[dict[Id, Account], Meta(max_length=100_000)] = {}
    periods: Annotated[tuple[Id, ...], Meta(max_length=100_000)] = ()

    @property
    def total_carried_nano(self) -> int:
        """What nobody is entitled to, in nano-fen; negative for a debt."""
        return self.carried_fen * NANO + self.carried_nano

    @property
    def paid_fen(self) -> int:
        """All that was ever paid."""
        return sum(account.paid_fen for account in self.accounts.values())

    @property
    def owed_nano(self) -> int:
        """All fractions of a fen that wait for their holders, in nano-fen."""
        return sum(account.rest_nano for account in self.accounts.values())

    @property
    def imbalance_nano(self) -> int:
        """Zero in every ledger that `distribute` made; anything else means that it was altered."""
        entitled = self.paid_fen * NANO + self.owed_nano
        return self.funded_fen * NANO - entitled - self.total_carried_nano


def read_ledger(text: bytes, file: str) -> PoolLedger:
    """A ledger from JSON: by itself, or under `ledger` in the answer of `fenrun dividend --json`.

    Raises `InvalidInput` for what is no ledger, and for one that was altered (see `check_ledger`).
    """
    try:
        told = msgspec.json.decode(text)
        if isinstance(told, dict) and "ledger" in told:
            told = told["ledger"]
        ledger = msgspec.convert(told, PoolLedger)
    except msgspec.ValidationError as error:
        raise refusal(file, "", "E102", f"不是分红账本：{error}", f"not the ledger of a pool: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refusal(file, "", "E101", f"不是合法的 JSON：{error}", f"not JSON: {error}") from None
    try:
        check_ledger(ledger)
    except DividendRefused as refused:
        raise refusal(file, "", "E120", refused.message_zh, refused.message_en) from None
    return ledger


def check_ledger(ledger: PoolLedger) -> None:
    """Raise `DividendRefused` for a ledger that no sequence of distributions can have made."""
    for holder, account in ledger.accounts.items():
        if account.paid_fen < 0 or not 0 <= account.rest_nano < NANO:
            raise DividendRefused(
                "ledger_account",
                holder,
                f"{holder} 的账不可能如此：paid_fen 不为负，rest_nano 在 0 与 {NANO - 1} 之间",
                f"the account of {holder} cannot be: paid_fen is not negative, rest_nano from 0 to {NANO - 1}",
            )
    if not 0 <= ledger.carried_nano < NANO:
        raise DividendRefused(
            "ledger_carried",
            str(ledger.carried_nano),
            f"carried_nano 在 0 与 {NANO - 1} 之间",
            f"carried_nano lies from 0 to {NANO - 1}",
        )
    if ledger.imbalance_nano:
        raise DividendRefused(
            "ledger_imbalance",
            ledger.pool,
            f"账本不平：入池减去已付、应付、结转，差 {ledger.imbalance_nano} 纳分，账本被改动过",
            f"the ledger does not add up by {ledger.imbalance_nano} nano-fen: it was altered",
        )
    _check_periods(ledger)


def _check_periods(ledger: PoolLedger) -> None:
    try:
        periods = [parse_label(label) for label in ledger.periods]
    except PeriodRefused as refused:
        raise DividendRefused("ledger_periods", refused.text, refused.message_zh, refused.message_en) from None
    for earlier, later in pairwise(periods):
        if later.start < earlier.end:
            raise DividendRefused(
                "ledger_periods",
                later.label,
                f"账本里 {later.label} 在 {earlier.label} 之后，却早于它结束",
                f"in the ledger {later.label} follows {earlier.label} and begins before it ends",
            )
