"""From a basket of ids to the order event that the engine reads: everything looked up, every wrong id named."""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Connection

from api.problems import FieldProblem, invalid
from api.schemas import Basket
from engine.calendar import SHANGHAI
from engine.earn.region_seats import regional_agents
from engine.live import LiveRules
from engine.money import MAX_FEN
from engine.order import Delivery, OrderEvent, Payee, Store
from engine.people.binding import BindingRule
from storage.bindings import bound_promoter
from storage.catalog import Good, goods_by_sku
from storage.contracts import contracts_over
from storage.counters import read_counters
from storage.people import Introduction, buyer_of, host_of, introduction_by, leader_at, leader_of, store_of

QUOTE_ID: Final = "quote"
_FIRST, _END = (datetime(year, 1, 1, tzinfo=SHANGHAI) for year in (2000, 2100))
"""The years 2000 to 2099 in Asia/Shanghai, like the days of periods."""
_CLOCK_SKEW: Final = timedelta(minutes=5)


class _People(msgspec.Struct, frozen=True, kw_only=True):
    """Who and what a basket names, as found; `at_point` is the leader of its pickup point."""

    store: Store | None
    promoter: Payee | None
    leader: Payee | None
    host: Payee | None
    at_point: Payee | None


def order_event(
    connection: Connection, basket: Basket, order_id: str, at: datetime, binding: BindingRule | None
) -> OrderEvent:
    """The event of a basket at an instant, without counters. Raises the problem 422 that names every wrong id."""
    goods = goods_by_sku(connection, (line.sku for line in basket.lines))
    introduction = _introduction(connection, basket, at, binding)
    people = _People(
        store=store_of(connection, basket.store_id) if basket.store_id else None,
        promoter=introduction.promoter if introduction else None,
        leader=leader_of(connection, basket.leader_id) if basket.leader_id else None,
        host=host_of(connection, basket.host_id) if basket.host_id else None,
        at_point=leader_at(connection, basket.delivery.pickup_point) if basket.delivery.pickup_point else None,
    )
    faults = _unknown(basket, goods, people) + _wrong_point(basket, people) + _too_much(basket, goods)
    if faults:
        raise invalid(faults)
    merchant = people.promoter.merchant if people.promoter else None
    event = OrderEvent(
        order_id=order_id,
        placed_at=at.astimezone(SHANGHAI),
        lines=tuple(
            goods[line.sku].line(str(number), line.quantity, merchant)
            for number, line in enumerate(basket.lines, start=1)
        ),
        channel=basket.channel,
        buyer=buyer_of(connection, basket.buyer_id),
        store=people.store,
        delivery=_delivery(basket, people),
        promoter=people.promoter,
        referrer=introduction.referrer if introduction else None,
        leader=people.leader or people.at_point,
        host=people.host,
        coupons=basket.coupons,
    )
    return _with_agents(connection, event)


def _introduction(
    connection: Connection, basket: Basket, at: datetime, binding: BindingRule | None
) -> Introduction | None:
    """Who brought the order in: the promoter named, or the one whom the buyer is bound to.

    Under `last_wins` a promoter who is named came last; under `first_holds` a binding that stands is not broken by one.
    """
    named = introduction_by(connection, basket.promoter_id, at) if basket.promoter_id else None
    unknown = basket.promoter_id is not None and named is None
    if binding is None or basket.buyer_id is None or unknown or (named and binding.policy == "last_wins"):
        return named
    bound = bound_promoter(connection, basket.buyer_id, binding.policy, at)
    return named if bound in (None, basket.promoter_id) else introduction_by(connection, bound, at)


def _delivery(basket: Basket, people: _People) -> Delivery:
    given = basket.delivery
    region = given.region or (people.at_point.region if people.at_point else None)
    return Delivery(kind=given.kind, region=region, fee_fen=given.fee_fen)


def _with_agents(connection: Connection, event: OrderEvent) -> OrderEvent:
    places = (event.delivery.region, event.store.region if event.store else None)
    over = contracts_over(connection, places, event.placed_at)
    if not over.contracts:
        return event
    return msgspec.structs.replace(event, regional_agents=regional_agents(over.contracts, event, over.inactive))


def with_counters(connection: Connection, event: OrderEvent, live: LiveRules) -> OrderEvent:
    """The event with what its promotions have used up so far."""
    counters = read_counters(connection, live, event)
    return msgspec.structs.replace(event, counters=counters) if counters else event


def plausible(at: datetime, pointer: str) -> datetime:
    """An instant a shop can have meant. Raises the problem 422 for years far off."""
    if not _FIRST <= at < _END:
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


def _unknown(basket: Basket, goods: dict[str, Good], people: _People) -> list[FieldProblem]:
    faults = [
        FieldProblem(
            f"/lines/{i}/sku", "unknown_goods", f"没有规格为 {line.sku} 的商品", f"There are no goods {line.sku}"
        )
        for i, line in enumerate(basket.lines)
        if line.sku not in goods
    ]
    looked_up = (
        ("store", "门店", basket.store_id, people.store),
        ("promoter", "推广员", basket.promoter_id, people.promoter),
        ("leader", "团长", basket.leader_id, people.leader),
        ("host", "主播", basket.host_id, people.host),
    )
    for name, title, wanted, found in looked_up:
        if wanted is not None and found is None:
            detail = f"没有编号为 {wanted} 的{title}"
            faults.append(FieldProblem(f"/{name}_id", f"unknown_{name}", detail, f"There is no {name} {wanted}"))
    return faults


def _wrong_point(basket: Basket, people: _People) -> list[FieldProblem]:
    """A pickup point is known, goods are fetched there, and its leader is not another one than the order names."""
    point, pointer = basket.delivery.pickup_point, "/delivery/pickup_point"
    if point is None:
        return []
    if people.at_point is None:
        return [
            FieldProblem(
                pointer, "unknown_pickup_point", f"没有自提点 {point}", f"There is no pickup point named {point}"
            )
        ]
    if basket.delivery.kind != "pickup":
        return [
            FieldProblem(
                pointer, "not_picked_up", "送货的订单没有自提点", "An order that is delivered has no pickup point"
            )
        ]
    if people.leader is not None and people.leader.id != people.at_point.id:
        detail = f"{point} 的团长是 {people.at_point.id}, 不是 {people.leader.id}"
        return [
            FieldProblem(
                "/leader_id",
                "leader_differs",
                detail,
                f"The leader of {point} is {people.at_point.id}, not {people.leader.id}",
            )
        ]
    return []


def _too_much(basket: Basket, goods: dict[str, Good]) -> list[FieldProblem]:
    known = [line for line in basket.lines if line.sku in goods]
    if sum(goods[line.sku].unit_price_fen * line.quantity for line in known) <= MAX_FEN:
        return []
    return [FieldProblem("/lines", "too_much", "订单金额过大", "The order is worth more than can be booked")]
