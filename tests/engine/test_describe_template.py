"""Templates in words: questions and the campaign with the questions' titles where answers go."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.campaigns.stand_in import stand_in
from engine.campaigns.template import read_template
from engine.describe.template import describe_template
from engine.errors import InvalidInput
from engine.mutation.equivalent import why_equivalent
from engine.mutation.mutate import mutants
from engine.text.document import parse
from tests.engine.templates import SCHEMAS, SMALL, TEMPLATES, template


def zh(text: str) -> list[str]:
    return [one.zh for one in describe_template(template(text), SCHEMAS)]


def en(text: str) -> list[str]:
    return [one.en for one in describe_template(template(text), SCHEMAS)]


def test_a_template_tells_its_questions_and_its_campaign() -> None:
    assert zh(SMALL) == [
        "「小活动」（活动模板 small@1）：2 个问题，答好就是一场活动。",
        "问「优惠」：填比率；不小于 10%；不大于 70%；必填；默认 50%。",
        "问「标签」：填文字；不大于 8 个字；选填，不填就没有这一项；默认 night。",
        "所办的活动叫「小活动」，自「活动第一天」起，到「活动最后一天」当晚 24:00 止（不填则长期有效）。",
        "「优惠」：减「优惠」；仅限商品标签里有「标签」，且配送方式为自提；与其他优惠择优。",
        "优惠由商家承担；折扣按前面优惠后的价格算；四舍五入到分。",
    ]
    assert en(SMALL)[-2] == (
        "“优惠”: “Discount” off; only where the tags of the goods include “标签” and the way of delivery is pickup; "
        "competes with other promotions, the best choice stands."
    )


def _variants() -> Iterator[tuple[str, str]]:
    def changed(old: str, new: str) -> str:
        assert old in SMALL
        return SMALL.replace(old, new)

    share = 'percent_off: "{{ share }}"'
    yield changed("stacking: competing", "needs: [tag]\n      stacking: competing"), "填了「标签」才有的「优惠」"
    yield changed(share, f"{share}, needs: [tag]"), "；其中第 1 项优惠填了「标签」才有"
    yield changed('"{{ tag }}"', "\"{{ tag | default('late') }}\""), "不填按 late 算"
    yield changed("maximum: 8, required: false", "minimum: 2, required: true"), "不小于 2 个字；必填"
    yield changed("title: 优惠\n      stacking", "title: '{{ tag }}'\n      stacking"), "「标签」：减「优惠」"
    yield changed("id: discount", "id: '{{ tag }}'"), "且配送方式为自提"
    yield (
        changed("maximum: 70%", "maximum: '{{ most }}'").replace(
            "campaign:\n", "  most: {title: 上限, type: rate, required: true}\ncampaign:\n"
        ),
        "不大于「上限」",
    )


@pytest.mark.parametrize(("text", "told"), list(_variants()))
def test_what_answers_decide_is_told(text: str, told: str) -> None:
    assert any(told in one for one in zh(text)), zh(text)


def test_an_answer_that_no_sentence_names_is_told_by_its_place() -> None:
    options = "[{value: half_up, title: 进}, {value: down, title: 舍}]"
    kinds = f"  kind: {{title: 算法, type: choice, options: {options}, required: true}}\n"
    text = SMALL.replace("campaign:\n", f"{kinds}campaign:\n", 1).replace("rounding: half_up", 'rounding: "{{ kind }}"')
    assert zh(text)[-1] == "「算法」填入 /rounding。"
    assert en(text)[-1] == "“算法” goes into /rounding."


@pytest.mark.parametrize("above", [[], [90], [20]])
def test_stand_ins_keep_to_the_figures_of_the_body(above: list[int]) -> None:
    marks = ["10", "'{{ share }}'", *map(str, above)]
    tiers = ", ".join(f"{{at_least: {mark}, amount_off: {off}}}" for off, mark in enumerate(marks, start=1))
    text = SMALL.replace("type: rate, default: 50%, minimum: 10%, maximum: 70%", "type: money").replace(
        'type: line_discount, percent_off: "{{ share }}"', f"type: order_discount, tiers: [{tiers}]"
    )
    assert "满「优惠」减 2.00 元" in zh(text)[-2]


def test_an_answer_in_a_title_is_told_by_its_question() -> None:
    assert any(
        "叫「优惠」" in one for one in zh(SMALL.replace("title: 小活动\n  owner", "title: '{{ share }}'\n  owner"))
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_every_mutant_of_a_shipped_template_is_told_apart(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"), path.as_posix())
    own = read_template(document, SCHEMAS)
    rule_set = stand_in(own, SCHEMAS).rule_set
    said = describe_template(own, SCHEMAS)
    for mutant in mutants(document):
        try:
            told = describe_template(read_template(mutant.document, SCHEMAS), SCHEMAS)
        except InvalidInput:
            continue
        change = mutant.change
        policy = len(change.path) == 2 and why_equivalent(rule_set, str(change.path[-1]), change.old, change.new)
        if not policy:
            assert [one.zh for one in told] != [one.zh for one in said], change
            assert [one.en for one in told] != [one.en for one in said], change
