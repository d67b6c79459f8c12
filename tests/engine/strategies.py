"""Hypothesis strategies for whole live sets of rules, orders, and runs of refunds.

They only make what the rule-set language lets through: group benefits are never combinable, price tags never exclusive
or capped.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st

from engine.conditions import ALWAYS, Condition
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.money import REMAINDERS, ROUNDINGS, Rate
from engine.order import (
    Buyer,
    Delivery,
    Evaluation,
    Line,
    OrderEvent,
    Payee,
    RefundEvent,
    RegionalAgent,
    ReturnedLine,
    SkuFigure,
    Store,
)
from engine.refund.clawback import RefundOutcome, RefundState, refund, untouched
from engine.region_set import LEVELS, LevelRate, RegionRule, RegionSet
from engine.ruleset import (
    Accrue,
    AmountOff,
    Bonus,
    Budget,
    BundlePrice,
    Ceiling,
    CommissionSet,
    CommissionTiers,
    Component,
    FixedPrice,
    Gift,
    GiftLine,
    GroupDiscount,
    Limit,
    LineDiscount,
    OrderDiscount,
    PercentOff,
    PriceTag,
    Promotion,
    PromotionSet,
    RuleSet,
    ShippingDiscount,
    Spend,
    SplitPart,
    Tier,
    TierStep,
)
from tests.engine.builders import (
    LEADER,
    PROMOTER,
    REFERRER,
    commission_rule,
    commission_set,
    header,
    line,
    order,
    percent,
    promotion,
    promotion_set,
    refund_event,
    returned,
    sku,
)

# --- strategies -----------------------------------------------------------------------------------------------------
#
# A live set takes hundreds of choices. Drawing each by itself costs twenty times what pricing costs, so they are read
# from one drawn string of bytes; zeros are the simplest choice everywhere, and a failure shrinks towards them.

SKUS = ("a", "b", "c", "d")
PRICES = (1000, 0, 1, 7, 99, 333, 1001, 2000, 4999)
RATES = (Rate(50, 100), Rate(1, 100), Rate(12, 100), Rate(1, 3), Rate(125, 1000), Rate(1), Rate(0))
SMALL = (500, 0, 1, 50, 333, 1000, 2500)
THRESHOLDS = (1500, 0, 1, 500, 3000, 8000)
Made = TypeVar("Made")
Item = TypeVar("Item")


class Choices:
    """Decisions read one by one from bytes; the first option once they run out."""

    def __init__(self, data: bytes) -> None:
        self._data = iter(data)

    def pick(self, *options: Item) -> Item:
        return options[next(self._data, 0) % len(options)]

    def number(self, least: int, most: int) -> int:
        return least + next(self._data, 0) % (most - least + 1)

    def rarely(self) -> bool:
        return next(self._data, 0) % 4 == 3

    def maybe(self, make: Callable[[], Item]) -> Item | None:
        return make() if self.rarely() else None

    def some(self, options: Sequence[Item], least: int = 1) -> list[Item]:
        start, count = self.number(0, len(options) - 1), self.number(least, len(options))
        return [options[(start + n) % len(options)] for n in range(count)]


def made_by(make: Callable[[Choices], Made], size: int) -> st.SearchStrategy[Made]:
    return st.binary(min_size=size, max_size=size).map(lambda data: make(Choices(data)))


def _condition(by: Choices) -> Condition:
    return ALWAYS if by.pick(True, False) else sku(*sorted(by.some(SKUS)[:3]))


def _percent(by: Choices) -> PercentOff:
    return PercentOff(by.pick(*RATES))


def _off(by: Choices, amount_per: Sequence[Any], price_per: Sequence[Any] = ()) -> Any:
    kind = by.pick("percent", "amount", *(["price"] if price_per else []))
    if kind == "percent":
        return _percent(by)
    if kind == "amount":
        return AmountOff(by.pick(*SMALL), by.pick(*amount_per))
    return FixedPrice(by.pick(*SMALL), by.pick(*price_per))


def make_price_tag(by: Choices) -> PriceTag:
    return PriceTag(_off(by, ["unit"], ["unit"]), items=_condition(by))


def make_line_benefit(by: Choices) -> LineDiscount:
    off = _off(by, ["unit", "line"], ["unit"])
    return LineDiscount(off, _condition(by), by.maybe(lambda: by.number(1, 3)), by.pick(False, True))


def make_group_benefit(by: Choices) -> GroupDiscount:
    every = by.number(1, 4)
    two_sided = every > 1 and by.pick(False, True)
    return GroupDiscount(
        _off(by, ["unit", "block"], ["unit", "block"]),
        every=every,
        targets=by.number(1, every - 1 if two_sided else every),
        items=_condition(by),
        buy=_condition(by) if two_sided else None,
        get=_condition(by) if two_sided else None,
        order=by.pick("dearest_first", "cheapest_first", "as_listed"),
        pick=by.pick("cheapest", "dearest"),
        among="any_matched" if two_sided else by.pick("any_matched", "same_sku"),
        times=by.maybe(lambda: by.number(1, 3)),
        give_partial=by.rarely(),
        round_price=by.pick(False, True),
    )


def make_bundle(by: Choices) -> BundlePrice:
    components = tuple(Component(_condition(by), by.number(1, 2)) for _ in range(by.number(1, 3)))
    return BundlePrice(components, by.pick(*SMALL), times=by.maybe(lambda: by.number(1, 2)))


def _gift_line(by: Choices) -> GiftLine:
    return GiftLine("gift", "赠品", by.number(1, 2))


def make_order_benefit(by: Choices) -> OrderDiscount:
    measure: Any = by.pick("money", "units")
    marks = THRESHOLDS if measure == "money" else (2, 0, 1, 4, 7)
    shape = by.pick("tiers", "off", "every")
    if shape == "tiers":
        tiers = tuple(
            Tier(
                at,
                None if by.rarely() else _off(by, ["order"]),
                gift=by.maybe(lambda: _gift_line(by)),
                free_shipping=by.rarely(),
            )
            for at in sorted(set(by.some(marks)))
        )
        return OrderDiscount(tiers=tiers, measure=measure, items=_condition(by))
    if shape == "every":
        amount = AmountOff(by.pick(*SMALL), "order")
        times = by.maybe(lambda: by.number(1, 4))
        return OrderDiscount(amount, every=max(1, by.pick(*marks)), times=times, measure=measure, items=_condition(by))
    return OrderDiscount(_off(by, ["order", "line", "unit"]), items=_condition(by))


def make_shipping_benefit(by: Choices) -> ShippingDiscount:
    return ShippingDiscount(_off(by, ["order"], ["unit"]))


def make_gift(by: Choices) -> Gift:
    every, times = by.maybe(lambda: by.number(1, 4)), by.maybe(lambda: by.number(1, 3))
    return Gift(_gift_line(by), every=every, times=times, items=_condition(by))


def make_item_benefit(by: Choices) -> Any:
    return by.pick(make_line_benefit, make_group_benefit, make_bundle)(by)


def make_block_benefit(by: Choices) -> Any:
    return by.pick(make_group_benefit, make_bundle)(by)


def make_goods_benefit(by: Choices) -> Any:
    return by.pick(make_line_benefit, make_group_benefit, make_bundle, make_order_benefit, make_price_tag)(by)


def make_any_benefit(by: Choices) -> Any:
    return by.pick(make_goods_benefit, make_goods_benefit, make_shipping_benefit, make_gift)(by)


MakeBenefit = Callable[[Choices], Any]


def make_promotion(by: Choices, rule_id: str, benefit: MakeBenefit | None = None) -> Promotion:
    """A promotion of one or two benefits (or one of the given kind), as the rule-set language allows it."""
    count = by.pick(1, 1, 2) if benefit is None else 1
    benefits = tuple((benefit or make_any_benefit)(by) for _ in range(count))
    tagged = any(isinstance(one, PriceTag) for one in benefits)
    grouped = any(isinstance(one, GroupDiscount | BundlePrice) for one in benefits)
    stackings = ["competing", "competing"]
    if not grouped:
        stackings.append("combinable")
    if not tagged and benefit is None:
        stackings.append("exclusive")
    fields: dict[str, Any] = {"stacking": by.pick(*stackings), "priority": by.pick(0, 0, 0, 1)}
    if not tagged:
        spend = by.pick(Spend(by.pick(*THRESHOLDS)), Spend(by.number(1, 6), "units"))
        fields |= {
            "spend": spend if by.rarely() else None,
            "only_undiscounted": by.rarely() and by.rarely(),
            "at_most_fen": by.maybe(lambda: by.pick(*SMALL)),
            "limits": by.maybe(lambda: _limits(by)) or (),
            "budget": by.maybe(lambda: Budget(by.pick(*SMALL), by.pick("refuse", "part"))),
        }
    return promotion(rule_id, *benefits, when=_condition(by), **fields)


def _limits(by: Choices) -> tuple[Limit, ...]:
    subjects: list[Any] = by.some(["total", "buyer", "store"])
    return tuple(Limit(by.number(1, 3), subject, by.pick("ever", "day", "week", "month")) for subject in subjects)


def make_promotion_set(
    by: Choices, name: str = "campaign", max_rules: int = 4, benefit: MakeBenefit | None = None
) -> PromotionSet:
    policies = {
        "base": by.pick("running", "original"),
        "threshold_on": by.pick("running", "original"),
        "rounding": by.pick(*ROUNDINGS),
        "remainder": by.pick(*REMAINDERS),
        "on_partial_return": by.pick("keep_share", "retest_threshold"),
        "discount_on": by.pick("group", "targets"),
        "funded_by": by.pick("merchant", "platform"),
    }
    rules = [make_promotion(by, f"{name}-{at}", benefit) for at in range(by.number(1, max_rules))]
    return promotion_set(*rules, name=name, **policies)


def make_order(by: Choices, max_lines: int = 4) -> OrderEvent:
    lines = [_line(by, f"l-{at}") for at in range(by.number(1, max_lines))]
    counter = by.pick("money/total/ever", "uses/total/ever", "uses/buyer/day")
    counted = {by.pick("campaign/campaign-0", "campaign/campaign-1"): {counter: by.pick(0, 1, 2, 300)}}
    return order(
        *lines,
        delivery=Delivery(
            kind=by.pick("delivery", "pickup"), region=by.pick("430102013", "430102", None), fee_fen=by.pick(0, 1, 500)
        ),
        buyer=Buyer(id=by.pick(None, "b-1")),
        store=by.pick(None, Store(id="s-1")),
        promoter=by.pick(
            PROMOTER, Payee(id="p-1", merchant="m-1"), Payee(id="b-1"), Payee(id="p-2", status="inactive"), None
        ),
        referrer=by.pick(REFERRER, None, Payee(id="b-1")),
        leader=by.pick(LEADER, Payee(id="l-1", period_sales_fen=4_000), None),
        host=by.pick(Payee(id="h-1"), Payee(id="h-1", merchant="m-2"), Payee(id="b-1", merchant="m-1"), None),
        regional_agents=_agents(by),
        counters=counted if by.rarely() else {},
    )


def _line(by: Choices, line_id: str) -> Line:
    price = by.pick(*PRICES)
    return line(
        line_id,
        price,
        by.number(1, 6),
        sku=by.pick(*SKUS),
        merchant=by.pick("m-1", "m-2"),
        floor_price_fen=by.pick(0, 0, price // 2, price, price + 5),
        unit_cost_fen=by.pick(price // 3, None, price + 1),
        vat_rate=by.pick(Rate(13, 100), Rate(9, 100), Rate(0), None),
        commission={"promoter": _figure(by)} if by.rarely() else {},
    )


def _figure(by: Choices) -> SkuFigure:
    return SkuFigure(by.pick(None, 0, 30), by.pick(None, Rate(0), Rate(1, 10)))


def _split(by: Choices) -> Accrue:
    """Two or three payees who share a rate or an amount."""
    roles = by.some(["host", "leader", "partner", "promoter"])[:3]
    if len(roles) < 2:
        roles = ["host", "partner"]
    weights = [by.number(1, 5) for _ in roles]
    parts = tuple(SplitPart(role, Rate(one, sum(weights))) for role, one in zip(roles, weights, strict=True))
    whole = _accrue(by, "")
    return msgspec.structs.replace(whole, split=parts, if_absent=by.pick("nobody", "others"), sku_figure=False)


def _accrue(by: Choices, role: str) -> Accrue:
    bounds = {"floor_fen": by.maybe(lambda: 20), "cap_fen": by.maybe(lambda: 300), "sku_figure": by.rarely()}
    shape = by.pick("rate", "amount", "both", "tiers")
    if shape == "tiers":
        steps = tuple(TierStep(at, rate=by.pick(*RATES)) for at in sorted(set(by.some(THRESHOLDS))))
        mode: Any = by.pick("flat", "marginal")
        return Accrue(
            to=role,
            tiers=CommissionTiers(by.pick("order", "line", "leader.period_sales"), mode, steps),
            **bounds,
        )
    rate, amount = by.pick(*RATES), by.pick(*SMALL)
    return Accrue(
        to=role,
        rate=None if shape == "amount" else rate,
        amount_fen=None if shape == "rate" else amount,
        per=by.pick("line", "unit", "order"),
        **bounds,
    )


def _shares(by: Choices) -> list[Accrue]:
    if by.rarely():
        return [_split(by), _accrue(by, "pool:partners")]
    roles = ["promoter", "referrer", "leader", "host", "partner", "pool:partners"]
    return [_accrue(by, role) for role in by.some(roles)[:3]]


def make_region_set(by: Choices, name: str = "agents") -> RegionSet:
    levels = [LevelRate(level, by.pick(*RATES)) for level in LEVELS if by.pick(True, False)]
    levels = levels or [LevelRate("city", percent(3))]
    rules = [
        RegionRule(id=f"{name}-{at}", title=f"{name}-{at}", position=at, when=_condition(by), rates=tuple(levels))
        for at in range(by.number(1, 2))
    ]
    return RegionSet(
        header=header("region", name),
        attribution=by.pick(("delivery_address",), ("pickup_store", "delivery_address")),
        mode=by.pick("difference", "stacked"),
        hierarchy="region",
        base=by.pick("paid_goods", "list", "margin", "delivery_fee"),
        rounding=by.pick(*ROUNDINGS),
        rules=tuple(rules),
        vat=by.pick("included", "excluded"),
    )


def _agents(by: Choices) -> tuple[RegionalAgent, ...]:
    """Agents of the places around an order, some who may not earn, some elsewhere, some twice."""
    places = by.some(["430102013", "430102", "4301", "43", "4301", "430103"])
    return tuple(
        RegionalAgent(
            id=by.pick(f"a-{at}", "b-1"),
            region=place,
            status=by.pick("active", "active", "inactive"),
            contract=f"c-{at}",
            rate=by.pick(*RATES),
        )
        for at, place in enumerate(places)
    )


def make_commission_set(by: Choices, name: str = "pay") -> CommissionSet:
    rules = [
        commission_rule(
            f"{name}-{at}",
            *_shares(by),
            when=_condition(by),
            from_campaigns=("campaign",) if by.rarely() else (),
        )
        for at in range(by.number(1, 3))
    ]
    if by.pick(False, True):
        bonus = by.pick(Bonus("promoter", add_rate=percent(2)), Bonus("promoter", multiply=Rate(3, 2)))
        rules.append(commission_rule(f"{name}-bonus", when=_condition(by), bonus=bonus))
    ceiling = Ceiling(by.pick(percent(30), percent(7), Rate(0)), by.pick("scale", "refuse"))
    return commission_set(
        *rules,
        name=name,
        base=by.pick("paid_goods", "list", "margin", "delivery_fee"),
        rounding=by.pick(*ROUNDINGS),
        remainder=by.pick(*REMAINDERS),
        choose=by.pick("first", "best", "all", "only"),
        ceiling=by.pick(ceiling, None),
        vat=by.pick("included", "excluded"),
    )


def _all_rule_sets(by: Choices) -> tuple[RuleSet, ...]:
    return (
        make_promotion_set(by, "campaign"),
        make_promotion_set(by, "season", max_rules=2),
        make_commission_set(by, "pay"),
        make_commission_set(by, "share"),
        make_region_set(by),
    )


def promotion_sets(
    name: str = "campaign", max_rules: int = 4, benefit: MakeBenefit | None = None
) -> st.SearchStrategy[PromotionSet]:
    return made_by(lambda by: make_promotion_set(by, name, max_rules, benefit), 40 * max_rules)


def orders(max_lines: int = 4) -> st.SearchStrategy[OrderEvent]:
    return made_by(lambda by: make_order(by, max_lines), 12 * max_lines + 40)


rule_sets = made_by(_all_rule_sets, 440)
commission_sets = made_by(make_commission_set, 120)


@st.composite
def evaluations(draw: st.DrawFn) -> Evaluation:
    return evaluate_order(draw(orders()), compile_live(draw(rule_sets)))


def refund_run(by: Choices, evaluation: Evaluation) -> list[RefundOutcome]:
    """The outcomes of a run of refunds that are all accepted: by units, by amounts, by both; the fee in parts."""
    return [outcome for _, outcome in refund_steps(by, evaluation)]


def refund_steps(by: Choices, evaluation: Evaluation) -> list[tuple[RefundEvent, RefundOutcome]]:
    """Such a run, as each refund with its outcome."""
    state = untouched(evaluation)
    steps: list[tuple[RefundEvent, RefundOutcome]] = []
    for at in range(by.number(1, 6)):
        back: list[ReturnedLine] = []
        for index, one in enumerate(evaluation.event.lines):
            quantity = by.number(0, one.quantity - state.units[index])
            left = evaluation.priced.net_fen[index] - returned_share(evaluation, state, index)
            amount = by.maybe(lambda left=left: by.pick(left, 0, left // 2, left // 7))  # type: ignore[misc]
            if quantity or amount is not None:
                back.append(returned(one.line_id, quantity, amount))
        fee = evaluation.priced.shipping_fen - state.shipping_fen
        event = refund_event(*back, refund_id=f"re-{at}", shipping_fen=by.pick(0, fee, fee // 2))
        outcome = refund(evaluation, state, event)
        steps.append((event, outcome))
        state = outcome.state
    return steps


refund_choices = st.binary(min_size=60, max_size=60).map(Choices)


def returned_share(evaluation: Evaluation, state: RefundState, index: int) -> int:
    """Clause R1 read plainly: what of a line's net has been returned."""
    net, count = evaluation.priced.net_fen[index], evaluation.event.lines[index].quantity
    by_units = floor(Fraction(net * state.units[index], count) + Fraction(1, 2))
    return min(net, max(0, by_units + state.adjusted_fen[index]))
