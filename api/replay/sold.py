"""What each customer bought and has not returned yet, so that a cancellation that names no sale finds it.

Kept in a temporary SQLite database that is gone with the process: memory stays bounded however long the log is.
"""

import sqlite3
from typing import NamedTuple

import msgspec

from api.replay.scratch import scratch_database

FEE = ""
"""The line id under which a delivery fee is entered."""
BATCH = 500

_Entry = tuple[str, int, str, int]
"""Code, unit price in fen, line id, units left."""
_encode = msgspec.json.Encoder().encode
_entries = msgspec.json.Decoder(list[_Entry])


class Portion(NamedTuple):
    """Units of one earlier sale that a cancellation takes."""

    order_id: str
    line_id: str
    units: int


class Sold:
    """Sales by customer, one row per order. A cancellation takes the latest first."""

    def __init__(self) -> None:
        self._database: sqlite3.Connection = scratch_database()
        self._database.execute(
            "CREATE TABLE sold (at INTEGER PRIMARY KEY, customer TEXT NOT NULL, order_id TEXT NOT NULL,"
            " entries BLOB NOT NULL)"
        )
        self._database.execute("CREATE INDEX by_customer ON sold (customer, at)")
        self._waiting: list[tuple[str, str, bytes]] = []

    def close(self) -> None:
        """Give the temporary database back."""
        self._database.close()

    def add(self, customer: str, order_id: str, entries: list[_Entry]) -> None:
        """Enter what a customer bought in one order."""
        self._waiting.append((customer, order_id, _encode(entries)))
        if len(self._waiting) >= BATCH:
            self._write()

    def take(self, customer: str, code: str, price_fen: int, units: int) -> list[Portion]:
        """Take up to `units` of a code at a price from the customer's latest sales; empty when there is none."""
        self._write()
        sought = _encode((code, price_fen))[:-1] + b","
        taken: list[Portion] = []
        changed: list[tuple[bytes, int]] = []
        rows = self._database.execute(
            "SELECT at, order_id, entries FROM sold WHERE customer = ? ORDER BY at DESC", (customer,)
        )
        for at, order_id, entries in rows:
            if sought in entries:
                left, portions = _take_from(_entries.decode(entries), order_id, code, price_fen, units)
                taken += portions
                units -= sum(portion.units for portion in portions)
                changed.append((_encode(left), at))
            if not units:
                break
        rows.close()
        self._database.executemany("UPDATE sold SET entries = ? WHERE at = ?", changed)
        return taken

    def _write(self) -> None:
        if self._waiting:
            self._database.executemany("INSERT INTO sold (customer, order_id, entries) VALUES (?, ?, ?)", self._waiting)
            self._waiting.clear()


def _take_from(
    entries: list[_Entry], order_id: str, code: str, price_fen: int, units: int
) -> tuple[list[_Entry], list[Portion]]:
    """The entries that are left and the portions taken, the last line of the order first."""
    left: list[_Entry] = []
    portions: list[Portion] = []
    for entry in reversed(entries):
        if units and entry[:2] == (code, price_fen):
            part = min(units, entry[3])
            units -= part
            portions.append(Portion(order_id, entry[2], part))
            entry = (*entry[:3], entry[3] - part)
        if entry[3]:
            left.append(entry)
    return left[::-1], portions
