"""Who earns what on a priced order, and what the ceiling leaves of it (clauses A1-A7)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.commission_amount import MetricUnknown, Piece, accrue_amounts
from engine.live import LiveCommission, LiveCommissionRule, LiveRules
from engine.money import allocate
from engine.order import Accrual, CeilingCut, NotAccrued, OrderEvent, PricedOrder
from engine.ruleset import Accrue

ROLES = ("promoter", "referrer", "leader", "region", "dividend")
SHIPPING_LINE = -1
"""Index of the delivery fee where an accrual names its line."""


class Result(NamedTuple):
    """Accruals after the ceiling, shares nobody gets, and the ceiling (None when no live rule set has one)."""

    accruals: tuple[Accrual, ...]
    not_accrued: tuple[NotAccrued, ...]
    ceiling: CeilingCut | None


def accrue(event: OrderEvent, live: LiveRules, masks: Sequence[int], priced: PricedOrder) -> Result:
    """All accruals of an order, in the order rule set, rule, payee, line."""
    accruals: list[Accrual] = []
    missing: list[NotAccrued] = []
    campaigns: dict[int, set[str]] | None = None
    for commission in live.commissions:
        if any(rule.rule.from_campaigns for rule in commission.rules):
            campaigns = campaigns if campaigns is not None else _campaigns_by_line(priced)
            own_masks: Sequence[int] = _without_other_campaigns(commission, masks, campaigns)
        else:
            own_masks = masks
        _accrue_set(event, live, commission, own_masks, priced, accruals, missing)
    kept, cut = _under_ceiling(live, priced, accruals)
    return Result(tuple(kept), tuple(missing), cut)


def _campaigns_by_line(priced: PricedOrder) -> dict[int, set[str]]:
    campaigns: dict[int, set[str]] = {}
    for applied in priced.applied:
        for part in applied.lines:
            if part.discount_fen:
                campaigns.setdefault(part.line, set()).add(applied.plan.ref.rule_set)
    return campaigns


def _without_other_campaigns(
    commission: LiveCommission, masks: Sequence[int], campaigns: dict[int, set[str]]
) -> list[int]:
    """Masks less the rules whose `from_campaigns` did not discount the line: what pricing made is judged here."""
    left = list(masks)
    for rule in commission.rules:
        if rule.rule.from_campaigns:
            wanted = set(rule.rule.from_campaigns)
            for line in range(len(left)):
                if not wanted & campaigns.get(line, set()):
                    left[line] &= ~(1 << rule.bit)
    return left


def _accrue_set(
    event: OrderEvent,
    live: LiveRules,
    commission: LiveCommission,
    masks: Sequence[int],
    priced: PricedOrder,
    accruals: list[Accrual],
    missing: list[NotAccrued],
) -> None:
    rule_set = commission.rule_set
    if rule_set.base == "delivery_fee":
        masks = [_on_every_line(masks)]  # the fee belongs to the order: a rule must hold for all its lines
    chosen: dict[int, list[int]] = {}
    for line, mask in enumerate(masks):
        hit = mask & commission.mask
        if not hit:
            continue
        if rule_set.choose == "first":
            bits: Iterable[int] = ((hit & -hit).bit_length() - 1,)
        else:
            bits = _bits(hit)
            if rule_set.choose == "best" and hit & (hit - 1):
                bits = (_best(event, live, commission, masks, priced, line, list(bits)),)
            elif rule_set.choose == "only" and hit & (hit - 1):
                at = SHIPPING_LINE if rule_set.base == "delivery_fee" else line
                missing.extend(
                    NotAccrued(plan, at, "rules_conflict") for bit in bits for plan in _rule(live, bit).plans
                )
                continue
        for bit in bits:
            chosen.setdefault(bit, []).append(line)
    for bit in sorted(chosen):
        _accrue_rule(event, commission, _rule(live, bit), chosen[bit], masks, priced, accruals, missing)


def _on_every_line(masks: Sequence[int]) -> int:
    common = masks[0]
    for mask in masks:
        common &= mask
    return common


def _rule(live: LiveRules, bit: int) -> LiveCommissionRule:
    rule = live.by_bit[bit]
    assert rule is not None
    return rule


def _bits(mask: int) -> Iterable[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _best(
    event: OrderEvent,
    live: LiveRules,
    commission: LiveCommission,
    masks: Sequence[int],
    priced: PricedOrder,
    line: int,
    bits: list[int],
) -> int:
    """Of several rules on one line the one whose payees earn most together; ties go to the earlier rule (A2)."""
    sums: list[int] = []
    for bit in bits:
        trial: list[Accrual] = []
        _accrue_rule(event, commission, _rule(live, bit), [line], masks, priced, trial, [])
        sums.append(sum(accrual.earned_fen for accrual in trial))
    return bits[sums.index(max(sums))]


def _accrue_rule(
    event: OrderEvent,
    commission: LiveCommission,
    rule: LiveCommissionRule,
    lines: Sequence[int],
    masks: Sequence[int],
    priced: PricedOrder,
    accruals: list[Accrual],
    missing: list[NotAccrued],
) -> None:
    for spec, plan in zip(rule.rule.accrue, rule.plans, strict=True):
        code = _payee_missing(event, plan.role)
        pieces, unknown = _pieces(event, commission, priced, lines)
        missing.extend(NotAccrued(plan, line, unknown_code) for line, unknown_code in unknown)
        if code is not None:
            missing.extend(NotAccrued(plan, piece.line, code) for piece in pieces)
            continue
        bonuses = _bonuses(commission, masks, spec)
        payee = _payee_id(event, plan.role)
        try:
            for piece, rate, amount, lifting in accrue_amounts(event, commission.rule_set, spec, pieces, bonuses):
                lifted_by = tuple(bonus.ref for bonus in lifting) if lifting else ()
                accruals.append(Accrual(plan, piece.line, payee, piece.base_fen, rate, amount, amount, lifted_by))
                if piece.net_fen == 0:
                    missing.append(NotAccrued(plan, piece.line, "nothing_paid"))
        except MetricUnknown:
            missing.extend(NotAccrued(plan, piece.line, "metric_unknown") for piece in pieces)


def _bonuses(
    commission: LiveCommission, masks: Sequence[int], spec: Accrue
) -> dict[int, tuple[LiveCommissionRule, ...]]:
    """Bonus rules for the payee of `spec`, by line; empty when the rule set has none."""
    if not commission.bonus_mask:
        return {}
    found: dict[int, tuple[LiveCommissionRule, ...]] = {}
    first = SHIPPING_LINE if commission.rule_set.base == "delivery_fee" else 0
    for line, mask in enumerate(masks, first):
        if mask & commission.bonus_mask:
            found[line] = tuple(
                rule
                for rule in commission.rules
                if rule.rule.bonus is not None and mask >> rule.bit & 1 and rule.rule.bonus.to == spec.to
            )
    return found


def _pieces(
    event: OrderEvent, commission: LiveCommission, priced: PricedOrder, lines: Sequence[int]
) -> tuple[list[Piece], list[tuple[int, str]]]:
    """Base and net of each line of a rule (clause A1); lines whose base is unknown come back with a code."""
    rule_set = commission.rule_set
    if rule_set.base == "delivery_fee":
        return [Piece(SHIPPING_LINE, 1, priced.shipping_fen, 1, priced.shipping_fen, None)], []
    pieces: list[Piece] = []
    unknown: list[tuple[int, str]] = []
    for i in lines:
        line = event.lines[i]
        net = priced.net_fen[i]
        base = line.unit_price_fen * line.quantity if rule_set.base == "list" else net
        den = 1
        if rule_set.vat == "excluded":
            if line.vat_rate is None:
                unknown.append((i, "vat_unknown"))
                continue
            den = line.vat_rate.den + line.vat_rate.num
            base *= line.vat_rate.den
        if rule_set.base == "margin":
            if line.unit_cost_fen is None:
                unknown.append((i, "cost_unknown"))
                continue
            base = max(0, base - line.unit_cost_fen * line.quantity * den)
        pieces.append(Piece(i, line.quantity, base, den, net, line.commission or None))
    return pieces, unknown


def _payee_missing(event: OrderEvent, role: str) -> str | None:
    """Why a payee gets nothing (clause A5); None when it may earn."""
    if role.startswith("pool:"):
        return None
    payee = {"promoter": event.promoter, "referrer": event.referrer, "leader": event.leader}[role]
    if payee is None:
        return "payee_absent"
    if payee.status != "active":
        return "payee_inactive"
    if event.buyer.id is not None and payee.id == event.buyer.id:
        return "payee_is_buyer"
    return None


def _payee_id(event: OrderEvent, role: str) -> str:
    payee = {"promoter": event.promoter, "referrer": event.referrer, "leader": event.leader}.get(role)
    return role if payee is None else payee.id


def _role_order(role: str) -> int:
    return ROLES.index("dividend") if role.startswith("pool:") else ROLES.index(role)


def _under_ceiling(
    live: LiveRules, priced: PricedOrder, accruals: list[Accrual]
) -> tuple[list[Accrual], CeilingCut | None]:
    """Hold all payees together under the lowest live ceiling (clause A7). The order itself is never refused."""
    if live.ceiling is None:
        return accruals, None
    name, ceiling, rule_set = live.ceiling
    earned = sum(accrual.amount_fen for accrual in accruals)
    allowed = sum(priced.net_fen) * ceiling.at_most.num // ceiling.at_most.den
    cut = CeilingCut(name, ceiling.at_most, ceiling.excess, allowed, earned)
    if earned <= allowed:
        return accruals, cut
    if ceiling.excess == "scale":
        amounts = allocate(allowed, [accrual.amount_fen for accrual in accruals], rule_set.remainder)
    else:
        amounts = _refuse_over(allowed, accruals)
    return [_with_amount(accrual, fen) for accrual, fen in zip(accruals, amounts, strict=True)], cut


def _refuse_over(allowed: int, accruals: Sequence[Accrual]) -> list[int]:
    amounts = [0] * len(accruals)
    for at in sorted(range(len(accruals)), key=lambda i: (_role_order(accruals[i].plan.role), i)):
        if accruals[at].amount_fen > allowed:
            break
        amounts[at] = accruals[at].amount_fen
        allowed -= accruals[at].amount_fen
    return amounts


def _with_amount(accrual: Accrual, amount_fen: int) -> Accrual:
    if accrual.amount_fen == amount_fen:
        return accrual
    return Accrual(
        accrual.plan,
        accrual.line,
        accrual.payee,
        accrual.base_fen,
        accrual.rate,
        accrual.earned_fen,
        amount_fen,
        accrual.lifted_by,
    )
