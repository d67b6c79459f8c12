"""Worked examples of a campaign: three baskets it reaches, priced without and with it.

The examples look for themselves: a buyer, channel and region that the campaign's conditions name, the first moment
it applies at, and the goods it takes something off.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import chain, zip_longest
from typing import Final

import msgspec
from sqlalchemy import Connection

from api.answers import CampaignPreview, ExampleBasket, ExampleLine, Sentences
from engine.calendar import SHANGHAI
from engine.conditions import Value, tests_of
from engine.describe.describe import describe_rule_set
from engine.evaluate import evaluate_order
from engine.live import LiveRules, compile_live
from engine.order import Buyer, Delivery, Evaluation, OrderEvent
from engine.ruleset import PromotionSet
from storage.catalog import Filter, Good, goods_page
from storage.names import names_from
from storage.rule_sets import RuleBook

HOURS: Final = tuple(dict.fromkeys((20, 12, 18, 9, 22, 15, 0, 1, *range(24))))
"""Hours of a day in the order in which an example is looked for; the half hour is taken, windows begin at the hour."""
SEARCH: Final = ((62, 24), (400, 4))
"""Up to which day, and how many of the hours of each day: a festival may be a year away, its hours are ordinary."""
_GOODS: Final = 500
_SHAPES: Final = (((0, 2),), ((0, 1), (1, 1)), ((0, 2), (1, 1), (2, 2)))
"""Three baskets, as (which of the goods, how many)."""


def preview_of(
    connection: Connection, book: RuleBook, draft: PromotionSet, shown: tuple[Good, ...] = ()
) -> CampaignPreview:
    """The campaign in sentences and on example baskets, of the goods `shown` or of goods it does something for.

    Where it reaches no goods at all, the prices stay the same.
    """
    alone = compile_live([draft])
    goods = goods_page(connection, Filter(), None, _GOODS)
    situation = _situation(alone, draft.header.effective_from)
    reached = _first_reached(draft, alone, goods, situation)
    at = reached or draft.header.effective_from.astimezone(SHANGHAI)
    situation = msgspec.structs.replace(situation, placed_at=at)
    before = book.without(connection, at, draft.header.name)
    after = book.with_draft(connection, at, draft)
    chosen = shown or _telling(goods, situation, alone, before, after)[:3]
    baskets = [[(chosen[which % len(chosen)], count) for which, count in shape] for shape in _SHAPES] if chosen else []
    return CampaignPreview(
        sentences=_sentences(connection, draft),
        at=at,
        reached=reached is not None,
        examples=tuple(_example(basket, situation, before, after) for basket in baskets),
    )


def _telling(
    goods: Sequence[Good], situation: OrderEvent, alone: LiveRules, before: LiveRules, after: LiveRules
) -> list[Good]:
    """Goods that show what the campaign does, judged on two units of each.

    In turn one that gets cheaper (rather one with room left above its floor) and one that the campaign reaches without
    winning yet, which shows what a stronger campaign would do; then the rest.
    """
    cheaper: dict[bool, list[Good]] = {True: [], False: []}
    reached: list[Good] = []
    others: list[Good] = []
    for good in goods:
        event = msgspec.structs.replace(situation, lines=(good.line("1", 2),))
        paid = evaluate_order(event, after).priced.net_fen[0]
        if paid < evaluate_order(event, before).priced.net_fen[0]:
            cheaper[paid > 2 * good.floor_price_fen].append(good)
        elif paid > 2 * good.floor_price_fen and evaluate_order(event, alone).priced.applied:
            reached.append(good)
        else:
            others.append(good)
    in_turn = chain.from_iterable(zip_longest(cheaper[True] + cheaper[False], reached))
    return [good for good in in_turn if good is not None] + others


def _situation(alone: LiveRules, at: datetime) -> OrderEvent:
    """An order in circumstances that the campaign's conditions name: the first value of each fact."""
    named: dict[str, tuple[Value, ...]] = {}
    for condition in alone.conditions:
        for test in tests_of(condition):
            if test.operator in ("in", "under"):
                named.setdefault(test.fact, test.values)

    def first(fact: str) -> str | None:
        values = named.get(fact)
        return str(values[0]).rpartition("/")[2] if values else None

    is_new = named.get("buyer.is_new", (False,))[0] is True
    return OrderEvent(
        order_id="example",
        placed_at=at,
        lines=(),
        channel=first("order.channel") or "mini_program",
        buyer=Buyer(
            id="example",
            level=first("buyer.level"),
            tags=tuple(str(tag) for tag in named.get("buyer.tags", ())),
            is_new=is_new,
            nth_order=1 if is_new else 2,
        ),
        delivery=Delivery(region=first("order.region") or "430102"),
    )


def _first_reached(
    draft: PromotionSet, alone: LiveRules, goods: Sequence[Good], situation: OrderEvent
) -> datetime | None:
    """The first moment found at which the campaign gives anything on any goods; None if there is none in sight."""
    lines = tuple(good.line(good.sku, 2) for good in goods)
    for at in _moments(draft) if lines else ():
        if evaluate_order(msgspec.structs.replace(situation, placed_at=at, lines=lines), alone).priced.applied:
            return at
    return None


def _moments(draft: PromotionSet) -> Iterator[datetime]:
    start = draft.header.effective_from.astimezone(SHANGHAI)
    end = draft.header.effective_until
    first_day = 0
    for last_day, hours in SEARCH:
        for day in range(first_day, last_day):
            for hour in HOURS[:hours]:
                at = datetime.combine(start.date() + timedelta(days=day), time(hour, 30), SHANGHAI)
                if start <= at and (end is None or at < end):
                    yield at
        first_day = last_day


def _example(
    basket: Sequence[tuple[Good, int]], situation: OrderEvent, before: LiveRules, after: LiveRules
) -> ExampleBasket:
    lines = tuple(good.line(str(number), count) for number, (good, count) in enumerate(basket, start=1))
    event = msgspec.structs.replace(situation, lines=lines)
    without, with_it = evaluate_order(event, before), evaluate_order(event, after)
    return ExampleBasket(
        lines=tuple(
            ExampleLine(
                sku=good.sku,
                title=good.title,
                title_en=good.title_en,
                category=good.category,
                quantity=count,
                list_fen=good.unit_price_fen * count,
                before_fen=without.priced.net_fen[i],
                after_fen=with_it.priced.net_fen[i],
                labels=_labels(with_it, i),
            )
            for i, (good, count) in enumerate(basket)
        ),
        before_fen=sum(without.priced.net_fen),
        after_fen=sum(with_it.priced.net_fen),
    )


def _labels(evaluation: Evaluation, line: int) -> tuple[str, ...]:
    given = [
        one.plan.ref
        for one in evaluation.priced.applied
        if any(part.line == line and part.discount_fen for part in one.lines)
    ]
    return tuple(dict.fromkeys(ref.label or ref.title for ref in given))


def _sentences(connection: Connection, draft: PromotionSet) -> Sentences:
    said = describe_rule_set(draft, names_from(connection))
    return Sentences(zh=tuple(words.zh for words in said), en=tuple(words.en for words in said))
