"""Mutants of files against the cases beside them: our own rule sets, and a small one whose cases are thin."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from engine.mutation.mutate import Change, Mutant
from engine.mutation.proposal import Proposal
from engine.ruleset import RuleSet
from storage.case_files import run_case_file
from storage.mutation_files import Verdicted, Wanted, cases_pass, count_mutants, every_mutant, mutate_file
from storage.rule_files import own_schemas, read_rule_sets, rule_set_files

ROOT = Path(__file__).parent.parent.parent
FOLDERS = ("rules/promotion", "rules/commission", "rules/replay", "templates/campaigns")
OWN = [path for folder in FOLDERS for path in rule_set_files(ROOT / folder)]
RULE_SETS = read_rule_sets(ROOT / "rules", own_schemas()).rule_sets
KNOWN: dict[str, RuleSet] = {f"{one.header.kind}/{one.header.name}/v{one.header.version}": one for one in RULE_SETS}


def _in_this_quarter(mutant: Mutant) -> bool:
    """A fixed quarter of all mutants keeps this short; `make mutate` runs them all."""
    mark = f"{Path(mutant.document.file).relative_to(ROOT)} {mutant.change.pointer} {mutant.change.new}"
    return sha256(mark.encode()).digest()[0] % 4 == 0


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_cases_beside_our_own_rules_notice_every_small_change(path: Path) -> None:
    found = list(mutate_file(path, KNOWN, own_schemas(), _in_this_quarter))
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
effective_until: 2026-12-01 20:00
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


TEMPLATE = """\
kind: template
name: small
version: 1
title: 小活动
owner: ops
reason: 样本
questions:
  share: {title: 优惠, type: rate, default: 50%, minimum: 10%, maximum: 70%, required: true}
  pairs: {title: 几对, type: integer, minimum: 1, required: false}
  opens: {title: 开始, type: time, default: '18:00', required: true}
  least: {title: 满, type: money, minimum: 20, required: false}
  less: {title: 减, type: money, maximum: "{{ least }}", required: false}
  who: {title: 谁, type: choice, options: [{value: new, title: 新}, {value: old, title: 老}], required: false}
campaign:
  kind: promotion
  name: "{{ campaign_name }}"
  version: "{{ campaign_version }}"
  title: 小活动
  owner: "{{ campaign_owner }}"
  reason: 样本
  effective_from: "{{ effective_from }}"
  effective_until: "{{ effective_until }}"
  base: running
  threshold_on: running
  rounding: half_up
  remainder: largest
  on_partial_return: keep_share
  discount_on: targets
  funded_by: merchant
  rules:
    - id: discount
      title: 第二件
      stacking: competing
      when: {clock.time: {from: "{{ opens }}", until: '24:00'}, buyer.tags: "{{ who }}"}
      give: [{type: group_discount, every: 2, targets: 1, times: "{{ pairs }}", percent_off: "{{ share }}"}]
    - id: save
      needs: [least, less]
      title: 满减
      stacking: combinable
      when: always
      give: [{type: order_discount, tiers: [{at_least: "{{ least }}", amount_off: "{{ less }}"}]}]
"""
TEMPLATE_CASES = """\
cases:
  - name: 第二件半价
    answers: {least: 36, less: 6}
    order:
      placed_at: 2026-10-06 20:00
      lines: [{sku: a, unit_price: 20, quantity: 2}]
    expect: {paid: 30, applied: [discount]}
