"""The network answers exactly as the plain reading does (law L10), within its bounds and beyond them."""

import gc
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import durable_rules_engine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.calendar import SHANGHAI
from engine.conditions import ALWAYS, All, Condition, Not, Test, holds
from engine.conditions import Any as Or
from engine.facts import facts_of
from engine.match import network as network_module
from engine.match import partitions, rules_engine
from engine.match.network import Network
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee, Store
from engine.vocabulary import VOCABULARY
from tests.engine.events import conditions, events
from tests.hazards.durable_rules_probe import resident_kb


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


@settings(max_examples=100, deadline=None)
@given(
    st.lists(conditions(), max_size=12), st.lists(conditions(), max_size=12), st.lists(events, min_size=1, max_size=4)
)
def test_law_l10_holds_where_shards_are_routed_to_and_taken_over(
    before: list[Condition], further: list[Condition], happened: list[OrderEvent]
) -> None:
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr(partitions, "GUARDED", 1)
        smaller.setattr(partitions, "UNGUARDED", 2)
        smaller.setattr(partitions, "MIN_VALUES", 1)
        earlier = Network(before)
        network = Network([*further, *before], earlier)
    del earlier
    for event in happened * 2:
        assert network.match(event) == plainly([*further, *before], event)
    assert network.faults == {}


def merchants(count: int) -> list[Condition]:
    return [
        All((Test("line.merchant", "in", (f"m{index}",)), Test("line.unit_price", "at_least", (index % 90,))))
        for index in range(count)
    ]


def test_a_line_is_shown_only_to_the_shards_that_name_its_merchant() -> None:
    network = Network(merchants(2_000))
    for index in (0, 77, 1_999):
        event = an_order(a_line(merchant=f"m{index}", unit_price_fen=50))
        codes = network._read_line.codes(event.lines[0])
        assert len(network._line._reached(network._line.columns.spread(codes))) == 1
        assert network.match(event) == plainly(merchants(2_000), event)
    stranger = a_line(merchant="x")
    assert network._line._reached(network._line.columns.spread(network._read_line.codes(stranger))) == []


def test_law_l10_holds_for_dense_live_sets() -> None:
    """Hundreds of overlapping conditions: several shards, long drains, and no bound of the rules engine exceeded."""
    random = Random(20_261_001)
    facts = {
        "buyer.level": ["gold", "silver", "plain"],
        "line.category": ["snack", "snack/fried", "fruit", "fruit/pomelo"],
        "line.sku": [f"k{index}" for index in range(30)],
    }
    asked: list[Condition] = []
    for _ in range(500):
        parts: list[Condition] = [Test("line.unit_price", "at_least", (random.randrange(100),))]
        for fact, values in random.sample(sorted(facts.items()), 2):
            operator = "under" if fact == "line.category" else "in"
            parts.append(Test(fact, operator, tuple(random.sample(values, random.randint(1, 3)))))  # type: ignore[arg-type]  # both are operators
        asked.append(All(tuple(parts)) if random.random() < 0.8 else All((parts[0], Not(All(tuple(parts[1:]))))))
    network = Network(asked)
    for _ in range(30):
        event = an_order(
            Line(
                line_id="1",
                sku=random.choice(facts["line.sku"]),
                category=random.choice(facts["line.category"]),
                unit_price_fen=random.randrange(120),
                quantity=1,
            ),
            level=random.choice(facts["buyer.level"]),
        )
        assert network.match(event) == plainly(asked, event)
    assert (network.warnings, network.faults) == ((), {})


def an_order(*goods: Line, level: str | None = None, **fields: Any) -> OrderEvent:
    placed_at = datetime(2026, 10, 1, 12, tzinfo=SHANGHAI)
    return OrderEvent(order_id="o", **{"placed_at": placed_at, "lines": goods, "buyer": Buyer(level=level), **fields})


def a_line(sku: str = "k1", quantity: int = 1, **fields: Any) -> Line:
    return Line(line_id="1", sku=sku, quantity=quantity, **{"unit_price_fen": 1_000, **fields})


