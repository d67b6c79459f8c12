"""What sales put into the pool of a dividend rule set, as a commission rule set with one rule (clause D1)."""

from engine.dividend_set import DividendSet
from engine.ruleset import Accrue, CommissionRule, CommissionSet

FUND = "fund"
"""The id of that rule, in accruals and traces."""


def fund_of(rule_set: DividendSet) -> CommissionSet:
    """A commission of the fund's rate for the pool: so it is rounded, held by the ceiling, and taken back as any."""
    fund = rule_set.fund
    rule = CommissionRule(
        id=FUND,
        title=rule_set.header.title,
        title_en=rule_set.header.title_en,
        position=0,
        when=fund.when,
        accrue=(Accrue(to=rule_set.pool, rate=fund.rate),),
        line=fund.line,
    )
    return CommissionSet(
        header=rule_set.header,
        base=fund.of,
        rounding=fund.rounding,
        remainder="largest",
        choose="first",
        rules=(rule,),
    )
