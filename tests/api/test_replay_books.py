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
from api.replay.json_lines import read_json_lines
from api.replay.packing import Packing
from api.replay.sold import Portion, Sold
from api.replay.tables import findings
from engine.calendar import SHANGHAI
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.journal import posting
from engine.journal.canonical import content_hash
from engine.journal.entry import Entry, entry_hash
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook
from engine.journal.order_news import SaleEvent
from engine.journal.posting import Books, post
from engine.ledger import Posting
from engine.live import LiveRules, compile_live
from engine.order import Evaluation, OrderEvent
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

    def planted(before: OrderBook | None, after: OrderBook) -> tuple[Posting, ...]:
        entry = entry_postings(before, after)
        return _one_fen_more(entry) if not before and after.evaluation.event.order_id.endswith("07") else entry

    monkeypatch.setattr(posting, "entry_postings", planted)
    summary = run_log(log, read_json_lines, rules)
    assert not summary["ok"]
    assert summary["imbalance"]["accounts"] == 2
    assert sorted(summary["imbalance"]["by_account"].values()) == [-1, 1]
    assert "imbalance" in findings(summary)[0]


def test_a_lost_clawback_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        posting,
        "entry_postings",
        lambda *given: tuple(one for one in entry_postings(*given) if one.kind != "clawback"),
    )
    summary = run_log(log, read_json_lines, (pool(),))
    assert summary["imbalance"]["by_account"]["payee:pool:all:pending"] == summary["clawbacks_by_role"]["pool:all"] > 0


def test_an_evaluation_that_changes_while_it_is_kept_is_found(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Packing.evaluated

    def corrupted(packing: Packing, packed: bytes) -> Evaluation:
        evaluation = original(packing, packed)
        net = (evaluation.priced.net_fen[0] + 1, *evaluation.priced.net_fen[1:])
        return msgspec.structs.replace(evaluation, priced=msgspec.structs.replace(evaluation.priced, net_fen=net))

    monkeypatch.setattr(Packing, "evaluated", corrupted)
    summary = run_log(log, read_json_lines, (pool(),))
    assert not summary["ok"]
    assert summary["audit"]["difference"]["field"] == "/event_hash"


def test_the_audit_names_an_entry_that_changed_while_it_was_kept(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Packing.entered

    def corrupted(packing: Packing, packed: bytes) -> Entry:
        entry = original(packing, packed)
        if entry.number != 5:
            return entry
        return msgspec.structs.replace(entry, postings=_one_fen_more(entry.postings))

    monkeypatch.setattr(Packing, "entered", corrupted)
    summary = run_log(log, read_json_lines, (pool(),))
    assert not summary["ok"]
    assert summary["imbalance"]["accounts"] == 0
    difference = summary["audit"]["difference"]
    assert (difference["where"], difference["number"], difference["field"]) == ("entry", 5, "/postings/0/amount_fen")
    assert "the audit differs: entry 5" in findings(summary)[0]


def test_what_is_packed_comes_back_whole(live: LiveRules, orders: list[OrderEvent]) -> None:
    """By every hash, which covers what explains an order too; and it points to the very plans that made it."""
    packing = Packing()
    evaluations = [evaluate_order(event, live) for event in orders]
    assert any(one.priced.consumption for one in evaluations)
    assert any(one.priced.lost for one in evaluations)
    for evaluation in evaluations:
        again = packing.evaluated(packing.evaluation(evaluation))
        assert content_hash(again) == content_hash(evaluation)
        assert all(one.plan is made.plan for one, made in zip(again.accruals, evaluation.accruals, strict=True))
        made = post(Books(), SaleEvent(evaluation=evaluation)).entries[0]
        entry = packing.entered(packing.entry(made))
        assert entry == made
        assert entry_hash(entry) == made.hash


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
