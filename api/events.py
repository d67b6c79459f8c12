"""From a basket of ids to the order event that the engine reads: everything looked up, every wrong id named."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection

from api.problems import FieldProblem, invalid
from api.schemas import Basket
from engine.calendar import SHANGHAI
from engine.live import LiveRules
from engine.money import MAX_FEN
from engine.order import Delivery, OrderEvent, Payee, Store
from storage.catalog import Good, goods_by_sku
from storage.counters import read_counters
from storage.people import buyer_of, introduction_by, leader_of, store_of

QUOTE_ID: Final = "quote"
_YEARS: Final = range(2000, 2100)
_CLOCK_SKEW: Final = timedelta(minutes=5)


def order_event(connection: Connection, basket: Basket, order_id: str, at: datetime) -> OrderEvent:
    """The event of a basket at an instant, without counters. Raises the problem 422 that names every unknown id."""
    goods = goods_by_sku(connection, (line.sku for line in basket.lines))
    introduction = introduction_by(connection, basket.promoter_id, at) if basket.promoter_id else None
    leader = leader_of(connection, basket.leader_id) if basket.leader_id else None
    store = store_of(connection, basket.store_id) if basket.store_id else None
    promoter = introduction.promoter if introduction else None
    faults = _unknown(basket, goods, promoter, leader, store)
    faults += _too_much(basket, goods)
    if faults:
        raise invalid(faults)
    merchant = promoter.merchant if promoter else None
    return OrderEvent(
        order_id=order_id,
        placed_at=at.astimezone(SHANGHAI),
        lines=tuple(
            goods[line.sku].line(str(number), line.quantity, merchant)
            for number, line in enumerate(basket.lines, start=1)
        ),
        channel=basket.channel,
        buyer=buyer_of(connection, basket.buyer_id),
        store=store,
        delivery=Delivery(kind=basket.delivery.kind, region=basket.delivery.region, fee_fen=basket.delivery.fee_fen),
        promoter=promoter,
        referrer=introduction.referrer if introduction else None,
        leader=leader,
        coupons=basket.coupons,
    )


def with_counters(connection: Connection, event: OrderEvent, live: LiveRules) -> OrderEvent:
    """The event with what its promotions have used up so far."""
    counters = read_counters(connection, live, event)
    return msgspec.structs.replace(event, counters=counters) if counters else event


def plausible(at: datetime, pointer: str) -> datetime:
    """An instant a shop can have meant. Raises the problem 422 for years far off."""
    if at.year not in _YEARS:
        raise invalid(
            [FieldProblem(pointer, "out_of_range", "时间须在 2000 至 2099 年之间", "The time must lie in 2000 to 2099")]
        )
    return at


def already_happened(at: datetime, now: datetime, pointer: str) -> datetime:
    """A plausible instant that is not in the future, clocks a few minutes apart forgiven."""
    if plausible(at, pointer) > now + _CLOCK_SKEW:
        raise invalid(
            [
                FieldProblem(
                    pointer, "in_the_future", "已付订单的时间不能在将来", "A paid order cannot lie in the future"
                )
            ]
        )
    return at


def _unknown(
    basket: Basket, goods: dict[str, Good], promoter: Payee | None, leader: Payee | None, store: Store | None
) -> list[FieldProblem]:
    faults = [
        FieldProblem(
            f"/lines/{i}/sku", "unknown_goods", f"没有规格为 {line.sku} 的商品", f"There are no goods {line.sku}"
        )
        for i, line in enumerate(basket.lines)
        if line.sku not in goods
    ]
    looked_up = (
        ("store", "门店", basket.store_id, store),
        ("promoter", "推广员", basket.promoter_id, promoter),
        ("leader", "团长", basket.leader_id, leader),
    )
    for name, title, wanted, found in looked_up:
        if wanted is not None and found is None:
            detail = f"没有编号为 {wanted} 的{title}"
            faults.append(FieldProblem(f"/{name}_id", f"unknown_{name}", detail, f"There is no {name} {wanted}"))
    return faults


def _too_much(basket: Basket, goods: dict[str, Good]) -> list[FieldProblem]:
    known = [line for line in basket.lines if line.sku in goods]
    if sum(goods[line.sku].unit_price_fen * line.quantity for line in known) <= MAX_FEN:
        return []
    return [FieldProblem("/lines", "too_much", "订单金额过大", "The order is worth more than can be booked")]
