"""Mutants of rule-set files and templates, run against the cases beside them: what would a case notice?"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from engine.build import build
from engine.cases import Case, run_case
from engine.document import Schemas, parse
from engine.errors import InvalidInput
from engine.live import LiveRules, compile_live
from engine.mutation.equivalent import why_equivalent, why_first_step_is_equivalent
from engine.mutation.mutate import POLICIES, Change, Mutant, mutants
from engine.mutation.proposal import Proposal, propose
from engine.nodes import Document, ScalarNode, node_at
from engine.ruleset import RuleSet
from engine.template import read_template
from storage.campaign_files import campaign_from
from storage.case_files import rule_sets_beside, run_case_file
from storage.rule_files import cases_file, read_case_file, read_text

Verdict = Literal["killed", "survived", "stillborn", "equivalent"]
LiveOf = Callable[[Case], tuple[RuleSet, LiveRules]]


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
    cases = list(read_case_file(cases_file(path), schemas))
    original = _live_of(document, known, schemas)
    for mutant in mutants(document):
        if wanted(mutant):
            yield _judge(document, mutant, cases, original, _live_of(mutant.document, known, schemas))


def cases_pass(path: Path, known: Mapping[str, RuleSet], schemas: Schemas) -> bool:
    """Whether every case beside a file passes. Raises `InvalidInput` when there are none or they cannot be run."""
    return not any(result.differences for result in run_case_file(path, known, schemas))


def count_mutants(path: Path) -> int:
    """How many mutants a file has. Raises `InvalidInput` when it is no YAML of ours."""
    return sum(1 for _ in mutants(parse(read_text(path), path.as_posix())))


def _judge(document: Document, mutant: Mutant, cases: list[Case], original: LiveOf, changed: LiveOf) -> Verdicted:
    """Run the cases until one differs; that one moves to the front, for it will see the next mutant too."""
    file, change = document.file, mutant.change
    try:
        for at, case in enumerate(cases):
            if run_case(case, changed(case)[1]):
                cases.insert(0, cases.pop(at))
                return Verdicted(file, change, "killed", case.name)
    except InvalidInput as refused:
        return Verdicted(file, change, "stillborn", refused.diagnostics[0].code)
    reasons = [_why_equivalent(original(case)[0], change) for case in cases]
    if all(reasons):
        return Verdicted(file, change, "equivalent", reasons[0])
    pairs = [(case, original(case)[1], changed(case)[1]) for case in cases]
    return Verdicted(file, change, "survived", proposal=propose(pairs, _rule_of(document, change), change))


def _why_equivalent(rule_set: RuleSet, change: Change) -> str:
    key = str(change.path[-1])
    if key in POLICIES and "rules" not in change.path:
        return why_equivalent(rule_set, key, change.old, change.new)
    return why_first_step_is_equivalent(rule_set, change.path, change.new)


def _rule_of(document: Document, change: Change) -> str:
    """The id of the rule that a change lies in; empty for a policy of the whole set."""
    if "rules" not in change.path:
        return ""
    at = change.path.index("rules")
    found = node_at(document.root, (*change.path[: at + 2], "id"))
    assert isinstance(found, ScalarNode)
    return found.text


def _live_of(document: Document, known: Mapping[str, RuleSet], schemas: Schemas) -> LiveOf:
    """What stands in a case when the document is the rule set or template it lies beside; each built once."""
    compiled: dict[object, tuple[RuleSet, LiveRules]] = {}
    make = _maker(document, schemas)

    def live_of(case: Case) -> tuple[RuleSet, LiveRules]:
        key = (case.beside, _campaign_key(case))
        if key not in compiled:
            own = make(case)
            compiled[key] = own, compile_live([own, *rule_sets_beside(case, known)])
        return compiled[key]

    return live_of


def _campaign_key(case: Case) -> object:
    if case.answers is None:
        return None
    return msgspec.json.encode((case.answers, case.effective_from, case.effective_until, case.event.placed_at.date()))


def _maker(document: Document, schemas: Schemas) -> Callable[[Case], RuleSet]:
    if document.kind == "template":
        template = cache(partial(read_template, document, schemas))
        return lambda case: campaign_from(template(), case, schemas)
    own = cache(partial(build, document, schemas))
    return lambda _case: own()
