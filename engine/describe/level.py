"""A level rule set in words: when promoters are reviewed, what each level asks, and how one moves between them."""

from collections.abc import Iterable, Iterator

from engine.describe.period import say_period
from engine.describe.values import Names, Words, joined, say_money, say_rate
from engine.level_set import Level, LevelSet, Requirement

_OF = {
    "individual": Words("个人", "individuals"),
    "merchant": Words("商家", "merchants"),
    "agent": Words("区域代理", "regional agents"),
    "leader": Words("团长", "group leaders"),
}
_PROMOTION = {
    "one_step": Words("升级一次升一级", "promotion goes up one level at a time"),
    "highest": Words("升级直接升到达标的最高一级", "promotion goes up to the highest level reached"),
}
_DEMOTION = {
    "one_step": Words("降级一次降一级", "demotion goes down one level at a time"),
    "to_what_holds": Words("降级降到保级条件达标的最高一级", "demotion goes down to the highest level that is kept"),
}


def describe_level_set(rule_set: LevelSet, names: Names) -> Iterator[Words]:
    """How reviews go, then the levels from the lowest to the highest."""
    yield joined(_reviews(rule_set), "；", "; ")
    for at, level in enumerate(rule_set.levels, start=1):
        yield _level(at, level, names)


def _reviews(rule_set: LevelSet) -> Iterable[Words]:
    period, window, days = say_period(rule_set.period), rule_set.window, rule_set.review_after_days
    who = joined([_OF[one] for one in rule_set.of], "、", " and ")
    yield Words(
        f"{who.zh}{period.zh}评审一次，在结束满 {days} 天后，看最近 {window} 期本人的业绩",
        f"{who.en} are reviewed once {period.en}, {_many(days, 'day')} after its end, by their own figures of the last "
        f"{_many(window, 'period')}",
    )
    yield _PROMOTION[rule_set.promotion]
    yield _DEMOTION[rule_set.demotion]
    yield Words(
        f"升级后 {rule_set.probation} 次评审内不降级",
        f"after a promotion {_many(rule_set.probation, 'review')} cannot demote",
    )
    yield Words(
        f"此后连续 {rule_set.grace} 次未达保级不降，再有一次才降",
        f"then {_many(rule_set.grace, 'miss', 'misses')} in a row cannot demote, the next one does",
    )


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _level(at: int, level: Level, names: Names) -> Words:
    asked = [
        *(Words(f"升级须{one.zh}", f"to reach it, {one.en}") for one in _asked(level.reach, names)),
        *(Words(f"保级须{one.zh}", f"to keep it, {one.en}") for one in _asked(level.keep, names)),
    ]
    said = joined(asked or [Words("没有要求", "nothing is asked")], "；", "; ")
    return Words(
        f"{at}. 「{level.title}」（{level.id}）：{said.zh}",
        f"{at}. “{level.title_en or level.title}” ({level.id}): {said.en}",
    )


def _asked(requirement: Requirement, names: Names) -> Iterator[Words]:
    """All that is asked, as one phrase; nothing where nothing is asked."""
    asked: list[Words] = []
    if requirement.sales_fen is not None:
        sales = say_money(requirement.sales_fen, names)
        asked.append(Words(f"送达业绩不少于 {sales.zh}", f"at least {sales.en} of delivered sales"))
    if requirement.orders is not None:
        asked.append(
            Words(f"送达订单不少于 {requirement.orders} 笔", f"at least {requirement.orders} delivered orders")
        )
    if requirement.refund_rate is not None:
        rate = say_rate(requirement.refund_rate, names)
        asked.append(Words(f"退款率不高于 {rate.zh}", f"a refund rate of at most {rate.en}"))
    if requirement.repeat_rate is not None:
        rate = say_rate(requirement.repeat_rate, names)
        asked.append(Words(f"复购率不低于 {rate.zh}", f"a repeat rate of at least {rate.en}"))
    if asked:
        yield joined(asked, "、", ", ")
