"""The journal in the database: events posted one at a time, by the very function that an audit folds the log through.

Posting loads the end of the chain, one order or one balance, and writes one event with its entries.  Numbers and hashes
need an order among writers: SQLite has one writer anyway, PostgreSQL takes an advisory lock until the transaction ends.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, func, insert, not_, or_, select
from sqlalchemy.exc import StatementError

from engine.journal.audit import Damaged, Difference
from engine.journal.canonical import content_hash
from engine.journal.entry import Entry, Tip
from engine.journal.news_reader import decode_news, encode_news
from engine.journal.order_book import OrderBook
from engine.journal.order_news import ClosedEvent, News, OrderNews, SaleEvent, news_key, order_of
from engine.journal.posting import Books, Drawn, Logged, Posted, draws_on, post
from engine.journal.release import release_of
from engine.ledger import Posting
from engine.order import RuleRef
from storage.database import insert_into, table_of
from storage.journal_tables import EntryRow, EventRow, PostingRow, RuleRefRow
from storage.tables import OrderRecord

_EVENT, _ENTRY, _POSTING = table_of(EventRow), table_of(EntryRow), table_of(PostingRow)
_RULE, _ORDER = table_of(RuleRefRow), table_of(OrderRecord)
_LOCK: Final = 4_873_102_556
"""Any fixed number: writers of one journal take turns on PostgreSQL."""
_CLOSED_UNTIL: Final = (
    select(_ENTRY.c.booked_at).where(_ENTRY.c.kind == "closed").order_by(_ENTRY.c.booked_at.desc()).limit(1)
)
_TIP: Final = select(func.max(_ENTRY.c.number)).scalar_subquery()
_END: Final = select(
    _TIP.label("number"),
    select(_ENTRY.c.hash).where(_ENTRY.c.number == _TIP).scalar_subquery().label("hash"),
    _CLOSED_UNTIL.scalar_subquery().label("closed_until"),
    select(_EVENT.c.content_hash).where(_EVENT.c.key == bindparam("key")).scalar_subquery().label("known_hash"),
)
"""What posting rests on besides its order: the end of the chain, of the closed periods, and the event of that key."""
_OF_ORDER: Final = select(_EVENT.c.body).where(_EVENT.c.order_id == bindparam("order_id")).order_by(_EVENT.c.number)
_ENTERED: Final = select(_ENTRY.c.key).where(_ENTRY.c.order_id == bindparam("order_id"))
_IN_ORDER: Final = select(_EVENT).order_by(_EVENT.c.number).execution_options(yield_per=500)
_POSTED: Final = (
    select(
        _ENTRY,
        *(_POSTING.c[name] for name in ("seq", "source", "destination", "amount_fen", "line", "role", "payee")),
        _POSTING.c.kind.label("posting_kind"),
        _RULE.c.body,
    )
    .select_from(_ENTRY.outerjoin(_POSTING).outerjoin(_RULE))
    .order_by(_ENTRY.c.number, _POSTING.c.seq)
    .execution_options(yield_per=2_000)
)
_NEW_EVENT: Final = insert(_EVENT).values(
    number=select(func.coalesce(func.max(_EVENT.c.number), 0) + 1).scalar_subquery()
)
_NEW_ENTRY, _NEW_POSTING = insert(_ENTRY), insert(_POSTING)


def lock_journal(connection: Connection) -> None:
    """Let nobody else post until this transaction ends. Take it before reading what a decision to post rests on."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


def post_event(connection: Connection, event: News, recorded_at: datetime) -> Posted:
    """Post one event in the transaction of `connection`. No entries: it was there already, or its order is not.

    Raises `EventRefused`, with nothing written, when it cannot be true or its id stands for an event of another
    content.
    """
    lock_journal(connection)
    books = _books(connection, event)
    posted = post(books, event)
    if books.known_hash is None:
        connection.execute(_NEW_EVENT, _event_row(event, posted.event_hash, recorded_at))
    _write_entries(connection, posted.entries)
    if posted.books.order is not None and posted.books.order.events and posted.entries:
        _note_release(connection, posted.books.order)
    return posted


def order_book(connection: Connection, order_id: str) -> OrderBook | None:
    """An order with all of its events; None when it is not there (events of it may wait)."""
    return _order_and_waiting(connection, order_id)[0]


def sale_of(connection: Connection, order_id: str) -> SaleEvent | None:
    """What was sold under an order id; None when there is no such order."""
    row = connection.execute(select(_EVENT.c.body).where(_EVENT.c.key == f"sale:{order_id}")).one_or_none()
    return None if row is None else msgspec.json.decode(row.body, type=SaleEvent)


def log(connection: Connection) -> Iterator[Logged]:
    """Every event, in the order in which they came in. Raises `Damaged` for a row that is not what was written."""
    with connection.execute(_IN_ORDER) as rows:
        for row in _readable(rows, "log"):
            yield Logged(row.number, row.recorded_at, _event(row))


