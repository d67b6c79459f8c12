"""A statement as a page shows it: two sums drawn as steps, and under each step the movements it is made of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal
from urllib.parse import quote

import msgspec
from sqlalchemy import Connection

from api.pages.movements import Item, movements
from api.pages.order_facts import Fact
from api.pages.payee_names import payee_name
from api.pages.statement_why import Reader, words_of_sum
from api.problems import problem
from api.settling import is_closed, period_named, statements_of
from engine.describe.values import Words
from engine.journal.order_news import ClosedEvent
from engine.period import Period, PeriodSpec, period_of
from engine.settlement import Part, Statement
from storage.journal import closed_periods

Kind = Literal["balance", "plus", "minus", "out"]
_PENDING: Final[tuple[tuple[Part, int], ...]] = (("accrued", 1), ("reversed", -1), ("released", -1))
_PAYABLE: Final[tuple[tuple[Part, int], ...]] = (
    ("released", 1),
    ("clawed_back", -1),
    ("dividends", 1),
    ("adjustments", 1),
)
"""The parts that add to a sum (1) and that take from it (-1)."""
_TITLES: Final[dict[Part, Words]] = {
    "accrued": Words("新增佣金", "Accrued"),
    "reversed": Words("退款减少", "Taken back"),
    "released": Words("解冻", "Released"),
    "clawed_back": Words("退款收回", "Clawed back"),
    "dividends": Words("分红", "Dividends"),
    "adjustments": Words("人工调账", "Adjustments"),
    "settled": Words("本期结算", "Settled"),
}
"""What steps are called: a word or two, as they stand beside a picture."""


class Step(msgspec.Struct, frozen=True):
    """One step of a sum; `start` and `width` are its bar, in thousandths of the picture's width."""

    name: str
    kind: Kind
    title: Words
    amount_fen: int
    start: int
    width: int
    facts: tuple[Fact, ...] = ()
    items: tuple[Item, ...] = ()


class Lane(msgspec.Struct, frozen=True):
    """One of the two sums; `zero` is where nothing lies in its picture."""

    name: str
    title: Words
    note: Words
    zero: int
    steps: tuple[Step, ...]


class Neighbour(msgspec.Struct, frozen=True):
    """The period before or after, if the payee has a statement there."""

    label: str
    href: str


class StatementPage(msgspec.Struct, frozen=True):
    """Everything that the page of a statement shows."""

    payee: str
    name: str
    period: Period
    closed: bool
    statement: Statement
    lanes: tuple[Lane, Lane]
    before: Neighbour | None
    after: Neighbour | None


def statement_page(connection: Connection, label: str, payee: str, skip: int = 0) -> StatementPage:
    """One payee's statement of a period, closed or open; of very many orders those after the first `skip`.

    Raises the problem 404 when nothing moved or stood.
    """
    period = period_named(label)
    found = statements_of(connection, period, payee).get(payee) if payee.isprintable() else None
    if found is None:
        raise problem("not_found", f"{label} 没有 {payee} 的账", f"There is nothing of {payee} in {label}")
    closed = is_closed(connection, period)
    before, after = neighbours(closed_periods(connection), period, closed=closed)
    earlier = _neighbour(connection, before, payee)
    return StatementPage(
        payee=payee,
        name=payee_name(connection, payee),
        period=period,
        closed=closed,
        statement=found,
        lanes=_lanes(found, Reader(connection, payee, earlier.href if earlier else ""), skip, closed=closed),
        before=earlier,
        after=_neighbour(connection, after, payee),
    )


def statement_href(label: str, payee: str) -> str:
    """Where a payee's statement of a period is shown."""
    return f"/statements/{label}/{quote(payee)}"


def neighbours(closings: Sequence[ClosedEvent], period: Period, *, closed: bool) -> tuple[Period | None, Period | None]:
    """The closed period that ends where `period` begins; and, of a closed period, the one that comes next."""
    before = next((period_named(one.id) for one in closings if one.end == period.start), None)
    if not closed:
        return before, None
    after = next((period_named(one.id) for one in closings if one.start == period.end), None)
    return before, after or period_of(_spec(period), period.end)


def _spec(period: Period) -> PeriodSpec:
    if period.kind != "days":
        return PeriodSpec(period.kind)
    return PeriodSpec("days", (period.end - period.start).days, period.start.date())


