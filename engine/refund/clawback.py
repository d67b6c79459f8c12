"""What a refund undoes: a pure function of how much of each line has been returned so far (clauses R1-R5).

Nothing here asks a rule: a refund reads the stored evaluation and the state, and every figure is the difference of a
function of the state before and after.  So parts always sum to the whole and the order of refunds does not matter.
"""

from typing import NamedTuple

import msgspec

from engine.errors import RefundRefused
from engine.money import allocate, cut
from engine.order import Evaluation, RefundEvent, ReturnedLine
from engine.refund.retest import retest_penalty
from engine.refund.returned_gifts import gifts_to_return
from engine.ruleset import GiftLine


class RefundState(msgspec.Struct, frozen=True):
    """How much of an order has come back: per line units and amount adjustments (fen); cash and delivery fee given.

    `refund_ids` are the refunds already in it, so that a repeated event changes nothing.  `agreed_units` are the
    returned units that an agreed amount stands for (none of any line when empty).
    """

    units: tuple[int, ...]
    adjusted_fen: tuple[int, ...]
    cash_fen: int = 0
    shipping_fen: int = 0
    refund_ids: tuple[str, ...] = ()
    agreed_units: tuple[int, ...] = ()


class Clawback(NamedTuple):
    """What one accrual loses in a refund. `accrual` is its index in the evaluation."""

    accrual: int
    amount_fen: int
    due_fen: int


class RefundOutcome(NamedTuple):
    """A refund, computed: the new state, cash for goods, delivery fee, what each line and payee gives back.

    `share_fen` is, per line, how much of its net this refund returns; `recovered_fen` the part of it (cumulated) that
    a retested threshold keeps from the buyer; `gifts` the gift units that are to come back in all so far.
    """

    state: RefundState
    cash_fen: int
    shipping_fen: int
    share_fen: tuple[int, ...]
    recovered_fen: int
    clawbacks: tuple[Clawback, ...]
    gifts: tuple[GiftLine, ...]


def untouched(evaluation: Evaluation) -> RefundState:
    """The state of an order of which nothing has been returned."""
    count = len(evaluation.event.lines)
    return RefundState((0,) * count, (0,) * count)


def shares(evaluation: Evaluation, state: RefundState) -> list[int]:
    """Per line, the part of its net that has been returned (clause R1)."""
    result = []
    for line, net, units, adjusted in zip(
        evaluation.event.lines, evaluation.priced.net_fen, state.units, state.adjusted_fen, strict=True
    ):
        result.append(max(0, min(net, cut(net, units, line.quantity) + adjusted)))
    return result


def dues(evaluation: Evaluation, state: RefundState) -> list[int]:
    """Per accrual, what is still due in this state (clause R4): proportional, and under the frozen ceiling."""
    net = evaluation.priced.net_fen
    left = [whole - gone for whole, gone in zip(net, shares(evaluation, state), strict=True)]
    shipping = evaluation.priced.shipping_fen
    amounts = [
        cut(accrual.amount_fen, left[accrual.line], net[accrual.line])
        if accrual.line >= 0
        else cut(accrual.amount_fen, shipping - state.shipping_fen, shipping)
        for accrual in evaluation.accruals
    ]
    if evaluation.ceiling is not None:
        rate = evaluation.ceiling.at_most
        allowed = sum(left) * rate.num // rate.den
        if sum(amounts) > allowed:
            return allocate(allowed, amounts, "largest")
    return amounts


def goods_given(evaluation: Evaluation, state: RefundState) -> int:
    """G(s): what the buyer should have been given for goods in this state, penalties of retested benefits off (R2)."""
    return max(0, sum(shares(evaluation, state)) - retest_penalty(evaluation, state.units))


