"""`when` and `items` as condition trees: every value in the one form that facts have (docs/rule-language.md).

Regions become prefix paths, times minutes, dates ordinals, lunar dates month*100+day; value lists are sorted and
without doubles, so that equal conditions are equal trees.
"""

from collections.abc import Callable, Iterator, Mapping

from engine.builder.reader import Field
from engine.builder.values import read_day, read_lunar, read_percent, read_region, read_time
from engine.conditions import ALWAYS, All, Any, Condition, Not, Operator, Test, Value, all_of, tests_of
from engine.text.nodes import ListNode, MapNode
from engine.vocabulary import CLOCK_EVE, VOCABULARY, Fact

MAX_LEAVES = 200
MAX_NESTING = 8
MINUTES_OF_DAY = 24 * 60

_COMPARISONS: tuple[Operator, ...] = ("at_least", "more_than", "at_most", "less_than")


def build_condition(field: Field | None, vocabulary: Mapping[str, Fact] = VOCABULARY) -> Condition:
    """The condition of a `when` or `items` field; `always` when it is not given or its shape is already refused.

    `vocabulary` holds the facts by the keys that name them; the schema lets no others through.
    """
    if field is None or not field.sound:
        return ALWAYS
    tree = _condition(field, 0, vocabulary)
    leaves = len(tests_of(tree))
    if leaves > MAX_LEAVES:
        field.report("R314", leaves=leaves, limit=MAX_LEAVES)
    return tree


def facts_named(field: Field | None) -> Iterator[tuple[Field, str]]:
    """Every (mapping, fact) that a `when` names, nested ones included."""
    if field is None:
        return
    for key, value in field.entries():
        if key in ("any", "all"):
            for item in value.items():
                yield from facts_named(item)
        elif key == "not":
            yield from facts_named(value)
        else:
            yield field, key


def _condition(field: Field, nesting: int, vocabulary: Mapping[str, Fact]) -> Condition:
    if not isinstance(field.node, MapNode):
        return ALWAYS
    if nesting > MAX_NESTING:
        field.report("R315", limit=MAX_NESTING)
        return ALWAYS
    parts: list[Condition] = []
    night: tuple[int, int] | None = None
    for key, value in field.entries():
        if key == "any":
            options = tuple(_condition(item, nesting + 1, vocabulary) for item in value.items())
            parts.append(options[0] if len(options) == 1 else Any(options))
        elif key == "all":
            parts.extend(_condition(item, nesting + 1, vocabulary) for item in value.items())
        elif key == "not":
            parts.append(Not(_condition(value, nesting + 1, vocabulary)))
        else:
            window = _crossing(value) if key == "clock.time" else None
            night = window or night
            parts.append(_fact_test(vocabulary[key], value, without_window=window is not None))
    return all_of(*parts) if night is None else _over_midnight(night, parts)


# --- one fact -----------------------------------------------------------------------------------------------------


def _fact_test(fact: Fact, field: Field, *, without_window: bool) -> Condition:
    if not isinstance(field.node, MapNode):
        return Test(fact.name, "in", _values(fact, field))
    parts: list[Condition] = []
    for operator, value in field.entries():
        match operator:
            case "in":
                parts.append(Test(fact.name, "in", _values(fact, value)))
            case "not_in":
                parts.append(Not(Test(fact.name, "in", _values(fact, value))))
            case "under":
                parts.append(Test(fact.name, "under", _values(fact, value)))
            case "exists":
                present = Test(fact.name, "exists")
                parts.append(present if value.true() else Not(present))
            case "from":
                if not without_window:
                    parts.append(_window(fact, field))
            case "until":
                pass  # read together with `from`
            case _:
                parts.extend(Test(fact.name, name, _values(fact, value)) for name in _COMPARISONS if name == operator)
    return all_of(*parts)


def _values(fact: Fact, field: Field) -> tuple[Value, ...]:
    one_value = _READ[fact.type]
    fields = field.items() if isinstance(field.node, ListNode) else [field]
    return tuple(sorted({one_value(one) for one in fields}))


_READ: dict[str, Callable[[Field], Value]] = {
    "text": Field.text,
    "texts": Field.text,
    "path": Field.text,
    "paths": Field.text,
    "weekday": Field.text,
    "region": lambda field: field.read(read_region, ""),
    "money": Field.money,
    "integer": Field.integer,
    "rate": lambda field: field.read(read_percent, 0),
    "boolean": Field.true,
    "time": lambda field: field.read(read_time, 0),
    "date": lambda field: field.read(read_day, 1),
    "lunar": lambda field: field.read(read_lunar, 0),
}


# --- windows ------------------------------------------------------------------------------------------------------


def _bounds(fact: Fact, field: Field) -> tuple[int, int] | None:
    """`from` and `until` of a window as numbers; None, reported, when it is empty or runs backwards."""
    ends = [value for key in ("from", "until") if (value := field.get(key)) is not None]
    if len(ends) != 2:
        return None
    start, end = (_READ[fact.type](one) for one in ends)
    assert isinstance(start, int)
    assert isinstance(end, int)
    if fact.type == "time" and end == 0:
        end = MINUTES_OF_DAY
    backwards = end < start and fact.type == "date"
    if start == end or backwards or (fact.type == "time" and start == MINUTES_OF_DAY):
        field.report("R313", start=ends[0].text(), end=ends[1].text())
        return None
    return start, end


def _window(fact: Fact, field: Field) -> Condition:
    bounds = _bounds(fact, field)
    if bounds is None:
        return ALWAYS
    late, early = Test(fact.name, "at_least", (bounds[0],)), Test(fact.name, "less_than", (bounds[1],))
    return All((late, early)) if bounds[0] < bounds[1] else Any((late, early))


def _crossing(field: Field) -> tuple[int, int] | None:
    """The window of a `clock.time` test that runs over midnight, else None."""
    if not isinstance(field.node, MapNode) or not (field.has("from") and field.has("until")):
        return None
    start, end = (_READ["time"](field.need(key)) for key in ("from", "until"))
    assert isinstance(start, int)
    assert isinstance(end, int)
    return (start, end) if 0 < end < start < MINUTES_OF_DAY else None


def _over_midnight(night: tuple[int, int], parts: list[Condition]) -> Condition:
    """A window over midnight belongs to the day it starts on: after midnight the day tests look at the day before."""
    late, early = Test("clock.time", "at_least", (night[0],)), Test("clock.time", "less_than", (night[1],))
    day_parts = [part for part in parts if _follows_window(part)]
    rest = [part for part in parts if not _follows_window(part)]
    evening = all_of(late, *day_parts)
    morning = all_of(early, *(on_the_eve(part) for part in day_parts))
    return all_of(*rest, Any((evening, morning)))


def _follows_window(part: Condition) -> bool:
    """Whether a part tests the day and has no time of its own (a nested one with a time keeps its own day)."""
    facts = {test.fact for test in tests_of(part)}
    return "clock.time" not in facts and not facts.isdisjoint(CLOCK_EVE)


def on_the_eve(part: Condition) -> Condition:
    """A test of the day as a test of the day before."""
    match part:
        case Test(fact, operator, values):
            return Test(CLOCK_EVE.get(fact, fact), operator, values)
        case All(parts):
            return All(tuple(on_the_eve(one) for one in parts))
        case Any(parts):
            return Any(tuple(on_the_eve(one) for one in parts))
        case Not(inner):
            return Not(on_the_eve(inner))
