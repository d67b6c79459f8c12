"""The audit: every entry, the chain and every balance made again from the events alone, and the first difference (J8).

Nothing stored is believed but the events.  What a computer's fault or a person's hand changed in a posting, an entry,
an evaluation or a balance is found and named, also where the hashes were made to fit.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

import msgspec

from engine.errors import EventRefused, FenrunError
from engine.journal.canonical import content_hash
from engine.journal.entry import Entry, Tip, entry_hash
from engine.journal.expected import expected_balances
from engine.journal.journal import Journal
from engine.journal.order_book import OrderBook
from engine.journal.order_news import ClosedEvent, DividendEvent, PayeeNews, PayoutEvent, SettledEvent
from engine.journal.posting import Logged
from engine.ledger import imbalance
from engine.order import Evaluation

_FIELDS = ("key", "kind", "order_id", "at", "booked_at", "event_hash", "postings", "previous_hash", "number", "hash")


class Difference(msgspec.Struct, frozen=True):
    """The first place where what is stored is not what the events say.

    `where` is `log`, `entry`, `chain`, `balance`, `books`, `evaluation` or `record`; `number` is the place
    in the journal or the log (0: none), `name` its key, an account or an order, `field` a JSON pointer into it.
    """

    where: str
    number: int
    name: str
    field: str
    expected: str
    found: str


class Damaged(FenrunError):
    """What is stored cannot be read, or contradicts itself: whoever reads it tells the place. `audit` answers it."""

    def __init__(self, difference: Difference) -> None:
        self.difference = difference
        place = f"{difference.where} {difference.number} {difference.name} {difference.field}"
        super().__init__(f"{place}: {difference.found}, not {difference.expected}")


class Summary(msgspec.Struct, frozen=True):
    """What was audited: events, entries and accounts with a balance, orders, events that still wait, the last hash."""

    events: int
    entries: int
    accounts: int
    orders: int
    waiting: int
    refused: int
    root: str


class Audit(NamedTuple):
    """The first difference (None: there is none), what was audited up to it, and the orders by their events."""

    difference: Difference | None
    summary: Summary
    orders: Mapping[str, OrderBook]


def audit(
    log: Iterable[Logged],
    entries: Iterable[Entry],
    *,
    stored_balances: Mapping[str, int] | None = None,
    evaluations: Mapping[str, Evaluation] | None = None,
    anchor: Tip | None = None,
) -> Audit:
    """Make the journal again from its log and compare.

    `stored_balances` (fen by account; zeros may be left out) and `evaluations` (by order) are compared where given.
    `anchor` is a tip noted elsewhere at some time: the chain must still run through it, so that a log and a journal
    that were both rewritten, or both cut off, are found too.
    """
    audited = _Audited()
    difference = (
        audited.entries_differ(log, entries)
        or audited.anchor_differs(anchor)
        or audited.books_differ()
        or audited.balances_differ(stored_balances)
        or audited.evaluations_differ(evaluations)
    )
    return Audit(difference, audited.summary(), audited.orders)


class Refold:
    """A log folded once more by `post`, wherever that keeps its orders, and compared with the entries made first.

    `events` is how many rows of the log were read.
    """

    def __init__(self, post: Callable[[Logged], Iterable[Entry]]) -> None:
        self.events = 0
        self._post = post

    def differs(self, log: Iterable[Logged], entries: Iterable[Entry]) -> Difference | None:
        """The first difference, entry by entry; None when there is none."""
        try:
            for number, (right, found) in enumerate(zip_longest(self._made_again(log), entries), 1):
                if found is None:
                    return Difference("entry", number, right.key, "", f"entry {right.hash}", "no entry")
                if right is None:
                    return Difference("entry", number, found.key, "", "no entry", f"entry {found.hash}")
                if right != found:
                    return _entry_difference(right, found)
                if (hashed := entry_hash(found)) != found.hash:
                    return Difference("entry", number, found.key, "/hash", hashed, found.hash)
        except Damaged as damaged:
            return damaged.difference
        except EventRefused as refused:
            return Difference(
                "log", self.events, "", refused.path, "an event that can be true", f"{refused.code}: {refused}"
            )
        return None

    def _made_again(self, log: Iterable[Logged]) -> Iterator[Entry]:
        for logged in log:
            self.events += 1
            if logged.number != self.events:
                raise EventRefused(
                    "number",
                    "/number",
                    f"日志第 {self.events} 行编号为 {logged.number}",
                    f"row {self.events} of the log is numbered {logged.number}",
                )
            yield from self._post(logged)


def expected_books(orders: Iterable[OrderBook], news: Iterable[PayeeNews]) -> dict[str, int]:
    """What every account must hold (fen) by a second reading: of each order, and of the events that belong to none."""
    expected: Counter[str] = Counter()
    for book in orders:
        _add(expected, expected_balances(book))
    for event in news:
        _add(expected, _moved(event))
    return dict(expected)


class _Audited:
    def __init__(self) -> None:
        self._journal = Journal()
        self._refold = Refold(self._journal.post)

    @property
    def orders(self) -> Mapping[str, OrderBook]:
        return self._journal.orders

    def entries_differ(self, log: Iterable[Logged], entries: Iterable[Entry]) -> Difference | None:
        """Fold the log again, and compare entry by entry."""
        return self._refold.differs(log, entries)

    def anchor_differs(self, anchor: Tip | None) -> Difference | None:
        """Whether the chain runs through a tip noted elsewhere."""
        if anchor is None or anchor.number == 0:
            return None
        made = self._journal.entries
        found = made[anchor.number - 1].hash if anchor.number <= len(made) else "no entry"
        if found == anchor.hash:
            return None
        return Difference("chain", anchor.number, "", "/hash", anchor.hash, found)

    def books_differ(self) -> Difference | None:
        """Clause J2: the fold of all postings against the second reading of evaluations and events."""
        expected = expected_books(self._journal.orders.values(), self._journal.payee_news)
        folded = self._journal.balances()
        for account in imbalance(folded, expected):
            return Difference("books", 0, account, "", str(expected.get(account, 0)), str(folded.get(account, 0)))
        return None

    def balances_differ(self, stored: Mapping[str, int] | None) -> Difference | None:
        """Stored balances against the fold of the entries."""
        if stored is None:
            return None
        folded = self._journal.balances()
        for account in imbalance(dict(stored), folded):
            return Difference("balance", 0, account, "", str(folded.get(account, 0)), str(stored.get(account, 0)))
        return None

    def evaluations_differ(self, stored: Mapping[str, Evaluation] | None) -> Difference | None:
        """Stored evaluations against those of the log."""
        if stored is None:
            return None
        orders = self._journal.orders
        for order_id in sorted(orders.keys() | stored.keys()):
            expected = content_hash(orders[order_id].evaluation) if order_id in orders else "no order"
            found = content_hash(stored[order_id]) if order_id in stored else "no evaluation"
            if expected != found:
                return Difference("evaluation", 0, order_id, "", expected, found)
        return None

    def summary(self) -> Summary:
        journal = self._journal
        return Summary(
            events=self._refold.events,
            entries=len(journal.entries),
            accounts=len(journal.balances()),
            orders=len(journal.orders),
            waiting=sum(len(events) for events in journal.waiting.values()),
            refused=len(journal.refused),
            root=journal.tip.hash,
        )


def _entry_difference(right: Entry, found: Entry) -> Difference:
    """The field in which an entry differs; that of the posting, where it is one."""
    for name in _FIELDS:
        expected, held = getattr(right, name), getattr(found, name)
        if expected == held:
            continue
        field = f"/{name}"
        if name == "postings":
            field, expected, held = _posting_difference(right, found)
        return Difference("entry", right.number, right.key, field, str(expected), str(held))
    raise AssertionError("equal entries have no difference")


def _posting_difference(right: Entry, found: Entry) -> tuple[str, object, object]:
    for at, (expected, held) in enumerate(zip_longest(right.postings, found.postings)):
        if expected == held:
            continue
        if expected is None or held is None:
            return f"/postings/{at}", expected or "no posting", held or "no posting"
        for name in expected.__struct_fields__:
            if getattr(expected, name) != getattr(held, name):
                return f"/postings/{at}/{name}", getattr(expected, name), getattr(held, name)
    raise AssertionError("equal postings have no difference")


def _add(sums: Counter[str], parts: Mapping[str, int]) -> None:
    for account, fen in parts.items():
        sums[account] += fen


def _moved(event: PayeeNews) -> dict[str, int]:
    """What an event that belongs to no order moves, account by account: a second reading beside `payee_postings`."""
    moved: Counter[str] = Counter()
    if isinstance(event, SettledEvent):
        moves = [(f"payee:{event.payee}:released", f"payee:{event.payee}:settled", event.amount_fen)]
    elif isinstance(event, PayoutEvent):
        moves = [(f"payee:{event.payee}:settled", f"payee:{event.payee}:paid", event.amount_fen)]
    elif isinstance(event, DividendEvent):
        pool = f"payee:{event.pool}:released"
        moves = [(pool, f"payee:{share.holder}:released", share.amount_fen) for share in event.shares]
    elif isinstance(event, ClosedEvent):
        moves = []
    else:
        moves = [(event.source, event.destination, event.amount_fen)]
    for source, destination, fen in moves:
        moved[source] -= fen
        moved[destination] += fen
    return dict(moved)
