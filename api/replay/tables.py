"""The summary of a replay for people: tables in Chinese with their English twin. Amounts in yuan."""

from collections.abc import Iterable
from typing import Any

from api.output import console, print_table
from api.replay.tables_after_sale import print_after_sale
from engine.money import yuan

Json = dict[str, Any]
Rows = Iterable[tuple[str, ...]]


def print_summary(summary: Json) -> None:
    """Print the tables of one replay."""
    lines = summary["lines"]
    print_table(f"{summary['file']}", ("日志 log", ">"), _log_rows(summary, lines))
    print_table("金额 money", ("", ">元 yuan"), _money_rows(summary))
    print_table(
        "规则 rules",
        ("规则 rule", "标题 title", ">次数 times", ">元 yuan"),
        [(f"{one['rule_set']}@{one['version']}/{one['rule']}", one["title"], *_use(one)) for one in summary["rules"]],
    )
    _print_counts("未计佣 not accrued", summary["not_accrued"])
    _print_counts("匹配而未生效 matched, not applied", summary["not_applied"])
    _print_counts("未计入的行 lines skipped", lines["skipped"])
    print_after_sale(summary)
    console.print(_speed(summary), markup=False)


def findings(summary: Json) -> list[str]:
    """What is wrong with a replay, in words; empty when nothing is."""
    found = []
    imbalance = summary["imbalance"]
    if imbalance["accounts"]:
        found.append(
            f"账目不平：{imbalance['accounts']} 个账户共差 {yuan(imbalance['fen'])} 元 / imbalance: "
            f"{imbalance['accounts']} accounts differ by {yuan(imbalance['fen'])} yuan in all: "
            + ", ".join(f"{account} {yuan(fen)}" for account, fen in imbalance["by_account"].items())
        )
    difference = summary["audit"]["difference"]
    if difference:
        place = f"{difference['where']} {difference['number']} {difference['name']} {difference['field']}"
        found.append(
            f"审计有异：{place} 应为 {difference['expected']}，实为 {difference['found']} / "
            f"the audit differs: {place} should be {difference['expected']} and is {difference['found']}"
        )
    unaccounted = summary["lines"]["unaccounted"]
    if unaccounted:
        found.append(f"{unaccounted} 行没有去向 / {unaccounted} lines are counted nowhere")
    if not summary["rules"]:
        found.append(
            "没有任何规则生效：请检查规则文件夹与生效日期 / "
            "no rule applied: check the folder of rules and their effective dates"
        )
    return found


def _speed(summary: Json) -> str:
    wall, cpu = f"{summary['seconds']:.2f}", f"{summary['cpu_seconds']:.2f}"
    orders, lines = f"{summary['orders_per_second']:,}", f"{summary['lines_per_second']:,}"
    events = f"{summary['events_per_second']:,}"
    memory = f"{summary['peak_memory_bytes'] / 2**20:.0f} MiB"
    return (
        f"用时 {wall} 秒（处理器 {cpu} 秒）：每秒 {orders} 单、{lines} 行、{events} 个事件，内存峰值 {memory}\n"
        f"{wall} s ({cpu} s of processor time): {orders} orders/s, {lines} lines/s, {events} events/s, "
        f"peak memory {memory}"
    )


def _log_rows(summary: Json, lines: Json) -> Rows:
    yield "行 lines", f"{lines['read']:,}"
    yield "  在订单中 in orders", f"{lines['in_orders']:,}"
    yield "  在退款中 in refunds", f"{lines['in_refunds']:,}"
    yield "  未计入 skipped", f"{lines['skipped_in_all']:,}"
    yield "订单 orders", f"{summary['orders']:,}"
    yield "订单行 order lines", f"{summary['order_lines']:,}"
    yield "退款 refunds", f"{summary['refunds']:,}"
    cut = lines["returned_beyond_sale"]
    if cut["lines"]:
        yield "退货多于售出 returned beyond sale", f"{cut['lines']:,} ({cut['units']:,} 件 units)"


def _money_rows(summary: Json) -> Rows:
    yield "原价 list", yuan(summary["list_fen"])
    yield "优惠 discounts", yuan(-summary["discount_fen"])
    yield "商品实付 goods paid", yuan(summary["goods_fen"])
    yield "配送费 delivery paid", yuan(summary["shipping_fen"])
    for role, fen in summary["accruals_by_role"].items():
        yield f"计佣 accrued: {role}", yuan(fen)
    for role, fen in summary["clawbacks_by_role"].items():
        yield f"追回 clawed back: {role}", yuan(-fen)
    yield "退款 cash refunded", yuan(summary["cash_refunded_fen"])
    yield "退配送费 delivery refunded", yuan(summary["shipping_refunded_fen"])
    yield "重算门槛扣回 kept back by thresholds", yuan(summary["recovered_fen"])
    yield "不平 imbalance", yuan(summary["imbalance"]["fen"])


def _use(one: Json) -> tuple[str, str]:
    return f"{one['times']:,}", yuan(one["amount_fen"])


def _print_counts(title: str, counts: dict[str, int]) -> None:
    if counts:
        print_table(title, ("原因 reason", ">次数 times"), [(name, f"{count:,}") for name, count in counts.items()])
