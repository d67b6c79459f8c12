"""What every order log gives, whatever its format: events in order of time, and an account of every line."""

import csv
import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from engine.errors import Diagnostic, InvalidInput
from engine.order import OrderEvent, RefundEvent


class Arrival(msgspec.Struct, frozen=True):
    """An event of a log: the line of the file where it begins, and how many lines of the file are in it."""

    event: OrderEvent | RefundEvent
    place: int
    lines: int = 1


class LineCount:
    """Every line of a log is counted once: in an order, in a refund, or under the reason why it is in neither."""

    def __init__(self) -> None:
        self.read = 0
        self.in_orders = 0
        self.in_refunds = 0
        self.skipped: Counter[str] = Counter()
        self.lines_cut = 0
        """Lines in refunds of which some units had no sale, and"""
        self.units_cut = 0
        """those units."""

    def skip(self, reason: str, lines: int = 1) -> None:
        """Count lines under a reason."""
        self.skipped[reason] += lines

    def note_beyond_sale(self, units: int) -> None:
        """Note that of a line in a refund so many units had no sale."""
        if units:
            self.lines_cut += 1
            self.units_cut += units

    @property
    def unaccounted(self) -> int:
        """Lines that were read and are counted nowhere, which must be none."""
        return self.read - self.in_orders - self.in_refunds - self.skipped.total()


Reader = Callable[[BinaryIO, str, LineCount], Iterator[Arrival]]
"""Reads an open log (its bytes, uncompressed) under the file's name. Raises `InvalidInput` for what cannot be read."""


def refuse_line(
    file: str, line: int, code: str, zh: str, en: str, hint_zh: str = "", hint_en: str = ""
) -> InvalidInput:
    """An `InvalidInput` about one line of a log."""
    return InvalidInput(
        [
            Diagnostic(
                file=file,
                line=line,
                column=1,
                code=code,
                message_zh=zh,
                message_en=en,
                hint_zh=hint_zh,
                hint_en=hint_en,
            )
        ]
    )


@contextmanager
def readable(file: str, raw: BinaryIO, *, compressed: bool, count: LineCount) -> Iterator[BinaryIO]:
    """The uncompressed bytes of a log; damage found while they are read becomes `InvalidInput` with the line."""
    data: BinaryIO = gzip.GzipFile(fileobj=raw) if compressed else raw  # type: ignore[assignment]  # reads alike
    try:
        yield data
    except (gzip.BadGzipFile, EOFError, zlib.error) as damage:
        raise refuse_line(
            file, count.read + 1, "L101", f"压缩文件损坏：{damage}", f"the compressed file is damaged: {damage}"
        ) from None
    except UnicodeDecodeError as damage:
        raise refuse_line(
            file, count.read + 1, "L102", f"不是 UTF-8 文本：{damage.reason}", f"not UTF-8 text: {damage.reason}"
        ) from None
    except csv.Error as damage:
        raise refuse_line(file, count.read + 1, "L103", f"不是 CSV：{damage}", f"not CSV: {damage}") from None


def is_compressed(path: Path) -> bool:
    """Whether the name says gzip."""
    return path.suffix == ".gz"
