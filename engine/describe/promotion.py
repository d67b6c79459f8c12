"""A promotion rule set in words: its policies as far as they matter, and each rule with its bounds."""

from collections.abc import Iterable, Iterator

from engine.conditions import ALWAYS
from engine.describe.benefit import say_benefit_in_full
from engine.describe.condition import say_condition
from engine.describe.policy import REMAINDER, ROUNDING, matters
from engine.describe.values import NO_NAMES, Names, Words, joined, say_count, say_money, spaced
from engine.ruleset import AmountBasis, Limit, Promotion, PromotionSet, Spend

_TAKEN_OF = {"base": Words("折扣", "percentages"), "threshold_on": Words("门槛", "thresholds")}
_BASIS = {
    "original": Words("原价", "the list price"),
    "running": Words("前面优惠后的价格", "what earlier discounts leave"),
}
_RETURN = {
    "keep_share": Words("部分退货时各件按实付退款", "a partial return refunds what was paid for each piece"),
    "retest_threshold": Words(
        "部分退货后按留下的商品重算优惠，多给的从退款中扣下",
        "a partial return recomputes the discount on what is kept, and the refund is less by what was too much",
    ),
}
_DISCOUNT_ON = {
    "group": Words("成组优惠摊到组内每一件", "a group's discount is spread over all of its pieces"),
    "targets": Words("成组优惠只摊到受惠的那几件", "a group's discount falls on the pieces that earn it"),
}
_FUNDED_BY = {
    "merchant": Words("优惠由商家承担", "the merchant bears the discount"),
    "platform": Words("优惠由平台承担", "the platform bears the discount"),
}
_STACKING = {
    "competing": Words("与其他优惠择优", "competes with other promotions, the best choice stands"),
    "combinable": Words("可与其他优惠叠加", "adds to other promotions"),
    "exclusive": Words("不与其他优惠同享", "cannot be combined with any other promotion"),
}
_PER = {
    "total": Words("全场共", "in all"),
    "buyer": Words("每人", "per buyer"),
    "store": Words("每店", "per store"),
}
_PERIOD = {
    "ever": Words("", ""),
    "day": Words("每天", " and day"),
    "week": Words("每周", " and week"),
    "month": Words("每月", " and month"),
}


def describe_promotion_set(rule_set: PromotionSet, names: Names = NO_NAMES) -> Iterator[Words]:
    """The rules of the set in their order, then its policies."""
    for rule in rule_set.rules:
        yield describe_promotion(rule, names)
    yield joined(_policies(rule_set), "；", "; ")


def _policies(rule_set: PromotionSet) -> Iterable[Words]:
    if matters(rule_set, "funded_by"):
        yield _FUNDED_BY[rule_set.funded_by]
    subjects = [said for policy, said in _TAKEN_OF.items() if matters(rule_set, policy)]
    if len(subjects) == 2 and rule_set.base == rule_set.threshold_on:
        yield _amount_basis(joined(subjects, "和", " and "), rule_set.base)
    else:
        yield from (
            _amount_basis(_TAKEN_OF[one], getattr(rule_set, one)) for one in _TAKEN_OF if matters(rule_set, one)
        )
    if matters(rule_set, "discount_on"):
        yield _DISCOUNT_ON[rule_set.discount_on]
    if matters(rule_set, "on_partial_return"):
        yield _RETURN[rule_set.on_partial_return]
    if matters(rule_set, "rounding"):
        yield ROUNDING[rule_set.rounding]
    if matters(rule_set, "remainder"):
        yield REMAINDER[rule_set.remainder]


def _amount_basis(subject: Words, basis: AmountBasis) -> Words:
    of = _BASIS[basis]
    return Words(f"{subject.zh}按{of.zh}算", f"{subject.en} count {of.en}")


def describe_promotion(rule: Promotion, names: Names = NO_NAMES) -> Words:
    """One rule: what it gives, on what, and its bounds."""
    given = joined([say_benefit_in_full(one, names) for one in rule.benefits], "；另", "; and ")
    said = joined([given, *_bounds(rule, names)], "；", "; ")
    return Words(f"「{rule.title}」：{said.zh}", f"“{rule.title_en or rule.title}”: {said.en}")


def _bounds(rule: Promotion, names: Names) -> Iterable[Words]:
    if rule.when != ALWAYS:
        when = say_condition(rule.when, names)
        yield Words(f"仅限{when.zh}", f"only where {when.en}")
    if rule.spend is not None:
        yield _spend(rule.spend, names)
    if rule.only_undiscounted:
        yield Words("只对此前没有优惠的商品", "only goods that nothing has discounted before")
    if rule.at_most_fen is not None:
        most = say_money(rule.at_most_fen, names)
        yield Words(spaced("每单最多优惠", most.zh), f"at most {most.en} off an order")
    yield from (_limit(limit, names) for limit in rule.limits)
    if rule.budget is not None:
        amount = say_money(rule.budget.amount_fen, names)
        at_edge = {
            "refuse": Words("余额不够一单时这一单不给", "an order that would exceed it gets nothing"),
            "part": Words("最后一单给到用完为止", "the last order gets what is left"),
        }[rule.budget.at_edge]
        yield Words(f"{spaced('预算', amount.zh)}，{at_edge.zh}", f"a budget of {amount.en}, {at_edge.en}")
    if rule.limits or rule.budget is not None:
        yield _given_back(rule)
    yield _STACKING[rule.stacking]
    if rule.priority:
        yield Words(
            f"优先级 {rule.priority}（默认 0，数小的在先）",
            f"priority {rule.priority} (lower goes first, 0 unless given)",
        )


def _spend(spend: Spend, names: Names) -> Words:
    if spend.measure == "units":
        count = say_count(spend.at_least, names)
        return Words(spaced(spaced("须买满", count.zh), "件"), f"at least {count.en} of them must be bought")
    amount = say_money(spend.at_least, names)
    return Words(spaced("须买满", amount.zh), f"at least {amount.en} of them must be bought")


def _limit(limit: Limit, names: Names) -> Words:
    count, per, period = say_count(limit.uses, names), _PER[limit.per], _PERIOD[limit.period]
    times = "use" if limit.uses == 1 else "uses"
    said = f"{per.en}{period.en}" if limit.per != "total" else f"in all{period.en.replace(' and', ' each')}"
    return Words(
        spaced(spaced(f"{per.zh}{period.zh}限用", count.zh), "次"),
        f"at most {count.en} {times} {said}",
    )


def _given_back(rule: Promotion) -> Words:
    counted = [Words("次数", "uses")] if rule.limits else []
    if rule.budget is not None:
        counted.append(Words("预算", "budget"))
    said = joined(counted, "和", " and ")
    if rule.on_cancel == "give_back":
        return Words(f"订单取消退回{said.zh}", f"a cancelled order gives its {said.en} back")
    return Words(f"订单取消不退回{said.zh}", f"a cancelled order does not give its {said.en} back")
