"""A case or form that would have killed a survivor, as text to be pasted."""

from typing import Literal

import msgspec

Found = Literal["figures", "refund", "reason", "form"]


class Proposal(msgspec.Struct, frozen=True):
    """An item of the list `cases` (of `forms` when it differs in the form), and what in it differs."""

    text: str
    differs_in: Found
