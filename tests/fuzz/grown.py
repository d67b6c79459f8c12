"""Random rule sets from a small grammar of the language, as the trees that their text means. Most of them are sound.

Bounds are drawn where they hurt: the least, the greatest, thresholds that meet, conditions over the whole vocabulary.
"""

from random import Random
from typing import Any

from engine.builder.condition import MAX_NESTING
from engine.money import REMAINDERS, ROUNDINGS
from engine.vocabulary import VOCABULARY, Fact

Tree = dict[str, Any]

MONEY = (0, "0.01", 1, 5, "9.99", 12, 20, 50, 100, 1000, "9999999999.99")
RATES = ("0%", "1%", "50%", "12.5%", "100%", "1/3", "2/7", "99.99%", "999999/999999")
SKUS = ("a", "b", "c", "d", "臭豆腐", 1, "1", "x" * 128, "é", "😀")
CATEGORIES = ("snack", "snack/fried", "fruit", "水果/柚子")
WORDS = ("gold", "platinum", "b-1", "p-1", "s-1", "m-1", "m-2", "campus", "快", "CODE")
REGIONS = ("43", "4301", "430102", "430100", "430102001", "11")
NUMBERS = (0, 1, 2, 3, 5, 10, 1000, 10**12)
DATES = ("2026-10-01", "2026-10-02", "2026-10-03", "2028-02-29", "1999-12-31")
TIMES = ("00:00", "02:00", "18:00", "22:00", "22:30", "23:59")
LUNAR = ("01-01", "08-15", "12-30")

_VALUES: dict[str, tuple[Any, ...]] = {
    "text": WORDS + SKUS,
    "texts": WORDS + SKUS,
    "path": CATEGORIES,
    "paths": CATEGORIES,
    "region": REGIONS,
    "money": MONEY,
    "integer": NUMBERS,
    "rate": RATES,
    "time": TIMES,
    "date": DATES,
    "lunar": LUNAR,
}


def rule_set(chance: Random, name: str = "grown", kind: str | None = None) -> Tree:
    """A promotion or commission rule set called `name`."""
    kind = kind or chance.choice(("promotion", "promotion", "commission"))
    tree: Tree = {
        "kind": kind,
        "name": name,
        "version": chance.choice((1, 2, 9999)),
        "title": "乱",
        "owner": "chance",
        "reason": "any",
        "effective_from": "2026-10-01",
    }
    return tree | (_promotion_body(chance) if kind == "promotion" else _commission_body(chance))


def _sometimes(chance: Random, **entries: Any) -> Tree:
    return {key: value for key, value in entries.items() if chance.random() < 0.2}


# --- conditions -----------------------------------------------------------------------------------------------------


def condition(chance: Random, depth: int = 0) -> Tree | str:
    if chance.random() < 0.35:
        return "always"
    return mapping(chance, depth)


def mapping(chance: Random, depth: int = 0) -> Tree:
    """Entries that all must hold."""
    facts = chance.sample(sorted(VOCABULARY), chance.choice((1, 1, 1, 2, 4)))
    if chance.random() < 0.5:
        facts = [chance.choice(("line.sku", "line.category", "order.list_total", "clock.time", "line.tags"))]
    tree: Tree = {fact: _test(chance, VOCABULARY[fact]) for fact in facts}
    if depth < MAX_NESTING - 2 and chance.random() < 0.3:
        nested = chance.choice(("any", "all", "not"))
        several = [mapping(chance, depth + 1) for _ in range(chance.choice((1, 2, 3)))]
        tree[nested] = mapping(chance, depth + 1) if nested == "not" else several
    return tree


def _test(chance: Random, fact: Fact) -> Any:
    if fact.type == "boolean":
        return chance.choice((True, False, {"exists": chance.random() < 0.5}))
    values = fact.values or _VALUES[fact.type]
    one = chance.choice(values)
    many = list(dict.fromkeys(map(str, chance.choices(values, k=3)))) if fact.type in _TEXTUAL else [one]
    shapes: list[Any] = [one, many, {"in": many}, {"not_in": many}, {"exists": chance.random() < 0.5}]
    if fact.type in ("path", "paths", "region"):
        shapes += [{"under": one}, {"under": many}]
    if fact.type in ("money", "integer", "rate"):
        shapes += [{chance.choice(("at_least", "more_than", "at_most", "less_than")): one} for _ in range(4)]
    if fact.type in ("time", "date", "lunar"):
        start, end = chance.sample(values, 2)
        if fact.type == "date":
            start, end = sorted((start, end))
        shapes += [{"from": start, "until": end}] * 4
    return chance.choice(shapes)


_TEXTUAL = ("text", "texts", "path", "paths", "region", "weekday")


