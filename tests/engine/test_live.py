"""What compiling prepares for orders: bits of masks, and the commission sets that are looked at."""

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.generated_rules import orders, rule_sets
from engine.evaluate import evaluate_order
from engine.live import BitLists, compile_live
from engine.ruleset import CommissionSet
from tests.engine.plain_commission import plain_accruals


@given(st.integers(min_value=0, max_value=1 << 300))
@settings(max_examples=100)
def test_bits_are_those_set_lowest_first(mask: int) -> None:
    assert BitLists()[mask] == tuple(bit for bit in range(mask.bit_length()) if mask >> bit & 1)


def test_of_many_commission_sets_those_that_hold_pay_as_they_read_plainly() -> None:
    sets = rule_sets(200)
    live = compile_live(sets)
    commissions = sorted((one for one in sets if isinstance(one, CommissionSet)), key=lambda one: one.header.name)
    paid = 0
    for event in orders(200, seed=3, count=150):
        evaluation = evaluate_order(event, live)
        found = [
            ((one.plan.ref.rule_set, one.plan.ref.rule, one.plan.role, one.line), one.amount_fen)
            for one in evaluation.accruals
        ]
        assert found == [(one.key, one.amount) for one in plain_accruals(event, evaluation.priced, commissions)]
        paid += len({key[0] for key, _ in found}) > 1
    assert paid > 10  # orders that more than one set pays on
