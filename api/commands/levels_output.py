"""A review of levels as JSON and as sentences."""

from api.output import console
from engine.level.level_report import Refusal, Reviewed, reviewed_json, told_en, told_zh
from engine.level.levels import due_at, window_of
from engine.level_set import LevelSet
from engine.period import Period


def review_json(level_set: LevelSet, period: Period, reviewed: tuple[Reviewed, ...]) -> dict[str, object]:
    """The reviews of a period with the window that they look at."""
    start, end = window_of(level_set, period)
    header = level_set.header
    return {
        "level_set": {"name": header.name, "version": header.version, "content_hash": header.content_hash},
        "period": period.label,
        "window": {"start": start.isoformat(), "end": end.isoformat()},
        "due_at": due_at(level_set, period).isoformat(),
        "reviews": [reviewed_json(level_set, one) for one in reviewed],
    }


def refusal_json(one: Refusal) -> dict[str, str]:
    """Why a review could not be made."""
    refused = one.refused
    return {
        "participant": one.participant.id,
        "code": refused.code,
        "message": refused.message_zh,
        "message_en": refused.message_en,
    }


def print_review(level_set: LevelSet, period: Period, reviewed: tuple[Reviewed, ...]) -> None:
    """The reviews of a period, every reason, and how many went up and down."""
    start, _ = window_of(level_set, period)
    header = level_set.header
    console.print(
        f"{header.title} ({header.label})，{period.label} 评审，看 {start:%Y-%m-%d} 至 {period.last_day} / "
        f"{header.title_en or header.title}, review of {period.label}, figures from {start:%Y-%m-%d} to "
        f"{period.last_day}",
        markup=False,
    )
    for one in reviewed:
        who = one.participant
        console.print(f"\n{who.title} ({who.id})", markup=False)
        for zh, en in zip(told_zh(level_set, one), told_en(level_set, one), strict=True):
            console.print(f"  {zh}\n    {en}", markup=False)
    up, down = (sum(one.review.change == change for one in reviewed) for change in ("promoted", "demoted"))
    console.print(
        f"\n{len(reviewed)} 人评审，{up} 人升级，{down} 人降级 / "
        f"{len(reviewed)} reviewed, {up} promoted, {down} demoted"
    )
