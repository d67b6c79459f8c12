"""One order by hand: instalments, deposits, refunds with and without fees, release, and what is refused (O1-O5)."""

from typing import Any

import pytest

from engine.errors import EventRefused
from engine.journal.expected import expected_balances
from engine.journal.flows import entry_postings, sale_postings
from engine.journal.order_book import OrderBook, standing
from engine.journal.order_news import OrderNews
from engine.ledger import balances, left_for_merchants
from engine.order import Evaluation
from engine.ruleset import Accrue
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    promotion,
    promotion_set,
    returned,
    spend_and_save,
)
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


def held(evaluation: Evaluation, *events: OrderNews) -> dict[str, int]:
    """Balances after events, folded from the postings of each; the second reading must agree."""
    book = OrderBook(evaluation)
    postings = list(entry_postings(None, book))
    for event in events:
        before, book = book, book.add(event)
        postings += entry_postings(before, book)
    assert balances(postings) == expected_balances(book)
    return balances(postings)


def moves(evaluation: Evaluation, *events: OrderNews) -> list[tuple[str, str, str, int]]:
    """What the last of the events posts."""
    *earlier, last = events
    before = book_of(evaluation, *earlier)
    return [(one.kind, one.source, one.destination, one.amount_fen) for one in entry_postings(before, before.add(last))]


def test_o2_an_unpaid_order_owes_commissions_and_moves_no_money() -> None:
    assert held(a_sale()) == {
        "merchant:m-1:commission": -528,
        "merchant:m-2:commission": -352,
        "payee:p-1:pending": 800,
        "payee:pool:city:pending": 80,
    }


def test_o2_an_instalment_is_recorded_in_proportion() -> None:
    """41.00 of 82.00: half of every line, of the fee, and of what the platform funds."""
    after = held(a_sale(), paid("p-1", 4100))
    assert after["buyer:b-1"] == -4100
    assert after["merchant:m-1:sales"] == 2400 + 600
    assert after["merchant:m-2:sales"] == 1600 + 400
    assert after["delivery:fees"] == 100 + 150
    assert after["platform:promotions"] == -1150
    assert after["payee:p-1:pending"] == 800


def test_o2_fully_paid_by_events_is_what_paid_in_full_is() -> None:
    in_full = balances(sale_postings(a_sale(payment="in_full")))
    assert held(a_sale(), paid("p-2", 5200, 2), paid("p-1", 3000)) == in_full
    assert in_full["buyer:b-1"] == -8200


def test_o2_fen_that_do_not_divide_go_to_the_largest_fraction() -> None:
    evaluation = evaluated(order(line("a", 100), line("b", 100), line("c", 100), payment="by_events"))
    book = book_of(evaluation, paid("p-1", 100))
    assert [one.amount_fen for one in entry_postings(None, book)] == [34, 33, 33]


def test_o3_a_refund_first_takes_from_what_is_still_to_be_paid() -> None:
    """30.00 of 82.00 are paid; line b (32.00) comes back: 50.00 are owed, nothing is given; then all but 30.00 is."""
    sale, first = a_sale(), paid("p-1", 3000)
    after_b = refunded("r-1", returned("b", 2))
    assert ("cash", "refunds:recovered", "buyer:b-1", 0) not in moves(sale, first, after_b)
    assert held(sale, first, after_b)["buyer:b-1"] == -3000
    assert held(sale, first, after_b, refunded("r-2", returned("a", 1, 3000)))["buyer:b-1"] == -2000
    assert held(sale, first, after_b, refunded("r-3", returned("a", 1), shipping_fen=200)).get("buyer:b-1", 0) == 0


def test_o3_money_that_comes_after_a_refund_is_given_back_if_it_is_too_much() -> None:
    back, money = refunded("r-1", returned("b", 2)), paid("p-1", 8200, 50)
    assert standing(book_of(a_sale(), back, money)).cash_fen == 3200
    for events in ((back, money), (money, back)):
        assert ("cash", "refunds:recovered", "buyer:b-1", 3200) in moves(a_sale(), *events)


