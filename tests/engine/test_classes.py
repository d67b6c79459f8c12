"""Value classes: codes tell apart exactly what tests can tell apart, and comparisons of properties mean the test."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.conditions import FactValue, Test, Value
from engine.conditions import leaf_holds as passes
from engine.match.classes import MAX_CHOICES, MEMO_LIMIT, Columns, Step
from engine.match.factoring import Literal
from engine.match.readers import MEMORY_LIMIT, OrderReader, reading_order
from engine.order import Buyer, Line, OrderEvent
from engine.vocabulary import INTEGER_TYPES, VOCABULARY, fact_of

FACTS = ["buyer.level", "buyer.is_new", "order.region", "line.category", "order.coupons", "order.categories"]
FACTS += ["order.list_total", "clock.time", "clock.weekday"]
WORDS = [f"w{index}" for index in range(60)]
PATHS = [f"a{top}/b{middle}/c{index}" for top in range(3) for middle in range(3) for index in range(5)]
PATHS += ["a0", "a1", "a0/b0", "a0/b1", "a", "a0/", "/x", ""]


def drawn_values(fact: str) -> st.SearchStrategy[Value]:
    kind = fact_of(fact).type
    if kind in INTEGER_TYPES:
        return st.integers(-2, 60) | st.sampled_from([2**63, 10**30])
    if kind == "boolean":
        return st.booleans()
    return st.sampled_from(PATHS if kind in ("path", "paths", "region") else WORDS)


def drawn_facts(fact: str) -> st.SearchStrategy[FactValue]:
    values = drawn_values(fact)
    if fact_of(fact).type in ("texts", "paths"):
        return st.none() | st.frozensets(values, max_size=3)  # type: ignore[arg-type]  # texts
    return st.none() | values


@st.composite
def literals(draw: st.DrawFn, fact: str) -> Literal:
    kind = fact_of(fact).type
    operators = ["in", "exists"]
    operators += ["at_least", "more_than", "at_most", "less_than"] if kind in INTEGER_TYPES else []
    operators += ["under"] if kind in ("path", "paths", "region") else []
    operator = draw(st.sampled_from(operators))
    one = operator not in ("in", "under", "exists")
    values = draw(st.lists(drawn_values(fact), min_size=int(one), max_size=1 if one else 50))
    test = Test(fact, operator, () if operator == "exists" else tuple(values))  # type: ignore[arg-type]  # drawn above
    return Literal(test, draw(st.booleans()))


def satisfied(step: Step, value: int) -> bool:
    match step.operator:
        case "==":
            return value in step.values
        case "!=":
            return value != step.values[0]
        case ">=":
            return value >= step.values[0]
        case "<":
            return value < step.values[0]


@given(st.data())
def test_comparisons_of_properties_mean_the_test(data: st.DataObject) -> None:
    fact = data.draw(st.sampled_from(FACTS))
    asked = data.draw(st.lists(literals(fact), min_size=1, max_size=8))
    columns = Columns([tuple(asked)], lambda _fact: 0)
    for value in data.draw(st.lists(drawn_facts(fact), min_size=1, max_size=8)):
        codes = [column.encode(value) for column in columns.all]
        properties = dict(zip(columns.properties, columns.spread(codes), strict=True))
        for literal in asked:
            steps = columns.steps((literal,))
            assert all(len(step.values) <= MAX_CHOICES for step in steps)
            found = all(satisfied(step, properties[step.property]) for step in steps)
            assert found is (passes(literal.test, value) is literal.wanted), (literal, value)


def codes_of(fact: str, tests: list[Test], values: list[FactValue]) -> list[tuple[int, ...]]:
    columns = Columns([tuple(Literal(test) for test in tests)], lambda _fact: 0)
    return [tuple(column.encode(value) for column in columns.all) for value in values]


def test_amounts_between_thresholds_fall_together() -> None:
    tests = [Test("order.list_total", "at_least", (5_000,)), Test("order.list_total", "less_than", (8_000,))]
    low, also_low, middle, high, highest, absent = codes_of(
        "order.list_total", tests, [0, 4_999, 5_000, 8_000, 10**30, None]
    )
    assert low == also_low
    assert high == highest
    assert len({low, middle, high, absent}) == 4


def test_texts_that_no_test_names_fall_together() -> None:
    named, other, another, absent = codes_of("line.sku", [Test("line.sku", "in", ("k1",))], ["k1", "k2", "k3", None])
    assert other == another
    assert len({named, other, absent}) == 3


def test_paths_fall_to_the_deepest_named_root() -> None:
    tests = [Test("line.category", "under", ("snack",)), Test("line.category", "under", ("snack/fried",))]
    paths: list[FactValue] = ["snack", "snack/baked", "snack/fried", "snack/fried/tofu", "snacks", "fruit"]
    top, baked, fried, tofu, snacks, fruit = codes_of("line.category", tests, paths)
    assert top == baked
    assert fried == tofu
    assert snacks == fruit
    assert len({top, fried, fruit}) == 3


def test_a_path_may_begin_with_a_slash() -> None:
    tests = [Test("line.category", "under", ("",))]
    below, not_below = codes_of("line.category", tests, ["/x", "x"])
    assert below != not_below


def test_sets_fall_together_by_the_tests_they_pass() -> None:
    tests = [Test("order.coupons", "in", ("A",)), Test("order.coupons", "in", ("B", "C"))]
    sets: list[FactValue] = [frozenset("A"), frozenset("AX"), frozenset("B"), frozenset("BC"), frozenset(), None]
    a, ax, b, bc, none, absent = codes_of("order.coupons", tests, sets)
    assert a == ax
    assert b == bc
    assert none == absent  # nothing that is asked tells them apart
    assert len({a, b, none}) == 3


def test_what_columns_remember_is_bounded() -> None:
    columns = Columns([(Literal(Test("line.category", "under", ("snack",))),)], lambda _fact: 0)
    (column,) = columns.all
    for index in range(2 * MEMO_LIMIT + 5):
        assert column.encode(f"other/{index}") == 1
    assert len(column.encode.__self__) <= MEMO_LIMIT  # type: ignore[attr-defined]  # the memo's own method


def test_every_fact_of_the_vocabulary_can_be_asked() -> None:
    for fact in VOCABULARY:
        columns = Columns([(Literal(Test(fact, "exists")),)], lambda _fact: 0)
        assert [column.fact for column in columns.all] == [fact]


def test_what_readers_remember_is_bounded() -> None:
    level = Literal(Test("buyer.level", "in", ("gold",)))
    reader = OrderReader(Columns([(level, Literal(Test("clock.weekday", "in", ("mon",))))], reading_order))
    noon = datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)
    line = Line(line_id="1", sku="k", unit_price_fen=1, quantity=1)
    for index in range(MEMORY_LIMIT + 5):
        buyer = Buyer(level=f"l{index}")
        event = OrderEvent(order_id="o", placed_at=noon + timedelta(days=index), lines=(line,), buyer=buyer)
        assert reader.codes(event)[0] == 1
    assert max(len(reader._attributes[0].known), len(reader._codes_of_day)) <= MEMORY_LIMIT
