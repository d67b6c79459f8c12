"""Catalogue lane: the price tag of each line, the same in a list and in a basket (clause P7)."""

from collections.abc import Sequence

from engine.order import BenefitLine
from engine.price.basket import Basket, Entry, Given, Outcome, Reason
from engine.price.benefits import tag_price
from engine.ruleset import PriceTag


def run_catalogue_lane(basket: Basket, entries: Sequence[Entry]) -> None:
    """Set unit prices in place: per line the lowest competing price, then the combinable ones in key order."""
    unit = basket.unit[:]
    lines: dict[int, list[BenefitLine]] = {}
    best: dict[int, tuple[int, Entry]] = {}
    for entry in entries:
        if entry.offer.stacking == "combinable":
            continue
        for i in entry.scope:
            price = _new_price(basket, entry, i, unit[i])
            if price < (best[i][0] if i in best else unit[i]):
                best[i] = price, entry
    for i in sorted(best):
        price, entry = best[i]
        lines.setdefault(entry.offer.index, []).append(_tagged(basket, i, unit[i], price))
        unit[i] = price
    for entry in entries:
        if entry.offer.stacking != "combinable":
            continue
        for i in entry.scope:
            price = _new_price(basket, entry, i, unit[i])
            if price < unit[i]:
                lines.setdefault(entry.offer.index, []).append(_tagged(basket, i, unit[i], price))
                unit[i] = price
    run = [price * count for price, count in zip(unit, basket.quantity, strict=True)]
    given = []
    for entry in entries:
        parts = tuple(lines.get(entry.offer.index, ()))
        total = sum(part.discount_fen for part in parts)
        if total:
            given.append(Given(entry, parts, total, total))
        else:
            winner = next((best[i][1].plan.ref for i in entry.scope if i in best), None)
            basket.note(entry, Reason("outcompeted", winner=winner) if winner else Reason("nothing_to_give"))
    basket.unit = unit
    basket.accept(Outcome(sum(basket.run) - sum(run), 0, run, tuple(given)))


def _new_price(basket: Basket, entry: Entry, line: int, unit: int) -> int:
    benefit = entry.plan.benefit
    assert isinstance(benefit, PriceTag)
    base = basket.list_unit[line] if entry.plan.base == "original" else unit
    return max(basket.floor[line], tag_price(benefit, base, unit, entry.plan.rounding))


def _tagged(basket: Basket, line: int, before: int, after: int) -> BenefitLine:
    count = basket.quantity[line]
    return BenefitLine(line, before * count, count, (before - after) * count)
