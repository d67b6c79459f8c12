"""Which single figure moved a commission most: the order accrued again with each figure left out.

Left out means: a rate or amount of zero, no floor, no cap, no bonus, no ceiling; and for what makes the base: no
discounts, no cost, no VAT taken out.  On demand only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from engine.describe.values import Words
from engine.earn.commission import accrue
from engine.earn.live_region import LiveLevel, role_of
from engine.earn.region_seats import level_of
from engine.facts import region_path
from engine.live import LiveRules
from engine.money import Rate, yuan
from engine.order import Accrual, AccrualPlan, Evaluation, OrderEvent, PricedOrder, RuleRef
from engine.ruleset import Accrue

FIGURES = {
    "rate": Words("比率", "the rate"),
    "amount": Words("定额", "the fixed amount"),
    "figure": Words("单品佣金", "the figure carried by the goods"),
    "bonus": Words("加成", "the bonus"),
    "ceiling": Words("佣金上限", "the ceiling"),
    "cap": Words("封顶", "the cap"),
    "floor": Words("保底", "the floor"),
    "discounts": Words("优惠（使基数变小）", "the discounts, which lower the base"),
    "cost": Words("成本（从基数中扣除）", "the cost, which is taken out of the base"),
    "vat": Words("税额（从基数中扣除）", "the VAT, which is taken out of the base"),
}
"""Every figure, in the order in which ties are settled."""


class Lever(msgspec.Struct, frozen=True):
    """The figure that moved an accrual most: `moved_fen` is what it added (or, negative, took)."""

    figure: str
    moved_fen: int

    def words(self) -> Words:
        said = FIGURES[self.figure]
        moved = yuan(abs(self.moved_fen))
        if self.moved_fen < 0:
            return Words(f"影响最大的是{said.zh}：少得 {moved} 元", f"moved most by {said.en}: ¥{moved} less")
        return Words(f"影响最大的是{said.zh}：多得 {moved} 元", f"moved most by {said.en}: ¥{moved} more")


def biggest_levers(evaluation: Evaluation, live: LiveRules) -> tuple[Lever | None, ...]:
    """For each accrual of the evaluation, in its order, the figure that moved it most; None where none moved it.

    `live` must be the rules of the evaluation. Where a figure left out makes another rule pay, the accrual counts as 0.
    """
    masks = live.network.match(evaluation.event)

    def amounts(without: Iterable[tuple[str, Other]]) -> dict[str, Amounts]:
        return {name: _amounts(accrue(*other).accruals) for name, other in without}

    common = amounts(_without_for_all(evaluation, live, masks))
    own: dict[tuple[RuleRef, str], dict[str, Amounts]] = {}
    levers = []
    earned = _amounts(evaluation.accruals)
    for accrual in evaluation.accruals:
        plan = accrual.plan
        if (plan.ref, plan.role) not in own:
            own[plan.ref, plan.role] = amounts(_without_for(evaluation, live, masks, plan))
        levers.append(_biggest(_key(accrual), earned, common | own[plan.ref, plan.role]))
    return tuple(levers)


Key = tuple[RuleRef, str, int]
Amounts = dict[Key, int]
Other = tuple[OrderEvent, LiveRules, Sequence[int], PricedOrder]


def _key(accrual: Accrual) -> Key:
    return accrual.plan.ref, accrual.plan.role, accrual.line


def _amounts(accruals: Iterable[Accrual]) -> Amounts:
    """By rule, payee and line: a rule names each payee once."""
    return {_key(one): one.amount_fen for one in accruals}


def _biggest(key: Key, earned: Amounts, without: dict[str, Amounts]) -> Lever | None:
    moved = {name: earned[key] - without[name].get(key, 0) for name in FIGURES if name in without}
    best = max(moved, key=lambda name: abs(moved[name]), default=None)
    return None if best is None or moved[best] == 0 else Lever(best, moved[best])


def _without_for_all(evaluation: Evaluation, live: LiveRules, masks: Sequence[int]) -> Iterator[tuple[str, Other]]:
    """What is the same for all accruals: no ceiling, and lines without discounts, cost, VAT or figures of their own."""
    replace = msgspec.structs.replace
    event, priced = evaluation.event, evaluation.priced
    yield "ceiling", (event, replace(live, ceiling=None), masks, priced)
    undiscounted = replace(
        priced,
        net_fen=tuple(line.unit_price_fen * line.quantity for line in event.lines),
        shipping_fen=event.delivery.fee_fen,
    )
    yield "discounts", (event, live, masks, undiscounted)
    for name, field, none in (("cost", "unit_cost_fen", 0), ("vat", "vat_rate", Rate(0)), ("figure", "commission", {})):
        lines = tuple(line if getattr(line, field) is None else replace(line, **{field: none}) for line in event.lines)
        yield name, (replace(event, lines=lines), live, masks, priced)


def _without_for(
    evaluation: Evaluation, live: LiveRules, masks: Sequence[int], plan: AccrualPlan
) -> Iterator[tuple[str, Other]]:
    """The figures of one payee of one rule, each left out; and the bonuses of that payee in its rule set."""
    event, priced = evaluation.event, evaluation.priced
    if plan.role.startswith("region:"):
        yield "rate", (*_without_level(event, live, plan), masks, priced)
        return
    for name, left_out in _LEFT_OUT.items():
        yield name, (event, _with_specs(live, plan, left_out), masks, priced)
    bonuses = _bonus_bits(live, plan)
    yield "bonus", (event, live, [mask & ~bonuses for mask in masks], priced)


def _no_rate(spec: Accrue) -> Accrue:
    if spec.rate is None and spec.tiers is None:
        return spec
    return msgspec.structs.replace(spec, rate=Rate(0), tiers=None)


def _no_amount(spec: Accrue) -> Accrue:
    return spec if spec.amount_fen is None else msgspec.structs.replace(spec, amount_fen=0)


_LEFT_OUT: dict[str, Callable[[Accrue], Accrue]] = {
    "rate": _no_rate,
    "amount": _no_amount,
    "floor": lambda spec: msgspec.structs.replace(spec, floor_fen=None),
    "cap": lambda spec: msgspec.structs.replace(spec, cap_fen=None),
}


def _with_specs(live: LiveRules, plan: AccrualPlan, changed: Callable[[Accrue], Accrue]) -> LiveRules:
    """The live rules with another specification for one payee of one rule. What matches is the same."""
    replace = msgspec.structs.replace
    by_bit = list(live.by_bit)
    for bit, rule in enumerate(by_bit):
        if rule is not None and rule.ref == plan.ref:
            specs = tuple(changed(spec) if plan.role in spec.roles else spec for spec in rule.rule.accrue)
            by_bit[bit] = replace(rule, rule=replace(rule.rule, accrue=specs))
    return replace(live, by_bit=tuple(by_bit))


def _without_level(event: OrderEvent, live: LiveRules, plan: AccrualPlan) -> tuple[OrderEvent, LiveRules]:
    """The order and its rules with a rate of zero for one level of a region rule, in the rule and in contracts."""
    replace = msgspec.structs.replace
    regions = []
    for region in live.regions:
        rules = [
            replace(rule, levels=tuple(_zero(one) if one.plan == plan else one for one in rule.levels))
            for rule in region.rules
        ]
        regions.append(replace(region, rules=tuple(rules)))
    agents = tuple(
        replace(one, rate=Rate(0)) if role_of(level_of(region_path(one.region))) == plan.role else one
        for one in event.regional_agents
    )
    return replace(event, regional_agents=agents), replace(live, regions=tuple(regions))


def _zero(level: LiveLevel) -> LiveLevel:
    return level if level.rate is None else msgspec.structs.replace(level, rate=Rate(0))


def _bonus_bits(live: LiveRules, plan: AccrualPlan) -> int:
    """The bits of the rules that lift what this payee gets in this rule set."""
    rules = [rule for rule in live.by_bit if rule is not None and rule.ref.rule_set == plan.ref.rule_set]
    return sum(1 << one.bit for one in rules if one.rule.bonus is not None and one.rule.bonus.to == plan.role)