def test_o4_release_moves_what_was_paid_for() -> None:
    half = held(a_sale(), paid("p-1", 4100), released())
    assert (half["payee:p-1:pending"], half["payee:p-1:released"]) == (400, 400)
    whole = held(a_sale(), paid("p-1", 4100), released(), paid("p-2", 4100, 300))
    assert "payee:p-1:pending" not in whole
    assert whole["payee:p-1:released"] == 800
    assert whole["payee:pool:city:released"] == 80


def test_o4_a_refund_after_release_takes_from_what_was_released() -> None:
    events = (paid("p-1", 8200), released(), refunded("r-1", returned("b", 1), at=300))
    assert moves(a_sale(), *events) == [
        ("refund", "merchant:m-2:sales", "refunds:recovered", 1600),
        ("cash", "refunds:recovered", "buyer:b-1", 1600),
        ("promotion_back", "merchant:m-2:sales", "platform:promotions", 400),
        ("clawback", "payee:p-1:pending", "merchant:m-2:commission", 160),
        ("clawback", "payee:pool:city:pending", "merchant:m-2:commission", 16),
        ("release", "payee:p-1:released", "payee:p-1:pending", 160),
        ("release", "payee:pool:city:released", "payee:pool:city:pending", 16),
    ]


def test_o5_the_bearer_of_the_delivery_fee_was_frozen_at_the_sale() -> None:
    mine = a_sale(bearer="m-2")
    after = held(mine, paid("p-1", 8200), refunded("r-1", shipping_fen=150))
    assert "delivery:fees" not in after
    assert after["merchant:m-2:delivery"] == 200 + 300 - 150
    assert left_for_merchants(mine) == {"m-1": 6000 - 528, "m-2": 4000 - 352 + 500}
    assert left_for_merchants(a_sale()) == {"m-1": 6000 - 528, "m-2": 4000 - 352}


def test_o5_a_commission_on_a_fee_is_paid_by_its_bearer() -> None:
    pay = commission_set(commission_rule("fee", Accrue(to="promoter", rate=percent(10))), base="delivery_fee")
    event = order(line("a", 1000, merchant="m-1"), promoter=PROMOTER, fee_fen=500)
    theirs = evaluated(event.__class__(**{**_fields(event), "delivery": _borne_by(event, "m-9")}), pay)
    assert balances(sale_postings(theirs))["merchant:m-9:commission"] == -50
    assert left_for_merchants(theirs) == {"m-1": 1000, "m-9": 450}


