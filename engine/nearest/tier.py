"""The next tier of a promotion that applies: how much more of its goods reaches it (再买 1 件升至满 3 件减 20%)."""

from collections.abc import Iterator, Sequence
from functools import partial

import msgspec

from engine.describe.benefit import say_benefit
from engine.describe.values import Words
from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.nearest.change import Change, size_key
from engine.nearest.purchase import bought_more
from engine.nearest.search import MOST_TRIALS, Trial, is_least
from engine.nearest.standing import APPLIES, UNMATCHED, Standing
from engine.nearest.words import say_step
from engine.order import AppliedBenefit, BenefitPlan, Evaluation, OrderEvent, RuleRef
from engine.refund.retest import kept_measure
from engine.ruleset import OrderDiscount, Tier


class NextTier(msgspec.Struct, frozen=True):
    """The tier above the one that applies, and the smallest purchase that reaches it, verified."""

    plan: BenefitPlan
    tier: Tier
    change: Change

    @property
    def ref(self) -> RuleRef:
        return self.plan.ref

    def words(self, event: OrderEvent) -> Words:
        benefit = self.plan.benefit
        assert isinstance(benefit, OrderDiscount)
        reached = say_benefit(OrderDiscount(tiers=(self.tier,), measure=benefit.measure))
        said = [say_step(event, step) for step in self.change.steps]
        return Words(
            f"{'，并'.join(one.zh for one in said)}升至{reached.zh}",
            f"{' and '.join(one.en for one in said)} to reach {reached.en}",
        )


def next_tiers(evaluation: Evaluation, live: LiveRules, most_trials: int = MOST_TRIALS) -> tuple[NextTier, ...]:
    """For each tiered promotion that applied below its highest tier, the smallest purchase that reaches the next.

    `live` must be the rules of the evaluation. One that no small purchase reaches is left out.
    """
    return tuple(
        found for applied in evaluation.priced.applied for found in _next(evaluation, live, applied, most_trials)
    )


def _next(evaluation: Evaluation, live: LiveRules, applied: AppliedBenefit, most_trials: int) -> Iterator[NextTier]:
    benefit = applied.plan.benefit
    if not isinstance(benefit, OrderDiscount):
        return
    measured = _measured(evaluation, applied, benefit)
    tier = next((tier for tier in benefit.tiers if tier.at_least > measured), None)
    if tier is None:
        return
    event = evaluation.event
    trial = Trial(event, partial(_standing, plan=applied.plan, tier=tier), lambda _: live, most_trials)
    scope = [event.lines[part.line] for part in applied.lines]
    by_fen, short = benefit.measure == "money", tier.at_least - measured
    found = [
        Change(steps) for steps in bought_more(trial, (), scope, by_fen=by_fen, hints=[short]) if is_least(trial, steps)
    ]
    if found:
        yield NextTier(applied.plan, tier, min(found, key=partial(size_key, event)))


def _measured(evaluation: Evaluation, applied: AppliedBenefit, benefit: OrderDiscount) -> int:
    """What the threshold counts of the order as it is: nothing is returned."""
    nothing: Sequence[int] = [0] * len(evaluation.event.lines)
    return kept_measure(evaluation, applied, nothing, benefit.measure)


def _standing(event: OrderEvent, live: LiveRules, plan: BenefitPlan, tier: Tier) -> Standing:
    """Whether the benefit applies on the order at this tier or above; else how far it is."""
    evaluation = evaluate_order(event, live)
    for applied in evaluation.priced.applied:
        benefit = applied.plan.benefit
        if applied.plan == plan and isinstance(benefit, OrderDiscount):
            short = tier.at_least - _measured(evaluation, applied, benefit)
            if short <= 0:
                return Standing(APPLIES)
            by_fen = benefit.measure == "money"
            return Standing("threshold_not_reached", short if by_fen else None, None if by_fen else short)
    return UNMATCHED
