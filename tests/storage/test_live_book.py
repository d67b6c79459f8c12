"""What stands at an instant, however often and in whatever order it is asked."""

from datetime import datetime, timedelta

import msgspec
import pytest

from benchmarks.generated_rules import START, rule_sets
from engine.ruleset import RuleSet
from engine.timeline import live_at
from storage.live_book import LiveBook


def _with_period(rule_set: RuleSet, start: datetime, until: datetime | None, version: int = 1) -> RuleSet:
    header = msgspec.structs.replace(
        rule_set.header, effective_from=start, effective_until=until, version=version, content_hash=f"{start}{version}"
    )
    return msgspec.structs.replace(rule_set, header=header)


def test_the_book_answers_what_the_timeline_says_at_every_border() -> None:
    one, other = rule_sets(10)
    hour = timedelta(hours=1)
    book_of = [
        _with_period(one, START, START + 3 * hour),
        _with_period(one, START + 2 * hour, START + 5 * hour, version=2),
        _with_period(other, START + hour, None),
    ]
    book = LiveBook(book_of)
    borders = [START + hours * hour + timedelta(microseconds=off) for hours in range(7) for off in (-1, 0, 1)]
    for instant in [*reversed(borders), *borders]:
        expected = {(found.header.name, found.header.version) for found in live_at(book_of, instant)}
        assert {(name, version) for name, version, _ in book.at(instant).rule_sets} == expected


def test_what_stands_again_is_compiled_once() -> None:
    always, passing = rule_sets(10)
    book = LiveBook([always, _with_period(passing, START + timedelta(days=1), START + timedelta(days=2))])
    before, after = book.at(START), book.at(START + timedelta(days=3))
    assert before is after
    assert book.at(START + timedelta(days=1)) is not before


def test_what_is_kept_is_bounded_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    always, passing = rule_sets(10)
    book = LiveBook([always, _with_period(passing, START + timedelta(days=1), START + timedelta(days=2))])
    monkeypatch.setattr("storage.live_book.KEPT_CONDITIONS", 1)
    before, during = book.at(START), book.at(START + timedelta(days=1))
    assert book.at(START + timedelta(days=1)) is during
    after = book.at(START)
    assert after is not before
    assert after.rule_sets == before.rule_sets


def test_an_instant_needs_an_offset() -> None:
    with pytest.raises((TypeError, ValueError)):
        LiveBook(rule_sets(10)).at(START.replace(tzinfo=None))
