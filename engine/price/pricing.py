"""Price an order: which offers match, which limits allow them, and in which world the buyer pays least.

The lanes run in a fixed order (clause P4), each in its own file.  A promotion never fails an order (clause P14): what
does not apply is noted with a code.
"""

from collections.abc import Iterable, Sequence

from engine.live import LivePromotion, LiveRules, Offer
from engine.order import Consumption, NotApplied, OrderEvent, PricedOrder
from engine.price.basket import Basket, Entry, Reason
from engine.price.catalogue_lane import run_catalogue_lane
from engine.price.item_lane import run_item_lane
from engine.price.order_lane import run_order_lane
from engine.price.shipping_lane import run_shipping_lane
from engine.ruleset import BundlePrice

_LANE = {"catalogue": 0, "item": 1, "order": 2, "shipping": 3}


def price(event: OrderEvent, live: LiveRules, masks: Sequence[int]) -> PricedOrder:
    """The priced order, given per line the mask of matching conditions (`LiveRules.network.match`)."""
    entries = matched_entries(live, masks)
    reasons: dict[int, Reason] = {}
    caps: dict[int, int] = {}
    refused_over: dict[int, int] = {}
    matched = _promotions(entries)
    for promotion in matched:
        if promotion.bounded:
            reason = _limit_reason(event, promotion, caps, refused_over)
            if reason is not None:
                reasons[promotion.index] = reason
    while True:
        basket, runner_up = _cheapest_world(event, live, entries, caps, reasons)
        over = _over_budget(basket, live, refused_over) if refused_over else None
        if over is None:
            return _result(basket, matched, runner_up)
        reasons[over] = Reason("budget_exhausted")


def matched_entries(live: LiveRules, masks: Sequence[int]) -> list[Entry]:
    """Offers whose selectors matched lines, in key order (clauses P2, P3)."""
    selector_mask, bits_of = live.selector_mask, live.bits_of
    lines_of: dict[int, list[int]] = {}
    for line, mask in enumerate(masks):
        for bit in bits_of[mask & selector_mask]:
            if bit in lines_of:
                lines_of[bit].append(line)
            else:
                lines_of[bit] = [line]
    entries: list[Entry] = []
    last: Offer | None = None
    for bit in sorted(lines_of):
        offer = live.offer_of_bit[bit]
        promotion = live.promotions[offer.promotion]
        if len(offer.bits) == 1:
            scope = lines_of[bit]
            entries.append(Entry(offer, offer.plan, promotion, (scope,), scope))
        elif offer is not last:  # the bits of one offer stand together
            last = offer
            selected = tuple([lines_of.get(bit, []) for bit in offer.bits])
            scope = sorted({line for lines in selected for line in lines})
            if all(selected) or not isinstance(offer.plan.benefit, BundlePrice):
                entries.append(Entry(offer, offer.plan, promotion, selected, scope))
    return entries


def _promotions(entries: Sequence[Entry]) -> list[LivePromotion]:
    """The promotions of entries, each once, by key: the offers of one promotion stand together."""
    promotions: list[LivePromotion] = []
    for entry in entries:
        if not promotions or promotions[-1] is not entry.promotion:
            promotions.append(entry.promotion)
    return promotions


def _limit_reason(
    event: OrderEvent, promotion: LivePromotion, caps: dict[int, int], refused_over: dict[int, int]
) -> Reason | None:
    """Why a promotion's limits refuse it before it is priced; else its money caps are filled in (clause P15)."""
    rule = promotion.rule
    used = event.counters.get(promotion.counter_key, {})
    for limit in rule.limits:
        if limit.per == "buyer" and event.buyer.id is None:
            return Reason("buyer_unknown")
        if limit.per == "store" and event.store is None:
            return Reason("store_unknown")
        if used.get(limit.counter, 0) >= limit.uses:
            return Reason("limit_reached")
    cap = rule.at_most_fen
    if rule.budget is not None:
        left = rule.budget.amount_fen - used.get(rule.budget.counter, 0)
        if left <= 0:
            return Reason("budget_exhausted")
        if rule.budget.at_edge == "part":
            cap = left if cap is None else min(cap, left)
        else:
            refused_over[promotion.index] = left
    if cap is not None:
        caps[promotion.index] = cap
    return None


