"""Why a rule did not apply: on demand, from the event and the live rules; and the codes in words.

Results already carry the rule that made each amount; this module answers the other half.  It reads conditions plainly
(never through the network), so it also says what the network's answer ought to have been.
"""

from collections.abc import Iterable

import msgspec

from engine.conditions import All, Any, Condition, Facts, FactValue, Not, Test, holds, leaf_holds
from engine.describe.fact import say_test
from engine.describe.values import Words, say_value, spaced
from engine.facts import facts_of
from engine.live import LiveRules
from engine.money import yuan
from engine.order import Evaluation, NotApplied, OrderEvent, RuleRef
from engine.ruleset import Promotion

CODES = {
    "conditions_not_met": Words("条件不满足", "its conditions are not met"),
    "threshold_not_reached": Words("未达到门槛", "its threshold is not reached"),
    "limit_reached": Words("使用次数已满", "its uses are used up"),
    "budget_exhausted": Words("预算已用完", "its budget is used up"),
    "buyer_unknown": Words("未登录买家，无法计次", "the buyer is unknown, so uses cannot be counted"),
    "store_unknown": Words("没有门店，无法计次", "the store is unknown, so uses cannot be counted"),
    "outcompeted": Words("另一优惠更划算", "another promotion saves more on these goods"),
    "other_world": Words("与专享优惠不同享", "an exclusive promotion and the others cannot be combined"),
    "already_discounted": Words("商品已有优惠", "the goods are discounted already"),
    "too_few_units": Words("件数不够一组", "too few units to make a group"),
    "nothing_to_give": Words("没有可减的金额", "there is nothing left to take off"),
    "coupon_unknown": Words("优惠码不存在", "no live promotion knows this code"),
    "payee_absent": Words("没有收益人", "there is no such payee on the order"),
    "payee_inactive": Words("收益人未启用", "the payee is not active"),
    "payee_is_buyer": Words("自己购买不计佣", "the payee bought the goods"),
    "nothing_paid": Words("实付为零", "nothing was paid for the line"),
    "cost_unknown": Words("缺少成本", "the cost of the goods is unknown"),
    "vat_unknown": Words("缺少税率", "the VAT rate of the goods is unknown"),
    "metric_unknown": Words("缺少业绩数据", "the figure its tiers count on is missing"),
    "region_unknown": Words("不知道归哪个地区，或地址不够细", "the order's region is unknown, or its code too wide"),
    "region_vacant": Words("这一级没有代理，级差由更宽一级得", "no agent at this level; differences go to the next"),
    "region_doubled": Words("同一地区有两份合同", "two contracts claim this region"),
    "contract_unknown": Words("没有合同号或合同费率", "the agent has no contract number or no rate in it"),
    "outside_chain": Words("不在这份合同的上级之列", "not above the contract whose order this is"),
    "rate_below_child": Words("费率低于下级合同，本单不计", "its rate is below that of a contract under it"),
    "same_merchant": Words("商品是推广方自家的", "the goods are of the seller's own merchant"),
    "rules_conflict": Words("两条规则同时成立", "two rules hold at once where only one may"),
    "earlier_rule": Words("已由更前的规则计佣", "an earlier rule of the set pays"),
    "better_rule": Words("另一规则佣金更高", "another rule of the set pays more"),
    "campaign_missing": Words("商品未参加指定活动", "the campaigns it asks for did not discount these goods"),
}
"""Every stable code that results carry, in words."""


class Unmet(msgspec.Struct, frozen=True):
    """One test that failed: the phrase, and what the fact was instead."""

    test: Test
    actual: FactValue
    negated: bool = False

    def words(self) -> Words:
        said, found = say_test(self.test), say_value(self.test.fact, self.actual)
        now = spaced("现为", found.zh)
        if self.negated:
            return Words(f"须不满足：{said.zh}（{now}）", f"must not hold: {said.en} (found: {found.en})")
        return Words(f"须满足：{said.zh}（{now}）", f"needed: {said.en} (found: {found.en})")


class WhyNot(msgspec.Struct, frozen=True):
    """A live rule that gave nothing: the code, and the failed tests on the line that came closest."""

    ref: RuleRef
    kind: str
    code: str
    line_id: str | None = None
    unmet: tuple[Unmet, ...] = ()
    lost: NotApplied | None = None

    def words(self) -> Words:
        said = CODES[self.code]
        zh, en = [said.zh], [said.en]
        if self.lost is not None:
            zh, en = _say_lost(self.lost, zh, en)
        for unmet in self.unmet:
            one = unmet.words()
            zh.append(one.zh)
            en.append(one.en)
        return Words("：".join([zh[0], "；".join(zh[1:])]) if zh[1:] else zh[0], "; ".join(en))


