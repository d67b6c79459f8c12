"""Rule sets, templates and cases as files in a folder: drafts that an operator edits, before anything is published."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from engine.builder.build import build
from engine.cases.cases import Case, read_cases
from engine.cases.dividends import DividendCase, read_dividend_cases
from engine.cases.forms import FormCase, read_forms
from engine.cases.levels import LevelCase, read_level_cases
from engine.cases.settlements import SettlementCase, read_settlement_cases
from engine.errors import Diagnostic, InvalidInput
from engine.ruleset import RuleSet
from engine.text.document import Schemas, parse
from engine.text.nodes import Document
from engine.text.schema_check import check_shape

CASES_SUFFIX = ".cases.yaml"
MAX_FILE_BYTES = 4_000_000


SCHEMA_FOLDER = Path(__file__).parent.parent / "rules" / "schema"


@lru_cache(maxsize=1)
def own_schemas() -> Schemas:
    """The JSON Schemas of the rule language that this Fenrun ships, by name."""
    paths = sorted(SCHEMA_FOLDER.glob("*.schema.json"))
    return {path.name.removesuffix(".schema.json"): msgspec.json.decode(path.read_bytes()) for path in paths}


class RuleFolder(NamedTuple):
    """What was read below a folder: rule sets in order of path, and everything that is wrong with any file."""

    rule_sets: tuple[RuleSet, ...]
    diagnostics: tuple[Diagnostic, ...]


def rule_set_files(folder: Path) -> list[Path]:
    """Every rule-set file at or below a path: YAML that is neither cases nor a schema."""
    if folder.is_file():
        return [folder]
    found = [path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)]
    return sorted(path for path in found if not path.name.endswith((CASES_SUFFIX, ".cases.yml")))


def cases_file(rule_set_file: Path) -> Path:
    """Where the cases of a rule set or template are: `vN.cases.yaml` beside `vN.yaml`."""
    return rule_set_file.with_name(rule_set_file.stem + CASES_SUFFIX)


def read_text(path: Path) -> str:
    """A file's text with its line ends as they are. Raises `InvalidInput` when it is too large or not UTF-8."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise InvalidInput([_unreadable(path, f"超过 {MAX_FILE_BYTES} 字节", f"larger than {MAX_FILE_BYTES} bytes")])
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            [_unreadable(path, f"不是 UTF-8 文本（第 {error.start} 字节）", f"not UTF-8 text (byte {error.start})")]
        ) from None


def _unreadable(path: Path, zh: str, en: str) -> Diagnostic:
    return Diagnostic(file=path.as_posix(), line=1, column=1, code="Y100", message_zh=zh, message_en=en)


def read_rule_set(path: Path, schemas: Schemas) -> RuleSet:
    """One rule set from its file. Raises `InvalidInput` with all that is wrong with it."""
    return build(parse(read_text(path), path.as_posix()), schemas)


def read_rule_sets(folder: Path, schemas: Schemas) -> RuleFolder:
    """All rule sets at or below a path. A file that cannot be read is reported and left out; the rest is read."""
    rule_sets: list[RuleSet] = []
    diagnostics: list[Diagnostic] = []
    for path in rule_set_files(folder):
        try:
            document = parse(read_text(path), path.as_posix())
            if document.kind in ("template", "participants", "figures"):
                continue
            rule_sets.append(build(document, schemas))
        except InvalidInput as invalid:
            diagnostics += invalid.diagnostics
    diagnostics += _doubled(rule_sets)
    return RuleFolder(tuple(rule_sets), tuple(sorted(diagnostics)))


def _doubled(rule_sets: Iterable[RuleSet]) -> list[Diagnostic]:
    """Two files that claim the same kind, name and version."""
    first: dict[tuple[str, str, int], str] = {}
    found: list[Diagnostic] = []
    for one in rule_sets:
        header = one.header
        place = first.setdefault((header.kind, header.name, header.version), header.file)
        if place != header.file:
            found.append(
                Diagnostic(
                    file=header.file,
                    line=1,
                    column=1,
                    code="R390",
                    path="/version",
                    message_zh=f"{header.label} 已由 {place} 定义",
                    message_en=f"{header.label} is already defined by {place}",
                    hint_zh=f"改为版本 {header.version + 1}，或换名称",
                    hint_en=f"make it version {header.version + 1}, or another name",
                )
            )
    return found


class CaseFile(NamedTuple):
    """What stands in a file of cases: orders, forms of a template, dividends, reviews of levels, settlements."""

    cases: tuple[Case, ...]
    forms: tuple[FormCase, ...]
    dividends: tuple[DividendCase, ...]
    levels: tuple[LevelCase, ...]
    settlements: tuple[SettlementCase, ...]


def read_case_file(path: Path, schemas: Schemas) -> CaseFile:
    """The cases of every sort of one file. Raises `InvalidInput` with all that is wrong with it."""
    document = check_cases(parse(read_text(path), path.as_posix()), schemas)
    return CaseFile(
        read_cases(document),
        read_forms(document),
        read_dividend_cases(document),
        read_level_cases(document),
        read_settlement_cases(document),
    )


def check_cases(document: Document, schemas: Schemas) -> Document:
    """The document, when it passes the cases schema. Raises `InvalidInput` otherwise."""
    found = list(check_shape(document, "cases", schemas))
    if any(one.severity == "error" for one in found):
        raise InvalidInput(found)
    return document
