"""News after the sale: what happens to an order, and what happens between the books and a payee.

Events of one order carry its `order_id`: `paid`, `shipped`, `received`, `refund`, `cancelled`, `released`.  The others
move money that has been earned, `settled`, `payout`, `dividend`, `adjustment`, or close a period of it, `closed`.  All
are frozen, name themselves by `id` (a refund by `refund_id`), and happened `at` an instant with an offset.  Amounts are
fen.  [O1]
"""

from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from engine.order import Count, Evaluation, Fen, Id, RefundEvent, Text

MAX_HOLDERS: Final = 100_000
PaidFen = Annotated[int, Meta(ge=1, le=10**12)]
SumFen = Annotated[int, Meta(ge=0, le=10**15)]
StatementId = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Account = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=r"^(buyer:.+|merchant:.+:(sales|commission|delivery|fees)|payee:.{1,128}:(pending|released|settled|paid)"
        r"|platform:(promotions|fees|adjustments)|delivery:(fees|commission)|refunds:recovered|channel:fees)$",
    ),
]
PoolName = Annotated[str, Meta(min_length=6, max_length=128, pattern=r"^pool:.+$")]
PaymentFee = Literal["return", "keep"]


class SaleEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order as it was sold: the evaluation that was made of its order event. Nothing later asks a rule for it."""

    evaluation: Evaluation
    type: Literal["sale"] = "sale"

    @property
    def id(self) -> str:
        """The order's own id."""
        return self.evaluation.event.order_id

    @property
    def order_id(self) -> str:
        return self.evaluation.event.order_id

    @property
    def at(self) -> datetime:
        """When it was placed."""
        return self.evaluation.event.placed_at


class PaidEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money received for an order: all of it, or one instalment (定金, 尾款).

    `fee_fen` is what the payment channel kept of it, borne by the platform or by the merchants of the goods.
    """

    id: Id
    order_id: Id
    at: datetime
    amount_fen: PaidFen
    type: Literal["paid"] = "paid"
    fee_fen: Fen = 0
    fee_bearer: Literal["platform", "merchants"] = "platform"


class ShippedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods of an order are on their way; several parcels are several events."""

    id: Id
    order_id: Id
    at: datetime
    type: Literal["shipped"] = "shipped"


class ReceivedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The buyer has the goods, by their own word, by a pickup code or by the lapse of time."""

    id: Id
    order_id: Id
    at: datetime
    type: Literal["received"] = "received"


class CancelledEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order is called off: all that is left of it is returned. `kept_fen` of a deposit may stay with the seller."""

    id: Id
    order_id: Id
    at: datetime
    type: Literal["cancelled"] = "cancelled"
    reason: Text = ""
    kept_fen: Fen = 0
    payment_fee: PaymentFee = "keep"


class ReleasedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The after-sales window of an order is over (`at` = receipt + window): what it earned may be settled."""

    id: Id
    order_id: Id
    at: datetime
    type: Literal["released"] = "released"


class SettledEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One payee's statement of a closed period [`start`, `end`): `amount_fen` of what was released is now owed."""

    id: StatementId
    at: datetime
    payee: Id
    period: Id
    start: datetime
    end: datetime
    amount_fen: SumFen
    type: Literal["settled"] = "settled"


class ClosedEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A period [`start`, `end`) is closed, after all its statements: whatever comes in later counts after `end`."""

    id: Id
    at: datetime
    start: datetime
    end: datetime
    type: Literal["closed"] = "closed"


class PayoutEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Money that reached a payee for a statement; `settlement` is the id of its `settled` event."""

    id: Id
    at: datetime
    payee: Id
    settlement: StatementId
    amount_fen: Annotated[int, Meta(ge=1, le=10**15)]
    type: Literal["payout"] = "payout"


class RuleSetVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A published version of a rule set."""

    name: Id
    version: Count
    content_hash: Id


class HolderShare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one holder gets of a pool, and the weight it was shared by."""

    holder: Id
    weight: SumFen
    amount_fen: SumFen


class DividendEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pool shared out for a period: at most `pool_fen` goes to the holders, the rest stays in the pool."""

    id: Id
    at: datetime
    pool: PoolName
    period: Id
    start: datetime
    end: datetime
    rule_set: RuleSetVersion
    pool_fen: SumFen
    shares: Annotated[tuple[HolderShare, ...], Meta(max_length=MAX_HOLDERS)]
    type: Literal["dividend"] = "dividend"


class AdjustmentEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction by hand from an account to another, proposed by one person and approved by a different one."""

    id: Id
    at: datetime
    source: Account
    destination: Account
    amount_fen: Annotated[int, Meta(ge=1, le=10**15)]
    reason: Reason
    proposed_by: Id
    approved_by: Id
    type: Literal["adjustment"] = "adjustment"


OrderNews: TypeAlias = PaidEvent | ShippedEvent | ReceivedEvent | RefundEvent | CancelledEvent | ReleasedEvent
"""What happens to an order after it was sold."""
PayeeNews: TypeAlias = SettledEvent | ClosedEvent | PayoutEvent | DividendEvent | AdjustmentEvent
"""What happens to money that was earned, whatever the order."""
News: TypeAlias = SaleEvent | OrderNews | PayeeNews


def news_id(event: News) -> str:
    """The id an event names itself by, unique among events of its type."""
    return event.refund_id if isinstance(event, RefundEvent) else event.id


def news_key(event: News) -> str:
    """`TYPE:ID`: the one name of an event in the journal."""
    return f"{event.type}:{news_id(event)}"


def order_of(event: News) -> str | None:
    """The id of the order an event belongs to; None when it belongs to a payee or a pool."""
    return None if isinstance(event, PayeeNews) else event.order_id
