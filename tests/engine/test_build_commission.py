"""Every key of a commission rule set, as values."""

import pytest

from engine.builder.build import build
from engine.conditions import ALWAYS
from engine.money import Rate
from engine.ruleset import Accrue, Bonus, Ceiling, CommissionRule, CommissionSet, CommissionTiers, TierStep
from engine.text.document import parse
from tests.engine.test_build import HEADER, diagnose
from tests.engine.texts import SCHEMAS

HEAD = HEADER.format(kind="commission") + "base: margin\nrounding: half_even\nremainder: first\nchoose: best\n"
PLAIN = "accrue: [{to: promoter, rate: 8%}]"


def text_of(rule: str, keys: str = "") -> str:
    return f"{HEAD}{keys}rules:\n  - id: r1\n    title: 规则\n    when: always\n    {rule}\n"


def commission(rule: str, keys: str = "") -> CommissionSet:
    built = build(parse(text_of(rule, keys), "f.yaml"), SCHEMAS)
    assert isinstance(built, CommissionSet)
    return built


def found(rule: str, keys: str = "") -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in diagnose(text_of(rule, keys), "f.yaml")]


def accrue(text: str) -> Accrue:
    return commission(f"accrue: [{text}]").rules[0].accrue[0]


def test_the_policy_of_the_set():
    plain = commission(PLAIN)
    assert (plain.base, plain.rounding, plain.remainder, plain.choose) == ("margin", "half_even", "first", "best")
    assert (plain.vat, plain.ceiling, plain.sign_off) == ("included", None, "")
    full = commission(PLAIN, "vat: excluded\nceiling: {at_most: 30%, excess: refuse}\nsign_off: 法务 7号\n")
    assert (full.vat, full.ceiling, full.sign_off) == ("excluded", Ceiling(Rate(30, 100), "refuse"), "法务 7号")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{to: promoter, rate: 12%, floor: 0.10, cap: 50}",
         Accrue(to="promoter", rate=Rate(12, 100), floor_fen=10, cap_fen=5000)),
        ("{to: referrer, amount: 0.50, per: unit}", Accrue(to="referrer", amount_fen=50, per="unit")),
        ("{to: 'pool:city-partners', rate: 0%}", Accrue(to="pool:city-partners", rate=Rate(0, 100))),
        ("{to: leader, rate: 1/3, amount: 2, per: order}",
         Accrue(to="leader", rate=Rate(1, 3), amount_fen=200, per="order")),
        ("{to: promoter, sku_figure: true}", Accrue(to="promoter", sku_figure=True)),
        ("{to: promoter, tiers: {metric: order, mode: marginal,"
         " steps: [{at_least: 0, rate: 5%}, {at_least: 100, rate: 8%}]}}",
         Accrue(to="promoter", tiers=CommissionTiers(
             "order", "marginal", (TierStep(0, Rate(5, 100)), TierStep(10000, Rate(8, 100)))))),
        ("{to: promoter, tiers: {metric: buyer.nth_order, mode: flat,"
         " steps: [{at_least: 1, amount: 3}, {at_least: 2, rate: 1%}]}}",
         Accrue(to="promoter", tiers=CommissionTiers(
             "buyer.nth_order", "flat", (TierStep(1, amount_fen=300), TierStep(2, Rate(1, 100)))))),
        ("{to: promoter, tiers: {metric: promoter.period_sales, mode: flat, steps: [{at_least: 1000.50, rate: 1%}]}}",
         Accrue(to="promoter", tiers=CommissionTiers(
             "promoter.period_sales", "flat", (TierStep(100050, Rate(1, 100)),)))),
    ],
)  # fmt: skip
def test_what_a_payee_earns(text, expected):
    assert accrue(text) == expected


def test_a_rule():
    assert commission(f"{PLAIN}\n    title_en: Rule\n    from_campaigns: [night-market, night-snacks]").rules == (
        CommissionRule(
            id="r1",
            title="规则",
            title_en="Rule",
            position=0,
            when=ALWAYS,
            accrue=(Accrue(to="promoter", rate=Rate(8, 100)),),
            from_campaigns=("night-market", "night-snacks"),
            line=13,
        ),
    )


@pytest.mark.parametrize(
    ("text", "bonus"),
    [
        ("{to: promoter, add: 2%}", Bonus("promoter", add_rate=Rate(2, 100))),
        ("{to: promoter, multiply: 3/2}", Bonus("promoter", multiply=Rate(3, 2))),
    ],
)
def test_a_bonus(text, bonus):
    rule = commission(f"bonus: {text}").rules[0]
    assert (rule.bonus, rule.accrue) == (bonus, ())


TIERS = "accrue: [{{to: promoter, tiers: {{metric: {metric}, mode: {mode}, steps: [{steps}]}}}}]"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("accrue: []", [("S207", "/rules/0/accrue")]),
        ("title_en: none", [("S209", "/rules/0")]),
        (f"{PLAIN}\n    bonus: {{to: promoter, add: 1%}}", [("S214", "/rules/0/bonus")]),
        ("bonus: {to: promoter}", [("S209", "/rules/0/bonus")]),
        ("bonus: {to: promoter, multiply: 11/1}", [("R308", "/rules/0/bonus/multiply")]),
        ("accrue: [{to: promoter, amount: 1}]", [("S210", "/rules/0/accrue/0/amount")]),
        ("accrue: [{to: promoter, rate: 1%, per: unit}]", [("S210", "/rules/0/accrue/0/per")]),
        ("accrue: [{to: promoter, rate: 1%, floor: 2, cap: 1}]", [("R326", "/rules/0/accrue/0/floor")]),
        ("accrue: [{to: promoter, rate: 1%}, {to: leader, rate: 1%}, {to: promoter, rate: 2%}]",
         [("R327", "/rules/0/accrue/2/to")]),
        (TIERS.format(metric="line", mode="flat", steps="{at_least: 9, rate: 1%}, {at_least: 3, rate: 2%}"),
         [("R319", "/rules/0/accrue/0/tiers/steps/1/at_least")]),
        (TIERS.format(metric="line.quantity", mode="flat", steps="{at_least: 1.5, rate: 1%}"),
         [("R328", "/rules/0/accrue/0/tiers/steps/0/at_least")]),
        (TIERS.format(metric="line.quantity", mode="marginal", steps="{at_least: 1, rate: 1%}"),
         [("R329", "/rules/0/accrue/0/tiers/mode")]),
        (TIERS.format(metric="line", mode="marginal", steps="{at_least: 1, amount: 1}"),
         [("R329", "/rules/0/accrue/0/tiers/steps/0/amount")]),
        (TIERS.format(metric="buyer.id", mode="flat", steps="{at_least: 1, rate: 1%}"),
         [("S204", "/rules/0/accrue/0/tiers/metric")]),
    ],
)  # fmt: skip
def test_what_cannot_be(rule, expected):
    assert found(rule) == expected


def test_a_ceiling_is_a_share():
    assert found(PLAIN, "ceiling: {at_most: 101%, excess: scale}\n") == [("R308", "/ceiling/at_most")]
