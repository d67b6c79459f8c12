"""Mutants of a rule set: documents that differ from it in one small step.

One threshold a fen further, one rate a point higher, one operator strict instead of inclusive, one scope wider, one
policy another: each is a document of its own whose nodes keep the places of the text they stand for.  What the cases
beside a rule set do not tell from it, they do not test.

Left alone are names and texts, and in the body of a template the placeholders, whose values are the answers of each
case; the questions that ask for them are changed in `mutate_question`.
"""

from collections.abc import Iterator
from itertools import chain

import msgspec

from engine.campaigns.placeholder import has_marks
from engine.mutation.edits import Change, Edit, Path, change_of, replacements, text_of, with_node
from engine.mutation.mutate_condition import condition_edits
from engine.mutation.mutate_dividend import dividend_edits
from engine.mutation.mutate_level import level_edits
from engine.mutation.mutate_question import question_edits
from engine.mutation.mutate_settlement import settlement_edits
from engine.mutation.small_steps import (
    RATE_TEXT,
    Texts,
    count_steps,
    instant_steps,
    money_steps,
    rate_steps,
    steps_of,
    text_steps,
)
from engine.text.document import content_hash
from engine.text.nodes import Document, ListNode, MapNode, Node, ScalarNode
from engine.vocabulary import VOCABULARY

__all__ = ["POLICIES", "Change", "Mutant", "mutants"]


class Mutant(msgspec.Struct, frozen=True):
    """A document with one change in it, and a content hash of its own."""

    change: Change
    document: Document


POLICIES = (
    "base",
    "threshold_on",
    "rounding",
    "remainder",
    "on_partial_return",
    "discount_on",
    "funded_by",
    "choose",
    "mode",
    "vat",
)
"""Keys of the head of a rule set that decide figures."""
PERIOD = ("effective_from", "effective_until")
"""Keys of the head that say when it stands."""

_ENDS = ("{{ effective_until }}", "{{ effective_until_noon }}")
"""The two ends that a template may give its campaigns."""

_WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "base": (("original", "running"), ("paid_goods", "list", "margin", "delivery_fee")),
    "threshold_on": (("original", "running"),),
    "on_partial_return": (("keep_share", "retest_threshold"),),
    "discount_on": (("group", "targets"),),
    "funded_by": (("merchant", "platform"),),
    "on_cancel": (("give_back", "keep"),),
    "choose": (("first", "best", "all", "only"),),
    "vat": (("included", "excluded"),),
    "excess": (("scale", "refuse"),),
    "per": (("total", "buyer", "store"), ("order", "line", "unit", "block")),
    "period": (("ever", "day", "week", "month"),),
    "at_edge": (("refuse", "part"),),
    "measure": (("money", "units"),),
    "order": (("dearest_first", "cheapest_first", "as_listed"),),
    "pick": (("cheapest", "dearest"),),
    "among": (("any_matched", "same_sku"),),
    "partial": (("nothing", "give"),),
    "round": (("discount", "price"),),
    "mode": (("flat", "marginal"), ("difference", "stacked")),
    "if_absent": (("nobody", "others"),),
    "metric": (("line", "order"),),
    "to": (("promoter", "leader"), ("referrer", "leader")),
}
"""Choice keys: every other word of the first list that has the word written."""

_STACKING = ("competing", "combinable", "exclusive")

_NEXT_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "rounding": {
        "half_up": ("half_down", "down"),
        "half_down": ("half_up", "down"),
        "half_even": ("half_up", "half_down"),
        "up": ("half_up",),
        "down": ("half_up",),
    },
    "remainder": {"largest": ("first",), "first": ("last",), "last": ("first",)},
}
"""Policies with nearest words: the rounding that differs at a tie or one fen down, the remainder to another line."""

_COUNTS = frozenset({"times", "targets", "count", "quantity", "units", "uses", "units_per_line"})
_MONEY = frozenset({"amount_off", "price", "floor", "cap", "amount", "at_most", "at_least", "every"})
_CONDITIONS = frozenset({"when", "items"})
_LEFT_ALONE = frozenset({"id", "title", "title_en", "label", "type", "needs", "priority"})


def mutants(document: Document) -> Iterator[Mutant]:
    """Every mutant of a rule set, or of a template's questions and `campaign`, in the order of the text.

    Some do not build (a tier past the next one): whoever builds them finds out.
    """
    body: Node | None = document.root
    start: Path = ()
    edits: Iterator[Edit] = iter(())
    if document.kind == "template" and isinstance(document.root, MapNode):
        body, start = document.root.get("campaign"), ("campaign",)
        edits = question_edits(document.root.get("questions"), ("questions",))
    elif document.kind == "dividend":
        edits = dividend_edits(document.root)
    elif document.kind == "level":
        body, edits = None, level_edits(document.root)
    elif document.kind == "settlement":
        edits = settlement_edits(document.root)
    for edit in chain(edits, _set_edits(body, start)):
        root = with_node(document.root, edit.path, edit.node)
        mark = f"{document.content_hash} {edit.change.pointer} {edit.change.old} {edit.change.new}"
        yield Mutant(edit.change, Document(document.file, root, content_hash(mark)))


