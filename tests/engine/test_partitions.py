"""Routing loses no match, and a rule that comes or goes leaves the partitions of others as they were."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.match import partitions as partitions_module
from engine.match.classes import Step
from engine.match.partitions import MIN_VALUES, Partition, partitions
from engine.match.shards import Rule, in_order
from tests.engine.test_shards import equal, passes, rule

PROPERTIES = ("a", "b", "c")
many_values = st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True)
steps = st.builds(
    lambda name, operator, values: Step(name, operator, tuple(values) if operator == "==" else (values[0],)),
    st.sampled_from(PROPERTIES),
    st.sampled_from(["==", "==", "!=", ">=", "<"]),
    many_values,
)
rules = st.lists(st.lists(steps, min_size=1, max_size=4).map(in_order), min_size=1, max_size=150).map(
    lambda found: [one for one in dict.fromkeys(found) if one is not None]
)


def held(one: Rule, fact: dict[str, int]) -> bool:
    return all(passes(step, fact[step.property]) for step in one)


@settings(max_examples=60, deadline=None)
@given(rules, st.lists(st.fixed_dictionaries({name: st.integers(0, 60) for name in PROPERTIES}), max_size=5))
def test_a_rule_can_only_hold_where_its_partition_is_asked(found: list[Rule], facts: list[dict[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(partitions_module, "GUARDED", 2)
        smaller.setattr(partitions_module, "MIN_VALUES", 3)
        made = partitions(found)
    assert sorted(map(str, (one for part in made for one in part.rules))) == sorted(map(str, found))
    for fact in facts:
        asked = [one for part in made if part.guard is None or fact[part.guard] in part.values() for one in part.rules]
        assert {one for one in found if held(one, fact)} <= set(asked)


def test_rules_are_routed_by_the_property_that_most_values_are_named_of() -> None:
    found = [rule(equal("sku", at), equal("shop", at % 20), equal("level", at % 3)) for at in range(200)]
    made = partitions([*found, rule(Step("price", ">=", (5,)))])
    assert {part.guard for part in made} == {"sku", None}
    assert sum(len(part.rules) for part in made if part.guard is None) == 1


def test_few_values_or_few_rules_are_not_worth_routing() -> None:
    levels = [rule(equal("level", at % (MIN_VALUES - 1)), equal(f"p{at}", 1)) for at in range(200)]
    assert {part.guard for part in partitions(levels)} == {None}
    few = [rule(equal("sku", at)) for at in range(partitions_module.GUARDED - 1)]
    assert {part.guard for part in partitions(few)} == {None}


def test_a_negation_is_never_routed_by() -> None:
    """A rule that wants a property to differ holds for facts that carry any other value."""
    found = [rule(Step("sku", "!=", (at,)), Step("price", ">=", (at,))) for at in range(200)]
    assert {part.guard for part in partitions(found)} == {None}
    with pytest.raises(StopIteration):
        Partition("sku", tuple(found)).values()


@pytest.mark.parametrize("routed", [True, False])
def test_a_further_rule_changes_few_partitions(routed: bool) -> None:
    random = Random(20_261_001)

    def one(at: int) -> Rule:
        goods = equal("sku", at // 3) if routed else Step("price", ">=", (at,))
        return rule(goods, Step("count", ">=", (random.randrange(10**6),)))

    found = [one(at) for at in range(0, 30_000, 10)]
    before = {part.rules for part in partitions(found)}
    changed = []
    for at in random.sample(range(30_000), 40):
        further = rule(*(one(at)), Step("count", "<", (5,)))
        after = partitions([*found, further])
        changed.append(sum(part.rules not in before for part in after))
        assert {part.guard for part in after} == ({"sku"} if routed else {None})
        random.shuffle(found)
        assert {part.rules for part in partitions(found)} == before
    assert len(before) > 20
    assert sum(changed) / len(changed) < 2
    assert max(changed) <= 6
