"""The JSON-lines format: one order or refund event per line, in order of time (docs/order-log.md)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

from api.replay.log import Arrival, LineCount, refuse_line
from engine.errors import InvalidInput
from engine.events import Event, read_event
from engine.order import OrderEvent

MAX_LINE_BYTES = 10_000_000


def read_json_lines(data: BinaryIO, file: str, count: LineCount) -> Iterator[Arrival]:
    """Events of a log. Raises `InvalidInput`, naming the line, for a line that is no event and for time going back."""
    latest = datetime.min.replace(tzinfo=UTC)
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
        if text.isspace():
            count.skip("blank")
            continue
        event = _event(text, file, count.read)
        at = event.placed_at if isinstance(event, OrderEvent) else event.at
        if at < latest:
            raise refuse_line(
                file,
                count.read,
                "L204",
                f"时间倒退：{at.isoformat()} 排在 {latest.isoformat()} 之后",
                f"time goes back: {at.isoformat()} comes after {latest.isoformat()}",
                "先按 placed_at / at 排序",
                "sort the file by placed_at / at first",
            )
        latest = at
        yield Arrival(event, count.read)


def _event(text: bytes, file: str, line: int) -> Event:
    try:
        return read_event(text, file)
    except InvalidInput as invalid:
        placed = [msgspec.structs.replace(one, line=line, column=1) for one in invalid.diagnostics]
        raise InvalidInput(placed) from None
