"""What can be wrong, as values with data: diagnostics about texts and events, and the exceptions that carry them."""

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Diagnostic(msgspec.Struct, frozen=True, order=True, kw_only=True):
    """One finding about one place: what, where, why, and what would be right, in Chinese and English.

    `line` and `column` count from 1; 0 means the place has no text position (an event read as JSON).
    `path` is a JSON pointer such as `/rules/0/when`.  Sorting gives file, line, column order.
    """

    file: str
    line: int
    column: int
    code: str
    path: str = ""
    message_zh: str = ""
    message_en: str = ""
    hint_zh: str = ""
    hint_en: str = ""
    severity: Severity = "error"
    example: str = ""
    """An order as compact JSON that shows the finding, where one was made and tried."""

    def text(self, language: Literal["zh", "en"] = "en") -> str:
        """One line for a terminal: `file:line:column: error RS123 message (hint)`."""
        message, hint = (self.message_zh, self.hint_zh) if language == "zh" else (self.message_en, self.hint_en)
        where = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}{self.path}"
        tail = f" ({hint})" if hint else ""
        return f"{where}: {self.severity} {self.code} {message}{tail}"


class FenrunError(Exception):
    """Base of everything Fenrun raises on purpose."""


class InvalidInput(FenrunError):
    """A text or an event was refused; `diagnostics` says everything that is wrong with it, sorted."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = sorted(diagnostics)
        super().__init__("\n".join(found.text() for found in self.diagnostics))


class EventRefused(FenrunError):
    """News that cannot be true, e.g. more paid than is due.  `code` is stable, `path` points into the event."""

    def __init__(self, code: str, path: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.path = path
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_en)


class RefundRefused(EventRefused):
    """A refund that cannot be true, e.g. more units than were sold."""


class PeriodRefused(FenrunError):
    """A period that cannot be: `text` is what was given, `code` is stable, the messages say what would be right."""

    def __init__(self, code: str, text: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.text = text
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_en)


class DividendRefused(FenrunError):
    """A pool that cannot be shared out so: `text` is what was given, `code` is stable, the messages say why."""

    def __init__(self, code: str, text: str, message_zh: str, message_en: str) -> None:
        self.code = code
        self.text = text
        self.message_zh = message_zh
        self.message_en = message_en
        super().__init__(message_en)
