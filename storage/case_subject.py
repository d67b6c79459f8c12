"""What the cases beside a file are run against: its rule set, or the campaigns of its template, in their time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

import msgspec

from engine.builder.build import build
from engine.calendar import SHANGHAI
from engine.campaigns.answers import FORM_FILE
from engine.campaigns.template import Template, read_template
from engine.cases.cases import Case, run_case
from engine.cases.dividends import DividendCase, run_dividend_case
from engine.cases.figures import Difference
from engine.cases.forms import FormCase, refusals, run_form
from engine.cases.levels import LevelCase, run_level_case
from engine.cases.settlements import SettlementCase, run_settlement_case
from engine.dividend_set import DividendSet
from engine.errors import Diagnostic, InvalidInput
from engine.level_set import LevelSet
from engine.live import LiveRules
from engine.ruleset import RuleSet
from engine.settlement_set import SettlementSet
from engine.text.document import Schemas
from engine.text.nodes import Document
from engine.timeline import live_at
from storage.campaign_files import campaign_from
from storage.live_book import CompiledSets

AnyCase = Case | FormCase | DividendCase | LevelCase | SettlementCase


class Stage:
    """What there is in a case: the rule set it lies beside, in its time, and those it names in `with`, always."""

    def __init__(self, own: RuleSet, beside: Sequence[RuleSet]) -> None:
        self.own = own
        self._beside = beside
        self._compiled = CompiledSets()

    def at(self, instant: datetime) -> LiveRules:
        """The compiled rules that stand at an instant."""
        return self._compiled.of([*live_at([self.own], instant), *self._beside])

    def why_not_in_force(self, instant: datetime) -> list[Difference]:
        """Why nothing of the rule set shows at an instant before its start or after its end; empty when it may."""
        if live_at([self.own], instant):
            return []
        at = instant.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
        label = self.own.header.label
        return [Difference("/order/placed_at", f"{label} 生效 / in force", f"{at} 未生效 / not in force")]


class Subject:
    """A rule set or template under test. Everything is read, built and compiled once, when a case first needs it.

    `known` are the rule sets that cases may name in `with`, by `KIND/NAME/vN`.  What is wrong with the document itself
    is raised as `InvalidInput` by whatever needs it first.
    """

    def __init__(self, document: Document, known: Mapping[str, RuleSet], schemas: Schemas) -> None:
        self._document = document
        self._known = known
        self._schemas = schemas
        self._stages: dict[object, Stage] = {}

    @cached_property
    def template(self) -> Template:
        """The template that the document is."""
        return read_template(self._document, self._schemas)

    @cached_property
    def _rule_set(self) -> RuleSet:
        return build(self._document, self._schemas)

    def differences(self, case: AnyCase) -> list[Difference]:
        """Run a case at the time of its order, a form, or dividends; nothing when it passes.

        Raises `InvalidInput` for a fault of the document, and for a rule set in `with` that is not there; an answer
        that the template refuses is a difference.
        """
        if isinstance(case, FormCase):
            return run_form(case, self.template)
        if isinstance(case, LevelCase):
            levels = self._rule_set
            assert isinstance(levels, LevelSet)
            return run_level_case(case, levels)
        if isinstance(case, SettlementCase):
            settlement = self._rule_set
            assert isinstance(settlement, SettlementSet)
            return run_settlement_case(case, settlement)
        if isinstance(case, DividendCase):
            rule_set = self._rule_set
            assert isinstance(rule_set, DividendSet)
            return run_dividend_case(case, rule_set)
        try:
            stage = self.stage(case)
        except InvalidInput as refused:
            if any(one.file != FORM_FILE for one in refused.diagnostics):
                raise
            return refusals(refused.diagnostics)
        found = run_case(case, stage.at(case.event.placed_at))
        return [*stage.why_not_in_force(case.event.placed_at), *found] if found else []

    def stage(self, case: Case) -> Stage:
        """What there is in a case. Of the version that the document stands for, no other text is in it."""
        key = (case.beside, _campaign_key(case))
        if key not in self._stages:
            own = campaign_from(self.template, case, self._schemas) if self._is_template else self._rule_set
            mine = _version(own)
            beside = [one for one in _beside(case, self._known) if _version(one) != mine]
            self._stages[key] = Stage(own, beside)
        return self._stages[key]

    @property
    def _is_template(self) -> bool:
        return self._document.kind == "template"


def _campaign_key(case: Case) -> object:
    if case.answers is None:
        return None
    return msgspec.json.encode((case.answers, case.effective_from, case.effective_until, case.event.placed_at.date()))


def _version(rule_set: RuleSet) -> tuple[str, str, int]:
    header = rule_set.header
    return header.kind, header.name, header.version


def _beside(case: Case, known: Mapping[str, RuleSet]) -> list[RuleSet]:
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
