"""`fenrun describe`: rule sets and templates in sentences, in the language that is asked for."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli import app

ROOT = Path(__file__).parents[2]
SNACKS = ROOT / "rules/promotion/night-snacks/v1.yaml"
MARKET = ROOT / "templates/campaigns/night-market/v1.yaml"


def describe(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["describe", *map(str, arguments)])


def test_sentences_come_in_both_languages_line_by_line() -> None:
    lines = describe(SNACKS).stdout.splitlines()
    assert lines[0] == "「夜宵优惠」（促销 night-snacks@1）：自 2026 年 10 月 1 日起，长期有效，可先生效后发布。"
    assert lines[1].startswith("  “Night snacks” (promotions, night-snacks@1): from 1 October 2026")
    assert len(lines) == 8


@pytest.mark.parametrize(("lang", "first"), [("zh", "「夜宵优惠」"), ("en", "“Night snacks”")])
def test_one_language_is_told_alone(lang: str, first: str) -> None:
    lines = describe(SNACKS, "--lang", lang).stdout.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(first)
    assert not any(line.startswith(" ") for line in lines)


def test_codes_have_names_where_the_operator_says_so() -> None:
    plain = describe(SNACKS, "--lang", "zh").stdout
    named = describe(SNACKS, "--lang", "zh", "--names", ROOT / "storage/demo_data").stdout
    assert "类目属于 snack，" in plain
    assert "类目属于小吃，" in named
    assert "规格为口味虾" in named


def test_public_regions_always_have_names(tmp_path: Path) -> None:
    rules = SNACKS.read_text("utf-8").replace(
        "line.category: {under: snack}", "order.region: {under: [430102, 430103]}"
    )
    path = tmp_path / "promotion/night-snacks/v1.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(rules, encoding="utf-8")
    assert "仅限收货地区属于芙蓉区或天心区，" in describe(path).stdout


def test_scripts_get_every_rule_set_and_template_of_a_folder() -> None:
    told = json.loads(describe(ROOT / "rules/promotion", ROOT / "templates/campaigns", "--json").stdout)
    assert [(one["kind"], one["name"], one["version"]) for one in told if "night" in one["name"]] == [
        ("promotion", "night-snacks", 1),
        ("template", "night-market", 1),
    ]
    assert all(len(one["zh"]) == len(one["en"]) > 1 for one in told)


def test_what_cannot_be_read_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "v1.yaml"
    path.write_text("kind: promotion\n", encoding="utf-8")
    result = describe(path, SNACKS)
    assert result.exit_code == 2
    assert f"{path.as_posix()}:1:1" in result.stderr
    refused = json.loads(describe(path, "--json").stdout)
    assert not refused["ok"]


def test_names_that_are_no_directory_are_a_usage_error(tmp_path: Path) -> None:
    broken = tmp_path / "regions.json"
    broken.write_text("{", encoding="utf-8")
    assert describe(SNACKS, "--names", broken).exit_code == 2
    assert describe(SNACKS, "--names", tmp_path / "nothing").exit_code == 2
