"""Hints for a buyer: what little more would bring the promotions, or the tiers, that the basket nearly has.

Only promotions that were meant for these goods and missed a threshold, a tier or some units are looked at, within a
bound, so a quote stays quick.  Nothing here tells of commissions, costs or coupon codes.
"""

import msgspec

from engine.describe.explain import WhyNot
from engine.describe.values import Words
from engine.evaluate import evaluate_order
from engine.live import LiveRules
from engine.nearest.change import BuyGoods, BuyMore, apply_change
from engine.nearest.nearest import nearest_change
from engine.nearest.standing import APPLIES
from engine.nearest.tier import NextTier, next_tiers
from engine.nearest.value import Offered, say_offered
from engine.order import Evaluation, RuleRef

MOST_HINTS = 3
MOST_PROMOTIONS = 8
"""Promotions looked at for one basket."""
MOST_LINES = 50
"""Longer baskets get no hints: trying changes out would cost more than the quote."""
MOST_TRIALS = 48
_NEARLY = ("threshold_not_reached", "too_few_units")


class Hint(msgspec.Struct, frozen=True):
    """A promotion within reach, or its next tier: what to buy more of, in words, and what it then takes off more."""

    ref: RuleRef
    words: Words
    saves_fen: int


def nearest_hints(evaluation: Evaluation, live: LiveRules) -> tuple[Hint, ...]:
    """At most three promotions, or tiers, that more of the same goods would bring, those that save most first.

    `live` must be the rules of the evaluation.
    """
    if len(evaluation.event.lines) > MOST_LINES:
        return ()
    nearly = [lost for lost in evaluation.priced.lost if lost.code in _NEARLY]
    nearly.sort(key=lambda lost: (lost.short_fen is None, lost.short_fen or 0))
    hints: list[Hint] = []
    for lost in nearly[:MOST_PROMOTIONS]:
        why = WhyNot(lost.ref, "promotion", lost.code, lost=lost)
        found = nearest_change(evaluation, live, why, most_trials=MOST_TRIALS)
        hints += [_hint(evaluation, live, why, one) for one in found.changes[:1] if _is_small(one)]
    hints += [_tier_hint(evaluation, live, one) for one in next_tiers(evaluation, live, MOST_TRIALS)]
    return tuple(sorted((one for one in hints if one.saves_fen >= 0), key=lambda one: -one.saves_fen)[:MOST_HINTS])


def _is_small(offered: Offered) -> bool:
    """One purchase of goods that are in the basket, after which the promotion applies."""
    (step, *more) = offered.change.steps
    in_basket = isinstance(step, BuyMore) or (isinstance(step, BuyGoods) and step.like is not None)
    return in_basket and not more and offered.then == APPLIES


def _hint(evaluation: Evaluation, live: LiveRules, why: WhyNot, offered: Offered) -> Hint:
    saves = _given(evaluate_order(apply_change(evaluation.event, offered.change), live), why.ref)
    return Hint(why.ref, say_offered(evaluation.event, offered, why), saves)


def _tier_hint(evaluation: Evaluation, live: LiveRules, tier: NextTier) -> Hint:
    changed = evaluate_order(apply_change(evaluation.event, tier.change), live)
    more = _given(changed, tier.ref) - _given(evaluation, tier.ref)
    return Hint(tier.ref, tier.words(evaluation.event), more)


def _given(evaluation: Evaluation, ref: RuleRef) -> int:
    return sum(applied.discount_fen for applied in evaluation.priced.applied if applied.plan.ref == ref)
