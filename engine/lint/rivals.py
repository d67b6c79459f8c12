"""Promotions that compete for the same goods, and who wins: told with an order, and no fault, for it is often meant."""

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations, islice

import msgspec

from engine.conditions import Condition, Test, all_of
from engine.evaluate import evaluate_order
from engine.example.example import example_order
from engine.lint.overlap import can_hold_together
from engine.live import compile_live
from engine.order import Evaluation, OrderEvent
from engine.ruleset import BundlePrice, GroupDiscount, OrderDiscount, Promotion, PromotionSet, RuleSet

MOST_PAIRS = 3_000
"""Most pairs of promotions that are weighed against each other."""

_RIVALRY = ("outcompeted", "other_world", "already_discounted")
"""Reasons that name the other promotion; one that only lowers the sum below a threshold is no rival (L409)."""


class Overlap(msgspec.Struct, frozen=True):
    """Two promotions, `RULE_SET/RULE`, each of which gives something on an order alone, and only one together."""

    winner: str
    loser: str
    code: str
    """Why the loser gave nothing, as results say it."""
    saved_fen: int
    """What the winner takes off on the order."""
    would_save_fen: int
    """What the loser takes off when it is alone."""
    example: OrderEvent


Placed = tuple[PromotionSet, Promotion]


def overlaps(rule_sets: Sequence[RuleSet]) -> list[Overlap]:
    """Pairs of promotions that can stand together and of which one keeps the other from giving anything.

    Of one name only the versions with the highest number are looked at. Exact about what it tells, as every order has
    been evaluated; pairs for which no order is found are not told, nor those beyond `MOST_PAIRS`.
    """
    newest: dict[str, PromotionSet] = {}
    for one in rule_sets:
        if isinstance(one, PromotionSet):
            known = newest.get(one.header.name)
            if known is None or known.header.version < one.header.version:
                newest[one.header.name] = one
    placed = [(one, rule) for _, one in sorted(newest.items()) for rule in one.rules]
    rivals = (pair for pair in combinations(placed, 2) if _may_meet(*pair))
    found = (_weigh(*pair) for pair in islice(rivals, MOST_PAIRS))
    return [one for one in found if one is not None]


def _may_meet(one: Placed, other: Placed) -> bool:
    """Whether two promotions are of a kind that excludes, and their periods meet."""
    stackings = {one[1].stacking, other[1].stacking}
    idle = "exclusive" not in stackings and stackings != {"competing"}
    since, until = _period(one, other)
    return not idle and (until is None or since < until)


def _period(one: Placed, other: Placed) -> tuple[datetime, datetime | None]:
    headers = one[0].header, other[0].header
    ends = [header.effective_until for header in headers if header.effective_until is not None]
    return max(header.effective_from for header in headers), min(ends, default=None)


def _weigh(one: Placed, other: Placed) -> Overlap | None:
    condition = all_of(_scope(one[1]), _scope(other[1]))
    if not can_hold_together(condition):
        return None
    units, fen = max(_units(one[1]), _units(other[1])), max(_fen(one[1]), _fen(other[1]))
    since, until = _period(one, other)
    large = all_of(condition, Test("line.quantity", "at_least", (units,)), Test("order.list_total", "at_least", (fen,)))
    example = example_order(large, since, until) or example_order(condition, since, until)
    if example is None:
        return None
    event = example.event
    alone = [_saved(_evaluated(event, [placed]), placed) for placed in (one, other)]
    together = _evaluated(event, [one, other])
    left = [_saved(together, placed) for placed in (one, other)]
    pair = one, other
    for winner, loser in ((0, 1), (1, 0)):
        code = _code(together, pair[loser])
        if code in _RIVALRY and alone[winner] and alone[loser] and left[winner] and not left[loser]:
            return Overlap(_name(pair[winner]), _name(pair[loser]), code, left[winner], alone[loser], event)
    return None


def _evaluated(event: OrderEvent, placed: Sequence[Placed]) -> Evaluation:
    """The order under the given promotions only."""
    sets: dict[str, PromotionSet] = {}
    for rule_set, _ in placed:
        chosen = tuple(rule for own, rule in placed if own is rule_set)
        sets[rule_set.header.name] = msgspec.structs.replace(rule_set, rules=chosen)
    return evaluate_order(event, compile_live(sets.values()))


def _code(evaluation: Evaluation, placed: Placed) -> str:
    """Why a promotion gave nothing, where it matched."""
    return next(
        (
            one.code
            for one in evaluation.priced.lost
            if (one.ref.rule_set, one.ref.rule) == (placed[0].header.name, placed[1].id)
        ),
        "",
    )


def _saved(evaluation: Evaluation, placed: Placed) -> int:
    return sum(
        one.discount_fen
        for one in evaluation.priced.applied
        if (one.plan.ref.rule_set, one.plan.ref.rule) == (placed[0].header.name, placed[1].id)
    )


def _name(placed: Placed) -> str:
    return f"{placed[0].header.name}/{placed[1].id}"


# --- how much it takes ------------------------------------------------------------------------------------------------


def _scope(rule: Promotion) -> Condition:
    """The goods that the first benefit of a promotion is about."""
    benefit = rule.benefits[0]
    items = benefit.components[0].items if isinstance(benefit, BundlePrice) else getattr(benefit, "items", None)
    return rule.when if items is None else all_of(rule.when, items)


def _units(rule: Promotion) -> int:
    needs = [1]
    for benefit in rule.benefits:
        match benefit:
            case GroupDiscount():
                needs.append(benefit.every)
            case BundlePrice():
                needs.append(sum(component.count for component in benefit.components))
            case OrderDiscount(measure="units"):
                needs += [benefit.every or 1, *(tier.at_least for tier in benefit.tiers)]
    if rule.spend is not None and rule.spend.measure == "units":
        needs.append(rule.spend.at_least)
    return max(needs)


def _fen(rule: Promotion) -> int:
    needs = [0]
    for benefit in rule.benefits:
        if isinstance(benefit, OrderDiscount) and benefit.measure == "money":
            needs += [benefit.every or 0, *(tier.at_least for tier in benefit.tiers)]
    if rule.spend is not None and rule.spend.measure == "money":
        needs.append(rule.spend.at_least)
    return max(needs)
