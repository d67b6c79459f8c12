"""What matching is measured against must answer the same."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks.generated_rules import orders
from benchmarks.peer_rules import Rule, facts_of_order, generated_conditions, plain_rule
from benchmarks.peers_by_hand import Ask, bitset, hash_index, if_chain
from engine.network import Network


@pytest.mark.parametrize("make", [bitset, hash_index, if_chain])
@pytest.mark.parametrize("rules", [10, 300])
def test_programs_written_by_hand_match_what_the_network_matches(
    make: Callable[[Sequence[Rule]], Ask], rules: int
) -> None:
    conditions = generated_conditions(rules)
    network = Network(conditions)
    ask = make([plain_rule(condition) for condition in conditions])
    matched = 0
    for event in orders(rules, seed=4, count=200):
        masks = network.match(event)
        assert [ask(fact) for fact in facts_of_order(event)] == masks
        matched += sum(map(bool, masks))
    assert matched > 100
