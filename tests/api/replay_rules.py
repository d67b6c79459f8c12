"""Small rule sets for replays: figures that can be worked out in the head."""

from engine.builder.build import build
from engine.ruleset import RuleSet
from engine.text.document import parse
from storage.rule_files import own_schemas

_PROMOTION = """\
kind: promotion
name: {name}
version: {version}
title: 试
owner: ops-test
reason: 测试
effective_from: {start}
backfill: true
base: running
threshold_on: running
rounding: half_up
remainder: largest
on_partial_return: keep_share
discount_on: group
funded_by: platform
rules:
  - id: less
    title: 减
    stacking: competing
    when: {when}
{limits}    give:
      - {{type: order_discount, {give}}}
"""

_COMMISSION = """\
kind: commission
name: pool
version: 1
title: 试
owner: ops-test
reason: 测试
effective_from: 2010-01-01
backfill: true
base: paid_goods
rounding: half_up
remainder: largest
choose: first
rules:
  - id: tenth
    title: 一成
    when: always
    accrue: [{to: 'pool:all', rate: 10%}]
"""


def promotion(
    when: str = "always",
    give: str = "percent_off: 10%",
    *,
    name: str = "less",
    version: int = 1,
    start: str = "2010-01-01",
    limits: str = "",
) -> RuleSet:
    """A promotion of one rule; `when` and `give` as they stand in YAML."""
    bounded = f"    limits: {limits}\n" if limits else ""
    text = _PROMOTION.format(name=name, version=version, start=start, when=when, give=give, limits=bounded)
    return build(parse(text, f"{name}.yaml"), own_schemas())


def pool() -> RuleSet:
    """One tenth of what was paid for each line goes into a pool."""
    return build(parse(_COMMISSION, "pool.yaml"), own_schemas())
