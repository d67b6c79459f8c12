"""Who brings the better customers can earn more: the repeat and refund rates of a promoter as facts of an order."""

import pytest

from engine.builder.build import build
from engine.conditions import Test
from engine.describe.condition import say_condition
from engine.describe.values import say_value
from engine.evaluate import evaluate_order
from engine.level.level_figures import Figures, basis_points
from engine.live import LiveRules, compile_live
from engine.order import Line, OrderEvent, Payee
from engine.text.document import parse
from tests.engine.builders import AT
from tests.engine.texts import SCHEMAS

TEXT = """\
kind: commission
name: loyal
version: 1
title: 带来老客的多得
owner: ops-lin
reason: 复购率三成且退款率不超过 5% 的推广员多得两个点
effective_from: 2026-10-01
base: paid_goods
rounding: half_up
remainder: largest
choose: first
ceiling: {at_most: 30%, excess: scale}
rules:
  - id: loyal
    title: 复购高退款少
    when: {promoter.repeat_rate: {at_least: 30%}, promoter.refund_rate: {at_most: 5%}}
    accrue: [{to: promoter, rate: 10%}]
  - id: others
    title: 其余
    when: always
    accrue: [{to: promoter, rate: 8%}]
"""


@pytest.fixture(scope="module")
def live() -> LiveRules:
    return compile_live([build(parse(TEXT, "loyal.yaml"), SCHEMAS)])


@pytest.mark.parametrize(
    ("repeat", "refund", "earned"),
    [
        (3000, 500, 1000),
        (10_000, 0, 1000),
        (2999, 500, 800),
        (3000, 501, 800),
        (None, 0, 800),
        (3000, None, 800),
    ],
)
def test_who_brings_the_better_customers_earns_more(
    live: LiveRules, repeat: int | None, refund: int | None, earned: int
):
    event = OrderEvent(
        order_id="o",
        placed_at=AT,
        lines=(Line(line_id="1", sku="goods", unit_price_fen=10_000, quantity=1),),
        promoter=Payee(id="p1", repeat_rate_bp=repeat, refund_rate_bp=refund),
    )
    assert [one.amount_fen for one in evaluate_order(event, live).accruals] == [earned]


def test_an_order_carries_what_a_review_counted():
    figures = Figures(delivered_fen=300_000, refunded_fen=14_999, orders=9, buyers=7, repeat_buyers=3)
    assert (basis_points(figures.repeat_rate), basis_points(figures.refund_rate)) == (4285, 499)


def test_a_rate_is_told_as_a_percentage():
    assert say_value("promoter.repeat_rate", 3000).zh == "30%"
    assert say_value("promoter.refund_rate", 525).en == "5.25%"


def test_a_test_on_a_rate_is_told_in_the_words_of_rates():
    said = say_condition(Test("promoter.repeat_rate", "at_least", (3000,)))
    assert said == ("推广员的复购率不低于 30%", "the promoter's repeat-purchase rate is at least 30%")
    assert (
        say_condition(Test("promoter.refund_rate", "less_than", (525,))).en
        == "the promoter's refund rate is below 5.25%"
    )
