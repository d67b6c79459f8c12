"""Mutants of files against the cases beside them: our own rule sets, and a small one whose cases are thin."""

from hashlib import sha256
from pathlib import Path

import pytest

from engine.mutation.mutate import Change, Mutant
from engine.ruleset import RuleSet
from storage.case_files import run_case_file
from storage.mutation_files import Verdicted, cases_pass, count_mutants, mutate_file
from storage.rule_files import own_schemas, read_rule_sets, rule_set_files

ROOT = Path(__file__).parent.parent.parent
OWN = [path for folder in ("rules", "templates/campaigns") for path in rule_set_files(ROOT / folder)]
RULE_SETS = read_rule_sets(ROOT / "rules", own_schemas()).rule_sets
KNOWN: dict[str, RuleSet] = {f"{one.header.kind}/{one.header.name}/v{one.header.version}": one for one in RULE_SETS}


def _in_this_third(mutant: Mutant) -> bool:
    """A fixed third of all mutants keeps this short; `make mutate` runs them all."""
    mark = f"{Path(mutant.document.file).relative_to(ROOT)} {mutant.change.pointer} {mutant.change.new}"
    return sha256(mark.encode()).digest()[0] % 3 == 0


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_cases_beside_our_own_rules_notice_every_small_change(path: Path) -> None:
    found = list(mutate_file(path, KNOWN, own_schemas(), _in_this_third))
    alive = [one for one in found if one.verdict == "survived"]
    told = "\n".join(f"{one.file}:{one.change.line} {one.change.old} -> {one.change.new}" for one in alive)
    assert not alive, told
    assert any(one.verdict == "killed" for one in found)


SMALL = """\
kind: promotion
name: small
version: 1
title: 小
owner: ops
reason: 样本
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: retest_threshold
discount_on: group
funded_by: merchant
rules:
  - id: save
    title: 满减
    stacking: competing
    when:
      line.category: {under: snack}
      clock.time: {from: '18:00', until: '22:00'}
    give: [{type: order_discount, tiers: [{at_least: 30, amount_off: 5}]}]
"""
CASES = """\
cases:
  - name: 一个案例
    order:
      placed_at: 2026-10-06 20:00
      lines: [{sku: a, category: snack/fried, unit_price: 20, quantity: 2}]
    expect: {paid: 35, applied: [save]}
"""


def _small(tmp_path: Path, cases: str = CASES) -> tuple[Path, dict[str, RuleSet]]:
    path = tmp_path / "promotion" / "small" / "v1.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SMALL, encoding="utf-8")
    path.with_name("v1.cases.yaml").write_text(cases, encoding="utf-8")
    (rule_set,) = read_rule_sets(path, own_schemas()).rule_sets
    return path, {"promotion/small/v1": rule_set}


def _survivors(path: Path, known: dict[str, RuleSet]) -> dict[str, Verdicted]:
    found = mutate_file(path, known, own_schemas())
    return {_key(one.change): one for one in found if one.verdict == "survived"}


def _key(change: Change) -> str:
    return f"{change.pointer} {change.new}"


def test_a_thin_case_lets_the_edges_through(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    assert cases_pass(path, known, own_schemas())
    alive = _survivors(path, known)
    assert "/rules/0/give/0/tiers/0/at_least 30.01" in alive
    assert "/rules/0/when/clock.time/from 17:59" in alive
    assert "/on_partial_return keep_share" in alive
    assert "/rules/0/give/0/tiers/0/amount_off 5.01" not in alive


def test_every_proposed_case_passes_and_kills_its_mutant(tmp_path: Path) -> None:
    """Paste each proposal alone: the cases still pass, and the survivor is gone."""
    path, known = _small(tmp_path)
    proposed = {key: one.proposal for key, one in _survivors(path, known).items() if one.proposal is not None}
    assert {proposal.differs_in for proposal in proposed.values()} >= {"figures", "refund"}
    assert len(proposed) >= 10
    for key, proposal in proposed.items():
        _small(tmp_path, f"{CASES}\n{proposal.text}")
        differing = [one for one in run_case_file(path, known, own_schemas()) if one.differences]
        assert not differing, (key, proposal.text, differing)
        (alone,) = mutate_file(path, known, own_schemas(), lambda mutant, key=key: _key(mutant.change) == key)
        assert alone.verdict == "killed", (key, proposal.text)


def test_with_all_proposals_pasted_nothing_is_left_that_had_one(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    alive = _survivors(path, known)
    texts = [one.proposal.text for one in alive.values() if one.proposal is not None]
    _small(tmp_path, "\n".join([CASES, *texts]))
    assert set(_survivors(path, known)) == {key for key, one in alive.items() if one.proposal is None}


def test_counting_agrees_with_running(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    assert count_mutants(path) == len(list(mutate_file(path, known, own_schemas())))


def test_a_case_that_fails_is_seen_before_anything_is_mutated(tmp_path: Path) -> None:
    path, known = _small(tmp_path, CASES.replace("paid: 35", "paid: 34"))
    assert not cases_pass(path, known, own_schemas())
