"""One row of the tables of diagnostic codes."""

from typing import NamedTuple


class Code(NamedTuple):
    """One code. Messages and hints are format strings; the place that finds the fault gives their data."""

    title_zh: str
    title_en: str
    message_zh: str
    message_en: str
    hint_zh: str
    hint_en: str
