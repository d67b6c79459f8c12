"""Promotions that keep each other from giving: what is told can be seen on the order that comes with it."""

from datetime import timedelta

import msgspec
import pytest

from engine.lint.rivals import overlaps
from engine.ruleset import GroupDiscount, LineDiscount, Promotion, PromotionSet
from tests.engine.builders import AT, discounts, evaluated, percent_off, promotion, promotion_set, sku, spend_and_save


def _off(name: str, percent: int, *skus: str, **fields: str) -> Promotion:
    return promotion(name, LineDiscount(percent_off(percent)), when=sku(*skus), **fields)


def _set(*rules: Promotion, name: str = "campaign") -> PromotionSet:
    return promotion_set(*rules, name=name)


def test_the_larger_of_two_competing_discounts_wins() -> None:
    live = _set(_off("ten", 10, "a", "b"), _off("twenty", 20, "b", "c"))
    (found,) = overlaps([live])
    assert (found.winner, found.loser, found.code) == ("campaign/twenty", "campaign/ten", "outcompeted")
    assert found.example.lines[0].sku == "b"
    assert discounts(evaluated(found.example, live)) == {"twenty": found.saved_fen}
    assert found.saved_fen == 2 * found.would_save_fen > 0


@pytest.mark.parametrize(
    "rules",
    [
        (_off("one", 10, "a"), _off("two", 20, "b")),
        (_off("one", 10, "a", stacking="combinable"), _off("two", 20, "a")),
    ],
)
def test_promotions_that_leave_each_other_alone(rules: tuple[Promotion, ...]) -> None:
    assert overlaps([_set(*rules)]) == []


def test_an_exclusive_promotion_wins_or_loses_as_a_whole() -> None:
    exclusive = _off("vip", 30, "a", stacking="exclusive")
    (found,) = overlaps([_set(exclusive), _set(_off("ten", 10, "a"), name="other")])
    assert (found.winner, found.loser, found.code) == ("campaign/vip", "other/ten", "other_world")


def test_orders_are_large_enough_for_thresholds_and_groups() -> None:
    tiers = promotion("tiers", spend_and_save((10_000, 500)))
    more = promotion("more", spend_and_save((20_000, 3_000)))
    second = promotion("second", GroupDiscount(percent_off(50), 2, 1))
    pairs = {(found.winner, found.loser) for found in overlaps([_set(tiers, more, second, _off("ten", 10, "a"))])}
    assert pairs == {("campaign/more", "campaign/tiers"), ("campaign/second", "campaign/ten")}


def test_promotions_of_different_times_never_meet() -> None:
    early, late = _set(_off("ten", 10, "a")), _set(_off("twenty", 20, "a"), name="late")
    assert len(overlaps([early, late])) == 1
    ended = msgspec.structs.replace(early.header, effective_until=AT + timedelta(days=1))
    begun = msgspec.structs.replace(late.header, effective_from=AT + timedelta(days=1))
    apart = [msgspec.structs.replace(early, header=ended), msgspec.structs.replace(late, header=begun)]
    assert overlaps(apart) == []


def test_only_the_newest_version_counts() -> None:
    old = _set(_off("ten", 10, "a"), _off("twenty", 20, "a"))
    new = msgspec.structs.replace(_set(_off("ten", 10, "a")), header=msgspec.structs.replace(old.header, version=2))
    assert overlaps([old, new]) == overlaps([new, old]) == []
