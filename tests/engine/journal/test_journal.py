"""The fold over the log: repetitions, events that wait, when entries count, earnings as of any moment (J3-J7)."""

from datetime import UTC
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EventRefused
from engine.journal.audit import audit
from engine.journal.entry import Tip, tip_of, verify
from engine.journal.journal import Earnings, Journal, earnings, fold
from engine.journal.order_news import News, SaleEvent
from engine.journal.posting import Books, Logged, draws_on, post
from engine.order import Evaluation
from tests.engine.builders import returned
from tests.engine.journal.builders import (
    a_sale,
    adjusted,
    by_events,
    cancelled,
    closed,
    dividend,
    hours,
    logged,
    news_run,
    paid,
    payout,
    received,
    refunded,
    released,
    settled,
    shipped,
    shuffled,
)
from tests.engine.strategies import Choices, evaluations

WHOLE = (a_sale(), paid("p-1", 8200), shipped(), received(), released())


def refusal(journal: Journal, event: News) -> EventRefused:
    """Why a journal refuses an event; it must be the same journal afterwards."""
    tip, held = journal.tip, journal.balances()
    with pytest.raises(EventRefused) as refused:
        journal.post(Logged(99, hours(999), event))
    assert (journal.tip, journal.balances()) == (tip, held)
    assert refused.value.message_zh
    return refused.value


def test_j3_every_event_has_one_entry_in_its_place() -> None:
    entries = fold(logged(*WHOLE)).entries
    assert [one.key for one in entries] == ["sale:o-1", "paid:p-1", "shipped:s-1", "received:g-1", "released:w-1"]
    assert [one.number for one in entries] == [1, 2, 3, 4, 5]
    assert {one.order_id for one in entries} == {"o-1"}
    assert entries[2].postings == ()
    assert verify(entries) is None


def test_j3_the_same_event_again_is_nothing_and_another_content_is_refused() -> None:
    journal = fold(logged(*WHOLE))
    for event in logged(*WHOLE):
        assert journal.post(event) == ()
    assert len(journal.entries) == 5
    assert refusal(journal, paid("p-1", 8199)).code == "content_differs"
    other = SaleEvent(evaluation=a_sale(payment="in_full"))
    assert refusal(journal, other).code == "content_differs"


def test_j3_an_equal_instant_with_another_offset_is_the_same_event() -> None:
    journal = fold(logged(*WHOLE))
    same = paid("p-1", 8200)
    assert journal.post(Logged(6, hours(9), msgspec.structs.replace(same, at=same.at.astimezone(UTC)))) == ()


@pytest.mark.parametrize("order", [*permutations(range(5))])
def test_j3_events_wait_for_their_order(order: tuple[int, ...]) -> None:
    """All 120 orders of arrival: nothing is posted before the sale, and everything once it is there."""
    journal = Journal()
    sold = False
    for event in logged(*(WHOLE[at] for at in order)):
        entries = journal.post(event)
        sold = sold or event.event.type == "sale"
        assert bool(entries) == sold
        assert bool(journal.waiting) == (not sold)
    assert journal.balances() == fold(logged(*WHOLE)).balances()
    assert len(journal.entries) == 5


def test_j3_what_waited_and_cannot_be_true_is_noted_and_changes_nothing() -> None:
    log = logged(paid("p-2", 8200, 2), refunded("r-1", returned("b", 9)), paid("p-1", 8200, 1), a_sale())
    journal = fold(log)
    assert [one.key for one in journal.entries] == ["sale:o-1", "paid:p-1"]
    assert [(one.key, one.code) for one in journal.refused] == [
        ("paid:p-2", "more_than_due"),
        ("refund:r-1", "more_than_sold"),
    ]
    assert audit(log, journal.entries).summary.refused == 2
    assert journal.post(Logged(5, hours(9), paid("p-2", 8200, 2))) == ()


