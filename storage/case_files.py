"""Run the cases that lie beside rule sets and templates."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.cases.cases import Case
from engine.cases.figures import Difference
from engine.cases.forms import FormCase
from engine.errors import Diagnostic, InvalidInput
from engine.ruleset import RuleSet
from engine.text.document import Schemas, parse
from engine.text.nodes import Document
from storage.case_subject import AnyCase, Subject
from storage.rule_files import CaseFile, cases_file, read_case_file, read_text, rule_set_files


class CaseResult(NamedTuple):
    """One case or form that was run: where it is, and what came out otherwise (nothing: it passed)."""

    file: str
    case: AnyCase
    differences: tuple[Difference, ...]


class CaseRun(NamedTuple):
    """All cases below a folder: results in order, and what kept files from being run at all."""

    results: tuple[CaseResult, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def passed(self) -> bool:
        """Whether every file could be run, there were cases, and none differed."""
        return bool(self.results) and not self.diagnostics and not any(one.differences for one in self.results)


def run_cases(folder: Path, rule_sets: Iterable[RuleSet], schemas: Schemas) -> CaseRun:
    """Run the cases beside every rule set and template at or below `folder`.

    `rule_sets` are all that cases may name in `with`.  A rule set without cases is reported: it is untested.
    """
    known = {f"{one.header.kind}/{one.header.name}/v{one.header.version}": one for one in rule_sets}
    results: list[CaseResult] = []
    diagnostics: list[Diagnostic] = []
    for path in rule_set_files(folder):
        try:
            results += run_case_file(path, known, schemas)
        except InvalidInput as invalid:
            diagnostics += invalid.diagnostics
    return CaseRun(tuple(results), tuple(sorted(diagnostics)))


def run_case_file(path: Path, known: Mapping[str, RuleSet], schemas: Schemas) -> Iterator[CaseResult]:
    """The results of the cases and forms beside one rule set or template, each run at the time of its order.

    Raises `InvalidInput` when they cannot be run.
    """
    beside = cases_file(path)
    if not beside.exists():
        raise InvalidInput([_without_cases(path, beside)])
    document = parse(read_text(path), path.as_posix())
    subject = Subject(document, known, schemas)
    for case in read_cases_of(path, document, schemas):
        yield CaseResult(beside.as_posix(), case, tuple(subject.differences(case)))


def read_cases_of(path: Path, document: Document, schemas: Schemas) -> list[AnyCase]:
    """All cases beside a file. Raises `InvalidInput` for those that only a file of another kind can have."""
    written = read_case_file(cases_file(path), schemas)
    listed: tuple[tuple[str, Sequence[AnyCase]], ...] = (
        ("template", _of_templates(written)),
        ("dividend", written.dividends),
        ("level", written.levels),
        ("settlement", written.settlements),
    )
    misplaced = [_misplaced(kind, one) for kind, found in listed if kind != document.kind for one in found]
    if misplaced:
        raise InvalidInput(misplaced)
    return [*written.cases, *written.forms, *written.dividends, *written.levels, *written.settlements]


def _without_cases(path: Path, beside: Path) -> Diagnostic:
    return Diagnostic(
        file=path.as_posix(),
        line=1,
        column=1,
        code="C101",
        message_zh="规则集没有案例",
        message_en="the rule set has no cases",
        hint_zh=f"新建 {beside.name}，至少写一个案例",
        hint_en=f"add {beside.name} with at least one case",
    )


def _of_templates(written: CaseFile) -> list[Case | FormCase]:
    """What only a template's file of cases can hold."""
    return [*(one for one in written.cases if one.is_of_template), *written.forms]


class _Wrong(NamedTuple):
    """What is said of cases beside a file of another kind than theirs."""

    code: str
    zh: str
    en: str
    hint_zh: str
    hint_en: str


def _beside_another(code: str, key: str, zh: str, en: str) -> _Wrong:
    return _Wrong(
        code,
        f"{key} 只用于{zh}规则集的案例",
        f"{key} are for the cases of {en} rule sets",
        f"移到{zh}规则集旁的案例文件",
        f"move them beside a {en} rule set",
    )


_WRONG = {
    "template": _Wrong(
        "C103",
        "answers、effective_from、effective_until 和 forms 只用于模板的案例",
        "answers, effective_from, effective_until and forms are for the cases of templates",
        "规则集的起止写在规则集自己的文件里",
        "when a rule set starts and ends stands in its own file",
    ),
    "dividend": _beside_another("C104", "dividends", "分红", "dividend"),
    "level": _beside_another("C105", "levels", "等级", "level"),
    "settlement": _beside_another("C106", "settlements", "结算", "settlement"),
}


def _misplaced(kind: str, case: AnyCase) -> Diagnostic:
    wrong = _WRONG[kind]
    return Diagnostic(
        file=case.file,
        line=case.line,
        column=1,
        code=wrong.code,
        message_zh=wrong.zh,
        message_en=wrong.en,
        hint_zh=wrong.hint_zh,
        hint_en=wrong.hint_en,
    )
