"""The book of one order: its evaluation and the set of its events, and how the order stands by them (O1-O6).

Everything is a pure function of the set: events are read in one canonical order, by (instant, kind, id), whatever the
order in which they arrived.  What cannot be true is refused; what is merely odd (shipped after it was cancelled) is
noted by `order_status.anomalies`, because refusing it would depend on the order of arrival.
"""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from engine.errors import EventRefused, RefundRefused
from engine.journal.order_news import CancelledEvent, News, OrderNews, PaidEvent, ReleasedEvent, news_id, news_key
from engine.order import Evaluation, RefundEvent
from engine.refund.clawback import RefundState, advance, dues, goods_given, shares, untouched

_RANK: Final = {"paid": 0, "shipped": 1, "received": 2, "refund": 3, "cancelled": 4, "released": 5}


class OrderBook(msgspec.Struct, frozen=True):
    """An order as it was sold, and its events in canonical order. Make it of an evaluation, then `add` events."""

    evaluation: Evaluation
    events: tuple[OrderNews, ...] = ()

    def add(self, event: OrderNews) -> "OrderBook":
        """The book with one more event; the same book when it has this very event already.

        Raises `EventRefused` for an event that cannot be true together with the others: another order's, another
        content under an id that is known, more paid than is due, more returned than was sold, a second cancellation.
        """
        known = next((one for one in self.events if news_key(one) == news_key(event)), None)
        if known is not None:
            if known != event:
                raise content_differs(event)
            return self
        if event.order_id != self.evaluation.event.order_id:
            raise EventRefused("other_order", "/order_id", "事件不属于这笔订单", "the event belongs to another order")
        book = OrderBook(self.evaluation, tuple(sorted((*self.events, event), key=canonical)))
        _check(book, event)
        return book

    @property
    def total_fen(self) -> int:
        """What the order costs before anything is returned: goods and delivery fee."""
        return sum(self.evaluation.priced.net_fen) + self.evaluation.priced.shipping_fen

    @property
    def received_fen(self) -> int:
        """What the buyer has paid in all, whatever was given back since."""
        if self.evaluation.event.payment == "in_full":
            return self.total_fen
        return sum(event.amount_fen for event in self.events if isinstance(event, PaidEvent))

    @property
    def cancelled(self) -> CancelledEvent | None:
        """The cancellation, if there is one; there is one at most."""
        return next((event for event in self.events if isinstance(event, CancelledEvent)), None)

    @property
    def released(self) -> bool:
        """Whether the after-sales window is over."""
        return any(isinstance(event, ReleasedEvent) for event in self.events)


def canonical(event: OrderNews) -> tuple[datetime, int, str]:
    """The sort key that puts the events of an order into the one order in which they are read."""
    return event.at, _RANK[event.type], news_id(event)


class Standing(NamedTuple):
    """How an order stands. Amounts are fen.

    `value_fen` is what the buyer owes in all for what is left of the order; `held_fen` is as much of it as was paid,
    `cash_fen` what was paid beyond it and is given back, `cash_with_fee_fen` the part of that cash on which the channel
    gives back its fee.  `share_fen` is, per line, what was returned; `due_fen`, per accrual, what is still due.
    """

    state: RefundState
    received_fen: int
    value_fen: int
    held_fen: int
    cash_fen: int
    cash_with_fee_fen: int
    share_fen: tuple[int, ...]
    due_fen: tuple[int, ...]


def standing(book: OrderBook) -> Standing:
    """How an order stands by the set of its events (clauses O2, O3, O5, O6)."""
    evaluation, total, received = book.evaluation, book.total_fen, book.received_fen
    state, value, with_fee = untouched(evaluation), total, 0
    for event in book.events:
        if isinstance(event, RefundEvent):
            state = _refunded(evaluation, state, event)
            credited = state.cash_fen + state.shipping_fen
        elif isinstance(event, CancelledEvent):
            credited = total - event.kept_fen
        else:
            continue
        before, value = value, min(value, total - credited)
        if event.payment_fee == "return":
            with_fee += max(0, received - value) - max(0, received - before)
    if book.cancelled is None:
        share, due = tuple(shares(evaluation, state)), tuple(dues(evaluation, state))
    else:
        share, due = evaluation.priced.net_fen, (0,) * len(evaluation.accruals)
    held = min(received, value)
    return Standing(state, received, value, held, received - held, with_fee, share, due)


def _refunded(evaluation: Evaluation, state: RefundState, event: RefundEvent) -> RefundState:
    """The state after one more refund; `cash_fen` is what the buyer is credited for goods, which never falls (R3)."""
    after = advance(evaluation, state, event)
    return msgspec.structs.replace(after, cash_fen=max(state.cash_fen, goods_given(evaluation, after)))


def content_differs(event: News) -> EventRefused:
    """An id that stands for an event of another content already."""
    return EventRefused(
        "content_differs",
        "",
        f"{news_key(event)} 已用于内容不同的事件, 新的事件请换一个编号",
        f"{news_key(event)} stands for an event of another content already; a new event needs a new id",
    )


def _check(book: OrderBook, event: OrderNews) -> None:
    if isinstance(event, PaidEvent):
        _check_paid(book, event)
    elif isinstance(event, CancelledEvent):
        _check_cancelled(book, event)
    elif isinstance(event, RefundEvent):
        _check_refund(book, event)


def _check_paid(book: OrderBook, event: PaidEvent) -> None:
    if book.evaluation.event.payment == "in_full":
        raise EventRefused(
            "paid_in_full",
            "/amount_fen",
            "订单下单时已全额付款; 分次付款的订单须写 payment: by_events",
            "the order was paid in full when it was placed; an order paid by events says payment: by_events",
        )
    left = book.total_fen - (book.received_fen - event.amount_fen)
    if event.amount_fen > left:
        raise EventRefused(
            "more_than_due", "/amount_fen", f"最多还须付 {left} 分", f"at most {left} fen are still to be paid"
        )
    if event.fee_fen > event.amount_fen:
        raise EventRefused(
            "fee_above_amount",
            "/fee_fen",
            f"手续费超过付款金额 {event.amount_fen} 分",
            f"the fee is more than the {event.amount_fen} fen it was taken of",
        )


def _check_cancelled(book: OrderBook, event: CancelledEvent) -> None:
    if sum(isinstance(one, CancelledEvent) for one in book.events) > 1:
        raise EventRefused("already_cancelled", "/id", "订单已取消", "the order has been cancelled already")
    if event.kept_fen > book.total_fen:
        raise EventRefused(
            "more_than_due",
            "/kept_fen",
            f"订单总额只有 {book.total_fen} 分",
            f"the order is worth {book.total_fen} fen in all",
        )


def _check_refund(book: OrderBook, event: RefundEvent) -> None:
    """Every refund must be true in canonical order; leaving one out only leaves more for the others."""
    state = untouched(book.evaluation)
    for one in book.events:
        if not isinstance(one, RefundEvent):
            continue
        try:
            state = advance(book.evaluation, state, one)
        except RefundRefused as refused:
            if one is event:
                raise
            raise RefundRefused(
                refused.code,
                "",
                f"与之后的退款 {one.refund_id} 不能同时成立: {refused.message_zh}",
                f"cannot be true together with the later refund {one.refund_id}: {refused.message_en}",
            ) from None
