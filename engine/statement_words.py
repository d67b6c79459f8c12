"""The lines of a statement in words: what each amount came from, so that a payee can check every fen (clause S5)."""

from typing import Final

from engine.describe_values import Words
from engine.journal.order_book import OrderBook
from engine.journal.order_news import AdjustmentEvent, DividendEvent, PayeeNews, ReceivedEvent
from engine.money import yuan
from engine.order import Accrual
from engine.sentences import say_accrual
from engine.settlement import Part, StatementLine

PART_TITLES: Final[dict[Part, Words]] = {
    "accrued": Words("新增佣金", "accrued"),
    "reversed": Words("解冻前退款收回", "taken back before release"),
    "released": Words("售后期满解冻", "released"),
    "clawed_back": Words("解冻后退款收回", "clawed back after release"),
    "dividends": Words("分红", "dividends"),
    "adjustments": Words("人工调账", "adjustments"),
    "settled": Words("本期结算", "settled"),
}


def say_line(line: StatementLine, book: OrderBook | None = None, news: PayeeNews | None = None) -> Words:
    """Why a line of a statement is what it is. `book` is its order's, `news` the event of a line without an order."""
    fen = yuan(line.amount_fen)
    if isinstance(news, DividendEvent):
        return Words(
            f"{news.pool} {news.period} 分红 {fen} 元〔{news.rule_set.name}@{news.rule_set.version}〕",
            f"¥{fen} of {news.pool} for {news.period} [{news.rule_set.name}@{news.rule_set.version}]",
        )
    if isinstance(news, AdjustmentEvent):
        return Words(
            f"调账 {fen} 元：{news.reason}（{news.proposed_by} 提出，{news.approved_by} 批准）",
            f"¥{fen} adjusted: {news.reason} (proposed by {news.proposed_by}, approved by {news.approved_by})",
        )
    if book is None:
        title = PART_TITLES[line.part]
        return Words(f"{title.zh} {fen} 元", f"¥{fen} {title.en}")
    return _say_order_line(line, book, fen)


def _say_order_line(line: StatementLine, book: OrderBook, fen: str) -> Words:
    accrual = _accrual_of(line, book)
    told = Words("", "") if accrual is None else say_accrual(book.evaluation, accrual)
    order_id = line.order_id
    if line.part == "accrued":
        return Words(f"订单 {order_id}：{told.zh}", f"Order {order_id}: {told.en}")
    if line.part == "released":
        received = max((event.at for event in book.events if isinstance(event, ReceivedEvent)), default=line.at)
        days = book.evaluation.release_after_days
        return Words(
            f"订单 {order_id} 于 {received:%m-%d %H:%M} 收货，{days} 天售后期满，解冻 {fen} 元：{told.zh}",
            f"Order {order_id}, received {received:%m-%d %H:%M}, is past its {days} days after sale: "
            f"¥{fen} released: {told.en}",
        )
    return Words(
        f"订单 {order_id} 退款或取消，收回 {fen} 元：{told.zh}",
        f"Order {order_id} was refunded or cancelled: ¥{fen} taken back: {told.en}",
    )


def _accrual_of(line: StatementLine, book: OrderBook) -> Accrual | None:
    return next(
        (
            one
            for one in book.evaluation.accruals
            if (one.line, one.plan.ref, one.plan.role) == (line.line, line.rule, line.role)
        ),
        None,
    )
