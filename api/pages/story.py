"""The demo order of the landing page, and the picture of where the money of an order goes."""

from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection

from api.answers import OperatorOrder
from api.events import order_event
from api.pages.payee_names import payee_names
from api.schemas import Basket, BasketDelivery, BasketLine
from api.service import Service
from api.views import operator_order_of
from engine.calendar import SHANGHAI
from engine.evaluate import evaluate_order
from engine.journal.flows import sale_postings
from engine.ledger import DELIVERY, PROMOTIONS, balances
from engine.order import Evaluation
from storage.catalog import goods_by_sku
from storage.directory import PromoterEntry, entries
from storage.orders import find_order, movements

DEMO_BASKET: Final = Basket(
    lines=(
        BasketLine(sku="stinky-tofu", quantity=2),
        BasketLine(sku="spicy-crayfish", quantity=1),
        BasketLine(sku="plum-drink", quantity=2),
    ),
    buyer_id="demo-regular",
    promoter_id="p004",
    delivery=BasketDelivery(region="430102", fee_fen=500),
)


class Share(msgspec.Struct, frozen=True):
    """One part of the bar: whose, how much, and where it starts and how wide it is, in thousandths of the whole."""

    kind: str
    title: str
    amount_fen: int
    start: int
    width: int


class Story(msgspec.Struct, frozen=True):
    """An order, how what was paid divides, what the platform added to it, and the names behind the ids."""

    order: OperatorOrder
    shares: tuple[Share, ...]
    subsidy_fen: int
    names: dict[str, str]


def demo_story(service: Service, connection: Connection) -> Story | None:
    """The demo order as of this evening; None when its goods are not in the catalogue."""
    wanted = {line.sku for line in DEMO_BASKET.lines}
    people = {one.id for one in entries(connection, PromoterEntry)}
    if len(goods_by_sku(connection, wanted)) < len(wanted) or DEMO_BASKET.promoter_id not in people:
        return None
    now = service.now()
    evening = now.astimezone(SHANGHAI).replace(hour=20, minute=30, second=0, microsecond=0)
    live = service.book.live_at(connection, evening)
    evaluation = evaluate_order(order_event(connection, DEMO_BASKET, "demo", evening, None), live)
    return _story(
        connection, evaluation, operator_order_of(evaluation, live, now, (), partial(service.book.live_at, connection))
    )


def order_story(service: Service, connection: Connection, order_id: str) -> Story | None:
    """A recorded order with its picture; None if there is none."""
    stored = find_order(connection, order_id)
    if stored is None:
        return None
    evaluation = stored.evaluation
    live = service.book.of_evaluation(connection, evaluation.rule_sets)
    posted = movements(connection, order_id)
    return _story(
        connection,
        evaluation,
        operator_order_of(evaluation, live, stored.recorded_at, posted, partial(service.book.live_at, connection)),
    )


def _story(connection: Connection, evaluation: Evaluation, order: OperatorOrder) -> Story:
    names = payee_names(connection)
    held = balances(sale_postings(evaluation))
    earned: dict[str, int] = {}
    for accrual in order.accruals:
        earned[accrual.payee] = earned.get(accrual.payee, 0) + accrual.amount_fen
    parts = [("merchant", names.get(one.merchant, one.merchant), one.left_fen) for one in order.merchants]
    parts += [("payee", names.get(payee, payee), fen) for payee, fen in earned.items()]
    parts.append(("delivery", "", held.get(DELIVERY, 0) + held.get("delivery:commission", 0)))
    return Story(order, _bar([part for part in parts if part[2] > 0]), -held.get(PROMOTIONS, 0), names)


def _bar(parts: list[tuple[str, str, int]]) -> tuple[Share, ...]:
    whole = sum(part[2] for part in parts)
    shares: list[Share] = []
    before = 0
    for kind, title, fen in parts:
        start, end = 1000 * before // whole, 1000 * (before + fen) // whole
        shares.append(Share(kind, title, fen, start, max(end - start, 4)))
        before += fen
    return tuple(shares)
