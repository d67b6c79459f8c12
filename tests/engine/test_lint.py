"""The lint on the fixtures of the law, and on rules that cannot do what they seem to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.build import build
from engine.codes_lint import LINT_CODES
from engine.document import parse
from engine.lint import lint
from storage.rule_files import own_schemas, read_rule_sets

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
    assert _codes(held + rules) == []
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
    assert [code for code, _, _ in _codes(text)] == (["L407"] if conflict else [])


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


def test_our_own_rule_sets_are_clean() -> None:
    read = read_rule_sets(ROOT / "rules", own_schemas())
    assert read.rule_sets
    assert lint(read.rule_sets) == []


def test_every_lint_code_is_tried_here() -> None:
    tried = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in LINT_CODES if f'"{code}"' not in tried] == []
