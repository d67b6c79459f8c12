"""What the service answers.  Amounts are fen, instants carry an offset.

These shapes are an allow-list: the engine's report is read into them, and what they do not name does not leave.  The
buyer's shapes name no cost, no floor, no commission and no merchant's share.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec


class GoodView(msgspec.Struct, frozen=True, kw_only=True):
    """Goods in the list: list price, price after catalogue promotions, and the label of what lowered it.

    Tags stay inside: some of them say how goods are paid for.
    """

    sku: str
    title: str
    title_en: str
    category: str | None
    merchant: str
    list_price_fen: int
    price_fen: int
    label: str | None
    stock: int | None


class CatalogPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of goods. `next` is the `after` of the next page; null on the last."""

    at: datetime
    goods: tuple[GoodView, ...]
    next: str | None


class Discount(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule took off a line or the delivery fee; `label` is short enough for the mini-program."""

    rule_set: str
    version: int
    rule: str
    title: str
    label: str
    lane: str
    amount_fen: int


class PricedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line before and after its discounts."""

    line_id: str
    sku: str
    title: str
    merchant: str
    unit_price_fen: int
    quantity: int
    list_fen: int
    discount_fen: int
    paid_fen: int
    discounts: tuple[Discount, ...]


class PricedShipping(msgspec.Struct, frozen=True, kw_only=True):
    """The delivery fee before and after promotions."""

    list_fen: int
    discount_fen: int
    paid_fen: int
    discounts: tuple[Discount, ...]


class GiftGiven(msgspec.Struct, frozen=True, kw_only=True):
    """Goods given for nothing, and the lines they follow."""

    rule_set: str
    version: int
    rule: str
    title: str
    sku: str
    gift_title: str
    quantity: int
    trigger_lines: tuple[str, ...]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the order."""

    list_fen: int
    discount_fen: int
    goods_fen: int
    shipping_fen: int
    paid_fen: int


class Hint(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion that was meant for this basket and yet gave nothing: why, and how far away it is."""

    rule_set: str
    version: int
    rule: str
    title: str
    code: str
    message: str
    message_en: str
    short_fen: int | None
    short_units: int | None


class WithinReach(msgspec.Struct, frozen=True, kw_only=True):
    """A promotion, or its next tier, that a little more of the same goods would bring, and what it then takes off."""

    rule_set: str
    version: int
    rule: str
    title: str
    message: str
    message_en: str
    saves_fen: int


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """What a basket costs, and why.

    `lost` are the promotions that almost applied; `within_reach` at most three that a little more would bring.
    """

    placed_at: datetime
    lines: tuple[PricedLine, ...]
    gifts: tuple[GiftGiven, ...]
    shipping: PricedShipping
    totals: Totals
    lost: tuple[Hint, ...]
    unknown_coupons: tuple[str, ...] = ()
    within_reach: tuple[WithinReach, ...] = ()


class Sentences(msgspec.Struct, frozen=True, kw_only=True):
    """The same explanation in Chinese and English, one sentence per entry."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


class Order(Quote, frozen=True, kw_only=True):
    """A recorded order as its buyer may see it."""

    order_id: str


class ExplainedOrder(Order, frozen=True, kw_only=True):
    """A recorded order as its buyer may see it, in figures and in sentences."""

    explanation: Sentences


class Accrued(msgspec.Struct, frozen=True, kw_only=True):
    """What one payee earns on one line; `line_id` is null for the delivery fee."""

    payee: str
    role: str
    line_id: str | None
    rule_set: str
    version: int
    rule: str
    title: str
    base: str
    base_fen: int
    rate: str | None
    earned_fen: int
    amount_fen: int


class NotAccruedShare(msgspec.Struct, frozen=True, kw_only=True):
    """A share that nobody gets, and why."""

    role: str
    line_id: str | None
    rule_set: str
    version: int
    rule: str
    code: str
    message: str
    message_en: str


class CeilingView(msgspec.Struct, frozen=True, kw_only=True):
    """What the ceiling allowed, what was earned, what it cut."""

    rule_set: str
    at_most: str
    excess: str
    allowed_fen: int
    earned_fen: int
    cut_fen: int


class MerchantLeft(msgspec.Struct, frozen=True, kw_only=True):
    """What is left for a merchant after commissions."""

    merchant: str
    left_fen: int


class NotApplied(msgspec.Struct, frozen=True, kw_only=True):
    """A live rule that gave nothing, why, and the smallest change after which it would (null where none is known)."""

    rule_set: str
    version: int
    rule: str
    title: str
    kind: str
    code: str
    message: str
    message_en: str
    change: str | None
    change_en: str | None


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of money in the journal."""

    kind: str
    source: str
    destination: str
    amount_fen: int


class OperatorOrder(Order, frozen=True, kw_only=True):
    """A recorded order as an operator sees it: who earns what, why not, and the journal."""

    recorded_at: datetime
    buyer_id: str | None
    promoter_id: str | None
    accruals: tuple[Accrued, ...]
    not_accrued: tuple[NotAccruedShare, ...]
    ceiling: CeilingView | None
    merchants: tuple[MerchantLeft, ...]
    not_applied: tuple[NotApplied, ...]
    postings: tuple[Movement, ...]
    explanation: Sentences


class TemplateName(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign template that a merchant can pick."""

    name: str
    version: int
    title: str
    title_en: str


class TemplateList(msgspec.Struct, frozen=True, kw_only=True):
    """All campaign templates, the newest version of each."""

    templates: tuple[TemplateName, ...]


class TemplateForm(msgspec.Struct, frozen=True, kw_only=True):
    """The questions of a template as a JSON Schema, from which a form can be drawn."""

    name: str
    version: int
    title: str
    title_en: str
    form: dict[str, Any]


class ExampleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an example basket, before and with the campaign."""

    sku: str
    title: str
    title_en: str
    category: str | None
    quantity: int
    list_fen: int
    before_fen: int
    after_fen: int
    labels: tuple[str, ...]


class ExampleBasket(msgspec.Struct, frozen=True, kw_only=True):
    """A worked example: what a basket costs before and with the campaign."""

    lines: tuple[ExampleLine, ...]
    before_fen: int
    after_fen: int


class CampaignPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign would do: in sentences, and on example baskets priced at `at`.

    `reached` is false when no goods and no moment within a year were found at which it gives anything.
    """

    sentences: Sentences
    at: datetime
    reached: bool
    examples: tuple[ExampleBasket, ...]


class PublishedCampaign(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that has been published, with the rule set made for it."""

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
