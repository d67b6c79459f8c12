"""Recording paid orders: one transaction, idempotent, race-safe."""

from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.answers import ExplainedOrder, OperatorOrder
from api.events import already_happened, order_event, with_counters
from api.problems import ProblemRaised, problem
from api.schemas import NewOrder
from api.service import Service
from api.views import explained_order_of, operator_order_of, order_of
from engine.evaluate import evaluate_order
from engine.journal.order_status import given_back
from engine.order import Evaluation
from storage.counters import CounterMoved, give_back, take
from storage.database import write
from storage.journal import lock_journal
from storage.orders import (
    StoredAnswer,
    StoredOrder,
    digest,
    find_answer,
    find_order,
    lock_buyer,
    movements,
    record_order,
    store_answer,
)

ATTEMPTS: Final = 20
"""Every failed attempt means that another order went through; so many in a row mean overload."""


class Recorded(msgspec.Struct, frozen=True):
    """The answer to an order, as JSON, and whether this request recorded it or an earlier one had."""

    body: bytes
    fresh: bool


def place_order(service: Service, order: NewOrder, key: str | None) -> Recorded:
    """Record a paid order, or repeat the answer it was given before.

    Raises the problem 409 if the order id stands for another request, 422 if the key does, or for wrong content.
    """
    request_hash = digest(msgspec.json.encode(order))
    for _ in range(ATTEMPTS):
        try:
            with write(service.database) as connection:
                return _place(service, connection, order, key, request_hash)
        except (CounterMoved, IntegrityError):
            # another order took the last use, or is this very order: look again
            continue
    raise problem("busy", "下单太集中, 请稍后重试", "Too many orders at once; try again")


def _place(service: Service, connection: Connection, order: NewOrder, key: str | None, request_hash: str) -> Recorded:
    now = service.now()
    if key is not None and (answer := find_answer(connection, key)) is not None:
        if answer.body_hash != request_hash:
            raise _key_reused(key)
        return Recorded(answer.response, fresh=False)
    stored = find_order(connection, order.order_id)
    if stored is not None:
        if stored.request_hash != request_hash:
            raise _order_differs(order.order_id)
        body = _answer(service, connection, stored.evaluation)
    else:
        body = _record(service, connection, order, request_hash, now)
    if key is not None:
        store_answer(connection, key, StoredAnswer(request_hash, body), now)
    return Recorded(body, fresh=stored is None)


def _record(service: Service, connection: Connection, order: NewOrder, request_hash: str, now: datetime) -> bytes:
    at = already_happened(order.placed_at, now, "/placed_at") if order.placed_at else now
    lock_buyer(connection, order.buyer_id)
    live = service.book.live_at(connection, at)
    asked = order_event(connection, order.basket(), order.order_id, at, service.settings.binding)
    event = with_counters(connection, msgspec.structs.replace(asked, payment=order.payment), live)
    evaluation = evaluate_order(event, live)
    lock_journal(connection)  # before the counters, as cancellations do: else each may wait for the other
    take(connection, live, event, evaluation.priced.consumption)
    sold = record_order(connection, evaluation, request_hash, now)
    give_back(connection, event, given_back(sold))  # a cancellation may have waited for its order
    return msgspec.json.encode(order_of(evaluation, live))


def _answer(service: Service, connection: Connection, evaluation: Evaluation) -> bytes:
    live = service.book.of_evaluation(connection, evaluation.rule_sets)
    return msgspec.json.encode(order_of(evaluation, live))


def buyer_order(service: Service, connection: Connection, order_id: str) -> ExplainedOrder:
    """A recorded order as its buyer may see it. Raises the problem 404."""
    stored = _found(connection, order_id)
    live = service.book.of_evaluation(connection, stored.evaluation.rule_sets)
    return explained_order_of(stored.evaluation, live)


def operator_order(service: Service, connection: Connection, order_id: str) -> OperatorOrder:
    """A recorded order as an operator sees it. Raises the problem 404."""
    stored = _found(connection, order_id)
    live = service.book.of_evaluation(connection, stored.evaluation.rule_sets)
    rules_at = partial(service.book.live_at, connection)
    return operator_order_of(stored.evaluation, live, stored.recorded_at, movements(connection, order_id), rules_at)


def _found(connection: Connection, order_id: str) -> StoredOrder:
    stored = find_order(connection, order_id) if order_id.isprintable() else None
    if stored is None:
        raise problem("not_found", f"没有订单 {order_id}", f"There is no order {order_id}")
    return stored


def _key_reused(key: str) -> ProblemRaised:
    return problem(
        "key_reused",
        f"幂等键 {key} 已用于内容不同的请求, 新的请求请换一个键",
        f"The idempotency key {key} was used for a request with another body; a new request needs a new key",
    )


def _order_differs(order_id: str) -> ProblemRaised:
    return problem(
        "order_differs",
        f"订单 {order_id} 已记录, 且内容不同",
        f"The order {order_id} is recorded already, with another content",
    )
