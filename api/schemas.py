"""What the service reads and answers.  Amounts are fen, quantities whole units, instants carry an offset.

Buyer-facing shapes have no field for cost, floor or commission, so none can slip out.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.money import Rate
from engine.order import Id, RegionCode

Instant = Annotated[datetime, Meta(tz=True, description="With an offset, e.g. 2026-10-02T22:30:00+08:00")]
Pieces = Annotated[int, Meta(ge=1, le=100_000)]
Coupons = Annotated[tuple[Id, ...], Meta(max_length=20)]
MAX_BASKET_LINES = 500


class BasketLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of one SKU."""

    sku: Id
    quantity: Pieces


class BasketDelivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How and where the goods go, and the fee before promotions."""

    kind: Literal["delivery", "pickup"] = "delivery"
    region: RegionCode | None = None
    fee_fen: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


class Basket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket to be quoted. Goods, store, buyer and promoter are looked up by id; `at` is now unless given."""

    lines: Annotated[tuple[BasketLine, ...], Meta(min_length=1, max_length=MAX_BASKET_LINES)]
    buyer_id: Id | None = None
    store_id: Id | None = None
    promoter_id: Id | None = None
    leader_id: Id | None = None
    channel: Id | None = "mini_program"
    delivery: BasketDelivery = BasketDelivery()
    coupons: Coupons = ()
    at: Instant | None = None


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paid order: a basket with its `order_id`, the natural key. `placed_at` is now unless given."""

    order_id: Id
    buyer_id: Id
    lines: Annotated[tuple[BasketLine, ...], Meta(min_length=1, max_length=MAX_BASKET_LINES)]
    store_id: Id | None = None
    promoter_id: Id | None = None
    leader_id: Id | None = None
    channel: Id | None = "mini_program"
    delivery: BasketDelivery = BasketDelivery()
    coupons: Coupons = ()
    placed_at: Instant | None = None

    def basket(self) -> Basket:
        """The order as a basket at its `placed_at`."""
        return Basket(
            lines=self.lines,
            buyer_id=self.buyer_id,
            store_id=self.store_id,
            promoter_id=self.promoter_id,
            leader_id=self.leader_id,
            channel=self.channel,
            delivery=self.delivery,
            coupons=self.coupons,
            at=self.placed_at,
        )


# --- Answers for buyers ---------------------------------------------------------------------------------------------


class GoodView(msgspec.Struct, frozen=True, kw_only=True):
    """Goods in the list: list price, price after catalogue promotions, and the label of what lowered it."""

    sku: str
    title: str
    title_en: str
    category: str | None
    tags: tuple[str, ...]
    merchant: str
    picture: str
    list_price_fen: int
    price_fen: int
    label: str | None
    stock: int | None


class CatalogPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of goods. `next` is the `after` of the next page; null on the last."""

    at: datetime
    goods: tuple[GoodView, ...]
    next: str | None


class DiscountView(msgspec.Struct, frozen=True, kw_only=True):
    """One discount on one line or on the delivery fee; `rule` is `RULE_SET@VERSION/RULE`."""

    rule: str
    title: str
    label: str
    amount_fen: int


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line with what it costs before and after its discounts."""

    line_id: str
    sku: str
    title: str
    quantity: int
    unit_price_fen: int
    list_fen: int
    paid_fen: int
    discounts: tuple[DiscountView, ...]


class ShippingView(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery fee before and after promotions."""

    fee_fen: int
    paid_fen: int
    discounts: tuple[DiscountView, ...]


class GiftView(msgspec.Struct, frozen=True, kw_only=True):
    """Goods given for nothing."""

    sku: str
    title: str
    quantity: int
    rule: str
    label: str


class HintView(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that almost applied: why not, and how far away it is, in fen or units, where that can be said."""

    rule: str
    title: str
    label: str
    code: str
    text: str
    text_en: str
    short_fen: int | None
    short_units: int | None


class Priced(msgspec.Struct, frozen=True, kw_only=True):
    """What a basket or an order costs, and why."""

    at: datetime
    lines: tuple[LineView, ...]
    shipping: ShippingView
    gifts: tuple[GiftView, ...]
    hints: tuple[HintView, ...]
    list_fen: int
    discount_fen: int
    goods_fen: int
    total_fen: int
    rule_sets: tuple[str, ...]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded order as its buyer may see it."""

    order_id: str
    priced: Priced


class Sentences(msgspec.Struct, frozen=True, kw_only=True):
    """The same explanation in Chinese and English, one sentence per entry."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class ExplainedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded order as its buyer may see it, explained."""

    order_id: str
    priced: Priced
    explanation: Sentences


# --- Answers for operators ------------------------------------------------------------------------------------------


class AccrualView(msgspec.Struct, frozen=True, kw_only=True):
    """What one payee earns on one line (`line_id` null: the delivery fee). A margin base is null: it tells the cost."""

    payee: str
    role: str
    line_id: str | None
    rule: str
    title: str
    base: str
    base_fen: int | None
    rate: Rate | None
    earned_fen: int
    amount_fen: int


class NotAccruedView(msgspec.Struct, frozen=True, kw_only=True):
    """A share that nobody gets, and the code that says why."""

    role: str
    line_id: str | None
    rule: str
    code: str


class PostingView(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of money in the journal."""

    source: str
    destination: str
    amount_fen: int


class OperatorOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded order as an operator sees it: who earns what, and the journal."""

    order_id: str
    recorded_at: datetime
    buyer_id: str | None
    promoter_id: str | None
    priced: Priced
    accruals: tuple[AccrualView, ...]
    not_accrued: tuple[NotAccruedView, ...]
    ceiling_cut_fen: int
    postings: tuple[PostingView, ...]
    explanation: Sentences


# --- Campaigns ------------------------------------------------------------------------------------------------------

Answer = str | int | bool | None | list[str]
Answers = Annotated[dict[str, Answer], Meta(max_length=100)]


class TemplateName(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign template a merchant can pick."""

    name: str
    version: int
    title: str
    title_en: str


class TemplateList(msgspec.Struct, frozen=True, kw_only=True):
    """All campaign templates, the newest version of each."""

    templates: tuple[TemplateName, ...]


class CampaignDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers to the questions of a template."""

    template: Id
    answers: Answers


class NewCampaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A campaign to publish: a template's answers, what the campaign is called, and when it stands."""

    template: Id
    answers: Answers
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,62}$")] | UnsetType = UNSET


class ExampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an example basket, before and with the campaign."""

    sku: str
    title: str
    picture: str
    quantity: int
    before_fen: int
    after_fen: int
    labels: tuple[str, ...]


class ExampleBasket(msgspec.Struct, frozen=True, kw_only=True):
    """A worked example: what a basket costs before and with the campaign."""

    title: str
    title_en: str
    lines: tuple[ExampleLine, ...]
    before_fen: int
    after_fen: int


class CampaignPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign would do: in a sentence, and on example baskets."""

    sentences: Sentences
    at: datetime
    examples: tuple[ExampleBasket, ...]


class PublishedCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that has been published."""

    name: str
    version: int
    title: str
    content_hash: str
    effective_from: datetime
    effective_until: datetime | None
    text: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The service answers and reaches its database; how many rule sets stand right now."""

    status: Literal["ok"]
    live_rule_sets: int
