"""What the ceiling leaves of the accruals of an order (clause A7)."""

from collections.abc import Sequence

from engine.live import LiveRules
from engine.money import allocate
from engine.order import Accrual, CeilingCut, PricedOrder

ROLES = ("promoter", "referrer", "leader", "host", "partner", "region", "dividend")


def _role_order(role: str) -> int:
    """The place of a role where a ceiling refuses: `region:LEVEL` is a region, `pool:NAME` a dividend."""
    kind = role.partition(":")[0]
    return ROLES.index("dividend" if kind == "pool" else kind)


def under_ceiling(
    live: LiveRules, priced: PricedOrder, accruals: list[Accrual]
) -> tuple[list[Accrual], CeilingCut | None]:
    """Hold all payees together under the lowest live ceiling (clause A7). The order itself is never refused."""
    if live.ceiling is None:
        return accruals, None
    name, ceiling, rule_set = live.ceiling
    earned = sum([accrual.amount_fen for accrual in accruals])
    allowed = sum(priced.net_fen) * ceiling.at_most.num // ceiling.at_most.den
    cut = CeilingCut(name, ceiling.at_most, ceiling.excess, allowed, earned)
    if earned <= allowed:
        return accruals, cut
    if ceiling.excess == "scale":
        amounts = allocate(allowed, [accrual.amount_fen for accrual in accruals], rule_set.remainder)
    else:
        amounts = _refuse_over(allowed, accruals)
    return [_with_amount(accrual, fen) for accrual, fen in zip(accruals, amounts, strict=True)], cut


def _refuse_over(allowed: int, accruals: Sequence[Accrual]) -> list[int]:
    amounts = [0] * len(accruals)
    for at in sorted(range(len(accruals)), key=lambda i: (_role_order(accruals[i].plan.role), i)):
        if accruals[at].amount_fen > allowed:
            break
        amounts[at] = accruals[at].amount_fen
        allowed -= accruals[at].amount_fen
    return amounts


def _with_amount(accrual: Accrual, amount_fen: int) -> Accrual:
    if accrual.amount_fen == amount_fen:
        return accrual
    return Accrual(
        accrual.plan,
        accrual.line,
        accrual.payee,
        accrual.base_fen,
        accrual.rate,
        accrual.earned_fen,
        amount_fen,
        accrual.lifted_by,
        accrual.below_rate,
    )
