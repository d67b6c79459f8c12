"""Campaign templates: what they may say, what their form asks, and the rule set that answers make."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.build import build
from engine.calendar import SHANGHAI
from engine.campaign import Campaign, check_answers, form_schema, make_campaign, read_template
from engine.cases import read_cases, run_case
from engine.codes_campaign import ANSWER_CODES, CAMPAIGN_CODES, TEMPLATE_CODES
from engine.document import parse
from engine.errors import Diagnostic, InvalidInput
from engine.live import compile_live
from engine.nodes import plain
from engine.placeholder import FILTERS, NotAPlaceholder, Placeholder, read_placeholder
from engine.ruleset import GroupDiscount, LineDiscount, OrderDiscount
from engine.template import Template
from engine.yaml_text import yaml_text

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path.name.split(".")[0]: json.loads(path.read_text("utf-8")) for path in (ROOT / "rules/schema").glob("*.json")
}
TEMPLATES = sorted((ROOT / "templates/campaigns").glob("*/v1.yaml"))
SCHOOL_DAYS = {"first_day": "2026-09-01", "last_day": "2026-09-15"}

SMALL = """
kind: template
name: small
version: 1
title: 小活动
owner: ops
reason: 测试
questions:
  share: {title: 优惠, title_en: Discount, type: rate, default: 50%, minimum: 10%, maximum: 70%, required: true}
  tag: {title: 标签, type: text, default: night, maximum: 8, required: false}
campaign:
  kind: promotion
  name: "{{ campaign_name }}"
  version: "{{ campaign_version }}"
  title: 小活动
  owner: "{{ campaign_owner }}"
  reason: 测试
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
      when: {line.tags: "{{ tag }}", order.delivery: pickup}
      give: [{type: line_discount, percent_off: "{{ share }}"}]
