"""What people who are not the buyer see of a buyer."""

from typing import Final

_SHORT: Final = 4
"""Ids below this length would be told by their ends."""


def masked(buyer: str | None) -> str:
    """The first and last character of an id between a fixed number of stars, so that not even its length is told."""
    if buyer is None or len(buyer) < _SHORT:
        return "***"
    return f"{buyer[0]}***{buyer[-1]}"
