"""Why an amount of a statement is what it is, as a short list of facts."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from api.pages.order_facts import Fact, accrual_of, arithmetic, both, goods_of, instant, receipt, return_of, rule_of
from engine.calendar import SHANGHAI
from engine.describe.statement import PART_TITLES
from engine.describe.values import Words, joined
from engine.journal.order_book import OrderBook, standing
from engine.journal.order_news import AdjustmentEvent, DividendEvent, News, news_key
from engine.money import yuan
from engine.order import Accrual
from engine.settlement import Statement, StatementLine
from storage.journal import entries_of_order, event_behind, order_book

_MOST_SHARES: Final = 20


def words_of_sum(at: int, steps: Iterable[tuple[Words, int]], end: int) -> Words:
    """`12.00 + 3.00 − 1.50 = 13.50`, each with its name."""
    parts = [Words(f"期初 {_yuan(at)}", f"opening {_yuan(at)}")]
    for title, fen in steps:
        sign = "−" if fen < 0 else "+"
        parts.append(Words(f"{sign} {title.zh} {yuan(abs(fen))}", f"{sign} {title.en} {yuan(abs(fen))}"))
    return joined([*parts, Words(*[f"= {_yuan(end)}"] * 2)], " ", " ")


class Reader:
    """Explains lines of one payee's statements; each order is read once. `before` leads to the statement before."""

    zone = SHANGHAI
    stays_pending: Final = Fact(
        Words("以后", "Later"),
        Words("收货满售后期后解冻; 此前退款会减少它", "released once the days after sale are over; refunds reduce it"),
    )

    def __init__(self, connection: Connection, payee: str, before: str = "") -> None:
        self._connection, self._payee, self._before = connection, payee, before
        self._books: dict[str, OrderBook | None] = {}
        self._news: dict[str, News | None] = {}

    # --- Balances -----------------------------------------------------------------------------------------------------

    def opening(self, statement: Statement, *, pending: bool) -> tuple[Fact, ...]:
        """Where the opening balance comes from."""
        fen = statement.pending_opening_fen if pending else statement.opening_fen
        if not fen:
            said = Words("上期没有留下什么", "nothing was left from the period before")
        elif pending:
            said = Words("上期期末还在售后期里的佣金", "commissions that were still within their days after sale")
        else:
            said = Words("上期没有结算, 转入本期", "not settled in the period before, carried forward")
        return (Fact(Words("来自", "From"), said, self._before if fen else ""),)

    def settled(self, statement: Statement) -> tuple[Fact, ...]:
        """Why so much was settled, and the rest was not."""
        closing, end = statement.closing_fen, instant(statement.end)
        if self._payee.startswith("pool:"):
            said = Words("池里的钱分给持有人, 不作结算", "the money of a pool is shared among its holders, not settled")
        elif statement.settled_fen:
            said = Words(f"期末可结算的 {yuan(closing)} 元全部结算", f"all of the ¥{yuan(closing)} payable at the end")
        elif closing < 0:
            said = Words("欠款不结算, 由以后的收入抵扣", "a debt is not settled: later earnings make up for it")
        elif closing:
            said = Words("不足最低结算金额, 转入下期", "less than the least amount that is settled, so carried forward")
        else:
            said = Words("没有可结算的", "nothing was payable")
        return (Fact(Words("说明", "Why"), said), Fact(Words("结账", "Closed at"), end))

    # --- Movements ----------------------------------------------------------------------------------------------------

    def title(self, line: StatementLine) -> Words:
        """What a movement belongs to: an order, or the event of a payee."""
        if line.order_id:
            return Words(f"订单 {line.order_id}", f"Order {line.order_id}")
        news = self._event(line.entry)
        if isinstance(news, DividendEvent):
            return Words(f"{news.pool} {news.period}", f"{news.pool} {news.period}")
        if isinstance(news, AdjustmentEvent):
            return Words(f"调账 {news.id}", f"Adjustment {news.id}")
        return PART_TITLES[line.part]

    def goods(self, line: StatementLine) -> tuple[Words, Words]:
        """Which line of its order a movement is about, and the rule that made it."""
        book = self._book(line.order_id or "")
        rule = line.rule
        named = (
            Words("", "") if rule is None else Words(rule.title or rule.rule, rule.title_en or rule.title or rule.rule)
        )
        return (Words("", "") if book is None else goods_of(book, line.line)), named

    def why(self, line: StatementLine) -> tuple[Fact, ...]:
        """The facts behind a movement; never none."""
        book = self._book(line.order_id or "")
        facts = self._of_event(line) if book is None else self._of_order(line, book)
        if line.booked_at != line.at:
            said = instant(line.booked_at)
            late = Words(f"{said.zh}，原来的周期已结账", f"{said.en}, as its own period was closed")
            facts = (*facts, Fact(Words("计入", "Booked"), late))
        return facts

    def _of_order(self, line: StatementLine, book: OrderBook) -> tuple[Fact, ...]:
        accrual = accrual_of(line, book, self._payee)
        facts = [Fact(Words("商品", "Goods"), goods_of(book, line.line))]
        if line.rule is not None:
            facts.append(rule_of(line.rule))
        if accrual is not None:
            facts += arithmetic(accrual, book)
            if line.part in ("reversed", "clawed_back"):
                facts += self._returned(line, book, accrual)
            elif line.amount_fen != accrual.amount_fen:
                said = Words(
                    f"{yuan(line.amount_fen)}，退款或分期付款之后",
                    f"{yuan(line.amount_fen)}, after refunds or instalments",
                )
                facts.append(Fact(Words("本次", "This time"), said))
        if line.part in ("accrued", "released"):
            facts += receipt(book)
        return tuple(facts)

    def _returned(self, line: StatementLine, book: OrderBook, accrual: Accrual) -> list[Fact]:
        """What came back, and what was due before and after it."""
        known = {one.key for one in entries_of_order(self._connection, line.order_id or "") if one.number < line.number}
        event = next((one for one in book.events if news_key(one) == line.entry), None)
        before = OrderBook(book.evaluation, tuple(one for one in book.events if news_key(one) in known))
        facts = [] if event is None else [return_of(event, book)]
        if event is not None:
            at = book.evaluation.accruals.index(accrual)
            due, left = standing(before).due_fen[at], standing(before.add(event)).due_fen[at]
            said = f"{yuan(due)} → {yuan(left)}"
            facts.append(Fact(Words("应得", "Due"), Words(f"退款前后 {said}", f"before and after: {said}")))
        return facts

    def _of_event(self, line: StatementLine) -> tuple[Fact, ...]:
        news, when = self._event(line.entry), Fact(Words("时间", "When"), instant(line.at))
        if isinstance(news, DividendEvent):
            return (*_dividend(news, self._payee), when)
        if isinstance(news, AdjustmentEvent):
            moved = f"{news.source} → {news.destination}"
            return (
                Fact(Words("原因", "Reason"), both(news.reason)),
                Fact(Words("提出", "Proposed by"), both(news.proposed_by)),
                Fact(Words("批准", "Approved by"), both(news.approved_by)),
                Fact(Words("账户", "Accounts"), both(moved)),
                when,
            )
        return (Fact(Words("事件", "Event"), both(line.entry)), when)

    def _book(self, order_id: str) -> OrderBook | None:
        if order_id and order_id not in self._books:
            self._books[order_id] = order_book(self._connection, order_id)
        return self._books.get(order_id)

    def _event(self, key: str) -> News | None:
        if key not in self._news:
            self._news[key] = event_behind(self._connection, key)
        return self._news[key]


def _dividend(news: DividendEvent, payee: str) -> tuple[Fact, ...]:
    rule = f"{news.rule_set.name}@{news.rule_set.version}"
    pool = Fact(Words("分红池", "Pool"), both(f"{news.pool} {news.period}"))
    given = (pool, Fact(Words("规则", "Rule"), both(rule)))
    whole = sum(share.weight for share in news.shares)
    mine: Sequence[Fact] = [
        Fact(
            Words("算法", "Sum") if share.holder == payee else both(share.holder),
            Words(
                f"池中 {yuan(news.pool_fen)} × 权重 {share.weight}/{whole}，得 {yuan(share.amount_fen)}",
                f"¥{yuan(news.pool_fen)} of the pool × weight {share.weight}/{whole}: ¥{yuan(share.amount_fen)}",
            ),
        )
        for share in news.shares
        if payee in (share.holder, news.pool)
    ]
    if len(mine) > _MOST_SHARES:
        count = len(mine) - _MOST_SHARES
        rest = Fact(Words("还有", "And"), Words(f"{count} 位持有人", f"{count} more holders"))
        mine = (*mine[:_MOST_SHARES], rest)
    return (*given, *mine)


def _yuan(fen: int) -> str:
    return yuan(fen).replace("-", "−")
