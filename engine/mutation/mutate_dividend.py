"""The small steps of a dividend rule set: what funds its pool, when, who shares it, by which weight, up to what."""

from collections.abc import Iterator
from typing import get_args

from engine.dividend_set import Excess, FundBase, Leaving, WeightFact
from engine.money import ROUNDINGS
from engine.mutation.edits import Edit, Path, change_of, in_words, replacements
from engine.mutation.mutate_condition import condition_edits
from engine.mutation.small_steps import count_steps, date_steps, rate_steps, steps_of
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode
from engine.vocabulary import HOLDER_VOCABULARY

_WORDS: dict[Path, tuple[str, ...]] = {
    ("fund", "of"): get_args(FundBase),
    ("fund", "rounding"): ROUNDINGS,
    ("period",): ("week", "half_month", "month"),
    ("weight",): ("equal", *get_args(WeightFact)),
    ("cap_per_holder", "excess"): get_args(Excess),
    ("leaving",): get_args(Leaving),
}
_RATES: tuple[Path, ...] = (("fund", "rate"), ("cap_per_holder", "at_most"))


def dividend_edits(root: Node) -> Iterator[Edit]:
    """Every small step of what decides who gets how much, in the order of the text."""
    if not isinstance(root, MapNode):
        return
    for entry in root.entries:
        here: Path = (entry.key.text,)
        yield from _edits(entry.value, here)
        if here == ("cap_per_holder",):
            change = change_of(entry.key, here, f"cap_per_holder: {in_words(entry.value)}", "")
            yield Edit(here, None, change)


def _edits(node: Node, path: Path) -> Iterator[Edit]:
    match path, node:
        case ("holders",), _:
            yield from condition_edits(node, path, HOLDER_VOCABULARY)
        case ("fund", "when"), _:
            yield from condition_edits(node, path)
        case ("weight",), ListNode(items):
            for at, item in enumerate(items):
                yield from _class_edits(item, (*path, at), alone=len(items) == 1)
        case ("period", "days"), ScalarNode(text):
            yield from replacements(node, path, steps_of(count_steps, text))
        case ("period", "from"), ScalarNode(text):
            yield from replacements(node, path, steps_of(date_steps, text))
        case ("fund",) | ("cap_per_holder",) | ("period",), MapNode(entries):
            for entry in entries:
                yield from _edits(entry.value, (*path, entry.key.text))
        case _, ScalarNode(text) if path in _RATES:
            yield from replacements(node, path, steps_of(rate_steps, text))
        case _, ScalarNode(text):
            yield from replacements(node, path, tuple(word for word in _WORDS.get(path, ()) if word != text))


def _class_edits(node: Node, path: Path, *, alone: bool) -> Iterator[Edit]:
    """A class of weights: left out, its condition a step on, its weight one more or less."""
    if not alone:
        yield Edit(path, None, change_of(node, path, in_words(node), ""))
    if isinstance(node, MapNode):
        when, weight = node.get("when"), node.get("weight")
        if when is not None:
            yield from condition_edits(when, (*path, "when"), HOLDER_VOCABULARY)
        if isinstance(weight, ScalarNode):
            yield from replacements(weight, (*path, "weight"), steps_of(count_steps, weight.text))
