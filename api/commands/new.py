"""`fenrun new KIND NAME`: a commented first version of a rule set, with a first case that passes."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import RULES
from api.output import console
from engine.calendar import SHANGHAI
from storage.rule_files import SCHEMA_FOLDER

PROMOTION = """\
# yaml-language-server: $schema={schemas}/promotion.schema.json
# 一份规则集：一个文件，一个版本。改动请新建 v2.yaml。/ One file, one version. Changes go into v2.yaml.
kind: promotion
name: {name}
version: 1
title: {name}
owner: {owner}
reason: 首版
effective_from: {start}          # 起始时刻（含），须在发布之后 / inclusive; after publication
# effective_until: 2027-01-01   # 结束时刻（不含）/ exclusive
base: running                   # 折扣按原价 original 还是现价 running
threshold_on: running           # 门槛按原价还是现价
rounding: half_up               # half_up | half_even | half_down | up | down
remainder: largest              # 分不尽的分给 first | last | largest
on_partial_return: keep_share   # 部分退货：keep_share 按份额 | retest_threshold 重算门槛
discount_on: group              # 组合优惠摊到整组 group 还是目标件 targets
funded_by: merchant             # 谁出钱：merchant | platform
rules:
  - id: spend-100-less-10
    title: 满100减10
    label: 满100减10
    stacking: competing         # competing 择优 | combinable 可叠加 | exclusive 专享
    when: always                # 或 / or: {{line.category: {{under: snack}}}}
    give:
      - type: order_discount
        tiers:
          - {{at_least: 100, amount_off: 10}}
"""

PROMOTION_CASES = """\
# yaml-language-server: $schema={schemas}/cases.schema.json
cases:
  - name: 刚好满100元，减10元
    order:
      placed_at: {start} 12:00
      lines:
        - {{sku: demo, unit_price: 50, quantity: 2}}
    expect:
      paid: 90
      applied: [spend-100-less-10]
  - name: 差一分，不减
    order:
      placed_at: {start} 12:00
      lines:
        - {{sku: demo, unit_price: 99.99, quantity: 1}}
    expect:
      paid: 99.99
      not_applied: {{spend-100-less-10: threshold_not_reached}}
"""

COMMISSION = """\
# yaml-language-server: $schema={schemas}/commission.schema.json
# 规则自上而下，choose: first 时第一条成立的计佣。/ With `choose: first` the first rule that holds pays.
kind: commission
name: {name}
version: 1
title: {name}
owner: {owner}
reason: 首版
effective_from: {start}          # 起始时刻（含），须在发布之后 / inclusive; after publication
base: paid_goods                # paid_goods 实付 | list 原价 | margin 毛利 | delivery_fee 配送费
rounding: half_up               # half_up | half_even | half_down | up | down
remainder: largest              # 分不尽的分给 first | last | largest
choose: first                   # first | best | all | only
ceiling: {{at_most: 30%, excess: scale}}    # 全部收益人合计上限 / all payees together
rules:
  - id: everything
    title: 全部商品
    when: always                # 或 / or: {{promoter.level: [gold]}}
    accrue:
      - {{to: promoter, rate: 8%}}
"""

COMMISSION_CASES = """\
# yaml-language-server: $schema={schemas}/cases.schema.json
cases:
  - name: 实付100元，推广员得8元
    order:
      placed_at: {start} 12:00
      promoter: {{id: p1}}
      lines:
        - {{sku: demo, unit_price: 50, quantity: 2}}
    expect:
      accruals: [{{rule: everything, payee: p1, amount: 8}}]
  - name: 没有推广员，不计佣
    order:
      placed_at: {start} 12:00
      lines:
        - {{sku: demo, unit_price: 50, quantity: 2}}
    expect:
      accruals: []
"""

REGION = """\
# yaml-language-server: $schema={schemas}/region.schema.json
# 区域代理按收货地区与合同计佣，与推荐关系无关。/ Agents earn by region and contract, never by who recruited whom.
kind: region
name: {name}
version: 1
title: {name}
owner: {owner}
reason: 首版
effective_from: {start}          # 起始时刻（含），须在发布之后 / inclusive; after publication
attribution: delivery_address   # delivery_address 收货地址 | pickup_store 自提门店，可列两项
mode: difference                # difference 级差 | stacked 各得各的
base: paid_goods                # paid_goods 实付 | list 原价 | margin 毛利 | delivery_fee 配送费
rounding: half_up               # half_up | half_even | half_down | up | down
rules:
  - id: everything
    title: 全部商品
    when: always                # 或 / or: {{line.category: {{under: snack}}}}
    rates: {{district: 2%, city: 3%}}           # province | city | district | street | community
"""

REGION_CASES = """\
# yaml-language-server: $schema={schemas}/cases.schema.json
cases:
  - name: 区县得2%，市得级差1%
    order:
      placed_at: {start} 12:00
      delivery: {{region: 430102}}
      regional_agents: [{{id: a1, region: 430102}}, {{id: a2, region: 430100}}]
      lines:
        - {{sku: demo, unit_price: 50, quantity: 2}}
    expect:
      accruals:
        - {{rule: everything, role: 'region:district', payee: a1, amount: 2}}
        - {{rule: everything, role: 'region:city', payee: a2, amount: 1}}
  - name: 没有代理，不计佣
    order:
      placed_at: {start} 12:00
      delivery: {{region: 430102}}
      lines:
        - {{sku: demo, unit_price: 50, quantity: 2}}
    expect:
      accruals: []
      not_applied: {{everything: region_vacant}}
"""

_TEXTS = {
    "promotion": (PROMOTION, PROMOTION_CASES),
    "commission": (COMMISSION, COMMISSION_CASES),
    "region": (REGION, REGION_CASES),
}


def new(
    kind: Annotated[str, typer.Argument(help="promotion、commission 或 / or region")],
    name: Annotated[str, typer.Argument(help="小写字母、数字、连字符 / lower-case letters, digits, dashes")],
    folder: Annotated[Path, typer.Option("--rules", help="规则文件夹 / the folder of rule sets")] = RULES,
    owner: Annotated[str, typer.Option("--owner", help="负责人 / who answers for it")] = "operator",
) -> None:
    """新建规则集 / Start a rule set: a commented first version and its first cases, which pass."""
    if kind not in _TEXTS:
        raise typer.BadParameter(f"{kind}: 可选 / choose {' | '.join(_TEXTS)}", param_hint="KIND")
    if not (name and name[0].isalpha() and name == name.lower() and name.replace("-", "").isalnum() and name.isascii()):
        raise typer.BadParameter(f"{name}: 例如 / e.g. night-snacks", param_hint="NAME")
    target = folder / kind / name / "v1.yaml"
    if target.exists():
        raise typer.BadParameter(f"{target} 已存在 / already exists", param_hint="NAME")
    target.parent.mkdir(parents=True, exist_ok=True)
    start = (datetime.now(SHANGHAI).date() + timedelta(days=1)).isoformat()
    schemas = Path(os.path.relpath(SCHEMA_FOLDER, target.parent)).as_posix()
    text, cases = _TEXTS[kind]
    for path, content in ((target, text), (target.with_name("v1.cases.yaml"), cases)):
        path.write_text(content.format(name=name, owner=owner, start=start, schemas=schemas), encoding="utf-8")
        console.print(str(path), markup=False)
