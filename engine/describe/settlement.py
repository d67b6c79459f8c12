"""A settlement rule set in words."""

from collections.abc import Iterator

from engine.describe.period import say_period
from engine.describe.values import Names, Words, say_money
from engine.settlement_set import SettlementSet


def describe_settlement_set(rule_set: SettlementSet, names: Names) -> Iterator[Words]:
    """When commissions are released, and how they are settled."""
    days = rule_set.release_after_days
    yield Words(
        f"佣金在收货满 {days} 天后解冻",
        f"commissions are released {days} {'day' if days == 1 else 'days'} after receipt",
    )
    period = say_period(rule_set.period)
    yield Words(f"{period.zh}结算一次", f"they are settled once {period.en}")
    if rule_set.least_fen:
        least = say_money(rule_set.least_fen, names)
        yield Words(
            f"一期不足 {least.zh}的不结，转入下期", f"what comes to less than {least.en} is carried to the next period"
        )
