"""Writes docs/facts.md and docs/diagnostics/ from the tables in engine/, so that they never fall behind.

Run `python docs/generate.py` from the project's root after a table, a message or a file of tests/bad has changed.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from engine.text.codes import Code  # noqa: E402  # the root goes on the path first
from engine.text.codes_campaign import ANSWER_CODES, TEMPLATE_CODES  # noqa: E402
from engine.text.codes_lint import LINT_CODES  # noqa: E402
from engine.text.codes_participants import WATCH_CODES  # noqa: E402
from engine.text.diagnostics import CODES  # noqa: E402
from engine.vocabulary import VOCABULARY, Fact  # noqa: E402
from tests.engine.texts import bad_file, bad_paths, diagnose  # noqa: E402

ALL_CODES: dict[str, Code] = {**CODES, **LINT_CODES, **TEMPLATE_CODES, **ANSWER_CODES, **WATCH_CODES}

_FAMILIES = {
    "Y": ("文本", "The text: strict YAML"),
    "S": ("结构", "The shape: keys, types, bounds"),
    "R": ("含义", "The meaning of a rule set"),
    "L": ("审查", "Lint: the law, and rules that cannot do what they seem to"),
    "T": ("模板", "Campaign templates"),
    "A": ("回答", "Answers to a template's questions"),
    "P": ("参与者", "Participants: referrers, bindings, contracts, and the size of the network"),
}

_TYPES = {
    "text": ("文本", "a text"),
    "texts": ("一组文本", "a set of texts"),
    "path": ("路径", "a path: `snack/fried`"),
    "paths": ("一组路径", "a set of paths"),
    "region": ("行政区划代码", "a region code: `430102`"),
    "money": ("金额 (元)", "money in yuan: `12.50`"),
    "integer": ("整数", "a whole number"),
    "rate": ("百分比", "a percentage: `30%`, `12.25%`"),
    "boolean": ("真假", "`true` or `false`"),
    "time": ("时刻", "a time of day: `'22:00'`"),
    "date": ("日期", "a date: `2026-10-01`"),
    "weekday": ("星期", "a weekday: `mon` … `sun`"),
    "lunar": ("农历月日", "a lunar month and day: `'08-15'`"),
}
_TESTS = {
    "text": "in, not_in, exists",
    "path": "in, not_in, under, exists",
    "number": "in, not_in, at_least, more_than, at_most, less_than, exists",
    "moment": "in, not_in, at_least, more_than, at_most, less_than, from + until, exists",
}
_TESTS_OF = {
    "paths": "path",
    "path": "path",
    "region": "path",
    "money": "number",
    "integer": "number",
    "rate": "number",
    "time": "moment",
    "date": "moment",
    "lunar": "moment",
}


def facts_page() -> str:
    """docs/facts.md."""
    lines = [
        "# Facts: 事实",
        "",
        "What a condition may name. A fact of the order is the same for all lines of an order; a fact of the line",
        "belongs to one line. A price tag may only depend on facts that a price list knows (last column).",
        "This page is generated from `engine/vocabulary.py`.",
    ]
    for half, title in (("order", "Facts of the order · 订单"), ("line", "Facts of the line · 商品行")):
        lines += [
            "",
            f"## {title}",
            "",
            "| fact | 含义 | meaning | type | tests | price list |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_fact_row(fact) for fact in VOCABULARY.values() if fact.half == half]
    return "\n".join(lines) + "\n"


def _fact_row(fact: Fact) -> str:
    kind = _TYPES[fact.type][1]
    if fact.values:
        kind = "one of " + ", ".join(f"`{value}`" for value in fact.values)
    tests = _TESTS[_TESTS_OF.get(fact.type, "text")]
    known = "yes" if fact.catalogue else ""
    return f"| `{fact.name}` | {fact.title_zh} | {fact.title_en} | {kind} | {tests} | {known} |"


def code_page(code: str, row: Code, broken: Path | None) -> str:
    """docs/diagnostics/CODE.md."""
    lines = [f"# {code} · {row.title_zh} · {row.title_en}", ""]
    lines += [f"- **{_plain(row.message_zh)}**: {_plain(row.hint_zh)}"]
    lines += [f"- **{_plain(row.message_en)}**: {_plain(row.hint_en)}"]
    if broken is not None:
        lines += ["", "## 例 · Example", "", *_example(broken)]
    return "\n".join(lines) + "\n"


def _plain(template: str) -> str:
    return template.replace("{{", "{").replace("}}", "}")


def _example(broken: Path) -> list[str]:
    bad = bad_file(broken)
    found = diagnose(bad.text, bad.file)
    place = found[0].line
    source = bad.text.split("\n")
    shown = [
        f"{number:>4}  {source[number - 1]}".rstrip()
        for number in range(max(1, place - 2), min(len(source), place + 1) + 1)
        if not source[number - 1].startswith("# ")
    ]
    said = [line for one in found for line in (one.text("zh"), one.text("en"))]
    lines = ["```text", *(_visible(line) for line in shown), "```", ""] if shown else []
    return [*lines, "```text", *said, "```"]


def _visible(line: str) -> str:
    return "".join(one if one.isprintable() or one == "\t" else f"<U+{ord(one):04X}>" for one in line)


def index_page() -> str:
    """docs/diagnostics/README.md."""
    lines = [
        "# Diagnostics · 诊断代码",
        "",
        "Every fault has a stable code, a line and column, a JSON pointer, and a message in Chinese and English.",
        "These pages are generated from the tables in `engine/codes_*.py` and the files in `tests/bad/`.",
    ]
    for letter, (zh, en) in _FAMILIES.items():
        rows = {code: row for code, row in sorted(ALL_CODES.items()) if code[0] == letter}
        lines += ["", f"## {zh} · {en}", "", "| code | 标题 | title |", "|---|---|---|"]
        lines += [f"| [{code}]({code}.md) | {row.title_zh} | {row.title_en} |" for code, row in rows.items()]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Every generated page by its path under the project's root."""
    broken = bad_paths()
    return {
        "docs/facts.md": facts_page(),
        "docs/diagnostics/README.md": index_page(),
        **{f"docs/diagnostics/{code}.md": code_page(code, row, broken.get(code)) for code, row in ALL_CODES.items()},
    }


def main() -> None:
    folder = ROOT / "docs/diagnostics"
    folder.mkdir(exist_ok=True)
    written = pages()
    for stale in folder.glob("*.md"):
        if f"docs/diagnostics/{stale.name}" not in written:
            stale.unlink()
    for name, text in written.items():
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
