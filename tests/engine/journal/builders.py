"""Orders and their news for tests of the journal. Amounts are fen; hours count from the sale."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from engine.journal.order_book import OrderBook
from engine.journal.order_news import (
    AdjustmentEvent,
    CancelledEvent,
    ClosedEvent,
    DividendEvent,
    HolderShare,
    News,
    OrderNews,
    PaidEvent,
    PayoutEvent,
    ReceivedEvent,
    ReleasedEvent,
    RuleSetVersion,
    SaleEvent,
    SettledEvent,
    ShippedEvent,
)
from engine.journal.posting import Logged
from engine.order import Buyer, Delivery, Evaluation, RefundEvent, ReturnedLine
from engine.ruleset import Accrue, AmountOff, ShippingDiscount
from tests.engine.builders import (
    AT,
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    promotion,
    promotion_set,
    spend_and_save,
)
from tests.engine.strategies import Choices, refund_steps


def hours(count: int) -> datetime:
    return AT + timedelta(hours=count)


def paid(event_id: str, fen: int, at: int = 1, **fields: Any) -> PaidEvent:
    return PaidEvent(id=event_id, order_id="o-1", at=hours(at), amount_fen=fen, **fields)


def shipped(event_id: str = "s-1", at: int = 10) -> ShippedEvent:
    return ShippedEvent(id=event_id, order_id="o-1", at=hours(at))


def received(event_id: str = "g-1", at: int = 20) -> ReceivedEvent:
    return ReceivedEvent(id=event_id, order_id="o-1", at=hours(at))


def released(event_id: str = "w-1", at: int = 200, order_id: str = "o-1") -> ReleasedEvent:
    return ReleasedEvent(id=event_id, order_id=order_id, at=hours(at))


def cancelled(event_id: str = "c-1", at: int = 30, kept_fen: int = 0, **fields: Any) -> CancelledEvent:
    return CancelledEvent(id=event_id, order_id="o-1", at=hours(at), kept_fen=kept_fen, **fields)


def refunded(refund_id: str, *lines: ReturnedLine, at: int = 40, **fields: Any) -> RefundEvent:
    return RefundEvent(refund_id=refund_id, order_id="o-1", at=hours(at), lines=tuple(lines), **fields)


def settled(payee: str, fen: int, start: int, end: int, period: str = "p") -> SettledEvent:
    return SettledEvent(
        id=f"{period}:{payee}",
        at=hours(end),
        payee=payee,
        period=period,
        start=hours(start),
        end=hours(end),
        amount_fen=fen,
    )


def closed(start: int, end: int) -> ClosedEvent:
    return ClosedEvent(id=f"to-{end}", at=hours(end), start=hours(start), end=hours(end))


def payout(event_id: str, payee: str, fen: int, at: int, settlement: str = "p") -> PayoutEvent:
    return PayoutEvent(id=event_id, at=hours(at), payee=payee, settlement=settlement, amount_fen=fen)


def dividend(pool: str, pool_fen: int, end: int, **shares: int) -> DividendEvent:
    return DividendEvent(
        id=f"d-{end}",
        at=hours(end),
        pool=pool,
        period="p",
        start=hours(0),
        end=hours(end),
        rule_set=RuleSetVersion(name="partners", version=1, content_hash="h"),
        pool_fen=pool_fen,
        shares=tuple(
            HolderShare(holder=name.replace("_", "-"), weight=1, amount_fen=fen) for name, fen in shares.items()
        ),
    )


def adjusted(event_id: str, source: str, destination: str, fen: int, at: int, **fields: Any) -> AdjustmentEvent:
    people = {"proposed_by": "ann", "approved_by": "bo", "reason": "agreed", **fields}
    return AdjustmentEvent(id=event_id, at=hours(at), source=source, destination=destination, amount_fen=fen, **people)


def by_events(evaluation: Evaluation, bearer: str = "platform") -> Evaluation:
    """The same sale, paid in instalments, its delivery fee borne by someone."""
    delivery = msgspec.structs.replace(evaluation.event.delivery, bearer=bearer)
    event = msgspec.structs.replace(evaluation.event, payment="by_events", delivery=delivery)
    return msgspec.structs.replace(evaluation, event=event)


def a_sale(order_id: str = "o-1", payment: str = "by_events", bearer: str = "platform", **policies: Any) -> Evaluation:
    """Two merchants, 80.00 and a fee of 2.00 to pay: the platform funds 20.00 off goods and 3.00 off the fee; 10 % to
    the promoter (8.00), 1 % to a pool (0.80)."""
    rules = [
        promotion("save", spend_and_save((10_000, 2000))),
        promotion("fee", ShippingDiscount(AmountOff(300, "order"))),
    ]
    pay = commission_set(
        commission_rule("pay", Accrue(to="promoter", rate=percent(10)), Accrue(to="pool:city", rate=percent(1)))
    )
    event = order(
        line("a", 6000, merchant="m-1"),
        line("b", 2000, 2, merchant="m-2"),
        promoter=PROMOTER,
        buyer=Buyer(id="b-1"),
        delivery=Delivery(fee_fen=500, bearer=bearer),
        order_id=order_id,
        payment=payment,
    )
    return evaluated(event, promotion_set(*rules, **{"funded_by": "platform", **policies}), pay)


def book_of(evaluation: Evaluation, *events: OrderNews) -> OrderBook:
    book = OrderBook(evaluation)
    for event in events:
        book = book.add(event)
    return book


def logged(*events: News | Evaluation) -> list[Logged]:
    """A log of events as they came in, an hour apart."""
    news = [SaleEvent(evaluation=event) if isinstance(event, Evaluation) else event for event in events]
    return [Logged(number, hours(number), event) for number, event in enumerate(news, 1)]


# --- random news ----------------------------------------------------------------------------------------------------


def news_run(by: Choices, evaluation: Evaluation) -> list[OrderNews]:
    """News of the order o-1 that are possible together: payments, parcels, refunds, release, perhaps a cancellation."""
    events: list[OrderNews] = list(_payments(by, evaluation))
    if by.pick(True, False):
        steps = refund_steps(by, evaluation)
        times = sorted(by.number(0, 300) for _ in steps)
        for (event, _), at in zip(steps, times, strict=True):
            fee = by.pick("keep", "return")
            events.append(msgspec.structs.replace(event, at=hours(at), payment_fee=fee))
    for kind in (shipped, received, released):
        if by.pick(True, False):
            events.append(kind(at=by.number(0, 300)))
    if by.rarely():
        total = OrderBook(evaluation).total_fen
        kept = by.pick(0, total // 5, total)
        events.append(cancelled(at=by.number(0, 300), kept_fen=kept, payment_fee=by.pick("keep", "return")))
    return events


def _payments(by: Choices, evaluation: Evaluation) -> Iterable[PaidEvent]:
    if evaluation.event.payment == "in_full":
        return
    left = OrderBook(evaluation).total_fen
    for at in range(by.number(0, 3)):
        fen = by.pick(left, left // 2, left // 5, 1)
        if 0 < fen <= left:
            left -= fen
            fee = by.pick(0, fen // 100, fen)
            yield paid(f"p-{at}", fen, by.number(0, 300), fee_fen=fee, fee_bearer=by.pick("platform", "merchants"))


def shuffled(by: Choices, events: Sequence[OrderNews]) -> list[OrderNews]:
    """The events in another order, some of them twice."""
    rest = [*events, *(event for event in events if by.rarely())]
    mixed = []
    while rest:
        mixed.append(rest.pop(by.number(0, len(rest) - 1)))
    return mixed
