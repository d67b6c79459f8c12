"""What matching is measured against must answer the same."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks.generated_rules import orders
from benchmarks.peer_rules import Clause, Rule, facts_of_order, generated_conditions, infix, plain_rule
from benchmarks.peer_zen import cell
from benchmarks.peers_by_hand import Ask, bitset, hash_index, if_chain
from engine.match.network import Network


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


def test_rules_are_written_for_others_as_they_stand() -> None:
    rule = (
        Clause("merchant", "any_of", ("m1", "m2")),
        Clause("unit_price", "at_least", (500,)),
        Clause("unit_price", "less_than", (900,)),
        Clause("tags", "has", ("t1",)),
    )
    prices = "unit_price >= 500 and unit_price < 900"
    assert infix(rule, "and", "or") == f'(merchant == "m1" or merchant == "m2") and {prices} and "t1" in tags'
    assert infix(rule[:1], "&&", "||", "#.") == '(#.merchant == "m1" || #.merchant == "m2")'
    cells = {name: cell(rule, name) for name in ("merchant", "unit_price", "tags", "channel")}
    assert cells == {
        "merchant": '"m1", "m2"',
        "unit_price": "$ >= 500 and $ < 900",
        "tags": '"t1" in $',
        "channel": "",
    }
