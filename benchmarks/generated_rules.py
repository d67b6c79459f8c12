"""As many rule sets as one likes, for a marketplace that grows with them, and its orders: same seed, same rules.

Every merchant brings a promotion set and a commission set of its own; one rule in ten is the platform's and names no
merchant.  So the rules that hold for one line stay few while the rules that stand grow, as in a real marketplace.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import msgspec

from engine.conditions import Condition, Test, all_of
from engine.facts import region_path
from engine.header import Header
from engine.money import Rate
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee
from engine.ruleset import (
    Accrue,
    AmountOff,
    Benefit,
    CommissionRule,
    CommissionSet,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    Promotion,
    PromotionSet,
    RuleSet,
    Tier,
)

START = datetime(2026, 10, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
DAYS = 30

RULES_PER_SET = 5
GOODS_PER_MERCHANT = 10
CATEGORIES = tuple(f"c{root}/s{leaf}" for root in range(20) for leaf in range(10))
LEVELS = ("member", "silver", "gold", "platinum")
REGIONS = ("430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181", "430182")
TAGS = ("orange-night", *(f"t{number}" for number in range(40)))
CHANNELS = ("mini_program", "group_share", "live", "short_video", "search", "store")
PRICES = (300, 15_000)
"""Least and greatest unit price, in fen."""


def merchants_of(rules: int) -> int:
    """How many merchants a marketplace of so many rules has."""
    return max(1, rules // (2 * RULES_PER_SET))


def rule_sets(rules: int, seed: int = 1) -> list[RuleSet]:
    """So many rules (a multiple of ten), half promotions and half commission rules, in sets of five."""
    random = Random(seed)
    made: list[RuleSet] = []
    for merchant in range(merchants_of(rules)):
        made.append(_promotions(random, merchant))
        made.append(_commissions(random, merchant))
    return made


def orders(rules: int, seed: int, count: int, lines: int = 5) -> Iterator[OrderEvent]:
    """Orders of that marketplace: lines of one to three merchants each."""
    random = Random(seed)
    merchants = merchants_of(rules)
    for number in range(count):
        shops = [random.randrange(merchants) for _ in range(random.choice((1, 2, 3)))]
        chosen = [_good(random.choice(shops), random.randrange(GOODS_PER_MERCHANT)) for _ in range(lines)]
        yield _order(random, number, chosen)


def _order(random: Random, number: int, lines: list[Line]) -> OrderEvent:
    placed = START + timedelta(seconds=random.randrange(DAYS * 86_400))
    return OrderEvent(
        order_id=f"o{number}",
        placed_at=placed,
        lines=tuple(
            msgspec.structs.replace(line, line_id=str(at), quantity=random.choice((1, 1, 2, 3)))
            for at, line in enumerate(lines, 1)
        ),
        channel=random.choice(CHANNELS),
        buyer=Buyer(id=f"b{random.randrange(10_000)}", level=random.choice(LEVELS)),
        delivery=Delivery(region=random.choice(REGIONS), fee_fen=500),
        promoter=Payee(id=f"p{random.randrange(500)}", level=random.choice(LEVELS)),
    )


def _good(merchant: int, number: int) -> Line:
    random = Random(merchant * GOODS_PER_MERCHANT + number)
    return Line(
        line_id="1",
        sku=f"m{merchant}-g{number}",
        unit_price_fen=random.randint(*PRICES),
        quantity=1,
        merchant=f"m{merchant}",
        category=random.choice(CATEGORIES),
        tags=tuple(random.sample(TAGS, 2)),
    )


def _condition(random: Random, merchant: int) -> Condition:
    """What a rule asks: mostly goods of its merchant, else of a category, and then one to three things more."""
    if random.random() < 0.9:
        goods = Test("line.merchant", "in", (f"m{merchant}",))
    else:
        goods = Test("line.category", "under", (random.choice(CATEGORIES),))
    least = random.randrange(*PRICES)
    bands: tuple[Condition, ...] = (
        Test("line.unit_price", "at_least", (least // 2,)),
        all_of(Test("line.unit_price", "at_least", (least // 3,)), Test("line.unit_price", "less_than", (least,))),
        Test("line.category", "under", (f"c{random.randrange(20)}",)),
        Test("line.tags", "in", (random.choice(TAGS),)),
        Test("buyer.level", "in", tuple(random.sample(LEVELS, 2))),
        Test("order.region", "under", tuple(map(region_path, random.sample(REGIONS, 3)))),
        Test("order.channel", "in", tuple(random.sample(CHANNELS, 2))),
        Test("promoter.level", "in", tuple(random.sample(LEVELS, 2))),
    )
    return all_of(goods, *random.sample(bands, random.choice((1, 2, 3))))


def _benefit(random: Random) -> Benefit:
    match random.randrange(4):
        case 0:
            return GroupDiscount(PercentOff(Rate(random.randrange(1, 6), 10)), every=2, targets=1)
        case 1:
            least = random.randrange(2_000, 20_000)
            return OrderDiscount(tiers=(Tier(least, AmountOff(least // 10, "order")),))
        case 2:
            return LineDiscount(AmountOff(random.randrange(50, 300), "unit"))
    return LineDiscount(PercentOff(Rate(random.randrange(1, 30), 100)))


def _promotions(random: Random, merchant: int) -> PromotionSet:
    return PromotionSet(
        header=_header("promotion", merchant, random),
        base="running",
        threshold_on="running",
        rounding="half_up",
        remainder="largest",
        on_partial_return="keep_share",
        discount_on="group",
        funded_by="merchant",
        rules=tuple(
            Promotion(
                id=f"r{position}",
                title=f"r{position}",
                position=position,
                when=_condition(random, merchant),
                benefits=(_benefit(random),),
                stacking="competing",
            )
            for position in range(RULES_PER_SET)
        ),
    )


def _commissions(random: Random, merchant: int) -> CommissionSet:
    return CommissionSet(
        header=_header("commission", merchant, random),
        base="paid_goods",
        rounding="half_up",
        remainder="largest",
        choose="first",
        rules=tuple(
            CommissionRule(
                id=f"r{position}",
                title=f"r{position}",
                position=position,
                when=_condition(random, merchant),
                accrue=(Accrue(to="promoter", rate=Rate(random.randrange(1, 20), 100)),),
            )
            for position in range(RULES_PER_SET)
        ),
    )


def _header(kind: str, merchant: int, random: Random) -> Header:
    name = f"{kind}-m{merchant}"
    return Header(
        kind="promotion" if kind == "promotion" else "commission",
        name=name,
        version=1,
        title=name,
        owner="bench",
        reason="bench",
        effective_from=START,
        content_hash=hashlib.sha256(f"{name} {random.random()}".encode()).hexdigest(),
    )
