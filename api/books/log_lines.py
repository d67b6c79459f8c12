"""A log of everything that happens, in the order in which it came in: one event per line, orders and their news."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.replay.json_lines import MAX_LINE_BYTES
from api.replay.log import LineCount, is_compressed, readable, refuse_line
from engine.errors import InvalidInput
from engine.journal.news_reader import Incoming, read_news


class LogLine(NamedTuple):
    """An event and the line of the file it stands on."""

    number: int
    event: Incoming


def read_log_lines(path: Path) -> Iterator[LogLine]:
    """The events of a JSON-lines file, also with `.gz`; empty lines are passed over.

    They may be late or doubled: nothing is sorted.  Raises `InvalidInput`, naming the line, for what is no event.
    """
    file, count = str(path), LineCount()
    with path.open("rb") as raw, readable(file, raw, compressed=is_compressed(path), count=count) as data:
        while text := data.readline(MAX_LINE_BYTES + 1):
            count.read += 1
            if len(text) > MAX_LINE_BYTES:
                raise refuse_line(
                    file,
                    count.read,
                    "L105",
                    f"一行超过 {MAX_LINE_BYTES} 字节",
                    f"a line is longer than {MAX_LINE_BYTES} bytes",
                )
            if not text.isspace():
                yield LogLine(count.read, _event(text, file, count.read))


def _event(text: bytes, file: str, line: int) -> Incoming:
    try:
        return read_news(text, file)
    except InvalidInput as invalid:
        placed = [msgspec.structs.replace(one, line=line, column=1) for one in invalid.diagnostics]
        raise InvalidInput(placed) from None
