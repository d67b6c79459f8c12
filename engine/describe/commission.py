"""A commission rule set in words: what it is taken of, which rule pays, and what each payee gets of it."""

from collections.abc import Iterable, Iterator

from engine.conditions import ALWAYS
from engine.describe.condition import say_condition
from engine.describe.fact import say_fact
from engine.describe.policy import COMMISSION_BASE, REMAINDER, ROUNDING, VAT_TAKEN_OUT, matters
from engine.describe.values import NO_NAMES, Names, Words, either, joined, say_count, say_money, say_rate, spaced
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionRule, CommissionSet, CommissionTiers, TierStep
from engine.vocabulary import VOCABULARY

_CHOOSE = {
    "first": Words("每行商品只按最前一条符合的规则计佣", "on each line the first rule that holds pays"),
    "best": Words("每行商品按佣金最高的一条规则计佣", "on each line the rule that pays most pays"),
    "all": Words("每行商品按所有符合的规则分别计佣", "on each line every rule that holds pays"),
    "only": Words(
        "每行商品只许一条规则符合，两条都符合就不计佣", "of each line only one rule may hold, two at once pay nothing"
    ),
}
_EXCESS = {
    "scale": Words("超出时各方按比例减", "beyond that all of them are scaled down"),
    "refuse": Words(
        "按推广员、上级、团长、主播、合作方、区域代理、资金池的次序发，发不下的一笔和其后的都不发",
        "promoters, referrers, leaders, hosts, partners, regional agents and pools are served in turn until one does "
        "not fit; that one and all later ones get nothing",
    ),
}
_PAYEES = {
    "promoter": Words("推广员", "the promoter"),
    "referrer": Words("上级", "the referrer"),
    "leader": Words("团长", "the group leader"),
    "host": Words("主播", "the host of the live stream"),
    "partner": Words("合作方", "the partner"),
}
_IF_ABSENT = {
    "nobody": Words("缺席的一份谁也不给", "nobody gets the part of one who is absent"),
    "others": Words("缺席的一份归其他各方", "the others get the part of one who is absent"),
}
_PER = {"unit": Words("每件", " per unit"), "line": Words("每行", " per line"), "order": Words("每单", " per order")}


def describe_commission_set(rule_set: CommissionSet, names: Names = NO_NAMES) -> Iterator[Words]:
    """The policies of the set, then its rules in their order, numbered."""
    yield joined(_policies(rule_set, names), "；", "; ")
    for at, rule in enumerate(rule_set.rules, start=1):
        said = describe_commission_rule(rule, names)
        yield Words(f"{at}. {said.zh}", f"{at}. {said.en}")


def _policies(rule_set: CommissionSet, names: Names) -> Iterable[Words]:
    yield COMMISSION_BASE[rule_set.base]
    if rule_set.vat == "excluded":
        yield VAT_TAKEN_OUT
    if matters(rule_set, "choose"):
        yield _CHOOSE[rule_set.choose]
    if rule_set.ceiling is not None:
        yield _ceiling(rule_set.ceiling, names)
    if matters(rule_set, "rounding"):
        yield ROUNDING[rule_set.rounding]
    if matters(rule_set, "remainder"):
        yield REMAINDER[rule_set.remainder]
    if rule_set.sign_off:
        yield Words(f"批准：{rule_set.sign_off}", f"signed off: {rule_set.sign_off}")


def _ceiling(ceiling: Ceiling, names: Names) -> Words:
    most, excess = say_rate(ceiling.at_most, names), _EXCESS[ceiling.excess]
    return Words(
        f"一单所有佣金合计不超过商品实付的 {most.zh}，{excess.zh}",
        f"all commissions of an order together are at most {most.en} of what is paid for the goods, {excess.en}",
    )


def describe_commission_rule(rule: CommissionRule, names: Names = NO_NAMES) -> Words:
    """One rule: who gets what, and on what."""
    given = (
        _bonus(rule.bonus, names) if rule.bonus else joined((_accrue(one, names) for one in rule.accrue), "；", "; ")
    )
    said = joined([given, *_scope(rule, names)], "；", "; ")
    return Words(f"「{rule.title}」：{said.zh}", f"“{rule.title_en or rule.title}”: {said.en}")


def _scope(rule: CommissionRule, names: Names) -> Iterable[Words]:
    if rule.when != ALWAYS:
        when = say_condition(rule.when, names)
        yield Words(f"仅限{when.zh}", f"only where {when.en}")
    if rule.from_campaigns:
        campaigns = either([Words(name, name) for name in rule.from_campaigns])
        yield Words(
            f"{spaced(spaced('只对活动', campaigns.zh), '优惠过的商品')}", f"only goods that {campaigns.en} discounted"
        )


def _payee(to: str) -> Words:
    if to in _PAYEES:
        return _PAYEES[to]
    name = to.removeprefix("pool:")
    return Words(f"资金池 {name} ", f"the pool {name}")


