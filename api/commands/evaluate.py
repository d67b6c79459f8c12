"""`fenrun evaluate`: what orders cost, who earns what, and what refunds undo, from files alone."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from api.commands.options import RULES, AsJson, OrderFile, RulesFolder, read_bytes, sound_rule_sets
from api.output import console, named, print_json, refuse
from engine.errors import EventRefused, InvalidInput
from engine.evaluate import evaluate_order
from engine.events import Event, read_events, refusal
from engine.journal.flows import entry_postings
from engine.journal.order_book import OrderBook, standing
from engine.ledger import Posting
from engine.money import yuan
from engine.order import OrderEvent, RefundEvent
from engine.refund.clawback import refund
from engine.report import refund_report, report
from storage.live_book import LiveBook


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


def _run(events: Sequence[Event], book: LiveBook, file: str, *, why: bool, entries: bool) -> Iterator[dict[str, Any]]:
    """Results of events in order; a refund works on the evaluation of the order before it."""
    orders: dict[str, OrderBook] = {}
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
            sold = orders[event.order_id] = OrderBook(evaluation)
            result = {"type": "order", **report(evaluation, live, why=why, rules_at=book.at)}
            yield {**result, "entries": _entries(entry_postings(None, sold))} if entries else result
        else:
            yield _refund(event, orders, file, f"/{at}", entries=entries)


def _refund(
    event: RefundEvent,
    orders: dict[str, OrderBook],
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
    before = orders[event.order_id]
    try:
        outcome = refund(before.evaluation, standing(before).state, event)
        after = orders[event.order_id] = before.add(event)
    except EventRefused as refused:
        raise refusal(
            file, f"{pointer}{refused.path}", f"E110 {refused.code}", refused.message_zh, refused.message_en
        ) from None
    result = {"type": "refund", **refund_report(before.evaluation, event, outcome)}
    return {**result, "entries": _entries(entry_postings(before, after))} if entries else result


def _entries(postings: Sequence[Posting]) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "source": one.source, "destination": one.destination, "amount_fen": one.amount_fen}
        for one in postings
    ]


def _print_result(result: dict[str, Any]) -> None:
    if result["type"] == "refund":
        console.print(f"退款 / refund {result['refund_id']}: ¥{yuan(result['cash_fen'])}", style="bold", markup=False)
        for one in result["clawbacks"]:
            console.print(f"  {one['payee']} {named(one)}: -{yuan(one['amount_fen'])}", markup=False)
        _print_entries(result)
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
            f"= {yuan(one['base_fen'])}{rate} [{named(one)}]",
            markup=False,
        )
    for one in result.get("next_tiers", ()):
        console.print(f"  → {named(one)}: {one['message']} / {one['message_en']}", markup=False)
    for one in result.get("not_applied", ()):
        console.print(f"  × {named(one)}: {one['message']} / {one['message_en']}", markup=False)
        if one["change"]["message"]:
            console.print(f"    → {one['change']['message']} / {one['change']['message_en']}", markup=False)
    _print_entries(result)


def _print_entries(result: dict[str, Any]) -> None:
    for one in result.get("entries", ()):
        console.print(f"  {one['source']} → {one['destination']}  {yuan(one['amount_fen'])}", markup=False)
