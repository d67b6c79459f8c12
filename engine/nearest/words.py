"""Changes in words: what a buyer would have to do, as short requests in Chinese and English."""

from datetime import datetime

from engine.calendar import SHANGHAI
from engine.describe.fact import say_test
from engine.describe.values import Words, say_value
from engine.match.factoring import Literal
from engine.money import yuan
from engine.nearest.change import AddCoupon, BuyGoods, BuyMore, Choose, DropCoupon, Step, WaitUntil
from engine.order import OrderEvent

_CHOICES = {
    "order.channel": Words("改在 {} 渠道下单", "order through {}"),
    "order.delivery": Words("配送方式改为 {}", "choose {}"),
    "order.region": Words("送到地区 {}", "have it delivered to region {}"),
}


def say_step(event: OrderEvent, step: Step) -> Words:
    """One step as a request to the buyer: 再买 12.00 元 / spend ¥12.00 more."""
    match step:
        case Choose(fact, value):
            said, choice = _CHOICES[fact], say_value(fact, value)
            return Words(said.zh.format(choice.zh), said.en.format(choice.en))
        case AddCoupon(code):
            return Words(f"输入优惠码 {code}", f"enter the code {code}")
        case DropCoupon(code):
            return Words(f"不用优惠码 {code}", f"leave out the code {code}")
        case BuyMore(line_id, units):
            goods = _goods_named(event, line_id)
            return Words(f"再买 {units} 件{goods}", f"buy {units} more{goods and ' of' + goods}")
        case BuyGoods():
            return _say_goods(event, step)
        case WaitUntil(at):
            return _say_moment(event, at)


def _goods_named(event: OrderEvent, line_id: str) -> str:
    if len(event.lines) == 1:
        return ""
    line = next(one for one in event.lines if one.line_id == line_id)
    return f" {line.title or line.sku}"


def _say_goods(event: OrderEvent, step: BuyGoods) -> Words:
    line = step.line
    if step.by_fen:
        amount = Words(f"再买 {yuan(line.unit_price_fen)} 元", f"spend ¥{yuan(line.unit_price_fen)} more")
        link = " on "
    else:
        amount = Words(f"再买 {line.quantity} 件", f"buy {line.quantity}")
        link = " of " if step.like else " piece of " if line.quantity == 1 else " pieces of "
    if step.like is not None:
        goods = _goods_named(event, step.like)
        return Words(
            f"{amount.zh}{goods and goods + ' 一类商品'}", f"{amount.en}{goods and link + 'goods like' + goods}"
        )
    if not step.needs:
        return Words(f"{amount.zh}任意商品", f"{amount.en}{link}any goods")
    said = [say_literal(literal) for literal in step.needs]
    return Words(
        f"{amount.zh}这样的商品（{'，'.join(one.zh for one in said)}）",
        f"{amount.en}{link}goods such that {' and '.join(one.en for one in said)}",
    )


def say_literal(literal: Literal) -> Words:
    """A test, or its negation, as a phrase."""
    said = say_test(literal.test)
    if literal.wanted:
        return said
    return Words(f"并非{said.zh}", f"not ({said.en})")


def _say_moment(event: OrderEvent, at: datetime) -> Words:
    local, now = at.astimezone(SHANGHAI), event.placed_at.astimezone(SHANGHAI)
    clock = local.strftime("%H:%M")
    if local.date() == now.date():
        return Words(f"{clock} 后下单", f"order from {clock}")
    year_zh, year_en = ("", "") if local.year == now.year else (f"{local.year} 年 ", f" {local.year}")
    month = local.strftime("%b")
    return Words(
        f"{year_zh}{local.month} 月 {local.day} 日 {clock} 后下单",
        f"order from {clock} on {local.day} {month}{year_en}",
    )
