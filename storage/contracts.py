"""Contracts of regional agents in the database: stored only when sound together, and found by place and instant."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from engine.errors import FenrunError
from engine.facts import region_path
from engine.money import Rate
from engine.people.contracts import Contract, ContractFault, contract_faults
from storage.database import table_of, upsert
from storage.people_tables import AgentRow, ContractRow

_CONTRACT, _AGENT = table_of(ContractRow), table_of(AgentRow)
_REGIONS: Final = tuple(f"region_{number}" for number in range(10))
"""As many as two places lie in: a list of fixed length, because one that grows is written anew at every quote."""
_STANDING: Final = (
    select(_CONTRACT, _AGENT.c.status)
    .join(_AGENT)
    .where(
        _CONTRACT.c.region.in_([bindparam(name) for name in _REGIONS]),
        _CONTRACT.c.since <= bindparam("at", type_=_CONTRACT.c.since.type),
        _CONTRACT.c.until > bindparam("at", type_=_CONTRACT.c.until.type),
    )
    .order_by(_CONTRACT.c.region, _CONTRACT.c.id)
)


class ContractsRefused(FenrunError):
    """Contracts that cannot stand together; `faults` say why, by the codes of `codes_participants.py`."""

    def __init__(self, faults: Sequence[ContractFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{one.code} {one.contract}/{one.key}: {one.data}" for one in faults))


class StandingContracts(msgspec.Struct, frozen=True):
    """Contracts that stand at an instant, and the ids of those of their agents who earn nothing at present."""

    contracts: tuple[Contract, ...] = ()
    inactive: frozenset[str] = frozenset()


def put_contracts(connection: Connection, contracts: Iterable[Contract]) -> None:
    """Insert contracts, or replace those with the same id. Raises `ContractsRefused` unless all are sound together."""
    known = {one.id: one for one in all_contracts(connection)}
    given = {one.id: msgspec.structs.replace(one, region=_code(one.region)) for one in contracts}
    agents = dict.fromkeys(connection.execute(select(_AGENT.c.id)).scalars(), "agent")
    faults = list(contract_faults((known | given).values(), agents))
    if faults:
        raise ContractsRefused(faults)
    upsert(connection, _CONTRACT, [_row(one) for one in sorted(given.values(), key=lambda one: len(one.region))])


def all_contracts(connection: Connection) -> tuple[Contract, ...]:
    """All contracts by id, past and future ones too."""
    return tuple(_contract(row) for row in connection.execute(select(_CONTRACT).order_by(_CONTRACT.c.id)))


def contracts_over(connection: Connection, places: tuple[str | None, str | None], at: datetime) -> StandingContracts:
    """The contracts that stand at an instant for a region that holds one of the places (region codes)."""
    regions = {code for place in places if place is not None for code in region_path(place).split("/")}
    if not regions:
        return StandingContracts()
    wanted = dict(zip_longest(_REGIONS, sorted(regions)))
    rows = connection.execute(_STANDING, {**wanted, "at": at}).all()
    inactive = frozenset(row.agent for row in rows if row.status != "active")
    return StandingContracts(tuple(_contract(row) for row in rows), inactive)


def _code(region: str) -> str:
    """The code without trailing zeros: what a place's own path names it by."""
    return region_path(region).rpartition("/")[2]


def _row(one: Contract) -> dict[str, object]:
    fields = {name: getattr(one, name) for name in ("id", "agent", "region", "since", "until", "parent")}
    return fields | {"rate_num": one.rate.num, "rate_den": one.rate.den}


def _contract(row: Any) -> Contract:
    return Contract(
        id=row.id,
        agent=row.agent,
        region=row.region,
        since=row.since,
        until=row.until,
        rate=Rate(row.rate_num, row.rate_den),
        parent=row.parent,
    )
