"""Settlement: what a payee's money did in a period, as a statement, and what of it is owed once the period closes.

A payee has two balances that matter here: what is `pending`, and what is payable because it was released.  Closing a
period moves what is payable to `settled`; less than the least amount, or a debt, is carried forward.  Everything is a
fold of journal entries by the instant they are booked at.  [S1-S6]
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from engine.journal.entry import Entry
from engine.journal.order_news import ClosedEvent, SettledEvent
from engine.journal.posting import counts_before
from engine.ledger import Posting
from engine.order import RuleRef
from engine.period import Period
from engine.ruleset import RuleSet
from engine.settlement_set import SettlementSet
from engine.timeline import live_at

Part = Literal["accrued", "reversed", "released", "clawed_back", "dividends", "adjustments", "settled"]
PARTS: Final[tuple[Part, ...]] = (
    "accrued",
    "reversed",
    "released",
    "clawed_back",
    "dividends",
    "adjustments",
    "settled",
)


_OTHER: Final[dict[str, Part]] = {"dividend": "dividends", "adjustment": "adjustments"}


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of a payee's money: which part of the statement it counts to, and what it came from.

    `amount_fen` is what it adds to its part, which may be negative.  `entry` is the key of the journal entry, `at` when
    its event happened, `booked_at` when it counts; `line` is the index of the order's line (-1: none).
    """

    part: Part
    amount_fen: int
    entry: str
    number: int
    at: datetime
    booked_at: datetime
    order_id: str | None = None
    line: int = -1
    rule: RuleRef | None = None
    role: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One payee's account of one period, in fen.

    pending: opening + accrued - reversed - released = closing.
    payable: opening + released - clawed_back + dividends + adjustments = closing = settled + carried_forward.
    `reversed_fen` was still pending when it was taken back, `clawed_back_fen` had been released.
    """

    payee: str
    period: str
    start: datetime
    end: datetime
    pending_opening_fen: int
    accrued_fen: int
    reversed_fen: int
    released_fen: int
    pending_closing_fen: int
    opening_fen: int
    clawed_back_fen: int
    dividends_fen: int
    adjustments_fen: int
    closing_fen: int
    settled_fen: int
    carried_forward_fen: int
    lines: tuple[StatementLine, ...]


def settlement_at(rule_sets: Iterable[RuleSet], at: datetime) -> SettlementSet | None:
    """The settlement rule set that stands at an instant; of several the first by name, None where there is none."""
    standing = live_at((one for one in rule_sets if isinstance(one, SettlementSet)), at)
    return next((one for one in standing if isinstance(one, SettlementSet)), None)


def statements(
    period: Period, entries: Iterable[Entry], opening: Mapping[str, int] | None = None
) -> dict[str, Statement]:
    """The statements of everyone whose money moved in the period, or stood when it began; pools among them.

    `entries` is the journal, at least to the end of the period; what counts later is left out.  `opening` are the
    account balances before the first of `entries` (fen; none: the journal from its beginning).
    """
    accounts: dict[str, _Account] = {}
    for account, fen in (opening or {}).items():
        if account.startswith("payee:"):
            payee, _, state = account.removeprefix("payee:").rpartition(":")
            accounts.setdefault(payee, _Account(payee)).open(state, fen)
    for entry in entries:
        if not counts_before(entry, period.end):
            continue
        inside = not counts_before(entry, period.start)
        for payee, postings in sorted(_by_payee(entry).items()):
            accounts.setdefault(payee, _Account(payee)).count(entry, postings, inside)
    return {payee: account.statement(period) for payee, account in sorted(accounts.items()) if account.has_content}


def settle(
    period: Period, by_payee: Mapping[str, Statement], least_fen: int = 0
) -> tuple[SettledEvent | ClosedEvent, ...]:
    """The events that close a period, of all its `statements`: one per payee, then the closing itself.

    What is payable at the end is settled, unless it is less than `least_fen` or a debt: then nothing is, and the
    statement carries it forward.  Pools are shared out, not settled.  Of a period that is closed already these are the
    very events that closed it, so that posting them again changes nothing.
    """
    settled = [
        SettledEvent(
            id=f"{period.label}:{payee}",
            at=period.end,
            payee=payee,
            period=period.label,
            start=period.start,
            end=period.end,
            amount_fen=settled_of(one.closing_fen - _settled_earlier(one), least_fen),
        )
        for payee, one in sorted(by_payee.items())
        if not payee.startswith("pool:")
    ]
    return (*settled, ClosedEvent(id=period.label, at=period.end, start=period.start, end=period.end))


def _settled_earlier(statement: Statement) -> int:
    """What other closings settled within the period: weeks that ended in a month, where weeks gave way to months."""
    own = f"settled:{statement.period}:{statement.payee}"
    return sum(line.amount_fen for line in statement.lines if line.part == "settled" and line.entry != own)


def settled_of(payable_fen: int, least_fen: int) -> int:
    """What of a payable amount is settled: all of it, or nothing where it is a debt or less than `least_fen`."""
    return payable_fen if payable_fen >= max(1, least_fen) else 0


def _by_payee(entry: Entry) -> dict[str, list[Posting]]:
    """The postings of an entry that move a payee's money, by payee; one between two payees is with both."""
    found: dict[str, list[Posting]] = {}
    for posting in entry.postings:
        payees = {
            account.removeprefix("payee:").rpartition(":")[0]
            for account in (posting.source, posting.destination)
            if account.startswith("payee:")
        }
        for payee in payees:
            found.setdefault(payee, []).append(posting)
    return found


