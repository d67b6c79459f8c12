"""After the sale in a replay: the journal the same either way, levels reviewed, pools shared out, agents paid."""

import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.books.log_books import LogBooks
from api.commands.replay import run_log
from api.replay.json_lines import read_json_lines
from api.replay.log import Arrival, LineCount
from api.replay.online_retail import read_online_retail
from api.replay.runner import Replay
from api.replay.tables import findings
from engine.builder.build import build
from engine.journal.journal import fold
from engine.journal.order_news import ReceivedEvent
from engine.order import OrderEvent
from engine.period import parse_label
from engine.ruleset import RuleSet
from engine.text.document import parse
from storage.demo_orders import generate, lines_of
from storage.rule_files import own_schemas, read_rule_sets
from tests.api.replay_rules import pool, promotion
from tests.api.test_replay_online_retail import HEADER, ODDITIES

RULES = Path(__file__).parents[2] / "rules"
HEAD = "version: 1\ntitle: 试\nowner: ops\nreason: 测试\neffective_from: 2026-01-01\nbackfill: true\n"
SETTLEMENT = f"kind: settlement\nname: settled\n{HEAD}release_after_days: 7\nperiod: half_month\nleast: 1.00\n"
LEVELS = f"""\
kind: level
name: levels
{HEAD}of: [individual]
period: month
window: 1
review_after_days: 5
promotion: highest
demotion: to_what_holds
probation: 0
grace: 0
levels:
  - {{id: low, title: 低}}
  - {{id: high, title: 高, reach: {{sales: {{at_least: 100}}}}, keep: {{sales: {{at_least: 100}}}}}}
"""
BY_LEVEL = f"""\
kind: commission
name: by-level
{HEAD}base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - {{id: high, title: 高, when: {{promoter.level: high}}, accrue: [{{to: promoter, rate: 10%}}]}}
  - {{id: low, title: 低, when: {{promoter.level: low}}, accrue: [{{to: promoter, rate: 1%}}]}}
"""
DIVIDEND = f"""\
kind: dividend
name: shared
{HEAD}fund: {{rate: 5%, of: paid_goods, rounding: half_up}}
period: month
holders: {{level: high}}
weight: own_sales
remainder: carry_over
leaving: keep
"""


def _rules(*texts: str) -> tuple[RuleSet, ...]:
    return tuple(build(parse(text, "rules.yaml"), own_schemas()) for text in texts)


def _order(order_id: str, at: str, fen: int, promoter: str | dict[str, Any] = "p", buyer: str = "b") -> dict[str, Any]:
    lines = [{"line_id": "1", "sku": "tofu", "unit_price_fen": fen, "quantity": 1}]
    who = {"id": promoter} if isinstance(promoter, str) else promoter
    return {"order_id": order_id, "placed_at": at, "lines": lines, "promoter": who, "buyer": {"id": buyer}}


def _replayed(tmp_path: Path, rules: tuple[RuleSet, ...], *events: dict[str, Any]) -> dict[str, Any]:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"type": "order", **one}) + "\n" for one in events), "utf-8")
    summary = run_log(path, read_json_lines, rules)
    assert summary["ok"], summary
    return summary


@pytest.fixture
def demo_log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(line.rstrip(b"\n") + b"\n" for line in lines_of(generate(3, 80))))
    return path


def _arrivals(log: Path, count: LineCount) -> Iterator[Arrival]:
    with log.open("rb") as data:
        yield from read_json_lines(data, "log", count)


def test_the_journal_is_the_one_that_is_folded_in_memory(demo_log: Path) -> None:
    """All rule sets of the demo: the rows of the log, posted by the journal that keeps everything at hand."""
    rule_sets = read_rule_sets(RULES, own_schemas()).rule_sets
    count = LineCount()
    with closing(Replay(rule_sets, "log", count)) as run:
        run.run(_arrivals(demo_log, count))
        summary = run.summary()
        assert summary["ok"], findings(summary)
        assert summary["statements"]
        journal = fold(run._log)
        assert journal.tip.hash == summary["audit"]["root"]
        assert journal.balances() == {account: fen for account, fen in run._fold.balances.items() if fen}
        assert len(journal.orders) == summary["orders"]


