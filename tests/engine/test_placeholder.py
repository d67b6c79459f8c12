"""One name or one filtered name, and nothing else, may stand for a value."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.campaigns.placeholder import FILTERS, NotAPlaceholder, Placeholder, read_placeholder


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ name }}", Placeholder("name")),
        ("{{name}}", Placeholder("name")),
        ("{{ name | upper }}", Placeholder("name", "upper")),
        ("{{ name | default('a b') }}", Placeholder("name", "default", "a b")),
        ("{{ name | default(3) }}", Placeholder("name", "default", 3)),
    ],
)
def test_a_placeholder_is_one_name_or_one_filtered_name(text: str, expected: Placeholder) -> None:
    assert read_placeholder(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a {{ name }}",
        "{{ name }} b",
        "{{ a }}{{ b }}",
        "{{ a.b }}",
        "{{ a['b'] }}",
        "{{ a() }}",
        "{{ a + 1 }}",
        "{{ 'a' * 10**8 }}",
        "{{ 'text' }}",
        "{{ 1 }}",
        "{{ }}",
        "{{ a | join }}",
        "{{ a | upper | lower }}",
        "{{ a | upper('x') }}",
        "{{ a | default }}",
        "{{ a | default(b) }}",
        "{{ a | default('x', true) }}",
        "{{ a | default(true) }}",
        "{{ a | default(value='x') }}",
        "{{ a | default(*b) }}",
        "{{ a if b else c }}",
        "{% if a %}{{ a }}{% endif %}",
        "{% set a = 1 %}",
        "{# comment #}",
        "{{ a }}{# comment #}",
        "{{ a ",
        "a }}",
        "{{" + "[" * 110 + "}}",
        "{{" + "(" * 50 + "a" + ")" * 50 + "}}",
        "{{ " + "a" * 200 + " }}",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAPlaceholder):
        read_placeholder(text)


@given(st.text(alphabet="{}%#()[]|'\"a.b0 +-*~\n", max_size=60))
@settings(max_examples=300)
def test_no_text_breaks_the_reading_of_placeholders(text: str) -> None:
    try:
        found = read_placeholder(text)
    except NotAPlaceholder:
        return
    assert found.name.isidentifier()
    assert found.filter in ("", *FILTERS)


@pytest.mark.parametrize(
    ("placeholder", "value", "expected"),
    [
        (Placeholder("x"), ["a", "b"], ["a", "b"]),
        (Placeholder("x", "upper"), "ab", "AB"),
        (Placeholder("x", "lower"), ["A", "B"], ["a", "b"]),
        (Placeholder("x", "trim"), " a ", "a"),
        (Placeholder("x", "upper"), 5, 5),
        (Placeholder("x", "upper"), None, None),
        (Placeholder("x", "default", "y"), None, "y"),
        (Placeholder("x", "default", "y"), "z", "z"),
    ],
)
def test_the_value_of_a_placeholder_is_a_value_not_a_text(placeholder: Placeholder, value: Any, expected: Any) -> None:
    assert placeholder.value({"x": value}) == expected
