"""`fenrun explain`: how every amount of an order came about, and what would have made other rules apply, in words."""

from typing import Annotated, Any

import typer

from api.commands.options import RULES, AsJson, OrderFile, RulesFolder, read_bytes, sound_rule_sets
from api.output import FINDINGS, console, named, print_json, refuse
from engine.describe.sentences import sentences
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_events
from engine.levers import biggest_levers
from engine.nearest.nearest import nearest_changes
from engine.nearest.tier import next_tiers
from engine.order import Evaluation, OrderEvent, RuleRef
from storage.live_book import LiveBook


def explain(
    order: OrderFile,
    rules: RulesFolder = RULES,
    rule: Annotated[str | None, typer.Option("--rule", help="只看这条规则 / only this rule")] = None,
    as_json: AsJson = False,
) -> None:
    """解释订单 / Tell in words how every amount of an order came about, and why other rules did not apply."""
    book = LiveBook(sound_rule_sets(rules, as_json=as_json))
    try:
        events = read_events(read_bytes(order), str(order))
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    told = []
    for event in events:
        if isinstance(event, OrderEvent):
            told.append(_explanation(evaluate_order(event, book.at(event.placed_at)), book, rule))
    if rule is not None and not any(one["sentences"] or one["not_applied"] for one in told):
        console.print(f"没有名为 {rule} 的生效规则 / no live rule is called {rule}")
        raise typer.Exit(FINDINGS)
    if as_json:
        print_json(told[0] if len(told) == 1 else told)
        return
    for one in told:
        console.print(f"订单 / order {one['order_id']}", style="bold", markup=False)
        for said in one["sentences"]:
            console.print(f"· {said['zh']}\n  {said['en']}", markup=False)
        for said in one["moved_most"]:
            console.print(f"↕ {said['payee']} {named(said)}: {said['zh']}\n  {said['en']}", markup=False)
        for said in one["next_tiers"]:
            console.print(f"→ {named(said)}: {said['zh']}\n  {said['en']}", markup=False)
        for said in one["not_applied"]:
            console.print(f"× {named(said)}: {said['zh']}\n  {said['en']}", markup=False)
            if said["change"]:
                console.print(f"  → {said['change']['zh']}\n    {said['change']['en']}", markup=False)


def _explanation(evaluation: Evaluation, book: LiveBook, rule: str | None) -> dict[str, Any]:
    event = evaluation.event
    live = book.at(event.placed_at)
    said = [{"zh": one.zh, "en": one.en} for one in sentences(evaluation)]
    moved = [
        {"payee": accrual.payee, **_ref(accrual.plan.ref), **lever.words()._asdict()}
        for accrual, lever in zip(evaluation.accruals, biggest_levers(evaluation, live), strict=True)
        if lever is not None
    ]
    others = [
        {
            **_ref(one.ref),
            "code": one.why.code,
            **one.why.words()._asdict(),
            "change": None if (words := one.words(event)) is None else words._asdict(),
        }
        for one in nearest_changes(evaluation, live, book.at)
    ]
    tiers = [{**_ref(one.ref), **one.words(event)._asdict()} for one in next_tiers(evaluation, live)]
    if rule is not None:
        said = [one for one in said if f"/{rule}〕" in one["zh"]]
        moved = [one for one in moved if one["rule"] == rule]
        tiers = [one for one in tiers if one["rule"] == rule]
        others = [one for one in others if one["rule"] == rule]
    return {
        "order_id": event.order_id,
        "sentences": said,
        "moved_most": moved,
        "next_tiers": tiers,
        "not_applied": others,
    }


def _ref(ref: RuleRef) -> dict[str, Any]:
    return {"rule_set": ref.rule_set, "version": ref.version, "rule": ref.rule}
