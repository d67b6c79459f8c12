"""Every change that is offered does what it promises, and nothing smaller does."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.conditions import All, Any, Condition, Not, Test
from engine.describe.explain import why_not
from engine.evaluate import evaluate_order
from engine.live import LiveRules, compile_live
from engine.nearest.change import (
    Change,
    Step,
    WaitUntil,
    amount_of,
    apply_change,
    with_amount,
)
from engine.nearest.nearest import nearest_changes
from engine.nearest.standing import APPLIES, QUALIFIES, standing
from engine.nearest.value import Nearest, say_offered
from engine.order import OrderEvent
from engine.ruleset import (
    RuleSet,
)
from tests.engine.builders import (
    AT,
)
from tests.engine.strategies import (
    orders,
    rule_sets,
)


def nearest(event: OrderEvent, *sets: RuleSet) -> Nearest:
    """The answer for the only rule that did not apply."""
    live = compile_live(sets)
    (found,) = nearest_changes(evaluate_order(event, live), live)
    return found


def only_step(found: Nearest) -> Step:
    assert found.code == "change"
    (step,) = found.changes[0].change.steps
    return step


def zh(event: OrderEvent, found: Nearest) -> str:
    said = found.words(event)
    assert said is not None
    assert said.en
    return said.zh


# --- laws -----------------------------------------------------------------------------------------------------------

CONDITIONS: tuple[Condition, ...] = (
    Test("order.channel", "in", ("live", "search")),
    Not(Test("order.delivery", "in", ("delivery",))),
    Test("order.region", "under", ("43/4301",)),
    Test("order.coupons", "in", ("SAVE",)),
    Not(Test("order.coupons", "in", ("OLD",))),
    All((Test("clock.time", "at_least", (1320,)), Test("clock.weekday", "in", ("sat",)))),
    Any((Test("clock.time", "less_than", (120,)), Test("clock.time", "at_least", (1080,)))),
    Test("order.list_total", "at_least", (5001,)),
    Test("order.units", "more_than", (4,)),
    Test("order.line_count", "at_least", (3,)),
    Test("order.categories", "under", ("snack",)),
    Test("line.quantity", "at_least", (3,)),
    Test("line.category", "under", ("snack/fried",)),
    All((Test("line.tags", "in", ("hot",)), Not(Test("line.tags", "in", ("cold",))))),
    Test("line.unit_price", "at_least", (2500,)),
    Test("buyer.is_new", "in", (True,)),
    Test("promoter.level", "in", ("gold",)),
)


def _asking_more(rule_set: RuleSet, asked: list[Condition]) -> RuleSet:
    """The rule set with a further condition on each of its rules."""
    replace = msgspec.structs.replace
    rules = [replace(rule, when=All((rule.when, one))) for rule, one in zip(rule_set.rules, asked, strict=False)]
    return replace(rule_set, rules=(*rules, *rule_set.rules[len(rules) :]))


@st.composite
def demanding(draw: st.DrawFn) -> tuple[LiveRules, OrderEvent]:
    """Live rules that ask for more than goods, and an order."""
    sets = draw(rule_sets)
    conditions = st.lists(st.sampled_from(CONDITIONS), max_size=4)
    asked = [_asking_more(one, draw(conditions)) for one in sets]
    minutes = draw(st.integers(0, 3 * 24 * 60))
    event = msgspec.structs.replace(
        draw(orders()),
        placed_at=AT + timedelta(minutes=minutes, seconds=30),
        coupons=draw(st.sampled_from([(), ("OLD",), ("OLD", "SAVE")])),
    )
    return compile_live(asked), event


def _promised(found: Nearest, live: LiveRules, event: OrderEvent) -> None:
    for offered in found.changes:
        assert offered.then in QUALIFIES
        changed = apply_change(event, offered.change)
        assert standing(changed, live, found.ref).code == offered.then
        evaluation = evaluate_order(changed, live)
        told = {one.ref: one.code for one in why_not(evaluation, live)}
        if offered.then == APPLIES:
            gave = {one.plan.ref for one in evaluation.priced.applied} | {one.plan.ref for one in evaluation.accruals}
            assert found.ref in gave
        elif found.why.kind != "promotion":
            assert told[found.ref] in ("earlier_rule", "better_rule")
        else:
            assert told[found.ref] == offered.then
        said = say_offered(event, offered, found.why)
        assert said.zh
        assert said.en


def _nothing_smaller(found: Nearest, live: LiveRules, event: OrderEvent) -> None:
    for offered in found.changes:
        steps = offered.change.steps
        for at, step in enumerate(steps):
            less = _one_less(step)
            smaller = (*steps[:at], *less, *steps[at + 1 :])
            if smaller:
                changed = apply_change(event, Change(smaller))
                assert standing(changed, live, found.ref).code not in QUALIFIES, (smaller, steps)


def _one_less(step: Step) -> tuple[Step, ...]:
    """The step a unit, a fen or a minute smaller; nothing, where it has no size."""
    amount = amount_of(step)
    if isinstance(step, WaitUntil) and step.minutes > 1:
        return (WaitUntil(step.at - timedelta(minutes=1), step.minutes - 1),)
    if amount is not None and amount > 1:
        return (with_amount(step, amount - 1),)
    return ()


@settings(max_examples=60)
@given(demanding())
def test_an_offered_change_does_what_it_promises_and_nothing_smaller_does(made: tuple[LiveRules, OrderEvent]) -> None:
    live, event = made
    evaluation = evaluate_order(event, live)
    found = nearest_changes(evaluation, live)
    assert [one.why for one in found] == list(why_not(evaluation, live))
    for one in found:
        assert (one.code == "change") == bool(one.changes)
        _promised(one, live, event)
        _nothing_smaller(one, live, event)
    assert evaluate_order(event, live) == evaluation
