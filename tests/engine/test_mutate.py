"""Mutants of documents: what is changed, that each differs in one place only, and what is provably the same."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.live import compile_live
from engine.mutation.equivalent import (
    why_equivalent,
    why_first_step_is_equivalent,
    why_no_day_tells,
    why_nothing_is_given_back,
)
from engine.mutation.mutate import Change, mutants
from engine.mutation.small_steps import (
    count_steps,
    date_steps,
    instant_steps,
    lunar_steps,
    money_steps,
    path_steps,
    rate_steps,
    region_steps,
    steps_of,
    time_steps,
)
from engine.order import OrderEvent
from engine.refund.clawback import refund, untouched
from engine.ruleset import PromotionSet
from engine.text.document import parse
from engine.text.nodes import Document, ListNode, MapNode, Node
from engine.timeline import live_at
from storage.rule_files import own_schemas
from tests.engine.builders import line, order, refund_event, returned
from tests.engine.strategies import (
    make_gift,
    make_group_benefit,
    make_line_benefit,
    make_order_benefit,
    make_price_tag,
    make_shipping_benefit,
    orders,
    promotion_sets,
)

HEAD = """\
kind: promotion
name: sample
version: 1
title: 样本
owner: ops
reason: 样本
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
"""

RULE = """\
  - id: sample-rule
    title: 样本
    stacking: competing
    when:
      line.category: {under: snack/fried}
      clock.time: {from: '18:00', until: '02:00'}
      not: {order.region: {under: [430181, 430182]}}
      any: [{buyer.level: gold}, {buyer.is_new: true}]
    spend: {at_least: 20}
    limits: [{uses: 1, per: buyer, period: day}]
    give:
      - {type: line_discount, percent_off: 12.5%}
"""


def sample(rules: str = RULE) -> Document:
    return parse(HEAD + rules, "promotion/sample/v1.yaml")


def changes(document: Document) -> list[Change]:
    return [mutant.change for mutant in mutants(document)]


def said(document: Document, end: str) -> set[tuple[str, str]]:
    return {(one.old, one.new) for one in changes(document) if one.pointer.endswith(end)}


@pytest.mark.parametrize(
    ("step", "text", "beside"),
    [
        (money_steps, "12", ("12.01", "11.99")),
        (money_steps, "0", ("0.01",)),
        (count_steps, "2", ("3", "1")),
        (rate_steps, "8%", ("9%", "7%")),
        (rate_steps, "1.5%", ("1.6%", "1.4%")),
        (rate_steps, "0.05%", ("0.06%", "0.04%")),
        (rate_steps, "0%", ("1%",)),
        (rate_steps, "9.9%", ("10.0%", "9.8%")),
        (rate_steps, "1/3", ("2/3", "0/3")),
        (time_steps, "18:00", ("18:01", "17:59")),
        (time_steps, "00:00", ("00:01",)),
        (time_steps, "24:00", ("23:59",)),
        (date_steps, "2026-12-31", ("2027-01-01", "2026-12-30")),
        (instant_steps, "2026-12-31", ("2027-01-01", "2026-12-30")),
        (instant_steps, "2026-10-01 00:00", ("2026-10-01 00:01", "2026-09-30 23:59")),
        (instant_steps, "2026-10-01T18:00:30+08:00", ("2026-10-01T18:01:30+08:00", "2026-10-01T17:59:30+08:00")),
        (lunar_steps, "08-30", ("09-01", "08-29")),
        (lunar_steps, "01-01", ("01-02", "12-30")),
        (region_steps, "430102", ("4301",)),
        (region_steps, "43", ("44",)),
        (path_steps, "snack/fried", ("snack",)),
        (path_steps, "snack", ("snack-other",)),
    ],
)
def test_a_step_is_the_smallest_that_the_writing_allows(step: Any, text: str, beside: tuple[str, ...]) -> None:
    assert step(text) == beside


@given(st.text(max_size=8))
def test_what_cannot_be_read_has_no_steps(text: str) -> None:
    for step in (money_steps, rate_steps, time_steps, date_steps, instant_steps, lunar_steps):
        for beside in steps_of(step, text):
            assert steps_of(step, beside), (step, text, beside)


def test_thresholds_rates_times_scopes_operators_and_choices_change() -> None:
    document = sample()
    assert said(document, "/spend/at_least") == {("20", "20.01"), ("20", "19.99")}
    assert said(document, "/percent_off") == {("12.5%", "12.6%"), ("12.5%", "12.4%")}
    assert said(document, "/from") == {("18:00", "18:01"), ("18:00", "17:59")}
    assert said(document, "/line.category/under") == {("under", "in"), ("snack/fried", "snack")}
    assert said(document, "/order.region/under/0") == {("430181", "")}
    assert said(document, "/buyer.is_new") == {("true", "false"), ("buyer.is_new: true", "")}
    assert said(document, "/any") == {("any", "all"), ("any: [{buyer.level: gold}, {buyer.is_new: true}]", "")}
    assert said(document, "/uses") == {("1", "2"), ("1", "0")}
    assert said(document, "/per") == {("buyer", "total"), ("buyer", "store")}
    assert said(document, "/stacking") == {("competing", "combinable"), ("competing", "exclusive")}
    assert said(document, "/rounding") == {("half_up", "half_down"), ("half_up", "down")}


def test_names_and_texts_are_left_alone() -> None:
    touched = {str(one.path[-1]) for one in changes(sample())}
    assert touched.isdisjoint({"id", "name", "title", "owner", "reason", "version"})


def test_the_period_who_pays_and_what_is_given_back_change() -> None:
    document = sample(RULE.replace("    give:", "    on_cancel: keep\n    give:"))
    assert said(document, "/effective_from") == {("2026-10-01", "2026-10-02"), ("2026-10-01", "2026-09-30")}
    assert said(document, "/funded_by") == {("merchant", "platform")}
    assert said(document, "/on_cancel") == {("keep", "give_back")}


TEMPLATE = """\
kind: template
name: small
version: 1
title: 小活动
owner: ops
reason: 样本
questions:
  share: {title: 优惠, type: rate, default: 50%, minimum: 10%, maximum: 70%, required: true}
  tag: {title: 标签, type: text, default: night, maximum: 8, required: false}
  least: {title: 门槛, type: money, required: false}
  less: {title: 减, type: money, maximum: '{{ least }}', required: false}
  days: {title: 几天, type: integer, minimum: 1, required: true}
  from_day: {title: 从, type: date, minimum: 2026-01-01, required: true}
  opens: {title: 开, type: time, default: '18:00', required: true}
  one: {title: 一, type: choice, options: [{value: a, title: a}, {value: b, title: b}], default: b, required: true}
  some:
    {title: 几, type: choices, options: [{value: a, title: a}, {value: b, title: b}], default: [a, b], required: true}
