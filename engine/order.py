"""Events that come in and records that come out: orders and refunds, priced lines and accruals.

All are frozen `msgspec.Struct`s: as cheap as tuples, JSON both ways.  Amounts are fen, quantities whole units,
instants carry an offset.  Result records hold the compiled rule that made them, so a result is its own trace.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.money import Rate, Remainder, Rounding
from engine.ruleset import AmountBasis, Benefit, GiftLine, Lane, Spend

SHIPPING_LINE = -1
"""Index of the delivery fee where a record names its line."""
MAX_LINES = 5_000
MAX_AGENTS = 50
MAX_QUANTITY = 1_000_000_000

Id = Annotated[str, Meta(min_length=1, max_length=128)]
Text = Annotated[str, Meta(max_length=500)]
Fen = Annotated[int, Meta(ge=0, le=10**12)]
Count = Annotated[int, Meta(ge=0, le=10**12)]
BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]
Quantity = Annotated[int, Meta(ge=1, le=MAX_QUANTITY)]
Path = Annotated[str, Meta(min_length=1, max_length=300, pattern=r"^[^/]+(/[^/]+)*$")]
RegionCode = Annotated[str, Meta(pattern=r"^[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{3}([0-9]{3})?)?)?)?$")]
Days = Annotated[int, Meta(ge=-100_000, le=100_000)]
Tags = Annotated[tuple[Id, ...], Meta(max_length=200)]

Counters = Annotated[dict[Id, Annotated[dict[Id, Count], Meta(max_length=20)]], Meta(max_length=10_000)]


class SkuFigure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A commission figure carried by the goods themselves (单品佣金): fen per unit, or a rate `num/den`."""

    amount_fen: Fen | None = None
    rate: Rate | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of an order: `quantity` units at `unit_price_fen` list price each, and the facts about the goods.

    `floor_price_fen` is the lowest unit price any discount may reach.  `unit_cost_fen` serves margin bases,
    `vat_rate` bases net of VAT, `commission` the SKU's own figure by role.
    """

    line_id: Id
    sku: Id
    unit_price_fen: Fen
    quantity: Quantity
    merchant: Id = "platform"
    title: Text = ""
    product: Id | None = None
    category: Path | None = None
    tags: Tags = ()
    floor_price_fen: Fen = 0
    unit_cost_fen: Fen | None = None
    vat_rate: Rate | None = None
    stock: Count | None = None
    days_to_expiry: Days | None = None
    own_goods: bool = False
    commission: Annotated[dict[Id, SkuFigure], Meta(max_length=20)] = {}


class Buyer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who buys. `nth_order` counts the buyer's valid orders, this one included; `is_new` marks a first purchase."""

    id: Id | None = None
    level: Id | None = None
    tags: Tags = ()
    is_new: bool | None = None
    nth_order: Count | None = None
    region: RegionCode | None = None


