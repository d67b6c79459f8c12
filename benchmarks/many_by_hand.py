"""Generated rules once more as one function: an `if` for every rule, and what these benefits give worked out plainly.

It knows what the generated rules have in common (all compete, no floors, no limits, one tier, promoters alone are
paid), keeps no trace, and cannot say why.  Every order it is timed on is compared, figure by figure.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

from benchmarks.hand_written_money import spread
from benchmarks.peer_rules import plain_rule
from benchmarks.peers_by_hand import as_python
from engine.order import Evaluation, OrderEvent
from engine.ruleset import (
    AmountOff,
    CommissionSet,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    Promotion,
    PromotionSet,
    RuleSet,
)

Name = tuple[str, str]
"""(rule set, rule)."""
Figures = tuple[list[int], list[tuple[Name, int, int]], list[tuple[Name, int, int]]]
"""Net per line; discounts and accruals as (rule, line, fen), sorted."""
PriceAndPay = Callable[[OrderEvent], Figures]
Hits = dict[int, list[int]]
"""By promotion the lines it holds for."""
Taken = list[tuple[int, int, int]]
"""(promotion, line, fen)."""


def if_chain_function(sets: Sequence[RuleSet]) -> PriceAndPay:
    """The function for generated rule sets. Raises TypeError or ValueError for any others."""
    named = sorted(sets, key=lambda one: one.header.name)
    promotions = [(one.header.name, rule) for one in named if isinstance(one, PromotionSet) for rule in one.rules]
    names = [(name, rule.id) for name, rule in promotions]
    pay: list[tuple[Name, int, int]] = []
    matched = _matched([rule for _, rule in promotions], [one for one in named if isinstance(one, CommissionSet)], pay)
    halves: dict[int, tuple[int, int]] = {}
    per_line: dict[int, tuple[int, int, int]] = {}
    tiers: dict[int, tuple[int, int]] = {}
    for at, (_, rule) in enumerate(promotions):
        _sort_in(at, rule, halves, per_line, tiers)

    def price_and_pay(event: OrderEvent) -> Figures:
        hits, pays = matched(event)
        lines = event.lines
        unit = [line.unit_price_fen for line in lines]
        run = [line.unit_price_fen * line.quantity for line in lines]
        found: Taken = []
        if hits:
            chosen = sorted(hits)
            on_goods = [at for at in chosen if at in per_line]
            pairs = [at for at in chosen if at in halves]
            if on_goods or pairs:
                found += _item_lane(event, unit, hits, on_goods, pairs, halves, per_line)
                for _, line, fen in found:
                    run[line] -= fen
            on_orders = [at for at in chosen if at in tiers]
            if on_orders:
                taken = _order_lane(run, hits, on_orders, tiers)
                for _, line, fen in taken:
                    run[line] -= fen
                found += taken
        accruals = []
        for at, line in pays:
            name, num, den = pay[at]
            fen = (2 * run[line] * num + den) // (2 * den)
            if fen:
                accruals.append((name, line, fen))
        return run, sorted([(names[at], line, fen) for at, line, fen in found]), sorted(accruals)

    return price_and_pay


def figures_of(evaluation: Evaluation) -> Figures:
    """The same figures of an evaluation."""
    priced = evaluation.priced
    discounts = [
        ((one.plan.ref.rule_set, one.plan.ref.rule), part.line, part.discount_fen)
        for one in priced.applied
        for part in one.lines
        if part.discount_fen
    ]
    accruals = [
        ((one.plan.ref.rule_set, one.plan.ref.rule), one.line, one.amount_fen)
        for one in evaluation.accruals
        if one.amount_fen
    ]
    return list(priced.net_fen), sorted(discounts), sorted(accruals)


# --- the chain ------------------------------------------------------------------------------------------------------


def _matched(
    promotions: Sequence[Promotion], commissions: Sequence[CommissionSet], pay: list[tuple[Name, int, int]]
) -> Callable[[OrderEvent], tuple[Hits, list[tuple[int, int]]]]:
    """One `if` per promotion; per commission set one chain of `if` and `elif`, of which the first that holds pays."""
    text = [
        "def matched(event):",
        "    buyer_level, channel, region = event.buyer.level or '', event.channel or '', event.delivery.region or ''",
        "    promoter_level = event.promoter.level or '' if event.promoter else ''",
        "    hits, pays = {}, []",
        "    for at, line in enumerate(event.lines):",
        "        merchant, unit_price, tags, category = line.merchant, line.unit_price_fen, line.tags, line.category",
        "        root = category.partition('/')[0]",
    ]
    for at, rule in enumerate(promotions):
        text += [f"        if {_test(rule.when)}:", f"            hits.setdefault({at}, []).append(at)"]
    for one in commissions:
        word = "if"
        for paying in one.rules:
            (accrue,) = paying.accrue
            if accrue.rate is None:
                raise ValueError(f"not generated: {accrue}")
            text += [f"        {word} {_test(paying.when)}:", f"            pays.append(({len(pay)}, at))"]
            pay.append(((one.header.name, paying.id), accrue.rate.num, accrue.rate.den))
            word = "elif"
    scope: dict[str, Callable[[OrderEvent], tuple[Hits, list[tuple[int, int]]]]] = {}
    exec("\n".join([*text, "    return hits, pays"]), scope)
    return scope["matched"]


def _test(condition: object) -> str:
    return " and ".join(map(as_python, plain_rule(condition)))  # type: ignore[arg-type]  # it raises for any other


def _sort_in(
    at: int,
    rule: Promotion,
    halves: dict[int, tuple[int, int]],
    per_line: dict[int, tuple[int, int, int]],
    tiers: dict[int, tuple[int, int]],
) -> None:
    (benefit,) = rule.benefits
    match benefit:
        case GroupDiscount(off=PercentOff(rate), every=2, targets=1):
            halves[at] = rate.num, rate.den
        case LineDiscount(off=PercentOff(rate)):
            per_line[at] = rate.num, rate.den, 0
        case LineDiscount(off=AmountOff(amount, "unit")):
            per_line[at] = 0, 1, amount
        case OrderDiscount(tiers=(tier,)) if isinstance(tier.off, AmountOff):
            tiers[at] = tier.at_least, tier.off.amount_fen
        case _:
            raise ValueError(f"not generated: {benefit}")


# --- what it gives --------------------------------------------------------------------------------------------------


def _choices(switches: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every on/off choice, the fewest first."""
    for size in range(len(switches) + 1):
        yield from combinations(switches, size)