GOLD = Test("buyer.level", "in", ("gold",))
MANY = Test("line.quantity", "at_least", (3,))
SKU = Test("line.sku", "in", ("k1", "k2"))
SMALL_SET: list[Condition] = [GOLD, MANY, All((GOLD, SKU)), Or((GOLD, MANY)), ALWAYS, Not(SKU)]
ORDERS = [
    an_order(a_line(), a_line("k9", 5), level="gold"),
    an_order(a_line("k9"), a_line("k2", 3), level="plain"),
    an_order(a_line("k1", 7)),
]


def test_no_conditions_and_constant_ones() -> None:
    assert Network([]).match(ORDERS[0]) == [0, 0]
    assert Network([ALWAYS, Or(), Not(Or())]).match(ORDERS[0]) == [0b101, 0b101]


def test_what_can_never_hold_together() -> None:
    asked: list[Condition] = [All((SKU, Test("line.sku", "in", ("k3",)))), Or((All((GOLD, Not(GOLD))), MANY))]
    network = Network(asked)
    for event in ORDERS:
        assert network.match(event) == plainly(asked, event)


def test_masks_of_the_halves() -> None:
    network = Network([All((GOLD, MANY)), ALWAYS])
    assert network.order_mask(ORDERS[0]) == 0b11
    assert network.order_mask(ORDERS[1]) == 0b10
    assert [network.line_mask(line) for line in ORDERS[0].lines] == [0b10, 0b11]
    assert [network.line_mask(line) for line in ORDERS[0].lines] == [0b10, 0b11]


def test_what_the_clock_says_is_remembered_apart_from_who_buys() -> None:
    late, weekend = Test("clock.time", "at_least", (1200,)), Test("clock.weekday", "in", ("sat", "sun"))
    levels = [Test("buyer.level", "in", (f"l{index}",)) for index in range(10)]
    asked: list[Condition] = [All((Or((late, weekend)), level)) for level in levels]
    asked += [Or((All((late, levels[0])), All((weekend, levels[1])))), Or((late, levels[2])), Not(late)]
    network = Network(asked)
    for hour in range(24 * 7):
        for index in range(10):
            event = an_order(
                a_line(), level=f"l{index}", placed_at=datetime(2026, 10, 1, tzinfo=SHANGHAI) + timedelta(hours=hour)
            )
            assert network.match(event) == plainly(asked, event)
    assert len(network._clock_masks) <= 2 * 7
    assert len(network._order_masks) == 10


def test_too_large_a_condition_is_read_plainly_and_named() -> None:
    pairs = [Or((Test("buyer.id", "in", (f"b{i}",)), Test("line.sku", "in", (f"k{i}",)))) for i in range(8)]
    dual = [All((Not(Test("buyer.id", "in", (f"b{i}",))), Not(Test("line.sku", "in", (f"k{i}",))))) for i in range(8)]
    asked: list[Condition] = [GOLD, All(tuple(pairs)), Not(Or(tuple(dual)))]
    network = Network(asked)
    assert [warning.split(":")[0] for warning in network.warnings] == [
        "condition 1 is read plainly",
        "condition 2 is read plainly",
    ]
    for event in ORDERS:
        assert network.match(event) == plainly(asked, event)


def test_a_rule_beyond_the_bounds_is_read_plainly_and_named() -> None:
    names = ["buyer.level", "buyer.id", "store.id", "promoter.id", "promoter.level", "leader.id", "leader.level"]
    names += ["referrer.level", "order.channel", "order.delivery", "order.region", "buyer.region", "store.region"]
    many_groups = All(tuple(Test(name, "in", ("gold", "x")) for name in names))
    asked: list[Condition] = [GOLD, Not(many_groups), All((many_groups, MANY))]
    network = Network(asked)
    assert network.warnings == ("a part of condition 2 is read plainly: it exceeds the bounds of the rules engine",)
    for event in ORDERS:
        assert network.match(event) == plainly(asked, event)


