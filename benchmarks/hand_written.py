"""The demo rule sets once more, hard-coded: what a good Python programmer would write for these rules and no others.

`evaluate_order` is measured beside it, and a test holds the two equal, figure by figure.  Nothing of the engine is
used: every promotion and every commission rule of `rules/` stands here as an if, with its numbers in the code.  It
leans on what is true of the demo goods and of no shop in general (crayfish is seafood, plum drinks are drinks, so the
supper bundle shares no line with the half-price snacks), keeps no trace, and cannot say why.
"""

from math import lcm
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.hand_written_commission import accruals
from benchmarks.hand_written_money import spread
from engine.order import Line, OrderEvent

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIPPING_LINE = -1
FIRST_OFF, FIRST_BUDGET = 800, 2_000_000
CITRUS_FROM, CITRUS_UNTIL = (2026, 10, 20), (2026, 12, 11)

Discount = tuple[str, int, int]
"""(rule, line, fen); the delivery fee is line -1."""


class Figures(NamedTuple):
    """What an order costs and who earns what: net per line, fee, discounts, rules that gave a gift, accruals.

    An accrual is (rule, payee's role, line, fen).
    """

    net_fen: list[int]
    shipping_fen: int
    discounts: list[Discount]
    gifts: list[str]
    accruals: list[tuple[str, str, int, int]]


def price_and_pay(event: OrderEvent) -> Figures:
    """The figures of an order of demo goods under the demo rule sets."""
    local = event.placed_at.astimezone(SHANGHAI)
    hour, weekday = local.hour, local.weekday()
    lines = event.lines
    discounts: list[Discount] = []
    roots = ["" if line.category is None else line.category.partition("/")[0] for line in lines]
    floors = [min(line.floor_price_fen, line.unit_price_fen) for line in lines]
    units = _tag_prices(lines, roots, floors, discounts)
    run = [unit * line.quantity for unit, line in zip(units, lines, strict=True)]
    if hour >= 18 or hour < 2:
        _second_half_price(lines, roots, units, floors, run, discounts)
        if weekday in (4, 5) if hour >= 18 else weekday in (5, 6):
            _weekend_supper(lines, units, floors, run, discounts)
    if "student" in roots:
        is_student = weekday < 5 and "student" in event.buyer.tags
        _student_goods(lines, roots, units, floors, run, discounts, is_student)
    goods = [i for i, root in enumerate(roots) if root != "voucher"]
    _order_discounts(event, goods, floors, run, discounts)
    worth = sum([run[i] for i in goods])
    gifts = ["second-order-gift"] if worth >= 3000 and goods and _second_order(event) else []
    fee = event.delivery.fee_fen
    if fee and worth >= 6800 and goods and event.delivery.kind == "delivery":
        discounts.append(("free-shipping", SHIPPING_LINE, fee))
        fee = 0
    today = (local.year, local.month, local.day)
    return Figures(run, fee, discounts, gifts, accruals(event, roots, run, CITRUS_FROM <= today < CITRUS_UNTIL))


# --- promotions -----------------------------------------------------------------------------------------------------


