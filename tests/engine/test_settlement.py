"""Settlement: statements add up, periods follow each other without a gap, and closing twice changes nothing [S1-S6]."""

from datetime import datetime, timedelta
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.errors import EventRefused, RefundRefused
from engine.journal.journal import Journal, earnings
from engine.journal.order_news import AdjustmentEvent, News, ReceivedEvent, ReleasedEvent, SaleEvent
from engine.journal.posting import Logged, counts_before
from engine.order import Payee, RefundEvent
from engine.period import Period, PeriodSpec, closed_periods
from engine.ruleset import Accrue
from engine.settlement import Statement, settle, statements
from tests.engine.builders import commission_rule, commission_set, evaluated, line, order, percent, returned

START = datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)
HALF_MONTH = PeriodSpec("half_month")
TENTH = commission_set(commission_rule("tenth", Accrue(to="promoter", rate=percent(10))))


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def sale(order_id: str, fen: int, at: int, promoter: str = "ann") -> SaleEvent:
    event = order(line("a", fen), order_id=order_id, placed_at=day(at), promoter=Payee(id=promoter))
    return SaleEvent(evaluation=evaluated(event, TENTH))


def received(order_id: str, at: int) -> ReceivedEvent:
    return ReceivedEvent(id=f"r-{order_id}", order_id=order_id, at=day(at))


def released(order_id: str, at: int) -> ReleasedEvent:
    return ReleasedEvent(id=f"f-{order_id}", order_id=order_id, at=day(at))


def refund(order_id: str, fen: int, at: int) -> RefundEvent:
    return RefundEvent(refund_id=f"b-{order_id}", order_id=order_id, at=day(at), lines=(returned("a", amount_fen=fen),))


class Told(NamedTuple):
    """An event, and the day on which it came in."""

    day: int
    event: News


def settled_journal(story: list[Told], least_fen: int = 0) -> tuple[Journal, list[dict[str, Statement]]]:
    """The journal of a story in the order it was told, every half month closed when its last day is over."""
    journal, told = Journal(), sorted(story, key=lambda one: one.day)
    found: list[dict[str, Statement]] = []
    for period in closed_periods(HALF_MONTH, day(0), day(92)):
        while told and day(told[0].day) < period.end:
            _post(journal, told.pop(0).event)
        closing = settle(period, statements(period, journal.entries), least_fen)
        for event in closing:
            _post(journal, event)
        found.append(statements(period, journal.entries))
        assert settle(period, found[-1], least_fen) == closing
        before = len(journal.entries)
        for event in closing:
            _post(journal, event)
        assert len(journal.entries) == before
    assert not told
    return journal, found


def _post(journal: Journal, event: News) -> None:
    try:
        journal.post(Logged(len(journal.entries) + 1, event.at, event))
    except (EventRefused, RefundRefused):
        assert isinstance(event, RefundEvent)


@st.composite
def stories(draw: st.DrawFn) -> list[Told]:
    story: list[Told] = []
    for number in range(draw(st.integers(1, 5))):
        order_id, at = f"o-{number}", draw(st.integers(0, 40))
        fen = draw(st.integers(1, 50_000))
        promoter = draw(st.sampled_from(["ann", "bob"]))
        events: list[News] = [sale(order_id, fen, at, promoter)]
        if draw(st.booleans()):
            arrived = at + draw(st.integers(0, 10))
            events += [received(order_id, arrived), released(order_id, arrived + 7)]
        if draw(st.booleans()):
            events.append(refund(order_id, draw(st.integers(1, fen)), at + draw(st.integers(0, 30))))
        story += [Told((one.at - START).days + draw(st.sampled_from([0, 0, 1, 9])), one) for one in events]
    if draw(st.booleans()):
        at = draw(st.integers(0, 60))
        fen = draw(st.integers(1, 300))
        sides = draw(st.permutations(["payee:ann:released", "platform:adjustments"]))
        story.append(Told(at, adjustment(at, sides[0], sides[1], fen)))
    return story


def adjustment(at: int, source: str, destination: str, fen: int) -> AdjustmentEvent:
    return AdjustmentEvent(
        id="j-1",
        at=day(at),
        source=source,
        destination=destination,
        amount_fen=fen,
        reason="补发",
        proposed_by="ops-lin",
        approved_by="finance-zhou",
    )


