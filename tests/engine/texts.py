"""Texts that tests of the loader share: the schemas, the good files of the project, and the broken ones of tests/bad.

A broken file says in its leading comments what must be found in it: `# expect: CODE LINE:COLUMN POINTER`, one for
each diagnostic.  `# file: PATH` gives the path it is read under, and `# repeat the last line: N` makes it long.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from engine.builder.build import build
from engine.builder.figures import build_figures_file
from engine.builder.participants import build_participants
from engine.errors import Diagnostic, InvalidInput
from engine.text.document import Schemas, parse
from engine.text.nodes import Document

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "rules/schema").glob("*.schema.json"))
}
GOOD_FILES = sorted(path for path in (ROOT / "rules").glob("*/*/v*.yaml") if not path.name.endswith(".cases.yaml"))


_BUILDERS: dict[str, Callable[[Document, Schemas], object]] = {
    "participants": build_participants,
    "figures": build_figures_file,
}


class BadFile(NamedTuple):
    """A broken text, the name it is read under, and the places (code, line, column, pointer) of what is wrong."""

    text: str
    file: str
    expected: list[tuple[str, int, int, str]]


def bad_file(path: Path) -> BadFile:
    text = path.read_bytes().decode("utf-8")
    expected = [
        (found[1], int(found[2]), int(found[3]), found[4])
        for found in re.finditer(r"^# expect: (\w+) (\d+):(\d+) ?(\S*)$", text, re.MULTILINE)
    ]
    named = re.search(r"^# file: (\S+)$", text, re.MULTILINE)
    repeated = re.search(r"^# repeat the last line: (\d+)$", text, re.MULTILINE)
    if repeated:
        text += (text.splitlines()[-1] + "\n") * (int(repeated[1]) - 1)
    return BadFile(text, named[1] if named else path.name, expected)


def bad_paths() -> dict[str, Path]:
    """The broken files by code."""
    return {path.stem: path for path in sorted((ROOT / "tests/bad").glob("*.yaml"))}


def diagnose(text: str, file: str) -> list[Diagnostic]:
    """What the loader finds in a rule set, or in a file of participants or figures, sorted; empty when it builds."""
    try:
        document = parse(text, file)
        _BUILDERS.get(document.kind, build)(document, SCHEMAS)
    except InvalidInput as refused:
        return refused.diagnostics
    return []
