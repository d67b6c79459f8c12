"""Co-promotion: several payees share one amount exactly; hosts and partners beside promoters and leaders (A5, A9)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.facts import order_fact
from engine.lint.lint import lint
from engine.money import Rate
from engine.mutation.equivalent import why_equivalent
from engine.order import Buyer, Evaluation, OrderEvent, Payee
from engine.refund.clawback import dues
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionTiers, SplitPart, TierStep
from tests.engine.builders import (
    LEADER,
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    full_state,
    line,
    order,
    percent,
    refunded,
    returned,
)
from tests.engine.texts import diagnose

HOST = Payee(id="h-1")
PEOPLE = {"promoter": PROMOTER, "leader": LEADER, "host": HOST}
MOST, REST = Rate(3, 5), Rate(2, 5)


def split(*parts: tuple[str, Rate], if_absent: Any = "nobody", **how: Any) -> Accrue:
    chosen = how or {"rate": percent(10)}
    return Accrue(split=tuple(SplitPart(role, share) for role, share in parts), if_absent=if_absent, **chosen)


def parts_of(evaluation: Evaluation) -> dict[tuple[str, int], int]:
    return {(one.plan.role, one.line): one.amount_fen for one in evaluation.accruals}


def codes(evaluation: Evaluation) -> dict[tuple[str, int], str]:
    return {(one.plan.role, one.line): one.code for one in evaluation.not_accrued}


def live_sale(*goods: Any, **people: Any) -> OrderEvent:
    return order(*(goods or (line("a", 3335),)), **{"promoter": PROMOTER, "host": HOST, **people})


shares = st.lists(st.integers(1, 9), min_size=2, max_size=3).map(
    lambda weights: [Rate(weight, sum(weights)) for weight in weights]
)
goods = st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 4)), min_size=1, max_size=4).map(
    lambda pairs: [line(f"l-{at}", price, quantity) for at, (price, quantity) in enumerate(pairs)]
)
hows = st.sampled_from(
    [
        {"rate": percent(7)},
        {"rate": Rate(1, 3)},
        {"amount_fen": 101, "per": "order"},
        {"amount_fen": 33, "per": "unit"},
        {"rate": percent(9), "floor_fen": 10, "cap_fen": 55},
        {
            "tiers": CommissionTiers(
                "order", "marginal", (TierStep(0, rate=percent(3)), TierStep(5_000, rate=percent(8)))
            )
        },
    ]
)
remainders = st.sampled_from(["first", "last", "largest"])


@given(goods, shares, hows, remainders, st.sets(st.sampled_from(list(PEOPLE))), st.sampled_from(["nobody", "others"]))
def test_the_parts_of_a_line_are_what_one_payee_would_have(
    sold: list[Any], weights: list[Rate], how: dict[str, Any], remainder: Any, absent: set[str], if_absent: Any
) -> None:
    roles = list(PEOPLE)[: len(weights)]
    people = {role: one for role, one in PEOPLE.items() if role not in absent}
    event = order(*sold, **people)
    rule = commission_rule("split", split(*zip(roles, weights, strict=True), if_absent=if_absent, **how))
    alone = commission_rule("split", Accrue(to="pool:all", **how))
    whole = {at: fen for (_, at), fen in parts_of(evaluated(event, commission_set(alone, remainder=remainder))).items()}
    everybody = parts_of(evaluated(order(*sold, **PEOPLE), commission_set(rule, remainder=remainder)))
    evaluation = evaluated(event, commission_set(rule, remainder=remainder))
    found = parts_of(evaluation)
    assert {role for role, _ in found} == {role for role in roles if role in people}
    assert {role for (role, _), code in codes(evaluation).items() if code == "payee_absent"} == absent & set(roles)
    for at, fen in whole.items():
        assert sum(everybody[role, at] for role in roles) == fen
        given_out = sum(found.get((role, at), 0) for role in roles)
        if if_absent == "nobody":
            assert all(found[role, at] == everybody[role, at] for role in roles if role in people)
        elif set(roles) & set(people):
            assert given_out == fen
        assert 0 <= given_out <= fen


@given(goods, shares, st.data())
def test_ceilings_and_refunds_hold_for_splits(sold: list[Any], weights: list[Rate], data: st.DataObject) -> None:
    rule = commission_rule("split", split(*zip(PEOPLE, weights, strict=False), rate=percent(40)))
    evaluation = evaluated(order(*sold, **PEOPLE), commission_set(rule, ceiling=Ceiling(percent(30), "scale")))
    assert sum(one.amount_fen for one in evaluation.accruals) <= sum(evaluation.priced.net_fen) * 30 // 100
    assert set(dues(evaluation, full_state(evaluation))) <= {0}
    units = [data.draw(st.integers(0, one.quantity)) for one in sold]
    back = [returned(one.line_id, count) for one, count in zip(sold, units, strict=True) if count]
    if back:
        (outcome,) = refunded(evaluation, back)
        due = dues(evaluation, outcome.state)
        assert all(0 <= fen <= one.amount_fen for fen, one in zip(due, evaluation.accruals, strict=True))


def test_the_figures_of_a_host_and_a_promoter() -> None:
    rule = commission_rule("live", split(("host", MOST), ("promoter", REST)))
    evaluation = evaluated(live_sale(), commission_set(rule))
    assert parts_of(evaluation) == {("host", 0): 200, ("promoter", 0): 134}
    assert [str(one.rate) for one in evaluation.accruals] == ["6%", "4%"]


@pytest.mark.parametrize(
    ("people", "nobody", "others", "code"),
    [
        ({"host": None}, {"promoter": 134}, {"promoter": 334}, "payee_absent"),
        ({"host": Payee(id="h-1", status="inactive")}, {"promoter": 134}, {"promoter": 334}, "payee_inactive"),
        ({"buyer": Buyer(id="h-1")}, {"promoter": 134}, {"promoter": 334}, "payee_is_buyer"),
        ({"host": None, "promoter": None}, {}, {}, "payee_absent"),
    ],
)
def test_the_part_of_one_who_may_not_earn_goes_where_the_rule_says(
    people: dict[str, Any], nobody: dict[str, int], others: dict[str, int], code: str
) -> None:
    for if_absent, expected in (("nobody", nobody), ("others", others)):
        rule = commission_rule("live", split(("host", MOST), ("promoter", REST), if_absent=if_absent))
        evaluation = evaluated(live_sale(**people), commission_set(rule))
        assert {role: fen for (role, _), fen in parts_of(evaluation).items()} == expected
        assert codes(evaluation)["host", 0] == code


def test_a_bonus_does_not_lift_a_split() -> None:
    rule = commission_rule("live", split(("host", MOST), ("promoter", REST)))
    bonus = commission_rule("more", bonus=Bonus("promoter", add_rate=percent(50)))
    assert parts_of(evaluated(live_sale(), commission_set(rule, bonus))) == {("host", 0): 200, ("promoter", 0): 134}


# --- partners ---------------------------------------------------------------------------------------------------------

SELLER = Payee(id="p-1", merchant="teas")


def test_a_partner_earns_on_the_goods_of_other_merchants_only() -> None:
    rule = commission_rule("bundle", Accrue(to="promoter", rate=percent(5)), Accrue(to="partner", rate=percent(2)))
    event = live_sale(line("a", 1000, merchant="teas"), line("b", 1000, merchant="fruits"), promoter=SELLER)
    evaluation = evaluated(event, commission_set(rule))
    assert [(one.payee, one.line, one.amount_fen) for one in evaluation.accruals] == [
        ("p-1", 0, 50),
        ("p-1", 1, 50),
        ("merchant:teas", 1, 20),
    ]
    assert codes(evaluation) == {("partner", 0): "same_merchant"}


@pytest.mark.parametrize(
    ("people", "payee", "code"),
    [
        ({"promoter": None, "host": Payee(id="h-1", merchant="teas")}, "merchant:teas", None),
        ({"promoter": PROMOTER, "host": Payee(id="h-1", merchant="teas")}, "merchant:teas", None),
        ({"promoter": SELLER, "host": Payee(id="h-1", merchant="cakes")}, "merchant:teas", None),
        ({"promoter": PROMOTER, "host": None}, None, "payee_absent"),
        ({"promoter": Payee(id="p-1", merchant="teas", status="inactive"), "host": None}, None, "payee_inactive"),
        ({"promoter": SELLER, "buyer": Buyer(id="p-1")}, None, "payee_is_buyer"),
    ],
)
def test_who_the_partner_is(people: dict[str, Any], payee: str | None, code: str | None) -> None:
    rule = commission_rule("partner", Accrue(to="partner", rate=percent(2)))
    evaluation = evaluated(live_sale(line("a", 1000), **people), commission_set(rule))
    assert [one.payee for one in evaluation.accruals] == ([] if payee is None else [payee])
    assert codes(evaluation).get(("partner", 0)) == code


def test_a_partner_may_have_a_part_of_a_split() -> None:
    rule = commission_rule("bundle", split(("promoter", MOST), ("partner", REST), if_absent="others"))
    event = live_sale(line("a", 1000, merchant="teas"), line("b", 1000, merchant="fruits"), promoter=SELLER)
    evaluation = evaluated(event, commission_set(rule))
    assert parts_of(evaluation) == {("promoter", 0): 100, ("promoter", 1): 60, ("partner", 1): 40}


# --- hosts ------------------------------------------------------------------------------------------------------------


def test_facts_of_a_host() -> None:
    event = live_sale(host=Payee(id="h-1", level="gold", tags=("live",), period_sales_fen=5))
    names = ("host.id", "host.level", "host.tags", "host.period_sales")
    assert [order_fact(event, name) for name in names] == ["h-1", "gold", frozenset({"live"}), 5]
    assert [order_fact(live_sale(host=None), name) for name in names] == [None] * 4


# --- what cannot be written -------------------------------------------------------------------------------------------

HEAD = """\
kind: commission
name: c
version: 1
title: 佣金
owner: o
reason: r
effective_from: 2026-10-01
base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - {id: r1, title: 规则, when: always, accrue: [ACCRUE]}
"""
GOOD = "rate: 10%, if_absent: nobody, split: [{to: host, share: 60%}, {to: promoter, remaining: true}]"


@pytest.mark.parametrize(
    ("accrue", "expected"),
    [
        ("{" + GOOD + "}", []),
        ("{" + GOOD.replace("if_absent: nobody, ", "") + "}", ["S210"]),
        ("{to: promoter, rate: 10%, if_absent: nobody}", ["S210"]),
        ("{to: leader, " + GOOD + "}", ["S214"]),
        ("{rate: 10%}", ["S209"]),
        ("{sku_figure: true, " + GOOD + "}", ["S214"]),
        ("{" + GOOD.replace("promoter", "host") + "}", ["R327"]),
        ("{to: promoter, rate: 1%}, {" + GOOD + "}", ["R327"]),
        ("{" + GOOD.replace("60%", "100%") + "}", ["R343"]),
        ("{" + GOOD.replace("remaining: true", "share: 41%") + "}", ["R343"]),
        ("{" + GOOD.replace("remaining: true", "share: 40%") + "}", []),
        ("{" + GOOD.replace(", {to: promoter, remaining: true}", "") + "}", ["S207"]),
    ],
)
def test_a_split_is_a_whole_and_says_what_becomes_of_absent_parts(accrue: str, expected: list[str]) -> None:
    assert [one.code for one in diagnose(HEAD.replace("ACCRUE", accrue), "x.yaml")] == expected


def test_the_lint_counts_the_parts_of_a_split() -> None:
    held = commission_set(commission_rule("one", split(("host", MOST), ("promoter", REST), rate=percent(30))))
    above = commission_set(commission_rule("one", split(("host", MOST), ("promoter", REST), rate=percent(40))))
    assert [one.code for one in lint([held])] == []
    assert [(one.code, one.severity) for one in lint([above])] == [("L402", "error"), ("L404", "warning")]


def test_a_split_needs_its_remainder() -> None:
    rule = commission_rule("live", split(("host", MOST), ("promoter", REST)))
    assert not why_equivalent(commission_set(rule), "remainder", "largest", "first")
    event = live_sale(line("a", 20))
    assert parts_of(evaluated(event, commission_set(rule))) == {("host", 0): 1, ("promoter", 0): 1}
    assert parts_of(evaluated(event, commission_set(rule, remainder="first"))) == {("host", 0): 2, ("promoter", 0): 0}
