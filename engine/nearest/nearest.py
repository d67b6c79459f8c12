"""The smallest change to an order that would make a rule apply: sought among what people can do, and verified.

Nothing is offered on the strength of reading a rule alone: every change offered has been evaluated, and so has every
purchase of it made one unit (or one fen) smaller, which does not do.  On demand only; pricing never comes here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import msgspec

from engine.calendar import SHANGHAI
from engine.describe.explain import WhyNot, why_not
from engine.facts import order_fact
from engine.live import LivePromotion, LiveRules
from engine.match.factoring import Literal, TooLarge, factor
from engine.nearest.change import BuyGoods, Change, size_key
from engine.nearest.facts import literal_holds, wait_for
from engine.nearest.purchase import bought_more
from engine.nearest.search import MOST_TRIALS, Steps, Trial, is_least, shrunk
from engine.nearest.seeds import Seed, fixes_for, seeds_for, selectors_of
from engine.nearest.standing import APPLIES, standing
from engine.nearest.value import Nearest, Offered
from engine.order import Evaluation, OrderEvent, RuleRef

MOST_CHANGES = 3
"""Changes of different kinds that are told for one rule."""

DEARER_FEN = (5_000, 20_000, 100_000)
"""Prices of example goods that are tried where cheap ones are not worth a discount."""

_BY_NATURE = {
    "payee_absent",
    "payee_inactive",
    "payee_is_buyer",
    "region_unknown",
    "region_vacant",
    "region_doubled",
    "contract_unknown",
    "outside_chain",
    "rate_below_child",
    "same_merchant",
    "buyer_unknown",
    "store_unknown",
}
_BEYOND_REACH = {"budget_exhausted", "campaign_missing", "cost_unknown", "vat_unknown", "metric_unknown"}
_PERIODS = ("day", "week", "month")


def nearest_changes(
    evaluation: Evaluation, live: LiveRules, rules_at: Callable[[datetime], LiveRules] | None = None
) -> tuple[Nearest, ...]:
    """For every rule that `why_not` tells of, in its order, the smallest verified changes.

    `rules_at` gives the rules of a later moment, so that waiting is judged by what stands then; without it, the rules
    at hand are taken to stand on.
    """
    return tuple(nearest_change(evaluation, live, why, rules_at) for why in why_not(evaluation, live))


def nearest_change(
    evaluation: Evaluation,
    live: LiveRules,
    why: WhyNot,
    rules_at: Callable[[datetime], LiveRules] | None = None,
    most_trials: int = MOST_TRIALS,
) -> Nearest:
    """The smallest verified changes for one rule that did not apply, found with so many evaluations at most."""
    if why.code in _BY_NATURE:
        return Nearest(why, "depends_on_who")
    if why.code in _BEYOND_REACH:
        return Nearest(why, "no_small_change")
    trial = Trial(evaluation.event, partial(standing, ref=why.ref), rules_at or (lambda _: live), most_trials)
    if trial.qualifies(()):
        return Nearest(why, "qualifies")
    try:
        found, blocked = _found(trial, live, why)
    except TooLarge:
        return Nearest(why, "no_small_change")
    offered = [Offered(Change(steps), trial.standing(steps).code) for steps in found if is_least(trial, steps)]
    offered.sort(key=lambda one: (one.then != APPLIES, size_key(trial.event, one.change)))
    if offered:
        return Nearest(why, "change", _of_different_kinds(offered))
    if blocked is not None:
        return Nearest(why, "depends_on_who", blocked=blocked)
    if trial.codes() & _BY_NATURE:
        return Nearest(why, "depends_on_who")
    return Nearest(why, "no_small_change")


def _of_different_kinds(offered: list[Offered]) -> tuple[Offered, ...]:
    kinds: dict[tuple[type, ...], Offered] = {}
    for one in offered:
        kinds.setdefault(tuple(sorted((type(step) for step in one.change.steps), key=str)), one)
    return tuple(kinds.values())[:MOST_CHANGES]


def _found(trial: Trial, live: LiveRules, why: WhyNot) -> tuple[list[Steps], tuple[Literal, ...] | None]:
    """Changes that do, and the fewest tests that block a way where each way is blocked."""
    if why.code == "limit_reached":
        return _after_the_limit(trial, live, why.ref), None
    found: list[Steps] = []
    blocked: list[tuple[Literal, ...]] = []
    open_way = False
    for selectors in selectors_of(live, why.ref):
        for fix in fixes_for(trial.event, selectors):
            if fix.blocked:
                blocked.append(fix.blocked)
                continue
            open_way = True
            if found and len(fix.steps) > min(len(steps) for steps in found):
                continue
            for seed in seeds_for(trial.event, selectors, fix):
                if not _is_larger(trial, seed, found):
                    found += _from_seed(trial, seed)
    return found, None if open_way or not blocked else min(blocked, key=len)


def _is_larger(trial: Trial, seed: Seed, found: list[Steps]) -> bool:
    """Whether a seed asks for other goods where a change of no more steps, which applies, does without."""
    other_goods = any(isinstance(step, BuyGoods) and step.like is None for step in seed.steps)
    return other_goods and any(
        len(steps) <= len(seed.steps)
        and trial.standing(steps).code == APPLIES
        and not any(isinstance(step, BuyGoods) and step.like is None for step in steps)
        for steps in found
    )


def _from_seed(trial: Trial, seed: Seed) -> Iterator[Steps]:
    if seed.steps and trial.qualifies(seed.steps):
        yield shrunk(trial, seed.steps)
        return
    at_hand = trial.standing(seed.steps)
    if at_hand.code == "nothing_to_give":
        yield from _dearer(trial, seed)
    hints_fen = [at_hand.short_fen] if at_hand.short_fen else []
    hints_units = [at_hand.short_units] if at_hand.short_units else []
    short_of_units = at_hand.short_units is not None or at_hand.code == "too_few_units"
    for literal in seed.basket:
        hint = _missing(trial.event, literal)
        if literal.test.fact == "order.list_total":
            hints_fen += hint
        else:
            hints_units += hint
    if hints_fen:
        yield from bought_more(trial, seed.steps, seed.scope, by_fen=True, hints=hints_fen)
    if hints_units or short_of_units:
        yield from bought_more(trial, seed.steps, seed.scope, by_fen=False, hints=hints_units)


def _dearer(trial: Trial, seed: Seed) -> Iterator[Steps]:
    """The same example goods at a higher price: a fixed price for goods cheaper than that gives nothing."""
    replace = msgspec.structs.replace
    for price_fen in DEARER_FEN:
        steps = tuple(
            replace(step, line=replace(step.line, unit_price_fen=price_fen)) if isinstance(step, BuyGoods) else step
            for step in seed.steps
        )
        if steps != seed.steps and trial.qualifies(steps):
            yield shrunk(trial, steps)
            return


def _missing(event: OrderEvent, literal: Literal) -> list[int]:
    value, bound = order_fact(event, literal.test.fact), literal.test.values[0] if literal.test.values else None
    if not isinstance(value, int) or not isinstance(bound, int):
        return []
    return [gap for gap in (bound - value, bound - value + 1) if gap > 0]


def _after_the_limit(trial: Trial, live: LiveRules, ref: RuleRef) -> list[Steps]:
    """Waiting for the next day, week or month, when uses are counted afresh."""
    promotion: LivePromotion = next(one for one in live.promotions if one.ref == ref)
    today = trial.event.placed_at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "day": today + timedelta(days=1),
        "week": today + timedelta(days=7 - today.weekday()),
        "month": (today.replace(day=1) + timedelta(days=32)).replace(day=1),
    }
    found: list[Steps] = []
    for period in _PERIODS:
        if not any(limit.period == period for limit in promotion.rule.limits):
            continue
        for part in [part for one in factor(promotion.rule.when) for part in one.order]:
            clock = [one for one in part if one.test.fact.startswith("clock.")]
            others = [one for one in part if not one.test.fact.startswith("clock.")]
            wait = wait_for(trial.event, clock, starts[period])
            met = all(literal_holds(one, order_fact(trial.event, one.test.fact)) for one in others)
            if wait is not None and met and trial.qualifies((wait,)):
                found.append((wait,))
    return found
