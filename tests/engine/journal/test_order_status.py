"""States, oddities, and what a cancellation gives back to others (O6, O7)."""

from collections.abc import Sequence

import msgspec
import pytest

from engine.journal.order_news import OrderNews
from engine.journal.order_status import anomalies, given_back, status
from engine.order import Consumption
from tests.engine.builders import returned
from tests.engine.journal.builders import (
    a_sale,
    book_of,
    cancelled,
    paid,
    received,
    refunded,
    released,
    shipped,
)

WHOLE = refunded("r-1", returned("a", 1), returned("b", 2), at=250)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], "placed"),
        ([paid("p-1", 1)], "part_paid"),
        ([paid("p-1", 8200)], "paid"),
        ([paid("p-1", 5000), refunded("r-1", returned("b", 2))], "paid"),
        ([paid("p-1", 8200), shipped()], "shipped"),
        ([shipped(), received()], "received"),
        ([received(), released()], "released"),
        ([released(), WHOLE], "refunded"),
        ([refunded("r-1", returned("a", 0, 4800), returned("b", 0, 3200))], "refunded"),
        ([refunded("r-1", returned("a", 1), returned("b", 1))], "placed"),
        ([released(), WHOLE, cancelled(at=300)], "cancelled"),
    ],
)
def test_o7_the_state_is_the_furthest_an_order_has_come(events: Sequence[OrderNews], state: str) -> None:
    assert status(book_of(a_sale(), *events)) == state
    assert status(book_of(a_sale(), *reversed(events))) == state


def test_o7_an_order_that_costs_nothing_is_paid() -> None:
    free = msgspec.structs.replace(
        a_sale(), priced=msgspec.structs.replace(a_sale().priced, net_fen=(0, 0), shipping_fen=0)
    )
    assert status(book_of(free)) == "paid"


@pytest.mark.parametrize(
    ("events", "codes"),
    [
        ([paid("p-1", 8200), shipped(), received(), released()], []),
        ([shipped(), paid("p-1", 8200, 11)], ["shipped_unpaid:shipped:s-1"]),
        ([paid("p-1", 8200), received()], ["received_unshipped:received:g-1"]),
        ([paid("p-1", 8200), shipped(at=21), received()], ["received_unshipped:received:g-1"]),
        ([paid("p-1", 8200), released()], ["released_unreceived:released:w-1"]),
        ([paid("p-1", 8200), shipped(), cancelled(at=5)], ["after_cancellation:shipped:s-1"]),
        ([cancelled(), paid("p-1", 8200, 31)], ["after_cancellation:paid:p-1"]),
        ([paid("p-1", 100), cancelled(kept_fen=200)], ["kept_more_than_held:cancelled:c-1"]),
        ([paid("p-1", 8200, -1)], ["before_sale:paid:p-1"]),
    ],
)
def test_o7_what_is_odd_is_noted_and_not_refused(events: Sequence[OrderNews], codes: list[str]) -> None:
    for arrived in (events, [*reversed(events)]):
        noted = anomalies(book_of(a_sale(), *arrived))
        assert [f"{one.code}:{one.key}" for one in noted] == codes
        assert all(one.message_zh and one.message_en for one in noted)


def test_o7_a_pickup_is_received_without_being_shipped() -> None:
    sale = a_sale()
    pickup = msgspec.structs.replace(sale.event.delivery, kind="pickup")
    there = msgspec.structs.replace(sale, event=msgspec.structs.replace(sale.event, delivery=pickup))
    assert anomalies(book_of(there, paid("p-1", 8200), received(), released())) == ()


def test_o6_a_cancellation_or_a_whole_return_gives_uses_back_as_declared() -> None:
    used = (
        Consumption("campaign", "save", "uses/total/day", 1, "give_back"),
        Consumption("campaign", "save", "money/total/ever", 2000, "keep"),
    )
    sale = a_sale()
    limited = msgspec.structs.replace(sale, priced=msgspec.structs.replace(sale.priced, consumption=used))
    assert given_back(book_of(limited, paid("p-1", 8200))) == ()
    assert given_back(book_of(limited, refunded("r-1", returned("b", 2)))) == ()
    assert given_back(book_of(limited, cancelled())) == used[:1]
    assert given_back(book_of(limited, WHOLE)) == used[:1]
