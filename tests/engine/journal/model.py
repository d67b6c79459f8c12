"""A small model of one order and its payees, with fractions and plain sums, that knows nothing of flows or postings.

The order is always the sale of `builders.a_sale`: its figures are written out here by hand.  Fen.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

NET = {"a": 4800, "b": 3200}
UNITS = {"a": 1, "b": 2}
FUNDED = {"a": 1200, "b": 800}
EARNED = {"a": {"p-1": 480, "pool:city": 48}, "b": {"p-1": 320, "pool:city": 32}}
FEE, FEE_FUNDED = 200, 300
TOTAL = 8200


def rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


@dataclass
class Model:
    """What has happened to the order, and what follows from it."""

    sold: bool = False
    paid_fen: int = 0
    units: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 0})
    fee_back_fen: int = 0
    kept_fen: int | None = None
    shipped: bool = False
    received: bool = False
    released: bool = False
    settled: dict[str, int] = field(default_factory=dict)
    paid_out: dict[str, int] = field(default_factory=dict)

    @property
    def owed(self) -> int:
        """What the buyer owes in all for what is left."""
        back = sum(rounded(Fraction(NET[line] * count, UNITS[line])) for line, count in self.units.items())
        owed = TOTAL - back - self.fee_back_fen
        return owed if self.kept_fen is None else min(owed, self.kept_fen)

    @property
    def held(self) -> int:
        return min(self.paid_fen, self.owed)

    @property
    def paid_part(self) -> Fraction:
        return Fraction(1) if self.held == self.owed else Fraction(self.held, self.owed)

    def status(self) -> str:
        """The state by a plain reading of the page on order events."""
        if self.kept_fen is not None:
            return "cancelled"
        if self.units == UNITS:
            return "refunded"
        for name in ("released", "received", "shipped"):
            if getattr(self, name):
                return name
        if self.paid_fen >= self.owed:
            return "paid"
        return "part_paid" if self.paid_fen else "placed"

    def due(self, payee: str) -> list[int]:
        """What a payee is due on each line."""
        if self.kept_fen is not None:
            return [0, 0]
        return [rounded(EARNED[line][payee] * Fraction(UNITS[line] - self.units[line], UNITS[line])) for line in EARNED]

    def earned(self, payee: str) -> tuple[int, int]:
        """What a payee has pending, and what was released in all (settled or paid since, perhaps)."""
        if not self.sold:
            return 0, 0
        due = self.due(payee)
        free = sum(rounded(fen * self.paid_part) for fen in due) if self.released else 0
        return sum(due) - free, free

    def open_fen(self, payee: str) -> int:
        """What is released and not settled; below zero it is carried forward."""
        return self.earned(payee)[1] - self.settled.get(payee, 0)

    def balances(self) -> dict[str, int]:
        """All accounts but the merchants' sales and delivery, whose split of a part-payment is a matter of rounding."""
        held: dict[str, int] = {}
        for payee in ("p-1", "pool:city"):
            pending, _ = self.earned(payee)
            held[f"payee:{payee}:pending"] = pending
            held[f"payee:{payee}:released"] = self.open_fen(payee)
            held[f"payee:{payee}:settled"] = self.settled.get(payee, 0) - self.paid_out.get(payee, 0)
            held[f"payee:{payee}:paid"] = self.paid_out.get(payee, 0)
        if self.sold:
            held["buyer:b-1"] = -self.held
            for merchant, line in (("m-1", "a"), ("m-2", "b")):
                owed = sum(self.due(payee)[list(NET).index(line)] for payee in ("p-1", "pool:city"))
                held[f"merchant:{merchant}:commission"] = -owed
            held["platform:promotions"] = -self.funding()
            held["merchant and delivery"] = self.held + self.funding()
        return {account: fen for account, fen in held.items() if fen}

    def funding(self) -> int:
        """What the platform has funded of what is left and paid for."""
        if self.kept_fen is not None:
            return 0
        parts = [FUNDED[line] - rounded(Fraction(FUNDED[line] * self.units[line], UNITS[line])) for line in FUNDED]
        return sum(rounded(fen * self.paid_part) for fen in [*parts, FEE_FUNDED])