# --- promotions -----------------------------------------------------------------------------------------------------


def _promotion_body(chance: Random) -> Tree:
    return {
        "base": chance.choice(("running", "original")),
        "threshold_on": chance.choice(("running", "original")),
        "rounding": chance.choice(ROUNDINGS),
        "remainder": chance.choice(REMAINDERS),
        "on_partial_return": chance.choice(("keep_share", "retest_threshold")),
        "discount_on": chance.choice(("group", "targets")),
        "funded_by": chance.choice(("merchant", "platform")),
        "rules": [_promotion(chance, at) for at in range(chance.choice((1, 1, 2, 3, 5)))],
    }


def _promotion(chance: Random, at: int) -> Tree:
    lane = chance.choice(tuple(_BENEFITS))
    benefits = [_BENEFITS[lane](chance) for _ in range(chance.choice((1, 1, 1, 2)))]
    rule: Tree = {"id": f"r-{at}", "title": f"第{at}条", "when": condition(chance), "give": benefits}
    if lane == "price_tag":
        return rule | {"stacking": chance.choice(("competing", "combinable")), "when": _priced_by_list(chance)}
    blocks = lane in ("group_discount", "bundle_price")
    stackings = ("competing", "exclusive") if blocks else ("competing", "combinable", "exclusive")
    spend = {"at_least": chance.choice(MONEY)} if chance.random() < 0.7 else {"units": chance.choice((1, 3, 1000000))}
    budget = {"amount": chance.choice(MONEY[1:]), "at_edge": chance.choice(("refuse", "part"))}
    limit = {
        "uses": chance.choice((1, 3, 10**9)),
        "per": chance.choice(("total", "buyer", "store")),
        "period": chance.choice(("ever", "day", "week", "month")),
    }
    return (
        rule
        | _sometimes(
            chance,
            label="乱减",
            priority=chance.choice((-1000, -1, 0, 1, 1000)),
            spend=spend,
            only_undiscounted=True,
            at_most=chance.choice(MONEY[1:]),
            limits=[limit],
            budget=budget,
            on_cancel=chance.choice(("give_back", "keep")),
        )
        | {"stacking": chance.choice(stackings)}
    )


def _priced_by_list(chance: Random) -> Any:
    facts = [name for name, fact in VOCABULARY.items() if fact.catalogue]
    fact = chance.choice(facts)
    return "always" if chance.random() < 0.5 else {fact: _test(chance, VOCABULARY[fact])}


def _off(chance: Random, *pers: str, price_per: tuple[str, ...] = (), price: bool = True) -> Tree:
    """One of the ways to take something off; `pers` name what an amount may count for, none where it is not said."""
    kind = chance.choice(("percent_off", "amount_off", "price") if price else ("percent_off", "amount_off"))
    if kind == "percent_off":
        return {kind: chance.choice(RATES)}
    per = {"per": chance.choice(pers)} if kind == "amount_off" and pers else {}
    if kind == "price" and price_per:
        per = {"per": chance.choice(price_per)}
    return {kind: chance.choice(MONEY[1:])} | per


def _items(chance: Random) -> Tree:
    return _sometimes(chance, items={"line.sku": [str(one) for one in chance.sample(SKUS[:5], 2)]})


def _price_tag(chance: Random) -> Tree:
    return {"type": "price_tag"} | _off(chance) | _items(chance)


def _line_discount(chance: Random) -> Tree:
    more = _sometimes(chance, units_per_line=chance.choice((1, 2, 1000000)), round=chance.choice(("discount", "price")))
    return {"type": "line_discount"} | _off(chance, "unit", "line") | more | _items(chance)


def _group_discount(chance: Random) -> Tree:
    tree = {"type": "group_discount"} | _off(chance, "unit", "block", price_per=("unit", "block"))
    if chance.random() < 0.3:
        side = [{"count": chance.choice((1, 2, 1000))} | _items(chance) for _ in range(2)]
        tree |= {"buy": side[0], "get": side[1]}
    else:
        every = chance.choice((1, 2, 3, 7, 1000))
        tree |= {"every": every, "targets": chance.randint(1, every)}
        tree |= _sometimes(chance, among=chance.choice(("any_matched", "same_sku")))
    return tree | _sometimes(
        chance,
        order=chance.choice(("dearest_first", "cheapest_first", "as_listed")),
        pick=chance.choice(("cheapest", "dearest")),
        times=chance.choice((1, 3, 10000)),
        partial="give",
        round="price",
    )


