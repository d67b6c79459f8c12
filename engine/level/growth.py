"""What is missing for a level, exactly: the least that makes the figures meet what it asks.

Refunds that were made cannot be unmade, so a refund rate is met by further sales without refunds, and a repeat rate by
buyers who are there already and come again.  `grown` applies what is missing; a property test holds that it is enough
and that one fen, one order or one buyer less is not.
"""

import msgspec

from engine.level.level_figures import Figures
from engine.level.levels import ReviewRefused, meets
from engine.level_set import LevelSet, Requirement
from engine.money import Rate
from engine.people.participants import LevelStanding


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """The least that figures lack of a requirement; all zero when they meet it.

    `sales_fen`: further delivered sales without any refund; `orders`: further ones with something kept;
    `repeat_buyers`: buyers of the window who come again on another day.  `beyond_reach`: no sale can make up for it
    in this window, because no refund at all is allowed and there was one.
    """

    sales_fen: int = 0
    orders: int = 0
    repeat_buyers: int = 0
    beyond_reach: bool = False


class GrowthPath(msgspec.Struct, frozen=True):
    """The next level, and what is missing for it."""

    level: str
    missing: Missing


def growth_path(level_set: LevelSet, standing: LevelStanding, figures: Figures) -> GrowthPath | None:
    """The way to the next level; None on the highest. Raises `ReviewRefused` for a level the set does not know."""
    rank = level_set.rank(standing.level)
    if rank is None:
        raise ReviewRefused("level_unknown", f"没有等级 `{standing.level}`", f"there is no level `{standing.level}`")
    if rank + 1 == len(level_set.levels):
        return None
    level = level_set.levels[rank + 1]
    return GrowthPath(level.id, missing(level.reach, figures))


def missing(requirement: Requirement, figures: Figures) -> Missing:
    """The least that figures lack of a requirement."""
    if meets(requirement, figures):
        return Missing()
    return Missing(
        sales_fen=max(_short(requirement.sales_fen, figures.sales_fen), _to_dilute(requirement.refund_rate, figures)),
        orders=_short(requirement.orders, figures.orders),
        repeat_buyers=_to_return(requirement.repeat_rate, figures),
        beyond_reach=requirement.refund_rate is not None
        and requirement.refund_rate.num == 0
        and figures.refunded_fen > 0,
    )


def grown(figures: Figures, lacking: Missing) -> Figures:
    """The figures once what was missing has happened."""
    repeat = figures.repeat_buyers + lacking.repeat_buyers
    return Figures(
        delivered_fen=figures.delivered_fen + lacking.sales_fen,
        refunded_fen=figures.refunded_fen,
        orders=figures.orders + lacking.orders,
        buyers=max(figures.buyers, repeat),
        repeat_buyers=repeat,
    )


def _short(bound: int | None, now: int) -> int:
    return 0 if bound is None else max(0, bound - now)


def _to_dilute(at_most: Rate | None, figures: Figures) -> int:
    """Further delivered fen, none refunded, until the refund rate is low enough; one where there is none to rate."""
    if at_most is None or (at_most.num == 0 and figures.refunded_fen > 0):
        return 0
    needed = -(-figures.refunded_fen * at_most.den // at_most.num) if figures.refunded_fen else 1
    return max(0, needed - figures.delivered_fen)


def _to_return(at_least: Rate | None, figures: Figures) -> int:
    """Buyers who must come again until the repeat rate is high enough; a first one where there is none."""
    if at_least is None:
        return 0
    needed = -(-max(1, figures.buyers) * at_least.num // at_least.den)
    return max(0, needed - figures.repeat_buyers)