def refund(evaluation: Evaluation, state: RefundState, event: RefundEvent) -> RefundOutcome:
    """Compute one refund on top of a state. Raises `RefundRefused` when it cannot be true, changing nothing.

    A refund id that is already in the state gives an outcome of nothing: the same event twice is the same as once.
    """
    if event.order_id != evaluation.event.order_id:
        raise RefundRefused("other_order", "/order_id", "退款不属于这笔订单", "the refund belongs to another order")
    after = state if event.refund_id in state.refund_ids else advance(evaluation, state, event)
    before_shares, after_shares = shares(evaluation, state), shares(evaluation, after)
    cash = max(0, goods_given(evaluation, after) - state.cash_fen)
    after = msgspec.structs.replace(after, cash_fen=state.cash_fen + cash)
    before_dues, after_dues = dues(evaluation, state), dues(evaluation, after)
    return RefundOutcome(
        state=after,
        cash_fen=cash,
        shipping_fen=after.shipping_fen - state.shipping_fen,
        share_fen=tuple(now - then for then, now in zip(before_shares, after_shares, strict=True)),
        recovered_fen=sum(after_shares) - after.cash_fen,
        clawbacks=tuple(
            Clawback(at, then - now, now)
            for at, (then, now) in enumerate(zip(before_dues, after_dues, strict=True))
            if then != now
        ),
        gifts=gifts_to_return(evaluation, after.units),
    )


def advance(evaluation: Evaluation, state: RefundState, event: RefundEvent) -> RefundState:
    """The state after one more refund, its cash left as it was. Raises `RefundRefused` when it cannot be true."""
    lines = _Lines(evaluation, state)
    index = {line.line_id: at for at, line in enumerate(evaluation.event.lines)}
    for at, returned in enumerate(event.lines):
        path = f"/lines/{at}"
        line = index.get(returned.line_id)
        if line is None:
            raise RefundRefused(
                "unknown_line",
                f"{path}/line_id",
                f"订单没有行 {returned.line_id}",
                f"the order has no line {returned.line_id!r}; it has {', '.join(index)}",
            )
        lines.give_back(returned, line, path)
    shipping = state.shipping_fen + event.shipping_fen
    if shipping > evaluation.priced.shipping_fen:
        left = evaluation.priced.shipping_fen - state.shipping_fen
        raise RefundRefused(
            "more_than_paid",
            "/shipping_fen",
            f"配送费最多还能退 {left} 分",
            f"at most {left} fen of the delivery fee are left to refund",
        )
    ids = (*state.refund_ids, event.refund_id)
    return RefundState(tuple(lines.units), lines.adjusted(), state.cash_fen, shipping, ids, tuple(lines.agreed_units))


class _Lines:
    """The lines of an order while one refund is counted: units back, how many of them by agreement, for how much."""

    def __init__(self, evaluation: Evaluation, state: RefundState) -> None:
        self._evaluation = evaluation
        self.units = list(state.units)
        self.agreed_units = list(state.agreed_units or (0,) * len(state.units))
        self.agreed_fen = [
            adjusted + self._cut(line, self.units[line]) - self._by_units(line)
            for line, adjusted in enumerate(state.adjusted_fen)
        ]

    def give_back(self, returned: ReturnedLine, line: int, path: str) -> None:
        """Count units and an agreed amount of one line; the units that an amount stands for return no share."""
        sold, net = self._evaluation.event.lines[line].quantity, self._evaluation.priced.net_fen[line]
        left = sold - self.units[line]
        if returned.quantity > left:
            raise RefundRefused(
                "more_than_sold",
                f"{path}/quantity",
                f"第 {returned.line_id} 行最多还能退 {left} 件",
                f"at most {left} of {sold} units of line {returned.line_id} are left to return",
            )
        if not returned.quantity and returned.amount_fen is None:
            raise RefundRefused(
                "nothing_returned", path, "请填写退货数量或退款金额", "give a quantity, an amount, or both"
            )
        self.units[line] += returned.quantity
        if returned.amount_fen is None:
            return
        self.agreed_units[line] += returned.quantity
        left = net - min(net, self._by_units(line) + self.agreed_fen[line])
        if returned.amount_fen > left:
            raise RefundRefused(
                "more_than_paid",
                f"{path}/amount_fen",
                f"第 {returned.line_id} 行最多还能退 {left} 分",
                f"at most {left} fen of line {returned.line_id} are left to refund",
            )
        self.agreed_fen[line] += returned.amount_fen

    def adjusted(self) -> tuple[int, ...]:
        """Per line, what agreed amounts add to or take from the share that all units returned would have."""
        return tuple(
            fen + self._by_units(line) - self._cut(line, self.units[line]) for line, fen in enumerate(self.agreed_fen)
        )

    def _by_units(self, line: int) -> int:
        return self._cut(line, self.units[line] - self.agreed_units[line])

    def _cut(self, line: int, units: int) -> int:
        return cut(self._evaluation.priced.net_fen[line], units, self._evaluation.event.lines[line].quantity)
