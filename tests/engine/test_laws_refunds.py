"""Laws of refunds L5-L9, and the journal's check J2 at every step of random runs of refunds."""

from fractions import Fraction
from math import floor
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.journal.expected import expected_balances
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook, standing
from engine.ledger import balances, imbalance
from engine.order import Evaluation
from engine.refund.clawback import RefundState, dues, goods_given, refund, shares, untouched
from engine.ruleset import Accrue
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    full_state,
    line,
    order,
    percent,
    promotion,
    promotion_set,
    refund_event,
    refunded,
    returned,
    spend_and_save,
)
from tests.engine.strategies import (
    Choices,
    evaluations,
    refund_choices,
    refund_run,
    refund_steps,
    returned_share,
)

many = settings(max_examples=100)


def full_returns(evaluation: Evaluation) -> list[tuple[str, int]]:
    """One entry per unit of the order."""
    return [(one.line_id, 1) for one in evaluation.event.lines for _ in range(one.quantity)]


@given(evaluations(), refund_choices)
@many
def test_l5_dues_stay_under_the_ceiling_of_what_is_kept(evaluation: Evaluation, by: Choices) -> None:
    for outcome in refund_run(by, evaluation):
        kept = sum(evaluation.priced.net_fen) - sum(
            returned_share(evaluation, outcome.state, i) for i in range(len(evaluation.event.lines))
        )
        if evaluation.ceiling is not None:
            rate = Fraction(evaluation.ceiling.at_most.num, evaluation.ceiling.at_most.den)
            assert sum(dues(evaluation, outcome.state)) <= floor(rate * kept)


@given(evaluations(), refund_choices)
@many
def test_l6_a_due_is_never_negative_and_never_above_its_accrual(evaluation: Evaluation, by: Choices) -> None:
    amounts = [one.amount_fen for one in evaluation.accruals]
    assert dues(evaluation, untouched(evaluation)) == amounts
    for outcome in refund_run(by, evaluation):
        now = dues(evaluation, outcome.state)
        assert all(0 <= due <= amount for due, amount in zip(now, amounts, strict=True))
        assert all(now[one.accrual] == one.due_fen for one in outcome.clawbacks)


@given(evaluations(), refund_choices)
@many
def test_l7_clawbacks_sum_to_the_difference_of_the_dues(evaluation: Evaluation, by: Choices) -> None:
    outcomes = refund_run(by, evaluation)
    lost = [0] * len(evaluation.accruals)
    for outcome in outcomes:
        for one in outcome.clawbacks:
            lost[one.accrual] += one.amount_fen
    last = dues(evaluation, outcomes[-1].state)
    assert [one.amount_fen - due for one, due in zip(evaluation.accruals, last, strict=True)] == lost
    given_back = [sum(outcome.share_fen[i] for outcome in outcomes) for i in range(len(evaluation.event.lines))]
    assert given_back == shares(evaluation, outcomes[-1].state)


@given(evaluations(), st.randoms(use_true_random=False), st.integers(0, 20))
@many
def test_l7_any_order_and_any_split_of_returned_units_comes_to_the_same(
    evaluation: Evaluation, chance: Random, count: int
) -> None:
    units = full_returns(evaluation)
    chance.shuffle(units)
    units = units[:count]
    one_by_one = refunded(evaluation, *([returned(line_id, n)] for line_id, n in units)) if units else []
    chance.shuffle(units)
    again = refunded(evaluation, *([returned(line_id, n)] for line_id, n in units)) if units else []
    if not units:
        return
    at_once = refunded(evaluation, [returned(line_id, n) for line_id, n in units])
    states = [outcomes[-1].state for outcomes in (one_by_one, again, at_once)]
    assert len({state.units for state in states}) == 1
    assert len({tuple(shares(evaluation, state)) for state in states}) == 1
    assert len({tuple(dues(evaluation, state)) for state in states}) == 1


@given(evaluations(), refund_choices)
@many
def test_l8_a_full_return_leaves_nothing_due_to_anybody(evaluation: Evaluation, by: Choices) -> None:
    """Whatever came before: what is left of each line is given back as an amount together with its last units."""
    state = untouched(evaluation)
    outcomes = refund_run(by, evaluation) if by.pick(True, False) else []
    state = outcomes[-1].state if outcomes else state
    rest = [
        returned(
            one.line_id,
            one.quantity - state.units[i],
            evaluation.priced.net_fen[i] - returned_share(evaluation, state, i),
        )
        for i, one in enumerate(evaluation.event.lines)
    ]
    fee = evaluation.priced.shipping_fen - state.shipping_fen
    outcome = refund(evaluation, state, refund_event(*rest, refund_id="last", shipping_fen=fee))
    assert outcome.state.cash_fen == sum(evaluation.priced.net_fen)
    assert outcome.recovered_fen == 0
    assert outcome.state.shipping_fen == evaluation.priced.shipping_fen
    assert dues(evaluation, outcome.state) == [0] * len(evaluation.accruals)


