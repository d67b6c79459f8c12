"""Double entries of a sale and of a refund (clause J1), and the check of clause J2 that can fail.

Accounts are colon paths: `buyer:ID`, `merchant:ID:sales`, `merchant:ID:commission`, `payee:ID:pending`,
`platform:promotions`, `delivery:fees`, `refunds:recovered`.  A posting moves fen from its source to its destination;
a balance is what came in less what went out.
"""

from collections.abc import Iterable

import msgspec

from engine.clawback import RefundOutcome, RefundState, dues, shares, untouched
from engine.money import cut
from engine.order import SHIPPING_LINE, Accrual, AppliedBenefit, Evaluation, RuleRef

PROMOTIONS = "platform:promotions"
DELIVERY = "delivery:fees"
RECOVERED = "refunds:recovered"


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


def sale_entry(evaluation: Evaluation) -> tuple[Posting, ...]:
    """The balanced entry of a sale: goods, delivery fee, platform-funded discounts, accruals. No zeros."""
    buyer = _buyer(evaluation)
    postings = [
        Posting("sale", buyer, _sales(evaluation, line), net, line)
        for line, net in enumerate(evaluation.priced.net_fen)
    ]
    postings.append(Posting("delivery", buyer, DELIVERY, evaluation.priced.shipping_fen))
    for applied in _platform_funded(evaluation):
        rule = applied.plan.ref
        if applied.plan.lane == "shipping":
            postings.append(Posting("promotion", PROMOTIONS, DELIVERY, applied.discount_fen, rule=rule))
        for part in applied.lines:
            account = _sales(evaluation, part.line)
            postings.append(Posting("promotion", PROMOTIONS, account, part.discount_fen, part.line, rule))
    for accrual in evaluation.accruals:
        source, destination = _commission(evaluation, accrual), _pending(accrual)
        postings.append(_accrual_posting("accrual", source, destination, accrual.amount_fen, accrual))
    return tuple(posting for posting in postings if posting.amount_fen)


def refund_entry(evaluation: Evaluation, before: RefundState, outcome: RefundOutcome) -> tuple[Posting, ...]:
    """The reversing entry of a refund: shares back, cash to the buyer, discounts to the platform, clawbacks."""
    buyer = _buyer(evaluation)
    postings = [
        Posting("refund", _sales(evaluation, line), RECOVERED, share, line)
        for line, share in enumerate(outcome.share_fen)
    ]
    postings.append(Posting("cash", RECOVERED, buyer, outcome.cash_fen))
    postings.append(Posting("delivery_refund", DELIVERY, buyer, outcome.shipping_fen))
    for applied in _platform_funded(evaluation):
        for part in applied.lines:
            back = _promotion_left(evaluation, before, part.line, part.discount_fen) - _promotion_left(
                evaluation, outcome.state, part.line, part.discount_fen
            )
            account = _sales(evaluation, part.line)
            postings.append(Posting("promotion_back", account, PROMOTIONS, back, part.line, applied.plan.ref))
    for clawback in outcome.clawbacks:
        accrual = evaluation.accruals[clawback.accrual]
        source, destination = _pending(accrual), _commission(evaluation, accrual)
        postings.append(_accrual_posting("clawback", source, destination, clawback.amount_fen, accrual))
    return tuple(_forward(posting) for posting in postings if posting.amount_fen)


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Fold postings into account balances (fen); accounts at zero are left out."""
    folded: dict[str, int] = {}
    for posting in postings:
        folded[posting.source] = folded.get(posting.source, 0) - posting.amount_fen
        folded[posting.destination] = folded.get(posting.destination, 0) + posting.amount_fen
    return {account: fen for account, fen in folded.items() if fen}


def expected_balances(evaluation: Evaluation, state: RefundState) -> dict[str, int]:
    """What the accounts of one order must hold, straight from its evaluation and refund state (clause J2)."""
    held: dict[str, int] = {}

    def add(account: str, fen: int) -> None:
        held[account] = held.get(account, 0) + fen

    returned = shares(evaluation, state)
    for line, net in enumerate(evaluation.priced.net_fen):
        add(_sales(evaluation, line), net - returned[line])
    for applied in _platform_funded(evaluation):
        if applied.plan.lane == "shipping":
            add(DELIVERY, applied.discount_fen)
            add(PROMOTIONS, -applied.discount_fen)
        for part in applied.lines:
            left = _promotion_left(evaluation, state, part.line, part.discount_fen)
            add(_sales(evaluation, part.line), left)
            add(PROMOTIONS, -left)
    for accrual, due in zip(evaluation.accruals, dues(evaluation, state), strict=True):
        add(_pending(accrual), due)
        add(_commission(evaluation, accrual), -due)
    shipping = evaluation.priced.shipping_fen
    add(DELIVERY, shipping - state.shipping_fen)
    add(RECOVERED, sum(returned) - state.cash_fen)
    add(_buyer(evaluation), state.cash_fen + state.shipping_fen - sum(evaluation.priced.net_fen) - shipping)
    return {account: fen for account, fen in held.items() if fen}


def imbalance(folded: dict[str, int], expected: dict[str, int]) -> dict[str, int]:
    """Accounts whose fold differs from what evaluations and refund states say, with the difference. Empty is right."""
    accounts = folded.keys() | expected.keys()
    differences = {account: folded.get(account, 0) - expected.get(account, 0) for account in sorted(accounts)}
    return {account: fen for account, fen in differences.items() if fen}


def left_for_merchants(evaluation: Evaluation) -> dict[str, int]:
    """Per merchant, what is left of a sale: paid goods and platform-funded discounts less commissions (clause A1)."""
    held = expected_balances(evaluation, untouched(evaluation))
    return {
        merchant: held.get(f"merchant:{merchant}:sales", 0) + held.get(f"merchant:{merchant}:commission", 0)
        for merchant in {line.merchant: None for line in evaluation.event.lines}
    }


def _platform_funded(evaluation: Evaluation) -> list[AppliedBenefit]:
    return [applied for applied in evaluation.priced.applied if applied.plan.funded_by == "platform"]


def _promotion_left(evaluation: Evaluation, state: RefundState, line: int, discount_fen: int) -> int:
    """What a merchant keeps of a platform-funded discount: in proportion to the units the buyer keeps."""
    sold = evaluation.event.lines[line].quantity
    return discount_fen - cut(discount_fen, state.units[line], sold)


def _buyer(evaluation: Evaluation) -> str:
    return f"buyer:{evaluation.event.buyer.id or 'unknown'}"


def _sales(evaluation: Evaluation, line: int) -> str:
    return f"merchant:{evaluation.event.lines[line].merchant}:sales"


def _commission(evaluation: Evaluation, accrual: Accrual) -> str:
    if accrual.line == SHIPPING_LINE:
        return "delivery:commission"
    return f"merchant:{evaluation.event.lines[accrual.line].merchant}:commission"


def _pending(accrual: Accrual) -> str:
    return f"payee:{accrual.payee}:pending"


def _accrual_posting(kind: str, source: str, destination: str, fen: int, accrual: Accrual) -> Posting:
    plan = accrual.plan
    return Posting(kind, source, destination, fen, accrual.line, plan.ref, plan.role, accrual.payee)


def _forward(posting: Posting) -> Posting:
    """A negative movement (a later refund may lift an earlier trim, clause R4) as a positive one the other way."""
    if posting.amount_fen > 0:
        return posting
    return msgspec.structs.replace(
        posting, source=posting.destination, destination=posting.source, amount_fen=-posting.amount_fen
    )
