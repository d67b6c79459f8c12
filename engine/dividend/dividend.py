"""A pool shared out among its holders, period by period, exactly (clauses D4-D8).

What is kept is cumulative: a holder is entitled to so many nano-fen in all (1 fen = 10**9 nano-fen), and is paid the
whole fen of that which were not paid before.  The fraction of a fen waits in the holder's account, so over time
everybody gets the exact share; what nobody is entitled to yet, or a debt after returns, is carried by the pool.
"""

from collections.abc import Iterable, Mapping

import msgspec

from engine.dividend.dividend_ledger import NANO, Account, PoolLedger
from engine.dividend.holders import Holder, LeftOut, weigh
from engine.dividend_set import Cap, DividendSet, Leaving
from engine.errors import DividendRefused
from engine.money import allocate
from engine.period import Period, next_period, parse_label, period_of


class Share(msgspec.Struct, frozen=True):
    """What one holder gets in one period, with all that it follows from.

    `entitled_before_nano` and `entitled_after_nano` are cumulative; `paid_fen` is the whole fen of the latter less
    `paid_before_fen`.  `capped` says that the holder got as much as the cap lets anybody have.
    """

    holder: str
    weight: int
    entitled_before_nano: int
    entitled_after_nano: int
    paid_before_fen: int
    paid_fen: int
    capped: bool


class Distribution(msgspec.Struct, frozen=True):
    """A pool of one period shared out. `repeated`: the period had been shared out before, and nothing happened.

    `available_nano` is what there was to share: the period's pool, what was carried, and what holders who left gave
    back.  `cap_nano` is the most one holder may get of it.  `unallocated_nano` is what the ledger carries on: more
    than zero when weights were all zero or caps left something, less than zero while the pool owes.
    """

    period: str
    pool_fen: int
    available_nano: int
    given_back_nano: int
    weight_sum: int
    cap_nano: int | None
    shares: tuple[Share, ...]
    unallocated_nano: int
    ledger: PoolLedger
    repeated: bool = False
    left_out: tuple[LeftOut, ...] = ()

    @property
    def paid_fen(self) -> int:
        """All that this distribution pays."""
        return sum(share.paid_fen for share in self.shares)


def due_period(rule_set: DividendSet, ledger: PoolLedger) -> Period:
    """The period to share out next: the first that begins when the ledger's last has ended.

    For a pool that begins it is the one in which the rule set starts.
    """
    if not ledger.periods:
        return period_of(rule_set.period, rule_set.header.effective_from)
    last = parse_label(ledger.periods[-1])
    found = next_period(rule_set.period, last)
    # months after weeks: the month that is going on began before the last week ended
    return found if found.start >= last.end else next_period(rule_set.period, found)


def share_pool(
    rule_set: DividendSet, ledger: PoolLedger, period: Period, pool_fen: int, holders: Iterable[Holder]
) -> Distribution:
    """Share out a period under a rule set: its weights, cap and rule for who leaves; and who is left out, and why.

    `holders` are as known at the end of the period, with ids of their own.  The caller sees to it that the period is
    over, that `pool_fen` is what the sales of that period brought, and that the version is the one for it (clauses D4
    and D8).  Raises `DividendRefused` for the ledger of another pool and for a period that is not one of the rule
    set's, is passed, or ended before the rule set starts.
    """
    if ledger.pool != rule_set.pool:
        raise DividendRefused(
            "ledger_of_another_pool",
            ledger.pool,
            f"账本属于 {ledger.pool}，规则集的池是 {rule_set.pool}",
            f"the ledger is of {ledger.pool}, the pool of the rule set is {rule_set.pool}",
        )
    own = period_of(rule_set.period, period.start)
    if own != period:
        raise DividendRefused(
            "period_of_another_kind",
            period.label,
            f"规则集的周期里没有 {period.label}；那一天在 {own.label}",
            f"{period.label} is no period of the rule set; its first day is in {own.label}",
        )
    if rule_set.header.effective_from >= period.end:
        raise DividendRefused(
            "period_before_rule_set",
            period.label,
            f"{rule_set.header.label} 在 {period.label} 结束之后才生效，那一期用当时的版本",
            f"{rule_set.header.label} starts after {period.label} has ended: share it out by the version of that time",
        )
    weighing = weigh(rule_set, holders, period)
    found = distribute(ledger, period, pool_fen, weighing.weights, rule_set.cap, rule_set.leaving)
    return found if found.repeated else msgspec.structs.replace(found, left_out=weighing.left_out)


