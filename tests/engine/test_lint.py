"""The lint on the fixtures of the law, and on rules that cannot do what they seem to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from engine.builder.build import build
from engine.errors import Diagnostic
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.lint.lint import lint
from engine.live import compile_live
from engine.order import Evaluation, OrderEvent
from engine.ruleset import RuleSet
from engine.text.codes_lint import LINT_CODES
from engine.text.document import parse
from storage.rule_files import own_schemas, read_rule_sets
from tests.engine.strategies import rule_sets
from tests.engine.texts import diagnose

ROOT = Path(__file__).parent.parent.parent

COMMISSION = """\
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
"""
PROMOTION = """\
kind: promotion
name: p
version: 1
title: 优惠
owner: o
reason: r
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


def _codes(text: str) -> list[tuple[str, str, int]]:
    return [(one.code, one.severity, one.line) for one in lint([build(parse(text, "x.yaml"), own_schemas())])]


def _findings(text: str) -> list[Diagnostic]:
    return lint([build(parse(text, "x.yaml"), own_schemas())])


def _evaluated(found: Diagnostic, text: str) -> Evaluation:
    """The example of a finding, read as an event, under a rule set."""
    event = read_event(found.example.encode(), "example")
    assert isinstance(event, OrderEvent)
    return evaluate_order(event, compile_live([build(parse(text, "x.yaml"), own_schemas())]))


def _pays(*parts: str, title: str = "佣金", when: str = "always", id: str = "one") -> str:
    accrue = "".join(f"      - {{{part}}}\n" for part in parts)
    return f"  - id: {id}\n    title: {title}\n    when: {when}\n    accrue:\n{accrue}"


REFERRER = _pays("to: promoter, rate: 12%", "to: referrer, rate: 3%")


def _head(change: Callable[[str], str] = lambda text: text) -> str:
    return change(COMMISSION)


def test_two_levels_need_a_sign_off() -> None:
    assert _codes(_head() + REFERRER) == [("L401", "error", 13)]
    signed = _head(lambda text: text.replace("rules:\n", "sign_off: 法务 2026-09-12\nrules:\n"))
    assert _codes(signed + REFERRER) == []


def test_more_than_thirty_percent_without_a_ceiling() -> None:
    rules = _pays("to: promoter, rate: 20%", "to: 'pool:city', rate: 13%")
    assert _codes(_head() + rules) == [("L402", "error", 13)]
    held = _head(lambda text: text.replace("rules:\n", "ceiling: {at_most: 30%, excess: scale}\nrules:\n"))
    assert _codes(held + rules) == [("L415", "warning", 14)]
    capped = rules.replace("rate: 20%", "rate: 20%, cap: 5")
    assert _codes(held + capped) == []
    assert _codes(_head() + _pays("to: promoter, rate: 17%", "to: 'pool:city', rate: 13%")) == []


def test_a_ceiling_above_thirty_percent() -> None:
    high = _head(lambda text: text.replace("rules:\n", "ceiling: {at_most: 31%, excess: scale}\nrules:\n"))
    assert _codes(high + _pays("to: promoter, rate: 8%")) == [("L403", "error", 1)]


def test_a_large_share_of_one_payee_bonus_included() -> None:
    assert _codes(_head() + _pays("to: promoter, rate: 21%")) == [("L404", "warning", 13)]
    bonus = "  - {id: b, title: 加成, when: always, bonus: {to: promoter, add: 6%}}\n"
    assert _codes(_head() + _pays("to: promoter, rate: 15%") + bonus) == [("L404", "warning", 13)]
    assert _codes(_head() + _pays("to: promoter, rate: 14%") + bonus) == []


def test_risky_wording() -> None:
    assert [code for code, _, _ in _codes(_head() + _pays("to: promoter, rate: 8%", title="躺赚计划"))] == ["L405"]


