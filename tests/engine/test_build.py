"""From documents to rule sets: good files build, broken ones say exactly what is wrong, nothing else is ever raised."""

import json
import runpy
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.builder.build import build
from engine.ruleset import MadeFrom, PromotionSet, RuleSet
from engine.text.diagnostics import CODES, MAX_FINDINGS
from engine.text.document import parse
from engine.text.nodes import Plain, plain
from tests.engine.texts import GOOD_FILES, ROOT, SCHEMAS, bad_file, bad_paths, diagnose

HEADER = """\
kind: {kind}
name: demo
version: 1
title: 样例
owner: ops-lin
reason: 测试
effective_from: 2026-10-01
"""
PROMOTION = HEADER.format(kind="promotion") + (
    "base: running\nthreshold_on: running\nrounding: half_up\nremainder: largest\n"
    "on_partial_return: keep_share\ndiscount_on: group\nfunded_by: merchant\n"
    "rules:\n  - {id: r1, title: 规则, stacking: competing, when: always,\n"
    "     give: [{type: shipping_discount, free: true}]}\n"
)


def built(text: str, file: str = "demo.yaml") -> RuleSet:
    return build(parse(text, file), SCHEMAS)


def found(text: str, file: str = "demo.yaml") -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in diagnose(text, file)]


