"""What happened after the sales of a replay, as tables: levels, regional agents, pools, statements, audit."""

from decimal import Decimal
from typing import Any

from api.output import console, print_table
from engine.money import yuan

Json = dict[str, Any]


def print_after_sale(summary: Json) -> None:
    """Print the tables that have something to tell, and what the audit says."""
    _print_levels(summary["levels"]["reviews"])
    _print_agents(summary["agents"])
    for pool in summary["pools"]:
        if pool["funded_fen"] or pool["paid_fen"]:
            _print_pool(pool)
    _print_statements(summary["statements"])
    audit = summary["audit"]
    said = "账实相符 all entries made again" if audit["ok"] else "有异 differs"
    console.print(
        f"审计 audit: {said}, 事件 {audit['events']:,} events, 分录 {audit['entries']:,} entries, "
        f"{summary['payees']['count']:,} payees\n根哈希 root: {audit['entries']}:{audit['root']}",
        markup=False,
    )


def _print_levels(reviews: list[Json]) -> None:
    if not reviews:
        return
    levels = list(reviews[-1]["promoters"])
    changes = sorted({change for one in reviews for change in one["changes"]})
    rows = [
        (
            one["period"],
            *(f"{one['promoters'].get(level, 0):,}" for level in levels),
            *(f"{one['changes'].get(change, 0):,}" for change in changes),
        )
        for one in reviews
    ]
    columns = ("周期 period", *(f">{level}" for level in levels), *(f">{change}" for change in changes))
    print_table("推广员等级 promoters by level after each review", columns, rows)


def _print_agents(agents: list[Json]) -> None:
    if agents:
        print_table(
            "区域代理 regional agents, 元 yuan",
            ("代理 agent", "级别 level", ">计佣 accrued", ">追回 taken back", ">已结 settled"),
            [
                (
                    one["agent"],
                    one["role"],
                    *(yuan(one[name]) for name in ("accrued_fen", "clawed_back_fen", "settled_fen")),
                )
                for one in agents
            ],
        )


def _print_pool(pool: Json) -> None:
    print_table(
        f"{pool['pool']}, 元 yuan",
        ("周期 period", ">入池 in", ">分出 paid out", ">应付零头 owed", ">结转 carried", ">持有人 holders"),
        [
            *(
                (
                    one["period"],
                    yuan(one["in_fen"]),
                    yuan(one["paid_fen"]),
                    _yuan(one["owed_fen"]),
                    _yuan(one["carried_fen"]),
                    f"{one['holders']:,}",
                )
                for one in pool["periods"]
            ),
            (
                "合计 in all",
                yuan(pool["funded_fen"]),
                yuan(pool["paid_fen"]),
                _yuan(pool["owed_fen"]),
                _yuan(pool["carried_fen"]),
                "",
            ),
        ],
    )


def _print_statements(periods: list[Json]) -> None:
    names = {
        "accrued_fen": ">新增\naccrued",
        "reversed_fen": ">收回\nreversed",
        "released_fen": ">解冻\nreleased",
        "clawed_back_fen": ">追回\nclawed back",
        "dividends_fen": ">分红\ndividends",
        "settled_fen": ">结算\nsettled",
        "carried_forward_fen": ">结转\ncarried",
    }
    if periods:
        print_table(
            "结算单合计 sums of statements, 元 yuan",
            ("周期\nperiod", ">份数\nstatements", *names.values()),
            [(one["period"], f"{one['statements']:,}", *(yuan(one[name]) for name in names)) for one in periods],
        )


def _yuan(fen_text: str) -> str:
    """Decimal fen as yuan, exactly."""
    return f"{Decimal(fen_text) / 100:f}"
