"""The small steps of a level rule set: thresholds, protections, and how far one goes up or down.

`window`, `review_after_days` and `of` say which figures are counted and of whom; cases state the figures, so these are
not changed here.  The start of the set decides which periods it reviews: a day later, one less; a day earlier, no more.
"""

from collections.abc import Callable, Iterator

from engine.mutation.edits import Edit, Path, replacements
from engine.mutation.small_steps import Texts, count_steps, instant_steps, money_steps, rate_steps, steps_of
from engine.text.nodes import ListNode, MapNode, Node, ScalarNode

_WORDS: dict[str, Texts] = {
    "promotion": ("one_step", "highest"),
    "demotion": ("one_step", "to_what_holds"),
    "period": ("week", "half_month", "month"),
}
_STEPS: dict[str, Callable[[str], Texts]] = {
    "sales": money_steps,
    "orders": count_steps,
    "refund_rate": rate_steps,
    "repeat_rate": rate_steps,
}


def level_edits(root: Node) -> Iterator[Edit]:
    """Every small step of a level document, in the order of the text."""
    for entry in root.entries if isinstance(root, MapNode) else ():
        key, node = entry.key.text, entry.value
        if key == "effective_from" and isinstance(node, ScalarNode):
            yield from replacements(node, (key,), steps_of(instant_steps, node.text)[:1])
        elif key in _WORDS and isinstance(node, ScalarNode):
            yield from replacements(node, (key,), tuple(word for word in _WORDS[key] if word != node.text))
        elif key in ("probation", "grace") and isinstance(node, ScalarNode):
            yield from replacements(node, (key,), steps_of(count_steps, node.text))
        elif key == "levels" and isinstance(node, ListNode):
            for at, level in enumerate(node.items):
                yield from _threshold_edits(level, ("levels", at))


def _threshold_edits(level: Node, path: Path) -> Iterator[Edit]:
    for purpose in ("reach", "keep"):
        asked = level.get(purpose) if isinstance(level, MapNode) else None
        for entry in asked.entries if isinstance(asked, MapNode) else ():
            for bound in entry.value.entries if isinstance(entry.value, MapNode) else ():
                step = _STEPS.get(entry.key.text)
                if step is not None and isinstance(bound.value, ScalarNode):
                    here = (*path, purpose, entry.key.text, bound.key.text)
                    yield from replacements(bound.value, here, steps_of(step, bound.value.text))
