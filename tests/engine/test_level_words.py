"""Reviews in words, and orders as figures see them."""

from datetime import datetime, timedelta

import pytest

from engine.describe.level_words import percent, say_check, say_missing
from engine.journal.order_book import OrderBook
from engine.journal.order_news import CancelledEvent, OrderNews, ReceivedEvent
from engine.level.growth import missing
from engine.level.level_figures import Figures, Refunded
from engine.level.level_orders import by_promoter, delivered_order
from engine.level.levels import Check
from engine.level_set import Requirement
from engine.money import Rate
from engine.order import Payee, RefundEvent, ReturnedLine
from tests.engine.builders import AT, evaluated, line, order


def sold(fen: int, refunded: int = 0, buyers: int = 0, repeat: int = 0) -> Figures:
    return Figures(delivered_fen=fen, refunded_fen=refunded, orders=9, buyers=buyers, repeat_buyers=repeat)


@pytest.mark.parametrize(
    ("requirement", "figures", "zh", "en"),
    [
        (Requirement(sales_fen=1_200_000), sold(1_072_000), "再成交 1,280.00 元", "¥1,280.00 more of delivered sales"),
        (Requirement(orders=10), sold(0), "再送达 1 单", "1 more delivered order"),
        (
            Requirement(refund_rate=Rate(5, 100)),
            sold(100_000, 7_000),
            "退款率再降 2 个百分点 (再成交 400.00 元且不退款即可)",
            "a refund rate 2 points lower (¥400.00 more without a refund will do)",
        ),
        (
            Requirement(refund_rate=Rate(0)),
            sold(100, 1),
            "退款率须为零，窗口内已有退款",
            "no refund is allowed, and the window has one",
        ),
        (
            Requirement(repeat_rate=Rate(20, 100)),
            sold(100, 0, 41, 5),
            "复购率再升 7.81 个百分点 (再有 4 位买家复购即可)",
            "a repeat rate 7.81 points higher (4 more of the buyers coming again will do)",
        ),
        (Requirement(sales_fen=1, orders=1), sold(1), "", ""),
    ],
)
def test_what_is_missing_is_told(requirement: Requirement, figures: Figures, zh: str, en: str):
    assert say_missing(requirement, figures) == (zh, en)
    assert bool(zh) == (missing(requirement, figures) != missing(Requirement(), figures))


def test_a_shown_percentage_never_looks_better_than_it_is():
    assert (percent(Rate(1, 3), up=False), percent(Rate(1, 3), up=True)) == ("33.33%", "33.34%")
    assert (percent(Rate(7, 100), up=False), percent(Rate(7, 100), up=True)) == ("7%", "7%")
    missed = Check("gold", "keep", "refund_rate", Rate(50_001, 1_000_000), Rate(5, 100), holds=False)
    assert say_check(missed).zh == "退款率 5.01% > 5% ✗"
    unknown = Check("gold", "reach", "repeat_rate", None, Rate(1, 3), holds=False)
    assert say_check(unknown).en == "repeat rate unknown (≥ 33.33% needed) ✗"


def book(*events: OrderNews) -> OrderBook:
    sale = order(line("1", 1_000, 3), line("2", 500), order_id="o", promoter=Payee(id="p1"))
    made = OrderBook(evaluated(sale))
    for event in events:
        made = made.add(event)
    return made


def after(days: int) -> datetime:
    return AT + timedelta(days=days)


def test_an_order_counts_once_it_is_received():
    assert delivered_order(book()) is None
    received = ReceivedEvent(id="r", order_id="o", at=after(2))
    found = delivered_order(book(received))
    assert found is not None
    assert (found.paid_fen, found.received_at, found.refunds) == (3_500, after(2), ())
    assert {who: len(orders) for who, orders in by_promoter([book(received), book()]).items()} == {"p1": 1}


def test_refunds_count_at_their_instants_and_a_cancellation_gives_back_the_rest():
    received = ReceivedEvent(id="r", order_id="o", at=after(2))
    part = RefundEvent(refund_id="b", order_id="o", at=after(3), lines=(ReturnedLine(line_id="1", quantity=1),))
    rest = CancelledEvent(id="c", order_id="o", at=after(5))
    found = delivered_order(book(received, part, rest))
    assert found is not None
    assert found.refunds == (Refunded(after(3), 1_000), Refunded(after(5), 2_500))