@given(evaluations())
@many
def test_l8_returning_all_units_at_once_gives_back_all_that_was_paid(evaluation: Evaluation) -> None:
    (outcome,) = refunded(evaluation, [returned(one.line_id, one.quantity) for one in evaluation.event.lines])
    assert outcome.cash_fen == sum(evaluation.priced.net_fen)
    assert outcome.recovered_fen == 0
    goods = [
        due for one, due in zip(evaluation.accruals, dues(evaluation, outcome.state), strict=True) if one.line >= 0
    ]
    assert not any(goods)


@given(evaluations(), refund_choices)
@many
def test_l9_cash_is_never_negative_and_never_more_than_was_paid(evaluation: Evaluation, by: Choices) -> None:
    keeps = all(one.plan.on_partial_return == "keep_share" for one in evaluation.priced.applied)
    given_fen = 0
    for outcome in refund_run(by, evaluation):
        assert outcome.cash_fen >= 0
        assert outcome.recovered_fen >= 0
        given_fen += outcome.cash_fen
        assert given_fen == outcome.state.cash_fen <= sum(evaluation.priced.net_fen)
        returned_fen = sum(shares(evaluation, outcome.state))
        assert goods_given(evaluation, outcome.state) <= given_fen <= returned_fen
        if keeps:
            assert given_fen == returned_fen


@given(evaluations(), refund_choices)
@many
def test_r1_shares_follow_the_plain_reading_and_only_grow(evaluation: Evaluation, by: Choices) -> None:
    for outcome in refund_run(by, evaluation):
        assert all(share >= 0 for share in outcome.share_fen)
        plain = [returned_share(evaluation, outcome.state, i) for i in range(len(evaluation.event.lines))]
        assert shares(evaluation, outcome.state) == plain


@given(evaluations(), refund_choices)
@many
def test_j2_folds_equal_what_evaluation_and_refunds_say_at_every_step(evaluation: Evaluation, by: Choices) -> None:
    book = OrderBook(evaluation)
    postings = list(entry_postings(None, book))
    assert not imbalance(balances(postings), expected_balances(book))
    for event, outcome in refund_steps(by, evaluation):
        before, book = book, book.add(event)
        postings += entry_postings(before, book)
        assert standing(book).state == outcome.state
        folded = balances(postings)
        assert not imbalance(folded, expected_balances(book))
        assert sum(folded.values()) == 0
        assert all(posting.amount_fen > 0 for posting in postings)


@given(evaluations(), refund_choices)
@many
def test_r5_a_refund_reads_the_stored_evaluation_alone(evaluation: Evaluation, by: Choices) -> None:
    stored = msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation)
    assert stored == evaluation
    state = untouched(evaluation)
    for outcome in refund_run(by, evaluation):
        kept = msgspec.json.decode(msgspec.json.encode(outcome.state), type=RefundState)
        assert kept == outcome.state
        assert dues(stored, kept) == dues(evaluation, outcome.state)
        assert goods_given(stored, kept) == goods_given(evaluation, outcome.state)
        assert state.cash_fen <= kept.cash_fen
        state = kept


def test_cash_may_depend_on_the_order_of_returns_under_a_retest_but_dues_never_do() -> None:
    """120.00 of goods with 满100减30: returning 20.00 first and then 1.00, or the other way round."""
    rules = promotion_set(promotion("save", spend_and_save((10_000, 3_000))), on_partial_return="retest_threshold")
    pay = commission_set(commission_rule("pay", Accrue(to="promoter", rate=percent(10))))
    evaluation = evaluated(order(line("a", 9900), line("b", 2000), line("c", 100), promoter=PROMOTER), rules, pay)
    one_way = refunded(evaluation, [returned("b", 1)], [returned("c", 1)])
    other_way = refunded(evaluation, [returned("c", 1)], [returned("b", 1)])
    assert [one.cash_fen for one in one_way] == [1500, 0]
    assert [one.cash_fen for one in other_way] == [75, 0]
    assert dues(evaluation, one_way[-1].state) == dues(evaluation, other_way[-1].state) == [743, 0, 0]


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_full_state_returns_every_unit(net: int, quantity: int) -> None:
    evaluation = evaluated(order(line("a", net, quantity)))
    assert shares(evaluation, full_state(evaluation)) == [net * quantity]
