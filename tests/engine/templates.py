"""Templates to ask and answer: the shipped ones, and a small one to break."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.campaigns.campaign import Campaign, make_campaign, read_template
from engine.campaigns.template import Template
from engine.errors import Diagnostic, InvalidInput
from engine.text.document import parse

ROOT = Path(__file__).parents[2]
SCHEMAS = {
    path.name.split(".")[0]: json.loads(path.read_text("utf-8")) for path in (ROOT / "rules/schema").glob("*.json")
}
TEMPLATES = sorted((ROOT / "templates/campaigns").glob("*/v1.yaml"))
SCHOOL_DAYS = {"first_day": "2026-09-01", "last_day": "2026-09-15"}

SMALL = """
kind: template
name: small
version: 1
title: 小活动
owner: ops
reason: 测试
questions:
  share: {title: 优惠, title_en: Discount, type: rate, default: 50%, minimum: 10%, maximum: 70%, required: true}
  tag: {title: 标签, type: text, default: night, maximum: 8, required: false}
campaign:
  kind: promotion
  name: "{{ campaign_name }}"
  version: "{{ campaign_version }}"
  title: 小活动
  owner: "{{ campaign_owner }}"
  reason: 测试
  effective_from: "{{ effective_from }}"
  effective_until: "{{ effective_until }}"
  base: running
  threshold_on: running
  rounding: half_up
  remainder: largest
  on_partial_return: keep_share
  discount_on: group
  funded_by: merchant
  rules:
    - id: discount
      title: 优惠
      stacking: competing
      when: {line.tags: "{{ tag }}", order.delivery: pickup}
      give: [{type: line_discount, percent_off: "{{ share }}"}]
"""


def template(text: str = SMALL) -> Template:
    return read_template(parse(text, "templates/campaigns/small/v1.yaml"), SCHEMAS)


@cache
def shipped(name: str) -> Template:
    path = ROOT / f"templates/campaigns/{name}/v1.yaml"
    return read_template(parse(path.read_text("utf-8"), path.as_posix()), SCHEMAS)


def make(used: Template, answers: dict[str, Any], **changes: Any) -> Campaign:
    form: dict[str, Any] = {
        "name": "a-campaign",
        "version": 1,
        "owner": "摊主",
        "effective_from": date(2026, 9, 1),
        "effective_until": date(2026, 10, 31),
        "schemas": SCHEMAS,
    }
    return make_campaign(used, answers, **(form | changes))


def faults(text: str) -> list[Diagnostic]:
    with pytest.raises(InvalidInput) as caught:
        template(text)
    return caught.value.diagnostics
