"""Rules that did not apply, the changes nearest to them, and levers of commissions as plain JSON values."""

from typing import Any

from engine.levers import Lever
from engine.nearest.change import AddCoupon, BuyGoods, BuyMore, Choose, DropCoupon, Step, WaitUntil
from engine.nearest.tier import NextTier
from engine.nearest.value import Nearest, say_offered
from engine.order import OrderEvent

Json = dict[str, Any]


def told(event: OrderEvent, nearest: Nearest) -> Json:
    """Why a rule did not apply, and the change that is nearest."""
    one = nearest.why
    said = one.words()
    return {
        "kind": one.kind,
        "code": one.code,
        "message": said.zh,
        "message_en": said.en,
        "line_id": one.line_id,
        "short_fen": one.lost.short_fen if one.lost else None,
        "short_units": one.lost.short_units if one.lost else None,
        "unmet": [
            {
                "fact": unmet.test.fact,
                "operator": unmet.test.operator,
                "negated": unmet.negated,
                "values": list(unmet.test.values),
                "actual": sorted(unmet.actual) if isinstance(unmet.actual, frozenset) else unmet.actual,
            }
            for unmet in one.unmet
        ],
        "change": _change(event, nearest),
    }


def _change(event: OrderEvent, nearest: Nearest) -> Json:
    """How near a rule is, in words and figures; `alternatives` are other kinds of changes that do as well."""
    said = nearest.words(event)
    first = nearest.changes[0] if nearest.changes else None
    return {
        "code": nearest.code,
        "message": None if said is None else said.zh,
        "message_en": None if said is None else said.en,
        "then": None if first is None else first.then,
        "steps": [] if first is None else [_step(step) for step in first.change.steps],
        "alternatives": [say_offered(event, one, nearest.why)._asdict() for one in nearest.changes[1:]],
    }


def told_tier(event: OrderEvent, tier: NextTier) -> Json:
    """The next tier of a promotion that applied, and the purchase that reaches it."""
    said = tier.words(event)
    return {
        "at_least": tier.tier.at_least,
        "message": said.zh,
        "message_en": said.en,
        "steps": [_step(step) for step in tier.change.steps],
    }


def _step(step: Step) -> Json:
    """A step by its kind, its size, and what it sets; goods to be added by how they are counted."""
    match step:
        case Choose(fact, value):
            return {"kind": "choose", "size": 1, "unit": "choice", "fact": fact, "value": value}
        case AddCoupon(code):
            return {"kind": "add_coupon", "size": 1, "unit": "choice", "value": code}
        case DropCoupon(code):
            return {"kind": "drop_coupon", "size": 1, "unit": "choice", "value": code}
        case BuyMore(line_id, units):
            return {"kind": "buy_more", "size": units, "unit": "units", "line_id": line_id}
        case BuyGoods(line=line, by_fen=True):
            return {"kind": "buy_goods", "size": line.unit_price_fen, "unit": "fen", "line_id": step.like}
        case BuyGoods(line=line):
            return {"kind": "buy_goods", "size": line.quantity, "unit": "units", "line_id": step.like}
        case WaitUntil(at, minutes):
            return {"kind": "wait_until", "size": minutes, "unit": "minutes", "value": at.isoformat()}


def told_lever(lever: Lever | None) -> Json | None:
    """The figure that moved an accrual most."""
    if lever is None:
        return None
    said = lever.words()
    return {"figure": lever.figure, "moved_fen": lever.moved_fen, "message": said.zh, "message_en": said.en}
