"""The closed vocabulary of facts that a condition may name: type, unit, meaning, allowed values.

The JSON Schema, the documentation page and the "did you mean" of the builder are all drawn from this table.
`order` facts are the same for all lines of an event; `line` facts belong to one line; `holder` facts belong to one
holder of a pool, and only dividend rule sets name them.
"""

from typing import Literal

import msgspec

FactType = Literal[
    "text",
    "texts",
    "path",
    "paths",
    "region",
    "money",
    "integer",
    "rate",
    "boolean",
    "time",
    "date",
    "weekday",
    "lunar",
]
Half = Literal["order", "line", "holder"]


class Fact(msgspec.Struct, frozen=True):
    """One fact. `texts` and `paths` are sets; `values` lists what is allowed, empty when open."""

    name: str
    type: FactType
    half: Half
    title_zh: str
    title_en: str
    values: tuple[str, ...] = ()
    catalogue: bool = False
    """Whether a catalogue price may depend on it: known for a price list, without a basket."""


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS = (
    "new_year",
    "spring_festival",
    "tomb_sweeping",
    "labour_day",
    "dragon_boat",
    "national_day",
    "mid_autumn",
)
CHANNELS = ("mini_program", "live", "short_video", "group_share", "store", "search")
DAY_KINDS = ("workday", "weekend", "holiday", "makeup_workday")

_ALL = (
    # order
    Fact("order.channel", "text", "order", "成交渠道", "sales channel", CHANNELS, catalogue=True),
    Fact("order.list_total", "money", "order", "商品原价合计", "list total of the goods"),
    Fact("order.units", "integer", "order", "商品总件数", "units in the basket"),
    Fact("order.line_count", "integer", "order", "商品行数", "lines in the basket"),
    Fact("order.skus", "texts", "order", "购物车含有的规格", "SKUs the basket contains"),
    Fact("order.categories", "paths", "order", "购物车含有的类目", "categories the basket contains"),
    Fact("order.tags", "texts", "order", "购物车含有的商品标签", "goods tags the basket contains"),
    Fact("order.coupons", "texts", "order", "使用的优惠码", "coupon codes given"),
    Fact("order.region", "region", "order", "收货地区", "delivery region (GB/T 2260)"),
    Fact("order.delivery", "text", "order", "配送方式", "how it is delivered", ("delivery", "pickup")),
    Fact("order.delivery_fee", "money", "order", "配送费", "delivery fee before promotions"),
    Fact("store.id", "text", "order", "门店", "store", catalogue=True),
    Fact("store.region", "region", "order", "门店地区", "region of the store (GB/T 2260)", catalogue=True),
    Fact("store.tags", "texts", "order", "门店标签", "tags of the store", catalogue=True),
    Fact("buyer.id", "text", "order", "买家", "buyer", catalogue=True),
    Fact("buyer.level", "text", "order", "会员等级", "member level", catalogue=True),
    Fact("buyer.tags", "texts", "order", "买家标签", "tags of the buyer", catalogue=True),
    Fact("buyer.is_new", "boolean", "order", "新客", "first purchase", catalogue=True),
    Fact("buyer.nth_order", "integer", "order", "第几笔有效订单", "the buyer's n-th valid order"),
    Fact("buyer.region", "region", "order", "买家地区", "home region of the buyer", catalogue=True),
    Fact("promoter.id", "text", "order", "推广员", "promoter"),
    Fact("promoter.level", "text", "order", "推广员等级", "level of the promoter"),
    Fact("promoter.tags", "texts", "order", "推广员标签", "tags of the promoter"),
    Fact("promoter.region", "region", "order", "推广员地区", "region of the promoter"),
    Fact("promoter.period_sales", "money", "order", "推广员本期业绩", "the promoter's own period sales so far"),
    Fact("promoter.repeat_rate", "rate", "order", "推广员的复购率", "part of the promoter's buyers who came again"),
    Fact("promoter.refund_rate", "rate", "order", "推广员的退款率", "part of the promoter's sales that was refunded"),
    Fact("referrer.level", "text", "order", "上级等级", "level of the referrer"),
    Fact("referrer.period_sales", "money", "order", "上级本期业绩", "the referrer's own period sales so far"),
    Fact("leader.id", "text", "order", "团长", "group leader"),
    Fact("leader.level", "text", "order", "团长等级", "level of the group leader"),
    Fact("leader.period_sales", "money", "order", "团长本期业绩", "the leader's own period sales so far"),
    Fact("host.id", "text", "order", "主播", "live host"),
    Fact("host.level", "text", "order", "主播等级", "level of the live host"),
    Fact("host.tags", "texts", "order", "主播标签", "tags of the live host"),
    Fact("host.period_sales", "money", "order", "主播本期业绩", "the host's own period sales so far"),
    # clock, Asia/Shanghai
    Fact("clock.time", "time", "order", "时刻", "time of day, Asia/Shanghai", catalogue=True),
    Fact("clock.weekday", "weekday", "order", "星期", "day of the week", WEEKDAYS, catalogue=True),
    Fact("clock.date", "date", "order", "日期", "calendar date", catalogue=True),
    Fact("clock.lunar", "lunar", "order", "农历日期", "lunar month and day", catalogue=True),
    Fact("clock.holiday", "text", "order", "法定节假日", "public holiday", HOLIDAYS, catalogue=True),
    Fact("clock.day_kind", "text", "order", "日子类型", "kind of day", DAY_KINDS, catalogue=True),
    # line
    Fact("line.sku", "text", "line", "规格", "SKU", catalogue=True),
    Fact("line.product", "text", "line", "商品", "product", catalogue=True),
    Fact("line.category", "path", "line", "类目", "category path", catalogue=True),
    Fact("line.tags", "texts", "line", "商品标签", "tags of the goods", catalogue=True),
    Fact("line.merchant", "text", "line", "商家", "merchant", catalogue=True),
    Fact("line.own_goods", "boolean", "line", "自有商品", "own goods of the payee's merchant", catalogue=True),
    Fact("line.unit_price", "money", "line", "单价(原价)", "list price per unit", catalogue=True),
    Fact("line.quantity", "integer", "line", "数量", "units on the line"),
    Fact("line.stock", "integer", "line", "库存", "units in stock", catalogue=True),
    Fact("line.days_to_expiry", "integer", "line", "距保质期天数", "days to expiry", catalogue=True),
)

