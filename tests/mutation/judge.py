"""Judges what `mutmut run` left in mutants/: is every mutant of the code killed by a test, or listed as equivalent?

The last step of `make mutate-code`.  The exit code is 1 where a mutant survives that equivalent.toml does not explain,
where an entry of that list fits no survivor any more, and where a mutant was not decided.
"""

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

LISTED = Path(__file__).with_name("equivalent.toml")
KILLED = ("killed", "timeout")
"""A mutant that runs on without end is noticed like one that fails a test. How many those are is told apart."""
ALIVE = ("survived", "no tests")


class Change(NamedTuple):
    """A mutant by what it does, not by its number, which moves with every edit: function, line before, line after."""

    where: str
    line: str
    becomes: str

    def __str__(self) -> str:
        return f"{self.where}\n    - {self.line}\n    + {self.becomes}"


@dataclass
class Verdict:
    """What became of all mutants. Sound when nothing is unexplained, stale or undecided."""

    killed: Counter[str] = field(default_factory=Counter)
    """By module."""
    endless: Counter[str] = field(default_factory=Counter)
    """Those of the killed that ran into the time limit."""
    equivalent: Counter[str] = field(default_factory=Counter)
    unexplained: list[Change] = field(default_factory=list)
    stale: list[Change] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return bool(self.killed) and not (self.unexplained or self.stale or self.undecided)


def function_of(mutant: str) -> str:
    """The function that a mutant changes: `m.x_f__mutmut_1` is of `m.f`, `m.xǁCǁf__mutmut_1` of `m.C.f`."""
    module, _, mangled = mutant.rpartition("__mutmut_")[0].rpartition(".")
    name = mangled.removeprefix("x").removeprefix("_") if "ǁ" not in mangled else ".".join(mangled.split("ǁ")[1:])
    return f"{module}.{name}"


def module_of(mutant: str) -> str:
    return mutant.rpartition(".")[0]


def change_of(mutant: str, diff: Iterable[str]) -> Change:
    """What a mutant changes, from its unified diff."""
    body = [line for line in diff if not line.startswith(("---", "+++"))]
    before, after = ("\n".join(line[1:].strip() for line in body if line.startswith(sign)) for sign in "-+")
    return Change(function_of(mutant), before, after)


def judge(status_of: Mapping[str, str], survivors: Mapping[str, Change], listed: Iterable[Change]) -> Verdict:
    """Compare mutants by name, and what each survivor changes, with the changes listed as equivalent.

    A change that is made in two places of a function is listed twice.
    """
    left = Counter(listed)
    verdict = Verdict()
    for mutant, status in status_of.items():
        if status in KILLED:
            verdict.killed[module_of(mutant)] += 1
            verdict.endless[module_of(mutant)] += status == "timeout"
        elif status not in ALIVE:
            verdict.undecided.append(f"{mutant}: {status}")
        elif left[survivors[mutant]]:
            left[survivors[mutant]] -= 1
            verdict.equivalent[module_of(mutant)] += 1
        else:
            verdict.unexplained.append(survivors[mutant])
    verdict.stale.extend(left.elements())
    return verdict


def read_listed(text: str) -> Iterator[Change]:
    """The changes of equivalent.toml; `ValueError` for an entry without a reason."""
    for entry in tomllib.loads(text)["equivalent"]:
        if not entry["reason"].strip():
            raise ValueError(f"no reason: {entry['where']}")
        for becomes in entry["becomes"]:
            yield Change(entry["where"], entry["line"], becomes)


def _mutmut(*arguments: str) -> list[str]:
    command = [str(Path(sys.executable).with_name("mutmut")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def _statuses() -> dict[str, str]:
    rows = (row.strip().rpartition(": ") for row in _mutmut("results", "--all", "true"))
    return {mutant: status for mutant, _, status in rows if mutant}


def _told(verdict: Verdict, status_of: Mapping[str, str]) -> Iterator[str]:
    for module, count in sorted(Counter(map(module_of, status_of)).items()):
        alive = sum(change.where.startswith(f"{module}.") for change in verdict.unexplained)
        yield (
            f"{module}: {count} mutants, {verdict.killed[module]} killed "
            f"({verdict.endless[module]} of them at the time limit), "
            f"{verdict.equivalent[module]} equivalent (listed), {alive} survivors"
        )
    yield from (f"\nsurvived: {change}" for change in verdict.unexplained)
    yield from (f"\nlisted as equivalent, but no survivor: {change}" for change in verdict.stale)
    yield from (f"undecided: {one}" for one in verdict.undecided)


def main() -> int:
    status_of = _statuses()
    survivors = {
        mutant: change_of(mutant, _mutmut("show", mutant)) for mutant, status in status_of.items() if status in ALIVE
    }
    verdict = judge(status_of, survivors, read_listed(LISTED.read_text(encoding="utf-8")))
    sys.stdout.write("\n".join(_told(verdict, status_of)) + "\n")
    return 0 if verdict.sound else 1


if __name__ == "__main__":
    sys.exit(main())
