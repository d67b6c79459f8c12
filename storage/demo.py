"""The demo shop: Changsha's goods, stores and people, and the rule sets that ship with Fenrun."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Engine

from engine.builder.build import KINDS
from engine.people.contracts import Contract
from storage.catalog import Good, replace_goods
from storage.contracts import put_contracts
from storage.database import write
from storage.directory import (
    AgentEntry,
    CategoryEntry,
    HostEntry,
    LeaderEntry,
    MemberEntry,
    MerchantEntry,
    PromoterEntry,
    RegionEntry,
    StoreEntry,
    put,
)
from storage.migrate import migrate
from storage.rule_files import own_schemas, read_text, rule_set_files
from storage.rule_sets import publish

DEMO_DATA = Path(__file__).parent / "demo_data"

MEMBERS = (
    MemberEntry(id="demo-student", level="member", tags=("student",), region="430104"),
    MemberEntry(id="demo-regular", level="gold", tags=(), region="430102"),
)
"""Two buyers to try out what a student or a member pays; any other buyer is a newcomer."""

T = TypeVar("T")


def load_demo(engine: Engine, rules_dir: Path, now: datetime) -> None:
    """Make the database a demo shop: tables, goods, people, and the rule sets of `rules_dir` published.

    Doing it again changes nothing, unless the files have changed.  Raises what `rule_sets.publish` raises.
    """
    migrate(engine)
    with write(engine) as connection:
        put(connection, _read("regions", RegionEntry))
        put(connection, _read("categories", CategoryEntry))
        put(connection, _read("merchants", MerchantEntry))
        put(connection, _read("stores", StoreEntry))
        put(connection, _referrers_first(_read("promoters", PromoterEntry)))
        put(connection, _read("leaders", LeaderEntry))
        put(connection, _read("hosts", HostEntry))
        put(connection, _read("agents", AgentEntry))
        put_contracts(connection, _read("agents", Contract, "contracts"))
        put(connection, MEMBERS)
        replace_goods(connection, _read("products", Good))
        for kind in KINDS:  # what lies beside them (for replays of other shops' orders) is not the shop's own
            for path in rule_set_files(rules_dir / kind):
                publish(connection, read_text(path), path.as_posix(), own_schemas(), now)


def _read(file: str, record: type[T], name: str = "") -> list[T]:
    """The records under a name of a file; by default under the file's own."""
    content = msgspec.json.decode((DEMO_DATA / f"{file}.json").read_bytes(), type=dict[str, Any])
    return msgspec.convert(content[name or file], list[record])  # type: ignore[valid-type]  # a type only known at run time


def _referrers_first(promoters: Sequence[PromoterEntry]) -> list[PromoterEntry]:
    placed: dict[str, PromoterEntry] = {}
    waiting = list(promoters)
    while waiting:
        ready = [one for one in waiting if one.referrer is None or one.referrer in placed]
        if not ready:
            raise ValueError(f"referrers run in a circle or are missing: {sorted(one.id for one in waiting)}")
        placed.update((one.id, one) for one in ready)
        waiting = [one for one in waiting if one.id not in placed]
    return list(placed.values())
