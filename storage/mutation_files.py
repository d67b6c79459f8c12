"""Mutants of rule-set files and templates, run against the cases beside them: what would a case notice?"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from engine.calendar import SHANGHAI
from engine.cases.cases import Case
from engine.cases.forms import FormCase
from engine.errors import InvalidInput
from engine.mutation.equivalent import (
    why_equivalent,
    why_first_step_is_equivalent,
    why_no_day_tells,
    why_nothing_is_given_back,
)
from engine.mutation.form_proposal import propose_form
from engine.mutation.mutate import PERIOD, POLICIES, Change, Mutant, mutants
from engine.mutation.order_proposal import propose
from engine.mutation.proposal import Proposal
from engine.ruleset import RuleSet
from engine.text.document import Schemas, parse
from engine.text.nodes import Document, ScalarNode, node_at
from storage.case_files import read_cases_of, run_case_file
from storage.case_subject import AnyCase, Subject
from storage.rule_files import read_text

Verdict = Literal["killed", "survived", "stillborn", "equivalent"]


class Verdicted(NamedTuple):
    """One mutant and what became of it: killed by a case, refused by the build, provably the same, or alive.

    `why` names the case that killed it, or says why it is equivalent.  A survivor has a proposal when an order was
    found that tells it from the original.
    """

    file: str
    change: Change
    verdict: Verdict
    why: str = ""
    proposal: Proposal | None = None


Wanted = Callable[[Mutant], bool]


def every_mutant(_mutant: Mutant) -> bool:
    return True


def mutate_file(
    path: Path, known: Mapping[str, RuleSet], schemas: Schemas, wanted: Wanted = every_mutant
) -> Iterator[Verdicted]:
    """Run the wanted mutants of one rule set or template against the cases beside it, in the order of its text.

    `known` are the rule sets that cases may name, as for `case_files.run_case_file`.  Raises `InvalidInput` when the
    cases cannot be run; they must pass before anything is mutated (`cases_pass`).
    """
    document = parse(read_text(path), path.as_posix())
    cases = sorted(read_cases_of(path, document, schemas), key=lambda one: isinstance(one, Case))  # forms are quick
    original = Subject(document, known, schemas)
    for mutant in mutants(document):
        if wanted(mutant):
            yield _judge(document, mutant, cases, original, Subject(mutant.document, known, schemas))


def cases_pass(path: Path, known: Mapping[str, RuleSet], schemas: Schemas) -> bool:
    """Whether every case beside a file passes. Raises `InvalidInput` when there are none or they cannot be run."""
    return not any(result.differences for result in run_case_file(path, known, schemas))


def count_mutants(path: Path) -> int:
    """How many mutants a file has. Raises `InvalidInput` when it is no YAML of ours."""
    return sum(1 for _ in mutants(parse(read_text(path), path.as_posix())))


def _judge(document: Document, mutant: Mutant, cases: list[AnyCase], original: Subject, changed: Subject) -> Verdicted:
    """Run the cases until one differs; that one moves to the front, for it will see the next mutant too."""
    file, change = document.file, mutant.change
    try:
        for at, case in enumerate(cases):
            if changed.differences(case):
                cases.insert(0, cases.pop(at))
                return Verdicted(file, change, "killed", case.name)
    except InvalidInput as refused:
        if change.path[0] == "questions" and not _is_refused(changed):
            return Verdicted(file, change, "killed", case.name)  # answers that no longer make a campaign
        return Verdicted(file, change, "stillborn", refused.diagnostics[0].code)
    orders = [case for case in cases if isinstance(case, Case)]
    reasons = [_why_equivalent(original.stage(case).own, change) for case in orders]
    if reasons and all(reasons):
        return Verdicted(file, change, "equivalent", reasons[0])
    return Verdicted(file, change, "survived", proposal=_proposal(document, change, cases, original, changed))


def _proposal(
    document: Document, change: Change, cases: list[AnyCase], original: Subject, changed: Subject
) -> Proposal | None:
    if change.path[0] == "questions":
        return propose_form(
            original.template,
            changed.template,
            change,
            [one.answers or {} for one in cases if isinstance(one, Case | FormCase)],
        )
    orders = [case for case in cases if isinstance(case, Case)]
    moments: list[datetime] = []
    if change.path[-1] in PERIOD:
        if document.kind == "template":  # its cases need no end, but campaigns may have one
            orders += [_ending_that_day(case) for case in orders]
        headers = [subject.stage(case).own.header for case in orders for subject in (original, changed)]
        ends = [at for one in headers for at in (one.effective_from, one.effective_until) if at is not None]
        moments = sorted(set(ends))
    pairs = [(case, original.stage(case).at, changed.stage(case).at) for case in orders]
    return propose(pairs, _rule_of(document, change), change, moments)


def _ending_that_day(case: Case) -> Case:
    last_day = case.event.placed_at.astimezone(SHANGHAI).date()
    return msgspec.structs.replace(case, effective_from=case.first_day, effective_until=last_day)


def _is_refused(changed: Subject) -> bool:
    """Whether a template cannot be read at all."""
    try:
        return not changed.template
    except InvalidInput:
        return True


def _why_equivalent(rule_set: RuleSet, change: Change) -> str:
    key, path = str(change.path[-1]), change.path
    if key in POLICIES and "rules" not in path:
        return why_equivalent(rule_set, key, change.old, change.new)
    return (
        why_first_step_is_equivalent(rule_set, path, change.new)
        or why_nothing_is_given_back(rule_set, path)
        or why_no_day_tells(rule_set, path, change.old, change.new)
    )


def _rule_of(document: Document, change: Change) -> str:
    """The id of the rule that a change lies in; empty for a policy of the whole set."""
    if "rules" not in change.path:
        return ""
    at = change.path.index("rules")
    found = node_at(document.root, (*change.path[: at + 2], "id"))
    assert isinstance(found, ScalarNode)
    return found.text
