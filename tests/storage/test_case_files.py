"""Cases and forms beside files: run in their time, and what they say when they differ."""

import shutil
from pathlib import Path

import pytest

from engine.errors import InvalidInput
from storage.case_files import CaseResult, run_case_file, run_cases
from storage.rule_files import own_schemas, read_rule_sets

RULE_SET = """\
kind: promotion
name: small
version: 1
title: 小
owner: ops
reason: 样本
effective_from: 2026-10-01
effective_until: 2026-11-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: platform
rules:
  - id: save
    title: 满减
    stacking: competing
    when: {order.region: {under: 43}}
    limits: [{uses: 5, per: total, period: day}]
    budget: {amount: 100, at_edge: part}
    on_cancel: give_back
    give: [{type: order_discount, amount_off: 5, per: order}]
  - id: fee
    title: 配送减两元
    stacking: combinable
    when: always
    limits: [{uses: 1, per: buyer, period: ever}]
    on_cancel: keep
    give: [{type: shipping_discount, amount_off: 2}]
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
  tag: {title: 标签, type: text, required: false}
  least: {title: 起步, type: money, default: 20, required: true}
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
  discount_on: group
  funded_by: merchant
  rules:
    - id: discount
      title: 优惠
      stacking: competing
      when: {line.tags: "{{ tag }}", order.list_total: {at_least: "{{ least }}"}}
      give: [{type: line_discount, percent_off: "{{ share }}"}]
"""
ORDER = """\
  - name: {at}
    order:
      placed_at: {at}
      delivery: {{kind: delivery, region: '430102', fee: 6}}
      buyer: {{id: b1}}
      lines: [{{sku: a, unit_price: 20, quantity: 1}}]
    expect: {expect}
"""


def _results(tmp_path: Path, text: str, cases: str) -> list[CaseResult]:
    path = tmp_path / ("small" if "kind: template" in text else "promotion/small") / "v1.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.with_name("v1.cases.yaml").write_text(cases, encoding="utf-8")
    known = {
        f"{one.header.kind}/{one.header.name}/v{one.header.version}": one
        for one in read_rule_sets(tmp_path, own_schemas()).rule_sets
    }
    return list(run_case_file(path, known, own_schemas()))


def _told(tmp_path: Path, text: str, cases: str) -> list[list[str]]:
    return [[str(one) for one in result.differences] for result in _results(tmp_path, text, cases)]


@pytest.mark.parametrize(
    ("at", "paid"),
    [
        ("2026-09-30 23:59", "20"),
        ("2026-10-01 00:00", "15"),
        ("2026-10-31 23:59:59", "15"),
        ("2026-11-01 00:00", "20"),
    ],
)
def test_a_rule_set_stands_in_a_case_from_its_start_until_its_end(tmp_path: Path, at: str, paid: str) -> None:
    assert _told(tmp_path, RULE_SET, "cases:\n" + ORDER.format(at=at, expect=f"{{paid: {paid}}}")) == [[]]


def test_a_case_outside_the_period_says_so_when_it_differs(tmp_path: Path) -> None:
    (told,) = _told(tmp_path, RULE_SET, "cases:\n" + ORDER.format(at="2026-11-01 00:00", expect="{paid: 15}"))
    assert told == [
        "/order/placed_at: expected small@1 生效 / in force, found 2026-11-01 00:00:00 未生效 / not in force",
        "/expect/paid: expected 15.00, found 20.00",
    ]


def test_what_a_case_names_stands_in_it_whatever_its_dates(tmp_path: Path) -> None:
    other = tmp_path / "promotion" / "other" / "v1.yaml"
    other.parent.mkdir(parents=True)
    later = RULE_SET.replace("2026-11-01", "2027-11-01").replace("2026-10-01", "2027-10-01")
    other.write_text(later.replace("small", "other").replace("amount_off: 5", "amount_off: 7"), encoding="utf-8")
    case = ORDER.format(at="2026-10-05 12:00", expect="{paid: 13}") + "    with: [promotion/other/v1]\n"
    assert _told(tmp_path, RULE_SET, "cases:\n" + case) == [[]]


def test_who_bears_the_discounts_and_what_a_cancelled_order_gives_back(tmp_path: Path) -> None:
    right = "{funded: {platform: 7, merchant: 0}, given_back: {small/save: {uses/total/day: 1, money/total/ever: 5}}}"
    wrong = "{funded: {merchant: 7}, given_back: {small/save: {uses/total/day: 1, money/total/ever: 5.01}}}"
    nothing = "{given_back: {}}"
    cases = "".join(ORDER.format(at="2026-10-05 12:00", expect=one) for one in (right, wrong, nothing))
    said = "small/save money/total/ever: 5.00, small/save uses/total/day: 1"
    assert _told(tmp_path, RULE_SET, "cases:\n" + cases) == [
        [],
        [
            "/expect/funded/merchant: expected 7.00, found 0.00",
            f"/expect/given_back: expected {said.replace('5.00', '5.01')}, found {said}",
        ],
        [f"/expect/given_back: expected nothing, found {said}"],
    ]


