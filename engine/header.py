"""The head that every rule set has, whatever its kind."""

from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["promotion", "commission", "region", "dividend", "level", "settlement"]


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Who this rule set is: identity, period, and why it exists.

    `effective_from` is inclusive and `effective_until` exclusive.  `content_hash` is the SHA-256 of the file's bytes
    in hexadecimal; two versions with equal hashes are the same rule set.
    """

    kind: Kind
    name: str
    version: int
    title: str
    owner: str
    reason: str
    effective_from: datetime
    effective_until: datetime | None = None
    backfill: bool = False
    title_en: str = ""
    content_hash: str = ""
    file: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"
