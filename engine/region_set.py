"""Region rule sets as frozen values: what regional agents earn, and how an order finds its region."""

from typing import Literal

import msgspec

from engine.conditions import Condition
from engine.header import Header
from engine.money import Rate, Rounding

RegionLevel = Literal["province", "city", "district", "street", "community"]
LEVELS: tuple[RegionLevel, ...] = ("community", "street", "district", "city", "province")
"""Narrow to wide."""
CODE_LENGTHS: dict[int, RegionLevel] = {2: "province", 4: "city", 6: "district", 9: "street", 12: "community"}
"""Level by the length of a GB/T 2260 code; streets and communities carry three digits more each (GB/T 10114)."""
Attribution = Literal["delivery_address", "pickup_store"]
RegionBase = Literal["paid_goods", "list", "margin", "delivery_fee"]


class LevelRate(msgspec.Struct, frozen=True):
    """The rate of the agents of one level."""

    level: RegionLevel
    rate: Rate


class RegionRule(msgspec.Struct, frozen=True, kw_only=True):
    """On which goods agents earn, and at which rates, narrow to wide. Rates frozen in contracts leave `rates` empty."""

    id: str
    title: str
    position: int
    when: Condition
    title_en: str = ""
    rates: tuple[LevelRate, ...] = ()
    line: int = 0
    """Line of the rule in its file, for messages; not part of its meaning."""


class RegionSet(msgspec.Struct, frozen=True, kw_only=True, tag="region"):
    """A region rule set. Of its rules the first that holds for a line pays on it.

    `attribution` names where the region comes from, the first known counts.  `mode` says whether a level earns what it
    has over the narrower ones (clause A6) or its own rate.  With `hierarchy: contract` the chain is the contracts'
    own and so are the rates; a chain of recruitment cannot be named.
    """

    header: Header
    attribution: tuple[Attribution, ...]
    mode: Literal["difference", "stacked"]
    hierarchy: Literal["region", "contract"]
    base: RegionBase
    rounding: Rounding
    rules: tuple[RegionRule, ...]
    vat: Literal["included", "excluded"] = "included"
    sign_off: str = ""
    """Who approved in writing that differences run along contracts; required by the lint."""
