"""What a dividend rule set can be changed by in one small step, and that its mutants are read."""

from engine.builder.build import build
from engine.errors import InvalidInput
from engine.mutation.mutate import mutants
from engine.text.document import parse
from tests.engine.texts import SCHEMAS

TEXT = """\
kind: dividend
name: partners
version: 1
title: 合伙人
owner: o
reason: r
effective_from: 2026-10-01
fund: {rate: 1%, of: paid_goods, rounding: half_up, when: {line.sku: a}}
period: {days: 10, from: 2026-10-01}
holders: {months: {at_least: 3}}
weight:
  - {when: {level: gold}, weight: 3}
  - {when: always, weight: 1}
cap_per_holder: {at_most: 20%, excess: others}
remainder: carry_over
leaving: keep
"""


def changes(text: str) -> list[tuple[str, str, str]]:
    return [(one.change.pointer, one.change.old, one.change.new) for one in mutants(parse(text, "f.yaml"))]


def test_every_part_that_decides_money_can_change() -> None:
    found = changes(TEXT)
    assert {pointer for pointer, _, _ in found} == {
        "/effective_from",
        "/fund/rate",
        "/fund/of",
        "/fund/rounding",
        "/fund/when/line.sku",
        "/period/days",
        "/period/from",
        "/holders/months",
        "/holders/months/at_least",
        "/weight/0",
        "/weight/0/when/level",
        "/weight/0/weight",
        "/weight/1",
        "/weight/1/weight",
        "/cap_per_holder",
        "/cap_per_holder/at_most",
        "/cap_per_holder/excess",
        "/leaving",
    }
    assert ("/cap_per_holder", "cap_per_holder: {at_most: 20%, excess: others}", "") in found
    assert ("/holders/months/at_least", "at_least", "more_than") in found
    assert ("/leaving", "keep", "give_back") in found


def test_words_become_each_other_word() -> None:
    text = TEXT.replace("{days: 10, from: 2026-10-01}", "month")
    text = text[: text.index("weight:")] + "weight: sales_points\n" + text[text.index("cap_per_holder") :]
    found = changes(text)
    assert [new for pointer, _, new in found if pointer == "/weight"] == ["equal", "own_sales"]
    assert [new for pointer, _, new in found if pointer == "/period"] == ["week", "half_month"]


def test_holders_without_their_only_condition_are_everybody() -> None:
    (left_out,) = (one for one in mutants(parse(TEXT, "f.yaml")) if one.change.pointer == "/holders/months")
    assert build(left_out.document, SCHEMAS) != build(parse(TEXT, "f.yaml"), SCHEMAS)


def test_only_a_rate_of_nothing_and_a_class_for_everybody_before_the_last_do_not_build() -> None:
    codes = set()
    for one in mutants(parse(TEXT, "f.yaml")):
        try:
            build(one.document, SCHEMAS)
        except InvalidInput as refused:
            codes |= {found.code for found in refused.diagnostics}
    assert codes == {"R380", "R381"}
