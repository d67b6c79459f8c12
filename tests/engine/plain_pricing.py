"""A second, slow reading of the pricing clauses for small orders: unit by unit, with fractions, trying every choice.

It shares no arithmetic with the engine.  It covers the catalogue, item and order lanes without money caps; tests hold
the engine's net amounts equal to it.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import floor
from typing import Any

from engine.conditions import ALWAYS, all_of, holds
from engine.facts import facts_of
from engine.order import OrderEvent
from engine.ruleset import (
    AmountOff,
    BundlePrice,
    FixedPrice,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    Promotion,
    PromotionSet,
)

Unit = tuple[int, int]
"""(line, number of the unit in it)."""


def plain_rounding(value: Fraction, mode: str) -> int:
    if value < 0:
        return -plain_rounding(-value, mode)
    whole = floor(value)
    rest = value - whole
    up = {
        "half_up": rest >= Fraction(1, 2),
        "half_down": rest > Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
    }[mode]
    return whole + up


def plain_allocate(
    total: int, weights: Sequence[Any], remainder: str, capacities: Sequence[int] | None = None
) -> list[int]:
    """Clause M1 with fractions, one full part after the other."""
    parts = [0] * len(weights)
    open_at = [i for i, weight in enumerate(weights) if weight]
    if not open_at:
        return parts
    if capacities is not None:
        total = min(total, sum(capacities[i] for i in open_at))
        while True:
            weight_sum = sum(weights[i] for i in open_at)
            full = [i for i in open_at if Fraction(total * weights[i], weight_sum) >= capacities[i]]
            for i in full:
                parts[i] = capacities[i]
            total -= sum(capacities[i] for i in full)
            open_at = [i for i in open_at if i not in full]
            if not full or not open_at:
                break
    if not open_at:
        return parts
    weight_sum = sum(weights[i] for i in open_at)
    exact = {i: Fraction(total * weights[i], weight_sum) for i in open_at}
    for i in open_at:
        parts[i] = floor(exact[i])
    order = {
        "first": open_at,
        "last": open_at[::-1],
        "largest": sorted(open_at, key=lambda i: (-(exact[i] - floor(exact[i])), i)),
    }[remainder]
    for i in order[: total - sum(parts[i] for i in open_at)]:
        parts[i] += 1
    return parts


class Rule:
    """A promotion of one benefit with its policies and the lines it matches."""

    def __init__(self, event: OrderEvent, rule_set: PromotionSet, promotion: Promotion) -> None:
        self.policies = rule_set
        self.promotion = promotion
        (self.benefit,) = promotion.benefits
        self.key = (promotion.priority, rule_set.header.name, promotion.position)

        def matching(*conditions: Any) -> list[int]:
            whole = all_of(promotion.when, *conditions)
            return [i for i, line in enumerate(event.lines) if holds(whole, facts_of(event, line))]

        benefit = self.benefit
        if isinstance(benefit, BundlePrice):
            self.selected = [matching(component.items) for component in benefit.components]
        elif isinstance(benefit, GroupDiscount) and (benefit.buy is not None or benefit.get is not None):
            self.selected = [matching(benefit.items, side or ALWAYS) for side in (benefit.buy, benefit.get)]
        else:
            self.selected = [matching(benefit.items)]
        self.scope = sorted({i for lines in self.selected for i in lines})


class PlainOrder:
    """Prices one order under promotion sets; `net` holds the answer."""

    def __init__(self, event: OrderEvent, rule_sets: Iterable[PromotionSet]) -> None:
        self.event = event
        self.quantity = [line.quantity for line in event.lines]
        self.list_unit = [line.unit_price_fen for line in event.lines]
        self.floor = [min(line.floor_price_fen, line.unit_price_fen) for line in event.lines]
        self.unit = self.list_unit[:]
        self.net = [u * q for u, q in zip(self.unit, self.quantity, strict=True)]
        self.list_net = self.net[:]
        rules = [Rule(event, one, promotion) for one in rule_sets for promotion in one.rules]
        rules.sort(key=lambda rule: rule.key)
        lanes: tuple[Any, ...] = (PriceTag, LineDiscount | GroupDiscount | BundlePrice, OrderDiscount)
        self._catalogue([rule for rule in rules if isinstance(rule.benefit, lanes[0])])
        self._item([rule for rule in rules if isinstance(rule.benefit, lanes[1])])
        self._order([rule for rule in rules if isinstance(rule.benefit, lanes[2])])

    # --- catalogue ---

    def _catalogue(self, rules: list[Rule]) -> None:
        for i, listed in enumerate(self.list_unit):
            tags = [rule for rule in rules if i in rule.scope]
            competing = [self._tag(rule, i, listed) for rule in tags if rule.promotion.stacking == "competing"]
            price = min([listed, *competing])
            for rule in tags:
                if rule.promotion.stacking == "combinable":
                    price = min(price, self._tag(rule, i, price))
            self.unit[i] = price
            self.net[i] = price * self.quantity[i]

    def _tag(self, rule: Rule, i: int, price: int) -> int:
        off = rule.benefit.off
        base = self.list_unit[i] if rule.policies.base == "original" else price
        if isinstance(off, PercentOff):
            new = plain_rounding(price - base * Fraction(off.rate.num, off.rate.den), rule.policies.rounding)
        else:
            new = price - off.amount_fen if isinstance(off, AmountOff) else off.price_fen
        return max(self.floor[i], new)

    # --- item ---

    def _item(self, rules: list[Rule]) -> None:
        rules = self._undiscounted(rules)
        competing = [rule for rule in rules if rule.promotion.stacking == "competing" and self._spent(rule, self.net)]
        combinable = [rule for rule in rules if rule.promotion.stacking == "combinable"]
        groups = [rule for rule in competing if not isinstance(rule.benefit, LineDiscount)]
        plain = [rule for rule in competing if isinstance(rule.benefit, LineDiscount)]
        if any(rule.promotion.spend for rule in combinable):
            groups, plain = competing, []
        best: tuple[int, list[int]] | None = None
        for count in range(len(groups) + 1):
            for on in combinations(groups, count):
                net = self._item_choice(sorted([*on, *plain], key=lambda rule: rule.key), combinable)
                if best is None or sum(net) < best[0]:
                    best = sum(net), net
        assert best is not None
        self.net = best[1]

    def _item_choice(self, on: Sequence[Rule], combinable: Sequence[Rule]) -> list[int]:
        net = self.net[:]
        free: list[Unit] = [(i, k) for i, count in enumerate(self.quantity) for k in range(count)]
        for rule in on:
            if not isinstance(rule.benefit, LineDiscount):
                free = self._group(rule, net, free)
        for i in range(len(net)):
            units = sum(1 for line, _ in free if line == i)
            best = 0
            for rule in on:
                if isinstance(rule.benefit, LineDiscount) and i in rule.scope:
                    taking = min(units, rule.benefit.units_per_line or units)
                    price = self.list_unit[i] if rule.policies.base == "original" else self.unit[i]
                    wanted = self._line_off(rule, price * taking, self.unit[i] * taking, taking)
                    best = max(best, min(wanted, (self.unit[i] - self.floor[i]) * taking))
            net[i] -= best
        for rule in combinable:
            if self._spent(rule, net):
                for i in rule.scope:
                    count = self.quantity[i]
                    taking = min(count, rule.benefit.units_per_line or count)
                    running = plain_rounding(Fraction(net[i] * taking, count), "half_up")
                    base = self.list_unit[i] * taking if rule.policies.base == "original" else running
                    wanted = self._line_off(rule, base, running, taking)
                    net[i] -= min(wanted, running - self.floor[i] * taking)
        return net

    def _line_off(self, rule: Rule, base: int, running: int, units: int) -> int:
        off, mode = rule.benefit.off, rule.policies.rounding
        if units == 0:
            return 0
        if isinstance(off, PercentOff):
            rate = Fraction(off.rate.num, off.rate.den)
            if rule.benefit.round_price:
                return base - plain_rounding(base * (1 - rate), mode)
            return plain_rounding(base * rate, mode)
        if isinstance(off, AmountOff):
            return off.amount_fen * (units if off.per == "unit" else 1)
        return max(0, running - off.price_fen * units)

    def _group(self, rule: Rule, net: list[int], free: list[Unit]) -> list[Unit]:
        """Form blocks one after the other; returns the units still free and lowers `net` in place."""
        amount = self.list_unit if rule.policies.base == "original" else self.unit
        used: list[Unit] = []
        aimed: dict[int, Fraction] = {}
        targets_used: list[Unit] = []
        for block, targets in self._blocks(rule, amount, free):
            given = self._block_given(rule, amount, targets)
            if sum(given.values()) <= 0:
                continue
            used += block
            targets_used += targets
            for i, fen in given.items():
                aimed[i] = aimed.get(i, Fraction(0)) + fen
        lines = sorted({i for i, _ in used})
        by_target = rule.policies.discount_on == "targets"
        weighing = targets_used if by_target else used
        weights: list[Any] = [
            aimed.get(i, 0) if by_target else sum(amount[line] for line, _ in used if line == i) for i in lines
        ]
        capacities = [sum(self.unit[line] - self.floor[line] for line, _ in weighing if line == i) for i in lines]
        parts = plain_allocate(int(sum(aimed.values())), weights, rule.policies.remainder, capacities)
        for i, part in zip(lines, parts, strict=True):
            net[i] -= part
        return [unit for unit in free if unit not in used]

    def _rank(self, i: int) -> int:
        """Lines of the same goods at one price and floor stand where the first of them stands."""
        lines = self.event.lines
        same = (lines[i].sku, self.unit[i], self.floor[i])
        return next(j for j in range(len(lines)) if (lines[j].sku, self.unit[j], self.floor[j]) == same)

    def _sorted(self, units: Iterable[Unit], amount: Sequence[int], order: str) -> list[Unit]:
        sign = {"dearest_first": -1, "cheapest_first": 1, "as_listed": 0}[order]
        return sorted(units, key=lambda unit: (sign * amount[unit[0]], self._rank(unit[0]), unit))

    def _blocks(
        self, rule: Rule, amount: Sequence[int], free: Sequence[Unit]
    ) -> Iterable[tuple[list[Unit], list[Unit]]]:
        benefit = rule.benefit
        pools = [list(free)]
        if isinstance(benefit, GroupDiscount) and benefit.among == "same_sku":
            ordered = self._sorted([unit for unit in free if unit[0] in rule.selected[0]], amount, benefit.order)
            skus = list(dict.fromkeys(self.event.lines[i].sku for i, _ in ordered))
            pools = [[unit for unit in ordered if self.event.lines[unit[0]].sku == sku] for sku in skus]
        left = benefit.times if benefit.times is not None else 10**9
        for pool in pools:
            while left:
                drawn = self._draw(rule, amount, pool)
                if drawn is None:
                    break
                left -= 1
                pool = [unit for unit in pool if unit not in drawn[0]]
                yield drawn

    def _draw(self, rule: Rule, amount: Sequence[int], pool: list[Unit]) -> tuple[list[Unit], list[Unit]] | None:
        benefit = rule.benefit
        if isinstance(benefit, BundlePrice):
            block: list[Unit] = []
            for component, lines in zip(benefit.components, rule.selected, strict=True):
                fitting = [unit for unit in pool if unit[0] in lines and unit not in block]
                taken = self._sorted(fitting, amount, "dearest_first")[: component.count]
                if len(taken) < component.count:
                    return None
                block += taken
            worth = sum(self.unit[i] for i, _ in block)
            return (block, block) if worth > benefit.price_fen else None
        if len(rule.selected) == 2:
            buy, get = rule.selected
            bought = self._sorted([unit for unit in pool if unit[0] in buy], amount, benefit.order)
            bought.sort(key=lambda unit: unit[0] in get)
            bought = bought[: benefit.every - benefit.targets]
            direction = "dearest_first" if benefit.pick == "dearest" else "cheapest_first"
            got = [unit for unit in pool if unit[0] in get and unit not in bought]
            got = self._sorted(got, amount, direction)[: benefit.targets]
            if len(bought) < benefit.every - benefit.targets or not got:
                return None
            if len(got) < benefit.targets and not benefit.give_partial:
                return None
            return bought + got, got
        block = self._sorted([unit for unit in pool if unit[0] in rule.selected[0]], amount, benefit.order)
        block = block[: benefit.every]
        if not block or (len(block) < benefit.every and not benefit.give_partial):
            return None
        direction = "dearest_first" if benefit.pick == "dearest" else "cheapest_first"
        return block, self._sorted(block, amount, direction)[: benefit.targets]

    def _block_given(self, rule: Rule, amount: Sequence[int], targets: Sequence[Unit]) -> dict[int, Fraction]:
        benefit = rule.benefit
        off: Any = FixedPrice(benefit.price_fen, "block") if isinstance(benefit, BundlePrice) else benefit.off
        given: dict[int, Fraction] = {}
        if not isinstance(off, PercentOff) and off.per == "block":
            lines = list(dict.fromkeys(i for i, _ in targets))
            worths = [sum(self.unit[line] for line, _ in targets if line == i) for i in lines]
            worth = sum(worths)
            total = min(off.amount_fen, worth) if isinstance(off, AmountOff) else max(0, worth - off.price_fen)
            return {i: Fraction(total * own, worth or 1) for i, own in zip(lines, worths, strict=True)}
        for i, _ in targets:
            if isinstance(off, PercentOff):
                rate = Fraction(off.rate.num, off.rate.den)
                if benefit.round_price:
                    each = amount[i] - plain_rounding(amount[i] * (1 - rate), rule.policies.rounding)
                else:
                    each = plain_rounding(amount[i] * rate, rule.policies.rounding)
            elif isinstance(off, AmountOff):
                each = min(off.amount_fen, self.unit[i])
            else:
                each = max(0, self.unit[i] - off.price_fen)
            given[i] = given.get(i, Fraction(0)) + each
        return given

    # --- order ---

    def _order(self, rules: list[Rule]) -> None:
        rules = self._undiscounted(rules)
        competing = [rule for rule in rules if rule.promotion.stacking == "competing"]
        combinable = [rule for rule in rules if rule.promotion.stacking == "combinable"]
        best: tuple[tuple[int, int], list[int]] | None = None
        for count in range(len(competing) + 1):
            for on in combinations(competing, count):
                outcome = self._order_choice(on, combinable)
                if outcome is not None:
                    net, extras = outcome
                    value = (sum(self.net) - sum(net), extras)
                    if best is None or value > best[0]:
                        best = value, net
        assert best is not None
        self.net = best[1]

    def _order_choice(self, on: Sequence[Rule], combinable: Sequence[Rule]) -> tuple[list[int], int] | None:
        net = self.net[:]
        taken: set[int] = set()
        extras = 0
        for rule in on:
            lines = [i for i in rule.scope if i not in taken]
            given = self._order_off(rule, lines, net) if lines else None
            if given is None:
                return None
            taken |= set(lines)
            extras += given
        for rule in combinable:
            extras += self._order_off(rule, rule.scope, net) or 0
        return net, extras

    def _order_off(self, rule: Rule, lines: Sequence[int], net: list[int]) -> int | None:
        """Lower `net` by what the benefit gives on some lines; the extras it brings, or None when it gives nothing."""
        benefit, policies = rule.benefit, rule.policies
        if not self._spent(rule, net):
            return None
        counted = self.list_net if policies.threshold_on == "original" else net
        units = sum(self.quantity[i] for i in lines)
        measure = units if benefit.measure == "units" else sum(counted[i] for i in lines)
        off, times, extras = benefit.off, 1, 0
        if benefit.tiers:
            reached = [tier for tier in benefit.tiers if measure >= tier.at_least]
            off = reached[-1].off if reached else None
            extras = (reached[-1].gift is not None) + reached[-1].free_shipping if reached else 0
        elif benefit.every is not None:
            times = measure // benefit.every if benefit.times is None else min(measure // benefit.every, benefit.times)
        total = 0
        if isinstance(off, PercentOff):
            base = sum((self.list_net if policies.base == "original" else net)[i] for i in lines)
            total = plain_rounding(base * Fraction(off.rate.num, off.rate.den), policies.rounding)
        elif off is not None:
            total = off.amount_fen * times * {"order": 1, "line": len(lines), "unit": units}[off.per]
        rooms = [net[i] - self.floor[i] * self.quantity[i] for i in lines]
        parts = plain_allocate(total, [net[i] for i in lines], policies.remainder, rooms)
        if not (sum(parts) or extras):
            return None
        for i, part in zip(lines, parts, strict=True):
            net[i] -= part
        return extras

    # --- shared ---

    def _undiscounted(self, rules: list[Rule]) -> list[Rule]:
        kept = []
        for rule in rules:
            if rule.promotion.only_undiscounted:
                touched = {i for i in rule.scope if self.net[i] != self.list_net[i]}
                rule.selected = [[i for i in lines if i not in touched] for lines in rule.selected]
                rule.scope = [i for i in rule.scope if i not in touched]
            if rule.scope:
                kept.append(rule)
        return kept

    def _spent(self, rule: Rule, net: Sequence[int]) -> bool:
        spend = rule.promotion.spend
        if spend is None:
            return True
        if spend.measure == "units":
            return sum(self.quantity[i] for i in rule.scope) >= spend.at_least
        counted = self.list_net if rule.policies.threshold_on == "original" else net
        return sum(counted[i] for i in rule.scope) >= spend.at_least