class _Account:
    """One payee's balances and movements while the journal is read."""

    def __init__(self, payee: str) -> None:
        self._payee = payee
        self._pending, self._released = f"payee:{payee}:pending", f"payee:{payee}:released"
        self.pending_opening = self.opening = 0
        self.lines: list[StatementLine] = []

    @property
    def has_content(self) -> bool:
        return bool(self.lines or self.pending_opening or self.opening)

    def open(self, state: str, fen: int) -> None:
        """A balance from before the first entry."""
        self.pending_opening += fen * (state == "pending")
        self.opening += fen * (state == "released")

    def count(self, entry: Entry, postings: Sequence[Posting], inside: bool) -> None:
        """The postings of an entry that move this payee's money."""
        if not inside:
            for posting in postings:
                self.pending_opening += _change(posting, self._pending)
                self.opening += _change(posting, self._released)
            return
        clawed_back: dict[tuple[object, ...], int] = {}
        for posting in postings:
            if posting.source == self._released and posting.destination == self._pending:
                clawed_back[_identity(posting)] = clawed_back.get(_identity(posting), 0) + posting.amount_fen
        for posting in postings:
            for part, fen in self._parts(entry, posting, clawed_back):
                self.lines.append(_line(part, fen, entry, posting))

    def _parts(
        self, entry: Entry, posting: Posting, clawed_back: dict[tuple[object, ...], int]
    ) -> Iterator[tuple[Part, int]]:
        """What a posting adds to which part; what leaves through `pending` after release counts once, as clawback."""
        fen, source, destination = posting.amount_fen, posting.source, posting.destination
        if source == self._pending and destination == self._released:
            yield "released", fen
        elif source == self._released and destination == self._pending and entry.kind == "adjustment":
            yield "adjustments", -fen
            yield "accrued", fen
        elif source == self._released and destination == self._pending:
            yield "clawed_back", fen
        elif destination == self._pending:
            yield "accrued", fen
        elif source == self._pending:
            key = _identity(posting)
            through = min(fen, clawed_back.get(key, 0))
            clawed_back[key] = clawed_back.get(key, 0) - through
            if fen > through:
                yield "reversed", fen - through
        elif change := _change(posting, self._released):
            yield ("settled", -change) if entry.kind == "settled" else (_OTHER.get(entry.kind, "adjustments"), change)

    def statement(self, period: Period) -> Statement:
        sums = dict.fromkeys(PARTS, 0)
        for line in self.lines:
            sums[line.part] += line.amount_fen
        earned = sums["released"] - sums["clawed_back"]
        closing = self.opening + earned + sums["dividends"] + sums["adjustments"]
        return Statement(
            payee=self._payee,
            period=period.label,
            start=period.start,
            end=period.end,
            pending_opening_fen=self.pending_opening,
            accrued_fen=sums["accrued"],
            reversed_fen=sums["reversed"],
            released_fen=sums["released"],
            pending_closing_fen=self.pending_opening + sums["accrued"] - sums["reversed"] - sums["released"],
            opening_fen=self.opening,
            clawed_back_fen=sums["clawed_back"],
            dividends_fen=sums["dividends"],
            adjustments_fen=sums["adjustments"],
            closing_fen=closing,
            settled_fen=sums["settled"],
            carried_forward_fen=closing - sums["settled"],
            lines=tuple(self.lines),
        )


def _change(posting: Posting, account: str) -> int:
    return posting.amount_fen * ((posting.destination == account) - (posting.source == account))


def _identity(posting: Posting) -> tuple[object, ...]:
    return posting.line, posting.rule, posting.role, posting.payee


def _line(part: Part, fen: int, entry: Entry, posting: Posting) -> StatementLine:
    return StatementLine(
        part=part,
        amount_fen=fen,
        entry=entry.key,
        number=entry.number,
        at=entry.at,
        booked_at=entry.booked_at,
        order_id=entry.order_id,
        line=posting.line,
        rule=posting.rule,
        role=posting.role,
    )
