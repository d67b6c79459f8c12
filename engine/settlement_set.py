"""Settlement rule sets as frozen values: when commissions are released, and for which periods they are settled."""

import msgspec

from engine.header import Header
from engine.period import PeriodSpec


class SettlementSet(msgspec.Struct, frozen=True, kw_only=True, tag="settlement"):
    """A settlement rule set.

    `release_after_days` counts from receipt: the after-sales window, frozen with each order when it is placed.
    `period` is what one statement covers.  A statement that comes to less than `least_fen` settles nothing; what it
    came to is carried forward.
    """

    header: Header
    release_after_days: int
    period: PeriodSpec
    least_fen: int = 0
