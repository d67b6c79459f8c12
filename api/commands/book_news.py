"""What is told of the books of a log beside their figures: events that could not be true or that wait, and oddities."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import typer

from api.books.log_books import LogBooks, Turned
from api.output import FINDINGS, problems
from engine.journal.order_news import news_key
from engine.journal.order_status import anomalies

_MOST = 20
"""How many oddities people are told; a log without parcels has one for every order that was received."""


class Waiting(NamedTuple):
    """An event whose order is not in the log, perhaps because its id is mistyped: its key, and the order's id."""

    key: str
    order_id: str


class Oddity(NamedTuple):
    """Something odd about an order that changes no figure: the event's key, the order's id, and what."""

    key: str
    order_id: str
    code: str
    message_zh: str
    message_en: str


class BookNews(NamedTuple):
    """Events that changed nothing, at once or after they had waited; events that wait still; and oddities."""

    turned_away: tuple[Turned, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    oddities: tuple[Oddity, ...] = ()


def news_of(books: LogBooks, *, oddities: bool = False) -> BookNews:
    """What there is to tell of books; looking for oddities reads every order once."""
    journal = books.journal
    refused = (Turned(one.key, one.code, one.message_zh, one.message_en) for one in journal.refused)
    waiting = (Waiting(news_key(one), order_id) for order_id, found in journal.waiting.items() for one in found)
    return BookNews((*books.turned_away, *refused), tuple(waiting), tuple(_oddities(books)) if oddities else ())


def news_json(news: BookNews) -> dict[str, list[dict[str, Any]]]:
    """The news as JSON: a list of each kind."""
    return {name: [one._asdict() for one in listed] for name, listed in news._asdict().items()}


def tell_news(news: BookNews) -> None:
    """Tell people, on standard error; of many oddities the first."""
    tell_turned(news.turned_away)
    for waits in news.waiting:
        problems.print(
            f"{waits.key}: 日志里没有订单 {waits.order_id}，事件在等它，没有入账 / "
            f"there is no order {waits.order_id} in the log: the event waits for it and counts nowhere",
            style="yellow",
            markup=False,
        )
    for odd in news.oddities[:_MOST]:
        problems.print(
            f"{odd.key}: 订单 {odd.order_id} 反常，不影响数字：{odd.message_zh} / "
            f"odd about the order {odd.order_id}, no figure changes: {odd.message_en} ({odd.code})",
            markup=False,
        )
    if (more := len(news.oddities) - _MOST) > 0:
        problems.print(f"还有 {more} 处反常，见 --json / {more} more oddities: see --json", markup=False)


def tell_turned(turned_away: Sequence[Turned]) -> None:
    """Tell people which events could not be true."""
    for one in turned_away:
        problems.print(f"{one.key}: {one.message_zh} / {one.message_en} ({one.code})", style="yellow", markup=False)


def end_with(news: BookNews) -> None:
    """The exit code says that an event changed nothing: it could not be true, or its order is not there."""
    if news.turned_away or news.waiting:
        raise typer.Exit(FINDINGS)


def _oddities(books: LogBooks) -> Iterator[Oddity]:
    for order_id, book in books.journal.orders.items():
        for one in anomalies(book):
            yield Oddity(one.key, order_id, one.code, one.message_zh, one.message_en)
