"""Rule sets as text: our own, damaged at the level of text, of words and of the tree; and random ones that are sound.

`text_of` draws one of them.  Long originals are cut to a few rules, so that most of the time goes into the damage.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from engine.text.document import parse
from engine.text.nodes import plain
from storage.rule_files import rule_set_files
from tests.fuzz import grown

ROOT = Path(__file__).parents[2]

ODD_TEXTS = (
    *("\x00", "\x07", "\ud800", "\udfff", "\ufeff", "\u200b", "\u202e", "\u2028", "\x85", "\xa0", "\uffff", "\r", "\t"),
    *("：", "，", "“", "💥", "e\u0301", "a\u0300" * 50, "𠮷", "\U0010ffff", "ﷺ", "ı", "İ", "ß", "٣", "½", "Ⅷ"),
)
ODD_SCALARS: tuple[Any, ...] = (
    *(None, True, False, "", " ", 0, -1, 1, 2**53, 2**63, 2**64, 10**18, 10**30, -(10**30), 0.1, 1e300),
    *("always", "8%", "0.08", "-8%", "1/0", "0/1", "101%", "9999.9999%", "¥12", "12.345", "24:00", "25:00"),
    *("2026-10-01", "2026-02-30", "0001-01-01", "9999-12-31", "2026-10-01 00:00 -12:00", "08-15", "13-01"),
    *("{{ x }}", "*a", "&a", "!!python/object:os.system", "<<", "~", "yes", "1_000", "0x10", "1:30", "+1", ".5", "NaN"),
    *("line.sku", "line.Sku", "promoter", "pool:x", "x" * 1000, "9" * 400, *ODD_TEXTS, [], {}, [[]], {"": None}),
)
ODD_LINES = (
    *(
        "---",
        "...",
        "%YAML 1.2",
        "# note",
        "&a a: *a",
        "<<: *a",
        "? x",
        "- - - x",
        "{",
        "[",
        "}",
        "]",
        "'",
        '"',
        "|",
        ">",
    ),
    *(
        "!!binary x: y",
        "a: b: c",
        "\tkey: 1",
        "rules: []",
        "kind: promotion",
        "kind: template",
        "  - id: r-0",
        "@",
        "`",
    ),
)
_TOKEN = re.compile(r"[\w.%/-]+|[^\w\s]")


@lru_cache(maxsize=1)
def originals() -> tuple[str, ...]:
    """Every rule set, template and case file that ships, as text."""
    folders = (ROOT / "rules", ROOT / "templates" / "campaigns")
    return tuple(path.read_text(encoding="utf-8") for folder in folders for path in rule_set_files(folder))


@lru_cache(maxsize=1)
def original_trees() -> tuple[Any, ...]:
    return tuple(plain(parse(text, "original.yaml").root) for text in originals())


def text_of(chance: Random, name: str = "grown") -> str:
    """One rule set as text: sound, slightly damaged, or wild."""
    draw = chance.random()
    if draw < 0.45:
        return as_text(chance, grown.rule_set(chance, name))
    tree = grown.rule_set(chance, name) if draw < 0.65 else few_rules(chance, chance.choice(original_trees()))
    if draw < 0.85:
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            tree = damaged_tree(chance, tree)
        return as_text(chance, tree)
    text = block_text(tree) if draw < 0.97 else chance.choice(originals())
    for _ in range(chance.choice((1, 1, 2, 5))):
        text = chance.choice((damaged_text, damaged_words, damaged_lines))(chance, text)
    return text


def as_text(chance: Random, tree: Any) -> str:
    """A tree as YAML: in blocks, or as the JSON that is YAML too."""
    if chance.random() < 0.5:
        return json.dumps(tree, ensure_ascii=chance.random() < 0.1)
    return block_text(tree)


def block_text(tree: Any) -> str:
    return "".join(f"{line}\n" for line in _lines(tree, ""))


def _lines(tree: Any, pad: str) -> Iterator[str]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            if isinstance(value, dict | list) and value:
                yield f"{pad}{_word(key)}:"
                yield from _lines(value, pad + "  ")
            else:
                yield f"{pad}{_word(key)}: {_word(value)}"
    elif isinstance(tree, list) and tree:
        for item in tree:
            inner = list(_lines(item, pad + "  "))
            yield f"{pad}- {inner[0].lstrip(' ')}"
            yield from inner[1:]
    else:
        yield f"{pad}{_word(tree)}"


def _word(value: Any) -> str:
    plain_word = isinstance(value, str) and re.fullmatch(r"[a-z][a-z_.-]{3,}", value)
    return value if plain_word else json.dumps(value, ensure_ascii=False)


def few_rules(chance: Random, tree: Any) -> Any:
    """The tree with at most three of its rules."""
    if not isinstance(tree, dict) or not isinstance(tree.get("rules"), list):
        return tree
    rules = tree["rules"]
    return tree | {"rules": chance.sample(rules, min(len(rules), chance.choice((1, 2, 3))))}


# --- damage ---------------------------------------------------------------------------------------------------------


def damaged_tree(chance: Random, tree: Any) -> Any:
    """The tree with one value dropped, replaced, doubled, moved, wrapped or renamed somewhere."""
    places = list(_places(tree))
    path = chance.choice(places) if places else ()
    donor = chance.choice(original_trees())
    graft = _at(donor, chance.choice(list(_places(donor))))
    return _changed(chance, tree, path, graft)


def _places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in entries:
        yield (*path, key)
        yield from _places(value, (*path, key))


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _changed(chance: Random, tree: Any, path: tuple[Any, ...], graft: Any) -> Any:
    if not path:
        return chance.choice(ODD_SCALARS)
    if len(path) > 1:
        inner = _changed(chance, tree[path[0]], path[1:], graft)
        return [*tree[: path[0]], inner, *tree[path[0] + 1 :]] if isinstance(tree, list) else tree | {path[0]: inner}
    key, value = path[0], tree[path[0]]
    new = chance.choice((*([chance.choice(ODD_SCALARS)] * 3), graft, [value], {"a": value}, _nested(chance, value)))
    if isinstance(tree, list):
        kinds = ([*tree[:key], *tree[key + 1 :]], [*tree, value], tree[::-1], [*tree[:key], new, *tree[key + 1 :]])
        return chance.choice((*kinds, kinds[-1]))
    rest = {one: other for one, other in tree.items() if one != key}
    renamed = chance.choice((str(key)[:-1], str(key) + "x", "any", "not", "line.tags", *ODD_TEXTS))
    return chance.choice((rest, rest | {renamed: value}, tree | {key: new}, tree | {key: new}))


def _nested(chance: Random, value: Any) -> Any:
    for _ in range(chance.choice((3, 9, 40))):
        value = {"not": value} if isinstance(value, dict) else [value]
    return value


def damaged_text(chance: Random, text: str) -> str:
    """Characters cut out, put in, or repeated."""
    start = chance.randrange(len(text) + 1)
    length = chance.choice((0, 1, 1, 5, 80))
    piece = chance.choice((*ODD_TEXTS, text[start : start + 40], chr(chance.randrange(0x110000)), "[" * 200, "- " * 60))
    return text[:start] + piece + text[start + length :]


def damaged_words(chance: Random, text: str) -> str:
    """One word in place of another, or an odd scalar in its place."""
    found = list(_TOKEN.finditer(text))
    if not found:
        return text
    hit, other = chance.choice(found), chance.choice(found).group()
    odd = chance.choice(ODD_SCALARS)
    new = chance.choice((other, odd if isinstance(odd, str) else json.dumps(odd), "", hit.group() * 2))
    return text[: hit.start()] + new + text[hit.end() :]


def damaged_lines(chance: Random, text: str) -> str:
    """A line dropped, doubled, moved, indented or put in."""
    lines = text.split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = chance.choice(("  ", " ", "\t", "    ")) + lines[at]
        case _:
            lines.insert(at, chance.choice(ODD_LINES))
    return "\n".join(lines)