class Payee(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A promoter, referrer, leader or host as the event saw them. `period_sales_fen`: delivered sales of the period.

    `repeat_rate_bp` and `refund_rate_bp`: how many of the buyers they brought came again, and how much of their
    delivered sales was refunded, as the last review counted them (`level_figures.py`): basis points, rounded down.
    `buyer` is the account they buy with themselves, where it is known: they earn nothing on what it buys.
    """

    id: Id
    level: Id | None = None
    status: Literal["active", "inactive"] = "active"
    tags: Tags = ()
    merchant: Id | None = None
    region: RegionCode | None = None
    period_sales_fen: Fen | None = None
    repeat_rate_bp: BasisPoints | None = None
    refund_rate_bp: BasisPoints | None = None
    buyer: Id | None = None


class Store(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The store that serves the order."""

    id: Id
    region: RegionCode | None = None
    tags: Tags = ()


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the goods reach the buyer, where (GB/T 2260 code, up to community), and the fee before promotions.

    `bearer` is who has the fee, and so who bears it when it is refunded: `platform`, or the id of a merchant.
    """

    kind: Literal["delivery", "pickup"] = "delivery"
    region: RegionCode | None = None
    fee_fen: Fen = 0
    bearer: Id = "platform"


class RegionalAgent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A regional agent whose contract stood when the order was placed, for a region the order may belong to.

    `region` is the contract's; `rate` is frozen in the contract, `parent` is the contract it stands below.
    """

    id: Id
    region: RegionCode
    status: Literal["active", "inactive"] = "active"
    contract: Id | None = None
    rate: Rate | None = None
    parent: Id | None = None


class OrderEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order, or a basket to be quoted: all that pricing and commission may read.

    `payment` says how it is paid: `in_full` when it is placed, or as `paid` events come (`by_events`: instalments).
    `placed_at` must carry an offset.  `counters` holds what promotions have used so far, by `RULE_SET/RULE`, then by
    counter name (`uses/buyer/day`, `money/total/ever`); a missing counter is 0.
    """

    order_id: Id
    placed_at: datetime
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=MAX_LINES)]
    type: Literal["order"] = "order"
    channel: Id | None = None
    buyer: Buyer = Buyer()
    store: Store | None = None
    delivery: Delivery = Delivery()
    promoter: Payee | None = None
    referrer: Payee | None = None
    leader: Payee | None = None
    host: Payee | None = None
    regional_agents: Annotated[tuple[RegionalAgent, ...], Meta(max_length=MAX_AGENTS)] = ()
    coupons: Tags = ()
    counters: Counters = {}
    payment: Literal["in_full", "by_events"] = "in_full"


class ReturnedLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Units returned of one line, and/or an amount agreed for it (then the amount counts for these units)."""

    line_id: Id
    quantity: Count = 0
    amount_fen: Fen | None = None


class RefundEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A refund of an order: lines by quantity or amount, and the delivery fee on its own.

    `payment_fee` says whether the payment channel gives back its fee on the cash of this refund.
    """

    refund_id: Id
    order_id: Id
    at: datetime
    lines: Annotated[tuple[ReturnedLine, ...], Meta(max_length=MAX_LINES)] = ()
    type: Literal["refund"] = "refund"
    shipping_fen: Fen = 0
    payment_fee: Literal["return", "keep"] = "keep"


# --- Results --------------------------------------------------------------------------------------------------------


class RuleRef(msgspec.Struct, frozen=True, eq=False):
    """The name of a rule in a published version: what every amount points to.

    The titles are what people call it and no part of the name: references from before a title was kept are equal.
    """

    rule_set: str
    version: int
    rule: str
    content_hash: str
    title: str = ""
    label: str = ""
    title_en: str = ""

    @property
    def said_en(self) -> str:
        """What English sentences call it, in quotes: the English title, else the other one, else its id."""
        return f"“{self.title_en or self.title or self.rule}”"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleRef) and self._name == other._name

    def __ne__(self, other: object) -> bool:  # a Struct does not derive it
        return not self == other

    def __hash__(self) -> int:
        return hash(self._name)

    @property
    def _name(self) -> tuple[str, int, str, str]:
        return self.rule_set, self.version, self.rule, self.content_hash


class BenefitPlan(msgspec.Struct, frozen=True):
    """One benefit as it was live at the sale, with the policies that price it and undo it. Stored with the order."""

    ref: RuleRef
    lane: Lane
    benefit: Benefit
    base: AmountBasis
    threshold_on: AmountBasis
    rounding: Rounding
    remainder: Remainder
    discount_on: Literal["group", "targets"]
    on_partial_return: Literal["keep_share", "retest_threshold"]
    funded_by: Literal["merchant", "platform"]
    spend: Spend | None = None


class BenefitLine(msgspec.Struct, frozen=True):
    """What a benefit saw and took on one line: amount at entry, units used, discount given. `line` is its index."""

    line: int
    entry_fen: int
    units: int
    discount_fen: int


class AppliedBenefit(msgspec.Struct, frozen=True):
    """A benefit that gave something. `lapsed_fen` is what no line of the scope could take (floors)."""

    plan: BenefitPlan
    lines: tuple[BenefitLine, ...]
    discount_fen: int
    lapsed_fen: int = 0
    gift: GiftLine | None = None
    selectors: tuple[tuple[int, ...], ...] = ()
    """Per selector of the benefit (buy and get, or components) the lines it matched, for a later retest."""


class NotApplied(msgspec.Struct, frozen=True):
    """A promotion that matched and yet gave nothing. `code` is stable.

    `short_fen`, `short_units`: how far from its threshold; `winner`, `worse_by_fen`: what beat it, and by how much.
    """

    ref: RuleRef
    code: str
    short_fen: int | None = None
    short_units: int | None = None
    winner: RuleRef | None = None
    worse_by_fen: int | None = None


class Consumption(msgspec.Struct, frozen=True):
    """What applying a promotion uses up of one of its counters: one use, or fen of its budget."""

    rule_set: str
    rule: str
    counter: str
    amount: int
    on_cancel: Literal["give_back", "keep"]


class PricedOrder(msgspec.Struct, frozen=True):
    """Net amount per line (same order as the event's lines), shipping, what applied and what matched but lost."""

    net_fen: tuple[int, ...]
    shipping_fen: int
    applied: tuple[AppliedBenefit, ...]
    lost: tuple[NotApplied, ...] = ()
    consumption: tuple[Consumption, ...] = ()
    runner_up_fen: int | None = None
    """What the best other choice would have saved in all, where there was a choice between exclusive worlds."""


class AccrualPlan(msgspec.Struct, frozen=True):
    """One payee's part of a commission rule as it was live at the sale."""

    ref: RuleRef
    role: str
    base: str
    rounding: Rounding


class Accrual(msgspec.Struct, frozen=True):
    """What one payee earns on one line (`line` is its index; -1 is the delivery fee) under one rule.

    `earned_fen` is the amount before the ceiling, `amount_fen` after it; `rate` is the effective rate where one
    rate applied (flat, bonus included), else None.
    """

    plan: AccrualPlan
    line: int
    payee: str
    base_fen: int
    rate: Rate | None
    earned_fen: int
    amount_fen: int
    lifted_by: tuple[RuleRef, ...] = ()
    """Bonus rules that raised the rate."""
    below_rate: Rate | None = None
    """Of a regional agent under `difference`: the rate of the levels below, which `rate` comes on top of."""


class NotAccrued(msgspec.Struct, frozen=True):
    """A share that the rules name and nobody gets, with the stable code that says why. It moves to nobody."""

    plan: AccrualPlan
    line: int
    code: str


class CeilingCut(msgspec.Struct, frozen=True):
    """The ceiling of the order: what it allowed and what was earned; it cut where more was earned than allowed."""

    rule_set: str
    at_most: Rate
    excess: Literal["scale", "refuse"]
    allowed_fen: int
    earned_fen: int


class Evaluation(msgspec.Struct, frozen=True):
    """All that was computed for an order: store this and nothing later needs a rule again."""

    semantics: int
    event: OrderEvent
    rule_sets: tuple[tuple[str, int, str], ...]
    """(name, version, content hash) of every live rule set, sorted by name."""
    priced: PricedOrder
    accruals: tuple[Accrual, ...]
    not_accrued: tuple[NotAccrued, ...] = ()
    ceiling: CeilingCut | None = None
    release_after_days: int | None = None
    """Days from receipt until what was earned is released; None when no settlement rule set stood at the sale."""
