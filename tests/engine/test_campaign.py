"""A campaign is a rule set made from a template and answers, and answers are only ever values."""

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.ruleset import GroupDiscount, LineDiscount, OrderDiscount
from engine.text.document import parse
from tests.engine.templates import SCHEMAS, SMALL, make, shipped, template


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
