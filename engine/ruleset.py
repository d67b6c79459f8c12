"""Rule sets as frozen values: what a YAML file means once it has been read, checked and built.

Money is in fen, rates are exact, instants carry Asia/Shanghai.  Every field is decided here; nothing downstream
reads YAML.  Promotions and what they give come first, then commissions.
"""

from typing import Literal

import msgspec

from engine.conditions import ALWAYS, Condition
from engine.dividend_set import DividendSet
from engine.header import Header
from engine.level_set import LevelSet
from engine.money import Rate, Remainder, Rounding
from engine.region_set import RegionSet
from engine.settlement_set import SettlementSet

AmountBasis = Literal["original", "running"]
Lane = Literal["catalogue", "item", "order", "shipping"]
Stacking = Literal["competing", "combinable", "exclusive"]
LANES: tuple[Lane, ...] = ("catalogue", "item", "order", "shipping")


# --- What a promotion gives -----------------------------------------------------------------------------------------


class PercentOff(msgspec.Struct, frozen=True, tag="percent_off"):
    """A share of the base amount."""

    rate: Rate


class AmountOff(msgspec.Struct, frozen=True, tag="amount_off"):
    """A fixed sum, once per order, per line, per unit, or per block of a group."""

    amount_fen: int
    per: Literal["order", "line", "unit", "block"]


class FixedPrice(msgspec.Struct, frozen=True, tag="price"):
    """A new price: per unit, or for all targets of a block together."""

    price_fen: int
    per: Literal["unit", "block"] = "unit"


Off = PercentOff | AmountOff | FixedPrice


class PriceTag(msgspec.Struct, frozen=True, tag="price_tag"):
    """Catalogue lane: a new unit price, the same in a list and in a basket (clause P7)."""

    off: Off
    items: Condition = ALWAYS


class LineDiscount(msgspec.Struct, frozen=True, tag="line_discount"):
    """Item lane: each line by itself, on its free units (clause P8b).

    `units_per_line` bounds how many units of a line take part; `round_price` rounds the discounted price instead of
    the discount.
    """

    off: Off
    items: Condition = ALWAYS
    units_per_line: int | None = None
    round_price: bool = False


UnitOrder = Literal["dearest_first", "cheapest_first", "as_listed"]


class GroupDiscount(msgspec.Struct, frozen=True, tag="group_discount"):
    """Item lane: blocks of `every` units in which `targets` units get the benefit (clause P9).

    With `buy`/`get` selectors a block is `every - targets` units matching `buy` and `targets` units matching `get`.
    `pick` says which units of a block are the targets.
    """

    off: Off
    every: int
    targets: int
    items: Condition = ALWAYS
    buy: Condition | None = None
    get: Condition | None = None
    order: UnitOrder = "dearest_first"
    pick: Literal["cheapest", "dearest"] = "cheapest"
    among: Literal["any_matched", "same_sku"] = "any_matched"
    times: int | None = None
    give_partial: bool = False
    round_price: bool = False


class Component(msgspec.Struct, frozen=True):
    """One part of a bundle: so many units matching a selector."""

    items: Condition
    count: int


class BundlePrice(msgspec.Struct, frozen=True, tag="bundle_price"):
    """Item lane: the components together at one price (clause P9)."""

    components: tuple[Component, ...]
    price_fen: int
    times: int | None = None


class GiftLine(msgspec.Struct, frozen=True):
    """Goods given for nothing: `quantity` units of `sku`."""

    sku: str
    title: str
    quantity: int


class Tier(msgspec.Struct, frozen=True):
    """What is given once the scope reaches `at_least` (fen or units): money off, a gift, free shipping."""

    at_least: int
    off: PercentOff | AmountOff | None = None
    gift: GiftLine | None = None
    free_shipping: bool = False


class OrderDiscount(msgspec.Struct, frozen=True, tag="order_discount"):
    """Order lane: one sum over the scope, spread over its lines (clause P11).

    Exactly one of `off`, `tiers`, or `off` with `every` (per full `every` of the measure, at most `times`).
    `measure` says whether thresholds count money (fen) or units.
    """

    off: PercentOff | AmountOff | None = None
    tiers: tuple[Tier, ...] = ()
    every: int | None = None
    times: int | None = None
    measure: Literal["money", "units"] = "money"
    items: Condition = ALWAYS


class ShippingDiscount(msgspec.Struct, frozen=True, tag="shipping_discount"):
    """Shipping lane: off the delivery fee, never below nothing (clause P12). Free shipping is 100 % off."""

    off: Off


class Gift(msgspec.Struct, frozen=True, tag="gift"):
    """A gift line that follows its trigger: `gift.quantity` once, or for each full `every` units of the scope (P13)."""

    gift: GiftLine
    every: int | None = None
    times: int | None = None
    items: Condition = ALWAYS


Benefit = PriceTag | LineDiscount | GroupDiscount | BundlePrice | OrderDiscount | ShippingDiscount | Gift

BENEFIT_LANE: dict[type, Lane] = {
    PriceTag: "catalogue",
    LineDiscount: "item",
    GroupDiscount: "item",
    BundlePrice: "item",
    OrderDiscount: "order",
    ShippingDiscount: "shipping",
    Gift: "order",
}


class Spend(msgspec.Struct, frozen=True):
    """The scope must be worth `at_least` (fen, or units) when the promotion's benefit is entered."""

    at_least: int
    measure: Literal["money", "units"] = "money"


class Limit(msgspec.Struct, frozen=True):
    """At most `uses` applications per subject and period. The caller keeps the counters (clause P15)."""

    uses: int
    per: Literal["total", "buyer", "store"] = "total"
    period: Literal["ever", "day", "week", "month"] = "ever"

    @property
    def counter(self) -> str:
        """Name of the counter in events and results, e.g. `uses/buyer/day`."""
        return f"uses/{self.per}/{self.period}"