"""


def _small_template(tmp_path: Path, cases: str = TEMPLATE_CASES) -> tuple[Path, dict[str, RuleSet]]:
    path = tmp_path / "small" / "v1.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE, encoding="utf-8")
    path.with_name("v1.cases.yaml").write_text(cases, encoding="utf-8")
    return path, {}


def _small(tmp_path: Path, cases: str = CASES, rule_set: str = SMALL) -> tuple[Path, dict[str, RuleSet]]:
    path = tmp_path / "promotion" / "small" / "v1.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule_set, encoding="utf-8")
    path.with_name("v1.cases.yaml").write_text(cases, encoding="utf-8")
    (built,) = read_rule_sets(path, own_schemas()).rule_sets
    return path, {"promotion/small/v1": built}


def _survivors(path: Path, known: dict[str, RuleSet], wanted: Wanted = every_mutant) -> dict[str, Verdicted]:
    found = mutate_file(path, known, own_schemas(), wanted)
    return {_key(one.change): one for one in found if one.verdict == "survived"}


def _key(change: Change) -> str:
    return f"{change.pointer} {change.new}"


def test_a_thin_case_lets_the_edges_through(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    assert cases_pass(path, known, own_schemas())
    found = list(mutate_file(path, known, own_schemas()))
    assert count_mutants(path) == len(found)
    alive = {_key(one.change) for one in found if one.verdict == "survived"}
    assert "/rules/0/give/0/tiers/0/at_least 30.01" in alive
    assert "/rules/0/when/clock.time/from 17:59" in alive
    assert "/on_partial_return keep_share" in alive
    assert "/rules/0/give/0/tiers/0/amount_off 5.01" not in alive


def _paste(cases: str, proposals: Iterable[Proposal]) -> str:
    """The proposed cases below the cases, the proposed forms below `forms`."""
    told = list(proposals)
    forms = [one.text for one in told if one.differs_in == "form"]
    orders = [one.text for one in told if one.differs_in != "form"]
    return "\n".join([cases, *orders, *(["forms:", *forms] if forms else [])])


def _kills_alone(path: Path, known: dict[str, RuleSet], cases: str, key: str, proposal: Proposal) -> None:
    """Pasted alone: the cases still pass, and the survivor is gone."""
    path.with_name("v1.cases.yaml").write_text(_paste(cases, [proposal]), encoding="utf-8")
    differing = [one for one in run_case_file(path, known, own_schemas()) if one.differences]
    assert not differing, (key, proposal.text, differing)
    (alone,) = mutate_file(path, known, own_schemas(), lambda mutant: _key(mutant.change) == key)
    assert alone.verdict == "killed", (key, proposal.text)


def test_every_proposed_case_passes_and_kills_its_mutant(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    proposed = {key: one.proposal for key, one in _survivors(path, known).items() if one.proposal is not None}
    assert {proposal.differs_in for proposal in proposed.values()} >= {"figures", "refund"}
    assert len(proposed) >= 10
    for key, proposal in proposed.items():
        _kills_alone(path, known, CASES, key, proposal)


def test_with_all_proposals_pasted_nothing_is_left_that_had_one(tmp_path: Path) -> None:
    path, known = _small(tmp_path)
    alive = _survivors(path, known)
    _small(tmp_path, _paste(CASES, [one.proposal for one in alive.values() if one.proposal is not None]))
    assert set(_survivors(path, known)) == {key for key, one in alive.items() if one.proposal is None}


def test_every_change_of_a_question_and_of_the_end_has_a_proposal_that_kills_it(tmp_path: Path) -> None:
    path, known = _small_template(tmp_path)
    keys = ("questions", "effective_until", "funded_by")
    alive = _survivors(path, known, lambda mutant: any(key in mutant.change.path for key in keys))
    proposed = {key: one.proposal for key, one in alive.items() if one.proposal is not None}
    assert len(proposed) >= 25
    assert [key for key in alive if key not in proposed] == []
    assert "refused: {less: A605}" in proposed["/questions/less/maximum "].text
    assert "less: '36.01'" in proposed["/questions/less/maximum "].text
    for key, proposal in proposed.items():
        _kills_alone(path, known, TEMPLATE_CASES, key, proposal)


def test_who_pays_the_period_and_what_is_given_back_have_proposals(tmp_path: Path) -> None:
    limited = SMALL.replace("    give:", "    limits: [{uses: 9, period: day}]\n    on_cancel: give_back\n    give:")
    path, known = _small(tmp_path, rule_set=limited)
    keys = ("effective_from", "effective_until", "funded_by", "on_cancel")
    alive = _survivors(path, known, lambda mutant: mutant.change.path[-1] in keys)
    for key in (
        "/effective_from 2026-10-02",
        "/effective_from 2026-09-30",
        "/effective_until 2026-12-01 20:01",
        "/effective_until 2026-12-01 19:59",
    ):
        proposal = alive[key].proposal
        assert proposal is not None, key
    for key, words in (
        ("/funded_by platform", "funded: {merchant: 5, platform: 0}"),
        ("/rules/0/on_cancel keep", "given_back: {small/save: {uses/total/day: 1}}"),
    ):
        proposal = alive[key].proposal
        assert proposal is not None, key
        assert words in proposal.text
        _kills_alone(path, known, CASES, key, proposal)


def test_a_case_that_fails_is_seen_before_anything_is_mutated(tmp_path: Path) -> None:
    path, known = _small(tmp_path, CASES.replace("paid: 35", "paid: 34"))
    assert not cases_pass(path, known, own_schemas())