def _bundle_price(chance: Random) -> Tree:
    parts = [
        {"items": {"line.sku": str(chance.choice(SKUS[:5]))}, "count": chance.choice((1, 2, 1000))}
        for _ in range(chance.choice((1, 2, 3, 12)))
    ]
    more = _sometimes(chance, times=chance.choice((1, 10000)))
    return {"type": "bundle_price", "components": parts, "price": chance.choice(MONEY)} | more


def _order_discount(chance: Random) -> Tree:
    shape = chance.choice(("percent", "amount", "tiers", "every"))
    tree: Tree = {"type": "order_discount"} | _items(chance)
    if shape == "percent":
        return tree | {"percent_off": chance.choice(RATES)}
    if shape == "amount":
        return tree | {"amount_off": chance.choice(MONEY[1:]), "per": chance.choice(("order", "line", "unit"))}
    measure = chance.choice(("money", "units"))
    if shape == "every":
        times = _sometimes(chance, times=chance.choice((1, 10000)))
        return tree | {"every": chance.choice((1, 3, 20)), "amount_off": 5, "measure": measure} | times
    steps = sorted(chance.sample((0, 1, 2, 5, 50, 100, 200, 10**9), chance.choice((1, 2, 4))))
    return tree | {"measure": measure, "tiers": [_tier(chance, step) for step in steps]}


def _tier(chance: Random, at_least: int) -> Tree:
    return {"at_least": at_least} | _off(chance, price=False) | _sometimes(chance, free_shipping=True, gift=_given(2))


def _given(quantity: int) -> Tree:
    return {"sku": "gift", "title": "赠品", "quantity": quantity}


def _shipping_discount(chance: Random) -> Tree:
    free = chance.random() < 0.3
    return {"type": "shipping_discount"} | ({"free": True} if free else _off(chance))


def _gift(chance: Random) -> Tree:
    return {"type": "gift"} | _given(chance.choice((1, 1000))) | _sometimes(chance, every=chance.choice((1, 3)))


_BENEFITS = {
    "price_tag": _price_tag,
    "line_discount": _line_discount,
    "group_discount": _group_discount,
    "bundle_price": _bundle_price,
    "order_discount": _order_discount,
    "shipping_discount": _shipping_discount,
    "gift": _gift,
}


# --- commissions ----------------------------------------------------------------------------------------------------


def _commission_body(chance: Random) -> Tree:
    rules = [_commission_rule(chance, at) for at in range(chance.choice((1, 2, 4)))]
    return {
        "base": chance.choice(("paid_goods", "list", "margin", "delivery_fee")),
        "rounding": chance.choice(ROUNDINGS),
        "remainder": chance.choice(REMAINDERS),
        "choose": chance.choice(("first", "best", "all", "only")),
        "rules": rules,
    } | _sometimes(
        chance,
        vat=chance.choice(("included", "excluded")),
        ceiling={"at_most": chance.choice(RATES), "excess": chance.choice(("scale", "refuse"))},
        sign_off="法务",
    )


def _commission_rule(chance: Random, at: int) -> Tree:
    rule: Tree = {"id": f"c-{at}", "title": f"第{at}条", "when": condition(chance)}
    if at and chance.random() < 0.25:
        raised = chance.choice(({"add": chance.choice(RATES[1:])}, {"multiply": chance.choice(("3/2", "1/7", "2/1"))}))
        return rule | {"bonus": {"to": "promoter"} | raised}
    payees = chance.sample(("promoter", "referrer", "leader", "pool:partners"), chance.choice((1, 1, 2, 4)))
    rule["accrue"] = [_accrue(chance, payee) for payee in payees]
    return rule | _sometimes(chance, from_campaigns=["grown"])


def _accrue(chance: Random, payee: str) -> Tree:
    floor, cap = chance.choice((0, "0.10", 5)), chance.choice((5, 50, "9999999999.99"))
    tree: Tree = {"to": payee} | _sometimes(chance, sku_figure=True, floor=floor, cap=cap)
    shape = chance.choice(("rate", "amount", "both", "tiers"))
    if shape == "tiers":
        steps = [
            {"at_least": at} | chance.choice(({"rate": chance.choice(RATES)}, {"amount": chance.choice(MONEY)}))
            for at in sorted(chance.sample((0, 1, 20, 100, 5000), chance.choice((1, 2, 4))))
        ]
        metric = chance.choice(("line", "order", "order.units", "promoter.period_sales", "line.stock"))
        slices = metric in ("line", "order") and all("rate" in step for step in steps)
        mode = chance.choice(("flat", "marginal")) if slices else "flat"
        return tree | {"tiers": {"metric": metric, "mode": mode, "steps": steps}}
    if shape != "amount":
        tree["rate"] = chance.choice(RATES)
    if shape != "rate":
        tree |= {"amount": chance.choice(MONEY), "per": chance.choice(("unit", "line", "order"))}
    return tree