def _neighbour(connection: Connection, period: Period | None, payee: str) -> Neighbour | None:
    if period is None or payee not in statements_of(connection, period, payee):
        return None
    return Neighbour(period.label, statement_href(period.label, payee))


# --- The two sums -----------------------------------------------------------------------------------------------------


class _Drawn(msgspec.Struct, frozen=True):
    """A step before its bar is scaled: from one height to another, in fen."""

    name: str
    kind: Kind
    title: Words
    amount_fen: int
    low: int
    high: int
    facts: tuple[Fact, ...] = ()
    items: tuple[Item, ...] = ()


def _lanes(statement: Statement, reader: Reader, skip: int, *, closed: bool) -> tuple[Lane, Lane]:
    pending = list(_pending(statement, reader, skip))
    payable = list(_payable(statement, reader, skip, closed=closed))
    heights = [height for step in (*pending, *payable) for height in (step.low, step.high)]
    least, most = min(0, *heights), max(1, *heights)
    return (
        Lane(
            "payable",
            Words("可结算", "Payable"),
            Words("售后期满才算数", "what is past its days after sale"),
            _place(0, least, most),
            tuple(_scaled(step, least, most) for step in payable),
        ),
        Lane(
            "pending",
            Words("待解冻", "Pending"),
            Words("还在售后期里, 退款会减少", "still within the days after sale: refunds reduce it"),
            _place(0, least, most),
            tuple(_scaled(step, least, most) for step in pending),
        ),
    )


def _place(fen: int, least: int, most: int) -> int:
    return 1000 * (fen - least) // (most - least)


def _scaled(step: _Drawn, least: int, most: int) -> Step:
    start = min(_place(step.low, least, most), 994)
    width = max(_place(step.high, least, most) - start, 6 if step.high > step.low else 0)
    return Step(step.name, step.kind, step.title, step.amount_fen, start, width, step.facts, step.items)


def _pending(statement: Statement, reader: Reader, skip: int) -> Iterator[_Drawn]:
    at = statement.pending_opening_fen
    yield _balance("pending-opening", Words("期初", "Opening"), at, reader.opening(statement, pending=True))
    steps = list(_moves(statement, reader, _PENDING, at, "pending-", skip))
    yield from steps
    said = words_of_sum(at, [(step.title, step.amount_fen) for step in steps], statement.pending_closing_fen)
    title = Words("期末待解冻", "Still pending")
    yield _balance("pending-closing", title, statement.pending_closing_fen, (Fact.sum(said), reader.stays_pending))


def _payable(statement: Statement, reader: Reader, skip: int, *, closed: bool) -> Iterator[_Drawn]:
    at, closing, settled = statement.opening_fen, statement.closing_fen, statement.settled_fen
    yield _balance("opening", Words("期初", "Opening"), at, reader.opening(statement, pending=False))
    steps = list(_moves(statement, reader, _PAYABLE, at, "", skip))
    yield from steps
    said = words_of_sum(at, [(step.title, step.amount_fen) for step in steps], closing)
    title = Words("期末可结算", "Payable at the end") if closed else Words("目前可结算", "Payable so far")
    yield _balance("closing", title, closing, (Fact.sum(said),))
    if closed:
        facts = reader.settled(statement)
        if settled:
            low, high = sorted((closing, closing - settled))
            yield _Drawn("settled", "out", _TITLES["settled"], -settled, low, high, facts)
        carried = Words("转入下期", "Carried forward")
        yield _balance("carried", carried, statement.carried_forward_fen, facts)


def _balance(name: str, title: Words, fen: int, facts: tuple[Fact, ...]) -> _Drawn:
    return _Drawn(name, "balance", title, fen, min(0, fen), max(0, fen), facts)


def _moves(
    statement: Statement, reader: Reader, parts: Iterable[tuple[Part, int]], at: int, prefix: str, skip: int
) -> Iterator[_Drawn]:
    """The steps between two balances, without the parts in which nothing moved."""
    for part, sign in parts:
        lines = [line for line in statement.lines if line.part == part]
        if not lines:
            continue
        fen = sign * sum(line.amount_fen for line in lines)
        low, high = sorted((at, at + fen))
        at += fen
        kind: Kind = "plus" if fen > 0 else "out" if part == "released" else "minus"
        yield _Drawn(f"{prefix}{part}", kind, _TITLES[part], fen, low, high, (), movements(lines, sign, reader, skip))
