"""Every live rule either gave something or says why not, and what it says is so."""

import json

import msgspec
from hypothesis import given, settings

from engine.conditions import Not, Test, holds, leaf_holds
from engine.describe.explain import CODES, closest, unknown_coupons, unmet_tests, why_not
from engine.describe.sentences import sentences
from engine.evaluate import evaluate_order
from engine.facts import facts_of
from engine.live import compile_live
from engine.order import Evaluation, Payee
from engine.report import buyer_view, refund_report, report
from engine.ruleset import Accrue, CommissionSet, Gift, GiftLine, GroupDiscount, LineDiscount, RuleSet
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
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
from tests.engine.events import conditions as any_conditions
from tests.engine.events import events as any_events
from tests.engine.strategies import (
    orders,
    rule_sets,
)


@settings(max_examples=40)
@given(rule_sets, orders())
def test_every_rule_gave_something_or_says_why_not(sets: tuple[RuleSet, ...], event) -> None:
    live = compile_live(sets)
    evaluation = evaluate_order(event, live)
    reasons = why_not(evaluation, live)
    told = [one.ref for one in reasons]
    assert len(told) == len(set(told))
    gave = {applied.plan.ref for applied in evaluation.priced.applied}
    earned = {accrual.plan.ref for accrual in evaluation.accruals}
    bonus = {rule.ref for one in live.commissions for rule in one.rules if rule.rule.bonus}
    everyone = {one.ref for one in live.promotions} | {rule.ref for one in live.commissions for rule in one.rules}
    everyone |= {rule.ref for one in live.regions for rule in one.rules}
    assert gave | earned | set(told) | bonus == everyone
    assert not gave & set(told)
    for one in reasons:
        assert one.code in CODES
        assert one.words().zh
        assert one.words().en


@given(any_conditions(), any_events)
def test_unmet_tests_are_unmet_and_there_are_some_exactly_when_the_condition_fails(condition, event) -> None:
    facts = facts_of(event, event.lines[0])
    unmet = unmet_tests(condition, facts)
    # an empty `any` fails without a leaf to blame; the rule language does not let one through
    if unmet:
        assert not holds(condition, facts)
    for one in unmet:
        assert leaf_holds(one.test, one.actual) == one.negated


def test_the_closest_line_is_the_one_with_the_fewest_failed_tests() -> None:
    wanted = sku("b")
    line_id, unmet = closest(order(line("a", 100), line("b", 100)), wanted)
    assert (line_id, unmet) == ("b", ())
    line_id, unmet = closest(order(line("a", 100), line("c", 100)), wanted)
    assert line_id == "a"
    assert [one.actual for one in unmet] == ["a"]


def test_not_turns_the_blame_round() -> None:
    event = order(line("a", 100))
    unmet = unmet_tests(Not(sku("a")), facts_of(event, event.lines[0]))
    assert [(one.actual, one.negated) for one in unmet] == [("a", True)]
    assert "须不满足" in unmet[0].words().zh


def test_a_threshold_says_how_far_away_it_is() -> None:
    rules = promotion_set(promotion("tiers", spend_and_save((5000, 500))))
    live = compile_live([rules])
    evaluation = evaluate_order(order(line("a", 3800)), live)
    (reason,) = why_not(evaluation, live)
    assert reason.code == "threshold_not_reached"
    assert reason.lost is not None
    assert reason.lost.short_fen == 1200
    assert "还差 12.00 元" in reason.words().zh
    assert "¥12.00 short" in reason.words().en


def test_a_loser_names_its_winner_and_the_difference() -> None:
    rules = promotion_set(
        promotion("pair", GroupDiscount(percent_off(10), every=2, targets=1)),
        promotion("ten", LineDiscount(percent_off(40))),
    )
    live = compile_live([rules])
    evaluation = evaluate_order(order(line("a", 1000, 2)), live)
    (reason,) = why_not(evaluation, live)
    assert reason.code == "outcompeted"
    assert reason.lost is not None
    assert reason.lost.winner is not None
    assert reason.lost.winner.rule == "ten"
    assert reason.lost.worse_by_fen == 700