campaign:
  effective_from: "{{ effective_from }}"
  effective_until: "{{ effective_until }}"
  funded_by: platform
  rules: []
"""


def test_bounds_defaults_types_and_options_of_questions_change() -> None:
    document = parse(TEMPLATE, "templates/campaigns/small/v1.yaml")
    assert said(document, "/share/minimum") == {("10%", "11%"), ("10%", "9%"), ("minimum: 10%", "")}
    assert said(document, "/share/default") == {("50%", "51%"), ("50%", "49%"), ("default: 50%", "")}
    assert said(document, "/share/type") == {("rate", "money"), ("rate", "text")}
    assert said(document, "/share/required") == {("true", "false")}
    assert said(document, "/tag/maximum") == {("8", "9"), ("8", "7"), ("maximum: 8", "")}
    assert said(document, "/less/maximum") == {("maximum: {{ least }}", "")}
    assert said(document, "/days/minimum") == {("1", "2"), ("1", "0"), ("minimum: 1", "")}
    assert ("2026-01-01", "2025-12-31") in said(document, "/from_day/minimum")
    assert ("18:00", "18:01") in said(document, "/opens/default")
    assert said(document, "/one/default") == {("b", "a"), ("default: b", "")}
    assert said(document, "/some/default/0") == {("a", "")}
    assert said(document, "/some/options/1") == {("{value: b, title: b}", "")}
    assert said(document, "/effective_from") == set()
    assert said(document, "/effective_until") == {("{{ effective_until }}", "{{ effective_until_noon }}")}
    assert said(document, "/campaign/funded_by") == {("platform", "merchant")}


def test_a_gift_and_the_fee_are_nothing_to_compete_for() -> None:
    document = sample(
        "  - {id: a, title: a, stacking: competing, when: always, give: [{type: shipping_discount, free: true}]}\n"
    )
    assert said(document, "/stacking") == {("competing", "exclusive")}


def test_a_priority_moves_just_past_the_next_rule() -> None:
    free = "when: always, give: [{{type: shipping_discount, free: true}}]"
    rule = f"  - {{{{id: {{0}}, title: a, stacking: combinable, priority: {{1}}, {free}}}}}\n"
    document = sample(rule.format("a", 5) + rule.format("b", 10) + rule.format("c", 20))
    assert said(document, "/0/priority") == {("5", "11")}
    assert said(document, "/1/priority") == {("10", "21"), ("10", "4")}


def test_a_change_points_to_its_place_in_the_text() -> None:
    lines = (HEAD + RULE).splitlines()
    for change in changes(sample()):
        found = lines[change.line - 1][change.column - 1 :].lstrip("'\"")
        assert found.startswith(change.old.partition(":")[0]), change


def _leaves(node: Node, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], str]:
    match node:
        case MapNode(entries):
            return {k: v for one in entries for k, v in _leaves(one.value, (*path, one.key.text)).items()}
        case ListNode(items):
            return {k: v for at, one in enumerate(items) for k, v in _leaves(one, (*path, at)).items()}
    return {path: node.text}


def test_a_mutant_differs_below_its_change_only_and_has_a_hash_of_its_own() -> None:
    document = sample()
    before = _leaves(document.root)
    hashes = {document.content_hash}
    for mutant in mutants(document):
        after = _leaves(mutant.document.root)
        assert after != before, mutant.change
        place = mutant.change.path[:-1]
        if place and isinstance(place[-1], int):
            place = place[:-1]  # an alternative of `any` that loses its only fact goes, and the next moves up
        differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        assert all(path[: len(place)] == place for path in differing), mutant.change
        assert mutant.document.content_hash not in hashes
        hashes.add(mutant.document.content_hash)


def test_most_mutants_build() -> None:
    stillborn = []
    for mutant in mutants(sample()):
        try:
            build(mutant.document, own_schemas())
        except InvalidInput:
            stillborn.append(mutant.change.pointer)
    assert stillborn == ["/rules/0/limits/0/uses"]


# --- equivalents ------------------------------------------------------------------------------------------------------

POLICY_WORDS = {
    "base": ("original", "running"),
    "threshold_on": ("original", "running"),
    "rounding": ("half_up", "half_down", "half_even", "down", "up"),
    "remainder": ("first", "last", "largest"),
    "on_partial_return": ("keep_share", "retest_threshold"),
    "discount_on": ("group", "targets"),
}


def _figures(rule_set: PromotionSet, event: OrderEvent) -> object:
    evaluation = evaluate_order(event, compile_live([rule_set]))
    priced = evaluation.priced
    applied = [(one.plan.ref.rule, one.lines, one.discount_fen, one.gift) for one in priced.applied]
    cash = [
        refund(evaluation, untouched(evaluation), refund_event(returned(one.line_id, 1))).cash_fen
        for one in event.lines
    ]
    return priced.net_fen, priced.shipping_fen, applied, priced.lost, cash


BENEFITS = (
    make_price_tag,
    make_line_benefit,
    make_group_benefit,
    make_order_benefit,
    make_shipping_benefit,
    make_gift,
)


@pytest.mark.parametrize("policy", sorted(POLICY_WORDS))
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BENEFITS).flatmap(lambda make: promotion_sets(benefit=make)), orders(), st.data())
def test_what_is_called_equivalent_changes_no_figure(
    policy: str, rule_set: PromotionSet, event: OrderEvent, data: st.DataObject
) -> None:
    old = getattr(rule_set, policy)
    new = data.draw(st.sampled_from(POLICY_WORDS[policy]))
    if why_equivalent(rule_set, policy, old, new):
        changed = replace(rule_set, **{policy: new})
        assert _figures(rule_set, event) == _figures(changed, event)


COMMISSION = """\
kind: commission
name: pay
version: 1
title: 佣金
owner: ops
reason: 样本
effective_from: 2026-10-01
base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - id: sample
    title: 样本
    when: always
    accrue:
      - to: promoter
        tiers: {metric: line, mode: MODE, steps: [{at_least: 0, rate: 5%}, {at_least: 50, rate: 7%}]}
