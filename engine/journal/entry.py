"""Journal entries, chained: each holds the hash of the one before it, so that no past one can change unnoticed (J4)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from engine.journal.canonical import content_hash
from engine.ledger import Posting

GENESIS: Final = "0" * 64
"""What stands for the hash before the first entry."""


class Draft(msgspec.Struct, frozen=True):
    """An entry before it has its place in the chain.

    `key` is `TYPE:ID` of its event, `at` when that happened, `booked_at` when it counts (in an open period), `order_id`
    the order it belongs to ('' for none), `event_hash` the content hash of the event.
    """

    key: str
    kind: str
    at: datetime
    booked_at: datetime
    order_id: str
    postings: tuple[Posting, ...]
    event_hash: str


class Entry(msgspec.Struct, frozen=True):
    """What one event posted, at its place in the chain. Numbers count from 1; `hash` covers all other fields."""

    number: int
    key: str
    kind: str
    at: datetime
    booked_at: datetime
    order_id: str
    postings: tuple[Posting, ...]
    event_hash: str
    previous_hash: str
    hash: str


class Tip(msgspec.Struct, frozen=True):
    """The end of a chain: the number and the hash of its last entry. An empty chain ends at 0 and `GENESIS`."""

    number: int = 0
    hash: str = GENESIS


class Break(msgspec.Struct, frozen=True):
    """The first entry that does not continue its chain: the field, what it should hold, and what it holds."""

    number: int
    field: str
    expected: str
    found: str


def append(tip: Tip, draft: Draft) -> Entry:
    """The next entry of a chain."""
    entry = Entry(
        tip.number + 1,
        draft.key,
        draft.kind,
        draft.at,
        draft.booked_at,
        draft.order_id,
        draft.postings,
        draft.event_hash,
        tip.hash,
        "",
    )
    return msgspec.structs.replace(entry, hash=entry_hash(entry))


def tip_of(entry: Entry) -> Tip:
    """The chain that ends with an entry."""
    return Tip(entry.number, entry.hash)


def entry_hash(entry: Entry) -> str:
    """The hash an entry must carry: SHA-256 of the canonical JSON of all its other fields."""
    return content_hash(msgspec.structs.replace(entry, hash=""))


def verify(entries: Iterable[Entry], tip: Tip | None = None) -> Break | None:
    """The first break of a chain that starts after `tip` (the beginning, if not given); None when it is whole.

    This sees changed, missing, doubled, swapped and inserted entries, but not a tail cut off, nor a chain that was
    written anew from some point on: for these, compare with a tip noted elsewhere, or audit against the events.
    """
    last = tip if tip is not None else Tip()
    for entry in entries:
        checks = (
            ("number", str(last.number + 1), str(entry.number)),
            ("previous_hash", last.hash, entry.previous_hash),
            ("hash", entry_hash(entry), entry.hash),
        )
        for field, expected, found in checks:
            if expected != found:
                return Break(entry.number, field, expected, found)
        last = tip_of(entry)
    return None
