"""The inputs that durable-rules cannot bear, put to a `Network`: the answers are those of the plain reading.

Run by `test_network_is_safe.py`, each case in a process of its own, because a hole in the bounds may hang or crash it.
"""

from collections.abc import Callable
from datetime import datetime

from engine.calendar import SHANGHAI
from engine.conditions import All, Any, Condition, FactValue, Not, Test, Value, holds
from engine.facts import facts_of
from engine.match.network import Network
from engine.order import Buyer, Line, OrderEvent, Payee

Case = tuple[list[Condition], list[OrderEvent]]


def test(fact: str, operator: str, *values: Value) -> Test:
    return Test(fact, operator, values)  # type: ignore[arg-type]  # spelled out by each case


def order(
    level: str | None = None, promoter: Payee | None = None, coupons: tuple[str, ...] = (), **line: object
) -> OrderEvent:
    goods = {"line_id": "1", "sku": "k5", "unit_price_fen": 1_000, "quantity": 1, **line}
    return OrderEvent(
        order_id="o",
        placed_at=datetime(2026, 10, 1, 12, tzinfo=SHANGHAI),
        lines=(Line(**goods),),  # type: ignore[arg-type]  # fields of a line
        buyer=Buyer(level=level),
        promoter=promoter,
        coupons=coupons,
    )


def many_values() -> Case:
    return [test("line.sku", "in", f"k{i}") for i in range(600)], [order(sku="k5"), order(sku="k599"), order(sku="x")]


def long_any_of() -> Case:
    skus = [f"k{i}" for i in range(600)]
    conditions = [
        test("line.sku", "in", *skus),
        Not(test("line.sku", "in", *skus[1:])),
        test("line.sku", "in", *skus[:9]),
    ]
    return conditions, [order(sku="k0"), order(sku="k599"), order(sku="x")]


def equal_conditions() -> Case:
    return [test("line.sku", "in", "k5")] * 300, [order(), order(sku="x")]


def equal_after_encoding() -> Case:
    """`at least n` and `more than n - 1` are one rule of the rules engine."""
    conditions: list[Condition] = [test("line.quantity", "at_least", 5), test("line.quantity", "more_than", 4)]
    return conditions * 200, [order(quantity=4), order(quantity=5)]


def overlapping_ranges() -> Case:
    conditions: list[Condition] = [test("line.unit_price", "at_least", i) for i in range(500)]
    return conditions, [order(unit_price_fen=price) for price in (0, 64, 65, 10**12)]


def any_of_groups_sharing_a_value() -> Case:
    conditions: list[Condition] = [
        All((test("line.sku", "in", "k5", f"x{i}"), test("line.unit_price", "at_least", i))) for i in range(300)
    ]
    return conditions, [order(unit_price_fen=299), order(sku="x7", unit_price_fen=7), order(sku="x7", unit_price_fen=6)]


def many_groups_in_a_rule() -> Case:
    groups = [test("line.sku", "in", "k5", f"x{i}", f"y{i}") for i in range(30)]
    return [All(tuple(groups)), All((*groups, test("buyer.level", "in", "gold")))], [
        order(),
        order("gold"),
        order(sku="x1"),
    ]


def many_properties() -> Case:
    conditions: list[Condition] = [test("order.coupons", "in", f"c{i}") for i in range(600)]
    return conditions, [
        order(),
        order(coupons=("c0", "c599", "c599x")),
        order(coupons=tuple(f"c{i}" for i in range(200))),
    ]


def five_thousand_rules() -> Case:
    conditions: list[Condition] = [
        All((test("line.sku", "in", f"k{i % 900}"), test("line.quantity", "at_least", i // 900 + 1)))
        for i in range(5_000)
    ]
    return conditions, [order(sku="k5", quantity=3), order(sku="k899", quantity=9), order(sku="k900")]


def exclusions() -> Case:
    conditions: list[Condition] = [Not(test("line.sku", "in", f"k{i}")) for i in range(200)]
    return conditions, [order(), order(sku="k199"), order(sku="x")]


def huge_integers() -> Case:
    conditions: list[Condition] = [
        test("order.list_total", operator, bound)
        for operator in ("at_least", "more_than", "at_most", "less_than", "in")
        for bound in (2**53, 2**53 + 1, 2**63 - 1, 2**63, 10**30)
    ]
    totals = [0, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 10**30, 10**30 + 1]
    return conditions, [order(unit_price_fen=total) for total in totals]


def difficult_texts() -> Case:
    texts = [
        "",
        "中",
        "\\u4e2d",
        "a/b",
        "a\\/b",
        '"',
        "\\",
        "\n",
        "\x00",
        "\ud800",
        "😀",
        "true",
        "1",
        "null",
        "{}",
        "[]",
    ]
    long = ["x" * 65_536, "y" * 65_536, "x" * 65_541]
    conditions: list[Condition] = [test("line.sku", "in", text) for text in [*texts, *long]]
    return conditions, [order(sku=text) for text in [*texts, *long, "abc" + "x" * 65_536]]


def absent_facts() -> Case:
    tests = [
        test("buyer.level", "in", "gold"),
        test("buyer.level", "exists"),
        test("promoter.period_sales", "at_least", 100),
        test("promoter.period_sales", "less_than", 100),
        test("promoter.tags", "in", "a"),
        test("line.category", "under", "snack"),
        test("line.stock", "in", 0, 5),
    ]
    somebody = Payee(id="p", tags=("a",), period_sales_fen=100)
    return [*tests, *map(Not, tests)], [order(), order("gold", somebody, category="snack/x", stock=5)]


def two_true_branches() -> Case:
    conditions: list[Condition] = [
        Any((test("line.sku", "in", "k5"), test("line.quantity", "in", 1), test("buyer.level", "in", "gold"))),
        Any(),
        All(),
        Not(Any()),
        All((test("line.quantity", "at_least", 2), test("line.quantity", "less_than", 4))),
    ]
    return conditions, [order(), order("gold", quantity=3), order(sku="x", quantity=9)]


CASES: dict[str, Callable[[], Case]] = {
    made.__name__: made
    for made in (
        many_values,
        long_any_of,
        equal_conditions,
        equal_after_encoding,
        overlapping_ranges,
        any_of_groups_sharing_a_value,
        many_groups_in_a_rule,
        many_properties,
        five_thousand_rules,
        exclusions,
        huge_integers,
        difficult_texts,
        absent_facts,
        two_true_branches,
    )
}


def run(name: str) -> None:
    """Ask everything of one case; an answer that is not the plain one, or came about plainly, is an error."""
    conditions, events = CASES[name]()
    network = Network(conditions)
    if network.warnings:
        raise AssertionError(network.warnings)
    for event in events:
        (mask,) = network.match(event)
        known: dict[str, FactValue] = {}
        look_up = facts_of(event, event.lines[0])

        def fact(
            asked: str, known: dict[str, FactValue] = known, look_up: Callable[[str], FactValue] = look_up
        ) -> FactValue:
            if asked not in known:
                known[asked] = look_up(asked)
            return known[asked]

        wrong = [index for index, one in enumerate(conditions) if bool(mask >> index & 1) is not holds(one, fact)]
        if wrong or network.faults:
            raise AssertionError((wrong, network.faults))
    network.close()
