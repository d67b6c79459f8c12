"""Which region an order belongs to, and which agent stands for each level of it (clauses A5, A8)."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from engine.conditions import path_under
from engine.facts import region_path
from engine.money import Rate
from engine.order import OrderEvent, RegionalAgent
from engine.people.contracts import Contract, standing_contracts
from engine.region_set import CODE_LENGTHS, LEVELS, Attribution, RegionLevel, RegionSet


class Seat(msgspec.Struct, frozen=True):
    """Who stands for one level. With a `code` nobody is paid for it; `taken` says that somebody holds it all the same.

    `rate` is the one frozen in the agent's contract.
    """

    agent: str
    code: str | None = None
    taken: bool = True
    rate: Rate | None = None


UNKNOWN = Seat("", "region_unknown", taken=False)
VACANT = Seat("", "region_vacant", taken=False)
Seats = Mapping[RegionLevel, Seat]


def regional_agents(
    contracts: Iterable[Contract], event: OrderEvent, inactive: frozenset[str] = frozenset()
) -> tuple[RegionalAgent, ...]:
    """The agents for an event: whose contract stands when it is placed, for a region that holds its address or store.

    `inactive` are the ids of agents who earn nothing at present.
    """
    paths = [path for one in ("delivery_address", "pickup_store") for path in _paths(event, one)]
    return tuple(
        RegionalAgent(
            id=one.agent,
            region=one.region,
            status="inactive" if one.agent in inactive else "active",
            contract=one.id,
            rate=one.rate,
            parent=one.parent,
        )
        for one in standing_contracts(contracts, event.placed_at)
        if any(path_under(path, region_path(one.region)) for path in paths)
    )


def region_of(event: OrderEvent, attribution: Iterable[Attribution]) -> str | None:
    """The path of the region that an order belongs to, by the first source that knows it; None when none does."""
    return next((path for one in attribution for path in _paths(event, one)), None)


def _paths(event: OrderEvent, source: Attribution) -> Iterator[str]:
    """An address is where goods are brought to, a pickup store where they are fetched: the point, else the store."""
    picked_up = event.delivery.kind == "pickup"
    codes = [event.delivery.region] if picked_up == (source == "pickup_store") else []
    if source == "pickup_store" and picked_up and event.store is not None:
        codes.append(event.store.region)
    yield from (region_path(code) for code in codes if code is not None)


def level_of(path: str) -> RegionLevel:
    """The level of a region by the length of its code."""
    return CODE_LENGTHS[len(path.rpartition("/")[2])]


def seats_of(event: OrderEvent, rule_set: RegionSet) -> Seats:
    """The seats of an order, narrow to wide; along contracts only those of the chain, if there is one."""
    path = region_of(event, rule_set.attribution)
    seats: dict[RegionLevel, Seat] = dict.fromkeys(LEVELS, UNKNOWN)
    if path is None:
        return seats
    seats.update((CODE_LENGTHS[len(code)], VACANT) for code in path.split("/"))
    holders: dict[RegionLevel, list[RegionalAgent]] = {}
    for agent in event.regional_agents:
        own = region_path(agent.region)
        if path_under(path, own):
            holders.setdefault(level_of(own), []).append(agent)
    seats.update((level, _seat(event, agents)) for level, agents in holders.items())
    if rule_set.hierarchy == "contract" and holders:
        return _along_contracts({level: holders[level][0] for level in LEVELS if level in holders}, seats)
    return seats


def _seat(event: OrderEvent, agents: list[RegionalAgent]) -> Seat:
    if len(agents) > 1:
        return Seat("", "region_doubled")
    (agent,) = agents
    code = None
    if agent.status != "active":
        code = "payee_inactive"
    elif agent.id == event.buyer.id:
        code = "payee_is_buyer"
    return Seat(agent.id, code, rate=agent.rate)


def _along_contracts(holders: Mapping[RegionLevel, RegionalAgent], seats: Seats) -> Seats:
    """The seats of the narrowest contract and of those above it, by the contracts' own word (clause A8).

    Whoever is not above it earns nothing, and so does a contract with a lower rate than one below it: a share is never
    negative.
    """
    chain: dict[RegionLevel, Seat] = {}
    below: RegionalAgent | None = None
    highest = Rate(0)
    for level, agent in holders.items():
        seat = seats[level]
        if seat.code == "region_doubled":
            chain[level] = seat
        elif agent.contract is None or agent.rate is None:
            chain[level] = _unpaid(seat, "contract_unknown")
        elif below is not None and below.parent != agent.contract:
            chain[level] = _unpaid(seat, "outside_chain")
        elif _less(agent.rate, highest):
            chain[level], below = _unpaid(seat, "rate_below_child"), agent
        else:
            chain[level], below, highest = seat, agent, agent.rate
    return chain


def _unpaid(seat: Seat, code: str) -> Seat:
    return Seat(seat.agent, code, taken=False)


def _less(left: Rate, right: Rate) -> bool:
    return left.num * right.den < right.num * left.den
