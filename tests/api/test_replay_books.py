"""Books that can fail to balance, orders kept without loss, sales found again, rules looked up when they change."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.commands.replay import run_log
from api.replay import runner
from api.replay.json_lines import read_json_lines
from api.replay.orders_kept import OrdersKept, OrderTwice
from api.replay.sold import Portion, Sold
from api.replay.tables import findings
from engine.calendar import SHANGHAI
from engine.clawback import refund, untouched
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.journal.flows import entry_postings, sale_postings
from engine.journal.order_book import OrderBook, standing
from engine.ledger import Posting
from engine.live import LiveRules, compile_live
from engine.order import Evaluation, OrderEvent, RefundEvent, ReturnedLine
from engine.ruleset import RuleSet
from storage import live_book
from storage.demo_orders import generate, lines_of
from storage.rule_files import own_schemas, read_rule_sets
from tests.api.replay_rules import pool, promotion

RULES = Path(__file__).parents[2] / "rules"


@pytest.fixture(scope="module")
def live() -> LiveRules:
    folders = (RULES / "promotion", RULES / "commission")
    return compile_live([one for folder in folders for one in read_rule_sets(folder, own_schemas()).rule_sets])


@pytest.fixture(scope="module")
def orders() -> list[OrderEvent]:
    events = [read_event(line, "log") for line in lines_of(generate(5, 60))]
    return [event for event in events if isinstance(event, OrderEvent)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines_of(generate(3, 80))))
    return path


def _one_fen_more(entry: Iterable[Posting]) -> tuple[Posting, ...]:
    first, *rest = entry
    return (msgspec.structs.replace(first, amount_fen=first.amount_fen + 1), *rest)


def test_one_fen_too_much_in_one_sale_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = (promotion(), pool())
    assert run_log(log, read_json_lines, rules)["ok"]

    def planted(evaluation: Evaluation) -> tuple[Posting, ...]:
        entry = sale_postings(evaluation)
        return _one_fen_more(entry) if evaluation.event.order_id.endswith("07") else entry

    monkeypatch.setattr(runner, "sale_postings", planted)
    summary = run_log(log, read_json_lines, rules)
    assert not summary["ok"]
    assert summary["imbalance"]["accounts"] == 2
    assert sorted(summary["imbalance"]["by_account"].values()) == [-1, 1]
    assert "imbalance" in findings(summary)[0]


def test_a_lost_clawback_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        runner, "entry_postings", lambda *given: [one for one in entry_postings(*given) if one.kind != "clawback"]
    )
    summary = run_log(log, read_json_lines, (pool(),))
    assert summary["imbalance"]["by_account"]["payee:pool:all:pending"] == summary["clawbacks_by_role"]["pool:all"] > 0


def test_an_evaluation_that_changes_while_it_is_kept_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = OrdersKept._kept

    def corrupted(kept: OrdersKept, packed: bytes, refunds: bytes | None) -> OrderBook:
        evaluation, events = msgspec.structs.astuple(original(kept, packed, refunds))
        net = (evaluation.priced.net_fen[0] + 1, *evaluation.priced.net_fen[1:])
        priced = msgspec.structs.replace(evaluation.priced, net_fen=net)
        return OrderBook(msgspec.structs.replace(evaluation, priced=priced), events)

    monkeypatch.setattr(OrdersKept, "_kept", corrupted)
    assert not run_log(log, read_json_lines, (pool(),))["ok"]


def _as_kept(evaluation: Evaluation) -> Evaluation:
    """An evaluation without what only explains it."""
    return msgspec.structs.replace(
        evaluation,
        priced=msgspec.structs.replace(evaluation.priced, lost=(), runner_up_fen=None),
        accruals=tuple(msgspec.structs.replace(one, lifted_by=()) for one in evaluation.accruals),
        not_accrued=(),
    )


def test_orders_are_kept_as_refunds_need_them(live: LiveRules, orders: list[OrderEvent]) -> None:
    kept = OrdersKept()
    evaluations = [evaluate_order(event, live) for event in orders]
    for place, evaluation in enumerate(evaluations, 1):
        kept.add(evaluation, place)
    assert any(one.priced.consumption for one in evaluations)
    found = [kept.find(event.order_id) for event in orders]
    assert [one.evaluation for one in found if one is not None] == [_as_kept(one) for one in evaluations]
    assert [one.evaluation for one in kept] == [_as_kept(one) for one in evaluations]
    first = evaluations[0]
    assert found[0] is not None
    assert found[0].events == ()
    back = RefundEvent(
        refund_id="r",
        order_id=first.event.order_id,
        at=first.event.placed_at,
        lines=tuple(ReturnedLine(line_id=line.line_id, quantity=line.quantity) for line in first.event.lines),
    )
    outcome = refund(found[0].evaluation, standing(found[0]).state, back)
    assert outcome == refund(first, untouched(first), back)
    kept.returned(found[0].add(back))
    again = kept.find(first.event.order_id)
    assert again is not None
    assert again.events == (back,)
    assert standing(again).state == outcome.state
    assert kept.find("nobody's") is None
    kept.close()


@pytest.mark.parametrize("batch", [1, 500])
def test_an_order_comes_once(
    live: LiveRules, orders: list[OrderEvent], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.replay.orders_kept.BATCH", batch)
    kept = OrdersKept()
    kept.add(evaluate_order(orders[0], live), 1)
    kept.add(evaluate_order(orders[1], live), 2)
    with pytest.raises(OrderTwice) as twice:
        kept.add(evaluate_order(orders[0], live), 3)
    assert (twice.value.order_id, twice.value.first, twice.value.second) == (orders[0].order_id, 1, 3)


_CODES = st.sampled_from(["85123A", "22086", 'odd",1,"'])
_PRICES = st.sampled_from([255, 25, 2555])
_SALES = st.lists(st.tuples(_CODES, _PRICES, st.integers(1, 5)), min_size=1, max_size=4)


@settings(max_examples=60)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["a", "b"]), _SALES),
            st.tuples(st.sampled_from(["a", "b"]), _CODES, _PRICES, st.integers(1, 12)),
        ),
        max_size=12,
    )
)
def test_a_cancellation_takes_the_latest_units_of_customer_code_and_price(moves: list[Any]) -> None:
    """Against a plain list of single units, taken from the end."""
    sold = Sold()
    units: list[tuple[str, str, int, str, str]] = []
    for number, move in enumerate(moves):
        if len(move) == 2:
            customer, goods = move
            sold.add(customer, str(number), [(code, price, str(i), n) for i, (code, price, n) in enumerate(goods)])
            for i, (code, price, n) in enumerate(goods):
                units += [(customer, code, price, str(number), str(i))] * n
        else:
            customer, code, price, wanted = move
            expected: list[Portion] = []
            for at in reversed(range(len(units))):
                if wanted and units[at][:3] == (customer, code, price):
                    *_, order_id, line_id = units.pop(at)
                    wanted -= 1
                    if expected and expected[-1][:2] == (order_id, line_id):
                        expected[-1] = Portion(order_id, line_id, expected[-1].units + 1)
                    else:
                        expected.append(Portion(order_id, line_id, 1))
            assert sold.take(customer, code, price, move[3]) == expected
    sold.close()


def test_rules_are_compiled_only_when_what_stands_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[tuple[str, ...]] = []

    def counted(rule_sets: Iterable[RuleSet], *earlier: LiveRules | None) -> LiveRules:
        standing = list(rule_sets)
        compiled.append(tuple(one.header.label for one in standing))
        return compile_live(standing, *earlier)

    monkeypatch.setattr(live_book, "compile_live", counted)
    second = promotion(give="percent_off: 20%", version=2, start="2011-07-01")
    book = live_book.LiveBook([promotion(start="2010-12-01"), second, pool()])
    at = datetime(2010, 11, 1, tzinfo=SHANGHAI)
    while at < datetime(2011, 12, 1, tzinfo=SHANGHAI):
        rates = [one.ref.version for one in book.at(at).promotions]
        assert rates == ([] if at < datetime(2010, 12, 1, tzinfo=SHANGHAI) else [1] if at.date() < _JULY else [2])
        at += timedelta(hours=13)
    assert compiled == [("pool@1",), ("pool@1", "less@1"), ("pool@1", "less@2")]


_JULY = datetime(2011, 7, 1, tzinfo=SHANGHAI).date()
