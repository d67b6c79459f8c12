"""Run the cases that lie beside rule sets and templates."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.cases import Case, Difference, run_case
from engine.document import Schemas, parse
from engine.errors import Diagnostic, InvalidInput
from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from storage.campaign_files import campaign_of_case
from storage.rule_files import cases_file, read_case_file, read_text, rule_set_files


class CaseResult(NamedTuple):
    """One case that was run: where it is, and what came out otherwise (nothing: it passed)."""

    file: str
    case: Case
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
    """The results of the cases beside one rule set or template. Raises `InvalidInput` when they cannot be run."""
    beside = cases_file(path)
    if not beside.exists():
        raise InvalidInput([_without_cases(path, beside)])
    document = parse(read_text(path), path.as_posix())
    compiled: dict[tuple[str, ...], LiveRules] = {}
    own = next((one for one in known.values() if one.header.file == path.as_posix()), None)
    for case in read_case_file(beside, schemas):
        if document.kind == "template":
            live = compile_live([campaign_of_case(document, case, schemas), *rule_sets_beside(case, known)])
        elif own is None:
            raise InvalidInput([_unread(path)])
        elif case.beside in compiled:
            live = compiled[case.beside]
        else:
            live = compiled[case.beside] = compile_live([own, *rule_sets_beside(case, known)])
        yield CaseResult(beside.as_posix(), case, tuple(run_case(case, live)))


def rule_sets_beside(case: Case, known: Mapping[str, RuleSet]) -> list[RuleSet]:
    """The rule sets that a case names in `with`. Raises `InvalidInput` when one is not there."""
    missing = [name for name in case.beside if name not in known]
    if missing:
        raise InvalidInput(
            [
                Diagnostic(
                    file=case.file,
                    line=case.line,
                    column=1,
                    code="C102",
                    message_zh=f"案例引用的规则集不存在：{'、'.join(missing)}",
                    message_en=f"the case names rule sets that are not there: {', '.join(missing)}",
                    hint_zh=f"现有：{'、'.join(sorted(known))}",
                    hint_en=f"there are: {', '.join(sorted(known))}",
                )
            ]
        )
    return [known[name] for name in case.beside]


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


def _unread(path: Path) -> Diagnostic:
    return Diagnostic(
        file=path.as_posix(),
        line=1,
        column=1,
        code="C103",
        message_zh="规则集有错误，案例未运行",
        message_en="the rule set has errors, so its cases were not run",
        hint_zh="先运行 fenrun check",
        hint_en="run fenrun check first",
    )
