"""One fuzz case: a rule set as text through the whole loader, then orders and refunds under what it means.

A case is made from the seed and its number alone, so that `run_case(seed, number, ...)` is its own replay.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random

import msgspec

from engine.builder.build import build
from engine.campaigns.answers import form_schema
from engine.campaigns.campaign import make_campaign
from engine.campaigns.template import read_template
from engine.describe.describe import describe_rule_set
from engine.errors import InvalidInput
from engine.lint.lint import lint
from engine.live import LiveRules, compile_live
from engine.ruleset import RuleSet
from engine.text.document import parse
from engine.timeline import live_at
from storage.rule_files import own_schemas, read_rule_sets
from tests.engine.builders import AT
from tests.fuzz import grown, rule_sets
from tests.fuzz.checks import assert_clear, try_event
from tests.fuzz.orders import order_bytes

ORDERS = 10
"""Orders under each rule set."""


class Case(msgspec.Struct):
    """What a case has tried so far: the text, and the event it is at."""

    seed: int
    number: int
    text: str = ""
    event: bytes = b""


def started(seed: int, number: int) -> Case:
    """A case with its text made, for one whose process can no longer tell."""
    return Case(seed, number, rule_sets.text_of(_chance(seed, number)))


def _chance(seed: int, number: int) -> Random:
    return Random(f"{seed}:{number}")


@lru_cache(maxsize=1)
def demo_rules() -> LiveRules:
    """The rules of the demo, for orders whose own rule set was refused."""
    folder = rule_sets.ROOT / "rules"
    found = [*read_rule_sets(folder / "promotion", own_schemas()).rule_sets]
    found += read_rule_sets(folder / "commission", own_schemas()).rule_sets
    return compile_live(live_at(found, AT))


def run_case(case: Case, count: Callable[[str], None], orders: int = ORDERS) -> None:
    """Run one case; lets whatever should not be out as it is, with `case` telling how far it came."""
    chance = _chance(case.seed, case.number)
    case.text = rule_sets.text_of(chance)
    rule_set = try_text(case.text, chance, count)
    own = rule_set is not None
    live = demo_rules() if rule_set is None else compile_live([rule_set, *_beside(chance)])
    for _ in range(orders):
        case.event = order_bytes(chance)
        try_event(case.event, live, chance, count)
    assert live.network.faults == {}, live.network.faults
    if own:
        live.network.close()


def try_text(text: str, chance: Random, count: Callable[[str], None]) -> RuleSet | None:
    """Parse, build and lint a text; the rule set it means, or None where it was refused with clear diagnostics."""
    try:
        document = parse(text, "fuzz.yaml")
        if document.kind == "template":
            _try_template(text, chance)
            count("template read")
            return None
        built = build(document, own_schemas())
    except InvalidInput as refused:
        assert_clear(refused.diagnostics)
        count(f"text refused {refused.diagnostics[0].code}")
        return None
    found = lint([built])
    if found:
        assert_clear(found)
    for said in describe_rule_set(built):
        assert said.zh
        assert said.en
    count("rule set with lint" if found else "rule set sound")
    return built


def _beside(chance: Random) -> list[RuleSet]:
    """Now and then a second rule set that stands beside the first."""
    if chance.random() < 0.5:
        return []
    text = rule_sets.as_text(chance, grown.rule_set(chance, "beside"))
    try:
        return [build(parse(text, "beside.yaml"), own_schemas())]
    except InvalidInput:
        return []


def _try_template(text: str, chance: Random) -> None:
    """Read a template, draw its form, and answer it with anything. Raises `InvalidInput` where it is refused."""
    template = read_template(parse(text, "fuzz.yaml"), own_schemas())
    msgspec.json.encode(form_schema(template))
    # answers come as JSON, which holds no lone surrogates: bodies with them are refused before
    odd = [one for one in rule_sets.ODD_SCALARS if one not in ("\ud800", "\udfff")]
    answers = {
        question.name: question.default if chance.random() < 0.5 else chance.choice(odd)
        for question in template.questions
        if chance.random() < 0.9
    }
    make_campaign(
        template,
        answers,
        name=template.name,
        version=1,
        owner="chance",
        effective_from=date(2026, 10, 1),
        effective_until=None,
        schemas=own_schemas(),
    )


def save_failure(case: Case, trouble: str, folder: Path) -> Path:
    """Write down what a case tried and what went wrong, for a look and for a test."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"seed-{case.seed}-case-{case.number}"
    place.with_suffix(".yaml").write_text(case.text, encoding="utf-8", errors="surrogatepass")
    place.with_suffix(".json").write_bytes(case.event)
    place.with_suffix(".txt").write_text(trouble, encoding="utf-8", errors="backslashreplace")
    return place
