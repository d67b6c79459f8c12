"""`fenrun evaluate` and `fenrun explain`: what orders cost, who earns what, and why, from files alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.commands.options import RULES, AsJson, RulesFolder, read_bytes, sound_rule_sets
from api.live_rules import LiveBook
from api.output import FINDINGS, console, print_json, refuse
from engine.clawback import RefundState, refund, untouched
from engine.errors import InvalidInput, RefundRefused
from engine.evaluate import evaluate_order
from engine.events import Event, read_events, refusal
from engine.ledger import Posting, refund_entry, sale_entry
from engine.levers import biggest_levers
from engine.money import yuan
from engine.nearest.nearest import nearest_changes
from engine.nearest.tier import next_tiers
from engine.order import Evaluation, OrderEvent, RefundEvent
from engine.report import refund_report, report
from engine.sentences import sentences

OrderFile = Annotated[
    Path,
    typer.Argument(help="订单事件 JSON，或事件列表；- 为标准输入 / an order event, or a list of events; - is stdin"),
]


def evaluate(
    order: OrderFile,
    rules: RulesFolder = RULES,
    why: Annotated[bool, typer.Option("--why", help="列出未生效的规则 / list the rules that did not apply")] = False,
    entries: Annotated[bool, typer.Option("--entries", help="列出分录 / list the ledger entries")] = False,
    as_json: AsJson = False,
) -> None:
    """计算订单 / Evaluate an order, or a list of orders and refunds, with a folder of rule sets. No database."""
    book = LiveBook(sound_rule_sets(rules, as_json=as_json))
    try:
        events = read_events(read_bytes(order), str(order))
        results = list(_run(events, book, str(order), why=why, entries=entries))
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    if as_json:
        print_json(results[0] if len(results) == 1 else results)
        return
    for result in results:
        _print_result(result)


def explain(
    order: OrderFile,
    rules: RulesFolder = RULES,
    rule: Annotated[str | None, typer.Option("--rule", help="只看这条规则 / only this rule")] = None,
    as_json: AsJson = False,
) -> None:
    """解释订单 / Tell in words how every amount of an order came about, and why other rules did not apply."""
    book = LiveBook(sound_rule_sets(rules, as_json=as_json))
    try:
        events = read_events(read_bytes(order), str(order))
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    told = []
    for event in events:
        if isinstance(event, OrderEvent):
            told.append(_explanation(evaluate_order(event, book.at(event.placed_at)), book, rule))
    if rule is not None and not any(one["sentences"] or one["not_applied"] for one in told):
        console.print(f"没有名为 {rule} 的生效规则 / no live rule is called {rule}")
        raise typer.Exit(FINDINGS)
    if as_json:
        print_json(told[0] if len(told) == 1 else told)
        return
    for one in told:
        console.print(f"订单 / order {one['order_id']}", style="bold", markup=False)
        for said in one["sentences"]:
            console.print(f"· {said['zh']}\n  {said['en']}", markup=False)
        for said in one["moved_most"]:
            console.print(f"↕ {said['payee']} {said['rule']}: {said['zh']}\n  {said['en']}", markup=False)
        for said in one["next_tiers"]:
            console.print(f"→ {said['rule']}: {said['zh']}\n  {said['en']}", markup=False)
        for said in one["not_applied"]:
            console.print(f"× {said['rule']}: {said['zh']}\n  {said['en']}", markup=False)
            if said["change"]:
                console.print(f"  → {said['change']['zh']}\n    {said['change']['en']}", markup=False)


def _explanation(evaluation: Evaluation, book: LiveBook, rule: str | None) -> dict[str, Any]:
    event = evaluation.event
    live = book.at(event.placed_at)
    said = [{"zh": one.zh, "en": one.en} for one in sentences(evaluation)]
    moved = [
        {"payee": accrual.payee, "rule": accrual.plan.ref.rule, **lever.words()._asdict()}
        for accrual, lever in zip(evaluation.accruals, biggest_levers(evaluation, live), strict=True)
        if lever is not None
    ]
    others = [
        {
            "rule_set": one.ref.rule_set,
            "rule": one.ref.rule,
            "code": one.why.code,
            **one.why.words()._asdict(),
            "change": None if (words := one.words(event)) is None else words._asdict(),
        }
        for one in nearest_changes(evaluation, live, book.at)
    ]
    tiers = [{"rule": one.ref.rule, **one.words(event)._asdict()} for one in next_tiers(evaluation, live)]
    if rule is not None:
        said = [one for one in said if f"/{rule}〕" in one["zh"]]
        moved = [one for one in moved if one["rule"] == rule]
        tiers = [one for one in tiers if one["rule"] == rule]
        others = [one for one in others if one["rule"] == rule]
    return {
        "order_id": event.order_id,
        "sentences": said,
        "moved_most": moved,
        "next_tiers": tiers,
        "not_applied": others,
    }


def _run(events: Sequence[Event], book: LiveBook, file: str, *, why: bool, entries: bool) -> Iterator[dict[str, Any]]:
    """Results of events in order; a refund works on the evaluation of the order before it."""
    orders: dict[str, tuple[Evaluation, RefundState]] = {}
    for at, event in enumerate(events):
        if isinstance(event, OrderEvent):
            if event.order_id in orders:
                raise refusal(
                    file,
                    f"/{at}/order_id",
                    "E108",
                    f"订单 {event.order_id} 重复",
                    f"order {event.order_id!r} is given twice",
                )
            live = book.at(event.placed_at)
            evaluation = evaluate_order(event, live)
            orders[event.order_id] = evaluation, untouched(evaluation)
            result = {"type": "order", **report(evaluation, live, why=why, rules_at=book.at)}
            yield {**result, "entries": _entries(sale_entry(evaluation))} if entries else result
        else:
            yield _refund(event, orders, file, f"/{at}", entries=entries)


def _refund(
    event: RefundEvent,
    orders: dict[str, tuple[Evaluation, RefundState]],
    file: str,
    pointer: str,
    *,
    entries: bool,
) -> dict[str, Any]:
    if event.order_id not in orders:
        raise refusal(
            file,
            f"{pointer}/order_id",
            "E109",
            f"退款之前没有订单 {event.order_id}",
            f"no order {event.order_id!r} comes before this refund",
            "把订单事件放在退款之前",
            "put the order before its refunds",
        )
    evaluation, state = orders[event.order_id]
    try:
        outcome = refund(evaluation, state, event)
    except RefundRefused as refused:
        raise refusal(
            file, f"{pointer}{refused.path}", f"E110 {refused.code}", refused.message_zh, refused.message_en
        ) from None
    orders[event.order_id] = evaluation, outcome.state
    result = {"type": "refund", **refund_report(evaluation, event, outcome)}
    return {**result, "entries": _entries(refund_entry(evaluation, state, outcome))} if entries else result


def _entries(postings: Sequence[Posting]) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "source": one.source, "destination": one.destination, "amount_fen": one.amount_fen}
        for one in postings
    ]


def _print_result(result: dict[str, Any]) -> None:
    if result["type"] == "refund":
        console.print(f"退款 / refund {result['refund_id']}: ¥{yuan(result['cash_fen'])}", style="bold", markup=False)
        for one in result["clawbacks"]:
            console.print(f"  {one['payee']} {one['rule']}: -{yuan(one['amount_fen'])}", markup=False)
        return
    totals = result["totals"]
    console.print(
        f"订单 / order {result['order_id']}: 实付 / paid ¥{yuan(totals['paid_fen'])} "
        f"(商品 / goods {yuan(totals['goods_fen'])}, 配送 / delivery {yuan(totals['shipping_fen'])})",
        style="bold",
        markup=False,
    )
    for line in result["lines"]:
        off = "".join(f"  {one['label']} -{yuan(one['amount_fen'])}" for one in line["discounts"])
        console.print(
            f"  {line['line_id']} {line['title'] or line['sku']}×{line['quantity']}  "
            f"{yuan(line['list_fen'])} → {yuan(line['paid_fen'])}{off}",
            markup=False,
        )
    for gift in result["gifts"]:
        console.print(f"  赠 / gift {gift['gift_title']}×{gift['quantity']}", markup=False)
    for one in result["accruals"]:
        rate = f" × {one['rate']}" if one["rate"] else ""
        console.print(
            f"  佣金 / commission {one['payee']} ({one['role']}): {yuan(one['amount_fen'])} "
            f"= {yuan(one['base_fen'])}{rate} [{one['rule_set']}@{one['version']}/{one['rule']}]",
            markup=False,
        )
    for one in result.get("next_tiers", ()):
        console.print(f"  → {one['rule']}: {one['message']} / {one['message_en']}", markup=False)
    for one in result.get("not_applied", ()):
        console.print(f"  × {one['rule']}: {one['message']} / {one['message_en']}", markup=False)
        if one["change"]["message"]:
            console.print(f"    → {one['change']['message']} / {one['change']['message_en']}", markup=False)