def test_rules_behind_a_catch_all_are_unreachable() -> None:
    rules = _pays("to: promoter, rate: 8%") + _pays("to: promoter, rate: 9%", id="late", when="{line.sku: [a]}")
    assert _codes(_head() + rules) == [("L406", "warning", 18)]


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ("{line.sku: [a, b]}", "{line.sku: [b, c]}", True),
        ("{line.sku: [a]}", "{line.sku: [b]}", False),
        ("{line.unit_price: {at_least: 10}}", "{line.unit_price: {less_than: 10}}", False),
        ("{line.unit_price: {at_least: 10}}", "{line.unit_price: {at_most: 10}}", True),
        ("{line.category: {under: snack}}", "{line.category: {under: snack/fried}}", True),
        ("{line.category: {under: snack}}", "{line.category: {under: fruit}}", False),
        ("{line.category: {under: snack}}", "{not: {line.category: {under: snack}}}", False),
        ("{line.tags: [a]}", "{line.tags: [b]}", True),
        ("{line.sku: [a]}", "{promoter.level: [gold]}", True),
    ],
)
def test_only_wants_rules_that_exclude_each_other(one: str, other: str, *, conflict: bool) -> None:
    text = _head(lambda head: head.replace("choose: first", "choose: only"))
    text += _pays("to: promoter, rate: 8%", when=one) + _pays("to: promoter, rate: 9%", when=other, id="two")
    found = _findings(text)
    assert [one.code for one in found] == (["L407"] if conflict else [])
    for one_found in found:
        assert {missing.code for missing in _evaluated(one_found, text).not_accrued} == {"rules_conflict"}


def test_exclusive_gifts_never_stand() -> None:
    rule = "  - id: g\n    title: 赠品\n    stacking: exclusive\n    when: always\n"
    text = PROMOTION + rule + "    give: [{type: gift, sku: a, title: 赠, quantity: 1}]\n"
    assert _codes(text) == [("L408", "warning", 16)]


def test_item_rules_before_a_running_threshold() -> None:
    rules = (
        "  - {id: h, title: 折, stacking: competing, when: always, give: [{type: line_discount, percent_off: 10%}]}\n"
        "  - id: tiers\n    title: 满减\n    stacking: competing\n    when: always\n"
        "    give: [{type: order_discount, tiers: [{at_least: 50, amount_off: 5}]}]\n"
    )
    assert _codes(PROMOTION + rules) == [("L409", "warning", 17)]
    assert _codes(PROMOTION.replace("threshold_on: running", "threshold_on: original") + rules) == []


# --- what an example shows -------------------------------------------------------------------------------------------


def _two(one: str, other: str) -> str:
    return _pays("to: promoter, rate: 8%", when=one) + _pays("to: promoter, rate: 9%", when=other, id="two")


@pytest.mark.parametrize(
    ("one", "other", "shadowed"),
    [
        ("{line.category: {under: snack}}", "{line.category: {under: snack/fried}}", True),
        ("{line.category: {under: snack/fried}}", "{line.category: {under: snack}}", False),
        ("{line.unit_price: {at_least: 10}}", "{line.unit_price: {more_than: 9.99}, promoter.level: gold}", True),
        ("{line.unit_price: {at_least: 10}}", "{line.unit_price: {at_least: 9.99}}", False),
        ("{any: [{line.sku: [a, b]}, {line.tags: x}]}", "{line.sku: b}", True),
        ("{line.tags: [u, v]}", "{line.tags: v, line.sku: b}", True),
        ("{promoter.level: {exists: true}}", "{promoter.level: gold}", True),
        ("{promoter.level: gold}", "{promoter.level: {not_in: [gold]}}", False),
    ],
)
def test_a_rule_shadowed_by_an_earlier_one(one: str, other: str, *, shadowed: bool) -> None:
    assert [code for code, _, _ in _codes(_head() + _two(one, other))] == (["L406"] if shadowed else [])


def test_a_rule_shadowed_by_two_earlier_ones_together() -> None:
    rules = _two("{line.unit_price: {less_than: 50}}", "{line.unit_price: {at_least: 50}}")
    (found,) = _findings(_head() + rules + _pays("to: promoter, rate: 9%", when="{line.sku: c}", id="three"))
    assert (found.code, found.line) == ("L406", 23)
    assert "one, two" in found.message_en or "two, one" in found.message_en
    result = _evaluated(found, _head() + rules)
    assert [one.plan.ref.rule for one in result.accruals] in (["one"], ["two"])


