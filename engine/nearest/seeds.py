"""Where the search for a change begins: what each offer of a rule asks for, and the steps that might bring it about."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

import msgspec

from engine.conditions import Condition
from engine.facts import order_fact
from engine.live import LiveRules, Offer
from engine.match.factoring import Disjunct, Literal, Part, factor
from engine.nearest.change import BuyGoods, BuyMore, Change, Purchase, apply_change
from engine.nearest.facts import (
    BASKET,
    GOODS_IN_BASKET,
    Fix,
    candidates,
    example_goods,
    fix_for,
    literal_holds,
    meets_part,
)
from engine.nearest.search import Steps
from engine.order import Line, OrderEvent, RuleRef
from engine.ruleset import BundlePrice, GroupDiscount

MOST_FIXES = 24
MOST_GOODS = 4
"""Kinds of goods, and kinds of lines, that are tried for one selector."""
MOST_COMBINATIONS = 16
Purchases = tuple[Purchase, ...]


class Selector(msgspec.Struct, frozen=True):
    """What a benefit needs of one of its selectors: so many units of lines that satisfy it."""

    condition: Condition
    units: int
    same_sku: bool = False


class Seed(msgspec.Struct, frozen=True):
    """Steps that may do as they are, or with more bought: of goods in `scope`, by the tests on the basket, too."""

    steps: Steps
    scope: tuple[Line, ...]
    basket: tuple[Literal, ...]


def selectors_of(live: LiveRules, ref: RuleRef) -> list[tuple[Selector, ...]]:
    """Per offer of a promotion, or for a commission or region rule once, what its selectors ask for."""
    for promotion in live.promotions:
        if promotion.ref == ref:
            return [_offer_selectors(live, offer) for offer in promotion.offers]
    whens = [rule.rule.when for one in live.commissions for rule in one.rules if rule.ref == ref]
    whens += [rule.rule.when for one in live.regions for rule in one.rules if rule.ref == ref]
    return [(Selector(when, 1),) for when in whens]


def _offer_selectors(live: LiveRules, offer: Offer) -> tuple[Selector, ...]:
    conditions = [live.conditions[bit] for bit in offer.bits]
    benefit = offer.plan.benefit
    if isinstance(benefit, BundlePrice):
        counts = [component.count for component in benefit.components]
        return tuple(Selector(one, count) for one, count in zip(conditions, counts, strict=True))
    if isinstance(benefit, GroupDiscount):
        if len(conditions) == 2:
            got = 1 if benefit.give_partial else benefit.targets
            return Selector(conditions[0], benefit.every - benefit.targets), Selector(conditions[1], got)
        units = 1 if benefit.give_partial else benefit.every
        return (Selector(conditions[0], units, benefit.among == "same_sku"),)
    return (Selector(conditions[0], 1),)


def fixes_for(event: OrderEvent, selectors: Sequence[Selector]) -> list[Fix]:
    """Ways to make the order half hold, fewest steps first, those nobody can take last. Raises `TooLarge`."""
    parts = dict.fromkeys(part for one in factor(selectors[0].condition) for part in one.order)
    found = [fix_for(event, part) for part in parts]
    return sorted(found, key=lambda fix: (len(fix.blocked), len(fix.steps) + len(fix.basket)))[:MOST_FIXES]


def seeds_for(event: OrderEvent, selectors: Sequence[Selector], fix: Fix) -> Iterator[Seed]:
    """Steps to try once the order half is seen to: nothing more, then more of the same goods, then other goods."""
    changed = apply_change(event, Change(fix.steps))
    parts = [_line_parts(changed, factor(one.condition)) for one in selectors]
    if not all(parts):
        return
    brought = _goods_for_basket(changed, fix.basket)
    if brought is None:
        return
    scope = tuple(line for line in event.lines if any(meets_part(line, part) for each in parts for part in each))
    taken: dict[str, int] = {}
    options = [_options(changed, one, each, taken) for one, each in zip(selectors, parts, strict=True)]
    for combination in islice(product(*options), MOST_COMBINATIONS):
        goods = _with_own_ids([*brought, *(step for steps in combination for step in steps)], event)
        yield Seed((*fix.steps, *goods), scope, fix.basket)


def _line_parts(event: OrderEvent, disjuncts: Sequence[Disjunct]) -> list[Part]:
    """What lines must be like, given the order half (tests on the basket apart: goods are still to be added)."""
    return [
        part
        for disjunct in disjuncts
        if any(
            all(one.test.fact in BASKET or literal_holds(one, order_fact(event, one.test.fact)) for one in order_part)
            for order_part in disjunct.order
        )
        for part in disjunct.line
    ]


def _goods_for_basket(event: OrderEvent, basket: Sequence[Literal]) -> list[BuyGoods] | None:
    """Example goods that bring SKUs, categories or tags into the basket; None when the basket holds unwanted ones."""
    steps = []
    for literal in basket:
        if literal.test.fact == "order.line_count":
            steps += [_any_goods(event)] * _lines_missing(event, literal)
        fact = GOODS_IN_BASKET.get(literal.test.fact)
        if fact is None:
            continue
        if not literal.wanted:
            return None
        needs = (msgspec.structs.replace(literal, test=msgspec.structs.replace(literal.test, fact=fact)),)
        examples = example_goods(event, needs)
        if not examples:
            return None
        steps.append(BuyGoods(examples[0], False, needs=needs))
    return steps


def _any_goods(event: OrderEvent) -> BuyGoods:
    """A piece of the cheapest goods of the order, on a line of its own."""
    (like, *_) = cheapest(event.lines)
    return BuyGoods(msgspec.structs.replace(like, quantity=1), False, like=like.line_id)


def _lines_missing(event: OrderEvent, literal: Literal) -> int:
    most = len(event.lines) + MOST_GOODS
    enough = (count for count in range(len(event.lines) + 1, most + 1) if literal_holds(literal, count))
    return next(enough, len(event.lines)) - len(event.lines)


def _options(event: OrderEvent, selector: Selector, parts: Sequence[Part], taken: dict[str, int]) -> list[Purchases]:
    """Alternative purchases after which a selector has its units; `taken` are units that earlier selectors hold."""
    present = [line for line in event.lines if any(meets_part(line, part) for part in parts)]
    if selector.same_sku:
        options = _same_sku(present, selector.units)
    else:
        missing = selector.units
        for line in present:
            held = min(missing, line.quantity - taken.get(line.line_id, 0))
            taken[line.line_id] = taken.get(line.line_id, 0) + held
            missing -= held
        options = [(BuyMore(line.line_id, missing),) for line in cheapest(present)] if missing else [()]
    for part in parts[:MOST_GOODS]:
        options += _larger_lines(event, part)
    for part in parts[:MOST_GOODS]:
        for goods in example_goods(event, part):
            sized = msgspec.structs.replace(goods, quantity=max(goods.quantity, selector.units))
            options.append((BuyGoods(sized, False, needs=part),))
    return options


def _same_sku(present: Sequence[Line], units: int) -> list[Purchases]:
    have: dict[str, int] = {}
    for line in present:
        have[line.sku] = have.get(line.sku, 0) + line.quantity
    if any(count >= units for count in have.values()):
        return [()]
    return [(BuyMore(line.line_id, units - have[line.sku]),) for line in cheapest(present)]


def _larger_lines(event: OrderEvent, part: Part) -> list[Purchases]:
    """Lines that meet a part but for their quantity, with as many more units as it takes."""
    options: list[Purchases] = []
    on_quantity = [one for one in part if one.test.fact == "line.quantity"]
    others = tuple(one for one in part if one.test.fact != "line.quantity")
    if not on_quantity:
        return options
    for line in cheapest([line for line in event.lines if meets_part(line, others)]):
        sizes = sorted(size for size in candidates(on_quantity) if isinstance(size, int) and size > line.quantity)
        enough = next((size for size in sizes if all(literal_holds(one, size) for one in on_quantity)), None)
        if enough is not None and not all(literal_holds(one, line.quantity) for one in on_quantity):
            options.append((BuyMore(line.line_id, enough - line.quantity),))
    return options


def cheapest(lines: Sequence[Line]) -> list[Line]:
    """One line of each kind of goods, the cheapest first."""
    kinds = {(line.sku, line.unit_price_fen): line for line in reversed(lines)}
    return sorted(kinds.values(), key=lambda line: (line.unit_price_fen == 0, line.unit_price_fen))[:MOST_GOODS]


def _with_own_ids(steps: Sequence[Purchase], event: OrderEvent) -> list[Purchase]:
    """Purchases with line ids of their own, and one step for each line bought more of."""
    more: dict[str, int] = {}
    goods: list[BuyGoods] = []
    for step in steps:
        if isinstance(step, BuyMore):
            more[step.line_id] = more.get(step.line_id, 0) + step.units
        else:
            line = msgspec.structs.replace(step.line, line_id=new_line_id(event, len(goods)))
            goods.append(msgspec.structs.replace(step, line=line))
    return [*(BuyMore(line_id, units) for line_id, units in more.items()), *goods]


def new_line_id(event: OrderEvent, number: int) -> str:
    """An id that no line of the order has."""
    taken = {line.line_id for line in event.lines}
    return next(name for at in range(len(taken) + 1) if (name := f"new-{number}{'-x' * at}") not in taken)
