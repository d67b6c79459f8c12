"""Who takes part in selling: promoters of every sort, with level, status, referrer, contracts and bindings.

Records only.  What may not be together is found by `relations.py` (referrers), `contracts.py` and `binding.py`; a file
of participants is read by `build_participants.py`.
"""

from datetime import datetime
from typing import Literal

import msgspec

from engine.level_set import ParticipantType
from engine.people.binding import BindingRule, Touch
from engine.people.contracts import Contract


class LevelStanding(msgspec.Struct, frozen=True):
    """Where somebody stands between reviews of their level.

    `probation_left`: reviews at which the level cannot be lost yet; `missed`: reviews in a row at which its `keep` was
    not met; `reviewed_until`: the end of the last period reviewed, None before the first review.
    """

    level: str
    probation_left: int = 0
    missed: int = 0
    reviewed_until: datetime | None = None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """One participant. `buyer` is the account they buy with themselves: what it buys never counts for them."""

    id: str
    title: str
    type: ParticipantType
    title_en: str = ""
    status: Literal["active", "inactive"] = "active"
    standing: LevelStanding | None = None
    referrer: str | None = None
    buyer: str | None = None
    stores: tuple[str, ...] = ()
    region: str | None = None
    pickup_point: str = ""
    line: int = 0
    """Line in the file, for messages."""


class Participants(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody of one file, sound: no cycle of referrers, no contract against another."""

    participants: tuple[Participant, ...]
    contracts: tuple[Contract, ...] = ()
    binding: BindingRule | None = None
    touches: tuple[Touch, ...] = ()
    file: str = ""

    def get(self, id: str) -> Participant | None:
        """The participant with this id."""
        return next((one for one in self.participants if one.id == id), None)

    @property
    def referrers(self) -> dict[str, str]:
        """Who was referred by whom."""
        return {one.id: one.referrer for one in self.participants if one.referrer is not None}
