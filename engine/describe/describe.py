"""Rule sets in words: what a merchant or an operator would read aloud, generated from the model alone.

Each kind of rule set has its describer in `_DESCRIBERS`; `docs/architecture.md` tells how to add one.  Two rule sets
that could ever give an order another result are told in different words (`tests/engine/test_describe.py`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from engine.calendar import SHANGHAI
from engine.describe.commission import describe_commission_set
from engine.describe.dividend import describe_dividend_set
from engine.describe.level import describe_level_set
from engine.describe.promotion import describe_promotion_set
from engine.describe.region import describe_region_set
from engine.describe.settlement import describe_settlement_set
from engine.describe.values import NO_NAMES, Names, Words, joined, say_day, say_instant, spaced
from engine.dividend_set import DividendSet
from engine.level_set import LevelSet
from engine.region_set import RegionSet
from engine.ruleset import CommissionSet, PromotionSet, RuleSet
from engine.settlement_set import SettlementSet

Describer = Callable[[Any, Names], Iterable[Words]]

DESCRIBERS: dict[type, tuple[Words, Describer]] = {
    PromotionSet: (Words("促销", "promotions"), describe_promotion_set),
    CommissionSet: (Words("佣金", "commissions"), describe_commission_set),
    RegionSet: (Words("区域", "regions"), describe_region_set),
    LevelSet: (Words("等级", "levels"), describe_level_set),
    DividendSet: (Words("分红", "dividends"), describe_dividend_set),
    SettlementSet: (Words("结算", "settlement"), describe_settlement_set),
}
"""By type of rule set: what people call the kind, and its sentences after the first one."""


def describe_rule_set(rule_set: RuleSet, names: Names = NO_NAMES) -> tuple[Words, ...]:
    """A rule set as sentences: its name and period, its policies, then its rules.

    `names` are the names of categories, regions and the like; codes without one are told as they are.
    """
    kind, describer = DESCRIBERS[type(rule_set)]
    return (_heading(rule_set, kind), *(ended(one) for one in describer(rule_set, names)))


def ended(words: Words) -> Words:
    """A phrase as a sentence of its own."""
    return Words(f"{words.zh}。", f"{words.en[:1].upper()}{words.en[1:]}.")


def _heading(rule_set: RuleSet, kind: Words) -> Words:
    header = rule_set.header
    told = joined(_period(rule_set), "，", ", ")
    made_from = getattr(rule_set, "made_from", None)
    zh, en = "", ""
    if made_from is not None:
        zh, en = (
            f"，由模板 {made_from.template}@{made_from.version} 生成",
            f", made from the template {made_from.template}@{made_from.version}",
        )
    return Words(
        f"「{header.title}」（{kind.zh} {header.label}{zh}）：{told.zh}。",
        f"“{header.title_en or header.title}” ({kind.en}, {header.label}{en}): {told.en}.",
    )


def _period(rule_set: RuleSet) -> Iterator[Words]:
    header = rule_set.header
    start = say_instant(header.effective_from)
    yield Words(spaced(f"自 {start.zh}", "起"), f"from {start.en}")
    if header.effective_until is None:
        yield Words("长期有效", "with no end")
    else:
        yield _end(header.effective_until.astimezone(SHANGHAI))
    if header.backfill:
        yield Words("可先生效后发布", "it may be published after it has begun")


def _end(end: datetime) -> Words:
    """The end as people say it: the last day, included, where it is a midnight."""
    if end.time() == time(0):
        last = say_day(end.date() - timedelta(days=1))
        return Words(f"到 {last.zh}止（含当天）", f"to the end of {last.en}")
    until = say_instant(end)
    return Words(f"到 {until.zh} 止", f"until {until.en}")
