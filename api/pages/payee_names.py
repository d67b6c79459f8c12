"""What people call those who earn: promoters, leaders, hosts, agents, merchants."""

from sqlalchemy import Connection

from storage.directory import AgentEntry, HostEntry, LeaderEntry, MerchantEntry, PromoterEntry, entries, entry


def payee_names(connection: Connection) -> dict[str, str]:
    """The names of all payees by id; of an id that several have, the promoter's comes first."""
    names = {one.id: one.title for one in entries(connection, MerchantEntry)}
    names |= {one.id: one.title for one in entries(connection, AgentEntry)}
    names |= {one.id: one.title for one in entries(connection, HostEntry)}
    names |= {one.id: one.title for one in entries(connection, LeaderEntry)}
    return names | {one.id: one.title for one in entries(connection, PromoterEntry)}


def payee_name(connection: Connection, payee: str) -> str:
    """What people call one payee; the id where nobody has told."""
    known = (
        entry(connection, PromoterEntry, payee)
        or entry(connection, LeaderEntry, payee)
        or entry(connection, HostEntry, payee)
        or entry(connection, AgentEntry, payee)
        or entry(connection, MerchantEntry, payee)
    )
    return payee if known is None else known.title