def test_it_is_the_journal_of_the_books_kept_in_memory(demo_log: Path) -> None:
    """The same orders, refunds, and receipts told as events, taken in by the books of `fenrun settle`."""
    rule_sets = (promotion(start="2026-01-01"), pool(), *_rules(SETTLEMENT))
    events: list[tuple[datetime, int, Any]] = []
    for arrival in _arrivals(demo_log, LineCount()):
        event = arrival.event
        if isinstance(event, OrderEvent):
            at = event.placed_at + timedelta(days=3)
            events.append((event.placed_at, len(events), event))
            events.append((at, len(events), ReceivedEvent(id=event.order_id, order_id=event.order_id, at=at)))
        else:
            events.append((event.at, len(events), event))
    books = LogBooks(rule_sets)
    for _, _, event in sorted(events, key=lambda one: one[:2]):
        books.take(event)
    count = LineCount()
    with closing(Replay(rule_sets, "log", count)) as run:
        run.run(_arrivals(demo_log, count))
        summary = run.summary()
    assert summary["ok"], findings(summary)
    books.advance(parse_label(summary["statements"][-1]["period"]).end)
    assert books.journal.tip.hash == summary["audit"]["root"]
    mine = {one["period"]: one for one in summary["statements"]}
    for label, one in mine.items():
        theirs = books.by_period[label].values()
        assert one["settled_fen"] == sum(each.settled_fen for each in theirs)
        assert one["carried_forward_fen"] == sum(each.carried_forward_fen for each in theirs)
        assert one["accrued_fen"] == sum(each.accrued_fen for each in theirs)
    assert sum(one["settled_fen"] for one in mine.values()) == summary["payees"]["settled_fen"] >= 0


def test_a_reviewed_level_counts_for_later_orders(tmp_path: Path) -> None:
    """1 % until the review of October on 6 November; 10 % from then on; nothing more in December: low again."""
    summary = _replayed(
        tmp_path,
        _rules(LEVELS, BY_LEVEL),
        _order("a", "2026-10-05T12:00:00+08:00", 20_000),
        _order("b", "2026-11-05T12:00:00+08:00", 1_000),
        _order("c", "2026-11-06T00:00:00+08:00", 1_000),
        _order("d", "2026-12-06T00:00:00+08:00", 1_000),
    )
    assert summary["accruals_by_role"] == {"promoter": 200 + 10 + 100 + 10}
    reviews = summary["levels"]["reviews"]
    assert [one["period"] for one in reviews] == ["2026-10", "2026-11"]
    assert [one["promoters"] for one in reviews] == [{"low": 0, "high": 1}, {"low": 1, "high": 0}]
    assert (summary["levels"]["promoted"], summary["levels"]["demoted"]) == (1, 1)


def test_what_a_promoter_buys_and_what_came_back_are_no_sales(tmp_path: Path) -> None:
    back = {
        "type": "refund",
        "refund_id": "r",
        "order_id": "b",
        "at": "2026-11-02T12:00:00+08:00",
        "lines": [{"line_id": "1", "quantity": 1}],
    }
    summary = _replayed(
        tmp_path,
        _rules(LEVELS, BY_LEVEL),
        _order("a", "2026-10-05T12:00:00+08:00", 20_000, promoter="own", buyer="own"),
        _order("b", "2026-10-05T12:00:00+08:00", 20_000, promoter="back"),
        back,
        _order("c", "2026-12-01T00:00:00+08:00", 1_000),
    )
    assert summary["levels"]["reviews"][0]["promoters"] == {"low": 2, "high": 0}


def test_a_level_that_an_order_tells_stands(tmp_path: Path) -> None:
    summary = _replayed(
        tmp_path,
        _rules(LEVELS, BY_LEVEL),
        _order("a", "2026-10-05T12:00:00+08:00", 1_000, {"id": "p", "level": "high"}),
    )
    assert summary["accruals_by_role"] == {"promoter": 100}
    assert summary["levels"]["promoters"] == 0


