"""Accounts and postings: who holds money in the books, and how it moves (clause J1).

Accounts are colon paths: `buyer:ID`; `merchant:ID:sales`, `:commission`, `:delivery`, `:fees`; `payee:ID:pending`,
`:released`, `:settled`, `:paid` (a pool is the payee `pool:NAME`); `platform:promotions`, `platform:fees`,
`platform:adjustments`; `delivery:fees`, `delivery:commission`; `refunds:recovered`; `channel:fees`.  A posting moves
fen from its source to its destination; a balance is what came in less what went out.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from engine.order import SHIPPING_LINE, Accrual, AppliedBenefit, Evaluation, RuleRef

PROMOTIONS: Final = "platform:promotions"
DELIVERY: Final = "delivery:fees"
RECOVERED: Final = "refunds:recovered"
CHANNEL_FEES: Final = "channel:fees"
PLATFORM: Final = "platform"
"""The bearer of a delivery fee that belongs to no merchant."""

PayeeState = Literal["pending", "released", "settled", "paid"]


class Posting(msgspec.Struct, frozen=True):
    """One movement of money. `kind`, `line`, `rule`, `role` and `payee` identify it within its event."""

    kind: str
    source: str
    destination: str
    amount_fen: int
    line: int = SHIPPING_LINE
    rule: RuleRef | None = None
    role: str = ""
    payee: str = ""


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Fold postings into account balances (fen); accounts at zero are left out."""
    folded: dict[str, int] = {}
    for posting in postings:
        folded[posting.source] = folded.get(posting.source, 0) - posting.amount_fen
        folded[posting.destination] = folded.get(posting.destination, 0) + posting.amount_fen
    return {account: fen for account, fen in folded.items() if fen}


def imbalance(folded: dict[str, int], expected: dict[str, int]) -> dict[str, int]:
    """Accounts whose fold differs from what the events say, with the difference (clause J2). Empty is right."""
    accounts = folded.keys() | expected.keys()
    differences = {account: folded.get(account, 0) - expected.get(account, 0) for account in sorted(accounts)}
    return {account: fen for account, fen in differences.items() if fen}


def left_for_merchants(evaluation: Evaluation) -> dict[str, int]:
    """Per merchant, what is left of a sale that is paid: goods, own delivery fees and what the platform funds, less
    commissions (clause A1). Fen."""
    event, priced = evaluation.event, evaluation.priced
    left = {line.merchant: 0 for line in event.lines}
    bearer = event.delivery.bearer
    if bearer != PLATFORM:
        left[bearer] = left.get(bearer, 0) + priced.shipping_fen
    for line, net in zip(event.lines, priced.net_fen, strict=True):
        left[line.merchant] += net
    for applied in platform_funded(evaluation):
        if applied.plan.lane == "shipping" and bearer != PLATFORM:
            left[bearer] += applied.discount_fen
        for part in applied.lines:
            left[event.lines[part.line].merchant] += part.discount_fen
    for accrual in evaluation.accruals:
        merchant = event.lines[accrual.line].merchant if accrual.line != SHIPPING_LINE else bearer
        if accrual.line != SHIPPING_LINE or bearer != PLATFORM:
            left[merchant] -= accrual.amount_fen
    return left


def platform_funded(evaluation: Evaluation) -> list[AppliedBenefit]:
    """The benefits that the platform pays for."""
    return [applied for applied in evaluation.priced.applied if applied.plan.funded_by == "platform"]


def buyer_account(evaluation: Evaluation) -> str:
    """Where the buyer pays from; buyers without an id share an account."""
    return f"buyer:{evaluation.event.buyer.id or 'unknown'}"


def sales_account(evaluation: Evaluation, line: int) -> str:
    """Where the goods of a line are paid to."""
    return f"merchant:{evaluation.event.lines[line].merchant}:sales"


def delivery_account(evaluation: Evaluation) -> str:
    """Where the delivery fee is paid to, and refunded from: its bearer's, frozen at the sale."""
    bearer = evaluation.event.delivery.bearer
    return DELIVERY if bearer == PLATFORM else f"merchant:{bearer}:delivery"


def commission_account(evaluation: Evaluation, accrual: Accrual) -> str:
    """Who pays an accrual: the merchant of its line, or who has the delivery fee."""
    if accrual.line != SHIPPING_LINE:
        return f"merchant:{evaluation.event.lines[accrual.line].merchant}:commission"
    bearer = evaluation.event.delivery.bearer
    return "delivery:commission" if bearer == PLATFORM else f"merchant:{bearer}:commission"


def fee_account(evaluation: Evaluation, line: int) -> str:
    """Who bears the payment fee on what was paid for a line, or on the delivery fee, where merchants bear it."""
    if line != SHIPPING_LINE:
        return f"merchant:{evaluation.event.lines[line].merchant}:fees"
    bearer = evaluation.event.delivery.bearer
    return "platform:fees" if bearer == PLATFORM else f"merchant:{bearer}:fees"


def payee_account(payee: str, state: PayeeState) -> str:
    """Where a payee's money stands: earned, released after the window, settled by a statement, paid out."""
    return f"payee:{payee}:{state}"


def forward(posting: Posting) -> Posting:
    """A negative movement as a positive one the other way."""
    if posting.amount_fen >= 0:
        return posting
    return msgspec.structs.replace(
        posting, source=posting.destination, destination=posting.source, amount_fen=-posting.amount_fen
    )