# --- what can change --------------------------------------------------------------------------------------------------


def _set_edits(body: Node | None, path: Path) -> Iterator[Edit]:
    if not isinstance(body, MapNode):
        return
    for entry in body.entries:
        key, here = entry.key.text, (*path, entry.key.text)
        if key in POLICIES:
            yield from _scalar_edits(key, entry.value, here, counts_units=False)
        elif key in PERIOD and isinstance(entry.value, ScalarNode):
            yield from _period_edits(entry.value, here)
        elif key in ("rules", "ceiling"):
            yield from _edits(entry.value, here, counts_units=False)
        if key == "rules" and isinstance(entry.value, ListNode):
            yield from _priority_edits(entry.value, here)


def _period_edits(node: ScalarNode, path: Path) -> Iterator[Edit]:
    """A start or end a step on; of a template's campaigns, the other end."""
    if node.text in _ENDS:
        yield from replacements(node, path, tuple(end for end in _ENDS if end != node.text))
    elif not has_marks(node.text):
        yield from replacements(node, path, steps_of(instant_steps, node.text))


def _priority_edits(rules: ListNode, path: Path) -> Iterator[Edit]:
    """Each written priority just past the next one of another rule, up and down: nothing less changes the order."""
    written = [rule.get("priority") if isinstance(rule, MapNode) else None for rule in rules.items]
    numbers = [int(text_of(node)) if text_of(node).isdecimal() else 0 for node in written]
    for at, node in enumerate(written):
        if isinstance(node, ScalarNode) and not has_marks(node.text):
            above = [other + 1 for other in numbers if other > numbers[at]]
            below = [other - 1 for other in numbers if 0 < other < numbers[at]]
            steps = [*([min(above)] if above else []), *([max(below)] if below else [])]
            yield from replacements(node, (*path, at, "priority"), tuple(map(str, steps)))


def _edits(node: Node, path: Path, *, counts_units: bool) -> Iterator[Edit]:
    """The edits of a node that is no condition. `counts_units`: thresholds below here count units, not money."""
    match node:
        case ListNode(items):
            for at, item in enumerate(items):
                if isinstance(item, ScalarNode):
                    yield from replacements(item, (*path, at), steps_of(text_steps, item.text))
                else:
                    yield from _edits(item, (*path, at), counts_units=counts_units)
        case MapNode(entries):
            counts = _counts_units(node, counts_units)
            for entry in entries:
                key, here = entry.key.text, (*path, entry.key.text)
                if key in _LEFT_ALONE:
                    continue
                if key == "stacking":
                    yield from _stacking_edits(node, entry.value, here)
                    continue
                if key in _CONDITIONS:
                    yield from condition_edits(entry.value, here)
                elif isinstance(entry.value, ScalarNode):
                    yield from _scalar_edits(key, entry.value, here, counts_units=counts)
                else:
                    yield from _edits(entry.value, here, counts_units=counts)


def _stacking_edits(rule: MapNode, node: Node, path: Path) -> Iterator[Edit]:
    """Every other word; but gifts and the fee are no goods to compete for, so there only the worlds can change."""
    give = rule.get("give")
    benefits = give.items if isinstance(give, ListNode) else ()
    types = {text_of(one.get("type")) for one in benefits if isinstance(one, MapNode)}
    words: Texts = _STACKING
    if types <= {"gift", "shipping_discount"}:
        words = ("competing",) if text_of(node) == "exclusive" else ("exclusive",)
    if isinstance(node, ScalarNode) and not has_marks(node.text):
        yield from replacements(node, path, tuple(word for word in words if word != node.text))


def _counts_units(node: MapNode, outer: bool) -> bool:
    """Whether `at_least` and `every` of a mapping (a benefit, or the tiers of a commission) count units."""
    benefit, measure, metric = (text_of(node.get(key)) for key in ("type", "measure", "metric"))
    if benefit:
        return benefit != "order_discount" or measure == "units"
    if metric in VOCABULARY:
        return VOCABULARY[metric].type != "money"
    return outer


def _scalar_edits(key: str, node: Node, path: Path, *, counts_units: bool) -> Iterator[Edit]:
    if not isinstance(node, ScalarNode) or has_marks(node.text):
        return
    if node.text == "true":
        yield Edit(path, None, change_of(node, path, f"{key}: true", ""))
    else:
        yield from replacements(node, path, _value_steps(key, node.text, counts_units=counts_units))


def _value_steps(key: str, text: str, *, counts_units: bool) -> Texts:
    if key in _NEXT_WORDS:
        return _NEXT_WORDS[key].get(text, ())
    if key == "metric" and text in VOCABULARY:
        return ("line", "order")
    if key == "to" and text.startswith("pool:"):
        return text_steps(text)
    if key in _WORDS:
        words = next((words for words in _WORDS[key] if text in words), ())
        return tuple(word for word in words if word != text)
    if RATE_TEXT.fullmatch(text):
        return steps_of(rate_steps, text)
    if key in _COUNTS or (counts_units and key in ("at_least", "every")):
        return steps_of(count_steps, text)
    if key in _MONEY:
        return steps_of(money_steps, text)
    return text_steps(text) if key == "sku" else ()