def entries(connection: Connection, since: datetime | None = None, payee: str | None = None) -> Iterator[Entry]:
    """Journal entries by number: all, those that count at or after an instant, those that move a payee's money."""
    statement = _POSTED
    if since is not None:
        statement = statement.where(_ENTRY.c.booked_at >= since, not_(_counts_before(since)))
    if payee is not None:
        accounts = [f"payee:{payee}:{state}" for state in ("pending", "released", "settled", "paid")]
        moved = select(_POSTING.c.number).where(
            or_(_POSTING.c.source.in_(accounts), _POSTING.c.destination.in_(accounts))
        )
        statement = statement.where(_ENTRY.c.number.in_(moved))
    return _entries(connection, statement)


def entries_of_order(connection: Connection, order_id: str) -> list[Entry]:
    """What an order has posted so far."""
    return list(_entries(connection, _POSTED.where(_ENTRY.c.order_id == order_id)))


def event_behind(connection: Connection, key: str) -> News | None:
    """The event behind an entry, by its key."""
    row = connection.execute(select(_EVENT.c.body).where(_EVENT.c.key == key)).one_or_none()
    return None if row is None else decode_news(row.body)


def account_balances(connection: Connection, before: datetime | None = None, prefix: str = "") -> dict[str, int]:
    """Balances (fen) of the accounts that begin with `prefix`, as they stood before an instant; zeros are left out."""
    held: dict[str, int] = {}
    for column, sign in ((_POSTING.c.source, -1), (_POSTING.c.destination, 1)):
        statement = select(column, func.sum(_POSTING.c.amount_fen)).group_by(column)
        if prefix:
            statement = statement.where(column.startswith(prefix, autoescape=True))
        if before is not None:
            statement = statement.join(_ENTRY).where(_counts_before(before))
        for account, fen in connection.execute(statement):
            held[account] = held.get(account, 0) + sign * int(fen)
    return {account: fen for account, fen in sorted(held.items()) if fen}


def closed_until(connection: Connection) -> datetime | None:
    """The end of the last closed period."""
    return connection.execute(_CLOSED_UNTIL).scalar_one_or_none()


def closed_periods(connection: Connection) -> list[ClosedEvent]:
    """The closings so far, the earliest first."""
    statement = select(_EVENT.c.body).where(_EVENT.c.key.startswith("closed:")).order_by(_EVENT.c.number)
    found = (decode_news(body) for body in connection.execute(statement).scalars())
    return [one for one in found if isinstance(one, ClosedEvent)]


def first_booked(connection: Connection) -> datetime | None:
    """When the first entry counts; None while there is none."""
    return connection.execute(select(_ENTRY.c.booked_at).order_by(_ENTRY.c.booked_at).limit(1)).scalar_one_or_none()


def due_releases(connection: Connection, before: datetime) -> list[str]:
    """Orders whose after-sales window is over before an instant and that are not released, the earliest first."""
    statement = select(_ORDER.c.order_id).where(_ORDER.c.release_at < before)
    return list(connection.execute(statement.order_by(_ORDER.c.release_at, _ORDER.c.order_id)).scalars())


def _counts_before(instant: datetime) -> Any:
    """`posting.counts_before` as a condition: what closes a period is part of it."""
    closing = and_(_ENTRY.c.booked_at == instant, _ENTRY.c.kind.in_(("settled", "closed")))
    return or_(_ENTRY.c.booked_at < instant, closing)


def _books(connection: Connection, event: News) -> Books:
    end = connection.execute(_END, {"key": news_key(event)}).one()
    order_id, drawn = order_of(event), draws_on(event)
    order, waiting = (None, ()) if order_id is None else _order_and_waiting(connection, order_id)
    return Books(
        tip=Tip() if end.number is None else Tip(end.number, end.hash),
        closed_until=end.closed_until,
        known_hash=end.known_hash,
        order=order,
        waiting=waiting,
        drawn_fen=0 if drawn is None else _held(connection, drawn),
    )


def _order_and_waiting(connection: Connection, order_id: str) -> tuple[OrderBook | None, tuple[OrderNews, ...]]:
    """The book of an order; or, while it is not there, the events that wait for it.

    Events that waited and then could not be true are in the log and in no entry: they are no part of the order.
    """
    found = [decode_news(body) for body in connection.execute(_OF_ORDER, {"order_id": order_id}).scalars()]
    sale = next((one for one in found if isinstance(one, SaleEvent)), None)
    told = tuple(one for one in found if isinstance(one, OrderNews))
    if sale is None:
        return None, told
    book = OrderBook(sale.evaluation)
    entered = set(connection.execute(_ENTERED, {"order_id": order_id}).scalars()) if told else set()
    for event in told:
        if news_key(event) in entered:
            book = book.add(event)
    return book, ()