def _payees(accrue: Accrue, names: Names) -> Words:
    """Who is paid; of several, the part of each and who has the part of one who may not earn."""
    if not accrue.split:
        return _payee(accrue.to)
    parts: list[Words] = []
    for part in accrue.split:
        payee, share = _payee(part.to), say_rate(part.share, names)
        parts.append(Words(spaced(f"{payee.zh}占", share.zh), f"{payee.en} with {share.en}"))
    said, absent = joined(parts, "、", ", "), _IF_ABSENT[accrue.if_absent]
    return Words(f"几方合分（{said.zh}；{absent.zh}）", f"several together ({said.en}; {absent.en})")


def _accrue(accrue: Accrue, names: Names) -> Words:
    payee, amount = _payees(accrue, names), _amount(accrue, names)
    bounds = list(_bounds(accrue, names))
    limit = joined(bounds, "，", ", ")
    zh, en = (f"，{limit.zh}", f", {limit.en}") if bounds else ("", "")
    if accrue.sku_figure:
        figure = Words("得商品自带的单品佣金（为零也算）", "gets the figure that the goods carry (zero counts too)")
        rest = Words(f"，没有的{amount.zh}", f", or else {amount.en}") if amount.zh else Words("", "")
        return Words(f"{payee.zh}{figure.zh}{rest.zh}{zh}", f"{payee.en} {figure.en}{rest.en}{en}")
    return Words(f"{spaced(payee.zh, amount.zh)}{zh}", f"{payee.en} gets {amount.en}{en}")


def _amount(accrue: Accrue, names: Names) -> Words:
    if accrue.tiers is not None:
        return _tiers(accrue.tiers, names)
    parts: list[Words] = []
    if accrue.rate is not None:
        rate = say_rate(accrue.rate, names)
        nothing = accrue.rate.num == 0 and accrue.amount_fen is None
        parts.append(Words("不得佣金（0%）", "nothing (0%)") if nothing else Words(spaced("得", rate.zh), rate.en))
    if accrue.amount_fen is not None:
        amount, per = say_money(accrue.amount_fen, names), _PER[accrue.per]
        parts.append(Words(spaced(f"{per.zh}得", amount.zh), f"{amount.en}{per.en}"))
    return joined(parts, "，另", " and ")


def _bounds(accrue: Accrue, names: Names) -> Iterable[Words]:
    if accrue.floor_fen is not None:
        floor = say_money(accrue.floor_fen, names)
        yield Words(spaced("每行至少", floor.zh), f"at least {floor.en} per line")
    if accrue.cap_fen is not None:
        cap = say_money(accrue.cap_fen, names)
        yield Words(spaced("每行最多", cap.zh), f"at most {cap.en} per line")


def _tiers(tiers: CommissionTiers, names: Names) -> Words:
    metric = _metric(tiers.metric)
    mode = Words("累进", "slice by slice") if tiers.mode == "marginal" else Words("分档", "by tiers")
    ends = (*(step.at_least for step in tiers.steps[1:]), None)
    told = (_step(tiers, step, end, names) for step, end in zip(tiers.steps, ends, strict=True))
    steps = joined(told, "、", ", ")
    return Words(f"按{metric.zh}{mode.zh}：{steps.zh}", f"{mode.en} of {metric.en}: {steps.en}")


def _metric(metric: str) -> Words:
    match metric:
        case "line":
            return Words("本行金额", "the amount of the line")
        case "order":
            return Words("本单这些商品的合计金额", "the amount of all these goods of the order")
    return say_fact(metric)


def _step(tiers: CommissionTiers, step: TierStep, end: int | None, names: Names) -> Words:
    money = tiers.metric in ("line", "order") or VOCABULARY[tiers.metric].type == "money"
    at = say_money(step.at_least, names) if money else say_count(step.at_least, names)
    given = _step_gives(tiers, step, names)
    if tiers.mode == "marginal" and end is not None:
        most = say_money(end, names)
        return Words(
            spaced(f"{at.zh}到 {most.zh}的部分", given.zh), f"{given.en} of what is between {at.en} and {most.en}"
        )
    if tiers.mode == "marginal":
        return Words(spaced(f"{at.zh}以上的部分", given.zh), f"{given.en} of what is above {at.en}")
    return Words(spaced(f"{spaced('满', at.zh)}得", given.zh), f"{given.en} from {at.en} on")


def _step_gives(tiers: CommissionTiers, step: TierStep, names: Names) -> Words:
    if step.rate is not None:
        return say_rate(step.rate, names)
    amount = say_money(step.amount_fen or 0, names)
    by_line = tiers.metric.startswith("line")
    return Words(f"{'每行' if by_line else '合计'} {amount.zh}", f"{amount.en} {'per line' if by_line else 'in all'}")


def _bonus(bonus: Bonus, names: Names) -> Words:
    payee = _payee(bonus.to)
    if bonus.add_rate is not None:
        rate = say_rate(bonus.add_rate, names)
        return Words(
            spaced(f"加成：{payee.zh}的比率再加", rate.zh), f"a bonus: {rate.en} on top of the rate of {payee.en}"
        )
    assert bonus.multiply is not None
    times = say_rate(bonus.multiply, names)
    return Words(spaced(f"加成：{payee.zh}的比率乘以", times.zh), f"a bonus: the rate of {payee.en} times {times.en}")
