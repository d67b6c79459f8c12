"""The life of an order as a state machine: random events in any order against a small model, the journal beside it."""

from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.errors import EventRefused
from engine.journal.audit import audit
from engine.journal.entry import verify
from engine.journal.journal import Journal, earnings
from engine.journal.order_news import News, SaleEvent
from engine.journal.order_status import status
from engine.journal.posting import Logged
from tests.engine.builders import returned
from tests.engine.journal.builders import (
    a_sale,
    cancelled,
    closed,
    hours,
    paid,
    payout,
    received,
    refunded,
    released,
    settled,
    shipped,
)
from tests.engine.journal.model import FEE, TOTAL, UNITS, Model

SALE = SaleEvent(evaluation=a_sale())
moments = st.integers(1, 400)


class OrderMachine(RuleBasedStateMachine):
    """Events come in whatever order Hypothesis likes; those that cannot be true are refused and change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.journal, self.model = Journal(), Model()
        self.log: list[Logged] = []
        self.count = 0
        self.closed = 0

    def post(self, event: News) -> None:
        logged = Logged(len(self.log) + 1, hours(1000), event)
        self.journal.post(logged)
        self.log.append(logged)

    def refuse(self, event: News, code: str) -> None:
        before = self.journal.tip
        with pytest.raises(EventRefused) as refused:
            self.journal.post(Logged(len(self.log) + 1, hours(1000), event))
        assert refused.value.code == code
        assert refused.value.message_zh
        assert self.journal.tip == before

    def name(self) -> str:
        self.count += 1
        return f"e-{self.count}"

    @precondition(lambda self: not self.model.sold)
    @rule()
    def sale(self) -> None:
        self.post(SALE)
        self.model.sold = True

    @rule(fen=st.integers(1, TOTAL + 100), at=moments)
    def pay(self, fen: int, at: int) -> None:
        left = TOTAL - self.model.paid_fen
        if fen <= left:
            self.post(paid(self.name(), fen, at, fee_fen=fen // 50))
            self.model.paid_fen += fen
        elif self.model.sold:
            self.refuse(paid(self.name(), fen, at), "more_than_due")

    @precondition(lambda self: self.model.paid_fen < TOTAL)
    @rule(at=moments)
    def pay_the_rest(self, at: int) -> None:
        self.post(paid(self.name(), TOTAL - self.model.paid_fen, at))
        self.model.paid_fen = TOTAL

    @rule(kind=st.sampled_from([shipped, received, released]), at=moments)
    def move(self, kind: Any, at: int) -> None:
        event = kind(self.name(), at)
        self.post(event)
        setattr(self.model, event.type, True)

    @rule(line=st.sampled_from(["a", "b"]), units=st.integers(1, 3), at=moments)
    def refund(self, line: str, units: int, at: int) -> None:
        """The buyer is never blocked: whatever was released, settled or paid out, goods that are left can come back."""
        event = refunded(self.name(), returned(line, units), at=at)
        if self.model.units[line] + units <= UNITS[line]:
            self.post(event)
            self.model.units[line] += units
        elif self.model.sold:
            self.refuse(event, "more_than_sold")

    @rule(fen=st.integers(1, FEE + 50), at=moments)
    def refund_the_fee(self, fen: int, at: int) -> None:
        event = refunded(self.name(), at=at, shipping_fen=fen)
        if self.model.fee_back_fen + fen <= FEE:
            self.post(event)
            self.model.fee_back_fen += fen
        elif self.model.sold:
            self.refuse(event, "more_than_paid")

    @rule(kept=st.sampled_from([0, 0, 500, TOTAL, TOTAL + 1]), at=moments)
    def cancel(self, kept: int, at: int) -> None:
        event = cancelled(self.name(), at, kept)
        if self.model.kept_fen is not None:
            if self.model.sold:
                self.refuse(event, "already_cancelled")
        elif kept <= TOTAL:
            self.post(event)
            self.model.kept_fen = kept
        elif self.model.sold:
            self.refuse(event, "more_than_due")

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """An event that is there already comes again: nothing is posted."""
        event = data.draw(st.sampled_from(self.log)).event
        tip = self.journal.tip
        assert self.journal.post(Logged(len(self.log) + 1, hours(1000), event)) == ()
        assert self.journal.tip == tip

    @precondition(lambda self: any(one.event.type != "sale" for one in self.log))
    @rule(data=st.data())
    def forge(self, data: st.DataObject) -> None:
        """Another content under an id that is known is refused."""
        others = [one.event for one in self.log if not isinstance(one.event, SaleEvent)]
        event = data.draw(st.sampled_from(others))
        self.refuse(msgspec.structs.replace(event, at=hours(999)), "content_differs")

    @precondition(lambda self: self.model.sold)
    @rule(payee=st.sampled_from(["p-1"]))
    def settle(self, payee: str) -> None:
        """Close a period after all that has come so far; a debt is carried forward."""
        start, self.closed = self.closed, max(self.closed, 400) + 10
        open_fen = self.model.open_fen(payee)
        self.refuse(settled(payee, max(0, open_fen) + 1, start, self.closed, "too-much"), "more_than_held")
        if open_fen > 0:
            self.post(settled(payee, open_fen, start, self.closed, self.name()))
            self.model.settled[payee] = self.model.settled.get(payee, 0) + open_fen
        self.post(closed(start, self.closed))

    @precondition(lambda self: self.model.settled)
    @rule(payee=st.sampled_from(["p-1"]))
    def pay_out(self, payee: str) -> None:
        open_fen = self.model.settled[payee] - self.model.paid_out.get(payee, 0)
        self.refuse(payout(self.name(), payee, open_fen + 1, self.closed), "more_than_held")
        if open_fen:
            self.post(payout(self.name(), payee, open_fen, self.closed))
            self.model.paid_out[payee] = self.model.paid_out.get(payee, 0) + open_fen

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        held = self.journal.balances()
        shared = [account for account in held if account.endswith((":sales", "delivery:fees"))]
        goods = sum(held.pop(account) for account in shared)
        fees = {account for account in held if account in ("channel:fees", "platform:fees")}
        assert sum(held.pop(account) for account in fees) == 0
        if goods:
            held["merchant and delivery"] = goods
        assert held == self.model.balances()

    @invariant()
    def the_state_is_that_of_the_model(self) -> None:
        if self.model.sold:
            assert status(self.journal.orders["o-1"]) == self.model.status()
            assert not self.journal.waiting
            assert not self.journal.refused
        else:
            assert not self.journal.orders

    @invariant()
    def earnings_are_those_of_the_model(self) -> None:
        mine = earnings(self.journal.entries).get("p-1")
        if mine is not None:
            assert (mine.pending_fen, mine.released_fen) == (self.model.earned("p-1")[0], self.model.open_fen("p-1"))
            assert mine.reversed_fen == 800 - sum(self.model.due("p-1"))

    def teardown(self) -> None:
        """The chain is whole, and an audit of the log finds nothing."""
        assert verify(self.journal.entries) is None
        assert audit(self.log, self.journal.entries, stored_balances=self.journal.balances()).difference is None


TestOrderMachine = OrderMachine.TestCase
TestOrderMachine.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