ONE = Payee(id="1", level="1", tags=("1",), region="1101", period_sales_fen=1, repeat_rate_bp=1, refund_rate_bp=1)
CHANGES: list[dict[str, Any]] = [
    {},
    {"placed_at": datetime(2026, 10, 1, 12, 1, tzinfo=SHANGHAI)},
    *({"placed_at": datetime(2026, 10, day, 12, tzinfo=SHANGHAI)} for day in range(2, 12)),
    {"channel": "live"},
    {"coupons": ("1",)},
    *({"buyer": Buyer(**one)} for one in ({"id": "1"}, {"level": "1"}, {"tags": ("1",)}, {"is_new": True})),
    *({"buyer": Buyer(**one)} for one in ({"nth_order": 1}, {"region": "1101"})),
    *({"delivery": Delivery(**one)} for one in ({"kind": "pickup"}, {"region": "1101"}, {"fee_fen": 1})),
    *({"store": Store(id="0", **one)} for one in ({}, {"region": "1101"}, {"tags": ("1",)})),
    {"store": Store(id="1")},
    *(
        {role: payee}
        for role in ("promoter", "referrer", "leader", "host")
        for payee in (
            Payee(id="0"),
            Payee(id="1"),
            Payee(id="0", level="1"),
            Payee(id="0", tags=("1",)),
            Payee(id="0", region="1101"),
            Payee(id="0", period_sales_fen=1),
            Payee(id="0", repeat_rate_bp=1),
            Payee(id="0", refund_rate_bp=1),
        )
    ),
    *({"lines": (a_line(**one),)} for one in ({"sku": "1"}, {"quantity": 2}, {"unit_price_fen": 1}, {"category": "1"})),
    *({"lines": (a_line(**one),)} for one in ({"tags": ("1",)}, {"merchant": "1"}, {"product": "1"}, {"stock": 1})),
    *({"lines": (a_line(**one),)} for one in ({"own_goods": True}, {"days_to_expiry": 1})),
    {"lines": (a_line(), a_line())},
]
"""Events that differ from the first in one attribute each."""


def test_no_cache_hides_a_change_of_one_fact() -> None:
    happened = [an_order(**{"lines": (a_line(),), **change}) for change in CHANGES]
    seen = {name: dict.fromkeys(facts_of(event, event.lines[0])(name) for event in happened) for name in VOCABULARY}
    assert [name for name, values in seen.items() if len(values) < 2] == []
    asked: list[Condition] = [
        Test(name, "in", tuple(value) if isinstance(value, frozenset) else (value,))
        for name, values in seen.items()
        for value in values
        if isinstance(value, str | int) or value
    ]
    network = Network(asked)
    for event in [*happened, *reversed(happened)]:
        assert network.match(event) == plainly(asked, event)
    assert (network.warnings, network.faults) == ((), {})


