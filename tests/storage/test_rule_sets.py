"""Publishing: immutable, dated, and seen by everybody at once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from engine.errors import InvalidInput
from storage.database import read, table_of, write
from storage.rule_files import own_schemas
from storage.rule_sets import RuleBook, TooLate, VersionTaken, newest_version, publish
from storage.tables import RuleSetVersion

NOW = datetime(2026, 9, 1, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 12, tzinfo=UTC)

TEXT = """\
kind: promotion
name: ten-off
version: 1
title: 九折
owner: ops
reason: 试
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
  - id: ten
    title: 全场九折
    stacking: competing
    when: always
    give: [{type: line_discount, percent_off: 10%}]
"""


def publish_text(engine: Engine, text: str, now: datetime = NOW) -> str:
    with write(engine) as connection:
        return publish(connection, text, "draft.yaml", own_schemas(), now).outcome


def versions(engine: Engine) -> int:
    with read(engine) as connection:
        return connection.execute(select(func.count()).select_from(table_of(RuleSetVersion))).scalar_one()


def test_the_same_bytes_again_are_no_news(engine: Engine) -> None:
    assert publish_text(engine, TEXT) == "published"
    assert publish_text(engine, TEXT) == "unchanged"
    assert versions(engine) == 1


def test_other_bytes_under_the_same_version_are_refused_and_the_first_ones_stay(engine: Engine) -> None:
    publish_text(engine, TEXT)
    with pytest.raises(VersionTaken, match=r"ten-off@1 .* save the new text as version 2"):
        publish_text(engine, TEXT.replace("10%", "20%"))
    with read(engine) as connection:
        assert connection.execute(select(table_of(RuleSetVersion).c.text)).scalar_one() == TEXT


def test_a_text_that_is_wrong_is_not_kept(engine: Engine) -> None:
    with pytest.raises(InvalidInput):
        publish_text(engine, TEXT.replace("10%", "0.10"))
    assert versions(engine) == 0


def test_a_start_in_the_past_must_be_stated(engine: Engine) -> None:
    with pytest.raises(TooLate, match="backfill"):
        publish_text(engine, TEXT, now=OCTOBER)
    assert publish_text(engine, TEXT.replace("base:", "backfill: true\nbase:"), now=OCTOBER) == "published"


def test_the_newest_version_is_known(engine: Engine) -> None:
    with read(engine) as connection:
        assert newest_version(connection, "ten-off") == 0
    publish_text(engine, TEXT)
    publish_text(engine, TEXT.replace("version: 1", "version: 12"))
    with read(engine) as connection:
        assert newest_version(connection, "ten-off") == 12


def test_what_stands_follows_the_clock_and_the_versions(engine: Engine) -> None:
    book = RuleBook(own_schemas())
    publish_text(engine, TEXT)
    later = TEXT.replace("version: 1", "version: 2").replace("2026-10-01", "2026-10-10")
    publish_text(engine, later)
    with read(engine) as connection:
        assert book.live_at(connection, datetime(2026, 9, 30, tzinfo=UTC)).rule_sets == ()
        assert [one[:2] for one in book.live_at(connection, OCTOBER).rule_sets] == [("ten-off", 1)]
        after = book.live_at(connection, OCTOBER + timedelta(days=10))
        assert [one[:2] for one in after.rule_sets] == [("ten-off", 2)]


def test_what_another_process_publishes_is_seen_at_once(engine: Engine) -> None:
    book = RuleBook(own_schemas())
    with read(engine) as connection:
        assert book.live_at(connection, OCTOBER).rule_sets == ()
    publish_text(engine, TEXT)
    with read(engine) as connection:
        assert len(book.live_at(connection, OCTOBER).rule_sets) == 1


def test_rules_are_compiled_once_per_set_that_stands_together(engine: Engine) -> None:
    book = RuleBook(own_schemas())
    publish_text(engine, TEXT)
    with read(engine) as connection:
        first = book.live_at(connection, OCTOBER)
        assert book.live_at(connection, OCTOBER + timedelta(hours=1)) is first
        assert book.of_evaluation(connection, first.rule_sets) is first
