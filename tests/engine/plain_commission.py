"""A second reading of the commission clauses, with fractions and without the engine's arithmetic.

`plain_accruals` gives what every payee earns before the ceiling, `plain_ceiling` what the ceiling leaves.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from engine.conditions import holds
from engine.facts import facts_of
from engine.order import OrderEvent, Payee, PricedOrder
from engine.ruleset import Accrue, Ceiling, CommissionRule, CommissionSet
from tests.engine.plain_pricing import plain_allocate, plain_rounding

Key = tuple[str, str, str, int]
"""(rule set, rule, role, line)."""


class Share(NamedTuple):
    key: Key
    amount: int


class PlainCommission:
    """One rule set read against one priced order."""

    def __init__(self, event: OrderEvent, priced: PricedOrder, rule_set: CommissionSet) -> None:
        self.event, self.priced, self.rule_set = event, priced, rule_set
        self.fee_only = rule_set.base == "delivery_fee"
        self.lines = [-1] if self.fee_only else list(range(len(event.lines)))

    def shares(self) -> list[Share]:
        chosen: dict[str, list[int]] = {}
        paying = [rule for rule in self.rule_set.rules if rule.bonus is None]
        for i in self.lines:
            hits = [rule for rule in paying if self._holds(rule, i)]
            if self.rule_set.choose == "first":
                hits = hits[:1]
            elif self.rule_set.choose == "only" and len(hits) > 1:
                hits = []
            elif self.rule_set.choose == "best" and hits:
                hits = [max(hits, key=lambda rule: sum(share.amount for share in self._of_rule(rule, [i])))]
            for rule in hits:
                chosen.setdefault(rule.id, []).append(i)
        return [share for rule in paying if rule.id in chosen for share in self._of_rule(rule, chosen[rule.id])]

    def _holds(self, rule: CommissionRule, i: int) -> bool:
        wanted = self.lines if i >= 0 else range(len(self.event.lines))
        at = [i] if i >= 0 else list(wanted)
        return all(
            holds(rule.when, facts_of(self.event, self.event.lines[one])) and self._from_campaign(rule, one)
            for one in at
        )

    def _from_campaign(self, rule: CommissionRule, i: int) -> bool:
        discounted = {
            applied.plan.ref.rule_set
            for applied in self.priced.applied
            for part in applied.lines
            if part.line == i and part.discount_fen
        }
        return not rule.from_campaigns or bool(discounted & set(rule.from_campaigns))

    def _net(self, i: int) -> int:
        return self.priced.shipping_fen if i < 0 else self.priced.net_fen[i]

    def _base(self, i: int) -> Fraction | None:
        """None when the cost or the VAT rate that it needs is unknown."""
        if i < 0:
            return Fraction(self.priced.shipping_fen)
        line = self.event.lines[i]
        listed = line.unit_price_fen * line.quantity
        base = Fraction(listed if self.rule_set.base == "list" else self.priced.net_fen[i])
        if self.rule_set.vat == "excluded":
            if line.vat_rate is None:
                return None
            base /= 1 + Fraction(line.vat_rate.num, line.vat_rate.den)
        if self.rule_set.base == "margin":
            if line.unit_cost_fen is None:
                return None
            base = max(Fraction(0), base - line.unit_cost_fen * line.quantity)
        return base

    def _of_rule(self, rule: CommissionRule, lines: Sequence[int]) -> Iterable[Share]:
        bases = {i: base for i in lines if (base := self._base(i)) is not None}
        for accrue in rule.accrue:
            if not any(self._can_earn(role, i) for role in accrue.roles for i in bases):
                continue
            earned = self._earned(accrue, bases)
            for i in bases:
                if i in earned:
                    amount = max(accrue.floor_fen or 0, earned[i])
                    if accrue.cap_fen is not None:
                        amount = min(amount, accrue.cap_fen)
                    whole = max(0, min(amount, self._net(i)))
                    for role, fen in self._parts(accrue, i, whole):
                        yield Share((self.rule_set.header.name, rule.id, role, i), fen)

    def _parts(self, accrue: Accrue, i: int, whole: int) -> Iterable[tuple[str, int]]:
        """What each payee has of a line, in the order written; nobody who may not earn is among them."""
        there = [self._can_earn(role, i) for role in accrue.roles]
        shares = [Fraction(part.share.num, part.share.den) for part in accrue.split] or [Fraction(1)]
        if accrue.if_absent == "others":
            shares = [share if can else Fraction(0) for share, can in zip(shares, there, strict=True)]
        amounts = plain_allocate(whole, shares, self.rule_set.remainder)
        return [(role, fen) for role, fen, can in zip(accrue.roles, amounts, there, strict=True) if can]

    def _can_earn(self, role: str, i: int) -> bool:
        if role.startswith("pool:"):
            return True
        payee = getattr(self.event, role) if role != "partner" else self._seller()
        if role == "partner" and payee is not None and i >= 0 and payee.merchant == self.event.lines[i].merchant:
            return False
        return payee is not None and payee.status == "active" and payee.id != self.event.buyer.id

    def _seller(self) -> Payee | None:
        """Whose merchant is the partner: the promoter's if there is one, else the host's."""
        of_a_merchant = [one for one in (self.event.promoter, self.event.host) if one and one.merchant]
        return of_a_merchant[0] if of_a_merchant else None

    def _lifted(self, accrue: Accrue, i: int, amount: Fraction, base: Fraction) -> Fraction:
        """An exact amount lifted by the bonus rules of its line; nothing stays nothing."""
        bonuses = [
            rule.bonus
            for rule in self.rule_set.rules
            if rule.bonus and rule.bonus.to == accrue.to and self._holds(rule, i)
        ]
        if amount:
            amount += sum(base * Fraction(one.add_rate.num, one.add_rate.den) for one in bonuses if one.add_rate)
            for one in bonuses:
                if one.multiply:
                    amount *= Fraction(one.multiply.num, one.multiply.den)
        return amount

    def _round(self, amount: Fraction) -> int:
        return plain_rounding(amount, self.rule_set.rounding)

    def _quantity(self, i: int) -> int:
        return 1 if i < 0 else self.event.lines[i].quantity

    def _earned(self, accrue: Accrue, bases: dict[int, Fraction]) -> dict[int, int]:
        earned: dict[int, int] = {}
        rest = dict(bases)
        if accrue.sku_figure:
            for i in [i for i in bases if i >= 0 and accrue.to in self.event.lines[i].commission]:
                figure = self.event.lines[i].commission[accrue.to]
                base = rest.pop(i)
                fixed = (figure.amount_fen or 0) * self._quantity(i)
                rate = Fraction(figure.rate.num, figure.rate.den) if figure.rate else Fraction(0)
                # a zero rate is a decision that no bonus lifts
                earned[i] = fixed + (self._round(self._lifted_rate(accrue, i, rate) * base) if rate else 0)
        if rest and accrue.tiers is not None:
            earned |= self._by_tiers(accrue, rest)
        elif rest and (accrue.rate is not None or accrue.amount_fen is not None):
            earned |= self._by_rate(accrue, rest)
        return earned

    def _lifted_rate(self, accrue: Accrue, i: int, rate: Fraction) -> Fraction:
        return self._lifted(accrue, i, rate, Fraction(1))

    def _by_rate(self, accrue: Accrue, bases: dict[int, Fraction]) -> dict[int, int]:
        fixed = dict.fromkeys(bases, 0)
        if accrue.amount_fen is not None:
            if accrue.per == "order":
                parts = plain_allocate(accrue.amount_fen, list(bases.values()), self.rule_set.remainder)
                fixed = dict(zip(bases, parts, strict=True))
            else:
                fixed = {i: accrue.amount_fen * (self._quantity(i) if accrue.per == "unit" else 1) for i in bases}
        rate = Fraction(accrue.rate.num, accrue.rate.den) if accrue.rate else Fraction(0)
        return {i: fixed[i] + self._round(base * self._lifted_rate(accrue, i, rate)) for i, base in bases.items()}

    def _by_tiers(self, accrue: Accrue, bases: dict[int, Fraction]) -> dict[int, int]:
        assert accrue.tiers is not None
        metric = accrue.tiers.metric
        if metric == "line":
            return {i: self._together(accrue, {i: base}, Fraction(0), base)[i] for i, base in bases.items()}
        if metric == "order":
            return self._together(accrue, bases, Fraction(0), sum(bases.values(), Fraction(0)))
        role, _, _ = metric.partition(".")
        payee: Any = getattr(self.event, role)
        if payee is None or payee.period_sales_fen is None:
            return {}
        so_far = Fraction(payee.period_sales_fen)
        return self._together(accrue, bases, so_far, so_far)

    def _together(
        self, accrue: Accrue, bases: dict[int, Fraction], so_far: Fraction, measure: Fraction
    ) -> dict[int, int]:
        tiers = accrue.tiers
        assert tiers is not None
        total = sum(bases.values(), Fraction(0))
        if tiers.mode == "marginal":
            whole = self._slices(tiers.steps, so_far + total) - self._slices(tiers.steps, so_far)
            exact = {i: whole * base / total if total else Fraction(0) for i, base in bases.items()}
            if not whole:
                exact = dict.fromkeys(bases, Fraction(0))
            else:
                exact = {i: self._lifted(accrue, i, exact[i], base) for i, base in bases.items()}
        else:
            reached = [step for step in tiers.steps if measure >= step.at_least]
            if not reached:
                return dict.fromkeys(bases, 0)
            step = reached[-1]
            assert step.rate is not None
            rate = Fraction(step.rate.num, step.rate.den)
            exact = {i: base * self._lifted_rate(accrue, i, rate) for i, base in bases.items()}
            if tiers.metric not in ("line", "order"):
                return {i: self._round(amount) for i, amount in exact.items()}
        amount = self._round(sum(exact.values(), Fraction(0)))
        parts = plain_allocate(amount, list(exact.values()), self.rule_set.remainder)
        return dict(zip(bases, parts, strict=True))

    @staticmethod
    def _slices(steps: Sequence[Any], amount: Fraction) -> Fraction:
        total = Fraction(0)
        ends = [Fraction(step.at_least) for step in steps[1:]] + [max(amount, Fraction(steps[-1].at_least))]
        for step, end in zip(steps, ends, strict=True):
            inside = min(amount, end) - step.at_least
            if inside > 0:
                total += inside * Fraction(step.rate.num, step.rate.den)
        return total


def plain_accruals(event: OrderEvent, priced: PricedOrder, rule_sets: Iterable[CommissionSet]) -> list[Share]:
    ordered = sorted(rule_sets, key=lambda one: one.header.name)
    return [share for one in ordered for share in PlainCommission(event, priced, one).shares()]


def plain_ceiling(shares: Sequence[Share], net_fen: int, ceiling: Ceiling, remainder: str) -> list[int]:
    """Clause A7 on shares in key order."""
    allowed = floor(net_fen * Fraction(ceiling.at_most.num, ceiling.at_most.den))
    amounts = [share.amount for share in shares]
    if sum(amounts) <= allowed:
        return amounts
    if ceiling.excess == "scale":
        return plain_allocate(allowed, amounts, remainder)
    roles = ["promoter", "referrer", "leader", "host", "partner", "pool:partners"]
    kept = [0] * len(shares)
    for at in sorted(range(len(shares)), key=lambda i: (roles.index(shares[i].key[2]), i)):
        if sum(kept) + amounts[at] > allowed:
            break
        kept[at] = amounts[at]
    return kept