def test_a_pool_is_shared_out_by_own_sales_of_the_month(tmp_path: Path) -> None:
    """5 % of what was released in November: 10.00 of the order of October and 15.00 of November's two, 1 to 2."""
    summary = _replayed(
        tmp_path,
        _rules(LEVELS, SETTLEMENT, DIVIDEND),
        _order("a", "2026-10-25T12:00:00+08:00", 20_000, promoter="p"),
        _order("b", "2026-11-10T12:00:00+08:00", 10_000, {"id": "p", "level": "high"}),
        _order("c", "2026-11-10T12:00:00+08:00", 20_000, {"id": "q", "level": "high"}),
        _order("d", "2026-11-28T12:00:00+08:00", 10_000, {"id": "q", "level": "high"}),
    )
    (shared,) = summary["pools"]
    told = [(one["period"], one["in_fen"], one["paid_fen"], one["carried_fen"]) for one in shared["periods"]]
    # thirds of a fen wait for their holders; `d` was received in December, so it counts for `q` alone then
    assert told == [("2026-10", 0, 0, "0"), ("2026-11", 2_500, 2_499, "0"), ("2026-12", 500, 500, "0")]
    assert (shared["funded_fen"], shared["paid_fen"], shared["imbalance_nano"]) == (3_000, 2_999, 0)


def test_without_a_settlement_rule_set_nothing_is_released(tmp_path: Path) -> None:
    summary = _replayed(tmp_path, (pool(),), _order("a", "2026-10-05T12:00:00+08:00", 1_000))
    assert summary["statements"] == []
    assert summary["payees"]["pending_fen"] == 100


@pytest.mark.parametrize("days", [0, 30])
def test_goods_are_received_as_many_days_later_as_is_said(tmp_path: Path, days: int) -> None:
    path = tmp_path / "log.jsonl"
    order = {"type": "order", **_order("a", "2026-10-05T12:00:00+08:00", 1_000)}
    path.write_text(json.dumps(order) + "\n", "utf-8")
    summary = run_log(path, read_json_lines, (pool(), *_rules(SETTLEMENT)), received_after=days)
    released = [one["period"] for one in summary["statements"] if one["released_fen"]]
    assert released == [{0: "2026-10-A", 30: "2026-11-A"}[days]]
    # the sale, its receipt and its release, and one closing per period: a pool has no statement to be settled
    assert summary["audit"]["events"] == 3 + len(summary["statements"])


def test_the_odd_log_earns_for_the_agents_of_the_regions(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + ODDITIES, "utf-8")
    summary = run_log(path, read_online_retail, read_rule_sets(RULES / "replay", own_schemas()).rule_sets)
    assert summary["ok"], findings(summary)
    roles = {one["role"] for one in summary["agents"]}
    assert roles <= {"region:city", "region:district"}
    assert "region:city" in roles
    for one in summary["agents"]:
        held = one["settled_fen"] + one["released_fen"] + one["pending_fen"]
        assert held == one["accrued_fen"] - one["clawed_back_fen"]
    assert summary["audit"]["entries"] == summary["audit"]["events"] > 2 * summary["orders"]


def test_agents_are_assigned_by_contract_and_time() -> None:
    def agents(day: str) -> set[str]:
        """Of many customers, so of all districts."""
        rows = "".join(
            f"{number},22086,LAMP,1,{day} 10:00:00,2.95,{number},United Kingdom\n" for number in range(10_000, 10_100)
        )
        arrivals = read_online_retail(io.BytesIO((HEADER + rows).encode()), "log.csv", LineCount())
        events = [one.event for one in arrivals if isinstance(one.event, OrderEvent)]
        return {one.id for event in events for one in event.regional_agents if one.status == "active"}

    before = {"ag-4301", "ag-430102", "ag-430103", "ag-430104", "ag-430105", "ag-430111"}
    assert agents("2011-05-31") == before
    assert agents("2011-06-01") == {*before, "ag-430121"}
