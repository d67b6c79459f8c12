"""What happens to an order after it was recorded: one event, one transaction, idempotent by the event's own id."""

from sqlalchemy import Connection

from api.answers import Movement
from api.book_answers import EventAnswer, Oddity, OrderState
from api.events import already_happened
from api.problems import FieldProblem, ProblemRaised, invalid, problem
from api.service import Service
from engine.errors import EventRefused
from engine.journal.order_book import OrderBook, standing
from engine.journal.order_news import OrderNews, news_key
from engine.journal.order_status import anomalies, given_back, status
from engine.journal.posting import Posted
from engine.journal.release import release_of
from storage.counters import give_back
from storage.database import write
from storage.journal import lock_journal, order_book, post_event


def tell(service: Service, news: OrderNews) -> EventAnswer:
    """Post an event of an order. Told again it changes nothing; told before its order it waits for it.

    Raises the problem 409 when its id stands for another content, 422 when it cannot be true.
    """
    now = service.now()
    already_happened(news.at, now, "/at")
    with write(service.database) as connection:
        lock_journal(connection)
        before = order_book(connection, news.order_id)
        try:
            posted = post_event(connection, news, now)
        except EventRefused as refused:
            raise _refused(refused) from None
        _give_back(connection, before, posted.books.order)
        _check_taken(news, posted.books.order)
    return _answer(news, posted)


def _check_taken(news: OrderNews, order: OrderBook | None) -> None:
    """An event that waited for its order and then could not be true is refused whenever it is told again."""
    if order is None or news in order.events:
        return
    try:
        order.add(news)
    except EventRefused as refused:
        raise _refused(refused) from None


def state_of(book: OrderBook) -> OrderState:
    """How an order stands, for people and programs."""
    stands, release = standing(book), release_of(book)
    return OrderState(
        order_id=book.evaluation.event.order_id,
        status=status(book),
        received_fen=stands.received_fen,
        value_fen=stands.value_fen,
        given_back_fen=stands.cash_fen,
        release_at=None if release is None else release.at,
        oddities=tuple(
            Oddity(code=one.code, event=one.key, message=one.message_zh, message_en=one.message_en)
            for one in anomalies(book)
        ),
    )


def _give_back(connection: Connection, before: OrderBook | None, after: OrderBook | None) -> None:
    """Give uses and budget back once an order is cancelled or wholly returned, as its rules declare."""
    if before is None or after is None or given_back(before):
        return
    give_back(connection, after.evaluation.event, given_back(after))


def _answer(news: OrderNews, posted: Posted) -> EventAnswer:
    order = posted.books.order
    return EventAnswer(
        key=news_key(news),
        outcome="posted" if posted.entries else "waiting" if order is None else "known",
        order=None if order is None else state_of(order),
        movements=tuple(
            Movement(kind=one.kind, source=one.source, destination=one.destination, amount_fen=one.amount_fen)
            for entry in posted.entries
            for one in entry.postings
        ),
    )


def _refused(refused: EventRefused) -> ProblemRaised:
    if refused.code == "content_differs":
        return problem("event_differs", refused.message_zh, refused.message_en)
    return invalid([FieldProblem(refused.path, refused.code, refused.message_zh, refused.message_en)])
