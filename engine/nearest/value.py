"""What the search for a change answers, as values, and the sentence that tells it."""

from typing import Literal as OneOf

import msgspec

from engine.describe.explain import WhyNot
from engine.describe.values import Words
from engine.match.factoring import Literal
from engine.nearest.change import BuyGoods, Change
from engine.nearest.standing import APPLIES, OTHER_WORLD, OUTCOMPETED
from engine.nearest.words import say_literal, say_step
from engine.order import OrderEvent, RuleRef

Code = OneOf["change", "qualifies", "depends_on_who", "no_small_change"]
_TAIL = {
    APPLIES: Words("", ""),
    OUTCOMPETED: Words("（条件已满足，但另一规则更优）", " (it then qualifies, but another rule gives more)"),
    OTHER_WORLD: Words(
        "（条件已满足，但与专享优惠不同享）", " (it then qualifies, but cannot be combined with what saves more)"
    ),
}


class Offered(msgspec.Struct, frozen=True):
    """A change, verified: `then` is how the rule stands on the changed order (see `nearest_standing.QUALIFIES`)."""

    change: Change
    then: str


class Nearest(msgspec.Struct, frozen=True):
    """How near a rule is that did not apply.

    `change`: `changes` are what would bring it about, the smallest first.  `qualifies`: nothing is missing, another
    rule won.  `depends_on_who`: on what no one changes for one order; `blocked` are the tests.  `no_small_change`:
    none was found and verified.
    """

    why: WhyNot
    code: Code
    changes: tuple[Offered, ...] = ()
    blocked: tuple[Literal, ...] = ()

    @property
    def ref(self) -> RuleRef:
        return self.why.ref

    def words(self, event: OrderEvent) -> Words | None:
        """The smallest change, or why there is none, as one sentence; None where the reason itself says it all."""
        if self.changes:
            return say_offered(event, self.changes[0], self.why)
        if self.code == "depends_on_who" and self.blocked:
            said = [say_literal(one) for one in self.blocked]
            zh, en = "，".join(one.zh for one in said), " and ".join(one.en for one in said)
            return Words(f"取决于既定事实，改订单达不到：{zh}", f"no change to the order does it, it needs: {en}")
        return None


def say_offered(event: OrderEvent, offered: Offered, why: WhyNot) -> Words:
    """A change as a sentence: 再买 12.00 元可享满减 / spend ¥12.00 more to get “5 off 50”."""
    said = [say_step(event, step) for step in offered.change.steps]
    if why.lost is not None and why.lost.short_fen is not None and _other_than(why.lost.short_fen, offered.change):
        said = [Words(f"{one.zh}（按原价）", f"{one.en} (at list price)") for one in said]
    tail = _TAIL[offered.then]
    gets = ("可享", "to get") if why.kind == "promotion" else ("可计佣：", "for commission by")
    name = why.ref.label or why.ref.title
    return Words(
        f"{'，并'.join(one.zh for one in said)}{gets[0]}{name}{tail.zh}",
        f"{' and '.join(one.en for one in said)} {gets[1]} {why.ref.said_en}{tail.en}",
    )


def _other_than(short_fen: int, change: Change) -> bool:
    """Whether goods for another sum than is missing must be bought: they are discounted themselves."""
    (step, *more) = change.steps
    return not more and isinstance(step, BuyGoods) and step.by_fen and step.line.unit_price_fen != short_fen
