"""Reviews and growth paths in words, in Chinese and English: what was found, what it did, what is still missing.

A percentage is shown with two decimals at most, a refund rate rounded up and a repeat rate down, so that what is shown
never looks better than it is; the comparison itself is exact.
"""

from engine.describe.values import Words, joined, say_money
from engine.level.growth import missing
from engine.level.level_figures import Figures
from engine.level.levels import Check, Review
from engine.level_set import Level, LevelSet, Measure, Requirement
from engine.money import Rate
from engine.vocabulary import BASIS_POINTS

MEASURE_WORDS: dict[Measure, Words] = {
    "sales": Words("已送达销售额", "delivered sales"),
    "orders": Words("已送达订单", "delivered orders"),
    "refund_rate": Words("退款率", "refund rate"),
    "repeat_rate": Words("复购率", "repeat rate"),
}
CHANGE_WORDS = {
    "promoted": Words("升级", "promoted"),
    "kept": Words("保持", "kept"),
    "on_probation": Words("未达保级，在观察期内，不降级", "keep was missed on probation: the level stays"),
    "in_grace": Words("未达保级，在宽限期内，不降级", "keep was missed in grace: the level stays"),
    "demoted": Words("降级", "demoted"),
    "reviewed_before": Words("本期已评审，不变", "reviewed before: nothing changes"),
}


def level_named(level_set: LevelSet, level: str) -> Level:
    """The level with this id. Raises LookupError when the set has none."""
    return next(one for one in level_set.levels if one.id == level)


def say_change(level_set: LevelSet, review: Review) -> Words:
    """`银牌 → 金牌 升级`."""
    before, after = (level_named(level_set, one.level) for one in (review.before, review.after))
    done = CHANGE_WORDS[review.change]
    return Words(f"{before.title} → {after.title} {done.zh}", f"{before.said_en} → {after.said_en}, {done.en}")


def say_check(check: Check) -> Words:
    """`退款率 6% ≤ 10% ✓`."""
    name, bound = MEASURE_WORDS[check.measure], _figure(check.measure, check.bound)
    sign = "≤" if check.measure == "refund_rate" else "≥"
    if check.now is None:
        return Words(f"{name.zh}未知 (需 {sign} {bound.zh}) ✗", f"{name.en} unknown ({sign} {bound.en} needed) ✗")
    now = _figure(check.measure, check.now)
    mark = "✓" if check.holds else "✗"
    needed = sign if check.holds else {"≤": ">", "≥": "<"}[sign]
    return Words(f"{name.zh} {now.zh} {needed} {bound.zh} {mark}", f"{name.en} {now.en} {needed} {bound.en} {mark}")


def say_missing(requirement: Requirement, figures: Figures) -> Words:
    """What figures lack, measure by measure; empty when they lack nothing."""
    said = [_lacking(measure, requirement, figures) for measure in requirement.asks()]
    return joined([one for one in said if one is not None], "；", "; ")


def _lacking(measure: Measure, requirement: Requirement, figures: Figures) -> Words | None:
    alone = _only(measure, requirement)
    lacks = missing(alone, figures)
    sales = say_money(lacks.sales_fen)
    match measure:
        case "sales" if lacks.sales_fen:
            return Words(f"再成交 {sales.zh}", f"{sales.en} more of delivered sales")
        case "orders" if lacks.orders:
            plural = "" if lacks.orders == 1 else "s"
            return Words(f"再送达 {lacks.orders} 单", f"{lacks.orders} more delivered order{plural}")
        case "refund_rate" if lacks.beyond_reach:
            return Words("退款率须为零，窗口内已有退款", "no refund is allowed, and the window has one")
        case "refund_rate" if figures.refund_rate is None:
            return Words("先有已送达的销售，才有退款率", "a first delivered sale, for there is no refund rate yet")
        case "refund_rate" if lacks.sales_fen:
            points = _points(figures.refund_rate, requirement.refund_rate)
            return Words(
                f"退款率再降 {points} 个百分点 (再成交 {sales.zh}且不退款即可)",
                f"a refund rate {points} points lower ({sales.en} more without a refund will do)",
            )
        case "repeat_rate" if lacks.repeat_buyers:
            points = _points(requirement.repeat_rate, figures.repeat_rate)
            return Words(
                f"复购率再升 {points} 个百分点 (再有 {lacks.repeat_buyers} 位买家复购即可)",
                f"a repeat rate {points} points higher ({lacks.repeat_buyers} more of the buyers coming again will do)",
            )
    return None


def _only(measure: Measure, requirement: Requirement) -> Requirement:
    match measure:
        case "sales":
            return Requirement(sales_fen=requirement.sales_fen)
        case "orders":
            return Requirement(orders=requirement.orders)
        case "refund_rate":
            return Requirement(refund_rate=requirement.refund_rate)
        case "repeat_rate":
            return Requirement(repeat_rate=requirement.repeat_rate)


def _figure(measure: Measure, value: int | Rate) -> Words:
    if isinstance(value, Rate):
        text = percent(value, up=measure == "refund_rate")
        return Words(text, text)
    return say_money(value) if measure == "sales" else Words(f"{value} 单", str(value))


def percent(rate: Rate, *, up: bool) -> str:
    """A rate as a percentage with two decimals at most, rounded up or down."""
    points = -(-rate.num * BASIS_POINTS // rate.den) if up else rate.num * BASIS_POINTS // rate.den
    return str(Rate(points, BASIS_POINTS))


def _points(more: Rate | None, less: Rate | None) -> str:
    """By how many percentage points one rate is above another, an unknown one being nothing; rounded up."""
    more, less = more or Rate(0), less or Rate(0)
    difference = Rate(more.num * less.den - less.num * more.den, more.den * less.den)
    return percent(difference, up=True).removesuffix("%")