def _tag_prices(lines: tuple[Line, ...], roots: list[str], floors: list[int], discounts: list[Discount]) -> list[int]:
    """Unit prices: fresh goods within two days of expiry at 80 %, on their last day at 60 %."""
    units = [line.unit_price_fen for line in lines]
    for i, line in enumerate(lines):
        days = line.days_to_expiry
        if days is None or not 0 <= days <= 2 or roots[i] not in ("fruit", "produce"):
            continue
        rule, price = "near-expiry", max(floors[i], (units[i] * 80 + 50) // 100)
        if days == 0 and (last := max(floors[i], (units[i] * 60 + 50) // 100)) < price:
            rule, price = "last-day", last
        if price < units[i]:
            discounts.append((rule, i, (units[i] - price) * line.quantity))
            units[i] = price
    return units


def _dearest_first(chosen: list[int], lines: tuple[Line, ...], units: list[int], floors: list[int]) -> list[int]:
    """Lines by falling unit price; lines of the same goods stand together."""
    first: dict[tuple[str, int, int], int] = {}
    return sorted(chosen, key=lambda i: (-units[i], first.setdefault((lines[i].sku, units[i], floors[i]), i), i))


def _second_half_price(
    lines: tuple[Line, ...],
    roots: list[str],
    units: list[int],
    floors: list[int],
    run: list[int],
    discounts: list[Discount],
) -> None:
    """Of every two snacks, dearest first, the cheaper one at half price; five times at most; not for seafood."""
    snacks = [
        i
        for i, root in enumerate(roots)
        if root == "snack" and not (lines[i].category or "").startswith("snack/seafood")
    ]
    if not snacks or (len(snacks) == 1 and lines[snacks[0]].quantity < 2):
        return
    used: dict[int, int] = {}
    total, pairs_left, waiting = 0, 5, -1
    for i in _dearest_first(snacks, lines, units, floors) if len(snacks) > 1 else snacks:
        count, half = lines[i].quantity, (units[i] + 1) // 2
        if waiting >= 0:
            count -= 1
            pairs_left -= 1
            if half:
                total += half
                used[waiting] = used.get(waiting, 0) + 1
                used[i] = 1
        pairs = min(pairs_left, count // 2)
        waiting = i if count % 2 else -1
        pairs_left -= pairs
        if pairs and half:
            total += half * pairs
            used[i] = used.get(i, 0) + 2 * pairs
        if not pairs_left:
            break
    if total:
        _take("second-half-price", total, used, units, floors, run, discounts)


def _weekend_supper(
    lines: tuple[Line, ...], units: list[int], floors: list[int], run: list[int], discounts: list[Discount]
) -> None:
    """A crayfish and two plum drinks for 96 yuan, three times at most."""
    crayfish = [i for i, line in enumerate(lines) if line.sku == "spicy-crayfish"]
    drinks = [i for i, line in enumerate(lines) if line.sku == "plum-drink"]
    if not crayfish or not drinks:
        return
    mains = [i for i in _dearest_first(crayfish, lines, units, floors) for _ in range(min(3, lines[i].quantity))]
    cups = [i for i in _dearest_first(drinks, lines, units, floors) for _ in range(min(6, lines[i].quantity))]
    used: dict[int, int] = {}
    total = 0
    for at in range(min(3, len(mains), len(cups) // 2)):
        taken = mains[at], cups[2 * at], cups[2 * at + 1]
        off = sum([units[i] for i in taken]) - 9600
        if off <= 0:
            break
        total += off
        for i in taken:
            used[i] = used.get(i, 0) + 1
    if total:
        _take("weekend-supper", total, used, units, floors, run, discounts)


def _take(
    rule: str,
    total: int,
    used: dict[int, int],
    units: list[int],
    floors: list[int],
    run: list[int],
    discounts: list[Discount],
) -> None:
    """Spread a discount over all units used, within what their floors leave."""
    chosen = sorted(used)
    weights = [units[i] * used[i] for i in chosen]
    parts = spread(total, weights, [(units[i] - floors[i]) * used[i] for i in chosen])
    for i, part in zip(chosen, parts, strict=True):
        if part:
            run[i] -= part
            discounts.append((rule, i, part))


def _student_goods(
    lines: tuple[Line, ...],
    roots: list[str],
    units: list[int],
    floors: list[int],
    run: list[int],
    discounts: list[Discount],
    is_student: bool,
) -> None:
    """12 % off for students (30 yuan at most), or three pieces of stationery for 25 yuan, or both: what saves most."""
    chosen = [i for i, root in enumerate(roots) if root == "student"]
    quantity = [line.quantity for line in lines]
    best: list[Discount] = []
    best_saving = 0
    if is_student:
        best = _student_percent(chosen, units, floors, quantity, {})
        best_saving = sum([fen for _, _, fen in best])
    threes, used = _three_for_25(lines, chosen, units, floors)
    if threes:
        saving = sum([fen for _, _, fen in threes])
        if saving > best_saving:
            best, best_saving = threes, saving
        if is_student:
            percent = _student_percent(chosen, units, floors, quantity, used)
            if saving + sum([fen for _, _, fen in percent]) > best_saving:
                best = threes + percent
    for _, i, fen in best:
        run[i] -= fen
    discounts += best


def _student_percent(
    chosen: list[int],
    units: list[int],
    floors: list[int],
    quantity: list[int],
    used: dict[int, int],
) -> list[Discount]:
    parts = []
    for i in chosen:
        free = quantity[i] - used.get(i, 0)
        parts.append(min((units[i] - floors[i]) * free, (units[i] * free * 12 + 50) // 100))
    if sum(parts) > 3000:
        parts = spread(3000, parts, parts)
    return [("student-goods", i, part) for i, part in zip(chosen, parts, strict=True) if part]


def _three_for_25(
    lines: tuple[Line, ...], chosen: list[int], units: list[int], floors: list[int]
) -> tuple[list[Discount], dict[int, int]]:
    """What three for 25 yuan gives by line, and the units that take part."""
    pieces = [i for i in chosen if (lines[i].category or "").startswith("student/stationery")]
    if sum([lines[i].quantity for i in pieces]) < 3:
        return [], {}
    ordered = [i for i in _dearest_first(pieces, lines, units, floors) for _ in range(lines[i].quantity)]
    used: dict[int, int] = {}
    aimed: dict[int, list[tuple[int, int]]] = {}  # by line what each block gives it, as exact fractions of a fen
    total = 0
    for at in range(0, len(ordered) - 2, 3):
        three = ordered[at : at + 3]
        worth = sum([units[i] for i in three])
        if worth > 2500:
            total += worth - 2500
            for i in three:
                used[i] = used.get(i, 0) + 1
                aimed.setdefault(i, []).append(((worth - 2500) * units[i], worth))
    bearing = sorted(used)
    common = lcm(*{worth for i in bearing for _, worth in aimed[i]})
    weights = [sum([num * (common // worth) for num, worth in aimed[i]]) for i in bearing]
    parts = spread(total, weights, [(units[i] - floors[i]) * used[i] for i in bearing])
    return [("stationery-three", i, part) for i, part in zip(bearing, parts, strict=True) if part], used


def _order_discounts(
    event: OrderEvent, goods: list[int], floors: list[int], run: list[int], discounts: list[Discount]
) -> None:
    """5 off 50, 12 off 100, 30 off 200; then 8 off a first order of 20. The choice that saves more stands."""
    worth = sum([run[i] for i in goods])
    off = 3000 if worth >= 20_000 else 1200 if worth >= 10_000 else 500 if worth >= 5000 else 0
    left = _first_order_budget(event)
    first = FIRST_OFF if left > 0 and worth >= 2000 else 0
    if not off and not first:
        return
    rooms = [run[i] - floors[i] * event.lines[i].quantity for i in goods]
    room = sum(rooms)
    if first:
        if room <= FIRST_OFF:
            off = 0  # the first-order discount alone takes all there is to take
        first = min(first, room - min(off, room))
        if first > left:
            first, off = 0, 3000 if worth >= 20_000 else 1200 if worth >= 10_000 else 500 if worth >= 5000 else 0
    if off:
        rooms = _off_order("spend-tiers", off, goods, rooms, run, discounts)
    if first:
        _off_order("first-order", first, goods, rooms, run, discounts)


def _off_order(
    rule: str, total: int, goods: list[int], rooms: list[int], run: list[int], discounts: list[Discount]
) -> list[int]:
    parts = spread(total, [run[i] for i in goods], rooms)
    for i, part in zip(goods, parts, strict=True):
        if part:
            run[i] -= part
            discounts.append((rule, i, part))
    return [room - part for room, part in zip(rooms, parts, strict=True)]


def _first_order_budget(event: OrderEvent) -> int:
    """What the budget of the first-order discount has left for this buyer; 0 when it is not for them."""
    if not event.buyer.is_new or event.buyer.id is None:
        return 0
    used = event.counters.get("new-customer/first-order", {})
    return 0 if used.get("uses/buyer/ever", 0) else FIRST_BUDGET - used.get("money/total/ever", 0)


def _second_order(event: OrderEvent) -> bool:
    if event.buyer.nth_order != 2 or event.buyer.id is None:
        return False
    return not event.counters.get("new-customer/second-order-gift", {}).get("uses/buyer/ever", 0)
