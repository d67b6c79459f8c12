"""Campaign templates: the shipped ones work, and what cannot work is refused where it is wrong."""

import pytest

from engine.text.codes_campaign import TEMPLATE_CODES
from tests.engine.templates import SMALL, TEMPLATES, faults, shipped


def test_there_are_three_templates_and_each_is_bilingual() -> None:
    assert [path.parent.name for path in TEMPLATES] == ["fruit-festival", "night-market", "school-season"]
    for path in TEMPLATES:
        used = shipped(path.parent.name)
        assert used.title_en
        for question in used.questions:
            assert question.title_en, question.name
            assert all(option.title_en for option in question.options), question.name


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        ('"{{ share }}"}]', '"{{ share + 1 }}"}]', "T501", "/campaign/rules/0/give/0/percent_off"),
        ('"{{ share }}"}]', '"{{ shar }}"}]', "T502", "/campaign/rules/0/give/0/percent_off"),
        ("  rules:", '  "{{ share }}": 1\n  rules:', "T503", "/campaign/{{ share }}"),
        ('line.tags: "{{ tag }}", ', "", "T504", "/questions/tag"),
        ("default: 50%", "default: 80%", "T505", "/questions/share/default"),
        ("default: 50%", "default: 5%", "T505", "/questions/share/default"),
        ("default: 50%", "default: half", "T505", "/questions/share/default"),
        (
            "type: text, default: night, maximum: 8",
            "type: choice, default: b, options: [{value: a, title: A}]",
            "T505",
            "/questions/tag/default",
        ),
        ("minimum: 10%", "minimum: '0.1'", "T506", "/questions/share/minimum"),
        ("minimum: 10%", "minimum: '{{ tag }}'", "T506", "/questions/share/minimum"),
        ("minimum: 10%", "minimum: '{{ tagg }}'", "T502", "/questions/share/minimum"),
        ("    - id: discount", "    - needs: tag\n      id: discount", "T507", "/campaign/rules/0/needs"),
        ("    - id: discount", "    - needs: [tak]\n      id: discount", "T502", "/campaign/rules/0/needs/0"),
        (
            "type: text, default: night, maximum: 8",
            "type: choice, options: [{value: a, title: A}, {value: a, title: B}]",
            "T508",
            "/questions/tag/options/1",
        ),
        ('name: "{{ campaign_name }}"', "name: fixed", "T509", "/campaign/name"),
        ('  effective_until: "{{ effective_until }}"\n', "", "T509", "/campaign/effective_until"),
        ("  tag: {", "  campaign_owner: {", "T510", "/questions/campaign_owner"),
    ],
)
def test_a_template_that_cannot_work_is_refused_where_it_is_wrong(old: str, new: str, code: str, path: str) -> None:
    assert old in SMALL
    found = faults(SMALL.replace(old, new))
    assert (code, path) in {(one.code, one.path) for one in found}
    assert all(one.line > 0 and one.message_zh and one.hint_en for one in found)


def test_every_template_code_is_shown_by_a_broken_template() -> None:
    (mark,) = test_a_template_that_cannot_work_is_refused_where_it_is_wrong.pytestmark  # type: ignore[attr-defined]
    assert {row[2] for row in mark.args[1]} == set(TEMPLATE_CODES)


def test_the_shape_is_checked_first() -> None:
    assert {one.code for one in faults(SMALL.replace("type: rate, ", ""))} == {"S202"}


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    (found,) = [one for one in faults(SMALL.replace('"{{ share }}"}]', '"{{ sharre }}"}]')) if one.code == "T502"]
    assert "`share`" in found.hint_en
    assert "`share`" in found.hint_zh
