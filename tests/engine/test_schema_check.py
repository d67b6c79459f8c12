"""The schemas: in step with the vocabulary and the model, described in two languages, bounded; and their violations."""

import re
import time
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from jsonschema import Draft202012Validator

from engine.builder.values import DATE, INSTANT, LUNAR, MONEY, PAYEE, PERCENT, RATE, REGION, TIME_OF_DAY
from engine.conditions import Operator
from engine.dividend.holders import LeftOutCode
from engine.dividend_set import Excess, FundBase, Leaving, WeightFact
from engine.errors import Diagnostic
from engine.money import REMAINDERS, ROUNDINGS
from engine.ruleset import (
    Budget,
    Ceiling,
    CommissionSet,
    CommissionTiers,
    GroupDiscount,
    Limit,
    Promotion,
    PromotionSet,
)
from engine.text.document import parse
from engine.text.schema_check import check_shape, check_template
from engine.vocabulary import HOLDER_VOCABULARY, INTEGER_TYPES, VOCABULARY
from tests.engine.texts import ROOT, SCHEMAS

LANGUAGE = (
    "common",
    "promotion",
    "commission",
    "template",
    "cases",
    "dividend",
    "holders",
    "level",
    "participants",
    "figures",
)
"""The schemas of what people write; other schemas describe JSON that programs exchange."""

COMMON = SCHEMAS["common"]["$defs"]
PROMOTION = SCHEMAS["promotion"]
COMMISSION = SCHEMAS["commission"]