VOCABULARY: dict[str, Fact] = {fact.name: fact for fact in _ALL}

_OF_HOLDERS = (
    Fact("holder.level", "text", "holder", "等级", "level"),
    Fact("holder.region", "region", "holder", "地区", "region (GB/T 2260)"),
    Fact("holder.months", "integer", "holder", "加入满几个月", "whole months since joining"),
    Fact("holder.own_sales", "money", "holder", "本期本人已完成业绩", "own delivered sales of the period"),
    Fact(
        "holder.sales_points", "integer", "holder", "本期本人业绩积分", "points for own delivered sales of the period"
    ),
)
HOLDER_VOCABULARY: dict[str, Fact] = {fact.name.removeprefix("holder."): fact for fact in _OF_HOLDERS}
"""By the key that a dividend rule set writes. Nothing here counts heads, payments to join, or what others sell."""

CLOCK_EVE = {f"clock.{day}": f"clock.eve.{day}" for day in ("weekday", "date", "lunar", "holiday", "day_kind")}
"""Day facts of the day before: the builder uses them for windows that cross midnight; rule sets cannot name them."""

BASIS_POINTS = 10_000
"""A whole, as facts of type `rate` count it: hundredths of a percent."""

INTEGER_TYPES = frozenset({"money", "integer", "rate", "time", "date", "lunar"})


def fact_of(name: str) -> Fact:
    """The vocabulary entry of a fact, including the hidden `clock.eve.*` ones. Raises KeyError for an unknown name."""
    if name.startswith("clock.eve."):
        return VOCABULARY["clock." + name.removeprefix("clock.eve.")]
    if name.startswith("holder."):
        return HOLDER_VOCABULARY[name.removeprefix("holder.")]
    return VOCABULARY[name]
