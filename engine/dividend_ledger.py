"""What a pool remembers between two periods: what everybody was paid and is owed, and what nobody owns yet."""

from itertools import pairwise

import msgspec

from engine.errors import DividendRefused, PeriodRefused
from engine.period import parse_label

NANO = 10**9
"""Nano-fen in a fen."""


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a holder was paid of a pool so far, and the fraction of a fen (in nano-fen, below one fen) still owed."""

    paid_fen: int = 0
    rest_nano: int = 0

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

    pool: str
    funded_fen: int = 0
    carried_fen: int = 0
    carried_nano: int = 0
    accounts: dict[str, Account] = {}
    periods: tuple[str, ...] = ()

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