def test_a_rule_of_campaigns_shadows_nothing() -> None:
    rules = _two("always", "{line.sku: a}").replace(
        "    when: always\n", "    when: always\n    from_campaigns: [p]\n", 1
    )
    assert _codes(_head() + rules) == []


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("{line.unit_price: {at_least: 10, less_than: 10}}", "L410"),
        ("{line.sku: a, not: {line.sku: [a, b]}}", "L410"),
        ("{line.tags: a, not: {line.tags: [a, b]}}", "L410"),
        ("{line.tags: a, not: {line.tags: b}}", None),
        ("{clock.date: 2026-10-05, clock.weekday: tue}", "L411"),
        ("{clock.date: 2026-10-05, clock.weekday: mon}", None),
        ("{clock.holiday: national_day, clock.date: {from: 2026-11-01, until: 2026-12-01}}", "L411"),
        ("{clock.holiday: national_day, clock.day_kind: workday}", None),  # 2027 is not announced yet
        ("{clock.lunar: '08-15', clock.date: {from: 2026-10-01, until: 2027-09-01}}", "L411"),
        ("{clock.lunar: '08-15', clock.date: {from: 2026-10-01, until: 2027-10-01}}", None),
        ("{clock.date: {from: 2026-09-01, until: 2026-10-01}}", "L411"),
        ("{clock.date: {from: 2026-09-01, until: 2026-10-02}}", None),
    ],
)
def test_conditions_that_never_hold(when: str, code: str | None) -> None:
    expected = [] if code is None else [(code, "warning")]
    rule = f"  - id: r\n    title: 折\n    stacking: competing\n    when: {when}\n"
    promotion = PROMOTION + rule + "    give: [{type: line_discount, percent_off: 10%}]\n"
    commission = _head() + _pays("to: promoter, rate: 8%", when=when)
    for text in (promotion, commission):
        assert [(found, severity) for found, severity, _ in _codes(text)] == expected


def test_a_date_after_the_set_has_ended() -> None:
    ended = PROMOTION.replace("base:", "effective_until: 2026-11-01\nbase:")
    rule = "  - {id: r, title: 折, stacking: competing, when: {clock.date: 2026-11-11}, give: ["
    text = ended + rule + "{type: line_discount, percent_off: 10%}]}\n"
    (found,) = _findings(text)
    assert (found.code, "2026-10-01" in found.message_zh, "2026-10-31" in found.message_zh) == ("L411", True, True)


@pytest.mark.parametrize(
    ("one", "other", "gap"),
    [
        ("{line.unit_price: {less_than: 20}}", "{line.unit_price: {more_than: 20}}", "¥20.00"),
        ("{line.unit_price: {less_than: 20}}", "{line.unit_price: {at_least: 20}}", None),
        ("{line.unit_price: {less_than: 20}}", "{line.unit_price: {at_least: 50}}", "¥20.00"),
        ("{buyer.is_new: true}", "{buyer.is_new: false}", "—"),
        ("{line.own_goods: true}", "{line.own_goods: false}", None),
        ("{line.category: {under: snack}}", "{line.category: {under: fruit}}", None),
        ("{promoter.period_sales: {less_than: 20}}", "{promoter.period_sales: {at_least: 20}}", None),
        ("{line.quantity: {at_most: 3}}", "{line.quantity: {at_least: 5}}", "4"),
    ],
)
def test_gaps_between_rules(one: str, other: str, gap: str | None) -> None:
    found = _findings(_head() + _two(one, other))
    assert [diagnostic.code for diagnostic in found] == ([] if gap is None else ["L412"])
    if gap is not None:
        assert gap in found[0].message_zh
        assert not _evaluated(found[0], _head() + _two(one, other)).accruals
        assert _codes(_head() + _two(one, other) + _pays("to: promoter, rate: 1%", id="rest")) == []