def test_commission_rules_say_who_paid_instead() -> None:
    rules = commission_set(
        commission_rule("first", Accrue(to="promoter", rate=percent(10))),
        commission_rule("late", Accrue(to="promoter", rate=percent(20))),
        commission_rule("other", Accrue(to="promoter", rate=percent(20)), when=sku("zzz")),
        commission_rule("campaign", Accrue(to="promoter", rate=percent(20)), from_campaigns=("gone",)),
    )
    live = compile_live([rules])
    codes = {
        one.ref.rule: one.code for one in why_not(evaluate_order(order(line("a", 100), promoter=PROMOTER), live), live)
    }
    assert codes == {"late": "earlier_rule", "other": "conditions_not_met", "campaign": "campaign_missing"}
    absent = {one.ref.rule: one.code for one in why_not(evaluate_order(order(line("a", 100)), live), live)}
    assert absent["first"] == "payee_absent"


def test_unknown_coupons_are_reported() -> None:
    rules = promotion_set(
        promotion("code", LineDiscount(percent_off(10)), when=Test("order.coupons", "in", ("SAVE10",)))
    )
    live = compile_live([rules])
    assert unknown_coupons(order(line("a", 100), coupons=("SAVE10", "OLD")), live) == ("OLD",)


@settings(max_examples=40)
@given(rule_sets, orders())
def test_reports_add_up_and_survive_json(sets: tuple[RuleSet, ...], event) -> None:
    live = compile_live(sets)
    evaluation = evaluate_order(event, live)
    whole = json.loads(json.dumps(report(evaluation, live, why=True)))
    for one in whole["lines"]:
        assert one["list_fen"] == one["paid_fen"] + sum(discount["amount_fen"] for discount in one["discounts"])
    shipping = whole["shipping"]
    assert shipping["list_fen"] == shipping["paid_fen"] + sum(one["amount_fen"] for one in shipping["discounts"])
    assert whole["totals"]["accrued_fen"] == sum(one["amount_fen"] for one in whole["accruals"])
    assert len(sentences(evaluation)) >= 2


@settings(max_examples=40)
@given(rule_sets, orders())
def test_evaluations_survive_storage(sets: tuple[RuleSet, ...], event) -> None:
    evaluation = evaluate_order(event, compile_live(sets))
    stored = msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation)
    assert stored == evaluation


def test_an_evaluation_stored_before_rules_had_english_titles_is_the_same_and_still_explained() -> None:
    rule_set = promotion_set(promotion("ten-off", LineDiscount(percent_off(10)), title="九折", title_en="10 % off"))
    live = compile_live([rule_set])
    evaluation = evaluate_order(order(line("a", 1000)), live)
    assert any("“10 % off”" in said.en and "九折" in said.zh for said in sentences(evaluation))
    old = msgspec.json.encode(evaluation).replace(b',"title_en":"10 % off"', b"")
    stored = msgspec.json.decode(old, type=Evaluation)
    assert stored.priced.applied[0].plan.ref.title_en == ""
    assert stored == evaluation
    assert why_not(stored, live) == ()
    assert any("“九折”" in said.en for said in sentences(stored))


def _commissioned() -> Evaluation:
    rules: CommissionSet = commission_set(commission_rule("all", Accrue(to="promoter", rate=percent(10))))
    gift = promotion_set(promotion("gift", Gift(GiftLine("g", "赠品", 1))), name="gifts")
    event = order(line("a", 1000, 2, unit_cost_fen=400), promoter=Payee(id="p-1"), fee_fen=500)
    return evaluated(event, rules, gift)


def test_buyers_see_no_cost_and_no_commission() -> None:
    text = json.dumps(buyer_view(_commissioned()), ensure_ascii=False)
    for hidden in ("accru", "commission", "cost", "merchants", "p-1", "ceiling"):
        assert hidden not in text
    assert "gift" in text


def test_a_refund_report_names_the_accrual_that_is_clawed_back() -> None:
    evaluation = _commissioned()
    (outcome,) = refunded(evaluation, [returned("a", 1)])
    told = refund_report(evaluation, refund_event(returned("a", 1)), outcome)
    assert told["cash_fen"] == 1000
    assert [(one["rule"], one["payee"], one["amount_fen"]) for one in told["clawbacks"]] == [("all", "p-1", 100)]
    assert [one["amount_fen"] for one in told["dues"]] == [100]
    assert told["gifts_to_return"] == []
    (all_back,) = refunded(evaluation, [returned("a", 2)])
    assert refund_report(evaluation, refund_event(), all_back)["gifts_to_return"][0]["quantity"] == 1
