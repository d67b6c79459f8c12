"""The hand-written function is a fair yardstick only while it returns the same figures as the engine."""

import pytest

from benchmarks.demo_rules import demo_rules
from benchmarks.hand_written import SHIPPING_LINE, Figures, price_and_pay
from benchmarks.orders import SEASON, everyday, odd
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.live import LiveRules
from engine.order import Evaluation, OrderEvent
from storage.demo_orders import generate, lines_of


@pytest.fixture(scope="module")
def live() -> LiveRules:
    return demo_rules(SEASON)


def figures_of(evaluation: Evaluation) -> Figures:
    priced = evaluation.priced
    discounts = []
    for applied in priced.applied:
        rule = applied.plan.ref.rule
        if applied.plan.lane == "shipping":
            discounts.append((rule, SHIPPING_LINE, applied.discount_fen))
        discounts += [(rule, part.line, part.discount_fen) for part in applied.lines if part.discount_fen]
    return Figures(
        list(priced.net_fen),
        priced.shipping_fen,
        sorted(discounts),
        sorted(one.plan.ref.rule for one in priced.applied if one.gift is not None),
        sorted((one.plan.ref.rule, one.plan.role, one.line, one.amount_fen) for one in evaluation.accruals),
    )


def by_hand(event: OrderEvent) -> Figures:
    found = price_and_pay(event)
    return found._replace(discounts=sorted(found.discounts), accruals=sorted(found.accruals))


def test_equals_the_engine_on_everyday_orders(live: LiveRules) -> None:
    for event in everyday(seed=1, count=1500):
        assert by_hand(event) == figures_of(evaluate_order(event, live)), event


def test_equals_the_engine_at_the_edges(live: LiveRules) -> None:
    for event in odd(seed=2, count=3000):
        assert by_hand(event) == figures_of(evaluate_order(event, live)), event


def test_equals_the_engine_on_the_generated_log(live: LiveRules) -> None:
    for text in lines_of(generate(seed=3, orders=1000)):
        event = read_event(text, "orders.jsonl")
        if isinstance(event, OrderEvent):
            assert by_hand(event) == figures_of(evaluate_order(event, live)), event


def test_the_orders_compared_reach_every_demo_rule(live: LiveRules) -> None:
    """Otherwise a rule could be wrong by hand and nobody would see."""
    reached: set[str] = set()
    ceiling_cut = 0
    for event in odd(seed=2, count=3000):
        figures = by_hand(event)
        reached |= {f"promotion/{rule}" for rule, _, _ in figures.discounts}
        reached |= {f"promotion/{rule}" for rule in figures.gifts}
        reached |= {f"commission/{rule}" for rule, _, _, _ in figures.accruals}
        evaluation = evaluate_order(event, live)
        ceiling_cut += any(one.amount_fen < one.earned_fen for one in evaluation.accruals)
    promotions = {f"promotion/{one.rule.id}" for one in live.promotions}
    commissions = {
        f"commission/{rule.rule.id}" for one in live.commissions for rule in one.rules if not rule.rule.bonus
    }
    assert reached == promotions | commissions
    assert ceiling_cut > 20