def _held(connection: Connection, drawn: Drawn) -> int:
    """What an account holds, by its own postings: a prefix would read those of everybody."""
    held = 0
    for column, sign in ((_POSTING.c.source, -1), (_POSTING.c.destination, 1)):
        statement = select(func.coalesce(func.sum(_POSTING.c.amount_fen), 0)).where(column == drawn.account)
        if drawn.before is not None:
            counts = _counts_before(drawn.before)
            if sign < 0:
                counts = or_(counts, _ENTRY.c.kind == "dividend")
            statement = statement.join(_ENTRY).where(counts)
        held += sign * int(connection.execute(statement).scalar_one())
    return held


def _event_row(event: News, event_hash: str, recorded_at: datetime) -> dict[str, object]:
    return {
        "key": news_key(event),
        "order_id": order_of(event),
        "at": event.at,
        "recorded_at": recorded_at,
        "content_hash": event_hash,
        "body": encode_news(event),
    }


def _write_entries(connection: Connection, entered: Sequence[Entry]) -> None:
    if not entered:
        return
    named = {id(one.rule): one.rule for entry in entered for one in entry.postings if one.rule is not None}
    hashes: dict[int, str | None] = {key: content_hash(rule) for key, rule in named.items()}
    if named:
        rows = [{"hash": hashes[key], "body": msgspec.to_builtins(rule)} for key, rule in named.items()]
        connection.execute(insert_into(connection, _RULE).on_conflict_do_nothing(), rows)
    fields = [name for name in Entry.__struct_fields__ if name != "postings"]
    connection.execute(_NEW_ENTRY, [{name: getattr(entry, name) for name in fields} for entry in entered])
    postings = [
        {
            "number": entry.number,
            "seq": seq,
            "kind": one.kind,
            "source": one.source,
            "destination": one.destination,
            "amount_fen": one.amount_fen,
            "line": one.line,
            "rule_ref": hashes.get(id(one.rule)),
            "role": one.role,
            "payee": one.payee,
        }
        for entry in entered
        for seq, one in enumerate(entry.postings)
    ]
    if postings:
        connection.execute(_NEW_POSTING, postings)


def _note_release(connection: Connection, book: OrderBook) -> None:
    release = release_of(book)
    statement = _ORDER.update().where(_ORDER.c.order_id == book.evaluation.event.order_id)
    connection.execute(statement.values(release_at=None if release is None else release.at))


def _readable(rows: Iterable[Any], where: str) -> Iterator[Any]:
    """Rows, as far as the database can read them: SQLite keeps a text in any column, also where an instant belongs."""
    number, found = 0, iter(rows)
    while True:
        try:
            row = next(found)
        except StopIteration:
            return
        except (ValueError, TypeError, StatementError) as error:
            raise Damaged(Difference(where, number + 1, "", "", "a row that can be read", str(error))) from None
        number = row.number
        yield row


def _event(row: Any) -> News:
    """The event of a row, which must be what its other columns say."""
    try:
        event = decode_news(row.body)
    except msgspec.DecodeError as error:
        raise Damaged(Difference("log", row.number, row.key, "/body", "an event", str(error))) from None
    told = {"key": news_key(event), "order_id": order_of(event), "at": event.at, "content_hash": content_hash(event)}
    for name, expected in told.items():
        if (found := getattr(row, name)) != expected:
            raise Damaged(Difference("log", row.number, row.key, f"/{name}", str(expected), str(found)))
    return event


def _entries(connection: Connection, statement: Select[Any]) -> Iterator[Entry]:
    """Rows of entries and their postings as entries. Raises `Damaged` for what cannot be read."""
    head: Any = None
    postings: list[Posting] = []
    with connection.execute(statement) as rows:
        for row in _readable(rows, "entry"):
            if head is not None and row.number != head.number:
                yield _entry(head, postings)
                postings = []
            head = row
            if row.seq is not None:
                postings.append(_posting(row))
    if head is not None:
        yield _entry(head, postings)


def _entry(row: Any, postings: Iterable[Posting]) -> Entry:
    return Entry(
        row.number,
        row.key,
        row.kind,
        row.at,
        row.booked_at,
        row.order_id,
        tuple(postings),
        row.event_hash,
        row.previous_hash,
        row.hash,
    )


def _posting(row: Any) -> Posting:
    try:
        rule = None if row.body is None else msgspec.convert(row.body, RuleRef)
    except msgspec.ValidationError as error:
        field = f"/postings/{row.seq}/rule"
        raise Damaged(Difference("entry", row.number, row.key, field, "a rule", str(error))) from None
    return Posting(row.posting_kind, row.source, row.destination, row.amount_fen, row.line, rule, row.role, row.payee)
