"""Rule sets in words. The law: what is told alike does the same, so no sentence hides what could change a fen."""

from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import Phase, given, settings

from engine.builder.build import build
from engine.conditions import ALWAYS
from engine.describe.describe import DESCRIBERS, describe_rule_set
from engine.errors import InvalidInput
from engine.mutation.equivalent import why_equivalent
from engine.mutation.mutate import mutants
from engine.ruleset import CommissionSet, PromotionSet, RuleSet
from engine.text.document import parse
from tests.engine.neighbours import Neighbour, neighbours
from tests.engine.strategies import commission_sets, promotion_sets
from tests.engine.texts import GOOD_FILES, ROOT, SCHEMAS

UNTOLD = {
    "Header.kind": "the type of the rule set says it",
    "Header.owner": "who answers for it changes no figure",
    "Header.reason": "why it exists changes no figure",
    "Header.content_hash": "stands for the text",
    "Header.file": "where it was read",
    "Promotion.id": "sentences name rules by title; the id is for cases and counters",
    "CommissionRule.id": "sentences name rules by title; the id is for cases and results",
    "RegionRule.id": "sentences name rules by title; the id is for cases and results",
    "Promotion.label": "what a bill prints; changes no figure",
    "MadeFrom.answers": "what they came to is the rules",
}
"""Fields that sentences leave out, and why."""


FOUND_IS_ENOUGH = (Phase.explicit, Phase.reuse, Phase.generate)
"""What fails names the field; to shrink a whole rule set would take minutes."""


def why_alike(rule_set: Any, beside: Neighbour) -> str:
    """Why a rule set may be told like its neighbour; empty when it must not."""
    field, record, old, new = beside.place[-1], beside.record, beside.old, beside.new
    if field in UNTOLD:
        return UNTOLD[field]
    if field.endswith(".line"):
        return "where it was read"
    if field.endswith(".position"):
        return "the sentences stand in this order"
    if len(beside.place) == 1 and isinstance(rule_set, PromotionSet | CommissionSet) and isinstance(old, str):
        return why_equivalent(rule_set, field.partition(".")[2], old, new)
    match field:
        case "Rate.den" if record.num == 0:
            return "nothing of anything"
        case "Promotion.on_cancel" if not record.limits and record.budget is None:
            return "nothing is counted that could be given back"
        case "Accrue.if_absent" if not record.split:
            return "nobody shares with others"
        case "Accrue.to" if record.split:
            return "those who share are named"
        case "Accrue.per" if record.amount_fen is None:
            return "there is no amount"
        case "GroupDiscount.buy" | "GroupDiscount.get" if ALWAYS in (old, new) and None not in (record.buy, record.get):
            return "no selector selects all goods of the scope"
        case "OrderDiscount.measure" if not record.tiers and record.every is None:
            return "there is no threshold"
    return _why_never_built(beside)


def _why_never_built(beside: Neighbour) -> str:
    """Why the language has no such neighbour; empty when it has."""
    record = beside.record
    match beside.place[-1]:
        case "FixedPrice.per" if any(one.startswith("ShippingDiscount") for one in beside.place):
            return "a delivery fee has no pieces"
        case "Accrue.rate" | "Accrue.amount_fen" | "Accrue.per" if record.tiers is not None:
            return "tiers stand in place of a rate or an amount"
        case "OrderDiscount.off" | "OrderDiscount.every" if record.tiers or beside.new is None:
            return "there is one discount: off, tiers, or every"
        case "Bonus.add_rate" | "Bonus.multiply":
            return "a bonus either adds or multiplies"
        case "TierStep.rate" | "TierStep.amount_fen" if None in (beside.old, beside.new):
            return "a step gives either a rate or an amount"
    return ""


def told_alike(rule_set: RuleSet, other: RuleSet, place: tuple[str, ...]) -> bool:
    """Whether two rule sets are told alike in a language; a name only counts in its own."""
    said, told = describe_rule_set(rule_set), describe_rule_set(other)
    same = [[one[at] for one in said] == [one[at] for one in told] for at in (0, 1)]
    if place[-1].endswith(".title"):
        return same[0]
    return same[1] if place[-1].endswith(".title_en") else any(same)


def check_neighbours(rule_set: RuleSet) -> None:
    for beside in neighbours(rule_set, type(rule_set)):
        if not why_alike(rule_set, beside):
            assert not told_alike(rule_set, beside.value, beside.place), (beside.place, beside.old, beside.new)


@settings(max_examples=15, phases=FOUND_IS_ENOUGH)
@given(promotion_sets())
def test_promotions_that_differ_in_a_field_are_told_apart(rule_set: RuleSet) -> None:
    check_neighbours(rule_set)


@settings(max_examples=15, phases=FOUND_IS_ENOUGH)
@given(commission_sets)
def test_commissions_that_differ_in_a_field_are_told_apart(rule_set: RuleSet) -> None:
    check_neighbours(rule_set)


@pytest.mark.parametrize("path", GOOD_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shipped_rule_sets_differ_in_words_from_all_that_differ_in_a_field(path: Path) -> None:
    rule_set = build(parse(path.read_text(encoding="utf-8"), path.as_posix()), SCHEMAS)
    check_neighbours(rule_set)


def test_every_kind_of_rule_set_has_words() -> None:
    assert set(DESCRIBERS) == set(get_args(RuleSet))


@pytest.mark.parametrize("path", GOOD_FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_mutant_of_a_shipped_rule_set_is_told_apart(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"), path.as_posix())
    own = build(document, SCHEMAS)
    for mutant in mutants(document):
        try:
            other = build(mutant.document, SCHEMAS)
        except InvalidInput:
            continue
        change = mutant.change
        policy = len(change.path) == 1 and why_equivalent(own, str(change.path[-1]), change.old, change.new)
        if not policy:
            assert not told_alike(own, other, ("",)), change
