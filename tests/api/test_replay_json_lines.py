"""The JSON-lines format: a generated log against a plain reading, and what is counted or refused."""

import io
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from api.commands.replay import run_log
from api.replay.json_lines import read_json_lines
from api.replay.log import LineCount
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.live import compile_live
from engine.order import Evaluation, OrderEvent
from engine.refund.clawback import RefundState, refund, untouched
from engine.ruleset import RuleSet
from storage.demo_orders import generate, lines_of
from tests.api.replay_rules import pool, promotion

Json = dict[str, Any]


def _order(order_id: str, at: str = "2026-10-02T12:00:00+08:00", **more: Any) -> Json:
    lines = [{"line_id": "1", "sku": "tofu", "unit_price_fen": 1000, "quantity": 2}]
    return {"type": "order", "order_id": order_id, "placed_at": at, "lines": lines, **more}


def _refund(order_id: str, refund_id: str = "r1", at: str = "2026-10-03T12:00:00+08:00", quantity: int = 1) -> Json:
    lines = [{"line_id": "1", "quantity": quantity}]
    return {"type": "refund", "refund_id": refund_id, "order_id": order_id, "at": at, "lines": lines}


def _run(tmp_path: Path, *events: Json | str, rules: tuple[RuleSet, ...] | None = None) -> Json:
    path = tmp_path / "log.jsonl"
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in events), "utf-8")
    return run_log(path, read_json_lines, rules or (promotion(), pool()))


def test_a_generated_log_adds_up_to_what_a_plain_reading_says(tmp_path: Path) -> None:
    rule_sets = (promotion(give="tiers: [{at_least: 50, amount_off: 7}]"), pool())
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines_of(generate(11, 150))))
    summary = run_log(log, read_json_lines, rule_sets)

    live = compile_live(rule_sets)
    orders: dict[str, tuple[Evaluation, RefundState]] = {}
    sums: Counter[str] = Counter()
    for text in log.read_bytes().splitlines():
        event = read_event(text, "log")
        if isinstance(event, OrderEvent):
            evaluation = evaluate_order(event, live)
            orders[event.order_id] = evaluation, untouched(evaluation)
            sums["list"] += sum(line.unit_price_fen * line.quantity for line in event.lines)
            sums["goods"] += sum(evaluation.priced.net_fen)
            sums["accrued"] += sum(accrual.amount_fen for accrual in evaluation.accruals)
        else:
            evaluation, state = orders[event.order_id]
            outcome = refund(evaluation, state, event)
            orders[event.order_id] = evaluation, outcome.state
            sums["refunds"] += 1
            sums["cash"] += outcome.cash_fen
            sums["clawed"] += sum(clawback.amount_fen for clawback in outcome.clawbacks)
    assert sums["refunds"] > 5
    assert {
        "list": summary["list_fen"],
        "goods": summary["goods_fen"],
        "accrued": summary["accruals_by_role"]["pool:all"],
        "refunds": summary["refunds"],
        "cash": summary["cash_refunded_fen"],
        "clawed": summary["clawbacks_by_role"]["pool:all"],
    } == dict(sums)
    assert summary["orders"] == len(orders)
    assert summary["imbalance"] == {"accounts": 0, "fen": 0, "by_account": {}}
    given = sum(rule["amount_fen"] for rule in summary["rules"] if rule["kind"] == "promotion")
    assert given == summary["discount_fen"]


def test_what_is_in_no_order_and_no_refund_is_counted(tmp_path: Path) -> None:
    summary = _run(
        tmp_path,
        _order("a"),
        "",
        _refund("a", quantity=2),
        _refund("a", quantity=2),
        _refund("a", "r2"),
        _refund("unheard-of"),
    )
    assert summary["lines"]["skipped"] == {
        "blank": 1,
        "refund_of_unknown_order": 1,
        "refund_refused.more_than_sold": 1,
        "refund_repeated": 1,
    }
    assert (summary["lines"]["in_orders"], summary["lines"]["in_refunds"], summary["lines"]["unaccounted"]) == (1, 1, 0)
    assert summary["cash_refunded_fen"] == 1800


