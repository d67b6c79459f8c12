"""Contracts of regional agents (区域代理): a region, a period, a rate, and the contract they stand below.

An agent's place comes from contracts alone, never from who recruited whom (docs/law.md).  `contract_faults` says what
cannot be; `standing_contracts` which of them stand at an instant.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from engine.conditions import path_under
from engine.facts import region_path
from engine.money import Rate
from engine.people.relations import cycles, said


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """One contract. `region` is a GB/T 2260 code; it stands from `since` (inclusive) until `until` (exclusive)."""

    id: str
    agent: str
    region: str
    since: datetime
    until: datetime
    rate: Rate
    parent: str | None = None

    def stands_at(self, at: datetime) -> bool:
        return self.since <= at < self.until


class ContractFault(msgspec.Struct, frozen=True):
    """Why a contract cannot stand: a code of `codes_participants.py`, the key at fault, and the code's data."""

    code: str
    contract: str
    key: str
    data: dict[str, str]


def standing_contracts(contracts: Iterable[Contract], at: datetime) -> tuple[Contract, ...]:
    """The contracts that stand at an instant, by region and id."""
    return tuple(sorted((one for one in contracts if one.stands_at(at)), key=lambda one: (one.region, one.id)))


def contract_faults(contracts: Iterable[Contract], agents: Mapping[str, str]) -> Iterator[ContractFault]:
    """Everything that is wrong with contracts, each by itself and together. `agents`: participants and their types."""
    listed = list(contracts)
    by_id = {one.id: one for one in listed}
    for one in listed:
        if agents.get(one.agent) != "agent":
            yield ContractFault("P707", one.id, "agent", {"agent": one.agent})
        if one.until <= one.since:
            yield ContractFault("P708", one.id, "until", {"since": _day(one.since), "until": _day(one.until)})
        yield from _against_parent(one, by_id)
    above = {one.id: one.parent for one in listed if one.parent is not None}
    for cycle in cycles(above):
        yield ContractFault("P711", cycle[0], "parent", {"path": said((*cycle, cycle[0]))})
    yield from _overlaps(listed)


def _against_parent(one: Contract, by_id: Mapping[str, Contract]) -> Iterator[ContractFault]:
    if one.parent is None:
        return
    parent = by_id.get(one.parent)
    if parent is None:
        yield ContractFault("P709", one.id, "parent", {"parent": one.parent})
        return
    if one.rate.num * parent.rate.den > parent.rate.num * one.rate.den:
        yield ContractFault(
            "P710", one.id, "rate", {"rate": str(one.rate), "parent": parent.id, "limit": str(parent.rate)}
        )
    if one.id != parent.id and (
        one.region == parent.region or not path_under(region_path(one.region), region_path(parent.region))
    ):
        yield ContractFault(
            "P712", one.id, "region", {"region": one.region, "parent": parent.id, "above": parent.region}
        )


def _overlaps(contracts: list[Contract]) -> Iterator[ContractFault]:
    """Two contracts of one region that stand at the same time: nobody could say whose the order is."""
    by_region: dict[str, list[Contract]] = {}
    for one in contracts:
        if one.since < one.until:
            by_region.setdefault(region_path(one.region), []).append(one)
    for alike in by_region.values():
        alike.sort(key=lambda one: (one.since, one.until, one.id))
        longest = alike[0]
        for one in alike[1:]:
            if one.since < longest.until:
                yield ContractFault(
                    "P713", one.id, "region", {"region": one.region, "other": longest.id, "until": _day(longest.until)}
                )
            longest = max(longest, one, key=lambda each: each.until)


def _day(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d") if not (instant.hour or instant.minute) else instant.strftime("%Y-%m-%d %H:%M")