def test_another_set_may_fill_the_gap() -> None:
    texts = [
        _head() + _two("{line.unit_price: {less_than: 20}}", "{line.unit_price: {more_than: 20}}"),
        _head(lambda head: head.replace("name: c", "name: d")) + _pays("to: promoter, rate: 1%"),
    ]
    assert lint([build(parse(text, "x.yaml"), own_schemas()) for text in texts]) == []


TIERS = "give: [{type: order_discount, tiers: [{at_least: 50, amount_off: 5}, {at_least: 100, amount_off: 12}]}]"


@pytest.mark.parametrize(
    ("keys", "codes"),
    [
        ("spend: {at_least: 100}", ["L413"]),
        ("spend: {at_least: 99}", []),
        ("spend: {units: 100}", []),
        ("at_most: 12", []),
        ("at_most: 6", []),
        ("at_most: 5", ["L413"]),
        ("at_most: 4", ["L413", "L413"]),
    ],
)
def test_tiers_without_effect(keys: str, codes: list[str]) -> None:
    text = (
        f"{PROMOTION}  - id: t\n    title: 满减\n    stacking: competing\n    when: always\n    {keys}\n    {TIERS}\n"
    )
    assert [code for code, _, _ in _codes(text)] == codes


@pytest.mark.parametrize(
    ("when", "role", "codes"),
    [
        ("{promoter.id: {exists: false}}", "promoter", ["L414"]),
        ("{promoter.id: {exists: false}}", "leader", []),
        ("{promoter.level: {exists: false}}", "promoter", []),
        ("{leader.id: {exists: false}, line.sku: a}", "leader", ["L414"]),
    ],
)
def test_payees_who_cannot_be_there(when: str, role: str, codes: list[str]) -> None:
    assert [code for code, _, _ in _codes(_head() + _pays(f"to: {role}, rate: 8%", when=when))] == codes


@pytest.mark.parametrize(
    ("rate", "keys", "when", "codes"),
    [
        ("20%", "", "always", ["L416"]),
        ("10%", "", "always", []),
        ("20%", ", limits: [{uses: 1}]", "always", []),
        ("20%", "", "{line.sku: [a, b]}", ["L416"]),
        ("20%", "", "{line.sku: [b]}", []),
    ],
)
def test_an_exclusive_promotion_that_is_always_beaten(rate: str, keys: str, when: str, codes: list[str]) -> None:
    give = "give: [{type: line_discount, percent_off: "
    text = PROMOTION + f"  - {{id: vip, title: 专, stacking: exclusive, when: {{line.sku: a}}, {give}10%}}]}}\n"
    text += f"  - {{id: all, title: 折, stacking: competing, when: {when}, {give}{rate}}}]{keys}}}\n"
    assert [code for code, _, _ in _codes(text)] == codes