def distribute(
    ledger: PoolLedger,
    period: Period,
    pool_fen: int,
    weights: Mapping[str, int],
    cap: Cap | None = None,
    leaving: Leaving = "keep",
) -> Distribution:
    """Share out what a period brought (`pool_fen`, negative when returns took more than sales gave) by weights.

    `weights` name everybody who holds a share in this period.  Of the others, `leaving` says whether the fraction of
    a fen that was not paid yet waits for them (`keep`) or goes back to the pool (`give_back`).  The result does not
    depend on the order of `weights`.  A period that was shared out before gives nothing and leaves the ledger as it
    is.  Raises `DividendRefused` for a period that is passed: it begins before the last one shared out ended.
    """
    if period.label in ledger.periods:
        left = ledger.total_carried_nano
        return Distribution(period.label, 0, left, 0, 0, None, (), left, ledger, repeated=True)
    _not_passed(ledger, period)
    accounts = dict(ledger.accounts)
    given_back = _give_back(accounts, weights) if leaving == "give_back" else 0
    available = pool_fen * NANO + ledger.total_carried_nano + given_back
    cap_nano = None if cap is None else max(available, 0) * cap.at_most.num // cap.at_most.den
    shares = _shares(accounts, max(available, 0), weights, cap_nano, carry=cap is not None and cap.excess == "carry")
    left = available
    for share in shares:
        accounts[share.holder] = Account(*divmod(share.entitled_after_nano, NANO))
        left -= share.entitled_after_nano - share.entitled_before_nano
    after = PoolLedger(
        ledger.pool,
        ledger.funded_fen + pool_fen,
        *divmod(left, NANO),
        {holder: accounts[holder] for holder in sorted(accounts)},
        (*ledger.periods, period.label),
    )
    weight_sum = sum(weights.values())
    return Distribution(period.label, pool_fen, available, given_back, weight_sum, cap_nano, shares, left, after)


def _not_passed(ledger: PoolLedger, period: Period) -> None:
    if not ledger.periods:
        return
    last = ledger.periods[-1]
    if period.start < parse_label(last).end:
        raise DividendRefused(
            "period_passed",
            period.label,
            f"{period.label} 早于已分红的 {last}，或与它重叠，不能再分",
            f"{period.label} lies before {last}, which was shared out, or overlaps it",
        )


def _give_back(accounts: dict[str, Account], weights: Mapping[str, int]) -> int:
    """Take the fractions of those who hold no share any more; what they were paid stays theirs."""
    given_back = 0
    for holder, account in accounts.items():
        if holder not in weights:
            given_back += account.rest_nano
            accounts[holder] = Account(account.paid_fen, 0)
    return given_back


def _shares(
    accounts: Mapping[str, Account],
    available_nano: int,
    weights: Mapping[str, int],
    cap_nano: int | None,
    *,
    carry: bool,
) -> tuple[Share, ...]:
    """The share of everybody, by id. A nano-fen that equal claims cannot share goes to who was entitled to least."""
    before = {holder: accounts.get(holder, Account()) for holder in weights}
    holders = sorted(weights, key=lambda holder: (before[holder].entitled_nano, holder))
    own = [weights[holder] for holder in holders]
    capacities = None if cap_nano is None or carry else [cap_nano] * len(own)
    gained = allocate(available_nano, own, "largest", capacities)
    if cap_nano is not None and carry:
        gained = [min(part, cap_nano) for part in gained]
    shares = []
    for holder, more in zip(holders, gained, strict=True):
        account = before[holder]
        after_nano = account.entitled_nano + more
        paid_fen = after_nano // NANO - account.paid_fen
        capped = more > 0 and more == cap_nano
        shares.append(
            Share(holder, weights[holder], account.entitled_nano, after_nano, account.paid_fen, paid_fen, capped)
        )
    return tuple(sorted(shares, key=lambda share: share.holder))
