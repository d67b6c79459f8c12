"""The if-chain is a fair yardstick only while it returns the same figures as the engine."""

import pytest

from benchmarks.generated_rules import orders, rule_sets
from benchmarks.many_by_hand import figures_of, if_chain_function
from engine.conditions import Test
from engine.evaluate import evaluate_order
from engine.live import compile_live
from tests.engine.builders import promotion, promotion_set, spend_and_save


@pytest.mark.parametrize("rules", [100, 300])
def test_equals_the_engine(rules: int) -> None:
    sets = rule_sets(rules)
    live, by_hand = compile_live(sets), if_chain_function(sets)
    discounts, accruals = 0, 0
    for event in orders(rules, seed=7, count=1_500):
        figures = figures_of(evaluate_order(event, live))
        assert by_hand(event) == figures, event
        discounts += len(figures[1])
        accruals += len(figures[2])
    assert min(discounts, accruals) > 1_000


def test_rules_of_another_kind_are_refused() -> None:
    merchant = Test("line.merchant", "in", ("m1",))
    two_tiers = promotion_set(promotion("a", spend_and_save((5000, 500), (9000, 900)), when=merchant))
    with pytest.raises(ValueError, match="not generated"):
        if_chain_function([two_tiers])
