"""The demo commission rules, hard-coded: the first that fits a line pays, and 30 % of what was paid is the most."""

from benchmarks.hand_written_money import split
from engine.order import Buyer, Line, OrderEvent

_Accrual = tuple[int, str, str, int, int]
"""(position of the rule, rule, role, line, fen)."""


def accruals(
    event: OrderEvent, roots: list[str], run: list[int], citrus_season: bool
) -> list[tuple[str, str, int, int]]:
    found: list[_Accrual] = []
    promoter, channel = event.promoter, event.channel
    if promoter is None or promoter.status != "active" or _same(promoter.id, event.buyer):
        if "craft" in roots and channel != "live":
            for i, line in enumerate(event.lines):
                if roots[i] == "craft" and not line.own_goods and _no_tag_rule(line):
                    found.append((21, "crafts", "pool:city-partners", i, (run[i] + 50) // 100))
        return _under_ceiling(found, run)
    level = promoter.level
    live = 2 if channel == "live" else 0
    citrus: list[int] = []
    for i, line in enumerate(event.lines):
        net, root, days = run[i], roots[i], line.days_to_expiry
        category = line.category or ""
        if line.own_goods:
            found.append((0, "own-goods", "promoter", i, 0))
        elif root == "voucher":
            found.append((1, "stored-value", "promoter", i, 0))
        elif "traffic" in line.tags:
            found.append((2, "traffic-goods", "promoter", i, 0))
        elif "fixed-commission" in line.tags:
            amount = _goods_figure(line, net, live if root in ("snack", "drink", "fruit") else 0)
            found.append((3, "goods-figure", "promoter", i, amount))
        elif root in ("fruit", "produce") and days is not None and days <= 2:
            rate = 3 + live if root == "fruit" else 3
            found.append((4, "near-expiry", "promoter", i, (net * rate + 50) // 100))
        elif category.startswith("produce/egg"):
            found.append((5, "eggs", "promoter", i, min(net, 50 * line.quantity)))
        elif category.startswith("snack/seafood"):
            found.append((6, "crayfish", "promoter", i, min(2000, (net * (7 + live) + 50) // 100)))
        elif root == "snack":
            if level == "platinum":
                found.append((7, "platinum-snacks", "promoter", i, (net * (14 + live) + 50) // 100))
            elif level == "gold":
                found.append((8, "gold-snacks", "promoter", i, (net * (12 + live) + 50) // 100))
            elif level == "silver":
                found.append((9, "silver-snacks", "promoter", i, (net * (10 + live) + 50) // 100))
            else:
                amount = min(net, max(10, (net * (8 + live) + 50) // 100))
                found.append((10, "snacks", "promoter", i, amount))
        elif root == "drink":
            if level in ("gold", "platinum"):
                found.append((11, "senior-drinks", "promoter", i, (net * (12 + live) + 50) // 100))
            else:
                found.append((12, "drinks", "promoter", i, (net * (9 + live) + 50) // 100))
        elif root == "fruit":
            if channel == "group_share":
                found.append((13, "fruit-group-share", "promoter", i, (net * 5 + 50) // 100))
            elif citrus_season and category.startswith("fruit/citrus"):
                citrus.append(i)
            else:
                found.append((15, "fruit", "promoter", i, (net * (7 + live) + 50) // 100))
        elif root == "produce":
            found.append((16, "produce", "promoter", i, (net * 5 + 50) // 100))
        elif root == "student":
            if "campus" in promoter.tags:
                found.append((17, "campus-promoters", "promoter", i, (net * 10 + 50) // 100))
            else:
                found.append((18, "student-goods", "promoter", i, (net * 6 + 50) // 100))
        elif root == "craft":
            if channel == "live":
                found.append((19, "crafts-by-live", "promoter", i, min(6000, (net * 15 + 50) // 100)))
            else:
                found.append((20, "crafts", "promoter", i, (net * 10 + 50) // 100))
                found.append((21, "crafts", "pool:city-partners", i, (net + 50) // 100))
        elif root == "pantry" and line.merchant == "xiang-pantry":
            rate = 9 if net >= 10_000 else 7 if net >= 5000 else 5
            found.append((22, "pantry-merchant", "promoter", i, (net * rate + 50) // 100))
        elif promoter.period_sales_fen is not None:
            sales = promoter.period_sales_fen
            rate = 6 if sales >= 2_000_000 else 5 if sales >= 500_000 else 4
            found.append((23, "everything-else", "promoter", i, (net * rate + 50) // 100))
    if citrus:
        nets = [run[i] for i in citrus]
        total = sum(nets)
        amount = (6 * min(total, 10_000) + 9 * max(0, total - 10_000) + live * total + 50) // 100
        for i, part in zip(citrus, split(amount, nets), strict=True):
            found.append((14, "citrus-season", "promoter", i, part))
    return _under_ceiling(found, run)


def _same(payee: str, buyer: Buyer) -> bool:
    return buyer.id is not None and buyer.id == payee


def _no_tag_rule(line: Line) -> bool:
    return "traffic" not in line.tags and "fixed-commission" not in line.tags


def _goods_figure(line: Line, net: int, live: int) -> int:
    """The figure that the goods carry, also when it is zero; else 6 %."""
    figure = line.commission.get("promoter")
    if figure is None:
        return (net * (6 + live) + 50) // 100
    amount = (figure.amount_fen or 0) * line.quantity
    if figure.rate is not None:
        num, den = figure.rate.num, figure.rate.den
        if num:
            num, den = num * 100 + live * den, den * 100
        amount += (2 * net * num + den) // (2 * den)
    return min(net, amount)


def _under_ceiling(found: list[_Accrual], run: list[int]) -> list[tuple[str, str, int, int]]:
    """All payees together get at most 30 % of what was paid; what is more is scaled down."""
    allowed = sum(run) * 30 // 100
    if sum([one[4] for one in found]) > allowed:
        found.sort(key=lambda one: (one[0], one[3]))
        amounts = split(allowed, [one[4] for one in found])
        return [(rule, role, i, fen) for (_, rule, role, i, _), fen in zip(found, amounts, strict=True)]
    return [(rule, role, i, fen) for _, rule, role, i, fen in found]