def _fields(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _borne_by(event: Any, bearer: str) -> Any:
    return type(event.delivery)(**{**_fields(event.delivery), "bearer": bearer})


@pytest.mark.parametrize(("policy", "left"), [("keep", 82), ("return", 41)])
def test_o5_the_payment_fee_on_a_refund_is_returned_or_kept(policy: str, left: int) -> None:
    after = held(
        a_sale(),
        paid("p-1", 8200, fee_fen=82),
        refunded("r-1", returned("a", 1, 4100), payment_fee=policy),
    )
    assert after["channel:fees"] == left
    assert after["platform:fees"] == -left


def test_o5_a_payment_fee_may_be_borne_by_the_merchants_of_the_goods() -> None:
    after = held(a_sale(bearer="m-2"), paid("p-1", 8200, fee_fen=82, fee_bearer="merchants"))
    assert (after["merchant:m-1:fees"], after["merchant:m-2:fees"]) == (-48, -34)
    assert held(a_sale(), paid("p-1", 8200, fee_fen=82, fee_bearer="merchants"))["platform:fees"] == -2


def test_o6_a_cancellation_returns_all_that_is_left_and_both_sides_are_as_before_the_sale() -> None:
    events = (paid("p-1", 8200, fee_fen=82), refunded("r-1", returned("b", 1)), released())
    assert held(a_sale(), *events, cancelled(at=300)) == {"channel:fees": 82, "platform:fees": -82}
    assert held(a_sale(), *events, cancelled(at=300, payment_fee="return"))["channel:fees"] == 16


def test_o6_a_deposit_that_is_kept_stays_with_the_merchants_by_price_and_earns_nobody_anything() -> None:
    after = held(a_sale(), paid("p-1", 1640), cancelled(kept_fen=1640))
    assert after == {
        "buyer:b-1": -1640,
        "merchant:m-1:sales": 960,
        "merchant:m-2:sales": 640,
        "delivery:fees": 40,
    }
    assert held(a_sale(), paid("p-1", 4100), cancelled(kept_fen=1640)) == after
    assert held(a_sale(), paid("p-1", 4100), cancelled(kept_fen=0)) == {}


def test_o6_money_for_a_cancelled_order_goes_back_by_itself() -> None:
    late = moves(a_sale(), cancelled(at=30), paid("p-1", 8200, 40))
    assert sum(fen for _, source, _, fen in late if source == "buyer:b-1") == 8200
    assert sum(fen for _, _, destination, fen in late if destination == "buyer:b-1") == 8200


def test_o6_what_was_given_back_before_is_not_asked_for_again() -> None:
    """70.00 of 82.00 came back; keeping 20.00 of it afterwards cannot be: only 12.00 are there."""
    events = (paid("p-1", 8200), refunded("r-1", returned("a", 1, 4800), returned("b", 2, 2200)))
    assert held(a_sale(), *events, cancelled(at=50, kept_fen=2000))["buyer:b-1"] == -1200


def test_r3_under_a_retest_the_order_of_events_counts_not_the_order_of_arrival() -> None:
    """120.00 with 满100减30: returning 20.00 and then 1.00, by their own time, gives 15.00 whichever is told first."""
    rules = promotion_set(promotion("save", spend_and_save((10_000, 3_000))), on_partial_return="retest_threshold")
    evaluation = evaluated(order(line("a", 9900), line("b", 2000), line("c", 100)), rules)
    first, second = refunded("r-1", returned("b", 1), at=1), refunded("r-2", returned("c", 1), at=2)
    in_time, late = held(evaluation, first, second), held(evaluation, second, first)
    assert in_time == late
    assert in_time["buyer:unknown"] == 1500 - 9000


def test_o1_the_same_event_twice_is_the_same_as_once() -> None:
    book = book_of(a_sale(), paid("p-1", 4100), shipped())
    assert book.add(paid("p-1", 4100)) is book
    with pytest.raises(EventRefused, match="another content") as refused:
        book.add(paid("p-1", 4101))
    assert refused.value.code == "content_differs"


ALL = (paid("p-1", 8200), shipped(), received(), refunded("r-1", returned("b", 1)), cancelled(at=300))


@pytest.mark.parametrize(
    ("event", "code", "path", "says"),
    [
        (paid("p-2", 1), "more_than_due", "/amount_fen", "at most 0 fen"),
        (cancelled("c-2", at=301), "already_cancelled", "/id", "cancelled already"),
        (refunded("r-2", returned("b", 2)), "more_than_sold", "/lines/0/quantity", "at most 1 of 2"),
        (refunded("r-2", returned("a", 0, 4801)), "more_than_paid", "/lines/0/amount_fen", "at most 4800"),
        (refunded("r-2", shipping_fen=201), "more_than_paid", "/shipping_fen", "at most 200"),
        (refunded("r-2", returned("z", 1)), "unknown_line", "/lines/0/line_id", "no line 'z'"),
        (released(order_id="o-2"), "other_order", "/order_id", "another order"),
        (refunded("r-0", returned("b", 2), at=1), "more_than_sold", "", "together with the later refund r-1"),
    ],
)
def test_o1_what_cannot_be_true_is_refused_with_the_place_and_the_limit(
    event: OrderNews, code: str, path: str, says: str
) -> None:
    with pytest.raises(EventRefused, match=says) as refused:
        book_of(a_sale(), *ALL).add(event)
    assert (refused.value.code, refused.value.path) == (code, path)
    assert refused.value.message_zh


@pytest.mark.parametrize(
    ("evaluation", "event", "code", "path"),
    [
        (a_sale(payment="in_full"), paid("p-1", 1), "paid_in_full", "/amount_fen"),
        (a_sale(), paid("p-1", 8201), "more_than_due", "/amount_fen"),
        (a_sale(), paid("p-1", 100, fee_fen=101), "fee_above_amount", "/fee_fen"),
        (a_sale(), cancelled(kept_fen=8201), "more_than_due", "/kept_fen"),
    ],
)
def test_o2_money_that_cannot_be_is_refused(evaluation: Evaluation, event: OrderNews, code: str, path: str) -> None:
    with pytest.raises(EventRefused) as refused:
        OrderBook(evaluation).add(event)
    assert (refused.value.code, refused.value.path) == (code, path)
