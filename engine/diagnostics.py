"""Every code a text can be refused with: title, message and hint in Chinese and English.

Y1xx are about the text (YAML), S2xx about its shape (the schemas), R3xx about its meaning.  Codes are stable: they are
never reused, and each has a page in docs/diagnostics and a broken file in tests/bad.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from engine.codes import Code
from engine.codes_meaning import MEANING_CODES
from engine.codes_shape import SHAPE_CODES
from engine.codes_text import TEXT_CODES
from engine.errors import Diagnostic, InvalidInput

CODES: dict[str, Code] = {**TEXT_CODES, **SHAPE_CODES, **MEANING_CODES}


class Findings:
    """Collects what is wrong with one file, so that all of it comes together."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Diagnostic] = []

    def add(
        self,
        code: str,
        place: tuple[int, int],
        path: str = "",
        hint: tuple[str, str] | None = None,
        /,
        **data: object,
    ) -> None:
        """Note a fault at (line, column) and JSON pointer `path`. `hint` (zh, en) replaces the code's own hint."""
        row = CODES[code]
        hint_zh, hint_en = hint or (row.hint_zh.format(**data), row.hint_en.format(**data))
        self.found.append(
            Diagnostic(
                file=self.file,
                line=place[0],
                column=place[1],
                code=code,
                path=path,
                message_zh=row.message_zh.format(**data),
                message_en=row.message_en.format(**data),
                hint_zh=hint_zh,
                hint_en=hint_en,
            )
        )

    def extend(self, more: Iterable[Diagnostic]) -> None:
        self.found.extend(more)

    def refuse(self) -> None:
        """Raise InvalidInput if anything was found."""
        if self.found:
            raise InvalidInput(list(set(self.found)))


def did_you_mean(word: str, options: Sequence[str]) -> tuple[str, str] | None:
    """A hint (zh, en) that names the nearest option and then all of them; None when nothing is near."""
    near = get_close_matches(word, options, n=1, cutoff=0.6)
    if not near:
        return None
    return f"是否想写 `{near[0]}`?", f"did you mean `{near[0]}`?"
