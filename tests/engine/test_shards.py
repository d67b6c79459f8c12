"""The static bounds: what the rules engine is shown never exceeds them, and nothing gets lost on the way."""

from hypothesis import given
from hypothesis import strategies as st

from engine.match import shards
from engine.match.classes import Step
from engine.match.shards import (
    MAX_BRANCHES,
    MAX_GROUPS,
    MAX_PROPERTIES,
    MAX_RULES,
    Rule,
    Shard,
    fnv1a,
    in_order,
    pack,
    sort_key,
)


def equal(name: str, *values: int) -> Step:
    return Step(name, "==", values)


def rule(*steps: Step) -> Rule:
    ordered = in_order(steps)
    assert ordered is not None
    return ordered


steps = st.builds(
    lambda name, operator, values: Step(name, operator, tuple(values) if operator == "==" else (values[0],)),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["==", "!=", ">=", "<"]),
    st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True),
)


def passes(step: Step, value: int) -> bool:
    return {
        "==": value in step.values,
        "!=": value != step.values[0],
        ">=": value >= step.values[0],
        "<": value < step.values[0],
    }[step.operator]


@given(st.lists(steps, min_size=1, max_size=6), st.fixed_dictionaries({name: st.integers(0, 4) for name in "abc"}))
def test_order_keeps_the_meaning(found: list[Step], fact: dict[str, int]) -> None:
    ordered = in_order(found)
    assert all(passes(step, fact[step.property]) for step in found) is (
        ordered is not None and all(passes(step, fact[step.property]) for step in ordered)
    )


def test_equalities_stand_first_then_choices_exclusions_and_comparisons() -> None:
    found = rule(Step("a", ">=", (1,)), Step("b", "!=", (1,)), equal("c", 1, 2), equal("d", 5))
    assert [step.property for step in found] == ["d", "c", "b", "a"]


def test_a_property_that_must_equal_something_makes_one_step() -> None:
    assert rule(equal("a", 1, 2, 3), equal("a", 2, 3, 4), Step("a", "!=", (3,))) == (equal("a", 2),)
    assert in_order([equal("a", 1), equal("a", 2)]) is None


def test_every_rule_is_in_one_shard_or_unfit() -> None:
    rules = [rule(equal("a", index), Step("b", ">=", (index % 7,))) for index in range(1_200)]
    made, unfit = pack(rules)
    assert sorted((one for shard in made for one in shard.rules), key=sort_key) == sorted(rules, key=sort_key)
    assert unfit == []


def test_branches_of_a_node_are_bounded() -> None:
    made, unfit = pack([rule(equal("sku", index)) for index in range(MAX_BRANCHES + 1)])
    assert [len(shard.rules) for shard in made] == [MAX_BRANCHES, 1]
    assert unfit == []


def test_rules_of_a_shard_are_bounded() -> None:
    made, _ = pack([rule(equal("a", index % 40), equal("b", index)) for index in range(MAX_RULES + 1)])
    assert max(len(shard.rules) for shard in made) <= MAX_RULES
    assert len(made) == 2


def test_properties_of_a_shard_are_bounded() -> None:
    rules = [rule(equal("a", index), equal(f"p{index}", 1)) for index in range(MAX_PROPERTIES + 10)]
    made, unfit = pack(rules)
    assert max(len(shard.properties) for shard in made) <= MAX_PROPERTIES
    assert unfit == []


def test_overlapping_ranges_are_spread() -> None:
    made, unfit = pack([rule(Step("a", ">=", (index,))) for index in range(65)])
    assert len(made) == 2
    assert unfit == []


def test_overlap_further_down_counts_too() -> None:
    """Thirty overlapping ranges under a value, and thirty more beside it, wait together."""
    beside = [rule(Step("a", ">=", (index,))) for index in range(40)]
    below = [rule(equal("b", 1), Step("c", ">=", (index,))) for index in range(40)]
    made, _ = pack([*beside, *below])
    assert len(made) == 2


def test_exclusive_values_do_not_add_up() -> None:
    made, _ = pack([rule(equal("b", value), Step("c", ">=", (index,))) for value in range(15) for index in range(50)])
    assert len(made) == 1


def test_groups_behind_a_value_are_bounded() -> None:
    made, unfit = pack([rule(equal("a", 0, index + 1)) for index in range(300)])
    assert len(made) == 6
    assert max(len(shard.rules) for shard in made) <= shards.MAX_WAITING
    assert unfit == []


def test_a_rule_that_fits_nowhere_is_unfit() -> None:
    too_wide = rule(*(equal(f"p{index}", 1, 2) for index in range(MAX_GROUPS + 1)))
    made, unfit = pack([rule(equal("a", 1)), too_wide])
    assert (len(made), unfit) == (1, [too_wide])


def test_a_refused_rule_leaves_no_trace() -> None:
    """What a shard refuses must not weigh on what it is offered next."""
    shard = Shard()
    for index in range(59):
        assert shard.take(rule(Step("a", ">=", (index,))))
    for index in range(100):
        assert not shard.take(rule(Step("b", ">=", (index,))))
    assert shard.properties == {"a": None}
    assert shard.take(rule(Step("a", ">=", (3,)), Step("b", ">=", (1,))))


def test_names_of_equal_hash_are_kept_apart() -> None:
    assert fnv1a("costarring") == fnv1a("liquid")
    made, _ = pack([rule(equal("costarring", 1)), rule(equal("liquid", 1))])
    assert len(made) == 2
    assert not Shard().take(rule(equal("costarring", 1), equal("liquid", 2)))
    assert not Shard().take(rule(equal("sid", 1)))


def test_bounds_stay_below_the_limits_of_the_rules_engine() -> None:
    assert MAX_BRANCHES <= 511
    assert shards.MAX_WAITING <= 64
    assert MAX_GROUPS <= 13
    assert MAX_RULES <= 4_095
    assert MAX_PROPERTIES <= 250
