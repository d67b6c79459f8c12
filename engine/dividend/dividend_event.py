"""A pool shared out as an event for the log, from which the journal posts what the holders get."""

from engine.dividend.dividend import Distribution
from engine.dividend_set import DividendSet
from engine.journal.order_news import DividendEvent, HolderShare, RuleSetVersion
from engine.period import Period


def dividend_event(rule_set: DividendSet, period: Period, shared: Distribution) -> DividendEvent:
    """The `dividend` event of a distribution, at the moment when its period has ended.

    Its `pool_fen` is all that the pool was ever given and has not paid: what was carried and the fractions that are
    owed are in it, so one period may pay more than it brought.
    """
    header = rule_set.header
    held_fen = shared.ledger.funded_fen - shared.ledger.paid_fen + shared.paid_fen
    return DividendEvent(
        id=f"{rule_set.pool}:{period.label}",
        at=period.end,
        pool=rule_set.pool,
        period=period.label,
        start=period.start,
        end=period.end,
        rule_set=RuleSetVersion(name=header.name, version=header.version, content_hash=header.content_hash),
        pool_fen=max(held_fen, 0),
        shares=tuple(
            HolderShare(holder=share.holder, weight=share.weight, amount_fen=share.paid_fen) for share in shared.shares
        ),
    )