@pytest.mark.parametrize(
    ("events", "place", "what"),
    [
        ([_order("a"), "{"], "log.jsonl:2:1", "E101"),
        ([_order("a", "2026-10-02T12:00:00")], "log.jsonl:1:1", "E107"),
        ([_order("a", colour="red")], "log.jsonl:1:1", "E102"),
        ([_order("a", "2026-10-02T12:00:00+08:00"), _order("b", "2026-10-02T11:59:59+08:00")], "log.jsonl:2:1", "L204"),
        ([_order("a"), _order("b"), _order("a")], "log.jsonl:3:1", "L205"),
        ([_order("a"), _refund("a"), _order("a", "2026-10-04T12:00:00+08:00")], "log.jsonl:3:1", "L205"),
    ],
)
def test_what_cannot_be_an_event_of_the_log_is_refused_with_its_line(
    tmp_path: Path, events: list[Json | str], place: str, what: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        _run(tmp_path, *events)
    told = str(refused.value)
    assert f"{place}: error {what} " in told


def test_an_order_beyond_all_money_is_refused(tmp_path: Path) -> None:
    lines = [{"line_id": "1", "sku": "moon", "unit_price_fen": 10**12, "quantity": 10**9}]
    with pytest.raises(InvalidInput, match="L206"):
        _run(tmp_path, _order("a", lines=lines))


def test_instants_are_compared_across_offsets(tmp_path: Path) -> None:
    summary = _run(tmp_path, _order("a", "2026-10-02T12:00:00+08:00"), _order("b", "2026-10-02T05:00:00+01:00"))
    assert summary["orders"] == 2


def test_a_line_is_one_event_however_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.replay.json_lines.MAX_LINE_BYTES", 50)
    with pytest.raises(InvalidInput, match="L105"):
        list(read_json_lines(io.BytesIO(json.dumps(_order("a")).encode()), "log", LineCount()))


def test_the_reader_streams(tmp_path: Path) -> None:
    """The first event is there before the second line has been read."""
    count = LineCount()
    text = "".join(json.dumps(_order(str(i))) + "\n" for i in range(100))
    assert len(list(islice(read_json_lines(io.BytesIO(text.encode()), "log", count), 1))) == 1
    assert count.read == 1


def test_limits_are_counted_in_the_course_of_the_log(tmp_path: Path) -> None:
    once_a_day = promotion(give="{amount_off: 1, per: order}"[1:-1], limits="[{uses: 1, per: buyer, period: day}]")
    buyer = {"id": "b1"}
    summary = _run(
        tmp_path,
        _order("a", "2026-10-02T12:00:00+08:00", buyer=buyer),
        _order("b", "2026-10-02T13:00:00+08:00", buyer=buyer),
        _order("c", "2026-10-02T13:30:00+08:00", buyer={"id": "b2"}),
        _order("d", "2026-10-03T00:00:00+08:00", buyer=buyer),
        rules=(once_a_day,),
    )
    assert summary["discount_fen"] == 300
    assert summary["not_applied"] == {"limit_reached": 1}


def test_a_wholly_returned_order_gives_its_use_back(tmp_path: Path) -> None:
    once = promotion(give="amount_off: 1, per: order", limits="[{uses: 1, per: total}]")
    partly, wholly = _refund("a", "r1", "2026-10-02T12:30:00+08:00"), _refund("a", "r2", "2026-10-02T14:00:00+08:00")
    summary = _run(
        tmp_path,
        _order("a", "2026-10-02T12:00:00+08:00"),
        partly,
        _order("b", "2026-10-02T13:00:00+08:00"),
        wholly,
        _order("c", "2026-10-02T15:00:00+08:00"),
        rules=(once,),
    )
    assert summary["rules"][0]["times"] == 2
    assert summary["not_applied"] == {"limit_reached": 1}


def test_counters_that_an_order_carries_stand(tmp_path: Path) -> None:
    once = promotion(give="amount_off: 1, per: order", limits="[{uses: 1, per: total}]")
    carried = {"less/less": {"uses/total/ever": 1}}
    summary = _run(tmp_path, _order("a", counters=carried), _order("b"), rules=(once, pool()))
    assert summary["discount_fen"] == 100