@given(stories(), st.sampled_from([0, 100]))
def test_statements_add_up_and_follow_each_other(story: list[Told], least_fen: int) -> None:
    journal, found = settled_journal(story, least_fen)
    carried: dict[str, tuple[int, int]] = {}
    for by_payee in found:
        for payee, one in by_payee.items():
            assert (one.pending_opening_fen, one.opening_fen) == carried.pop(payee, (0, 0))
            sums = dict.fromkeys(
                ("accrued", "reversed", "released", "clawed_back", "dividends", "adjustments", "settled"), 0
            )
            for moved in one.lines:
                sums[moved.part] += moved.amount_fen
            assert all(fen == getattr(one, f"{part}_fen") for part, fen in sums.items())
            pending = one.pending_opening_fen + one.accrued_fen - one.reversed_fen - one.released_fen
            assert one.pending_closing_fen == pending >= 0
            payable = one.opening_fen + one.released_fen - one.clawed_back_fen + one.dividends_fen + one.adjustments_fen
            assert one.closing_fen == payable == one.settled_fen + one.carried_forward_fen
            assert one.settled_fen == (payable if payable >= max(1, least_fen) else 0)
            if one.pending_closing_fen or one.carried_forward_fen:
                carried[payee] = one.pending_closing_fen, one.carried_forward_fen
        assert not set(carried) - set(by_payee)
    for payee, held in earnings(journal.entries).items():
        assert held.settled_fen == sum(by_payee[payee].settled_fen for by_payee in found if payee in by_payee)
        assert (held.pending_fen, held.released_fen) == carried.get(payee, (0, 0))


@given(stories())
def test_closing_later_changes_no_statement(story: list[Told]) -> None:
    """What is told after a period has closed counts in an open one: its statement stays as it was."""
    journal, found = settled_journal(story)
    for period, told in zip(closed_periods(HALF_MONTH, day(0), day(92)), found, strict=True):
        assert statements(period, journal.entries) == told
        entries = [entry for entry in journal.entries if not counts_before(entry, period.start)]
        assert statements(period, entries, journal.balances(period.start)) == told


def october() -> tuple[Period, Period]:
    first, second = list(closed_periods(HALF_MONTH, day(0), day(31)))[:2]
    return first, second


def test_a_refund_after_the_settlement_is_carried_forward_as_a_debt() -> None:
    story = [
        Told(0, sale("o-1", 10_000, 0)),
        Told(1, received("o-1", 1)),
        Told(8, released("o-1", 8)),
        Told(20, refund("o-1", 4_000, 20)),
        Told(35, sale("o-2", 9_000, 35)),
        Told(36, received("o-2", 36)),
        Told(43, released("o-2", 43)),
    ]
    _, found = settled_journal(story)
    first, second, third = (by_payee["ann"] for by_payee in found[:3])
    assert (first.accrued_fen, first.released_fen, first.settled_fen) == (1_000, 1_000, 1_000)
    assert (second.clawed_back_fen, second.closing_fen, second.settled_fen) == (400, -400, 0)
    assert (second.carried_forward_fen, third.opening_fen) == (-400, -400)
    assert (third.released_fen, third.closing_fen, third.settled_fen) == (900, 500, 500)


def test_less_than_the_least_amount_is_carried_forward() -> None:
    story = [Told(0, sale("o-1", 990, 0)), Told(1, received("o-1", 1)), Told(8, released("o-1", 8))]
    _, found = settled_journal(story, least_fen=100)
    assert [(by_payee["ann"].settled_fen, by_payee["ann"].carried_forward_fen) for by_payee in found[:2]] == [
        (0, 99),
        (0, 99),
    ]


def test_a_refund_before_the_release_is_reversed_and_one_after_it_clawed_back() -> None:
    story = [
        Told(0, sale("o-1", 10_000, 0)),
        Told(1, received("o-1", 1)),
        Told(2, refund("o-1", 1_000, 2)),
        Told(8, released("o-1", 8)),
        Told(9, second_refund("o-1", 2_000, 9)),
    ]
    first = settled_journal(story)[1][0]["ann"]
    assert (first.accrued_fen, first.reversed_fen, first.released_fen, first.clawed_back_fen) == (1_000, 100, 900, 200)
    assert [(one.part, one.amount_fen) for one in first.lines] == [
        ("accrued", 1_000),
        ("reversed", 100),
        ("released", 900),
        ("clawed_back", 200),
        ("settled", 700),
    ]


def second_refund(order_id: str, fen: int, at: int) -> RefundEvent:
    return RefundEvent(refund_id=f"c-{order_id}", order_id=order_id, at=day(at), lines=(returned("a", amount_fen=fen),))


def test_s3_a_correction_between_the_two_balances_of_a_payee_counts_in_both() -> None:
    journal, (pending, payable) = Journal(), ("payee:ann:pending", "payee:ann:released")
    moves = (("platform:adjustments", payable, 100), (payable, pending, 40), (pending, payable, 15))
    for number, (source, destination, fen) in enumerate(moves, 1):
        event = AdjustmentEvent(
            id=str(number),
            at=day(number),
            source=source,
            destination=destination,
            amount_fen=fen,
            reason="correction",
            proposed_by="bo",
            approved_by="cy",
        )
        _post(journal, event)
    period = next(closed_periods(HALF_MONTH, day(0), day(92)))
    found = statements(period, journal.entries)["ann"]
    assert (found.pending_closing_fen, found.closing_fen) == (25, 75)
    assert journal.balances()[pending] == 25
    assert journal.balances()[payable] == 75
    assert found.clawed_back_fen == 0