"""


def template(text: str = SMALL) -> Template:
    return read_template(parse(text, "templates/campaigns/small/v1.yaml"), SCHEMAS)


@cache
def shipped(name: str) -> Template:
    path = ROOT / f"templates/campaigns/{name}/v1.yaml"
    return read_template(parse(path.read_text("utf-8"), path.as_posix()), SCHEMAS)


def make(used: Template, answers: dict[str, Any], **changes: Any) -> Campaign:
    form: dict[str, Any] = {
        "name": "a-campaign",
        "version": 1,
        "owner": "摊主",
        "effective_from": date(2026, 9, 1),
        "effective_until": date(2026, 10, 31),
        "schemas": SCHEMAS,
    }
    return make_campaign(used, answers, **(form | changes))


def faults(text: str) -> list[Diagnostic]:
    with pytest.raises(InvalidInput) as caught:
        template(text)
    return caught.value.diagnostics


def codes(used: Template, answers: dict[str, Any]) -> dict[str, str]:
    return {one.path: one.code for one in check_answers(used, answers)}


# --- placeholders -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ name }}", Placeholder("name")),
        ("{{name}}", Placeholder("name")),
        ("{{ name | upper }}", Placeholder("name", "upper")),
        ("{{ name | default('a b') }}", Placeholder("name", "default", "a b")),
        ("{{ name | default(3) }}", Placeholder("name", "default", 3)),
    ],
)
def test_a_placeholder_is_one_name_or_one_filtered_name(text: str, expected: Placeholder) -> None:
    assert read_placeholder(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a {{ name }}",
        "{{ name }} b",
        "{{ a }}{{ b }}",
        "{{ a.b }}",
        "{{ a['b'] }}",
        "{{ a() }}",
        "{{ a + 1 }}",
        "{{ 'a' * 10**8 }}",
        "{{ 'text' }}",
        "{{ 1 }}",
        "{{ }}",
        "{{ a | join }}",
        "{{ a | upper | lower }}",
        "{{ a | upper('x') }}",
        "{{ a | default }}",
        "{{ a | default(b) }}",
        "{{ a | default('x', true) }}",
        "{{ a | default(true) }}",
        "{{ a | default(value='x') }}",
        "{{ a | default(*b) }}",
        "{{ a if b else c }}",
        "{% if a %}{{ a }}{% endif %}",
        "{% set a = 1 %}",
        "{# comment #}",
        "{{ a }}{# comment #}",
        "{{ a ",
        "a }}",
        "{{" + "[" * 110 + "}}",
        "{{" + "(" * 50 + "a" + ")" * 50 + "}}",
        "{{ " + "a" * 200 + " }}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAPlaceholder):
        read_placeholder(text)


@given(st.text(alphabet="{}%#()[]|'\"a.b0 +-*~\n", max_size=60))
@settings(max_examples=300)
def test_no_text_breaks_the_reading_of_placeholders(text: str) -> None:
    try:
        found = read_placeholder(text)
    except NotAPlaceholder:
        return
    assert found.name.isidentifier()
    assert found.filter in ("", *FILTERS)


@pytest.mark.parametrize(
    ("placeholder", "value", "expected"),
    [
        (Placeholder("x"), ["a", "b"], ["a", "b"]),
        (Placeholder("x", "upper"), "ab", "AB"),
        (Placeholder("x", "lower"), ["A", "B"], ["a", "b"]),
        (Placeholder("x", "trim"), " a ", "a"),
        (Placeholder("x", "upper"), 5, 5),
        (Placeholder("x", "upper"), None, None),
        (Placeholder("x", "default", "y"), None, "y"),
        (Placeholder("x", "default", "y"), "z", "z"),
    ],
)
def test_the_value_of_a_placeholder_is_a_value_not_a_text(placeholder: Placeholder, value: Any, expected: Any) -> None:
    assert placeholder.value({"x": value}) == expected


# --- templates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_the_cases_of_every_shipped_template_hold(path: Path) -> None:
    used = read_template(parse(path.read_text("utf-8"), path.as_posix()), SCHEMAS)
    beside = path.with_name("v1.cases.yaml")
    cases = read_cases(parse(beside.read_text("utf-8"), beside.as_posix()))
    assert len(cases) >= 10
    for case in cases:
        start = case.effective_from or date(2026, 1, 1)
        made = make(used, case.answers or {}, effective_from=start, effective_until=case.effective_until)
        assert run_case(case, compile_live([made.rule_set])) == [], case.name


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


# --- answers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("night-market", {}, {}),
        ("night-market", {"second_piece": "70%", "pairs": "5", "opens": " 19:00 "}, {}),
        ("night-market", {"second_piece": "1/2"}, {}),
        ("night-market", {"second_piece": "71%"}, {"/second_piece": "A605"}),
        ("night-market", {"second_piece": "9.99%"}, {"/second_piece": "A604"}),
        ("night-market", {"second_piece": "0.5"}, {"/second_piece": "A603"}),
        ("night-market", {"second_piece": 50}, {"/second_piece": "A603"}),
        ("night-market", {"second_piece": 0.5}, {"/second_piece": "A603"}),
        ("night-market", {"second_piece": ["50%"]}, {"/second_piece": "A603"}),
        ("night-market", {"pairs": True}, {"/pairs": "A603"}),
        ("night-market", {"pairs": "five"}, {"/pairs": "A603"}),
        ("night-market", {"pairs": "٣"}, {"/pairs": "A603"}),
        ("night-market", {"pairs": 0}, {"/pairs": "A604"}),
        ("night-market", {"pairs": -3}, {"/pairs": "A604"}),
        ("night-market", {"pairs": 51}, {"/pairs": "A605"}),
        ("night-market", {"opens": "25:00"}, {"/opens": "A603"}),
        ("night-market", {"nights": ["fri", "fry"]}, {"/nights": "A606"}),
        ("night-market", {"nights": ["fri", "fri"]}, {"/nights": "A606"}),
        ("night-market", {"nights": "fri"}, {"/nights": "A603"}),
        ("night-market", {"districts": [430102]}, {}),
        ("night-market", {"districts": [{}]}, {"/districts": "A603"}),
        ("night-market", {"spend_from": "50", "spend_off": "50"}, {}),
        ("night-market", {"spend_from": "50", "spend_off": "50.01"}, {"/spend_off": "A605"}),
        ("night-market", {"spend_from": "50"}, {"/spend_off": "A607"}),
        ("night-market", {"spend_off": "5", "spend_from": ""}, {"/spend_from": "A607"}),
        ("night-market", {"spend_from": "19.99", "spend_off": "5"}, {"/spend_from": "A604"}),
        ("night-market", {"spend_from": "五十", "spend_off": "5"}, {"/spend_from": "A603"}),
        ("night-market", {"campaign_title": "夜" * 30}, {}),
        ("night-market", {"campaign_title": "夜" * 31}, {"/campaign_title": "A605"}),
        ("night-market", {"campaign_title": "夜\n市"}, {"/campaign_title": "A603"}),
        ("night-market", {"campaign_title": "夜\u202e市"}, {"/campaign_title": "A603"}),
        ("night-market", {"campaign_title": "夜" * 5000}, {"/campaign_title": "A603"}),
        ("night-market", {"oppens": "18:00"}, {"/oppens": "A601"}),
        ("school-season", {}, {"/first_day": "A602", "/last_day": "A602"}),
        ("school-season", SCHOOL_DAYS, {}),
        ("school-season", {"first_day": "2026-09-15", "last_day": "2026-09-14"}, {"/last_day": "A604"}),
        ("school-season", SCHOOL_DAYS | {"first_day": "2026-02-30"}, {"/first_day": "A603"}),
        ("school-season", SCHOOL_DAYS | {"campuses": []}, {}),
        ("school-season", SCHOOL_DAYS | {"audience": "teacher"}, {"/audience": "A606"}),
        ("fruit-festival", {"lunar_from": None}, {}),
    ],
)
def test_answers_are_checked_one_by_one(name: str, answers: dict[str, Any], expected: dict[str, str]) -> None:
    found = check_answers(shipped(name), answers)
    assert {one.path: one.code for one in found} == expected
    assert all(one.message_zh and one.message_en and one.hint_zh and one.hint_en for one in found)


def test_all_that_is_wrong_comes_together_in_the_order_of_the_questions() -> None:
    answers = {"nope": 1, "pairs": 0, "opens": "6pm", "second_piece": "90%"}
    found = check_answers(shipped("night-market"), answers)
    assert [one.path for one in found] == ["/opens", "/second_piece", "/pairs", "/nope"]


def test_a_wrong_answer_is_explained_in_both_languages() -> None:
    (found,) = check_answers(shipped("night-market"), {"second_piece": "5折"})
    assert "第二件优惠" in found.message_zh
    assert "Off the second piece" in found.message_en
    assert "50%" in found.hint_zh
    assert found.text("zh").startswith("answers/second_piece: error A603")


def test_a_bound_from_another_answer_names_its_question() -> None:
    (found,) = check_answers(shipped("night-market"), {"spend_from": 50, "spend_off": 80})
    assert "满减门槛" in found.message_zh
    assert "50" in found.message_zh


def test_only_dates_end_before_they_start() -> None:
    with pytest.raises(InvalidInput) as caught:
        make(template(), {}, effective_until=date(2026, 8, 31))
    assert [(one.code, one.path) for one in caught.value.diagnostics] == [("A608", "/effective_until")]


def test_every_answer_code_is_shown_above() -> None:
    marks = test_answers_are_checked_one_by_one.pytestmark  # type: ignore[attr-defined]
    shown = {code for row in marks[0].args[1] for code in row[2].values()} | {"A608"}
    assert shown == set(ANSWER_CODES)


@pytest.mark.parametrize("code", sorted(CAMPAIGN_CODES))
def test_every_code_is_worded_in_both_languages(code: str) -> None:
    assert all(CAMPAIGN_CODES[code])


# --- the form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.parent.name)
def test_the_form_is_a_sound_schema_that_its_own_defaults_fit(path: Path) -> None:
    form = form_schema(shipped(path.parent.name))
    Draft202012Validator.check_schema(form)
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for shape in form["properties"].values():
        assert shape["title"]
        if "default" in shape:
            Draft202012Validator(shape).validate(shape["default"])
    assert list(json.loads(json.dumps(form))["properties"]) == list(form["properties"])


def test_the_form_carries_what_a_page_needs() -> None:
    form = form_schema(shipped("night-market"))
    assert form["properties"]["second_piece"] == {
        "title": "第二件优惠",
        "x-title-en": "Off the second piece",
        "description": "50% 即第二件半价",
        "x-description-en": "50% is half price",
        "x-type": "rate",
        "x-required": True,
        "x-minimum": "10%",
        "x-maximum": "70%",
        "type": "string",
        "pattern": form["properties"]["second_piece"]["pattern"],
        "default": "50%",
    }
    assert form["properties"]["pairs"]["type"] == ["integer", "null"]
    assert (form["properties"]["pairs"]["minimum"], form["properties"]["pairs"]["maximum"]) == (1, 50)
    assert form["properties"]["nights"]["items"]["oneOf"][4] == {
        "const": "fri",
        "title": "周五",
        "x-title-en": "Friday",
    }
    assert form["properties"]["spend_off"]["x-maximum-of"] == "spend_from"
    assert form["x-together"] == [["spend_from", "spend_off"]]
    assert form_schema(shipped("school-season"))["required"] == ["first_day", "last_day"]


def answers_to(used: Template) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to a template's questions: half of the time each by itself sound, else of all kinds."""
    pool: list[Any] = ["50%", "0.5", "12", "12.50", 5, 0, -1, 60, True, None, "", [], "18:00", "2026-09-03", "x" * 40]
    sound: dict[str, st.SearchStrategy[Any]] = {}
    for question in used.questions:
        own = [option.value for option in question.options]
        sound[question.name] = {
            "rate": st.sampled_from(["20%", "1/3", "12.5%"]),
            "money": st.sampled_from(["30", "30.00", 30]),
            "integer": st.sampled_from([2, "3"]),
            "text": st.sampled_from(["夜市", " a "]),
            "date": st.sampled_from(["2026-09-03", "2026-09-03 "]),
            "time": st.sampled_from(["17:00", "23:59", "01:00"]),
            "choices": st.lists(st.sampled_from(own or [""]), max_size=4, unique=True),
            "choice": st.sampled_from(own or [""]),
        }[question.type]
    needed = {name for name in sound if name in SCHOOL_DAYS or any(name in group for group in used.together)}
    fitting = st.fixed_dictionaries(
        {name: sound[name] for name in sound if name in needed},
        optional={name: sound[name] for name in sound if name not in needed},
    )
    noisy = {name: strategy | st.sampled_from(pool) for name, strategy in sound.items()}
    return fitting | st.fixed_dictionaries({}, optional=noisy)


