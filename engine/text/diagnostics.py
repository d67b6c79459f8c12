"""Every code a text can be refused with: title, message and hint in Chinese and English.

Y1xx are about the text (YAML), S2xx about its shape (the schemas), R3xx about its meaning, P7xx about participants.
Codes are stable: they are never reused, and each has a page in docs/diagnostics and a broken file in tests/bad.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from engine.errors import Diagnostic, InvalidInput
from engine.text.codes import Code
from engine.text.codes_dividend import DIVIDEND_CODES
from engine.text.codes_level import LEVEL_CODES, LEVEL_LAW_CODES
from engine.text.codes_meaning import MEANING_CODES
from engine.text.codes_participants import PARTICIPANT_CODES
from engine.text.codes_region import REGION_CODES
from engine.text.codes_shape import SHAPE_CODES
from engine.text.codes_text import TEXT_CODES

CODES: dict[str, Code] = {
    **TEXT_CODES,
    **SHAPE_CODES,
    **MEANING_CODES,
    **REGION_CODES,
    **DIVIDEND_CODES,
    **LEVEL_CODES,
    **LEVEL_LAW_CODES,
    **PARTICIPANT_CODES,
}


MAX_FINDINGS = 500
"""So many faults of one file are told; then the reading ends, for more would help nobody."""

LONGEST_QUOTE = 300
"""A message quotes at most so many characters of a text."""


class Findings:
    """Collects what is wrong with one file, so that all of it comes together."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Diagnostic] = []
        self._known: set[Diagnostic] = set()

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
        data = {name: _quoted(value) for name, value in data.items()}
        hint_zh, hint_en = hint or (row.hint_zh.format(**data), row.hint_en.format(**data))
        one = Diagnostic(
            file=self.file,
            line=place[0],
            column=place[1],
            code=code,
            path=_encodable(path),
            message_zh=row.message_zh.format(**data),
            message_en=row.message_en.format(**data),
            hint_zh=hint_zh,
            hint_en=hint_en,
        )
        self.extend([one])

    def extend(self, more: Iterable[Diagnostic]) -> None:
        """Note faults that were found elsewhere; one that is known already is not noted again."""
        for one in more:
            if one not in self._known:
                self._known.add(one)
                self.found.append(one)

    @property
    def full(self) -> bool:
        """Whether enough was found to stop looking."""
        return len(self.found) >= MAX_FINDINGS

    def refuse(self) -> None:
        """Raise InvalidInput if anything was found."""
        if self.found:
            raise InvalidInput(self.found)


def _quoted(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _encodable(value[:LONGEST_QUOTE] + "…" if len(value) > LONGEST_QUOTE else value)


def _encodable(text: str) -> str:
    """The text with lone surrogates as escapes: YAML can spell them, and no file, answer or terminal can hold them."""
    return text.encode(errors="backslashreplace").decode()


def did_you_mean(word: str, options: Sequence[str]) -> tuple[str, str] | None:
    """A hint (zh, en) that names the nearest option; None when nothing is near."""
    near = get_close_matches(word, options, n=1, cutoff=0.6)
    if not near:
        return None
    return f"是否想写 `{near[0]}`?", f"did you mean `{near[0]}`?"
