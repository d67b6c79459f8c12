"""Dividends that read like an investment: what sets a share of sales apart from raising money (docs/law.md, L45x)."""

import re
from collections.abc import Iterator

from engine.conditions import tests_of
from engine.dividend_set import DividendSet
from engine.errors import Diagnostic
from engine.lint.finding import finding

_PROMISES = re.compile(
    r"年化|收益率|保底|保息|固定收益|固定分红|回报率|入股|认购|出资|本金|分红权|加盟费|入门费"
    r"|投资?\s*[0-9０-９一二两三四五六七八九十百千]+\s*[万千元]|每年\s*[0-9.]+\s*[%％]"
    r"|\bguarantee|\bannual (return|rate|yield)|\bper annum|\binvest|\bbuy[- ]in\b",
    re.IGNORECASE,
)
"""What announcements of illegal fund-raising have in common: money paid in, and a return named beforehand."""
_OWN_WORK = frozenset(("holder.own_sales", "holder.sales_points"))


def dividend_findings(rule_set: DividendSet) -> Iterator[Diagnostic]:
    """What there is to say about a dividend rule set besides what holds for every commission."""
    header = rule_set.header
    for key, text in (("title", header.title), ("title_en", header.title_en), ("reason", header.reason)):
        promised = _PROMISES.search(text)
        if promised is not None:
            yield finding(rule_set, "L450", 1, f"/{key}", word=promised[0])
    if not _looks_at_own_work(rule_set):
        yield finding(rule_set, "L451", 1, "/weight")
    if rule_set.fund.of == "list":
        yield finding(rule_set, "L452", rule_set.fund.line, "/fund/of")


def _looks_at_own_work(rule_set: DividendSet) -> bool:
    weight = rule_set.weight
    if isinstance(weight, str) and weight != "equal":
        return True
    conditions = [rule_set.holders, *(() if isinstance(weight, str) else [one.when for one in weight])]
    return any(test.fact in _OWN_WORK for condition in conditions for test in tests_of(condition))