@given(data=st.data())
@settings(max_examples=150)
def test_what_passes_the_check_fits_the_form_and_makes_a_campaign(data: st.DataObject) -> None:
    """Answers that pass make a campaign; stored, they fit the form's schema and make the same campaign again."""
    used = data.draw(st.sampled_from([shipped(path.parent.name) for path in TEMPLATES]))
    answers = data.draw(answers_to(used))
    if check_answers(used, answers):
        with pytest.raises(InvalidInput):
            make(used, answers)
        return
    if answers.get("opens", "18:00") == answers.get("closes", "02:00"):
        return  # an empty window, told by the builder
    made = make(used, answers)
    assert made.rule_set.made_from is not None
    stored = made.rule_set.made_from.answers
    Draft202012Validator(form_schema(used)).validate(stored)
    assert make(used, stored) == made


# --- campaigns ----------------------------------------------------------------------------------------------------


def test_a_campaign_is_a_promotion_rule_set_that_knows_where_it_comes_from() -> None:
    made = make(template(), {"share": "30%"}, name="gold-week", version=3, owner="老李")
    header = made.rule_set.header
    assert (header.name, header.version, header.owner, header.kind) == ("gold-week", 3, "老李", "promotion")
    assert made.rule_set.made_from is not None
    assert made.rule_set.made_from.template == "small"
    assert made.rule_set.made_from.answers == {"share": "30%", "tag": "night"}
    again = build(parse(made.text, "promotion/gold-week/v3.yaml"), SCHEMAS)
    assert again == made.rule_set
    assert header.content_hash == again.header.content_hash


