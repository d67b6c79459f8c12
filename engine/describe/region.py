"""A region rule set in words: whose region, what agents earn, and how the levels of an area stand to each other."""

from collections.abc import Iterable, Iterator

from engine.conditions import ALWAYS
from engine.describe.condition import say_condition
from engine.describe.policy import COMMISSION_BASE, ROUNDING, VAT_TAKEN_OUT
from engine.describe.values import NO_NAMES, Names, Words, joined, say_rate
from engine.region_set import RegionLevel, RegionRule, RegionSet

_ATTRIBUTION = {
    "delivery_address": Words("收货地址", "the delivery address"),
    "pickup_store": Words("自提门店", "the store of pickup"),
}
_MODE = {
    "difference": Words(
        "各级代理按级差计佣，每级只得高出下级的部分",
        "each level of agents earns what its rate is above the narrower levels",
    ),
    "stacked": Words("各级代理各按自己的比率计佣，互不相减", "each level of agents earns its own rate in full"),
}
_HIERARCHY = {
    "region": Words("上下级按地区的层级", "levels follow the regions"),
    "contract": Words("上下级和比率按代理合同", "levels and rates follow the contracts of the agents"),
}
_LEVELS: dict[RegionLevel, Words] = {
    "community": Words("社区代理", "the community's agent"),
    "street": Words("街道代理", "the street's agent"),
    "district": Words("区县代理", "the district's agent"),
    "city": Words("市代理", "the city's agent"),
    "province": Words("省代理", "the province's agent"),
}


def describe_region_set(rule_set: RegionSet, names: Names = NO_NAMES) -> Iterator[Words]:
    """The policies of the set, then its rules in their order, numbered."""
    yield joined(_policies(rule_set), "；", "; ")
    for at, rule in enumerate(rule_set.rules, start=1):
        said = _rule(rule, names)
        yield Words(f"{at}. {said.zh}", f"{at}. {said.en}")


def _policies(rule_set: RegionSet) -> Iterable[Words]:
    places = joined([_ATTRIBUTION[one] for one in rule_set.attribution], "，没有的看", ", or else ")
    yield Words(f"订单归属地区看{places.zh}", f"an order belongs to the region of {places.en}")
    yield COMMISSION_BASE[rule_set.base]
    if rule_set.vat == "excluded":
        yield VAT_TAKEN_OUT
    yield _MODE[rule_set.mode]
    yield _HIERARCHY[rule_set.hierarchy]
    if len(rule_set.rules) > 1:
        yield Words("每行商品只按最前一条符合的规则计佣", "on each line the first rule that holds pays")
    yield ROUNDING[rule_set.rounding]
    if rule_set.sign_off:
        yield Words(f"批准：{rule_set.sign_off}", f"signed off: {rule_set.sign_off}")


def _rule(rule: RegionRule, names: Names) -> Words:
    given = [_level(one.level, say_rate(one.rate, names)) for one in rule.rates]
    said = [joined(given, "、", ", ") if given else Words("比率见各代理的合同", "at the rates of the contracts")]
    if rule.when != ALWAYS:
        when = say_condition(rule.when, names)
        said.append(Words(f"仅限{when.zh}", f"only where {when.en}"))
    whole = joined(said, "；", "; ")
    return Words(f"「{rule.title}」：{whole.zh}", f"“{rule.title_en or rule.title}”: {whole.en}")


def _level(level: RegionLevel, rate: Words) -> Words:
    return Words(f"{_LEVELS[level].zh} {rate.zh}", f"{_LEVELS[level].en} {rate.en}")