def parts(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            if key in ("properties", "$defs"):
                for name, inner in value.items():
                    yield from parts(inner, f"{path}/{key}/{name}")
            elif key in ("anyOf", "oneOf", "allOf", "items", "additionalProperties", "then", "else"):
                inner_list = value if isinstance(value, list) else [value]
                for at, inner in enumerate(inner_list):
                    yield from parts(inner, f"{path}/{key}/{at}")


ALL_PARTS = [(f"{name}{path}", part) for name in LANGUAGE for path, part in parts(SCHEMAS[name])]


def resolved(part: dict[str, Any], name: str) -> dict[str, Any]:
    while "$ref" in part:
        file, _, pointer = part["$ref"].partition("#/$defs/")
        name = file.removesuffix(".schema.json") or name
        part = {**SCHEMAS[name]["$defs"][pointer], **{key: value for key, value in part.items() if key != "$ref"}}
    return part


@pytest.mark.parametrize("name", LANGUAGE)
def test_they_are_valid_draft_2020_12(name):
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(SCHEMAS[name])


def test_every_key_is_described_in_chinese_and_english():
    for path, part in ALL_PARTS:
        for key, inner in part.get("properties", {}).items():
            if inner is False:
                continue
            said = resolved(inner, path.partition("/")[0]).get("description", "")
            assert re.fullmatch(r".*[\u4e00-\u9fff].* / .*[A-Za-z].*", said), f"{path}/{key}: {said!r}"


def test_every_value_is_bounded():
    for path, part in ALL_PARTS:
        kinds = part.get("type", ())
        kinds = {kinds} if isinstance(kinds, str) else set(kinds)
        if "const" in part or "enum" in part:
            continue
        if "string" in kinds:
            assert part.keys() & {"maxLength", "pattern"}, path
        if "integer" in kinds and "string" not in kinds:
            assert part.keys() >= {"minimum", "maximum"}, path
        if "array" in kinds:
            assert "maxItems" in part, path
        if "object" in kinds and part.get("additionalProperties") is not False:
            assert part.keys() & {"maxProperties", "oneOf", "anyOf"}, path


def test_nothing_unknown_passes():
    open_objects = {path for path, part in ALL_PARTS if part.get("type") == "object" and "properties" in part
                    and part.get("additionalProperties") is not False}  # fmt: skip
    assert open_objects == set()


# --- in step with the code ------------------------------------------------------------------------------------------

_TEST_OF = {"text": "textTest", "texts": "textTest", "path": "pathTest", "paths": "pathTest"}


def test_the_facts_are_those_of_the_vocabulary():
    properties = COMMON["conditions"]["properties"]
    assert set(properties) == {"any", "all", "not", *VOCABULARY}
    for name, fact in VOCABULARY.items():
        own = name.split(".")[1]
        expected = f"{own}Test" if fact.values else _TEST_OF.get(fact.type, f"{fact.type}Test")
        assert properties[name] == {
            "$ref": f"#/$defs/{expected}",
            "description": f"{fact.title_zh} / {fact.title_en}",
        }
        if fact.values:
            assert COMMON[own]["enum"] == list(fact.values)


def test_the_facts_of_holders_are_those_of_their_vocabulary():
    properties = SCHEMAS["dividend"]["$defs"]["holderConditions"]["properties"]
    assert set(properties) == {"any", "all", "not", *HOLDER_VOCABULARY}
    for key, fact in HOLDER_VOCABULARY.items():
        expected = _TEST_OF.get(fact.type, f"{fact.type}Test")
        assert properties[key] == {
            "$ref": f"common.schema.json#/$defs/{expected}",
            "description": f"{fact.title_zh} / {fact.title_en}",
        }


def test_the_words_of_a_dividend_are_those_of_the_model():
    properties = SCHEMAS["dividend"]["properties"]
    fund, cap = properties["fund"]["properties"], properties["cap_per_holder"]["properties"]
    assert fund["of"]["enum"] == list(get_args(FundBase))
    assert fund["rounding"]["enum"] == list(ROUNDINGS)
    assert properties["weight"]["anyOf"][0]["enum"] == ["equal", *get_args(WeightFact)]
    assert cap["excess"]["enum"] == list(get_args(Excess))
    assert properties["leaving"]["enum"] == list(get_args(Leaving))
    left_out = SCHEMAS["cases"]["$defs"]["dividendPeriod"]["properties"]["expect"]["properties"]["left_out"]
    assert left_out["additionalProperties"]["enum"] == list(get_args(LeftOutCode))


def test_the_operators_fit_the_type_of_the_fact():
    operators = {name: set(COMMON[name]["anyOf"][2]["properties"]) for name in COMMON if name.endswith("Test")}
    comparing = {f"{kind}Test" for kind in INTEGER_TYPES}
    for name, found in operators.items():
        assert {"in", "not_in", "exists"} <= found
        assert ({"at_least", "more_than", "at_most", "less_than"} <= found) == (name in comparing)
        assert ("under" in found) == (name in ("pathTest", "regionTest"))
        assert ("from" in found) == ("until" in found) == (name in ("timeTest", "dateTest", "lunarTest"))
    assert set.union(*operators.values()) == {*get_args(Operator), "not_in", "from", "until"}


def test_the_words_of_a_choice_are_those_of_the_model():
    def words(model: type, field: str) -> list[str]:
        return sorted(get_args(get_type_hints(model)[field]))

    benefits, rule = PROMOTION["$defs"], PROMOTION["$defs"]["rule"]["properties"]
    limit = rule["limits"]["items"]["properties"]
    choices = {
        **{key: (PROMOTION["properties"][key], words(PromotionSet, key)) for key in
           ("base", "threshold_on", "rounding", "remainder", "on_partial_return", "discount_on", "funded_by")},
        **{f"commission {key}": (COMMISSION["properties"][key], words(CommissionSet, key)) for key in
           ("base", "rounding", "remainder", "choose", "vat")},
        **{f"group {key}": (benefits["group_discount"]["properties"][key], words(GroupDiscount, key)) for key in
           ("order", "pick", "among")},
        "stacking": (rule["stacking"], words(Promotion, "stacking")),
        "on_cancel": (rule["on_cancel"], words(Promotion, "on_cancel")),
        "per": (limit["per"], words(Limit, "per")),
        "period": (limit["period"], words(Limit, "period")),
        "at_edge": (rule["budget"]["properties"]["at_edge"], words(Budget, "at_edge")),
        "excess": (COMMISSION["properties"]["ceiling"]["properties"]["excess"], words(Ceiling, "excess")),
        "mode": (COMMISSION["$defs"]["tiers"]["properties"]["mode"], words(CommissionTiers, "mode")),
    }  # fmt: skip
    for name, (schema, expected) in choices.items():
        assert sorted(schema["enum"]) == expected, name
    assert PROMOTION["properties"]["rounding"]["enum"] == list(ROUNDINGS)
    assert PROMOTION["properties"]["remainder"]["enum"] == list(REMAINDERS)


def test_a_tier_may_count_any_number_of_the_vocabulary():
    numbers = [name for name, fact in VOCABULARY.items() if fact.type in ("money", "integer")]
    assert COMMISSION["$defs"]["tiers"]["properties"]["metric"]["enum"] == ["line", "order", *numbers]


def test_the_patterns_are_those_of_the_readers():
    patterns = {
        "money": MONEY,
        "rate": RATE,
        "percent": PERCENT,
        "instant": INSTANT,
        "date": DATE,
        "time": TIME_OF_DAY,
        "lunar": LUNAR,
        "region": REGION,
        "payee": PAYEE,
    }
    for name, pattern in patterns.items():
        assert COMMON[name]["pattern"] == f"^({pattern})$"


# --- what is said ---------------------------------------------------------------------------------------------------


def shape(text: str, schema: str = "cases") -> list[Diagnostic]:
    return check_shape(parse(text, "f.yaml"), schema, SCHEMAS)


def test_cases_are_checked_too():
    text = (
        "cases:\n  - name: 一\n    order:\n      placed_at: 2026-10-02 22:30\n"
        "      lines: [{sku: tofu, unit_price: 12, quantity: 0}]\n"
        "    expect: {payd: 12, lines: [{line_id: 1, paid: x}]}\n"
    )
    assert [(one.code, one.path) for one in shape(text)] == [
        ("S206", "/cases/0/order/lines/0/quantity"),
        ("S201", "/cases/0/expect/payd"),
        ("R301", "/cases/0/expect/lines/0/paid"),
    ]


@pytest.mark.parametrize("path", sorted(ROOT.glob("rules/*/*/*.cases.yaml")), ids=lambda path: path.parent.name)
def test_the_cases_of_the_project_fit(path):
    assert shape(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("templates/campaigns/*/v?.yaml")), ids=lambda path: path.parent.name)