"""


def test_the_first_step_of_flat_tiers_may_start_at_a_fen_but_not_of_marginal_ones() -> None:
    path = ("rules", 0, "accrue", 0, "tiers", "steps", 0, "at_least")
    flat, marginal = (
        build(parse(COMMISSION.replace("MODE", mode), "commission/pay/v1.yaml"), own_schemas())
        for mode in ("flat", "marginal")
    )
    assert why_first_step_is_equivalent(flat, path, "0.01")
    assert not why_first_step_is_equivalent(marginal, path, "0.01")
    assert not why_first_step_is_equivalent(flat, (*path[:-2], 1, "at_least"), "50.01")
    assert why_equivalent(flat, "choose", "first", "all")
    assert not why_equivalent(flat, "remainder", "largest", "first")


def test_a_rounding_at_ties_matters_as_soon_as_a_rate_can_end_on_half_a_fen() -> None:
    odd = build(sample(RULE.replace("12.5%", "20%")), own_schemas())
    even = build(sample(RULE.replace("12.5%", "50%")), own_schemas())
    assert why_equivalent(odd, "rounding", "half_up", "half_down")
    assert not why_equivalent(odd, "rounding", "half_up", "down")
    assert not why_equivalent(even, "rounding", "half_up", "half_down")


def _built(rules: str, head: str = HEAD) -> PromotionSet:
    built = build(parse(head + rules, "promotion/sample/v1.yaml"), own_schemas())
    assert isinstance(built, PromotionSet)
    return built


NO_PRICE = "gifts have no price"
GIFT = "give: [{type: gift, sku: bag, title: bag, quantity: 1}]"


@pytest.mark.parametrize(
    ("give", "why"),
    [
        (GIFT, NO_PRICE),
        ("give: [{type: order_discount, tiers: [{at_least: 1, gift: {sku: b, title: b, quantity: 1}}]}]", NO_PRICE),
        ("give: [{type: order_discount, tiers: [{at_least: 1, free_shipping: true}]}]", ""),
        ("give: [{type: shipping_discount, free: true}]", ""),
    ],
)
def test_who_bears_a_gift_changes_nothing_for_it_has_no_price(give: str, why: str) -> None:
    rule_set = _built(f"  - {{id: a, title: a, stacking: combinable, when: always, {give}}}\n")
    assert why_equivalent(rule_set, "funded_by", "merchant", "platform") == why


def test_nothing_is_given_back_by_a_rule_that_uses_nothing_up() -> None:
    rule = f"  - {{id: a, title: a, stacking: combinable, when: always, on_cancel: keep, {GIFT}}}\n"
    path = ("rules", 0, "on_cancel")
    assert why_nothing_is_given_back(_built(rule), path)
    assert not why_nothing_is_given_back(_built(rule.replace("on_cancel", "limits: [{uses: 1}], on_cancel")), path)


@pytest.mark.parametrize(
    ("test", "when", "moved", "same"),
    [
        ("from", "{from: 2026-10-01, until: 2026-10-05}", "2026-09-30", True),
        ("from", "{from: 2026-10-01, until: 2026-10-05}", "2026-10-02", False),
        ("at_least", "{at_least: 2026-10-01}", "2026-09-30", True),
        ("more_than", "{more_than: 2026-09-30}", "2026-09-29", True),
        ("more_than", "{more_than: 2026-10-01}", "2026-09-30", False),
        ("until", "{from: 2026-10-02, until: 2026-11-01}", "2026-11-02", True),
        ("until", "{from: 2026-10-02, until: 2026-11-01}", "2026-10-31", False),
        ("at_most", "{at_most: 2026-10-31}", "2026-11-01", True),
        ("less_than", "{less_than: 2026-10-31}", "2026-11-01", False),
    ],
)
@pytest.mark.parametrize("night", [False, True])
def test_a_bound_of_the_date_may_move_where_the_rule_set_does_not_stand(
    test: str, when: str, moved: str, same: bool, night: bool
) -> None:
    """Held against every hour around the period: what is called the same is the same."""
    head = HEAD.replace("effective_from: 2026-10-01", "effective_from: 2026-10-01\neffective_until: 2026-11-01")
    clock = ", clock.time: {from: '22:00', until: '03:00'}" if night else ""
    give = "give: [{type: line_discount, percent_off: 50%}]"
    rules = f"  - {{id: a, title: a, stacking: competing, when: {{clock.date: {when}{clock}}}, {give}}}\n"
    old = when.partition(f"{test}: ")[2][:10]
    rule_set, mutant = _built(rules, head), _built(rules.replace(f"{test}: {old}", f"{test}: {moved}"), head)
    told = why_no_day_tells(rule_set, ("rules", 0, "when", "clock.date", test), old, moved)
    first = datetime(2026, 9, 28, 0, 30, tzinfo=SHANGHAI)
    moments = [first + timedelta(hours=hours) for hours in range(36 * 24)]
    paid = [
        [
            evaluate_order(order(line("a", 1000), placed_at=at), compiled).priced.net_fen
            for at in moments
            if live_at([one], at)
        ]
        for one in (rule_set, mutant)
        for compiled in [compile_live([one])]
    ]
    assert bool(told) is (same and not (night and test in ("from", "at_least", "more_than")))
    assert not told or paid[0] == paid[1]