def _say_lost(lost: NotApplied, zh: list[str], en: list[str]) -> tuple[list[str], list[str]]:
    if lost.short_fen is not None:
        zh, en = [*zh, f"还差 {yuan(lost.short_fen)} 元"], [*en, f"¥{yuan(lost.short_fen)} short"]
    if lost.short_units is not None:
        zh, en = [*zh, f"还差 {lost.short_units} 件"], [*en, f"{lost.short_units} units short"]
    if lost.winner is not None:
        zh, en = [*zh, f"已享 {lost.winner.title}"], [*en, f"{lost.winner.said_en} applies instead"]
    if lost.worse_by_fen:
        zh = [*zh, f"选它会少省 {yuan(lost.worse_by_fen)} 元"]
        en = [*en, f"with it the buyer would save ¥{yuan(lost.worse_by_fen)} less"]
    return zh, en


def why_not(evaluation: Evaluation, live: LiveRules) -> tuple[WhyNot, ...]:
    """Every live rule that gave nothing on this order, with its reason, promotions first.

    `live` must be the rules of the evaluation. Pure: computed afresh, nothing was recorded on the way.
    """
    return (*_promotions(evaluation, live), *_commissions(evaluation, live), *_regions(evaluation, live))


def _promotions(evaluation: Evaluation, live: LiveRules) -> Iterable[WhyNot]:
    given = {applied.plan.ref for applied in evaluation.priced.applied}
    lost = {one.ref: one for one in evaluation.priced.lost}
    for promotion in live.promotions:
        ref = promotion.ref
        if ref in given:
            continue
        if ref in lost:
            yield WhyNot(ref, "promotion", lost[ref].code, lost=lost[ref])
            continue
        line_id, unmet = closest(evaluation.event, _scopes(live, promotion.rule, promotion.offers[0].bits[0]))
        yield WhyNot(ref, "promotion", "conditions_not_met" if unmet else "too_few_units", line_id, unmet)


def _scopes(live: LiveRules, rule: Promotion, bit: int) -> Condition:
    return rule.when if len(rule.benefits) > 1 else live.conditions[bit]


def _commissions(evaluation: Evaluation, live: LiveRules) -> Iterable[WhyNot]:
    paid = {accrual.plan.ref for accrual in evaluation.accruals}
    codes = {one.plan.ref: one.code for one in evaluation.not_accrued}
    event = evaluation.event
    for commission in live.commissions:
        for rule in commission.rules:
            if rule.ref in paid or rule.rule.bonus is not None:
                continue
            if rule.ref in codes:
                yield WhyNot(rule.ref, "commission", codes[rule.ref])
                continue
            line_id, unmet = closest(event, rule.rule.when)
            if unmet:
                yield WhyNot(rule.ref, "commission", "conditions_not_met", line_id, unmet)
            elif rule.rule.from_campaigns:
                yield WhyNot(rule.ref, "commission", "campaign_missing", line_id)
            else:
                code = "better_rule" if commission.rule_set.choose == "best" else "earlier_rule"
                yield WhyNot(rule.ref, "commission", code, line_id)


def _regions(evaluation: Evaluation, live: LiveRules) -> Iterable[WhyNot]:
    paid = {accrual.plan.ref for accrual in evaluation.accruals}
    codes: dict[RuleRef, str] = {}
    for one in evaluation.not_accrued:
        if codes.get(one.plan.ref, "region_unknown") in ("region_unknown", "region_vacant"):
            codes[one.plan.ref] = one.code  # of all levels the one where somebody stands says most
    for rule in [rule for region in live.regions for rule in region.rules if rule.ref not in paid]:
        if rule.ref in codes:
            yield WhyNot(rule.ref, "region", codes[rule.ref])
            continue
        line_id, unmet = closest(evaluation.event, rule.rule.when)
        yield WhyNot(rule.ref, "region", "conditions_not_met" if unmet else "earlier_rule", line_id, unmet)


def closest(event: OrderEvent, condition: Condition) -> tuple[str | None, tuple[Unmet, ...]]:
    """The line on which a condition came closest to holding, and its failed tests there (empty when it holds)."""
    best: tuple[str | None, tuple[Unmet, ...]] | None = None
    for line in event.lines:
        unmet = unmet_tests(condition, facts_of(event, line))
        if best is None or len(unmet) < len(best[1]):
            best = line.line_id, unmet
        if not unmet:
            break
    assert best is not None
    return best


def unmet_tests(condition: Condition, facts: Facts, *, negated: bool = False) -> tuple[Unmet, ...]:
    """The fewest leaves that keep a condition from holding; none when it holds."""
    match condition:
        case Test():
            value = facts(condition.fact)
            return () if leaf_holds(condition, value) != negated else (Unmet(condition, value, negated),)
        case Not(part):
            return unmet_tests(part, facts, negated=not negated)
        case All(parts) | Any(parts):
            if holds(condition, facts) != negated:
                return ()
            failing = [unmet_tests(part, facts, negated=negated) for part in parts]
            if isinstance(condition, All) != negated:
                return tuple(unmet for one in failing for unmet in one)
            return min((one for one in failing if one), key=len, default=())


def unknown_coupons(event: OrderEvent, live: LiveRules) -> tuple[str, ...]:
    """Coupon codes of the event that no live promotion names: reported, never refused (clause P14)."""
    return tuple(code for code in event.coupons if code not in live.coupons)