def test_the_last_day_is_included() -> None:
    header = make(template(), {}).rule_set.header
    assert header.effective_from == datetime(2026, 9, 1, tzinfo=SHANGHAI)
    assert header.effective_until == datetime(2026, 11, 1, tzinfo=SHANGHAI)
    one_day = make(template(), {}, effective_until=date(2026, 9, 1)).rule_set.header
    assert one_day.effective_until == datetime(2026, 9, 2, tzinfo=SHANGHAI)
    assert make(template(), {}, effective_until=None).rule_set.header.effective_until is None


def test_a_start_may_be_a_moment_of_any_zone() -> None:
    eleven_utc = datetime(2026, 9, 1, 11, 30, 15, tzinfo=UTC)
    assert make(template(), {}, effective_from=eleven_utc).rule_set.header.effective_from == eleven_utc
    late = datetime(2026, 9, 1, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert make(template(), {}, effective_from=late).rule_set.header.effective_from == late
    with pytest.raises(ValueError, match="offset"):
        make(template(), {}, effective_from=datetime(2026, 9, 1))  # noqa: DTZ001 - what is refused


def test_a_night_that_began_on_the_last_day_is_not_cut_off_at_midnight() -> None:
    rule_set = make(shipped("night-market"), {}, effective_until=date(2026, 10, 31)).rule_set
    assert rule_set.header.effective_until == datetime(2026, 11, 1, 12, tzinfo=SHANGHAI)


def test_null_drops_the_key_and_the_condition_that_becomes_empty() -> None:
    market = make(shipped("night-market"), {"pairs": None}).rule_set
    (benefit,) = market.rules[0].benefits
    assert isinstance(benefit, GroupDiscount)
    assert benefit.times is None
    assert "order.region" not in make(shipped("night-market"), {}).text
    assert "order.region" in make(shipped("night-market"), {"districts": ["430102"]}).text
    assert '"tag": null' in make(template(), {"tag": None}).text


def test_a_rule_whose_answers_are_missing_is_left_out_whole() -> None:
    without = make(shipped("night-market"), {}).rule_set
    assert [rule.id for rule in without.rules] == ["second-piece"]
    with_it = make(shipped("night-market"), {"spend_from": "88", "spend_off": "8.80"}).rule_set
    assert [rule.id for rule in with_it.rules] == ["second-piece", "spend-and-save"]
    (benefit,) = with_it.rules[1].benefits
    assert isinstance(benefit, OrderDiscount)
    assert benefit.tiers[0].at_least == 8800
    assert "needs" not in make(shipped("night-market"), {"spend_from": "88", "spend_off": "8.80"}).text


@pytest.mark.parametrize(
    "evil",
    [
        "{{ share }}",
        "{% raw %}",
        "x: 1, y: [",
        "'] # \"",
        "*alias",
        "&anchor",
        "!!python/object",
        "- a",
        "null",
        "true",
        "1:30",
        "a: b",
        "<<",
        "\\u202e",
    ],
)
def test_an_answer_is_never_more_than_a_value(evil: str) -> None:
    used = template(SMALL.replace("maximum: 8", "maximum: 60"))
    made = make(used, {"tag": evil})
    assert made.rule_set.made_from is not None
    assert made.rule_set.made_from.answers["tag"] == evil
    plain_one = make(used, {"tag": "night"})
    assert len(made.rule_set.rules) == len(plain_one.rule_set.rules)
    assert made.text.replace(json.dumps(evil, ensure_ascii=False), '"night"') == plain_one.text


def test_a_question_may_have_a_name_that_yaml_misreads() -> None:
    made = make(template(SMALL.replace("  tag: {", "  'on': {").replace("{{ tag }}", "{{ on }}")), {})
    assert made.rule_set.made_from is not None
    assert made.rule_set.made_from.answers["on"] == "night"


def test_a_window_that_opens_as_it_closes_is_told_by_the_builder() -> None:
    with pytest.raises(InvalidInput) as caught:
        make(shipped("night-market"), {"opens": "20:00", "closes": "20:00"})
    assert {one.code for one in caught.value.diagnostics} == {"R313"}


def test_filters_work_on_values() -> None:
    text = SMALL.replace('line.tags: "{{ tag }}"', "line.tags: \"{{ tag | default('night') }}\"")
    assert 'line.tags: "night"' in make(template(text), {"tag": None}).text
    text = SMALL.replace('line.tags: "{{ tag }}"', 'line.tags: "{{ tag | lower }}"')
    assert 'line.tags: "day"' in make(template(text), {"tag": "DAY"}).text


def test_a_name_that_no_rule_set_may_have_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        make(template(), {}, name="夜市")
    assert {one.path for one in caught.value.diagnostics} == {"/name"}


def test_rates_and_prices_reach_the_rule_set_exactly() -> None:
    fruit = make(shipped("fruit-festival"), {"star_goods": "red-kiwi", "group_price": "¥21.90"}).rule_set
    (benefit,) = fruit.rules[1].benefits
    assert isinstance(benefit, LineDiscount)
    assert benefit.off.price_fen == 2190  # type: ignore[union-attr]


# --- YAML text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(ROOT.glob("rules/*/*/v1.yaml")) + TEMPLATES, ids=lambda path: path.parent.name)
def test_written_yaml_reads_back_as_the_same_tree(path: Path) -> None:
    root = parse(path.read_text("utf-8"), "x.yaml").root
    again = parse(yaml_text(root), "x.yaml").root
    assert plain(again) == plain(root)
    assert yaml_text(again) == yaml_text(root)


def test_odd_trees_survive_writing() -> None:
    text = "a: []\nb: {}\nc: [[x, [z]], {d: {e: []}}, '']\nf:\n'g: h': |\n  two\n  lines\n"
    root = parse(text, "x.yaml").root
    assert plain(parse(yaml_text(root), "x.yaml").root) == plain(root)
