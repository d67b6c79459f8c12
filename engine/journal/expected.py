"""What the accounts of an order must hold, account by account, straight from its evaluation and events (clause J2).

This is a second reading of the clauses beside `flows`: it knows no postings and shares no arithmetic with them but the
shares and dues of `clawback`.  What it says and what the postings fold to must agree, or the books are wrong.
"""

from collections import Counter

from engine.journal.order_book import OrderBook
from engine.journal.order_news import CancelledEvent, PaidEvent, ReleasedEvent
from engine.ledger import CHANNEL_FEES, PROMOTIONS, RECOVERED
from engine.money import allocate, cut
from engine.order import SHIPPING_LINE, RefundEvent
from engine.refund.clawback import RefundState, dues, refund, shares, untouched


def expected_balances(book: OrderBook) -> dict[str, int]:
    """What every account must hold for this order (fen); accounts at zero are left out."""
    return _Expected(book).balances()


class _Expected:
    def __init__(self, book: OrderBook) -> None:
        evaluation = book.evaluation
        self.evaluation = evaluation
        self.prices = [*evaluation.priced.net_fen, evaluation.priced.shipping_fen]
        self.paid = [event for event in book.events if isinstance(event, PaidEvent)]
        self.received = (
            sum(self.prices) if evaluation.event.payment == "in_full" else sum(event.amount_fen for event in self.paid)
        )
        self.cancelled = any(isinstance(event, CancelledEvent) for event in book.events)
        self.released = any(isinstance(event, ReleasedEvent) for event in book.events)
        self.state, self.owed, self.fee_back = self._read(book)
        self.held = min(self.received, self.owed)
        self.accounts: Counter[str] = Counter()

    def _read(self, book: OrderBook) -> tuple[RefundState, int, int]:
        """Refunds so far, what the buyer owes in all for what is left, and the cash whose payment fee came back."""
        state, owed, fee_back = untouched(self.evaluation), sum(self.prices), 0
        for event in sorted(book.events, key=lambda one: (one.at, one.type == "cancelled")):
            cash = max(0, self.received - owed)
            if isinstance(event, RefundEvent):
                state = refund(self.evaluation, state, event).state
                owed = min(owed, sum(self.prices) - state.cash_fen - state.shipping_fen)
            elif isinstance(event, CancelledEvent):
                owed = min(owed, event.kept_fen)
            else:
                continue
            if event.payment_fee == "return":
                fee_back += max(0, self.received - owed) - cash
        return state, owed, fee_back

    def balances(self) -> dict[str, int]:
        """All accounts, each kind by its own clause."""
        self.accounts[self._buyer()] -= self.held
        self._goods()
        self._funding()
        self._commissions()
        self._payment_fees()
        return {account: fen for account, fen in self.accounts.items() if fen}

    def _goods(self) -> None:
        claims = list(zip(self._sellers(), self._claims(), strict=True))
        parts = allocate(self.held, [fen for _, fen in claims], "largest")
        for (account, _), fen in zip(claims, parts, strict=True):
            self.accounts[account] += fen

    def _sellers(self) -> list[str]:
        lines = [f"merchant:{line.merchant}:sales" for line in self.evaluation.event.lines]
        return [*lines, self._delivery("delivery:fees", "delivery"), RECOVERED]

    def _claims(self) -> list[int]:
        """What of the order stands: per line, for the delivery fee, and what retests keep from the buyer."""
        if self.cancelled:
            return [*self.prices, 0]
        returned = shares(self.evaluation, self.state)
        kept = [net - share for net, share in zip(self.prices, returned, strict=False)]
        return [*kept, self.prices[-1] - self.state.shipping_fen, sum(returned) - self.state.cash_fen]

    def _funding(self) -> None:
        if self.cancelled:
            return
        for applied in self.evaluation.priced.applied:
            if applied.plan.funded_by != "platform":
                continue
            if applied.plan.lane == "shipping":
                self._fund(self._delivery("delivery:fees", "delivery"), applied.discount_fen)
            for part in applied.lines:
                line = self.evaluation.event.lines[part.line]
                back = cut(part.discount_fen, self.state.units[part.line], line.quantity)
                self._fund(f"merchant:{line.merchant}:sales", part.discount_fen - back)

    def _fund(self, account: str, fen: int) -> None:
        fen = self._paid_for(fen)
        self.accounts[account] += fen
        self.accounts[PROMOTIONS] -= fen

    def _commissions(self) -> None:
        if self.cancelled:
            return
        for accrual, due in zip(self.evaluation.accruals, dues(self.evaluation, self.state), strict=True):
            released = self._paid_for(due) if self.released else 0
            self.accounts[f"payee:{accrual.payee}:released"] += released
            self.accounts[f"payee:{accrual.payee}:pending"] += due - released
            self.accounts[self._payer(accrual.line)] -= due

    def _payer(self, line: int) -> str:
        if line == SHIPPING_LINE:
            return self._delivery("delivery:commission", "commission")
        return f"merchant:{self.evaluation.event.lines[line].merchant}:commission"

    def _payment_fees(self) -> None:
        for bearer in ("platform", "merchants"):
            fees = sum(event.fee_fen for event in self.paid if event.fee_bearer == bearer)
            back = cut(fees, self.fee_back, self.received)
            self.accounts[CHANNEL_FEES] += fees - back
            if bearer == "platform":
                self.accounts["platform:fees"] -= fees - back
            else:
                self._merchants_fees(fees, back)

    def _merchants_fees(self, fees: int, back: int) -> None:
        bearers = [f"merchant:{line.merchant}:fees" for line in self.evaluation.event.lines]
        bearers.append(self._delivery("platform:fees", "fees"))
        parts = allocate(fees, self.prices, "largest")
        for account, fen, returned in zip(bearers, parts, allocate(back, parts, "largest"), strict=True):
            self.accounts[account] -= fen - returned

    def _paid_for(self, fen: int) -> int:
        return fen if self.held == self.owed else cut(fen, self.held, self.owed)

    def _delivery(self, of_platform: str, of_merchant: str) -> str:
        bearer = self.evaluation.event.delivery.bearer
        return of_platform if bearer == "platform" else f"merchant:{bearer}:{of_merchant}"

    def _buyer(self) -> str:
        return f"buyer:{self.evaluation.event.buyer.id or 'unknown'}"
