"""Facts and tests of facts in words: short phrases, each with its negation."""

from engine.conditions import Test
from engine.describe.values import NO_NAMES, Names, Words, either, say_value, say_weekdays, spaced
from engine.vocabulary import FactType, fact_of

_SUBJECTS = {
    "order.region": Words("收货地区", "the delivery region"),
    "order.delivery": Words("配送方式", "the way of delivery"),
    "order.units": Words("商品总件数", "the number of units in the basket"),
    "order.line_count": Words("商品行数", "the number of lines in the basket"),
    "store.region": Words("门店地区", "the region of the store"),
    "buyer.region": Words("买家地区", "the home region of the buyer"),
    "buyer.nth_order": Words("买家有效订单的序号", "the number of the buyer's valid order"),
    "promoter.region": Words("推广员地区", "the region of the promoter"),
    "promoter.repeat_rate": Words("推广员的复购率", "the promoter's repeat-purchase rate"),
    "promoter.refund_rate": Words("推广员的退款率", "the promoter's refund rate"),
    "promoter.period_sales": Words("推广员本期业绩", "the promoter's own sales of the period so far"),
    "referrer.period_sales": Words("上级本期业绩", "the referrer's own sales of the period so far"),
    "leader.period_sales": Words("团长本期业绩", "the leader's own sales of the period so far"),
    "host.period_sales": Words("主播本期业绩", "the host's own sales of the period so far"),
    "clock.time": Words("时刻", "the time of day"),
    "holder.level": Words("等级", "the level"),
    "holder.region": Words("地区", "the region"),
    "holder.months": Words("加入的整月数", "the number of whole months since joining"),
    "holder.own_sales": Words("本期本人已完成业绩", "the amount of own delivered sales of the period"),
    "holder.sales_points": Words("本期本人业绩积分", "the number of points for own delivered sales of the period"),
    "line.category": Words("类目", "the category"),
    "line.quantity": Words("本行数量", "the number of units on the line"),
    "line.stock": Words("库存", "the number of units in stock"),
    "line.days_to_expiry": Words("距保质期天数", "the number of days to expiry"),
    "line.unit_price": Words("原价单价", "the list price per unit"),
}
"""Where the title of the vocabulary is a heading rather than what one would say."""

_IS: dict[FactType, Words] = {
    "texts": Words("里有", "include"),
    "paths": Words("里恰有", "include exactly"),
    "path": Words("恰为", "is exactly"),
    "region": Words("恰为", "is exactly"),
}
_IS_NOT: dict[FactType, Words] = {
    "texts": Words("里没有", "do not include"),
    "paths": Words("里没有恰为", "do not include exactly"),
    "path": Words("不恰为", "is not exactly"),
    "region": Words("不恰为", "is not exactly"),
}
_AMOUNTS = {
    "at_least": Words("不少于", "is at least"),
    "more_than": Words("多于", "is more than"),
    "at_most": Words("不多于", "is at most"),
    "less_than": Words("少于", "is less than"),
}
_RATES = {
    "at_least": Words("不低于", "is at least"),
    "more_than": Words("高于", "is above"),
    "at_most": Words("不高于", "is at most"),
    "less_than": Words("低于", "is below"),
}
_MOMENTS = {
    "at_least": Words("不早于", "is not before"),
    "more_than": Words("晚于", "is after"),
    "at_most": Words("不晚于", "is not after"),
    "less_than": Words("早于", "is before"),
}
_YES_NO = {
    ("buyer.is_new", True): Words("买家是新客", "the buyer is new"),
    ("buyer.is_new", False): Words("买家不是新客", "the buyer is not new"),
    ("line.own_goods", True): Words("商品是收益人自家的", "the goods are the payee's own"),
    ("line.own_goods", False): Words("商品不是收益人自家的", "the goods are not the payee's own"),
}
_DAYS = ("clock.weekday", "clock.holiday", "clock.day_kind")


def say_test(test: Test, names: Names = NO_NAMES, *, negated: bool = False) -> Words:
    """One test as a phrase, e.g. 类目属于 snack / category path is snack or below; or that it does not hold."""
    fact = fact_of(test.fact)
    eve = test.fact.startswith("clock.eve.")
    if fact.name in _DAYS and test.operator == "in":
        return _say_days(test, names, eve=eve, negated=negated)
    if test.operator == "in" and fact.type == "boolean":
        said = either([_YES_NO[test.fact, value] for value in test.values if isinstance(value, bool)])
        return Words(f"无从确认{said.zh}", f"it is not known that {said.en}") if negated else said
    subject = say_fact(test.fact)
    if test.operator == "exists":
        verbs = Words("没有", "there is no ") if negated else Words("有", "there is a ")
        return Words(f"{verbs.zh}{subject.zh}", f"{verbs.en}{subject.en.removeprefix('the ')}")
    values = names_of(test, names)
    if negated and test.operator not in ("in", "under"):
        said = _compared(test, subject, values)
        return Words(f"并非（{said.zh}）", f"not ({said.en})")
    if test.operator == "under":
        return _under(fact.type, subject, values, negated=negated)
    if test.operator == "in":
        verb = (_IS_NOT if negated else _IS).get(fact.type, Words("不是", "is not") if negated else Words("为", "is"))
        return Words(spaced(f"{subject.zh}{verb.zh}", values.zh), f"{subject.en} {verb.en} {values.en}")
    return _compared(test, subject, values)


def say_fact(name: str) -> Words:
    """A fact as the subject of a sentence."""
    fact = fact_of(name)
    said = _SUBJECTS.get(fact.name) or Words(fact.title_zh, f"the {fact.title_en.removeprefix('the ')}")
    return Words(f"前一天的{said.zh}", f"{said.en} of the day before") if name.startswith("clock.eve.") else said


def names_of(test: Test, names: Names) -> Words:
    """The values of a test; several that have one name together by that name."""
    together = names.get((test.fact, test.values))
    return together or either([say_value(test.fact, value, names) for value in test.values])


def _compared(test: Test, subject: Words, values: Words) -> Words:
    moments = fact_of(test.fact).type in ("time", "date", "lunar")
    verb = (_MOMENTS if moments else _RATES if fact_of(test.fact).type == "rate" else _AMOUNTS)[test.operator]
    return Words(spaced(f"{subject.zh}{verb.zh}", values.zh), f"{subject.en} {verb.en} {values.en}")


def _under(kind: FactType, subject: Words, values: Words, *, negated: bool) -> Words:
    if kind == "paths":
        verb = Words("里没有", "do not include") if negated else Words("里有", "include")
        return Words(f"{spaced(subject.zh + verb.zh, values.zh)}一类的", f"{subject.en} {verb.en} {values.en} or below")
    within = "in {}" if kind == "region" else "{} or below"
    return Words(
        spaced(f"{subject.zh}{'不' if negated else ''}属于", values.zh),
        f"{subject.en} is {'not ' if negated else ''}{within.format(values.en)}",
    )


def _say_days(test: Test, names: Names, *, eve: bool, negated: bool) -> Words:
    """Days by the week, the holidays or what kind of day they are: 逢周五或周六 / it is Friday or Saturday."""
    weekdays = fact_of(test.fact).type == "weekday"
    together = names.get((test.fact, test.values))
    days = together or (say_weekdays(test.values, names) if weekdays else names_of(test, names))
    day = Words("前一天", "the day before is ") if eve else Words("", "it is ")
    verb = "不逢" if negated else "逢"
    return Words(spaced(day.zh + verb, days.zh), f"{day.en}{'not ' if negated else ''}{days.en}")
