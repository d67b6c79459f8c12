"""The small steps of a settlement rule set: the window after sale, the period, the least amount."""

from collections.abc import Callable, Iterator

from engine.mutation.edits import Edit, replacements
from engine.mutation.small_steps import Texts, count_steps, money_steps, steps_of
from engine.text.nodes import MapNode, Node, ScalarNode

_PERIODS = ("week", "half_month", "month")
_STEPS: dict[str, Callable[[str], Texts]] = {"release_after_days": count_steps, "least": money_steps}


def settlement_edits(root: Node) -> Iterator[Edit]:
    """Every small step of what decides when money is released and settled, in the order of the text."""
    for entry in root.entries if isinstance(root, MapNode) else ():
        key, node = entry.key.text, entry.value
        if not isinstance(node, ScalarNode):
            continue
        if key in _STEPS:
            yield from replacements(node, (key,), steps_of(_STEPS[key], node.text))
        elif key == "period":
            yield from replacements(node, (key,), tuple(word for word in _PERIODS if word != node.text))
