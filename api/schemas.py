"""What the service reads.  Amounts are fen, quantities whole units, instants carry an offset."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.journal.order_news import Account, Reason
from engine.order import RegionCode
from engine.people.binding import Source

MAX_BASKET_LINES = 500
MAX_PAGE = 100

Id = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
Instant = Annotated[datetime, Meta(tz=True, description="With an offset, e.g. 2026-10-02T22:30:00+08:00")]
Pieces = Annotated[int, Meta(ge=1, le=100_000)]
Coupons = Annotated[tuple[Id, ...], Meta(max_length=20)]
PageSize = Annotated[int, Meta(ge=1, le=MAX_PAGE)]


class BasketLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of one SKU."""

    sku: Id
    quantity: Pieces


class BasketDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How and where the goods go, and the fee before promotions.

    `pickup_point` is the name of the point the buyer chose: it gives the order its group leader, and its region.
    """

    kind: Literal["delivery", "pickup"] = "delivery"
    region: RegionCode | None = None
    pickup_point: Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    fee_fen: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


class Basket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket to be quoted. Goods, store, buyer and sellers are looked up by id; `at` is now unless given.

    Without a promoter, the one whom the buyer is bound to counts; under `first_holds` the bound one counts anyway.
    `hints` asks for the promotions within reach as well, which takes many times as long: ask when the basket rests.
    """

    lines: Annotated[tuple[BasketLine, ...], Meta(min_length=1, max_length=MAX_BASKET_LINES)]
    buyer_id: Id | None = None
    store_id: Id | None = None
    promoter_id: Id | None = None
    leader_id: Id | None = None
    host_id: Id | None = None
    channel: Id | None = "mini_program"
    delivery: BasketDelivery = BasketDelivery()
    coupons: Coupons = ()
    at: Instant | None = None
    hints: bool = False


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paid order: a basket with its `order_id`, the natural key. `placed_at` is now unless given."""

    order_id: Id
    buyer_id: Id
    lines: Annotated[tuple[BasketLine, ...], Meta(min_length=1, max_length=MAX_BASKET_LINES)]
    store_id: Id | None = None
    promoter_id: Id | None = None
    leader_id: Id | None = None
    host_id: Id | None = None
    channel: Id | None = "mini_program"
    delivery: BasketDelivery = BasketDelivery()
    coupons: Coupons = ()
    placed_at: Instant | None = None
    payment: Literal["in_full", "by_events"] = "in_full"
    """`by_events`: nothing is paid yet; `paid` events follow, in instalments (定金, 尾款) or at once."""

    def basket(self) -> Basket:
        """The order as a basket at its `placed_at`."""
        return Basket(
            lines=self.lines,
            buyer_id=self.buyer_id,
            store_id=self.store_id,
            promoter_id=self.promoter_id,
            leader_id=self.leader_id,
            host_id=self.host_id,
            channel=self.channel,
            delivery=self.delivery,
            coupons=self.coupons,
            at=self.placed_at,
        )


class CatalogQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which goods to list, and for whom and when they are priced. `after` is the `next` of the page before."""

    limit: PageSize = 50
    after: Id | None = None
    category: Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    merchant: Id | None = None
    at: Instant | None = None
    store_id: Id | None = None
    buyer_id: Id | None = None
    channel: Id | None = "mini_program"


class NewTouch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Evidence that a buyer came to a promoter: the token they opened or scanned, where, and when.

    A buyer opens a token once at an instant: that makes a repeated request known.
    """

    buyer_id: Id
    promoter_id: Id
    token: Id
    source: Source
    at: Instant


class BindingQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose history is asked for."""

    buyer_id: Id


class CommissionQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The period by its label, such as `2026-10-B`; the one that is going on unless given."""

    period: Annotated[str, Meta(min_length=1, max_length=32)] | None = None


class ReviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The closed period to be reviewed, such as `2026-10`."""

    period: Annotated[str, Meta(min_length=1, max_length=32)]


class ClosingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which periods to close: all that have ended by `until`, which is now unless given."""

    until: Instant | None = None


class AdjustmentProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction by hand, to be approved by another person: fen from an account to another, such as from
    `platform:adjustments` to `payee:p001:released`. `id` is its natural key."""

    id: Id
    source: Account
    destination: Account
    amount_fen: Annotated[int, Meta(ge=1, le=10**15)]
    reason: Reason


class OrderQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is looking at an order."""

    view: Literal["buyer", "operator"] = "buyer"


Answer = str | int | bool | None | list[str]
Answers = Annotated[dict[str, Answer], Meta(max_length=100)]


class CampaignDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to the questions of a template, and when the campaign runs: first and last day, both included.

    Without days it runs from today, without end.  `name` defaults to one made of the template and the first day;
    publishing under a name that is taken makes its next version.
    """

    template: Id
    answers: Answers
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")] | None = None
    owner: Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")] = "merchant"
    effective_from: date | None = None
    effective_until: date | None = None


class CampaignPreviewDraft(CampaignDraft, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to be shown on examples: of these goods, or of goods that the service finds telling."""

    goods: Annotated[tuple[Id, ...], Meta(max_length=3)] = ()