class Budget(msgspec.Struct, frozen=True):
    """Money a promotion may give away in all; at its edge it is refused, or what is left is given in part."""

    amount_fen: int
    at_edge: Literal["refuse", "part"]

    counter = "money/total/ever"


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a promotion rule set: when it applies, how it stacks, what it gives, how much of it there is."""

    id: str
    title: str
    position: int
    when: Condition
    benefits: tuple[Benefit, ...]
    stacking: Stacking
    title_en: str = ""
    label: str = ""
    priority: int = 0
    spend: Spend | None = None
    only_undiscounted: bool = False
    at_most_fen: int | None = None
    limits: tuple[Limit, ...] = ()
    budget: Budget | None = None
    on_cancel: Literal["give_back", "keep"] = "give_back"
    line: int = 0
    """Line of the rule in its file, for messages; not part of its meaning."""


class MadeFrom(msgspec.Struct, frozen=True):
    """Which template and answers a campaign was made from."""

    template: str
    version: int
    answers: dict[str, str | int | bool | list[str] | None]


class PromotionSet(msgspec.Struct, frozen=True, kw_only=True, tag="promotion"):
    """A promotion rule set. The seven policy fields have no defaults because peers disagree on each (DESIGN 4)."""

    header: Header
    base: AmountBasis
    threshold_on: AmountBasis
    rounding: Rounding
    remainder: Remainder
    on_partial_return: Literal["keep_share", "retest_threshold"]
    discount_on: Literal["group", "targets"]
    funded_by: Literal["merchant", "platform"]
    rules: tuple[Promotion, ...]
    made_from: MadeFrom | None = None


# --- Commissions ----------------------------------------------------------------------------------------------------

CommissionBase = Literal["paid_goods", "list", "margin", "delivery_fee"]


class TierStep(msgspec.Struct, frozen=True):
    """From `at_least` of the metric on: a rate, or a fixed amount."""

    at_least: int
    rate: Rate | None = None
    amount_fen: int | None = None


class CommissionTiers(msgspec.Struct, frozen=True):
    """Flat: the highest step reached counts for all. Marginal: each slice at its own rate, summed exactly (A3).

    `metric` is `line` or `order` (the base amount of the line, or of all lines of the rule) or the name of an integer
    fact frozen in the event, such as `promoter.period_sales`.
    """

    metric: str
    mode: Literal["flat", "marginal"]
    steps: tuple[TierStep, ...]


class SplitPart(msgspec.Struct, frozen=True):
    """One payee's part of what several share: `share` of it, exact; of all parts together nothing is left over."""

    to: str
    share: Rate


class Accrue(msgspec.Struct, frozen=True, kw_only=True):
    """What one payee of a rule earns: any of a rate, an amount, tiers and the SKU's own figure; then floor and cap.

    `to` is `promoter`, `referrer`, `leader`, `host`, `partner` or `pool:NAME`.  With `sku_figure` the figure that the
    line carries for this role wins, also when it is zero; only an unset one falls back to the rest.  With `split` there
    is no `to`: several share the one amount, and `if_absent` says who has the part of one who may not earn.
    """

    to: str = ""
    split: tuple[SplitPart, ...] = ()
    if_absent: Literal["nobody", "others"] = "nobody"
    rate: Rate | None = None
    amount_fen: int | None = None
    per: Literal["unit", "line", "order"] = "line"
    tiers: CommissionTiers | None = None
    sku_figure: bool = False
    floor_fen: int | None = None
    cap_fen: int | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Who is paid."""
        return tuple(part.to for part in self.split) or (self.to,)

    def share_of(self, role: str) -> Rate | None:
        """The part of it that a role has; None when it pays that role nothing."""
        if role == self.to:
            return Rate(1)
        return next((part.share for part in self.split if part.to == role), None)


class Bonus(msgspec.Struct, frozen=True):
    """A bonus rule adds to, or multiplies, the rate that the chosen rule gives one role."""

    to: str
    add_rate: Rate | None = None
    multiply: Rate | None = None


class CommissionRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a commission rule set. Either `accrue` or `bonus` is given."""

    id: str
    title: str
    position: int
    when: Condition
    title_en: str = ""
    accrue: tuple[Accrue, ...] = ()
    bonus: Bonus | None = None
    from_campaigns: tuple[str, ...] = ()
    """Only lines that a promotion of one of these rule sets discounted; empty: all lines."""
    line: int = 0


class Ceiling(msgspec.Struct, frozen=True):
    """All payees of an order together get at most this share of what the goods cost the buyer (clause A7)."""

    at_most: Rate
    excess: Literal["scale", "refuse"]


class CommissionSet(msgspec.Struct, frozen=True, kw_only=True, tag="commission"):
    """A commission rule set. `vat` says whether a line's own VAT is taken out of the base first."""

    header: Header
    base: CommissionBase
    rounding: Rounding
    remainder: Remainder
    choose: Literal["first", "best", "all", "only"]
    rules: tuple[CommissionRule, ...]
    ceiling: Ceiling | None = None
    vat: Literal["included", "excluded"] = "included"
    sign_off: str = ""
    """Who approved a second level in writing; required by the lint when anything is paid to a referrer."""


RuleSet = PromotionSet | CommissionSet | RegionSet | DividendSet | SettlementSet | LevelSet


def rule_ids(rule_set: RuleSet) -> list[str]:
    """The ids of the rules of a set in their order; none where a kind has no rules."""
    return (
        [rule.id for rule in rule_set.rules] if isinstance(rule_set, PromotionSet | CommissionSet | RegionSet) else []
    )
