"""The five worked examples of docs/semantics.md, figure by figure."""

import pytest

from engine.journal.expected import expected_balances
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook
from engine.ledger import balances, imbalance
from engine.money import Rate
from engine.order import Evaluation
from engine.refund.clawback import dues
from engine.ruleset import (
    Accrue,
    BundlePrice,
    Ceiling,
    Component,
    GroupDiscount,
    LineDiscount,
    OrderDiscount,
    PercentOff,
)
from tests.engine.builders import (
    PROMOTER,
    REFERRER,
    commission_rule,
    commission_set,
    discounts,
    evaluated,
    line,
    lost_codes,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    refund_event,
    refunded,
    returned,
    sku,
    spend_and_save,
)


def first_order(on_partial_return: str) -> Evaluation:
    half = promotion("half", GroupDiscount(percent_off(50), every=2, targets=1, items=sku("A", "B", "C")))
    save = promotion("save", spend_and_save((5000, 500), (8000, 1000)))
    pay = commission_set(commission_rule("pay", Accrue(to="promoter", rate=percent(12))))
    event = order(line("A", 2000), line("B", 1000), line("C", 800), line("D", 5000), promoter=PROMOTER)
    return evaluated(event, promotion_set(half, save, on_partial_return=on_partial_return), pay)


def test_1_a_group_over_three_lines_then_a_threshold_over_all() -> None:
    evaluation = first_order("keep_share")
    half, save = evaluation.priced.applied
    assert [(part.line, part.units, part.discount_fen) for part in half.lines] == [(0, 1, 333), (1, 1, 167), (2, 0, 0)]
    assert [part.discount_fen for part in save.lines] == [201, 100, 96, 603]
    assert [part.entry_fen for part in save.lines] == [1667, 833, 800, 5000]
    assert evaluation.priced.net_fen == (1466, 733, 704, 4397)
    assert [one.amount_fen for one in evaluation.accruals] == [176, 88, 84, 528]


@pytest.mark.parametrize(
    ("on_partial_return", "cash", "recovered"),
    [
        ("keep_share", [733, 4397, 1466, 704], [0, 0, 0, 0]),
        ("retest_threshold", [333, 4500, 1667, 800], [400, 297, 96, 0]),
    ],
)
def test_1_returns_under_both_policies(on_partial_return: str, cash: list[int], recovered: list[int]) -> None:
    evaluation = first_order(on_partial_return)
    outcomes = refunded(evaluation, *([returned(line_id, 1)] for line_id in "BDAC"))
    assert [one.cash_fen for one in outcomes] == cash
    assert [one.recovered_fen for one in outcomes] == recovered
    assert sum(cash) == 7300
    assert dues(evaluation, outcomes[0].state) == [176, 0, 84, 528]
    assert outcomes[-1].state.cash_fen == 7300
    assert not any(dues(evaluation, outcomes[-1].state))


@pytest.mark.parametrize("on_partial_return", ["keep_share", "retest_threshold"])
def test_1_the_journal_is_right_after_every_return(on_partial_return: str) -> None:
    evaluation = first_order(on_partial_return)
    book = OrderBook(evaluation)
    postings = list(entry_postings(None, book))
    for at, line_id in enumerate("BDAC"):
        before, book = book, book.add(refund_event(returned(line_id, 1), refund_id=f"re-{at}"))
        postings += entry_postings(before, book)
        assert not imbalance(balances(postings), expected_balances(book))
    assert balances(postings) == {}


def test_2_a_ceiling_scales_and_dues_follow_amounts_refunded() -> None:
    rule = commission_rule(
        "pay",
        Accrue(to="promoter", rate=percent(25)),
        Accrue(to="referrer", rate=percent(5)),
        Accrue(to="pool:partners", rate=Rate(65, 1000)),
    )
    event = order(line("A", 7001), line("B", 2999), promoter=PROMOTER, referrer=REFERRER)
    evaluation = evaluated(event, commission_set(rule, ceiling=Ceiling(percent(30), "scale")))
    assert [one.amount_fen for one in evaluation.accruals] == [1438, 617, 288, 123, 374, 160]
    assert sum(one.earned_fen for one in evaluation.accruals) == 3650
    outcomes = refunded(evaluation, [returned("B", amount_fen=1500)], [returned("A", amount_fen=3500)])
    assert [sum(dues(evaluation, one.state)) for one in outcomes] == [2549, 1499]
    (whole,) = refunded(evaluation, [returned("A", 1), returned("B", 1)])
    assert sum(dues(evaluation, whole.state)) == 0


def test_3_floors_clip_and_a_lower_running_total_misses_the_threshold() -> None:
    rules = [
        promotion("pair", GroupDiscount(percent_off(50), every=2, targets=1)),
        promotion("ten", LineDiscount(percent_off(10))),
        promotion("save", spend_and_save((4000, 1000))),
    ]
    event = order(line("A", 2000, 2, floor_price_fen=1500), line("B", 1000, floor_price_fen=900))
    evaluation = evaluated(event, promotion_set(*rules))
    assert discounts(evaluation) == {"pair": 1000, "ten": 100}
    assert sum(evaluation.priced.net_fen) == 3900
    (lost,) = evaluation.priced.lost
    assert (lost.code, lost.short_fen) == ("threshold_not_reached", 100)


@pytest.mark.parametrize(
    ("percent_off_a", "expected", "lost"),
    [
        (20, {"bundle": 1000, "off": 360}, []),
        (40, {"off": 2160}, [("outcompeted", "off", 440)]),
    ],
)
def test_4_a_bundle_stands_or_falls_by_the_saving_of_its_lane(
    percent_off_a: int, expected: dict[str, int], lost: list[tuple[str, str, int]]
) -> None:
    bundle = promotion("bundle", BundlePrice((Component(sku("A"), 1), Component(sku("B"), 1)), 2500))
    off = promotion("off", LineDiscount(PercentOff(percent(percent_off_a))), when=sku("A"))
    evaluation = evaluated(order(line("A", 1800, 3), line("B", 1200, 2)), promotion_set(bundle, off))
    assert discounts(evaluation) == expected
    assert [
        (one.code, one.winner.rule if one.winner else "", one.worse_by_fen) for one in evaluation.priced.lost
    ] == lost


@pytest.mark.parametrize(
    ("on_partial_return", "cash"),
    [("keep_share", [800] * 5), ("retest_threshold", [800, 800, 400, 1000, 1000])],
)
def test_5_buy_two_get_one_returned_piece_by_piece(on_partial_return: str, cash: list[int]) -> None:
    rule = promotion("b2g1", GroupDiscount(percent_off(100), every=3, targets=1))
    evaluation = evaluated(order(line("A", 1000, 5)), promotion_set(rule, on_partial_return=on_partial_return))
    assert evaluation.priced.net_fen == (4000,)
    outcomes = refunded(evaluation, *([returned("A", 1)] for _ in range(5)))
    assert [one.cash_fen for one in outcomes] == cash


def test_4_order_of_lanes_is_not_undone_by_a_later_threshold() -> None:
    """Clause P4: lanes do not look ahead, so a line discount may cost the buyer a threshold; the lint warns of it."""
    off = promotion("off", LineDiscount(percent_off(10)))
    save = promotion("save", OrderDiscount(tiers=spend_and_save((2000, 900)).tiers))
    evaluation = evaluated(order(line("A", 2000)), promotion_set(off, save))
    assert evaluation.priced.net_fen == (1800,)
    assert lost_codes(evaluation) == {"save": "threshold_not_reached"}