@settings(max_examples=80)
@given(st.lists(evaluations(), min_size=2, max_size=2), st.binary(min_size=160, max_size=160).map(Choices))
def test_j3_two_orders_in_any_order_of_arrival_end_in_the_same_balances(sales: list[Evaluation], by: Choices) -> None:
    """The whole log shuffled, with repetitions, sales late: what waits is applied, and the audit agrees."""
    events: list[Any] = []
    for evaluation, order_id in zip(sales, ("o-1", "o-2"), strict=True):
        own = by_events(evaluation)
        renamed = msgspec.structs.replace(own, event=msgspec.structs.replace(own.event, order_id=order_id))
        events.append(SaleEvent(evaluation=renamed))
        for one in news_run(by, own):
            name = "refund_id" if one.type == "refund" else "id"
            of_order = {"order_id": order_id, name: f"{order_id}-{getattr(one, name)}"}
            events.append(msgspec.structs.replace(one, **of_order))
    in_order, mixed = logged(*events), logged(*shuffled(by, events))
    journal, other = fold(in_order), fold(mixed)
    assert other.balances() == journal.balances()
    assert not other.waiting
    assert not other.refused
    assert len(other.entries) == len(events)
    assert audit(mixed, other.entries, stored_balances=other.balances()).difference is None


# --- periods --------------------------------------------------------------------------------------------------------


def after_close() -> Journal:
    """The order earned 8.00 for its promoter; the period up to hour 240 is closed."""
    return fold(logged(*WHOLE, settled("p-1", 800, 0, 240), closed(0, 240)))


def test_r5_after_a_close_what_happened_before_it_counts_in_the_open_period() -> None:
    journal = after_close()
    (entry,) = journal.post(Logged(8, hours(260), refunded("r-1", returned("b", 1), at=230)))
    assert (entry.at, entry.booked_at) == (hours(230), hours(240))
    (later,) = journal.post(Logged(9, hours(260), refunded("r-2", returned("b", 1), at=250)))
    assert later.booked_at == hours(250)
    assert journal.balances(hours(240))["payee:p-1:settled"] == 800
    assert "payee:p-1:released" not in journal.balances(hours(240))
    assert journal.balances()["payee:p-1:released"] == -320


def test_j6_balances_of_a_past_moment_are_those_it_had() -> None:
    journal = fold(logged(*WHOLE))
    assert journal.balances(hours(0)) == {}
    assert journal.balances(hours(1))["payee:p-1:pending"] == 800
    assert "buyer:b-1" not in journal.balances(hours(1))
    assert journal.balances(hours(2))["buyer:b-1"] == -8200
    assert journal.balances(hours(201)) == journal.balances()


def test_j6_a_statement_counts_at_the_end_of_its_period_even_when_it_is_made_late() -> None:
    journal = fold(logged(*WHOLE, refunded("r-1", returned("a", 1), at=241)))
    (entry,) = journal.post(Logged(7, hours(300), settled("p-1", 800, 0, 240)))
    assert entry.booked_at == hours(240)
    assert journal.balances(hours(240))["payee:p-1:settled"] == 800
    assert journal.balances()["payee:p-1:released"] == -480


def test_j6_a_closed_period_takes_no_further_statement_and_periods_close_in_turn() -> None:
    journal = after_close()
    for late in (settled("p-1", 0, 0, 239, "late"), settled("pool:city", 0, 0, 240), closed(0, 200)):
        assert refusal(journal, late).code == "period_closed"
    (entry,) = journal.post(Logged(8, hours(500), closed(240, 480)))
    assert (entry.booked_at, entry.postings) == (hours(480), ())


def test_j6_no_more_is_settled_than_stood_at_the_end_of_the_period() -> None:
    journal = fold(logged(*WHOLE))
    assert refusal(journal, settled("p-1", 801, 0, 240)).code == "more_than_held"
    assert refusal(journal, settled("p-1", 1, 0, 200)).code == "more_than_held"
    assert refusal(journal, settled("nobody", 1, 0, 240)).code == "more_than_held"
    assert journal.post(Logged(6, hours(300), settled("p-1", 0, 0, 200)))[0].postings == ()
    assert draws_on(settled("p-1", 1, 0, 240)) == ("payee:p-1:released", hours(240))