DIVIDEND = """\
kind: dividend
name: partners
version: 1
title: 合伙人分红
owner: o
reason: r
effective_from: 2026-10-01
fund: {rate: 1%, of: paid_goods, rounding: half_up}
period: month
holders: {level: gold}
weight: own_sales
remainder: carry_over
leaving: keep
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", []),
        ("合伙人分红", "投 1 万元年化 12%", [("L450", "error", 1)]),
        ("合伙人分红", "金牌保底分红", [("L450", "error", 1)]),
        ("reason: r", "reason: 每年 8% 返还本金", [("L450", "error", 1)]),
        ("owner: o", "owner: o\ntitle_en: Guaranteed for partners", [("L450", "error", 1)]),
        ("own_sales", "equal", [("L451", "warning", 1)]),
        ("own_sales", "[{when: {level: gold}, weight: 3}]", [("L451", "warning", 1)]),
        ("own_sales", "[{when: {own_sales: {at_least: 100}}, weight: 3}]", []),
        ("own_sales\n", "equal\n# {own_sales: 1}\n", [("L451", "warning", 1)]),
        ("{level: gold}", "{level: gold, sales_points: {more_than: 0}}", []),
        ("of: paid_goods", "of: list", [("L452", "warning", 8)]),
        ("1%", "31%", [("L402", "error", 8)]),
        ("rate: 1%", "when: {line.sku: a, not: {line.sku: a}}, rate: 1%", [("L410", "warning", 8)]),
        ("合伙人分红", "躺赚分红", [("L405", "error", 1)]),
    ],
)
def test_a_dividend_is_a_share_of_sales_and_no_investment(
    old: str, new: str, expected: list[tuple[str, str, int]]
) -> None:
    assert _codes(DIVIDEND.replace(old, new)) == expected


def test_what_is_said_of_a_fund_points_to_the_fund() -> None:
    text = DIVIDEND.replace("1%", "31%")
    assert [one.path for one in lint([build(parse(text, "x.yaml"), own_schemas())])] == ["/fund"]


# --- regional agents --------------------------------------------------------------------------------------------------

REGION = """\
kind: region
name: r
version: 1
title: 区域
owner: o
reason: r
effective_from: 2026-10-01
attribution: delivery_address
mode: difference
base: paid_goods
rounding: half_up
rules:
"""
CEILING = "ceiling: {at_most: 30%, excess: scale}\nrules:\n"
EARLIER = "effective_from: 2026-09-01"


def _area(rates: str, when: str = "always", id: str = "one") -> str:
    return f"  - {{id: {id}, title: 区域, when: {when}, rates: {{{rates}}}}}\n"


def _beside(region: str, commission: str) -> list[str]:
    sets = [build(parse(text, name), own_schemas()) for text, name in ((region, "r.yaml"), (commission, "c.yaml"))]
    return [one.code for one in lint(sets) if one.file == "r.yaml"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (REGION + _area("district: 2%, city: 3%"), []),
        (REGION + _area("district: 3%, city: 3%"), [("L418", "warning", 13)]),
        (REGION + _area("street: 2%, city: 1%"), [("L418", "warning", 13)]),
        (REGION + _area("district: 2%, city: 0%"), []),
        (REGION.replace("difference", "stacked") + _area("district: 3%, city: 2%"), []),
        (REGION + _area("district: 21%"), [("L404", "warning", 13)]),
        (REGION + _area("district: 20%, city: 31%"), [("L402", "error", 13), ("L404", "warning", 13)]),
        (REGION.replace("difference", "stacked") + _area("district: 15%, city: 16%"), [("L402", "error", 13)]),
        (REGION + _area("district: 2%") + _area("district: 3%", "{line.sku: a}", "two"), [("L406", "warning", 14)]),
        (REGION + _area("district: 2%", "{line.sku: a, not: {line.sku: a}}"), [("L410", "warning", 13)]),
        (REGION.replace("title: 区域", "title: 躺赚区域") + _area("district: 2%"), [("L405", "error", 1)]),
    ],
)
def test_regional_agents_by_themselves(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert _codes(text) == expected


def test_shares_along_contracts_are_signed_for_and_held() -> None:
    contract = REGION.replace("mode:", "hierarchy: contract\nmode:") + "  - {id: one, title: 区域, when: always}\n"
    assert [code for code, _, _ in _codes(contract)] == ["L417", "L419"]
    signed = contract.replace("rules:", "sign_off: board 2026-14\nrules:")
    held = _head().replace("rules:\n", CEILING) + _pays("to: promoter, rate: 8%")
    assert _beside(signed, _head() + _pays("to: promoter, rate: 8%")) == ["L419"]
    assert _beside(signed, held) == []


@pytest.mark.parametrize(
    ("commission", "expected"),
    [
        (_pays("to: promoter, rate: 25%"), ["L402"]),
        (_pays("to: promoter, rate: 20%", "to: leader, rate: 5%"), ["L402"]),
        (_pays("to: promoter, rate: 22%"), []),
        # never on the same goods
        (_pays("to: promoter, rate: 25%", when="{line.sku: b}"), []),
    ],
)
def test_agents_count_into_the_thirty_percent_of_an_order(commission: str, expected: list[str]) -> None:
    region = REGION + _area("district: 4%, city: 8%", "{line.sku: a}")
    assert _beside(region, _head() + commission) == expected
    assert _beside(region, _head().replace("rules:\n", CEILING) + commission) == []
    assert _beside(region, _head().replace("rules:\n", CEILING.replace("30", "31")) + commission) == expected
    ended = _head().replace("effective_from: 2026-10-01", f"{EARLIER}\neffective_until: 2026-10-01")
    assert _beside(region, ended + commission) == []


def test_a_ceiling_that_ends_while_agents_go_on_holds_no_longer() -> None:
    region = REGION + _area("district: 8%")
    ending = _head().replace("rules:\n", CEILING).replace("rounding", "effective_until: 2026-11-01\nrounding")
    later = _head().replace("name: c", "name: d").replace("2026-10-01", "2026-11-01") + _pays("to: promoter, rate: 25%")
    sets = [
        build(parse(text, f"{at}.yaml"), own_schemas())
        for at, text in enumerate([region, ending + _pays("to: promoter, rate: 25%"), later])
    ]
    assert [one.code for one in lint(sets[:2])] == ["L404"]
    assert [one.code for one in lint(sets) if one.file == "0.yaml"] == ["L402"]


@pytest.mark.parametrize("word", ["promoter", "referrer", "recruitment"])
def test_a_chain_of_recruitment_cannot_be_written(word: str) -> None:
    text = REGION.replace("mode:", f"hierarchy: {word}\nmode:") + _area("district: 2%")
    assert [(one.code, one.path) for one in diagnose(text, "x.yaml")] == [("S204", "/hierarchy")]


def test_our_own_rule_sets_are_clean() -> None:
    read = read_rule_sets(ROOT / "rules", own_schemas())
    assert read.rule_sets
    assert lint(read.rule_sets) == []


@pytest.mark.parametrize(
    ("word", "code"), [("direct_count", "L441"), ("team_sales", "L442"), ("own_purchases", "L443"), ("sale", "S201")]
)
def test_what_no_level_may_ask_for(word: str, code: str) -> None:
    text = (ROOT / "rules/level/changsha-promoters/v1.yaml").read_text(encoding="utf-8")
    found = diagnose(text.replace("reach: {sales", f"reach: {{{word}: {{at_least: 9}}, sales"), "level.yaml")
    assert [(one.code, one.path) for one in found] == [(code, f"/levels/1/reach/{word}")]


def test_two_settlement_rule_sets_must_not_stand_together(tmp_path: Path) -> None:
    text = (ROOT / "rules/settlement/changsha/v1.yaml").read_text(encoding="utf-8")
    later = text.replace("effective_from: 2026-10-01", "effective_from: 2026-12-01")
    ended = text.replace("effective_from: 2026-10-01", "effective_from: 2026-10-01\neffective_until: 2026-12-01")

    def codes(**texts: str) -> list[str]:
        for place, content in texts.items():
            shop, name, version = place.split("_")
            file = tmp_path / shop / "settlement" / name / f"{version}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            named = content.replace("name: changsha", f"name: {name}")
            file.write_text(named.replace("version: 1", f"version: {version[1:]}"), "utf-8")
        read = read_rule_sets(tmp_path, own_schemas())
        assert not read.diagnostics
        return [one.code for one in lint(read.rule_sets)]

    assert codes(a_one_v1=text) == []
    assert codes(b_three_v1=text) == []  # another shop
    assert codes(a_two_v1=later) == ["L460", "L460"]
    assert codes(a_one_v1=ended) == []
    assert codes(a_one_v1=text, a_one_v2=ended.replace("2026-10-01", "2026-11-01")) == []


def test_every_lint_code_is_tried_here() -> None:
    tried = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in LINT_CODES if f'"{code}"' not in tried] == []


@settings(max_examples=40, deadline=None)
@given(rule_sets)
def test_whatever_is_found_in_random_sets_comes_with_a_sound_order(sets: tuple[RuleSet, ...]) -> None:
    for found in lint(sets):
        assert found.message_zh and found.message_en  # noqa: PT018
        if "L410" <= found.code <= "L416":
            assert isinstance(read_event(found.example.encode(), "example"), OrderEvent)
