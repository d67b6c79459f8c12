"""A dividend rule set in words: what funds the pool, who shares it, and by which weight."""

from collections.abc import Iterable, Iterator

from engine.conditions import ALWAYS
from engine.describe.condition import say_condition
from engine.describe.fact import say_fact
from engine.describe.period import say_period
from engine.describe.policy import ROUNDING
from engine.describe.values import Names, Words, joined, say_rate
from engine.dividend_set import Cap, DividendSet, Fund, WeightClass

_OF = {
    "paid_goods": Words("商品实付", "what is paid for the goods"),
    "list": Words("商品原价", "the list price of the goods"),
    "margin": Words("商品毛利（实付减成本）", "the margin (what is paid less the cost)"),
}
_EXCESS = {
    "others": Words("超出部分分给其他人", "what is above it goes to the others"),
    "carry": Words("超出部分留到下期", "what is above it is carried over"),
}
_LEAVING = {
    "keep": Words(
        "本期没有份的人，此前不足一分的零头给他留着",
        "the fraction of a fen owed to somebody without a share this time waits for them",
    ),
    "give_back": Words(
        "本期没有份的人，此前不足一分的零头退回池中",
        "the fraction of a fen owed to somebody without a share this time goes back to the pool",
    ),
}


def describe_dividend_set(rule_set: DividendSet, names: Names) -> Iterator[Words]:
    """What comes in, then how it is shared."""
    yield _fund(rule_set.fund, names)
    period, who = say_period(rule_set.period), say_condition(rule_set.holders, names)
    if rule_set.holders == ALWAYS:
        holders = Words("所有人都有份", "everybody")
    else:
        holders = Words(f"参加的人须满足：{who.zh}", f"those for whom this holds: {who.en}")
    yield Words(f"{period.zh}分一次，{holders.zh}", f"it is shared out once {period.en} among {holders.en}")
    weight = _weight(rule_set.weight, names)
    yield joined([weight, *_cap(rule_set.cap, names), _LEAVING[rule_set.leaving]], "；", "; ")


def _fund(fund: Fund, names: Names) -> Words:
    rate, of, rounding = say_rate(fund.rate, names), _OF[fund.of], ROUNDING[fund.rounding]
    said = [
        Words(f"每笔销售按{of.zh}的 {rate.zh} 计入分红池", f"every sale puts {rate.en} of {of.en} into the pool"),
        rounding,
    ]
    if fund.when != ALWAYS:
        when = say_condition(fund.when, names)
        said.insert(1, Words(f"仅限{when.zh}", f"only where {when.en}"))
    return joined(said, "；", "; ")


def _weight(weight: str | tuple[WeightClass, ...], names: Names) -> Words:
    if weight == "equal":
        return Words("人人均分", "in equal shares")
    if isinstance(weight, str):
        fact = say_fact(f"holder.{weight}")
        return Words(f"按{fact.zh}的多少分", f"in proportion to {fact.en}")
    classes = joined((_class(one, names) for one in weight), "、", ", ")
    return Words(f"按份数分，取最前一条符合的：{classes.zh}", f"by weights, the first that holds: {classes.en}")


def _class(one: WeightClass, names: Names) -> Words:
    when = say_condition(one.when, names)
    return Words(f"{when.zh}的 {one.weight} 份", f"{one.weight} where {when.en}")


def _cap(cap: Cap | None, names: Names) -> Iterable[Words]:
    if cap is not None:
        most, excess = say_rate(cap.at_most, names), _EXCESS[cap.excess]
        yield Words(
            f"一人最多得一期的 {most.zh}，{excess.zh}", f"nobody gets more than {most.en} of a period, {excess.en}"
        )
