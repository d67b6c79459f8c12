"""A file of participants: what it means, and contracts that cannot stand together."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.builder.participants import build_participants
from engine.money import Rate
from engine.people.binding import BindingRule, bound_at
from engine.people.contracts import Contract, contract_faults, standing_contracts
from engine.people.participants import LevelStanding, Participants
from engine.text.document import parse
from engine.text.nodes import plain
from tests.engine.texts import SCHEMAS, diagnose

CHINA = timezone(timedelta(hours=8))
ONE = Rate(1, 100)
TEXT = """\
kind: participants
binding: {policy: first_holds, window_days: 20}
participants:
  - {id: p1, title: 阿禾, title_en: Ah He, type: individual, level: gold, buyer: b9,
     standing: {probation_left: 1, missed: 2, reviewed: 2026-10}}
  - {id: 1002, title: 小满, type: individual, referrer: p1, status: inactive, level: silver}
  - {id: m1, title: 坡子街小吃, type: merchant, stores: [pozi-street, '430103']}
  - {id: l1, title: 四方坪团长, type: leader, pickup_point: 四方坪自提点, region: 430105}
  - {id: a1, title: 长沙代理, type: agent}
contracts:
  - {id: c1, agent: a1, region: '430100', from: 2026-10-01, until: 2027-10-01, rate: 3%}
  - {id: c2, agent: a1, region: '430104', from: 2026-10-01, until: 2027-10-01, rate: 3/100, parent: c1}
touches:
  - {buyer: b1, promoter: 1002, at: 2026-10-02 20:00, token: t1, source: poster}
  - {buyer: b1, promoter: p1, at: 2026-10-03 20:00, token: t2, source: live, window_days: 7}
