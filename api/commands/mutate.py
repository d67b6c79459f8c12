"""`fenrun test --mutate`: would a case notice if a rule set were a little different?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from api.output import BAD_INPUT, FINDINGS, OK, console, diagnostic_json, print_diagnostics, print_json, problems
from engine.errors import Diagnostic, InvalidInput
from engine.mutation.mutate import Change
from engine.ruleset import RuleSet
from engine.text.document import Schemas
from storage.mutation_files import Verdict, Verdicted, cases_pass, count_mutants, mutate_file
from storage.rule_files import rule_set_files


class MutationRun(NamedTuple):
    """What became of every mutant, by file; the files whose cases fail as they are; and what could not be read."""

    by_file: dict[str, list[Verdicted]]
    failing: list[str]
    diagnostics: list[Diagnostic]

    @property
    def survivors(self) -> list[Verdicted]:
        return [one for found in self.by_file.values() for one in found if one.verdict == "survived"]

    @property
    def exit_code(self) -> int:
        """1 when a mutant survives, or a case fails to begin with; 2 when a file cannot be used."""
        if self.diagnostics:
            return BAD_INPUT
        return FINDINGS if self.survivors or self.failing else OK


def run_mutants(paths: Sequence[Path], rule_sets: Iterable[RuleSet], schemas: Schemas) -> MutationRun:
    """Mutate every rule set and template at or below the paths; on a terminal, with a bar for each."""
    known = {f"{one.header.kind}/{one.header.name}/v{one.header.version}": one for one in rule_sets}
    files = sorted({path for given in paths for path in rule_set_files(given)})
    run = MutationRun({}, [], [])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=problems, transient=True, disable=not problems.is_terminal) as progress:
        bar = progress.add_task("", total=None)
        for number, path in enumerate(files, 1):
            try:
                if not cases_pass(path, known, schemas):
                    run.failing.append(path.as_posix())
                    continue
                label = f"{number}/{len(files)} {path.as_posix()}"
                progress.reset(bar, total=count_mutants(path), description=label)
                found = run.by_file.setdefault(path.as_posix(), [])
                for one in mutate_file(path, known, schemas):
                    found.append(one)
                    progress.advance(bar)
            except InvalidInput as invalid:
                run.diagnostics.extend(invalid.diagnostics)
    run.diagnostics.sort()
    return run


def print_mutation_run(run: MutationRun) -> None:
    """Survivors with their place, what was changed, and a case that would have noticed; then the figures by file."""
    print_diagnostics(run.diagnostics)
    for file in run.failing:
        problems.print(f"{file}: 案例本身不通过，未变异 / its cases fail as it is, so it was not mutated", markup=False)
    for one in run.survivors:
        console.print(f"{one.file}:{one.change.line} {one.change.pointer}: {_said(one.change)}", markup=False)
        if one.proposal is None:
            console.print("    附近的订单都分辨不出 / no order nearby tells the two apart", markup=False)
        else:
            console.print(f"    {_PROPOSED[one.proposal.differs_in == 'form']}", markup=False)
            console.print(one.proposal.text, markup=False)
    for file, found in run.by_file.items():
        console.print(f"{file}: {_counted(found)}", markup=False)
    everything = [one for found in run.by_file.values() for one in found]
    console.print(f"{len(run.by_file)} 个文件 / {len(run.by_file)} files: {_counted(everything)}", markup=False)


_PROPOSED = {
    False: "建议的案例，数字须核对 / a proposed case, figures to be checked:",
    True: "建议的表单，放在 forms 下 / a proposed form, for the list `forms`:",
}


def _said(change: Change) -> str:
    return f"{change.old} → {change.new or '（去掉 / left out）'}"


_WORDS: dict[Verdict, str] = {
    "killed": "发现 killed",
    "stillborn": "不成立 stillborn",
    "equivalent": "等价 equivalent",
    "survived": "漏过 survived",
}


def _counted(found: Sequence[Verdicted]) -> str:
    counts = Counter(one.verdict for one in found)
    return f"{len(found)} 个变异 mutants，" + "，".join(f"{words} {counts[key]}" for key, words in _WORDS.items())


def mutation_json(run: MutationRun) -> dict[str, Any]:
    """The run for scripts. Stillborn mutants do not build and equivalent ones provably change nothing."""
    return {
        "ok": run.exit_code == OK,
        "files": [
            {"file": file, "mutants": len(found), **_counts(found), "equivalents": _equivalents(found)}
            for file, found in run.by_file.items()
        ],
        "survivors": [_survivor(one) for one in run.survivors],
        "failing": run.failing,
        "diagnostics": [diagnostic_json(one) for one in run.diagnostics],
    }


def _counts(found: Sequence[Verdicted]) -> dict[str, int]:
    counts = Counter(one.verdict for one in found)
    return {key: counts[key] for key in _WORDS}


def _change(one: Verdicted) -> dict[str, Any]:
    change = one.change
    return {
        "file": one.file,
        "line": change.line,
        "column": change.column,
        "path": change.pointer,
        "old": change.old,
        "new": change.new or None,
    }


def _equivalents(found: Sequence[Verdicted]) -> list[dict[str, Any]]:
    return [{**_change(one), "why": one.why} for one in found if one.verdict == "equivalent"]


def _survivor(one: Verdicted) -> dict[str, Any]:
    proposal = one.proposal
    return {
        **_change(one),
        "proposed_case": None if proposal is None else proposal.text,
        "differs_in": None if proposal is None else proposal.differs_in,
    }


def finish(run: MutationRun, *, as_json: bool) -> int:
    """Print the run; the exit code."""
    if as_json:
        print_json(mutation_json(run))
    else:
        print_mutation_run(run)
    return run.exit_code
