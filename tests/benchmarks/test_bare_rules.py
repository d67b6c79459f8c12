"""What the matching layer is measured against must match the same."""

from benchmarks.bare_rules import BareRules
from benchmarks.demo_rules import demo_rules
from benchmarks.orders import SEASON, odd


def test_bare_rules_match_what_the_network_matches() -> None:
    live = demo_rules(SEASON)
    bare = BareRules(live.conditions)
    for event in odd(seed=4, count=300):
        assert bare.match(event) == live.network.match(event)
