"""What stands behind an amount that an order brought, as short facts: goods, rule, arithmetic, receipt, returns."""

from datetime import datetime
from typing import Self

import msgspec

from engine.calendar import SHANGHAI
from engine.describe.values import Words, joined
from engine.journal.order_book import OrderBook
from engine.journal.order_news import CancelledEvent, OrderNews, ReceivedEvent, ReleasedEvent, news_key
from engine.journal.release import release_of
from engine.money import Rate, yuan
from engine.order import SHIPPING_LINE, Accrual, RefundEvent, RuleRef
from engine.settlement import StatementLine


class Fact(msgspec.Struct, frozen=True):
    """One line of an explanation; `href` leads to more."""

    title: Words
    value: Words
    href: str = ""

    @classmethod
    def sum(cls, value: Words) -> Self:
        """How an amount adds up."""
        return cls(Words("算法", "Sum"), value)


def accrual_of(line: StatementLine, book: OrderBook, payee: str) -> Accrual | None:
    """What a payee earned at the sale that a movement is about."""
    wanted = (line.line, line.rule, line.role, payee)
    return next(
        (one for one in book.evaluation.accruals if (one.line, one.plan.ref, one.plan.role, one.payee) == wanted), None
    )


def goods_of(book: OrderBook, line: int) -> Words:
    """A line of an order; -1 is the delivery fee."""
    if line == SHIPPING_LINE:
        return Words("配送费", "Delivery fee")
    goods = book.evaluation.event.lines[line]
    return both(f"{goods.title or goods.sku} ×{goods.quantity}")


def rule_of(rule: RuleRef) -> Fact:
    """A rule by its title, with its set, version and id."""
    source = f"{rule.rule_set}@{rule.version}/{rule.rule}"
    zh, en = rule.title or rule.rule, rule.title_en or rule.title or rule.rule
    return Fact(Words("规则", "Rule"), Words(f"{zh} 〔{source}〕", f"{en} [{source}]"))


def arithmetic(accrual: Accrual, book: OrderBook) -> list[Fact]:
    """Base × rate = amount, what raised the rate, and what the ceiling took; ≈ where a fen was rounded or allotted."""
    base, earned = accrual.base_fen, accrual.earned_fen
    if accrual.rate is None:
        said = Words(
            f"基数 {yuan(base)}，按规则得 {yuan(earned)}", f"of ¥{yuan(base)}, ¥{yuan(earned)} as the rule says"
        )
    else:
        exact = base * accrual.rate.num == earned * accrual.rate.den
        said = both(f"{yuan(base)} × {_rate(accrual, accrual.rate)} {'=' if exact else '≈'} {yuan(earned)}")
    facts = [Fact(Words("算法", "Sum"), said)]
    facts += [Fact(Words("加成", "Bonus"), rule_of(one).value) for one in accrual.lifted_by]
    ceiling = book.evaluation.ceiling
    if accrual.amount_fen != earned and ceiling is not None:
        cut = f"{yuan(earned)} → {yuan(accrual.amount_fen)}"
        zh = f"{cut}：整单佣金 {yuan(ceiling.earned_fen)} 超过上限 {ceiling.at_most}（{yuan(ceiling.allowed_fen)}）"
        en = (
            f"{cut}: all commissions, ¥{yuan(ceiling.earned_fen)}, exceed the ceiling of {ceiling.at_most} "
            f"(¥{yuan(ceiling.allowed_fen)})"
        )
        facts.append(Fact(Words("封顶", "Ceiling"), Words(zh, en)))
    return facts


def _rate(accrual: Accrual, rate: Rate) -> str:
    below = accrual.below_rate
    return f"({rate.plus(below)} − {below})" if below is not None and below.num else str(rate)


def receipt(book: OrderBook) -> list[Fact]:
    """When an order was received and until when it may be returned."""
    received = max((event.at for event in book.events if isinstance(event, ReceivedEvent)), default=None)
    if received is None:
        return [Fact(Words("收货", "Received"), Words("还没有收货", "not yet"))]
    facts = [Fact(Words("收货", "Received"), instant(received))]
    over = _over(book)
    if over is not None:
        days, end = book.evaluation.release_after_days, instant(over)
        said = Words(f"{days} 天, 到 {end.zh}", f"{days} days, until {end.en}")
        facts.append(Fact(Words("售后期", "After sale"), said))
    return facts


def _over(book: OrderBook) -> datetime | None:
    """When the after-sales window is over, or was; None for an order without one, or cancelled."""
    release = release_of(book) or next((event for event in book.events if isinstance(event, ReleasedEvent)), None)
    return None if release is None else release.at


def return_of(event: OrderNews, book: OrderBook) -> Fact:
    """What came back with an event of an order."""
    title, at = Words("退款", "Refund"), instant(event.at)
    if isinstance(event, CancelledEvent):
        why = f" {event.reason}" if event.reason else ""
        return Fact(title, Words(f"{at.zh} 订单取消{why}", f"order cancelled {at.en}{why}"))
    if not isinstance(event, RefundEvent):
        return Fact(Words("事件", "Event"), Words(f"{news_key(event)} {at.zh}", f"{news_key(event)} {at.en}"))
    parts = [_part(event, book, number) for number in range(len(event.lines))]
    if event.shipping_fen:
        parts.append(Words(f"配送费 {yuan(event.shipping_fen)} 元", f"¥{yuan(event.shipping_fen)} of the delivery fee"))
    said = joined(parts, "、", ", ")
    return Fact(title, Words(f"{event.refund_id}，{at.zh}：{said.zh}", f"{event.refund_id}, {at.en}: {said.en}"))


def _part(event: RefundEvent, book: OrderBook, number: int) -> Words:
    returned = event.lines[number]
    goods = next(one for one in book.evaluation.event.lines if one.line_id == returned.line_id)
    name = goods.title or goods.sku
    if returned.amount_fen is not None:
        fen = yuan(returned.amount_fen)
        return Words(f"{name} 退 {fen} 元", f"¥{fen} of {name}")
    of = f"{returned.quantity}/{goods.quantity}"
    return Words(f"{name} 退 {of} 件", f"{of} of {name}")


def instant(at: datetime) -> Words:
    """An instant as clocks in Changsha show it, to the minute."""
    return both(f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}")


def both(text: str) -> Words:
    """A text that is the same in both languages."""
    return Words(text, text)