TOO_LARGE = "“优惠”是 `71%`, 大于上限 70% / “优惠” is `71%`, above 70%"
TOO_LARGE = "“优惠”是 `71%`, 大于上限 70% / “优惠” is `71%`, above 70%"
FORMS = """\
cases:
  - name: 半价
    answers: {}
    order: {placed_at: 2026-10-05 12:00, lines: [{sku: a, unit_price: 20, quantity: 1}]}
    expect: {paid: 10}
forms:
"""


@pytest.mark.parametrize(
    ("answers", "expect", "told"),
    [
        ("{}", "{complete: {share: 50%, tag: null, least: 20}}", []),
        ("{tag: ' night ', least: 12.50}", "{complete: {tag: night, least: 12.50}}", []),
        ("{}", "{complete: {share: 40%}}", ["/expect/complete/share: expected 40%, found 50%"]),
        ("{}", "{complete: {share: 一半}}", ["/expect/complete/share: expected 一半, found 50%"]),
        (
            "{}",
            "{complete: {shore: 50%}}",
            ["/expect/complete/shore: expected 50%, found 没有这个问题 / no such question"],
        ),
        ("{share: 71%, least: x}", "{refused: {share: A605, least: A603}}", []),
        ("{share: 71%}", "{refused: {share: A604}}", ["/expect/refused/share: expected A604, found A605"]),
        ("{share: 70%}", "{refused: {share: A605}}", ["/expect/refused/share: expected A605, found 可用 / accepted"]),
        ("{nome: x}", "{refused: {nome: A601}}", []),
        (
            "{share: 71%}",
            "{complete: {share: 71%}}",
            [f"/answers/share: expected 可用 / accepted, found A605 {TOO_LARGE}"],
        ),
    ],
)
def test_a_form_says_what_is_refused_or_what_stands_in_the_end(
    tmp_path: Path, answers: str, expect: str, told: list[str]
) -> None:
    text = f"{FORMS}  - {{name: 表单, answers: {answers}, expect: {expect}}}\n"
    assert _told(tmp_path, TEMPLATE, text) == [[], told]


def test_a_case_whose_answers_are_refused_differs_and_the_others_still_run(tmp_path: Path) -> None:
    text = FORMS.replace("answers: {}", "answers: {share: 5%}").removesuffix("forms:\n")
    ((told,),) = _told(tmp_path, TEMPLATE, text)
    assert told.startswith("/answers/share: expected 可用 / accepted, found A604")


@pytest.mark.parametrize("key", ["answers: {}", "effective_from: 2026-10-01", "effective_until: 2026-10-09"])
def test_what_only_a_template_can_mean_is_refused_beside_a_rule_set(tmp_path: Path, key: str) -> None:
    case = ORDER.format(at="2026-10-05 12:00", expect="{paid: 15}") + f"    {key}\n"
    with pytest.raises(InvalidInput) as refused:
        _results(tmp_path, RULE_SET, "cases:\n" + case)
    assert [(one.code, one.line) for one in refused.value.diagnostics] == [("C103", 2)]
    form = "forms:\n  - {name: 表单, answers: {}, expect: {refused: {a: A601}}}\n"
    with pytest.raises(InvalidInput, match="C103"):
        _results(tmp_path, RULE_SET, "cases:\n" + case.replace(f"    {key}\n", "") + form)


def test_a_rule_set_that_does_not_build_says_why_instead_of_running_its_cases(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        _results(
            tmp_path,
            RULE_SET.replace("amount_off: 5", "amount_off: 5.005"),
            "cases:\n" + ORDER.format(at="2026-10-05 12:00", expect="{paid: 15}"),
        )
    assert {one.code for one in refused.value.diagnostics} == {"R301"}


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ("rules/dividend/city-partners", "C104"),
        ("rules/level/changsha-promoters", "C105"),
        ("rules/settlement/changsha", "C106"),
        ("templates/campaigns/night-market", "C103"),
    ],
)
def test_cases_beside_a_file_of_another_kind_are_refused(tmp_path: Path, cases: str, code: str) -> None:
    root = Path(__file__).parents[2]
    shutil.copy(root / "rules/commission/live-hosts/v1.yaml", tmp_path / "v1.yaml")
    shutil.copy(root / cases / "v1.cases.yaml", tmp_path / "v1.cases.yaml")
    found = run_cases(tmp_path, [], own_schemas()).diagnostics
    assert {one.code for one in found} == {code}
    assert all(one.message_zh and one.hint_en for one in found)
