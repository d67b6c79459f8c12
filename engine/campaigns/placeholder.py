"""The one thing a template may write in place of a value: `{{ name }}` or `{{ name | filter }}`.

Jinja2 reads it, and its syntax tree is then held to exactly that: no expression, attribute, call, statement, comment or
text around it.  Nothing is ever rendered; the value is looked up, so a list stays a list.
"""

from collections.abc import Mapping, Sequence

import msgspec
from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

Answer = str | int | None | list[str]
"""An answer as it is stored: a text, a whole number, several choices, or none."""
FILTERS = ("default", "upper", "lower", "trim")
MAX_LENGTH = 120

_MARKS = ("{{", "}}", "{%", "%}", "{#", "#}")
_ENVIRONMENT = SandboxedEnvironment(autoescape=False)


class NotAPlaceholder(Exception):
    """A text with Jinja marks that is more, or something else, than one placeholder."""


class Placeholder(msgspec.Struct, frozen=True):
    """A name, and the filter put upon its value; `fallback` is what `default(…)` gives for null."""

    name: str
    filter: str = ""
    fallback: str | int | None = None

    def value(self, values: Mapping[str, Answer]) -> Answer:
        """The value for this place; null stays null but for `default`. Raises KeyError for an unknown name."""
        value = values[self.name]
        if self.filter == "default":
            return self.fallback if value is None else value
        if isinstance(value, list):
            return [self._text(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        match self.filter:
            case "upper":
                return text.upper()
            case "lower":
                return text.lower()
            case "trim":
                return text.strip()
        return text


def has_marks(text: str) -> bool:
    """Whether a text holds anything that Jinja would read."""
    return any(mark in text for mark in _MARKS)


def read_placeholder(text: str) -> Placeholder:
    """The placeholder that a text is. Raises `NotAPlaceholder` for anything else."""
    inner = text.strip()[2:-2]
    if len(text) > MAX_LENGTH or inner.count("(") > 1 or any(mark in inner for mark in "[]{}"):
        raise NotAPlaceholder  # also keeps Jinja's recursive parser shallow
    try:
        body = _ENVIRONMENT.parse(text.strip()).body
    except TemplateSyntaxError:
        raise NotAPlaceholder from None
    match body:
        case [nodes.Output(nodes=[nodes.Name(name=name)])]:
            return Placeholder(name)
        case [
            nodes.Output(nodes=[nodes.Filter(node=nodes.Name(name=name), name=filter_name, args=arguments) as found])
        ] if not (found.kwargs or found.dyn_args or found.dyn_kwargs):
            return Placeholder(name, *_filter(filter_name, arguments))
    raise NotAPlaceholder


def _filter(name: str, arguments: Sequence[nodes.Node]) -> tuple[str, str | int | None]:
    if name == "default":
        match arguments:
            case [nodes.Const(value=str() | int() as fallback)] if not isinstance(fallback, bool):
                return name, fallback
    elif name in FILTERS and not arguments:
        return name, None
    raise NotAPlaceholder
