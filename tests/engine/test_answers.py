"""Answers to a template: each is checked, and the form says what it asks."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from engine.campaigns.campaign import check_answers, form_schema
from engine.campaigns.template import Template
from engine.errors import InvalidInput
from engine.text.codes_campaign import ANSWER_CODES, CAMPAIGN_CODES
from tests.engine.templates import SCHOOL_DAYS, TEMPLATES, make, shipped, template


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
