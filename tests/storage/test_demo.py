"""The demo shop loads, again and again, and its goods can be read back."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, func, select

from engine.order import Line
from storage.catalog import Filter, goods_by_sku, goods_page
from storage.database import read
from storage.demo import load_demo
from storage.directory import LeaderEntry, PromoterEntry, StoreEntry, entries
from storage.people import buyer_of, introduction_by, leader_of, store_of
from storage.tables import Stored

RULES = Path(__file__).parents[2] / "rules"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def rows(engine: Engine) -> dict[str, int]:
    with read(engine) as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in Stored.metadata.tables.items()
        }


def test_loading_again_changes_nothing(engine: Engine) -> None:
    load_demo(engine, RULES, NOW)
    first = rows(engine)
    load_demo(engine, RULES, NOW)
    assert rows(engine) == first
    assert first["product"] > 50
    assert first["rule_set_version"] >= 6


def test_goods_come_in_pages_that_leave_nothing_out(engine: Engine) -> None:
    load_demo(engine, RULES, NOW)
    with read(engine) as connection:
        whole = goods_page(connection, Filter(), None, 1000)
        paged: list[str] = []
        while page := goods_page(connection, Filter(), paged[-1] if paged else None, 7):
            paged += [good.sku for good in page]
    assert paged == [good.sku for good in whole]


def test_a_category_means_everything_below_it_and_nothing_beside(engine: Engine) -> None:
    load_demo(engine, RULES, NOW)
    with read(engine) as connection:
        snacks = goods_page(connection, Filter(category="snack"), None, 1000)
        none = goods_page(connection, Filter(category="snac"), None, 1000)
        wild = goods_page(connection, Filter(category="sn%"), None, 1000)
    assert snacks
    assert all(good.category == "snack" or good.category.startswith("snack/") for good in snacks if good.category)
    assert none == wild == ()


def test_goods_become_lines_with_all_that_rules_may_ask(engine: Engine) -> None:
    load_demo(engine, RULES, NOW)
    with read(engine) as connection:
        good = goods_by_sku(connection, ["candied-ginger", "no-such-goods"])["candied-ginger"]
    line = good.line("1", 2, promoter_merchant=good.merchant)
    assert isinstance(line, Line)
    assert (line.unit_price_fen, line.quantity, line.floor_price_fen) == (good.unit_price_fen, 2, good.floor_price_fen)
    assert line.own_goods
    assert line.commission["promoter"].amount_fen == 250
    assert not good.line("1", 2, promoter_merchant=None).own_goods


def test_people_are_known_by_id(engine: Engine) -> None:
    load_demo(engine, RULES, NOW)
    with read(engine) as connection:
        referred = next(one for one in entries(connection, PromoterEntry) if one.referrer is not None)
        found = introduction_by(connection, referred.id, NOW)
        assert found is not None
        assert found.promoter.level == referred.level
        assert found.referrer is not None
        assert found.referrer.id == referred.referrer
        assert found.promoter.period_sales_fen == 0
        assert introduction_by(connection, "nobody", NOW) is None
        assert leader_of(connection, entries(connection, LeaderEntry)[0].id) is not None
        assert store_of(connection, entries(connection, StoreEntry)[0].id) is not None
        newcomer, student = buyer_of(connection, "somebody"), buyer_of(connection, "demo-student")
    assert (newcomer.is_new, newcomer.nth_order, newcomer.level) == (True, 1, None)
    assert student.tags == ("student",)
