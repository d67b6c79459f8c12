"""A question of a campaign template: its type, its bounds, and how an answer to it is read.

Answers come from a form as text, whole numbers or lists; `read_answer` gives the one spelling that is stored, and
`size_of` the number that bounds compare: fen, units, day ordinals, minutes, or how many characters or choices.
"""

from datetime import date
from fractions import Fraction
from typing import Literal

import msgspec

from engine.builder.values import Unreadable, read_date, read_money, read_rate, read_time
from engine.campaigns.placeholder import Answer
from engine.text.diagnostics import CODES

QuestionType = Literal["rate", "money", "integer", "text", "date", "time", "choice", "choices"]
TYPE_WORDS: dict[QuestionType, tuple[str, str]] = {
    "rate": ("比率, 如 50%", "a rate such as 50%"),
    "money": ("金额 (元), 如 12 或 12.50", "an amount in yuan such as 12 or 12.50"),
    "integer": ("整数", "a whole number"),
    "text": ("一行文字", "one line of text"),
    "date": ("日期, 如 2026-10-01", "a date such as 2026-10-01"),
    "time": ("时刻, 如 18:00", "a time of day such as 18:00"),
    "choice": ("一个选项", "one of the options"),
    "choices": ("几个选项", "some of the options"),
}
MAX_TEXT = 200
MAX_INTEGER = 10**9


class NotAnAnswer(Exception):
    """A value that is no answer to a question. `hint` (zh, en) says what was probably meant."""

    def __init__(self, hint: tuple[str, str] | None = None) -> None:
        self.hint = hint
        super().__init__()


class NotAnOption(Exception):
    """A choice that the question does not offer, or offers once and got twice."""

    def __init__(self, value: str) -> None:
        self.value = value
        super().__init__(value)


class Option(msgspec.Struct, frozen=True):
    """One choice: the value that conditions see, and its name."""

    value: str
    title: str
    title_en: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question. A bound is a text of the question's own type (a count for text and choices).

    `minimum_of` and `maximum_of` name another question whose answer is the bound.  `default` is already read.
    """

    name: str
    type: QuestionType
    title: str
    required: bool
    title_en: str = ""
    help: str = ""
    help_en: str = ""
    default: Answer = None
    minimum: str | None = None
    maximum: str | None = None
    minimum_of: str | None = None
    maximum_of: str | None = None
    options: tuple[Option, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """What an answer looks like, in Chinese and English."""
        return TYPE_WORDS[self.type]


def is_empty(value: object) -> bool:
    """Whether a form left this question unanswered."""
    return value is None or value == "" or value == [] or (isinstance(value, str) and not value.strip())


def read_answer(question: Question, value: object) -> Answer:
    """An answer in the one spelling that is stored; None when it was left empty.

    Raises `NotAnAnswer` for a value of another type, `NotAnOption` for a choice that is not offered.
    """
    if is_empty(value):
        return None
    if question.type == "choices":
        return _choices(question, value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise NotAnAnswer
    text = str(value).strip()
    match question.type:
        case "integer":
            return _integer(text)
        case "choice":
            return _choice(question, text)
        case "text":
            if not text.isprintable() or len(text) > MAX_TEXT:
                raise NotAnAnswer
            return text
        case _:
            size_of(question.type, text)
            return text


def size_of(kind: QuestionType, answer: Answer) -> Fraction:
    """What bounds compare. Raises `NotAnAnswer` for a text that the type cannot read."""
    text = str(answer)
    try:
        match kind:
            case "rate":
                rate = read_rate(text)
                return Fraction(rate.num, rate.den)
            case "money":
                return Fraction(read_money(text))
            case "date":
                return Fraction(read_date(text).toordinal())
            case "time":
                return Fraction(read_time(text))
    except Unreadable as unreadable:
        code = CODES[unreadable.code]
        raise NotAnAnswer(unreadable.hint or (code.hint_zh, code.hint_en)) from None
    if kind == "integer":
        return Fraction(_integer(text))
    return Fraction(len(answer) if isinstance(answer, str | list) else 0)


def bound_of(kind: QuestionType, text: str) -> Fraction:
    """A bound's own text as the number it stands for: counts for text and choices. Raises `NotAnAnswer`."""
    if kind == "choice":
        raise NotAnAnswer
    return size_of("integer" if kind in ("text", "choices") else kind, text)


def next_midnight(day: date) -> date:
    """The day whose first moment ends a period that includes `day`: people mean the last day, machines its end."""
    return date.fromordinal(day.toordinal() + 1)


def _integer(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10 or abs(int(text)) > MAX_INTEGER:
        raise NotAnAnswer
    return int(text)


def _choice(question: Question, text: str) -> str:
    if all(option.value != text for option in question.options):
        raise NotAnOption(text)
    return text


def _choices(question: Question, value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise NotAnAnswer
    chosen: set[str] = set()
    for one in value:
        if isinstance(one, bool) or not isinstance(one, str | int):
            raise NotAnAnswer
        text = _choice(question, str(one).strip())
        if text in chosen:
            raise NotAnOption(text)
        chosen.add(text)
    return [option.value for option in question.options if option.value in chosen]