def test_the_templates_of_the_project_fit(path):
    assert check_template(parse(path.read_text(encoding="utf-8"), "f.yaml"), SCHEMAS) == []


TEMPLATE = """\
kind: template
name: demo
version: 1
title: 模板
owner: ops-lin
reason: 测试
questions:
  less: {title: 折扣, type: rate, required: true}
campaign:
  kind: promotion
  name: "{{ campaign_name }}"
  version: "{{ campaign_version }}"
  title: 活动
  owner: "{{ campaign_owner }}"
  reason: 测试
  effective_from: "{{ effective_from }}"
  base: running
  threshold_on: running
  rounding: half_up
  remainder: largest
  on_partial_return: keep_share
  discount_on: group
  funded_by: merchant
  rules:
    - id: r1
      needs: [less]
      title: 规则
      stacking: competing
      when: {clock.weekday: {in: "{{ days }}"}, line.unit_price: {at_least: "{{ least }}"}}
      give:
        - {type: line_discount, percent_off: "{{ less }}", items: "{{ goods }}"}
"""


def test_a_placeholder_may_stand_for_any_value():
    assert check_template(parse(TEMPLATE, "f.yaml"), SCHEMAS) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("percent_off:", "percent_of:", [("S209", "/campaign/rules/0/give/0"),
         ("S201", "/campaign/rules/0/give/0/percent_of")]),
        ("stacking: competing", "stacking: best", [("S204", "/campaign/rules/0/stacking")]),
        ("{in:", "{inn:", [("R312", "/campaign/rules/0/when/clock.weekday/inn")]),
        ('"{{ less }}"', '"at {{ less }}"', [("R302", "/campaign/rules/0/give/0/percent_off")]),
        ("type: rate", "type: ratte", [("S204", "/questions/less/type")]),
        ("type: rate", "type: choice", [("S202", "/questions/less")]),
        ("rounding: half_up", "needs: [less]", [("S202", "/campaign"), ("S201", "/campaign/needs")]),
        ("  less:", "  Less:", [("S212", "/questions/Less")]),
    ],
)  # fmt: skip
def test_the_rest_of_a_template_is_checked_as_a_promotion(old, new, expected):
    found = check_template(parse(TEMPLATE.replace(old, new, 1), "f.yaml"), SCHEMAS)
    assert [(one.code, one.path) for one in found] == expected


def test_a_schema_that_is_not_there_is_a_programming_error():
    with pytest.raises(KeyError, match="casess"):
        shape("a: 1\n", "casess")


def test_doubled_entries_of_a_list_are_told_and_a_long_mixed_list_is_soon_judged():
    def found(listed: str) -> list[str]:
        text = f"kind: promotion\nrules:\n  - when:\n      line.sku: [{listed}]\n"
        return [one.code for one in check_shape(parse(text, "f.yaml"), "promotion", SCHEMAS) if "sku" in one.path]

    assert found("1, '1', a") == []
    assert found("a, 1, a") != []
    started = time.perf_counter()
    assert found(", ".join(f"{at}, a{at}" for at in range(10_000))) != []
    assert time.perf_counter() - started < 10, "comparing all pairs takes a minute"
