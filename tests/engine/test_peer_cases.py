"""The worked cases of other systems, each as a rule set and an order (or a split) that must come out exactly."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from engine.builder.build import build
from engine.cases.cases import read_cases, run_case
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.ledger import left_for_merchants
from engine.live import compile_live
from engine.money import allocate
from engine.order import Evaluation
from engine.refund.clawback import refund, untouched
from engine.ruleset import Accrue, AmountOff, LineDiscount, RuleSet
from engine.shares import allocate_shares, read_split
from engine.text.document import parse
from tests.engine.builders import (
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    line,
    order,
    percent,
    promotion,
    promotion_set,
    refund_event,
    returned,
)
from tests.engine.texts import SCHEMAS

PEERS = yaml.safe_load((Path(__file__).parent / "peer_cases.yaml").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = PEERS["cases"]
HEADER = {
    "version": 1,
    "title": "同行案例",
    "owner": "tests",
    "reason": "figures of other systems",
    "effective_from": date(2020, 1, 1),
    "backfill": True,
}


class _Plain(yaml.SafeDumper):
    """Writes repeated values out: rule sets know no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def text_of(value: Any) -> str:
    return yaml.dump(value, Dumper=_Plain, allow_unicode=True, sort_keys=False)


def _rules(written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"title": rule["id"], "when": "always", **rule} for rule in written]


def rule_sets_of(case: dict[str, Any]) -> list[RuleSet]:
    sets: list[dict[str, Any]] = []
    if "rules" in case:
        policies = {**PEERS["policies"], **case.get("policies", {})}
        sets.append({"kind": "promotion", "name": "peer", **HEADER, **policies, "rules": _rules(case["rules"])})
    chosen = {"base": "paid_goods", "rounding": "half_up", "remainder": "first", "choose": "first"}
    for at, pay in enumerate(case.get("commissions", ())):
        sets.append(
            {"kind": "commission", "name": f"pay-{at}", **HEADER, **chosen, **pay, "rules": _rules(pay["rules"])}
        )
    return [build(parse(text_of(one), f"{one['name']}.yaml"), SCHEMAS) for one in sets]


@pytest.mark.parametrize("case", [case for case in CASES if "order" in case], ids=lambda case: case["id"])
def test_priced_cases(case: dict[str, Any]) -> None:
    written = {
        "name": case["about"],
        "order": {"placed_at": "2026-10-02 20:00", **case["order"]},
        **{key: case[key] for key in ("expect", "refunds") if key in case},
    }
    (read,) = read_cases(parse(text_of({"cases": [written]}), "peer.cases.yaml"))
    live = compile_live(rule_sets_of(case))
    assert [str(difference) for difference in run_case(read, live)] == []
    if "left" in case:
        assert left_for_merchants(evaluate_order(read.event, live)) == case["left"]


@pytest.mark.parametrize("case", [case for case in CASES if "weights" in case], ids=lambda case: case["id"])
def test_split_by_weights(case: dict[str, Any]) -> None:
    parts = allocate(case["total"], case["weights"], case["remainder"])
    assert parts == case["parts"]
    assert sum(parts) == case["total"]


@pytest.mark.parametrize("case", [case for case in CASES if "shares" in case], ids=lambda case: case["id"])
def test_split_by_shares(case: dict[str, Any]) -> None:
    asked = {"total_fen": case["total"], "remainder": case["remainder"], "shares": case["shares"]}
    if case.get("refused"):
        with pytest.raises(InvalidInput):
            read_split(msgspec.json.encode(asked), "split.json")
        return
    request = read_split(msgspec.json.encode(asked), "split.json")
    split = allocate_shares(request.total_fen, request.shares, request.remainder)
    assert {part.name: part.amount_fen for part in split.parts} == case["amounts"]
    assert sum(part.kept_fen for part in split.parts) == case["kept"]


def test_every_case_says_where_it_comes_from_and_what_it_shows() -> None:
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert case["source"], case["id"]
        assert case["about"], case["id"]
        assert ("order" in case) + ("weights" in case) + ("shares" in case) == 1, case["id"]
        assert "order" not in case or case["expect"], case["id"]


def test_a_case_with_a_wrong_figure_would_be_seen() -> None:
    case = next(case for case in CASES if case["id"] == "so-cap-01")
    wrong = {"name": "wrong", "order": {"placed_at": "2026-10-02 20:00", **case["order"]}, "expect": {"paid": 600.01}}
    (read,) = read_cases(parse(text_of({"cases": [wrong]}), "peer.cases.yaml"))
    (difference,) = run_case(read, compile_live(rule_sets_of(case)))
    assert str(difference) == "/expect/paid: expected 600.01, found 600.00"


def test_the_same_order_twice_has_the_same_identities() -> None:
    """Spree (sp-order-01): an order that is placed twice is commissioned once; the store keys on these identities."""
    pay = commission_set(commission_rule("pay", Accrue(to="promoter", rate=percent(10))))
    event = order(line("a", 1000), line("b", 500), promoter=PROMOTER)
    first, second = evaluated(event, pay), evaluated(event, pay)
    assert first == second
    identities = {(one.line, one.plan.ref, one.plan.role, one.payee) for one in (*first.accruals, *second.accruals)}
    assert len(identities) == 2


def test_a_sale_outlives_its_promotion() -> None:
    """Saleor (sa-snap-01): 5.00 off 20.00 stays, with its reason, when the promotion is deleted afterwards."""
    event = order(line("a", 2000))
    off = promotion_set(promotion("five", LineDiscount(AmountOff(500, "unit")), title="减五元"))
    stored = msgspec.json.decode(msgspec.json.encode(evaluated(event, off)), type=Evaluation)
    assert evaluated(event).priced.net_fen == (2000,)
    (applied,) = stored.priced.applied
    assert (applied.discount_fen, applied.plan.ref.title) == (500, "减五元")
    assert refund(stored, untouched(stored), refund_event(returned("a", 1))).cash_fen == 1500