"""


def read(text: str) -> Participants:
    return build_participants(parse(text, "people.yaml"), SCHEMAS)


def test_every_field_is_read():
    found = read(TEXT)
    first, second, merchant, leader, agent = found.participants
    assert first.standing == LevelStanding("gold", 1, 2, datetime(2026, 11, 1, tzinfo=CHINA))
    assert (first.title, first.title_en, first.type, first.status, first.buyer, first.line) == (
        *("阿禾", "Ah He", "individual", "active", "b9"),
        4,
    )
    assert (second.id, second.status, second.referrer, second.standing) == (
        *("1002", "inactive", "p1"),
        LevelStanding("silver"),
    )
    assert merchant.stores == ("pozi-street", "430103")
    assert (leader.pickup_point, leader.region) == ("四方坪自提点", "430105")
    assert agent.standing is None
    assert found.binding == BindingRule("first_holds", 20)
    assert [one.window_days for one in found.touches] == [20, 7]
    assert found.contracts[1] == Contract(
        id="c2",
        agent="a1",
        region="430104",
        since=datetime(2026, 10, 1, tzinfo=CHINA),
        until=datetime(2027, 10, 1, tzinfo=CHINA),
        rate=Rate(3, 100),
        parent="c1",
    )
    assert found.referrers == {"1002": "p1"}
    assert found.get("l1") == leader
    assert found.get("p9") is None
    bound = bound_at(found.touches, "b1", "first_holds", datetime(2026, 10, 20, tzinfo=CHINA))
    assert bound is not None
    assert bound.promoter == "1002"


def test_touches_need_a_policy_for_peers_disagree():
    assert [
        one.code for one in diagnose(TEXT.replace("binding: {policy: first_holds, window_days: 20}\n", ""), "x")
    ] == ["S210"]
    assert [one.code for one in diagnose(TEXT.replace("policy: first_holds, ", ""), "x")] == ["S202"]
    assert [one.code for one in diagnose(TEXT.replace("window_days: 20", "window_days: 366"), "x")] == ["S206"]


def test_everything_that_is_wrong_comes_together_with_its_place():
    text = (
        TEXT.replace("referrer: p1", "referrer: p7").replace("parent: c1", "parent: c7").replace("b1, prom", "b9, prom")
    )
    found = diagnose(text, "people.yaml")
    assert [(one.code, one.line) for one in found] == [("P702", 6), ("P709", 12), ("P704", 15)]


def contract(id: str, region: str, since: int, until: int, rate: Rate = ONE, parent: str | None = None) -> Contract:
    start = datetime(2026, 10, 1, tzinfo=CHINA)
    return Contract(
        id=id,
        agent="a",
        region=region,
        since=start + timedelta(days=since),
        until=start + timedelta(days=until),
        rate=rate,
        parent=parent,
    )


def codes(contracts: list[Contract]) -> list[tuple[str, str]]:
    return [(one.code, one.contract) for one in contract_faults(contracts, {"a": "agent"})]


def test_a_contract_that_ends_leaves_room_for_the_next_on_the_same_day():
    assert codes([contract("c1", "4301", 0, 10), contract("c2", "430100", 10, 20)]) == []
    assert codes([contract("c1", "4301", 0, 10), contract("c2", "430100", 9, 20)]) == [("P713", "c2")]
    nested = [contract("c1", "4301", 0, 30), contract("c2", "4301", 1, 2), contract("c3", "4301", 29, 31)]
    assert codes(nested) == [("P713", "c2"), ("P713", "c3")]
    assert codes([contract("c1", "430102", 0, 10), contract("c2", "430103", 0, 10)]) == []


def test_rates_are_compared_exactly():
    above = contract("c1", "4301", 0, 10, Rate(1, 3))
    assert codes([above, contract("c2", "430102", 0, 10, Rate(333_333, 1_000_000), "c1")]) == []
    assert codes([above, contract("c2", "430102", 0, 10, Rate(333_334, 1_000_000), "c1")]) == [("P710", "c2")]


def test_a_circle_of_contracts_is_named_whole():
    ring = [
        contract("c1", "43", 0, 9, parent="c3"),
        contract("c2", "4301", 0, 9, parent="c1"),
        contract("c3", "430102", 0, 9, parent="c2"),
    ]
    found = {one.code: one.data for one in contract_faults(ring, {"a": "agent"})}
    assert found["P711"] == {"path": "c1 → c3 → c2 → c1"}
    assert "P712" in found


@given(st.lists(st.tuples(st.sampled_from(["4301", "430102"]), st.integers(0, 9), st.integers(0, 9)), max_size=8))
def test_without_a_fault_one_contract_at_most_stands_in_a_region(drawn):
    contracts = [contract(f"c{at}", region, since, until) for at, (region, since, until) in enumerate(drawn)]
    overlap = any(code == "P713" for code, _ in codes(contracts))
    crowded = False
    for day in range(10):
        at = datetime(2026, 10, 1, 12, tzinfo=CHINA) + timedelta(days=day)
        standing = [one.region for one in standing_contracts(contracts, at)]
        crowded = crowded or len(standing) > len(set(standing))
    assert overlap == crowded


FIGURES = """\
kind: figures
period: 2026-10
window: 3
figures:
  - {promoter: p1, delivered: 12.50, refunded: 2, orders: 2, buyers: 2, repeat_buyers: 1}
  - {promoter: p2, delivered: 0}
"""
_ODD = st.sampled_from(
    ["", "p1", "c1", "a1", "0", "-1", "1.5", "9" * 30, "4301", "2026-13", "2026-10-01", "3%", "1/0", "null"]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


@settings(max_examples=100)
@given(st.sampled_from([TEXT, FIGURES]), st.data())
def test_any_change_of_a_value_is_read_or_refused(text: str, data: st.DataObject):
    tree: Any = plain(parse(text, "f.yaml").root)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([place for place in places(tree) if place and place != ("kind",)]))
        holder = tree
        for step in way:
            holder = holder[step]
        if data.draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = data.draw(_ODD | st.integers(-1, 40) | st.just([]) | st.just({}))
    written = json.dumps(tree, ensure_ascii=False, indent=1)
    for one in diagnose(written, "f.yaml"):
        assert 1 <= one.line <= len(written.split("\n"))
        assert one.message_zh
        assert one.message_en
