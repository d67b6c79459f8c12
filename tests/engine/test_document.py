"""Strict YAML: what is read, what is refused, and that every message points into the file."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import Diagnostic, InvalidInput
from engine.text.diagnostics import CODES, MAX_FINDINGS
from engine.text.document import MAX_CHARACTERS, MAX_DEPTH, content_hash, parse
from engine.text.nodes import Entry, ListNode, MapNode, Node, ScalarNode, node_at, plain, pointer, replace_scalars
from tests.engine.texts import GOOD_FILES


def refused(text: str) -> list[Diagnostic]:
    try:
        parse(text, "f.yaml")
    except InvalidInput as error:
        return error.diagnostics
    return []


def codes(text: str) -> list[str]:
    return [found.code for found in refused(text)]


def test_scalars_keep_their_text_and_their_meaning():
    text = "a: 12\nb: 12.50\nc: '12'\nd: true\ne: null\nf:\ng: -3\nh: |\n  12\ni: 2026-10-01\nj: 12345678901234567890\n"
    assert plain(parse(text, "f.yaml").root) == {
        "a": 12,
        "b": "12.50",
        "c": "12",
        "d": True,
        "e": None,
        "f": None,
        "g": -3,
        "h": "12\n",
        "i": "2026-10-01",
        "j": "12345678901234567890",
    }


def test_nodes_know_their_place():
    root = parse("a: 1\nb:\n  - x\n  - {k: '长沙'}\n", "f.yaml").root
    assert isinstance(root, MapNode)
    assert root.entry("b").key == ScalarNode("b", 2, 1)
    assert node_at(root, ("b", 1, "k")) == ScalarNode("长沙", 4, 9, quoted=True)
    assert (node_at(root, ("b",)).line, node_at(root, ("b",)).column) == (3, 3)
    with pytest.raises(LookupError, match="/b/k~1"):
        node_at(root, ("b", "k/"))


@pytest.mark.parametrize("word", ["on", "Off", "YES", "no", "y", "N"])
def test_words_that_yaml_1_1_takes_for_truth_values(word):
    assert codes(f"a: {word}\n") == ["Y113"]
    assert codes(f"{word}: a\n") == ["Y113"]
    assert codes(f"a: '{word}'\n") == []


@pytest.mark.parametrize("text", ["1:30", "22:00", "-1:30:00", "190:20:30.15"])
def test_base_60(text):
    assert codes(f"a: {text}\n") == ["Y114"]
    assert f"'{text}'" in refused(f"a: {text}\n")[0].hint_en


@pytest.mark.parametrize(
    "text",
    [
        "1e3",
        "1.5E-3",
        ".5",
        "-.5",
        "5.",
        "1_000",
        "1_0.5",
        "1.5_0",
        "0x1F",
        "0b11",
        "0o7",
        "07",
        "08",
        "00.5",
        "+5",
        ".inf",
        "-.INF",
        ".NaN",
    ],
)
def test_numbers_that_readers_of_yaml_disagree_on(text):
    assert codes(f"a: {text}\n") == ["Y115"]
    assert codes(f'a: "{text}"\n') == []


@pytest.mark.parametrize(
    "text", ["0", "12", "-3", "12.50", "0.5", "8%", "1/3", "e3", "a_1", "2026-10-01", "2026-10-01 18:00"]
)
def test_scalars_that_nobody_misreads(text):
    assert codes(f"a: {text}\n") == []


@pytest.mark.parametrize(
    ("text", "meant"), [("~", "null"), ("Null", "null"), ("NULL", "null"), ("True", "true"), ("FALSE", "false")]
)
def test_other_spellings(text, meant):
    (found,) = refused(f"a: {text}\n")
    assert found.code == "Y116"
    assert f"`{meant}`" in found.hint_en


@pytest.mark.parametrize("key", ["1", "12.5", "true", "null", "''", "[a]", "{a: b}", "?"])
def test_keys_are_text(key):
    expected = [] if key == "''" else ["Y112"]
    assert codes(f"? {key}\n: x\n" if key[0] in "[{" else f"{key}: x\n" if key != "?" else "? \n: x\n") == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("title：夜宵\na: 1\n", (1, 6)),
        ("a: 1\nb：2\n", (2, 2)),
        ("a:\n  - id：x\n    b: 1\n", (2, 7)),
        ("a:\u3000夜宵\nb: 1\n", (1, 3)),
        ("a: {to：promoter，rate: 3}\n", (1, 5)),
        ("a: [x，y]\n", (1, 5)),
    ],
)
def test_full_width_punctuation_in_the_structure(text, place):
    (found,) = refused(text)
    assert (found.code, (found.line, found.column)) == ("Y119", place)


@pytest.mark.parametrize(
    "text", ["reason: 国庆，夜市：好\n", "a: ['x，y']\n", "- 国庆，夜市\n", "a: {title: 甲，乙}\n", "'a：b': 1\n"]
)
def test_full_width_punctuation_within_texts_is_fine(text):
    assert codes(text) == []


def test_everything_is_found_at_once_and_in_order():
    found = refused("b: on\na: 1\na: .5\n1: x\n")
    assert [(one.code, one.line, one.column, one.path) for one in found] == [
        ("Y113", 1, 4, "/b"),
        ("Y111", 3, 1, "/a"),
        ("Y115", 3, 4, "/a"),
        ("Y112", 4, 1, ""),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('a: "\\0"\n', "Y103"),
        ('a: "\\ud800"\n', "Y103"),
        ("a: \x85b\n", "Y103"),
        ("a: b\rc: d\n", "Y103"),
        ('a: "\\UFFFFFFFF"\n', "Y101"),
        ('a: "\\q"\n', "Y101"),
        ("a: @b\n", "Y101"),
        ("a: 'b\n", "Y101"),
        ("[" * 100_000, "Y105"),
        ("- " * 5_000, "Y105"),
        ("a" * (MAX_CHARACTERS + 1), "Y104"),
        ("a: b\n...\n--- c\n", "Y107"),
        ("# nothing\n", "Y108"),
    ],
)
def test_texts_that_could_hurt(text, code):
    assert codes(text) == [code]


def test_the_telling_ends_when_enough_is_found():
    assert len(refused("a: 1\n" * 20_000)) == MAX_FINDINGS
    assert len(refused("a: [" + "on, " * 20_000 + "]")) == MAX_FINDINGS


def test_messages_quote_a_long_text_in_part():
    (found,) = refused("a: " + "1" * 5_000 + ":30\n")
    assert len(found.message_en) < 1_000


@pytest.mark.parametrize(
    "long", ["1" * 200_000, "1_" * 100_000, "1_" * 100_000 + "x", "1:1" * 60_000 + "x", "." * 200_000]
)
def test_long_scalars_take_no_long_time(long):
    """Patterns that try every split of a text would take hours here."""
    assert codes(f"a: {long}\n") in ([], ["Y115"])


def test_depth_is_counted_from_the_root():
    assert codes("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert codes("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) == ["Y105"]


def test_line_ends_and_a_byte_order_mark_do_not_matter_to_the_meaning():
    assert plain(parse("\ufeffa: 1\r\nb: x\r\n", "f.yaml").root) == {"a": 1, "b": "x"}
    assert codes("a: \ufeffb\n") == ["Y103"]


def test_the_hash_is_that_of_the_bytes():
    assert content_hash("a: 长沙\n") == "968ad8057f757f8686d0c4ef89c3d751710a3557dfbc708901f7ab227f2368b7"
    assert parse("a: 1\n", "f.yaml").content_hash != parse("a: 1 \n", "f.yaml").content_hash


def test_replacing_scalars_keeps_places_and_drops_what_became_empty():
    root = parse("a: X\nb: {c: {d: X}, e: [X, 1]}\nf: {}\n", "f.yaml").root

    def replace(node: ScalarNode) -> Node | None:
        return None if node.text == "X" else node

    assert plain(replace_scalars(root, replace)) == {"b": {"e": [1]}, "f": {}}
    many = replace_scalars(root, lambda node: ListNode((ScalarNode("y", node.line, node.column),), 1, 1))
    assert node_at(many, ("b", "c", "d", 0)) == ScalarNode("y", 2, 12)


def test_lone_surrogates_are_told_as_escapes():
    """YAML can spell half a character; what tells of it must still fit into a file, an answer and a terminal."""
    found = refused('kind: promotion\n"\\udfff": {"a": "\\ud83d"}\n')
    assert [(one.code, one.path) for one in found] == [("Y103", ""), ("Y103", r"/\udfff/a")]
    assert json.dumps([one.message_en for one in found], ensure_ascii=False).encode()


def test_pointers_escape_slashes():
    assert pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"


# --- laws ---------------------------------------------------------------------------------------------------------

_TEXTS = st.text(alphabet=st.sampled_from("abz019:-?#&*!|>'\"%@`[]{},.~=<\n\n  \t\r\x00\u2028长%_e+")) | st.text(
    max_size=60
)


def assert_points_into(found: list[Diagnostic], text: str) -> None:
    lines = text.split("\n")
    for one in found:
        assert one.code in CODES
        assert 1 <= one.line <= len(lines), one
        assert 1 <= one.column <= len(lines[one.line - 1]) + 1, one
        assert one.message_zh
        assert one.message_en


@settings(max_examples=400)
@given(_TEXTS)
def test_any_text_is_read_or_refused_with_a_place(text):
    assert_points_into(refused(text), text)


@settings(max_examples=60)
@given(st.sampled_from(GOOD_FILES), st.data())
def test_damaged_files_are_read_or_refused_with_a_place(path, data):
    text = path.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 40))
    damaged = text[:at] + data.draw(_TEXTS) + text[at + cut :]
    assert_points_into(refused(damaged), damaged)


_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text("ab长1-: #'\"\\\n%", max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc长 1", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.dictionaries(st.text("ab", min_size=1, max_size=3), _PLAIN, min_size=1, max_size=4))
def test_json_is_read_as_it_is_meant(value):
    assert plain(parse(json.dumps(value, ensure_ascii=False), "f.json").root) == value


def test_entries_compare_by_content():
    entry = Entry(ScalarNode("a", 1, 1), ScalarNode("1", 1, 4))
    assert parse("a: 1", "f.yaml").root == MapNode((entry,), 1, 1)
