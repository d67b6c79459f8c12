"""The network answers exactly as the plain reading does (law L10), within its bounds and beyond them."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conditions import Condition, holds
from engine.facts import facts_of
from engine.network import Network
from engine.order import OrderEvent
from tests.engine.events import conditions, events


def plainly(asked: Sequence[Condition], event: OrderEvent) -> list[int]:
    """What `Network.match` has to answer."""
    return [
        sum(1 << index for index, condition in enumerate(asked) if holds(condition, facts_of(event, line)))
        for line in event.lines
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(conditions(), max_size=12), st.lists(events, min_size=1, max_size=6))
def test_law_l10_network_equals_plain_reading(asked: list[Condition], happened: list[OrderEvent]) -> None:
    network = Network(asked)
    for event in happened * 2:  # cold, then from the caches
        assert network.match(event) == plainly(asked, event)
    assert network.faults == {}
