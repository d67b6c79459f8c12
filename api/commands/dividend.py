"""`fenrun dividend`: share out a pool for a period, from files; what is left and owed is carried in a ledger."""

import re
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.commands.book_sources import read_holders
from api.commands.options import AsJson, need_path, read_bytes
from api.output import console, print_json, print_table, refuse
from engine.dividend.dividend import Distribution, due_period, share_pool
from engine.dividend.dividend_event import dividend_event
from engine.dividend.dividend_ledger import PoolLedger, read_ledger
from engine.dividend.dividend_report import distribution_json, yuan_text
from engine.dividend_set import DividendSet
from engine.errors import DividendRefused, InvalidInput, PeriodRefused
from engine.events import refusal
from engine.journal.order_news import DividendEvent
from engine.money import yuan
from engine.period import Period, parse_label
from storage.rule_files import own_schemas, read_rule_sets

_YUAN = re.compile(r"(-?)[¥￥]?(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,2}))?")
LEFT_OUT = {
    "holder_inactive": "已停用 / not active",
    "joined_later": "周期结束后才加入 / joined after the period",
    "condition": "不符合条件 / does not meet `holders`",
    "weight_unknown": "权重未知 / its weight is not known",
    "no_class": "不在任何一档 / in no class of `weight`",
}


def dividend(
    rule_set: Annotated[Path, typer.Argument(help="分红规则集文件 / a dividend rule set")],
    pool: Annotated[
        str,
        typer.Option("--pool", help="本期入池净额，元，退款多于入池时为负 / what the period brought, in yuan"),
    ],
    holders: Annotated[Path, typer.Option("--holders", help="持有人 YAML / the holders, as YAML")],
    ledger: Annotated[
        Path | None,
        typer.Option("--ledger", help="上期账本 JSON，第一期不写 / the ledger of the last period, as JSON"),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option("--period", help="周期，默认账本的下一期 / e.g. 2026-10; the next one unless given"),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="新账本写到这里 / write the new ledger to this file")
    ] = None,
    event: Annotated[
        Path | None,
        typer.Option("--event", help="分红事件追加到这个日志 / append the `dividend` event to this log, .jsonl"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """按周期分红 / Share out a pool exactly; the fraction of a fen is carried to the next period."""
    try:
        dividends = _rule_set(rule_set)
        shared = _dividend(dividends, pool, holders, ledger, period)
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if event is not None and not shared.repeated:  # before the ledger: the same event twice in a log counts once
        _append(dividend_event(dividends, parse_label(shared.period), shared), event)
    if save is not None:
        _save(shared.ledger, save)
    if as_json:
        print_json(distribution_json(shared))
    else:
        _print(shared)


def _dividend(rule_set: DividendSet, pool: str, people: Path, ledger: Path | None, label: str | None) -> Distribution:
    pool_fen = _read_pool(pool)
    holders = read_holders(people)
    before = PoolLedger(rule_set.pool) if ledger is None else read_ledger(read_bytes(ledger), str(ledger))
    try:
        return share_pool(rule_set, before, _period(rule_set, before, label), pool_fen, holders)
    except (DividendRefused, PeriodRefused) as refused:
        raise refusal("--period", "", "E121", refused.message_zh, refused.message_en) from None


def _rule_set(path: Path) -> DividendSet:
    read = read_rule_sets(need_path(path), own_schemas())
    if read.diagnostics:
        raise InvalidInput(list(read.diagnostics))
    found = [one for one in read.rule_sets if isinstance(one, DividendSet)]
    if len(found) != 1:
        raise refusal(
            str(path),
            "",
            "E122",
            f"这里有 {len(found)} 个分红规则集，应为一个",
            f"there are {len(found)} dividend rule sets here, and one is needed",
            "写明文件，如 rules/dividend/city-partners/v1.yaml",
            "name its file, e.g. rules/dividend/city-partners/v1.yaml",
        )
    return found[0]


def _read_pool(text: str) -> int:
    found = _YUAN.fullmatch(text)
    if found is None:
        raise refusal(
            "--pool",
            "",
            "R301",
            f"`{text[:60]}` 不是金额",
            f"`{text[:60]}` is not an amount of money",
            "写作 10.00，负数如 -3.50",
            "write 10.00, or -3.50 for a debt",
        )
    fen = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
    return -fen if found[1] else fen


def _period(rule_set: DividendSet, ledger: PoolLedger, label: str | None) -> Period:
    return due_period(rule_set, ledger) if label is None else parse_label(label)


def _save(ledger: PoolLedger, path: Path) -> None:
    """Write the ledger beside its place first, so that a failure leaves the old one whole."""
    beside = path.with_name(f"{path.name}.new")
    try:
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(ledger), indent=2) + b"\n")
        beside.replace(path)
    except OSError as error:
        raise typer.BadParameter(f"写不了 / cannot write {path}: {error.strerror}", param_hint="--save") from None


def _append(event: DividendEvent, log: Path) -> None:
    try:
        with log.open("ab") as lines:
            lines.write(msgspec.json.encode(event) + b"\n")
    except OSError as error:
        raise typer.BadParameter(f"写不了 / cannot write {log}: {error.strerror}", param_hint="--event") from None


def _print(one: Distribution) -> None:
    if one.repeated:
        console.print(f"{one.period} 已分过，什么也不做 / {one.period} was shared out before: nothing is paid")
        return
    columns = (
        "持有人\nholder",
        ">权重\nweight",
        ">累计应得\nentitled",
        ">此前已付\npaid before",
        ">本期\nnow",
        "封顶\ncapped",
    )
    rows = [
        (
            share.holder,
            str(share.weight),
            yuan_text(share.entitled_after_nano),
            yuan(share.paid_before_fen),
            yuan(share.paid_fen),
            "是 yes" if share.capped else "",
        )
        for share in one.shares
    ]
    print_table(f"{one.ledger.pool} {one.period}", columns, rows)
    for left in one.left_out:
        console.print(f"{left.holder}: 不参与 / left out: {LEFT_OUT[left.code]}", markup=False)
    available, owed, carried = map(yuan_text, (one.available_nano, one.ledger.owed_nano, one.unallocated_nano))
    console.print(
        f"入池 {yuan(one.pool_fen)}，可分 {available}，付 {yuan(one.paid_fen)}，零头待付 {owed}，转下期 {carried}"
    )
    console.print(
        f"pool {yuan(one.pool_fen)}, to share {available}, paid {yuan(one.paid_fen)}, fractions owed {owed}, "
        f"carried over {carried}"
    )
