"""What a replay adds up to: orders, money, rules, refunds. Amounts are fen."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from engine.order import AccrualPlan, BenefitPlan, Evaluation
from engine.refund.clawback import RefundOutcome
from engine.ruleset import Lane

Json = dict[str, Any]
REGION = "region:"
"""What the roles of regional agents begin with."""


class _Use:
    """How often a plan was used and what it came to."""

    __slots__ = ("fen", "plan", "times")

    def __init__(self, plan: BenefitPlan | AccrualPlan) -> None:
        self.plan, self.times, self.fen = plan, 0, 0


class Summary:
    """Running totals; `accruals` and `clawbacks` by role, `not_accrued` and `not_applied` by code."""

    def __init__(self) -> None:
        self.orders = self.order_lines = self.refunds = 0
        self.list_fen = self.goods_fen = self.fee_fen = self.shipping_fen = 0
        self.cash_fen = self.shipping_back_fen = self.returned_fen = 0
        self.clawbacks: Counter[str] = Counter()
        self.not_accrued: Counter[str] = Counter()
        self.not_applied: Counter[str] = Counter()
        self.ceiling_orders = self.ceiling_cut_fen = 0
        self.agents: Counter[tuple[str, str]] = Counter()
        """What regional agents earned, by role and id; and"""
        self.agents_back: Counter[tuple[str, str]] = Counter()
        """what refunds took back."""
        self._uses: dict[int, _Use] = {}
        """By the identity of the plan; the plan is kept alive by its entry."""

    def sale(self, evaluation: Evaluation, list_fen: int) -> None:
        """Add an order whose goods come to `list_fen` at list prices."""
        event, priced = evaluation.event, evaluation.priced
        self.orders += 1
        self.order_lines += len(event.lines)
        self.list_fen += list_fen
        self.goods_fen += sum(priced.net_fen)
        self.fee_fen += event.delivery.fee_fen
        self.shipping_fen += priced.shipping_fen
        for applied in priced.applied:
            self._use(applied.plan, applied.discount_fen)
        for accrual in evaluation.accruals:
            self._use(accrual.plan, accrual.amount_fen)
            if accrual.plan.role.startswith(REGION):
                self.agents[accrual.plan.role, accrual.payee] += accrual.amount_fen
        for missing in evaluation.not_accrued:
            self.not_accrued[missing.code] += 1
        for lost in priced.lost:
            self.not_applied[lost.code] += 1
        ceiling = evaluation.ceiling
        if ceiling is not None and ceiling.earned_fen > ceiling.allowed_fen:
            self.ceiling_orders += 1
            self.ceiling_cut_fen += ceiling.earned_fen - sum(one.amount_fen for one in evaluation.accruals)

    def refund(self, evaluation: Evaluation, outcome: RefundOutcome) -> None:
        """Add a refund."""
        self.refunds += 1
        self.cash_fen += outcome.cash_fen
        self.shipping_back_fen += outcome.shipping_fen
        self.returned_fen += sum(outcome.share_fen)
        for clawback in outcome.clawbacks:
            accrual = evaluation.accruals[clawback.accrual]
            self.clawbacks[accrual.plan.role] += clawback.amount_fen
            if accrual.plan.role.startswith(REGION):
                self.agents_back[accrual.plan.role, accrual.payee] += clawback.amount_fen

    def _use(self, plan: BenefitPlan | AccrualPlan, fen: int) -> None:
        use = self._uses.get(id(plan))
        if use is None:
            use = self._uses[id(plan)] = _Use(plan)
        use.times += 1
        use.fen += fen

    @property
    def any_rule_applied(self) -> bool:
        """Whether any rule gave or earned anyone anything; a rate of zero counts as applied."""
        return bool(self._uses)

    @property
    def accruals(self) -> dict[str, int]:
        """Commissions by role."""
        return _sums((use.plan.role, use.fen) for use in self._uses.values() if isinstance(use.plan, AccrualPlan))

    def rules(self) -> list[Json]:
        """Which rules applied, how often and for how much; promotions first, the largest amounts first.

        `times` counts benefits given (promotions) or accruals (commissions).
        """
        rows: dict[tuple[str, str, int, str], Json] = {}
        for use in self._uses.values():
            ref = use.plan.ref
            kind = "promotion" if isinstance(use.plan, BenefitPlan) else "commission"
            row = rows.setdefault(
                (kind, ref.rule_set, ref.version, ref.rule),
                {
                    "kind": kind,
                    "rule_set": ref.rule_set,
                    "version": ref.version,
                    "rule": ref.rule,
                    "title": ref.title,
                    "times": 0,
                    "amount_fen": 0,
                },
            )
            row["times"] += use.times
            row["amount_fen"] += use.fen
        return sorted(
            rows.values(),
            key=lambda row: (row["kind"] == "commission", -row["amount_fen"], row["rule_set"], row["rule"]),
        )

    def discounts(self) -> dict[str, int]:
        """Discounts by lane."""
        return _sums((use.plan.lane, use.fen) for use in self._uses.values() if isinstance(use.plan, BenefitPlan))

    def money(self) -> Json:
        """The sums of money."""
        return {
            "list_fen": self.list_fen,
            "discount_fen": self.list_fen - self.goods_fen,
            "goods_fen": self.goods_fen,
            "delivery_fee_fen": self.fee_fen,
            "shipping_fen": self.shipping_fen,
            "paid_fen": self.goods_fen + self.shipping_fen,
            "discounts_by_lane": self.discounts(),
            "accruals_by_role": self.accruals,
            "ceiling_cut_orders": self.ceiling_orders,
            "ceiling_cut_fen": self.ceiling_cut_fen,
            "returned_goods_fen": self.returned_fen,
            "cash_refunded_fen": self.cash_fen,
            "recovered_fen": self.returned_fen - self.cash_fen,
            "shipping_refunded_fen": self.shipping_back_fen,
            "clawbacks_by_role": dict(sorted(self.clawbacks.items())),
        }


def _sums(parts: Iterable[tuple[str | Lane, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for name, fen in parts:
        sums[name] += fen
    return dict(sorted(sums.items()))