def test_j6_a_payout_takes_no_more_than_is_settled() -> None:
    journal = after_close()
    assert refusal(journal, payout("b-1", "p-1", 801, 250)).code == "more_than_held"
    journal.post(Logged(8, hours(250), payout("b-1", "p-1", 500, 250)))
    assert refusal(journal, payout("b-2", "p-1", 301, 250)).code == "more_than_held"
    journal.post(Logged(9, hours(250), payout("b-2", "p-1", 300, 250)))
    assert earnings(journal.entries)["p-1"] == Earnings(paid_fen=800)


def test_r5_after_payout_a_refund_leaves_a_debt_that_is_carried_and_the_buyer_is_paid() -> None:
    journal = after_close()
    journal.post(Logged(8, hours(250), payout("b-1", "p-1", 800, 250)))
    (entry,) = journal.post(Logged(9, hours(300), cancelled(at=290)))
    assert ("buyer:b-1", 8000) in {(one.destination, one.amount_fen) for one in entry.postings}
    assert earnings(journal.entries) == {
        "p-1": Earnings(released_fen=-800, paid_fen=800, reversed_fen=800),
        "pool:city": Earnings(reversed_fen=80),
    }
    assert refusal(journal, settled("p-1", 1, 240, 400, "q")).code == "more_than_held"


def test_j5_a_dividend_moves_from_the_pool_to_its_holders() -> None:
    journal = fold(logged(*WHOLE))
    assert refusal(journal, dividend("pool:city", 81, 240, l_1=81)).code == "more_than_held"
    assert refusal(journal, dividend("pool:city", 80, 240, l_1=50, l_2=31)).code == "more_than_held"
    journal.post(Logged(6, hours(240), dividend("pool:city", 80, 240, l_1=50, l_2=25)))
    found = earnings(journal.entries)
    assert (found["l-1"].released_fen, found["l-2"].released_fen, found["pool:city"].released_fen) == (50, 25, 5)


def test_j5_a_period_shared_out_after_its_end_is_shared_out_once() -> None:
    """The dividend counts after the period that it draws on: its money must not look untouched there."""
    journal = fold(logged(*WHOLE))
    late = msgspec.structs.replace(dividend("pool:city", 80, 240, l_1=50), at=hours(300))
    journal.post(Logged(6, hours(300), late))
    again = msgspec.structs.replace(late, id="again")
    assert refusal(journal, again).code == "more_than_held"
    journal.post(Logged(7, hours(301), msgspec.structs.replace(again, pool_fen=30, shares=())))


def test_j5_an_adjustment_needs_two_people_and_two_accounts() -> None:
    journal = fold(logged(*WHOLE))
    source, destination = "platform:adjustments", "payee:p-1:released"
    alone = adjusted("a-1", source, destination, 5, 250, approved_by="ann")
    assert (refusal(journal, alone).code, refusal(journal, alone).path) == ("one_person", "/approved_by")
    assert refusal(journal, adjusted("a-1", source, source, 5, 250)).code == "one_account"
    journal.post(Logged(6, hours(250), adjusted("a-1", source, destination, 5, 250)))
    assert earnings(journal.entries)["p-1"].released_fen == 805


def test_earnings_as_of_a_moment() -> None:
    journal = after_close()
    assert earnings(journal.entries, hours(100))["p-1"] == Earnings(pending_fen=800)
    assert earnings(journal.entries, hours(201))["p-1"] == Earnings(released_fen=800)
    assert earnings(journal.entries, hours(240))["p-1"] == Earnings(settled_fen=800)


def test_posting_one_event_needs_no_more_than_its_order_and_the_end_of_the_chain() -> None:
    """What a database loads: the book of one order, the tip, the close. The entry is that of the whole fold."""
    journal = after_close()
    event = refunded("r-1", returned("b", 1), at=230)
    books = Books(tip=tip_of(journal.entries[-1]), closed_until=hours(240), order=journal.orders["o-1"], drawn_fen=0)
    posted = post(books, event)
    assert posted.entries == journal.post(Logged(8, hours(260), event))
    assert posted.books.order == journal.orders["o-1"]
    assert posted.books.tip == journal.tip
    assert post(Books(), event).books.waiting == (event,)
    assert post(Books(), event).books.tip == Tip()