def _cheapest_world(
    event: OrderEvent, live: LiveRules, entries: Sequence[Entry], caps: dict[int, int], reasons: dict[int, Reason]
) -> tuple[Basket, int | None]:
    """All non-exclusive promotions together, or one exclusive alone: the cheapest for the buyer stands (clause P6)."""
    allowed = [one for one in entries if one.offer.promotion not in reasons] if reasons else entries
    if not live.has_exclusive:
        return _run_lanes(event, allowed, caps, reasons), None
    common = [one for one in allowed if one.promotion.rule.stacking != "exclusive"]
    tags = [one for one in common if one.plan.lane == "catalogue"]
    worlds = [_run_lanes(event, common, caps, reasons)]
    alone = sorted({one.promotion.index for one in allowed if one.promotion.rule.stacking == "exclusive"})
    for index in alone:
        own = [one for one in allowed if one.promotion.index == index]
        worlds.append(_run_lanes(event, sorted([*tags, *own], key=lambda one: one.offer.index), caps, reasons))
    best = min(worlds, key=_total)  # the first of equal ones: non-exclusive, then by key
    tagged = {one.plan.ref for one in tags}
    winner = next((one.plan.ref for one in best.applied if one.plan.ref not in tagged), None)
    for one in allowed:
        best.note(one, Reason("other_world", winner=winner))
    listed = sum(best.list_run) + event.delivery.fee_fen
    savings = [listed - _total(world) for world in worlds if world is not best]
    return best, max(savings) if savings else None


def _total(basket: Basket) -> int:
    return sum(basket.run) + basket.fee


def _run_lanes(event: OrderEvent, entries: Iterable[Entry], caps: dict[int, int], reasons: dict[int, Reason]) -> Basket:
    basket = Basket(event, dict(caps), dict(reasons))
    by_lane: tuple[list[Entry], list[Entry], list[Entry], list[Entry]] = ([], [], [], [])
    for entry in entries:
        by_lane[_LANE[entry.plan.lane]].append(entry)
    catalogue, item, order, shipping = by_lane
    if catalogue:
        run_catalogue_lane(basket, catalogue)
    if item:
        run_item_lane(basket, item)
    brought_along = run_order_lane(basket, order) if order else []
    if shipping or brought_along:
        run_shipping_lane(basket, shipping, brought_along)
    return basket


def _over_budget(basket: Basket, live: LiveRules, refused_over: dict[int, int]) -> int | None:
    """The first promotion by key that would give more than its budget has left, where part is not wanted.

    One that has been refused gives nothing any more, so it is never found twice.
    """
    for index, left in sorted(refused_over.items()):
        ref = live.promotions[index].ref
        if sum(one.discount_fen for one in basket.applied if one.plan.ref == ref) > left:
            return index
    return None


def _result(basket: Basket, matched: Sequence[LivePromotion], runner_up: int | None) -> PricedOrder:
    given = basket.gave
    lost: list[NotApplied] = []
    consumption: list[Consumption] = []
    for promotion in matched:
        if promotion.index not in given:
            lost.append(_not_applied(promotion, basket.reasons.get(promotion.index)))
        elif promotion.bounded:
            consumption += _consumption(promotion, basket)
    return PricedOrder(tuple(basket.run), basket.fee, tuple(basket.applied), tuple(lost), tuple(consumption), runner_up)


def _not_applied(promotion: LivePromotion, reason: Reason | None) -> NotApplied:
    if reason is None:
        return NotApplied(promotion.ref, "nothing_to_give")
    return NotApplied(
        promotion.ref, reason.code, reason.short_fen, reason.short_units, reason.winner, reason.worse_by_fen
    )


def _consumption(promotion: LivePromotion, basket: Basket) -> Iterable[Consumption]:
    rule, ref = promotion.rule, promotion.ref
    for limit in rule.limits:
        yield Consumption(ref.rule_set, ref.rule, limit.counter, 1, rule.on_cancel)
    if rule.budget is not None:
        amount = sum(one.discount_fen for one in basket.applied if one.plan.ref == ref)
        yield Consumption(ref.rule_set, ref.rule, rule.budget.counter, amount, rule.on_cancel)
