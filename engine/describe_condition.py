"""Conditions in words: tests as short phrases, windows of days and times, trees with brackets where they are needed."""

from collections.abc import Iterator, Sequence

from engine.build_condition import on_the_eve
from engine.conditions import All, Any, Condition, Not, Test
from engine.describe_values import (
    NO_NAMES,
    Names,
    Words,
    either,
    joined,
    say_value,
    say_weekdays,
    spaced,
)
from engine.vocabulary import CLOCK_EVE, FactType, fact_of

_SUBJECTS = {
    "order.region": Words("收货地区", "the delivery region"),
    "order.delivery": Words("配送方式", "the way of delivery"),
    "order.units": Words("商品总件数", "the number of units in the basket"),
    "order.line_count": Words("商品行数", "the number of lines in the basket"),
    "store.region": Words("门店地区", "the region of the store"),
    "buyer.region": Words("买家地区", "the home region of the buyer"),
    "buyer.nth_order": Words("买家有效订单的序号", "the number of the buyer's valid order"),
    "promoter.region": Words("推广员地区", "the region of the promoter"),
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
_NEVER = Words("（永不成立）", "(never)")


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
    verb = (_MOMENTS if moments else _AMOUNTS)[test.operator]
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


# --- trees ------------------------------------------------------------------------------------------------------------


def say_condition(condition: Condition, names: Names = NO_NAMES) -> Words:
    """A condition tree as one part of a sentence; `always` reads 任何情况 / always."""
    return _Tree(names, bare_nights=not _has_loose_days(condition)).say(condition)


class _Tree:
    """Says a tree. A window over midnight that names no day is told in short only where no day stands beside it."""

    def __init__(self, names: Names, *, bare_nights: bool) -> None:
        self.names = names
        self.bare_nights = bare_nights

    def say(self, condition: Condition) -> Words:
        match condition:
            case Test():
                return say_test(condition, self.names)
            case Not(Test() as test):
                return say_test(test, self.names, negated=True)
            case Not(part):
                inner = self.say(part)
                return Words(f"并非（{inner.zh}）", f"not ({inner.en})")
            case All(()):
                return Words("任何情况", "always")
            case All(parts):
                return joined(self._windows(parts), "，且", " and ")
            case Any(()):
                return _NEVER
            case Any(parts):
                return self._any(condition, parts)

    def _any(self, condition: Any, parts: Sequence[Condition]) -> Words:
        night = night_of(condition)
        if night is not None and (night[2] or self.bare_nights):
            return self._night(*night)
        inner = joined([self._within(part) for part in parts], "，或", " or ")
        return Words(f"（{inner.zh}）", f"({inner.en})")

    def _within(self, part: Condition) -> Words:
        said = self.say(part)
        several = isinstance(part, All) and len(part.parts) > 1
        return Words(f"（{said.zh}）", f"({said.en})") if several else said

    def _night(self, start: Test, end: Test, days: Sequence[Condition]) -> Words:
        remarks = []
        if days:
            when = joined(self._windows(days), "，且", " and ")
            remarks.append(Words(f"以开始那天为准：{when.zh}", f"the day it begins counts: {when.en}"))
        return self._between(start, end, Words("次日 ", " of the next day"), remarks)

    def _between(self, start: Test, end: Test, day: Words, remarks: Sequence[Words] = ()) -> Words:
        """A window of the day. Where its ends are answers of a form, they tell themselves whether it ends next day."""
        first, last = (say_value("clock.time", one.values[0], self.names) for one in (start, end))
        if any(("time", one.values[0]) in self.names for one in (start, end)):
            day = Words("", "")
            remarks = [Words("结束早于开始的到次日", "of the next day, where the end is earlier"), *remarks]
        until = spaced("至", f"{day.zh}{last.zh}")
        said = Words(
            spaced(f"{spaced(spaced('在', first.zh), until)}", "之间"),
            f"it is between {first.en} and {last.en}{day.en}",
        )
        more = joined(remarks, "；", "; ")
        return Words(f"{said.zh}（{more.zh}）", f"{said.en} ({more.en})") if remarks else said

    def _windows(self, parts: Sequence[Condition]) -> Iterator[Words]:
        """The parts, two neighbours that bound one fact as one window."""
        at = 0
        while at < len(parts):
            window = self._window(parts[at : at + 2])
            yield window or self.say(parts[at])
            at += 2 if window else 1

    def _window(self, parts: Sequence[Condition]) -> Words | None:
        match parts:
            case [
                Test(fact, "at_least", (int(start),)) as late,
                Test(other, "less_than" | "at_most" as closing, (int(end),)) as early,
            ] if fact == other and start < end:
                if fact_of(fact).type in ("money", "integer", "rate"):
                    low, high = say_test(late, self.names), say_test(early, self.names)
                    subject = say_fact(fact)
                    return Words(
                        f"{low.zh}且{high.zh.removeprefix(subject.zh)}",
                        f"{low.en} and {high.en.removeprefix(subject.en).removeprefix(' is ')}",
                    )
            case _:
                return None
        if fact == "clock.time" and closing == "less_than":
            return self._between(late, early, Words("", ""))
        if fact not in ("clock.date", "clock.lunar"):
            return None
        if fact == "clock.date" and closing == "less_than" and ("date", end) not in self.names:
            closing, end = "at_most", end - 1
        first, last = say_value(fact, start, self.names), say_value(fact, end, self.names)
        until = Words("前", "before ") if closing == "less_than" else Words("", "")
        calendar = Words("农历", " of the lunar calendar") if fact == "clock.lunar" else Words("", "")
        return Words(
            f"{spaced('在' + calendar.zh, first.zh)}{spaced('至', last.zh)}{until.zh or '期间'}",
            f"it is from {first.en} to {until.en}{last.en}{calendar.en}",
        )


def night_of(condition: Any) -> tuple[Test, Test, Sequence[Condition]] | None:
    """The window over midnight that an `any` stands for: its two times, and what its first day must be.

    None for any other one. See `build_condition`: after midnight the day tests look at the day before.
    """
    if len(condition.parts) != 2:
        return None
    evening, morning = (part.parts if isinstance(part, All) else (part,) for part in condition.parts)
    match evening, morning:
        case (
            [Test("clock.time", "at_least", (int(start),)) as late, *days],
            [Test("clock.time", "less_than", (int(end),)) as early, *eves],
        ) if end < start and eves == [on_the_eve(day) for day in days]:
            return late, early, days
    return None


def _has_loose_days(condition: Condition) -> bool:
    """Whether a day is tested outside every window over midnight, so that the two could be taken together."""
    match condition:
        case Test(fact):
            return fact in CLOCK_EVE or fact.startswith("clock.eve.")
        case Not(part):
            return _has_loose_days(part)
        case All(parts):
            return any(map(_has_loose_days, parts))
        case Any(parts):
            return night_of(condition) is None and any(map(_has_loose_days, parts))
