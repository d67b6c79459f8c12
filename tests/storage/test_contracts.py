"""Contracts in the database: sound together or refused, and found by place and instant."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine

from engine.money import Rate
from engine.people.contracts import Contract
from storage.contracts import ContractsRefused, all_contracts, contracts_over, put_contracts
from storage.database import write
from storage.directory import AgentEntry, put

OCTOBER = datetime.fromisoformat("2026-10-01T00:00:00+08:00")
NOVEMBER = datetime.fromisoformat("2026-11-01T00:00:00+08:00")
DECEMBER = datetime.fromisoformat("2026-12-01T00:00:00+08:00")


def contract(id: str, agent: str, region: str, percent: int, parent: str | None = None, **more: datetime) -> Contract:
    period = {"since": OCTOBER, "until": NOVEMBER} | more
    return Contract(id=id, agent=agent, region=region, rate=Rate(percent, 100), parent=parent, **period)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Connection]:
    with write(engine) as connection:
        put(connection, [AgentEntry(id="a1", title="市"), AgentEntry(id="a2", title="区", status="inactive")])
        put_contracts(connection, [contract("d", "a2", "430102", 2, "c"), contract("c", "a1", "430100", 3)])
        yield connection


def test_contracts_are_read_back_with_codes_as_places_name_them(desk: Connection) -> None:
    assert [(one.id, one.region, one.parent) for one in all_contracts(desk)] == [
        ("c", "4301", None),
        ("d", "430102", "c"),
    ]
    assert all_contracts(desk)[0].since == OCTOBER


@pytest.mark.parametrize(
    ("place", "found"),
    [("430102001", ["c", "d"]), ("430104", ["c"]), ("430100", ["c"]), ("44", []), ("4401", []), (None, [])],
)
def test_those_whose_region_holds_a_place(desk: Connection, place: str | None, found: list[str]) -> None:
    over = contracts_over(desk, (place, None), OCTOBER)
    assert [one.id for one in over.contracts] == found
    assert over.inactive == ({"a2"} if "d" in found else set())


def test_two_places_as_deep_as_places_go(desk: Connection) -> None:
    over = contracts_over(desk, ("430102001001", "440301002003"), OCTOBER)
    assert [one.id for one in over.contracts] == ["c", "d"]


def test_a_contract_stands_from_its_first_instant_until_before_its_last(desk: Connection) -> None:
    instants = (OCTOBER.replace(month=9), OCTOBER, NOVEMBER.replace(month=10, day=31), NOVEMBER)
    assert [len(contracts_over(desk, (None, "430102"), at).contracts) for at in instants] == [0, 2, 2, 0]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (contract("x", "nobody", "430104", 1), "P707"),
        (contract("x", "a1", "430104", 1, until=OCTOBER), "P708"),
        (contract("x", "a1", "430104", 1, "missing"), "P709"),
        (contract("x", "a1", "430104", 4, "c"), "P710"),
        (contract("x", "a1", "430102001", 1, "d", since=NOVEMBER, until=DECEMBER), None),
        (contract("c", "a1", "430102001", 3, "d"), "P711"),
        (contract("x", "a1", "430102", 1, until=DECEMBER), "P713"),
    ],
)
def test_what_cannot_stand_is_refused_and_nothing_is_stored(
    desk: Connection, wrong: Contract, code: str | None
) -> None:
    before = all_contracts(desk)
    if code is None:
        put_contracts(desk, [wrong])
        assert len(all_contracts(desk)) == 3
        return
    with pytest.raises(ContractsRefused) as refused:
        put_contracts(desk, [wrong])
    assert code in {one.code for one in refused.value.faults}
    assert all_contracts(desk) == before