class TestFaults:
    """Whatever fails inside the rules engine, the answer is the plain one, and the fault is on record."""

    @pytest.mark.parametrize("function", ["assert_fact", "start_action_for_state", "retract_fact"])
    @pytest.mark.parametrize("error", [durable_rules_engine.error("error code: 303"), MemoryError("full")])
    def test_a_call_that_fails(self, monkeypatch: pytest.MonkeyPatch, function: str, error: Exception) -> None:
        network = Network(SMALL_SET)

        def fail(*_arguments: object) -> None:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(durable_rules_engine, function, fail)
            assert network.match(ORDERS[0]) == plainly(SMALL_SET, ORDERS[0])
        assert network.faults[str(error)] >= 1
        for event in ORDERS:  # a network that failed is not trusted again
            assert network.match(event) == plainly(SMALL_SET, event)
        assert network.faults["failed before"] >= 1
        network.close()

    @pytest.mark.parametrize(
        ("function", "answer"),
        [
            ("assert_fact", (2, 1)),
            ("start_action_for_state", ("{}", '{"unknown":{"m":{}}}')),
            ("start_action_for_state", ("{}", "")),
            ("complete_and_start_action", '{"r0":{"m":{}}}'),
        ],
    )
    def test_an_answer_that_cannot_be(self, monkeypatch: pytest.MonkeyPatch, function: str, answer: object) -> None:
        network = Network(SMALL_SET)
        with monkeypatch.context() as broken:
            broken.setattr(durable_rules_engine, function, lambda *_arguments: answer)
            assert network.match(ORDERS[0]) == plainly(SMALL_SET, ORDERS[0])
        assert network.faults

    def test_a_rule_that_nobody_knows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = Network(SMALL_SET)
        with monkeypatch.context() as broken:
            broken.setattr(durable_rules_engine, "start_action_for_state", lambda *_: ("{}", '{"r77":{"m":{}}}'))
            broken.setattr(durable_rules_engine, "complete_and_start_action", lambda *_: None)
            assert network.match(ORDERS[0]) == plainly(SMALL_SET, ORDERS[0])
        assert network.faults == {"unknown rule 'r77'": 2, "failed before": 1}

    def test_a_creation_that_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_name: str, _definition: str) -> int:
            raise durable_rules_engine.error("error code: 106")

        monkeypatch.setattr(durable_rules_engine, "create_ruleset", refuse)
        network = Network(SMALL_SET)
        assert "a part of condition 2 is read plainly: the rules engine refused it: error code: 106" in network.warnings
        for event in ORDERS:
            assert network.match(event) == plainly(SMALL_SET, event)

    def test_a_network_that_does_not_start(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(durable_rules_engine, "assert_fact", lambda _handle, _fact: (1, 1))
        network = Network(SMALL_SET)
        assert any("the priming rule did not match" in warning for warning in network.warnings)
        assert network.match(ORDERS[0]) == plainly(SMALL_SET, ORDERS[0])

    def test_an_interruption(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C between two calls leaves a half-walked state, which must not be asked again."""
        network = Network(SMALL_SET)

        def interrupt(*_arguments: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as broken:
            broken.setattr(durable_rules_engine, "complete_and_start_action", interrupt)
            with pytest.raises(KeyboardInterrupt):
                network.match(ORDERS[0])
        for event in ORDERS:
            assert network.match(event) == plainly(SMALL_SET, event)
        network.close()

    def test_a_lock_that_nobody_releases(self, monkeypatch: pytest.MonkeyPatch) -> None:
        waited: list[float] = []

        class Held:
            def acquire(self, timeout: float) -> bool:
                waited.append(timeout)
                return False

        monkeypatch.setattr(rules_engine, "LOCK_SECONDS", 1)
        network = Network(SMALL_SET)
        (loaded,) = network._order.loaded.values()
        ((_, inside),) = loaded.shards
        inside._handle.lock = Held()  # type: ignore[assignment]  # a lock that another process took along
        for event in ORDERS:
            assert network.match(event) == plainly(SMALL_SET, event)
        assert network.faults == {"another thread stayed inside": len(ORDERS)}
        assert waited == [1]  # nobody waits for it twice
        network.close()


def counted(monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[int]]:
    """Handles that the rules engine makes and frees from now on."""
    made: list[int] = []
    freed: list[int] = []
    create, delete = durable_rules_engine.create_ruleset, durable_rules_engine.delete_ruleset

    def making(name: str, definition: str) -> int:
        made.append(create(name, definition))
        return made[-1]

    def freeing(handle: int) -> None:
        freed.append(handle)
        delete(handle)

    monkeypatch.setattr(durable_rules_engine, "create_ruleset", making)
    monkeypatch.setattr(durable_rules_engine, "delete_ruleset", freeing)
    return made, freed


class TestLifetime:
    def test_a_closed_network_still_answers(self) -> None:
        network = Network(SMALL_SET)
        network.match(ORDERS[0])
        network.close()
        network.close()
        for event in ORDERS:
            assert network.match(event) == plainly(SMALL_SET, event)

    def test_what_is_dropped_is_freed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        gc.collect()  # what earlier tests left
        _, freed = counted(monkeypatch)
        network = Network(SMALL_SET)
        del network
        gc.collect()
        assert len(freed) == 2

    def test_reloading_does_not_grow(self) -> None:
        asked: list[Condition] = [All((Test("line.sku", "in", (f"k{index}",)), MANY)) for index in range(100)]

        def reload() -> None:
            network = Network(asked)
            assert network.match(ORDERS[2]) == [2]
            network.close()

        for _ in range(40):
            reload()
        before = resident_kb()
        for _ in range(300):
            reload()
        assert resident_kb() - before < 8_000  # 300 leaked states would be 390,000

    def test_taking_over_does_not_grow(self) -> None:
        """Rules come and go while most stay, as when rule sets are published one after the other."""
        asked = merchants(150)
        network = Network(asked)

        def publish(number: int) -> Network:
            fresh = Network([*asked, All((asked[number % 150], MANY))], network)
            event = an_order(a_line(merchant=f"m{number % 150}", unit_price_fen=95, quantity=3))
            assert fresh.match(event) == [1 << 150 | 1 << number % 150]
            return fresh

        for number in range(60):
            network = publish(number)
        before = resident_kb()
        for number in range(300):
            network = publish(number)
        assert resident_kb() - before < 8_000  # 300 leaked shards would be 100,000 at least

    def test_what_is_taken_over_is_not_made_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made, freed = counted(monkeypatch)
        asked = merchants(2_000)
        first = Network(asked)
        many = len(made)
        assert many > 30
        made.clear()
        second = Network([*asked[:1_000], All((asked[7], MANY)), *asked[1_000:]], first)
        assert len(made) == 1  # the shard of the merchant whose rule came
        third = Network(asked[1:], second)
        assert len(made) <= 4
        assert freed == []
        event = an_order(a_line(merchant="m7", unit_price_fen=50, quantity=4))
        first.close()
        second.close()
        assert 0 < len(freed) <= 4  # what only they asked
        assert third.match(event) == plainly(asked[1:], event)
        assert second.match(event) == plainly([*asked[:1_000], All((asked[7], MANY)), *asked[1_000:]], event)
        third.close()
        assert len(freed) == many + len(made)

    def test_what_failed_is_not_taken_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        network = Network(SMALL_SET)

        def fail(*_arguments: object) -> None:
            raise durable_rules_engine.error("error code: 303")

        with monkeypatch.context() as broken:
            broken.setattr(durable_rules_engine, "assert_fact", fail)
            network.match(ORDERS[0])
        assert network.faults
        again = Network(SMALL_SET, network)
        assert [again.match(event) for event in ORDERS] == [plainly(SMALL_SET, event) for event in ORDERS]
        assert again.faults == {}

    def test_caches_are_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(network_module, "CACHE_LIMIT", 50)
        network = Network(SMALL_SET)
        for index in range(200):
            event = an_order(a_line(f"k{index}", index + 1), level=f"l{index}")
            assert network.match(event) == plainly(SMALL_SET, event)
        assert len(network._raw_line_masks) <= 50


class TestConcurrency:
    def test_threads_get_the_same_answers(self) -> None:
        asked: list[Condition] = [
            All((Test("line.sku", "in", (f"k{index % 40}",)), Test("line.quantity", "at_least", (index % 7,))))
            for index in range(200)
        ]
        network = Network(asked)
        orders = [an_order(a_line(f"k{index}", quantity)) for index in range(45) for quantity in (1, 4, 9)]
        expected = [plainly(asked, event) for event in orders]
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            with ThreadPoolExecutor(4) as pool:
                for _ in range(4):
                    network._line_masks.clear()
                    network._raw_line_masks.clear()
                    for found in pool.map(lambda _n: list(map(network.match, orders)), range(4)):
                        assert found == expected
        finally:
            sys.setswitchinterval(interval)
        assert network.faults == {}

    def test_a_forked_process_gets_the_same_answers(self) -> None:
        """In a process of its own: forking one that runs other tests and their threads would prove nothing."""
        program = "from tests.engine.test_network import ask_in_forks; ask_in_forks()"
        root = Path(__file__).parents[2]
        done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def ask_in_forks() -> None:
    network = Network(SMALL_SET)
    network.match(ORDERS[0])
    with get_context("fork").Pool(2, initializer=_inherit, initargs=(network,)) as pool:
        assert pool.map(_match_inherited, ORDERS * 5) == [plainly(SMALL_SET, event) for event in ORDERS * 5]
    assert network.match(ORDERS[1]) == plainly(SMALL_SET, ORDERS[1])
    assert network.faults == {}


_inherited: list[Network] = []


def _inherit(network: Network) -> None:
    _inherited.append(network)


def _match_inherited(event: OrderEvent) -> list[int]:
    return _inherited[0].match(event)
