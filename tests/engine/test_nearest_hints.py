"""Hints for a buyer: within reach, at most three, the best first, and nothing that buyers must not see."""

from hypothesis import given, settings

from engine.conditions import Test
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.nearest.hints import MOST_HINTS, MOST_LINES, nearest_hints
from engine.order import OrderEvent
from engine.ruleset import GroupDiscount, RuleSet
from tests.engine.builders import line, order, percent_off, promotion, promotion_set, sku, spend_and_save
from tests.engine.strategies import orders, rule_sets


def hints(event: OrderEvent, *sets: RuleSet) -> list[tuple[str, str, int]]:
    live = compile_live(sets)
    found = nearest_hints(evaluate_order(event, live), live)
    return [(one.ref.rule, one.words.zh, one.saves_fen) for one in found]


def test_the_three_that_save_most() -> None:
    sets = [
        promotion_set(promotion(f"save-{fen}", spend_and_save((2000 + fen, fen)), when=sku("a")), name=f"set-{fen}")
        for fen in (100, 300, 200, 400)
    ]
    pair = promotion_set(
        promotion("pair", GroupDiscount(percent_off(50), every=2, targets=1), when=sku("b")), name="pairs"
    )
    found = hints(order(line("a", 1500), line("b", 1500)), *sets, pair)
    assert found == [
        ("pair", "再买 1 件 b可享pair", 750),
        ("save-400", "再买 9.00 元 a 一类商品可享save-400", 400),
        ("save-300", "再买 8.00 元 a 一类商品可享save-300", 300),
    ]


def test_no_hint_asks_for_a_code_other_goods_or_a_long_basket() -> None:
    coded = promotion("coded", spend_and_save((100, 10)), when=Test("order.coupons", "in", ("SECRET",)))
    other = promotion("other", spend_and_save((100, 10)), when=Test("line.category", "under", ("snack",)))
    assert hints(order(line("a", 1500)), promotion_set(coded, other)) == []
    near = promotion_set(promotion("near", spend_and_save((10**6, 10))))
    assert hints(order(*(line(f"l-{at}", 100) for at in range(MOST_LINES))), near)
    assert not hints(order(*(line(f"l-{at}", 100) for at in range(MOST_LINES + 1))), near)


@settings(max_examples=40)
@given(rule_sets, orders())
def test_hints_are_few_and_sorted_and_never_cost_anything(sets: tuple[RuleSet, ...], event) -> None:
    live = compile_live(sets)
    evaluation = evaluate_order(event, live)
    found = nearest_hints(evaluation, live)
    assert len(found) <= MOST_HINTS
    assert [one.saves_fen for one in found] == sorted((one.saves_fen for one in found), reverse=True)
    assert all(one.saves_fen >= 0 for one in found)
    lost, applied = evaluation.priced.lost, evaluation.priced.applied
    assert {one.ref for one in found} <= {one.ref for one in lost} | {one.plan.ref for one in applied}


def test_the_next_tier_is_a_hint_too() -> None:
    steps = promotion_set(promotion("it", spend_and_save((1000, 100), (2000, 300))))
    assert hints(order(line("a", 1500)), steps) == [("it", "再买 5.00 元升至满 20.00 元减 3.00 元", 200)]
