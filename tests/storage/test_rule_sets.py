"""Publishing: immutable, dated, and seen by everybody at once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import durable_rules_engine
import pytest
from sqlalchemy import Engine, func, select

from engine.builder.build import build
from engine.errors import InvalidInput
from engine.live import LiveRules
from engine.ruleset import RuleSet
from engine.text.document import parse
from storage import live_book
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


SET_COUNT = 60


def numbered(number: int) -> str:
    """A rule set like TEXT, of five rules for goods of a shop of its own."""
    head, rule = TEXT.replace("name: ten-off", f"name: off-{number}").split("rules:\n")
    rules = []
    for least in range(1, 6):
        shop = f"when: {{line.merchant: shop-{number}, line.quantity: {{at_least: {least + number % 7}}}}}"
        rules.append(rule.replace("when: always", shop).replace("id: ten", f"id: ten-{least}"))
    return head + "rules:\n" + "".join(rules)


class Compiling:
    """How often the rules engine was handed rules."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shards = 0
        create = durable_rules_engine.create_ruleset

        def counting(name: str, definition: str) -> int:
            self.shards += 1
            return create(name, definition)

        monkeypatch.setattr(durable_rules_engine, "create_ruleset", counting)

    def since(self) -> int:
        """Shards made since this was asked last."""
        made, self.shards = self.shards, 0
        return made


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Compiling:
    monkeypatch.setattr("engine.match.partitions.GUARDED", 4)
    return Compiling(monkeypatch)


def names_at(book: RuleBook, engine: Engine, at: datetime) -> set[str]:
    with read(engine) as connection:
        return {name for name, _, _ in book.live_at(connection, at).rule_sets}


def test_publishing_one_set_makes_only_the_shards_that_it_touches(engine: Engine, compiling: Compiling) -> None:
    book = RuleBook(own_schemas())
    for number in range(SET_COUNT):
        publish_text(engine, numbered(number))
    assert len(names_at(book, engine, OCTOBER)) == SET_COUNT
    assert compiling.since() > 20
    publish_text(engine, numbered(SET_COUNT))
    assert len(names_at(book, engine, OCTOBER)) == SET_COUNT + 1
    assert 1 <= compiling.since() <= 3
    with read(engine) as connection:
        draft = build(parse(numbered(SET_COUNT + 1), "draft.yaml"), own_schemas())
        assert len(book.with_draft(connection, OCTOBER, draft).rule_sets) == SET_COUNT + 2
        assert 1 <= compiling.since() <= 3
        assert len(book.without(connection, OCTOBER, "off-7").rule_sets) == SET_COUNT
        assert 1 <= compiling.since() <= 3


def test_what_is_prepared_costs_no_quote_anything(engine: Engine, compiling: Compiling) -> None:
    book = RuleBook(own_schemas())
    for number in range(SET_COUNT):
        publish_text(engine, numbered(number))
    later = TEXT.replace("effective_from: 2026-10-01", "effective_from: 2026-10-10")
    draft = build(parse(later, "draft.yaml"), own_schemas())
    with read(engine) as connection:
        book.prepare(connection, OCTOBER, draft)
    assert compiling.since() > 5
    assert "ten-off" not in names_at(book, engine, OCTOBER + timedelta(days=10))  # it is not published
    publish_text(engine, later)
    assert "ten-off" not in names_at(book, engine, OCTOBER)
    assert "ten-off" in names_at(book, engine, OCTOBER + timedelta(days=10))
    assert compiling.since() == 0
    publish_text(engine, numbered(SET_COUNT))  # by another process
    with read(engine) as connection:
        book.prepare(connection, OCTOBER)
    assert compiling.since() > 0
    assert len(names_at(book, engine, OCTOBER)) == SET_COUNT + 1
    assert len(names_at(book, engine, OCTOBER + timedelta(days=10))) == SET_COUNT + 2
    assert compiling.since() == 0


def test_preparing_looks_no_further_than_what_can_be_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 9):
        publish_text(engine, numbered(day).replace("2026-10-01", f"2026-10-0{day}"))
    compiled: list[int] = []
    compile_live = live_book.compile_live

    def noting(rule_sets: Iterable[RuleSet], earlier: LiveRules | None) -> LiveRules:
        live = compile_live(rule_sets, earlier)
        compiled.append(len(live.rule_sets))
        return live

    monkeypatch.setattr(live_book, "compile_live", noting)
    with read(engine) as connection:
        RuleBook(own_schemas()).prepare(connection, NOW)
        assert compiled == list(range(1 + live_book.AHEAD))
        compiled.clear()
        monkeypatch.setattr(live_book, "KEPT_CONDITIONS", 3)
        RuleBook(own_schemas()).prepare(connection, NOW)
        assert compiled == [0, 1]  # of five conditions


def test_texts_are_read_in_batches_and_only_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.rule_sets._AT_ONCE", 2)
    book = RuleBook(own_schemas())
    for number in range(5):
        publish_text(engine, numbered(number))
    with read(engine) as connection:
        first = book.published(connection)
    assert [one.header.name for one in first] == [f"off-{number}" for number in range(5)]
    publish_text(engine, numbered(5))
    with read(engine) as connection:
        second = book.published(connection)
    assert [one.header.name for one in second] == [f"off-{number}" for number in range(6)]
    assert all(one is other for one, other in zip(first, second, strict=False))
