"""The journal in the database is the journal in memory: same events, same entries, same chain, on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from engine.errors import EventRefused
from engine.journal.audit import audit
from engine.journal.entry import verify
from engine.journal.journal import Journal
from engine.journal.order_news import News, SaleEvent
from engine.journal.posting import Logged, counts_before
from engine.order import Evaluation
from storage.database import open_database, read, write
from storage.journal import (
    account_balances,
    closed_until,
    due_releases,
    entries,
    entries_of_order,
    first_booked,
    log,
    order_book,
    post_event,
    sale_of,
)
from storage.migrate import MIGRATIONS, migrate
from storage.orders import find_order, record_order
from tests.engine.builders import returned
from tests.engine.journal.builders import (
    a_sale,
    adjusted,
    closed,
    dividend,
    hours,
    paid,
    payout,
    received,
    refunded,
    released,
    settled,
    shipped,
)

SALE = SaleEvent(evaluation=a_sale())
STORY: list[News] = [
    received("g-0", at=19),  # before its order
    refunded("b-9", returned("a", quantity=2), at=18),  # waits, and then cannot be true
    SALE,
    paid("p-1", 2000),
    SALE,  # again
    paid("p-2", 6200, at=3),
    shipped(),
    refunded("b-1", returned("b", quantity=1), at=40, shipping_fen=100),
    released(at=200),
    settled("p-1", 640, 0, 300),
    closed(0, 300),
    refunded("b-2", returned("a", amount_fen=1000), at=250),  # late: counts in the open period
    payout("y-1", "p-1", 640, at=310),
    adjusted("j-1", "platform:adjustments", "payee:p-1:released", 55, at=320),
]


def stored(connection: Connection) -> tuple[list[Logged], list[object]]:
    return list(log(connection)), list(entries(connection))


def test_a_pool_is_drawn_on_once(engine: Engine) -> None:
    """A dividend counts when it happens, after the period that it shares out: that money is gone nevertheless."""
    late = msgspec.structs.replace(dividend("pool:city", 80, 240, l_1=50), at=hours(300))
    with write(engine) as connection:
        filled = adjusted("j-1", "platform:adjustments", "payee:pool:city:released", 80, at=100)
        post_event(connection, filled, hours(300))
        post_event(connection, late, hours(300))
    for pool_fen in (31, 80):
        again = msgspec.structs.replace(late, id="again", pool_fen=pool_fen)
        with write(engine) as connection, pytest.raises(EventRefused) as refused:
            post_event(connection, again, hours(301))
        assert refused.value.code == "more_than_held"
    with write(engine) as connection:
        assert post_event(connection, msgspec.structs.replace(again, pool_fen=30, shares=()), hours(301)).entries


def test_the_database_posts_what_memory_posts(engine: Engine) -> None:
    memory = Journal()
    for number, event in enumerate(STORY, start=1):
        expected = memory.post(Logged(number, hours(number), event))
        with write(engine) as connection:
            assert post_event(connection, event, hours(number)).entries == expected
    with read(engine) as connection:
        events, entered = stored(connection)
        assert entered == memory.entries
        assert [one.event for one in events] == [event for at, event in enumerate(STORY) if event not in STORY[:at]]
        for before in (None, hours(0), hours(40), hours(200), hours(300), hours(301), hours(999)):
            assert account_balances(connection, before) == dict(sorted(memory.balances(before).items()))
        assert account_balances(connection, prefix="payee:p-1:") == {
            account: fen for account, fen in memory.balances().items() if account.startswith("payee:p-1:")
        }
        assert order_book(connection, "o-1") == memory.orders["o-1"]
        assert closed_until(connection) == hours(300)
        assert first_booked(connection) == min(one.booked_at for one in memory.entries)
        assert entries_of_order(connection, "o-1") == [one for one in memory.entries if one.order_id == "o-1"]
        touched = [one for one in memory.entries if any(":p-1:" in f"{p.source}{p.destination}" for p in one.postings)]
        assert list(entries(connection, payee="p-1")) == touched
        assert list(entries(connection, since=hours(300))) == [
            one for one in memory.entries if not counts_before(one, hours(300))
        ]
        audited = audit(events, entries(connection), stored_balances=account_balances(connection))
        assert audited.difference is None
        assert audited.summary.refused == 1


def test_what_is_refused_writes_nothing(engine: Engine) -> None:
    with write(engine) as connection:
        post_event(connection, SALE, hours(0))
        before = stored(connection)
    for event in (refunded("b-1", returned("a", quantity=9)), payout("y-1", "p-1", 1, at=1)):
        with pytest.raises(EventRefused), write(engine) as connection:
            post_event(connection, event, hours(1))
    with read(engine) as connection:
        assert stored(connection) == before
        assert sale_of(connection, "o-1") == SALE
        assert sale_of(connection, "o-2") is None
        assert order_book(connection, "o-2") is None


def test_many_writers_make_one_chain(engine: Engine) -> None:
    def sell(number: int) -> None:
        with write(engine) as connection:
            post_event(connection, SaleEvent(evaluation=a_sale(f"o-{number}")), hours(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sell, range(40)))
    with read(engine) as connection:
        events, entered = stored(connection)
        assert len(entered) == len(events) == 40
        assert verify(entries(connection)) is None
        assert audit(events, entries(connection)).difference is None


def test_an_order_is_due_for_release_once_its_window_is_over(engine: Engine) -> None:
    evaluation = msgspec.structs.replace(a_sale(payment="in_full"), release_after_days=7)
    with write(engine) as connection:
        record_order(connection, evaluation, "hash", hours(0))
        post_event(connection, received(at=20), hours(20))
        over = hours(20) + timedelta(days=7)
        assert due_releases(connection, over) == []
        assert due_releases(connection, over + timedelta(seconds=1)) == ["o-1"]
        post_event(connection, msgspec.structs.replace(released(), at=over), over)
        assert due_releases(connection, over + timedelta(days=9)) == []


def test_orders_recorded_before_the_journal_become_its_first_sales(database_url: str) -> None:
    engine = open_database(database_url)
    try:
        _upgrade(engine, "0001")
        with write(engine) as connection:
            for number, order_id in enumerate(("o-2", "o-1")):
                _record_as_it_was(connection, a_sale(order_id, payment="in_full"), hours(number))
        migrate(engine)
        memory = Journal()
        for number, order_id in enumerate(("o-2", "o-1"), start=1):
            sale = SaleEvent(evaluation=a_sale(order_id, payment="in_full"))
            memory.post(Logged(number, hours(number - 1), sale))
        with read(engine) as connection:
            events, entered = stored(connection)
            assert entered == memory.entries
            assert [one.recorded_at for one in events] == [hours(0), hours(1)]
            assert audit(events, entries(connection)).difference is None
            found = find_order(connection, "o-1")
            assert found is not None
            assert found.evaluation == a_sale("o-1", payment="in_full")
    finally:
        engine.dispose()


def _upgrade(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", MIGRATIONS.as_posix())
    with write(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _record_as_it_was(connection: Connection, evaluation: Evaluation, recorded_at: datetime) -> None:
    """An order as the first tables held it."""
    statement = text(
        "INSERT INTO order_record (order_id, placed_at, recorded_at, request_hash, list_fen, goods_fen, shipping_fen,"
        " evaluation) VALUES (:order_id, :placed_at, :recorded_at, 'h', 0, 0, 0, :evaluation)"
    )
    values = {
        "order_id": evaluation.event.order_id,
        "placed_at": recorded_at,
        "recorded_at": recorded_at,
        "evaluation": msgspec.json.encode(evaluation),
    }
    if connection.dialect.name == "sqlite":
        values |= {name: f"{recorded_at.astimezone():%Y-%m-%d %H:%M:%S.%f}" for name in ("placed_at", "recorded_at")}
    connection.execute(statement, values)
