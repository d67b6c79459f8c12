"""The lines of a statement in words: what each amount came from, so that a payee can check every fen (clause S5)."""

from typing import Final

from engine.calendar import SHANGHAI
from engine.describe.sentences import say_accrual
from engine.describe.values import Words
from engine.journal.order_book import OrderBook
from engine.journal.order_news import AdjustmentEvent, DividendEvent, PayeeNews, ReceivedEvent
from engine.money import yuan
from engine.order import Accrual
from engine.settlement import Part, Statement, StatementLine

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
    """Why a line of a statement is what it is, and its real date where it counts later than it happened.

    `book` is its order's, `news` the event of a line without an order.
    """
    told = _say(line, book, news)
    if line.booked_at <= line.at:
        return told
    happened = f"{line.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    if book is not None and line.booked_at == book.evaluation.event.placed_at:
        return Words(
            f"{told.zh}（所记时间 {happened} 早于下单，按下单时刻计）",
            f"{told.en} (dated {happened}, before the order was placed: it counts from then on)",
        )
    return Words(
        f"{told.zh}（{happened} 发生，账期已结，计入本期）",
        f"{told.en} (of {happened}: that period was closed, so it counts in this one)",
    )


def say_unsettled(statement: Statement, least_fen: int) -> Words | None:
    """Why nothing of a statement is settled though something is payable; None where nothing needs to be said."""
    payable = statement.closing_fen
    if statement.settled_fen or not payable:
        return None
    if statement.payee.startswith("pool:"):
        return Words("分红池分给持有人，不结算", "A pool is shared out among its holders, and not settled")
    if payable < 0:
        return Words(f"欠 {yuan(-payable)} 元，转入下期抵扣", f"A debt of ¥{yuan(-payable)} is carried forward")
    if payable < least_fen:
        return Words(
            f"应结 {yuan(payable)} 元，不足起结额 {yuan(least_fen)} 元，转入下期",
            f"¥{yuan(payable)} is payable, less than the least amount of ¥{yuan(least_fen)}: it is carried forward",
        )
    return None


def _say(line: StatementLine, book: OrderBook | None, news: PayeeNews | None) -> Words:
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
