"""Touches in the database: appended, never changed; the binding of an instant and circles are read off them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from engine.people.binding import BindingPolicy, Touch, bound_at
from storage.bindings import bound_promoter, circle_made_by, record_touch, same_touch, touches_of
from storage.database import open_database, write
from storage.directory import PromoterEntry, put
from storage.migrate import migrate

START = datetime.fromisoformat("2026-10-01T00:00:00+08:00")
PROMOTERS = [PromoterEntry(id=f"p{n}", title=f"p{n}", buyer=f"b{n}") for n in range(1, 5)]


def touch(buyer: str, promoter: str, day: int, days: int = 30) -> Touch:
    at = START + timedelta(days=day)
    return Touch(buyer=buyer, promoter=promoter, at=at, token=f"t{day}", source="link", window_days=days)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Connection]:
    with write(engine) as connection:
        put(connection, PROMOTERS)
        yield connection


def test_a_history_is_kept_as_it_came(desk: Connection) -> None:
    told = [touch("x", "p1", 3), touch("x", "p2", 1), touch("y", "p1", 2)]
    for one in told:
        record_touch(desk, one, START)
    assert touches_of(desk, "x") == (told[1], told[0])
    assert same_touch(desk, told[2]) == told[2]
    assert same_touch(desk, touch("y", "p1", 5)) is None


def test_the_same_touch_is_not_written_twice(engine: Engine) -> None:
    with write(engine) as connection:
        put(connection, PROMOTERS)
        record_touch(connection, touch("x", "p1", 3), START)
    with pytest.raises(IntegrityError), write(engine) as connection:
        record_touch(connection, touch("x", "p2", 3), START)


@pytest.mark.parametrize("policy", ["first_holds", "last_wins"])
@settings(deadline=None, max_examples=25)
@given(told=st.lists(st.tuples(st.sampled_from(["p1", "p2", "p3"]), st.integers(0, 20), st.integers(1, 9)), max_size=8))
def test_the_database_says_who_is_bound_as_the_engine_does(
    policy: BindingPolicy, told: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('bound')}/b.db")
    migrate(engine)
    history = list({day: touch("x", promoter, day, days) for promoter, day, days in told}.values())
    with write(engine) as connection:
        put(connection, PROMOTERS)
        for one in history:
            record_touch(connection, one, START)
        for day in range(0, 30, 3):
            at = START + timedelta(days=day)
            wanted = bound_at(history, "x", policy, at)
            assert bound_promoter(connection, "x", policy, at) == (None if wanted is None else wanted.promoter)
    engine.dispose()


def test_a_circle_is_named_from_its_least_to_itself(desk: Connection) -> None:
    record_touch(desk, touch("b1", "p2", 1), START)
    record_touch(desk, touch("b2", "p3", 2), START)
    closing = touch("b3", "p1", 3)
    assert circle_made_by(desk, closing, "last_wins") == ("p1", "p2", "p3", "p1")
    assert circle_made_by(desk, touch("p3", "p1", 3), "last_wins") == ("p1", "p2", "p3", "p1")
    assert circle_made_by(desk, touch("b4", "p1", 3), "last_wins") == ()
    assert circle_made_by(desk, touch("x", "p1", 3), "last_wins") == ()
    assert circle_made_by(desk, touch("b3", "p1", 31), "last_wins") == (), "the first binding is over by then"


def test_a_circle_made_by_a_touch_told_late_is_noticed(desk: Connection) -> None:
    record_touch(desk, touch("b1", "p2", 10), START)
    assert circle_made_by(desk, touch("b2", "p1", 5), "last_wins") == ("p1", "p2", "p1")
    assert circle_made_by(desk, touch("b2", "p1", 5, days=5), "last_wins") == (), "over when the other begins"


def test_who_is_bound_already_makes_no_circle_where_the_first_holds(desk: Connection) -> None:
    record_touch(desk, touch("b1", "p2", 1), START)
    record_touch(desk, touch("b2", "p3", 2), START)
    assert circle_made_by(desk, touch("b2", "p1", 3), "first_holds") == ()
    assert circle_made_by(desk, touch("b2", "p1", 3), "last_wins") == ("p1", "p2", "p1")