@pytest.mark.parametrize("path", GOOD_FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_rule_sets_of_the_project_build(path: Path):
    rule_set = built(path.read_bytes().decode("utf-8"), str(path.relative_to(ROOT)))
    header = rule_set.header
    assert (header.kind, header.name, f"v{header.version}") == (path.parts[-3], path.parts[-2], path.stem)
    assert rule_set.__struct_config__.tag == header.kind
    rules = getattr(rule_set, "rules", ())
    assert [rule.position for rule in rules] == list(range(len(rules)))


@pytest.mark.parametrize("path", bad_paths().values(), ids=lambda path: path.stem)
def test_a_broken_file_is_told_what_is_wrong_and_where(path: Path):
    bad = bad_file(path)
    assert bad.expected, "a broken file says what is expected of it"
    assert {code for code, *_ in bad.expected} == {path.stem}
    assert [(one.code, one.line, one.column, one.path) for one in diagnose(bad.text, bad.file)] == bad.expected


def test_every_code_has_a_broken_file():
    assert set(bad_paths()) == set(CODES)


def test_the_generated_pages_are_in_step():
    for name, text in runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"run `python docs/generate.py`: {name}"


def test_the_header_is_read_to_the_field():
    text = PROMOTION.replace(
        "effective_from: 2026-10-01\n",
        "title_en: Demo\neffective_from: 2026-10-01 18:30\neffective_until: 2026-11-01T00:00:00Z\nbackfill: true\n",
    )
    document = parse(text, "rules/promotion/demo/v1.yaml")
    header = build(document, SCHEMAS).header
    shanghai = timezone(timedelta(hours=8))
    assert header.effective_from == datetime(2026, 10, 1, 18, 30, tzinfo=shanghai)
    assert header.effective_until == datetime(2026, 11, 1, 8, tzinfo=shanghai)
    assert header.effective_until.utcoffset() == timedelta(hours=8)
    assert (header.title, header.title_en, header.owner, header.reason) == ("样例", "Demo", "ops-lin", "测试")
    assert header.backfill
    assert header.content_hash == document.content_hash
    assert header.file == "rules/promotion/demo/v1.yaml"
    assert not built(PROMOTION).header.backfill


@pytest.mark.parametrize(
    ("file", "wrong"),
    [
        ("rules/promotion/demo/v1.yaml", []),
        ("promotion\\demo\\v1.yml", []),
        ("anything/demo/v1.yaml", []),
        ("draft.yaml", []),
        ("rules/promotion/other/v1.yaml", ["/name"]),
        ("rules/promotion/demo/v01.yaml", ["/version"]),
        ("rules/commission/other/v2.yaml", ["/kind", "/name", "/version"]),
    ],
)
def test_name_version_and_kind_match_the_path(file: str, wrong: list[str]):
    assert found(PROMOTION, file) == [("R316", path) for path in wrong]


def test_faults_of_shape_and_of_meaning_come_together():
    text = PROMOTION.replace("title: 样例\n", "titel: 样例\n").replace(
        "effective_from: 2026-10-01\n", "effective_from: 2026-10-01\neffective_until: 2026-09-01\n"
    )
    text += (
        "  - {id: r1, title: 二, stacking: competing, when: {line.sk: a}, at_most: 1.234,\n"
        "     give: [{type: line_discount, percent_off: 120%}, {type: gift}]}\n"
    )
    assert found(text) == [
        ("S202", ""),
        ("S201", "/titel"),
        ("R317", "/effective_until"),
        ("R318", "/rules/1/id"),
        ("R310", "/rules/1/when/line.sk"),
        ("R301", "/rules/1/at_most"),
        ("R308", "/rules/1/give/0/percent_off"),
        ("S202", "/rules/1/give/1"),
        ("S202", "/rules/1/give/1"),
        ("S202", "/rules/1/give/1"),
    ]


@pytest.mark.parametrize("text", ["kind: template\n", "kind: [promotion]\n", "- kind\n", "text\n", "kind:\n"])
def test_only_rule_sets_are_built(text: str):
    (one,) = diagnose(text, "f.yaml")
    assert one.code in ("S202", "S204")
    assert "promotion" in one.hint_en + one.hint_zh


def test_the_telling_ends_when_enough_is_found():
    head = PROMOTION[: PROMOTION.index("rules:")]
    for text in (head + "rules: [" + "{a: 1}, " * 3_000 + "]", PROMOTION + "".join(f"k{n}: 1\n" for n in range(3_000))):
        assert MAX_FINDINGS <= len(diagnose(text, "f.yaml")) < MAX_FINDINGS + 20


def test_a_campaign_says_what_it_was_made_from():
    text = PROMOTION.replace(
        "rules:",
        "made_from: {template: night-market, version: 2, answers: {a: 50%, b: 3, c: null, d: [x, 'y']}}\nrules:",
    )
    rule_set = built(text)
    assert isinstance(rule_set, PromotionSet)
    assert rule_set.made_from == MadeFrom("night-market", 2, {"a": "50%", "b": 3, "c": None, "d": ["x", "y"]})


# --- law: whatever the values, the answer is a rule set or diagnostics that point into the file -------------------

_VALUES = st.sampled_from(
    [None, True, 0, -1, 10**17, "", "always", "0.08", "8%", "1/0", "99999%", "12.345", "22:00", "24:00", "2026-02-30",
     "02-30", "430102", "a/b", "//", [], [[]], {}, {"type": "gift"}, {"at_least": 3}, {"any": []}, {"line.sku": "x"},
     {"from": "1", "until": "2"}, ["x", "x"], "pool:a", "fri"]
)  # fmt: skip


def _places(value: Plain, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


@settings(max_examples=80)
@given(st.sampled_from(GOOD_FILES), st.data())
def test_any_change_of_a_value_is_built_or_refused(path: Path, data: st.DataObject):
    tree = plain(parse(path.read_text(encoding="utf-8"), "f.yaml").root)
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from([place for place in _places(tree) if place]))
        holder = tree
        for step in way:
            holder = holder[step]
        change = data.draw(st.sampled_from(["set", "drop", "rename"]))
        if change == "set" or isinstance(holder, list):
            holder[last] = deepcopy(data.draw(_VALUES))
        else:
            value = holder.pop(last)
            if change == "rename":
                holder[data.draw(st.sampled_from(["x", "type", "any", "not", "per", "items", "line.sku"]))] = value
    text = json.dumps(tree, ensure_ascii=False, indent=1)
    lines = text.split("\n")
    diagnostics = diagnose(text, "f.yaml")
    assert diagnostics == sorted(diagnostics)
    for one in diagnostics:
        assert 1 <= one.line <= len(lines)
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1