def _saved(taken: Taken) -> int:
    return sum([fen for _, _, fen in taken])


def _item_lane(
    event: OrderEvent,
    unit: list[int],
    hits: Hits,
    on_goods: list[int],
    pairs: list[int],
    halves: dict[int, tuple[int, int]],
    per_line: dict[int, tuple[int, int, int]],
) -> Taken:
    """Pairs form first, each line's best follows on the units left; the choice of pairs that saves most stands."""
    best: Taken = []
    for on in _choices(pairs):
        free = [line.quantity for line in event.lines]
        taken: Taken = []
        for at in on:
            taken += _pairs(event, unit, free, at, hits[at], *halves[at])
        taken += _best_lines(unit, free, hits, on_goods, per_line)
        if not on or _saved(taken) > _saved(best):
            best = taken
    return best


def _pairs(event: OrderEvent, unit: list[int], free: list[int], at: int, scope: list[int], num: int, den: int) -> Taken:
    """Of every two free units, dearest first, the cheaper one gets the rate; spread over all units that take part."""
    first: dict[str, int] = {}
    used: dict[int, int] = {}
    total, waiting = 0, -1
    for i in sorted(scope, key=lambda i: (-unit[i], first.setdefault(event.lines[i].sku, i), i)):
        count, off = free[i], (2 * unit[i] * num + den) // (2 * den)
        if waiting >= 0 and count:
            count -= 1
            total += off
            used[waiting] = used.get(waiting, 0) + 1
            used[i] = 1
            waiting = -1
        if count >= 2:
            total += off * (count // 2)
            used[i] = used.get(i, 0) + count // 2 * 2
        if count % 2:
            waiting = i
    bearing = sorted(used)
    worth = [unit[i] * used[i] for i in bearing]
    for i in bearing:
        free[i] -= used[i]
    return [(at, i, fen) for i, fen in zip(bearing, spread(total, worth, worth), strict=True) if fen]


def _best_lines(
    unit: list[int], free: list[int], hits: Hits, on_goods: list[int], per_line: dict[int, tuple[int, int, int]]
) -> Taken:
    best: dict[int, tuple[int, int]] = {}
    for at in on_goods:
        num, den, amount = per_line[at]
        for i in hits[at]:
            worth = unit[i] * free[i]
            fen = min(worth, amount * free[i]) if amount else (2 * worth * num + den) // (2 * den)
            if fen > best.get(i, (0, 0))[1]:
                best[i] = at, fen
    return [(at, i, fen) for i, (at, fen) in best.items()]


def _order_lane(run: list[int], hits: Hits, on_orders: list[int], tiers: dict[int, tuple[int, int]]) -> Taken:
    """Each takes the lines of its scope that are left, when they reach its threshold; the best choice stands."""
    reached = [at for at in on_orders if sum([run[i] for i in hits[at]]) >= tiers[at][0]]
    best: Taken = []
    for on in _choices(reached):
        gone: set[int] = set()
        taken: Taken = []
        for at in on:
            lines = [i for i in hits[at] if i not in gone]
            weights = [run[i] for i in lines]
            least, amount = tiers[at]
            if not lines or sum(weights) < least:
                break
            gone.update(lines)
            taken += [(at, i, fen) for i, fen in zip(lines, spread(amount, weights, weights), strict=True) if fen]
        else:
            if _saved(taken) > _saved(best):
                best = taken
    return best
