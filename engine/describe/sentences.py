"""An evaluation told as sentences, in Chinese and English: what applied, what it took, who earns what and from what."""

from engine.describe.benefit import say_benefit
from engine.describe.explain import CODES
from engine.describe.values import Words
from engine.earn.region_seats import level_of
from engine.facts import region_path
from engine.money import yuan
from engine.order import Accrual, AppliedBenefit, Evaluation


def sentences(evaluation: Evaluation) -> list[Words]:
    """The story of an order in reading order: goods, discounts, delivery, gifts, commissions, ceiling."""
    event, priced = evaluation.event, evaluation.priced
    listed = sum(line.unit_price_fen * line.quantity for line in event.lines)
    paid = sum(priced.net_fen)
    told = [
        Words(
            f"商品原价 {yuan(listed)} 元，优惠 {yuan(listed - paid)} 元，实付 {yuan(paid)} 元",
            f"Goods at list ¥{yuan(listed)}, discounts ¥{yuan(listed - paid)}, paid ¥{yuan(paid)}",
        )
    ]
    told += [_discount(evaluation, applied) for applied in priced.applied if applied.discount_fen]
    told += [_gift(applied) for applied in priced.applied if applied.gift is not None]
    told.append(Words(f"配送费 {yuan(priced.shipping_fen)} 元", f"Delivery ¥{yuan(priced.shipping_fen)}"))
    told += [say_accrual(evaluation, accrual) for accrual in evaluation.accruals]
    told += _unpaid_levels(evaluation)
    ceiling = evaluation.ceiling
    if ceiling is not None and ceiling.earned_fen > ceiling.allowed_fen:
        told.append(
            Words(
                f"佣金合计 {yuan(ceiling.earned_fen)} 元超过上限 {ceiling.at_most}"
                f"（{yuan(ceiling.allowed_fen)} 元），已按规则压缩",
                f"Commissions of ¥{yuan(ceiling.earned_fen)} exceed the ceiling of {ceiling.at_most} "
                f"(¥{yuan(ceiling.allowed_fen)}) and were cut to it",
            )
        )
    return told


_LEVELS = {
    "community": Words("社区代理", "community agent"),
    "street": Words("街道代理", "street agent"),
    "district": Words("区县代理", "district agent"),
    "city": Words("市代理", "city agent"),
    "province": Words("省代理", "provincial agent"),
}


def _payee(evaluation: Evaluation, accrual: Accrual) -> Words:
    """Who earns; a regional agent with the level and the region of the contract."""
    kind, _, level = accrual.plan.role.partition(":")
    if kind != "region":
        return Words(accrual.payee, accrual.payee)
    held = [region_path(one.region) for one in evaluation.event.regional_agents if one.id == accrual.payee]
    code = next((path.rpartition("/")[2] for path in held if level_of(path) == level), "")
    said = _LEVELS[level]
    return Words(f"{code} {said.zh} {accrual.payee}", f"the {said.en} of {code}, {accrual.payee},")


def _unpaid_levels(evaluation: Evaluation) -> list[Words]:
    """The levels of regional agents whom nobody is paid for, each rule and reason once."""
    found = {
        (one.plan.ref, one.plan.role.removeprefix("region:"), one.code): None
        for one in evaluation.not_accrued
        if one.plan.role.startswith("region:") and one.code != "nothing_paid"
    }
    told = []
    for ref, level, code in found:
        who, why, source = _LEVELS[level], CODES[code], f"{ref.rule_set}@{ref.version}/{ref.rule}"
        told.append(
            Words(
                f"{who.zh}不得佣：{why.zh}，{ref.title}〔{source}〕", f"no {who.en}: {why.en}, {ref.said_en} [{source}]"
            )
        )
    return told


def _rate(accrual: Accrual) -> str:
    """The rate of an accrual; of a difference both rates it is taken between."""
    if accrual.rate is None:
        return ""
    if accrual.below_rate is not None and accrual.below_rate.num:
        return f" × ({accrual.rate.plus(accrual.below_rate)} − {accrual.below_rate})"
    return f" × {accrual.rate}"


def _goods(evaluation: Evaluation, line: int) -> Words:
    if line < 0:
        return Words("配送费", "delivery")
    goods = evaluation.event.lines[line]
    said = f"{goods.title or goods.sku}×{goods.quantity}"
    return Words(said, said)


def _discount(evaluation: Evaluation, applied: AppliedBenefit) -> Words:
    ref = applied.plan.ref
    what = say_benefit(applied.plan.benefit)
    parts = [part for part in applied.lines if part.discount_fen]
    shares = [(_goods(evaluation, part.line), yuan(part.discount_fen)) for part in parts]
    tail_zh = f"，分摊：{'、'.join(f'{goods.zh} {fen}' for goods, fen in shares)}" if shares else ""
    tail_en = f", spread over {', '.join(f'{goods.en} {fen}' for goods, fen in shares)}" if shares else ""
    if applied.lapsed_fen:
        tail_zh += f"；底价所限，{yuan(applied.lapsed_fen)} 元未能优惠"
        tail_en += f"; ¥{yuan(applied.lapsed_fen)} lapsed at floors or caps"
    source = f"{ref.rule_set}@{ref.version}/{ref.rule}"
    return Words(
        f"{ref.title}（{what.zh}）减 {yuan(applied.discount_fen)} 元{tail_zh}〔{source}〕",
        f"{ref.said_en} ({what.en}): ¥{yuan(applied.discount_fen)} off{tail_en} [{source}]",
    )


def _gift(applied: AppliedBenefit) -> Words:
    gift, ref = applied.gift, applied.plan.ref
    assert gift is not None
    return Words(
        f"{ref.title}：赠 {gift.title}×{gift.quantity}", f"{ref.said_en}: a gift, {gift.title}×{gift.quantity}"
    )


def say_accrual(evaluation: Evaluation, accrual: Accrual) -> Words:
    """Who earns what on which goods, under which rule, from which base and rate."""
    ref, who = accrual.plan.ref, _payee(evaluation, accrual)
    base = f"{yuan(accrual.base_fen)}{_rate(accrual)}"
    more_zh = "".join(f"，含 {bonus.title}" for bonus in accrual.lifted_by)
    more_en = "".join(f", with {bonus.said_en}" for bonus in accrual.lifted_by)
    if accrual.amount_fen != accrual.earned_fen:
        more_zh += f"，压缩自 {yuan(accrual.earned_fen)} 元"
        more_en += f", cut from ¥{yuan(accrual.earned_fen)}"
    goods, source = _goods(evaluation, accrual.line), f"{ref.rule_set}@{ref.version}/{ref.rule}"
    return Words(
        f"{who.zh} 得佣金 {yuan(accrual.amount_fen)} 元：{goods.zh}，{ref.title}，{base}{more_zh}〔{source}〕",
        f"{who.en} earns ¥{yuan(accrual.amount_fen)}: {goods.en}, {ref.said_en}, {base}{more_en} [{source}]",
    )
