"""Standings in the database: appended by reviews, and what orders and the next review see of them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from engine.level.level_figures import Figures
from engine.level.level_report import review_all
from engine.level_set import LevelSet
from engine.period import parse_label
from storage.database import write
from storage.directory import PromoterEntry, put
from storage.people import introduction_by
from storage.rule_files import own_schemas, read_rule_sets
from storage.standings import participants, past_reviews, record_reviews

RULES = Path(__file__).parents[2] / "rules" / "level"
REVIEWED = datetime.fromisoformat("2026-11-08T09:00:00+08:00")
SOLD = Figures(delivered_fen=500_000, refunded_fen=10_000, orders=40, buyers=30, repeat_buyers=10)


@pytest.fixture(scope="module")
def level_set() -> LevelSet:
    (found,) = read_rule_sets(RULES, own_schemas()).rule_sets
    assert isinstance(found, LevelSet)
    return found


@pytest.fixture
def desk(engine: Engine) -> Iterator[Connection]:
    with write(engine) as connection:
        put(connection, [PromoterEntry(id="p1", title="甲", level="starter", buyer="b1")])
        put(connection, [PromoterEntry(id="p2", title="乙", merchant="m1", referrer="p1")])
        yield connection


def review(desk: Connection, level_set: LevelSet, period: str, at: datetime, figures: Figures = SOLD) -> int:
    known = {"p1": figures}
    reviewed, refused = review_all(level_set, parse_label(period), participants(desk), known)
    assert not refused
    return record_reviews(desk, level_set, reviewed, at)


def test_promoters_are_seen_as_levels_see_them(desk: Connection) -> None:
    first, second = participants(desk)
    assert (first.type, first.buyer, first.standing.level if first.standing else None) == (
        "individual",
        "b1",
        "starter",
    )
    assert (second.type, second.standing, second.referrer) == ("merchant", None, "p1")
    assert participants(desk, "p2") == (second,)
    assert participants(desk, "nobody") == ()


def test_a_review_is_kept_once_and_the_next_begins_where_it_ended(desk: Connection, level_set: LevelSet) -> None:
    assert review(desk, level_set, "2026-10", REVIEWED) == 2
    assert review(desk, level_set, "2026-10", REVIEWED + timedelta(days=1)) == 0
    first = participants(desk, "p1")[0].standing
    assert first is not None
    assert (first.level, first.probation_left) == ("silver", 1)
    assert review(desk, level_set, "2026-11", REVIEWED + timedelta(days=30), Figures()) == 2
    newest, oldest = past_reviews(desk, "p1")
    assert (newest.period, newest.change, newest.standing.level) == ("2026-11", "on_probation", "silver")
    assert (oldest.period, oldest.change, oldest.standing) == ("2026-10", "promoted", first)
    assert participants(desk, "p1")[0].standing == newest.standing
    assert (oldest.figures, oldest.level_set, oldest.version) == (SOLD, "changsha-promoters", 1)


def test_orders_see_the_level_and_rates_of_the_last_review_before_them(desk: Connection, level_set: LevelSet) -> None:
    review(desk, level_set, "2026-10", REVIEWED)
    before = introduction_by(desk, "p1", REVIEWED - timedelta(microseconds=1))
    after = introduction_by(desk, "p1", REVIEWED)
    assert before is not None
    assert after is not None
    assert (before.promoter.level, before.promoter.repeat_rate_bp) == ("starter", None)
    assert (after.promoter.level, after.promoter.repeat_rate_bp, after.promoter.refund_rate_bp) == ("silver", 3333, 200)
    below = introduction_by(desk, "p2", REVIEWED)
    assert below is not None
    assert below.referrer is not None
    assert below.referrer.level == "silver"
