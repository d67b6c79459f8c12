"""Policies that rule sets of several kinds share, in words; and whether a policy matters to a rule set at all."""

from typing import get_args

from engine.describe.values import Words
from engine.money import Remainder, Rounding
from engine.mutation.equivalent import why_equivalent
from engine.ruleset import CommissionSet, PromotionSet

ROUNDING: dict[Rounding, Words] = {
    "half_up": Words("四舍五入到分", "fen are rounded half up"),
    "half_even": Words("四舍六入五成双到分", "fen are rounded half to even"),
    "half_down": Words("五舍六入到分", "fen are rounded half down"),
    "up": Words("不足一分进一分", "fen are rounded up"),
    "down": Words("不足一分舍去", "fen are rounded down"),
}
REMAINDER: dict[Remainder, Words] = {
    "first": Words("分摊不尽的零头给最前的", "odd fen of a split go to the first"),
    "last": Words("分摊不尽的零头给最后的", "odd fen of a split go to the last"),
    "largest": Words("分摊不尽的零头给小数部分最大的", "odd fen of a split go to the largest fraction"),
}

COMMISSION_BASE: dict[str, Words] = {
    "paid_goods": Words("按商品实付金额计佣", "commissions are taken of what is paid for the goods"),
    "list": Words("按商品原价计佣", "commissions are taken of the list price of the goods"),
    "margin": Words("按商品毛利（实付减成本）计佣", "commissions are taken of the margin (what is paid less the cost)"),
    "delivery_fee": Words("按配送费计佣", "commissions are taken of the delivery fee"),
}
VAT_TAKEN_OUT = Words("先扣除商品本身的增值税", "the VAT of the goods is taken out first")


def matters(rule_set: PromotionSet | CommissionSet, policy: str) -> bool:
    """Whether another word for a policy could change anything: else nobody need hear of it."""
    written, words = getattr(rule_set, policy), get_args(type(rule_set).__annotations__[policy])
    return not all(why_equivalent(rule_set, policy, written, word) for word in words if word != written)
