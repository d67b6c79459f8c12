"""Who earns what on a priced order (clauses A1-A5, A9)."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from engine.earn.accrual_base import pieces_of
from engine.earn.ceiling import under_ceiling
from engine.earn.commission_amount import Bonuses, Earned, accrue_amounts, rate_of_paid
from engine.earn.commission_split import split_amount
from engine.earn.payees import Payees
from engine.earn.region import accrue_regions
from engine.live import LiveCommission, LiveCommissionRule, LiveRules
from engine.money import Rate
from engine.order import SHIPPING_LINE, Accrual, AccrualPlan, CeilingCut, NotAccrued, OrderEvent, PricedOrder
from engine.ruleset import Accrue


class Result(NamedTuple):
    """Accruals after the ceiling, shares nobody gets, and the ceiling (None when no live rule set has one)."""

    accruals: tuple[Accrual, ...]
    not_accrued: tuple[NotAccrued, ...]
    ceiling: CeilingCut | None


def accrue(event: OrderEvent, live: LiveRules, masks: Sequence[int], priced: PricedOrder) -> Result:
    """All accruals of an order, in the order rule set, rule, payee, line; those of regional agents come last."""
    accruals: list[Accrual] = []
    missing: list[NotAccrued] = []
    campaigns: dict[int, set[str]] | None = None
    payees = Payees(event)
    for commission in _sets_that_hold(live, masks):
        own_masks = masks
        if commission.asks_for_campaigns:
            campaigns = campaigns if campaigns is not None else _campaigns_by_line(priced)
            own_masks = _without_other_campaigns(commission, masks, campaigns)
        if commission.rule_set.base == "delivery_fee":
            own_masks = [_on_every_line(own_masks)]  # the fee belongs to the order: a rule must hold for all its lines
        _SetOnOrder(event, live, commission, own_masks, priced, payees).accrue(accruals, missing)
    if live.regions:
        accruals += accrue_regions(event, live.regions, masks, priced, missing)
    kept, cut = under_ceiling(live, priced, accruals)
    return Result(tuple(kept), tuple(missing), cut)


def _sets_that_hold(live: LiveRules, masks: Sequence[int]) -> list[LiveCommission]:
    """The sets with a paying rule that holds for a line, in their order; the others, however many, cost nothing."""
    hit = 0
    for mask in masks:
        hit |= mask
    hit &= live.paying_mask
    found: list[LiveCommission] = []
    while hit:  # from the top, so that the number left gets shorter
        commission = live.commission_of_bit[hit.bit_length() - 1]
        assert commission is not None
        found.append(commission)
        hit &= ~commission.mask
    found.reverse()
    return found


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


def _on_every_line(masks: Sequence[int]) -> int:
    common = masks[0]
    for mask in masks:
        common &= mask
    return common


class _SetOnOrder:
    """One live rule set at work on one order. Bonuses are looked up once for all its rules."""

    __slots__ = ("_bonuses_of", "_commission", "_event", "_live", "_masks", "_payees", "_priced")

    def __init__(
        self,
        event: OrderEvent,
        live: LiveRules,
        commission: LiveCommission,
        masks: Sequence[int],
        priced: PricedOrder,
        payees: Payees,
    ) -> None:
        self._event = event
        self._live = live
        self._commission = commission
        self._masks = masks
        self._priced = priced
        self._payees = payees
        self._bonuses_of: dict[str, Bonuses] = {}

    def accrue(self, accruals: list[Accrual], missing: list[NotAccrued]) -> None:
        """Choose the rules of each line (clause A2), then accrue rule by rule."""
        paying, bits_of = self._commission.mask, self._live.bits_of
        first_only = self._commission.rule_set.choose == "first"
        chosen: dict[int, list[int]] = {}
        for line, mask in enumerate(self._masks):
            hit = mask & paying
            if not hit:
                continue
            if first_only:
                chosen.setdefault(bits_of[hit][0], []).append(line)
            else:
                for bit in self._chosen(line, hit, missing):
                    chosen.setdefault(bit, []).append(line)
        for bit in sorted(chosen):
            rule = self._rule(bit)
            if rule.by_line:
                self._accrue_by_line(rule, chosen[bit], accruals, missing)
            else:
                self._accrue_together(rule, chosen[bit], accruals, missing)

    def _chosen(self, line: int, hit: int, missing: list[NotAccrued]) -> Iterable[int]:
        """The rules that pay on a line of those that hold for it, unless simply the first does."""
        choose, bits = self._commission.rule_set.choose, self._live.bits_of[hit]
        if choose == "all" or len(bits) == 1:
            return bits
        if choose == "best":
            return (self._best(line, bits),)
        at = SHIPPING_LINE if self._commission.rule_set.base == "delivery_fee" else line
        missing.extend(NotAccrued(plan, at, "rules_conflict") for bit in bits for plan in self._rule(bit).plans)
        return ()

    def _best(self, line: int, bits: Sequence[int]) -> int:
        """Of several rules on one line the one whose payees earn most together; ties go to the earlier rule (A2)."""
        sums: list[int] = []
        for bit in bits:
            trial: list[Accrual] = []
            self._accrue_together(self._rule(bit), [line], trial, [])
            sums.append(sum(accrual.earned_fen for accrual in trial))
        return bits[sums.index(max(sums))]

    def _rule(self, bit: int) -> LiveCommissionRule:
        rule = self._live.by_bit[bit]
        assert rule is not None
        return rule

    def _accrue_by_line(
        self, rule: LiveCommissionRule, lines: Sequence[int], accruals: list[Accrual], missing: list[NotAccrued]
    ) -> None:
        rounding = self._commission.rule_set.rounding
        for spec, plan in zip(rule.rule.accrue, rule.plans, strict=True):
            payee, code = self._payees.of(plan.role)
            if code is not None:
                missing.extend([NotAccrued(plan, line, code) for line in lines])
                continue
            bonuses = self._bonuses(spec.to)
            for line in lines:
                net = self._priced.net_fen[line]
                rate, amount, lifting = rate_of_paid(spec, rounding, net, bonuses.get(line, ()))
                lifted_by = tuple([bonus.ref for bonus in lifting]) if lifting else ()
                accruals.append(Accrual(plan, line, payee, net, rate, amount, amount, lifted_by))
                if net == 0:
                    missing.append(NotAccrued(plan, line, "nothing_paid"))

    def _accrue_together(
        self, rule: LiveCommissionRule, lines: Sequence[int], accruals: list[Accrual], missing: list[NotAccrued]
    ) -> None:
        rule_set = self._commission.rule_set
        pieces, unknown = pieces_of(self._event, self._priced, lines, rule_set.base, rule_set.vat)
        plans = iter(rule.plans)
        for spec in rule.rule.accrue:
            own = tuple(islice(plans, len(spec.split) or 1))
            for plan in own:
                missing.extend([NotAccrued(plan, line, code) for line, code in unknown])
            payable = [piece for piece in pieces if self._may_earn(own, piece.line, missing)]
            # tiers count all goods of the rule, also those on which a payee may not earn
            counted = pieces if payable else ()
            earned, without_metric = accrue_amounts(self._event, rule_set, spec, counted, self._bonuses(spec.to))
            for plan in own:
                missing.extend([NotAccrued(plan, piece.line, "metric_unknown") for piece in without_metric])
            for one in earned:
                self._pay(spec, own, one, accruals, missing)

    def _may_earn(self, plans: Sequence[AccrualPlan], line: int, missing: list[NotAccrued]) -> bool:
        """Whether any of the payees of a share earns on a line; why the others do not is told."""
        anyone = False
        for plan in plans:
            _, code = self._payees.on(plan.role, line)
            if code is None:
                anyone = True
            else:
                missing.append(NotAccrued(plan, line, code))
        return anyone

    def _pay(
        self,
        spec: Accrue,
        plans: Sequence[AccrualPlan],
        earned: Earned,
        accruals: list[Accrual],
        missing: list[NotAccrued],
    ) -> None:
        """Give what a line earns to its payee, or split it among several."""
        if not spec.split:
            self._give(plans[0], earned, earned.rate, earned.amount_fen, accruals, missing)
            return
        payable = [self._payees.on(plan.role, earned.piece.line)[1] is None for plan in plans]
        parts = split_amount(spec, earned.amount_fen, payable, self._commission.rule_set.remainder)
        for plan, (amount, share) in zip(plans, parts, strict=True):
            rate = None if earned.rate is None else earned.rate.times(share)
            self._give(plan, earned, rate, amount, accruals, missing)

    def _give(
        self,
        plan: AccrualPlan,
        earned: Earned,
        rate: Rate | None,
        amount: int,
        accruals: list[Accrual],
        missing: list[NotAccrued],
    ) -> None:
        """An amount for one payee, unless it may not earn: that has been told already."""
        piece = earned.piece
        payee, code = self._payees.on(plan.role, piece.line)
        if code is not None:
            return
        lifted_by = tuple([bonus.ref for bonus in earned.lifted_by]) if earned.lifted_by else ()
        accruals.append(Accrual(plan, piece.line, payee, piece.base_fen, rate, amount, amount, lifted_by))
        if piece.net_fen == 0:
            missing.append(NotAccrued(plan, piece.line, "nothing_paid"))

    def _bonuses(self, role: str) -> Bonuses:
        """Bonus rules for a payee, by line; empty when none holds."""
        found = self._bonuses_of.get(role)
        if found is None:
            found = self._bonuses_of[role] = self._bonuses_for(role) if self._commission.bonus_mask else {}
        return found

    def _bonuses_for(self, role: str) -> Bonuses:
        commission = self._commission
        first = SHIPPING_LINE if commission.rule_set.base == "delivery_fee" else 0
        return {
            line: tuple(
                rule
                for rule in commission.bonus_rules
                if rule.rule.bonus is not None and mask >> rule.bit & 1 and rule.rule.bonus.to == role
            )
            for line, mask in enumerate(self._masks, first)
            if mask & commission.bonus_mask
        }
