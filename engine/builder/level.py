"""A level document as a `LevelSet`: levels from low to high, each asking as much in everything as the one below."""

from typing import get_args

from engine.builder.period import build_period
from engine.builder.reader import Field, optional
from engine.header import Header
from engine.level_set import Level, LevelSet, ParticipantType, Requirement, asks_less
from engine.money import Rate

_PARTICIPANT_TYPES: dict[str, ParticipantType] = {one: one for one in get_args(ParticipantType)}


def build_level_set(root: Field, header: Header | None) -> LevelSet | None:
    """The level rule set; None when anything in it was refused."""
    period_field, listed = root.get("period"), root.get("levels")
    period = build_period(period_field) if period_field is not None and period_field.sound else None
    fields = [] if listed is None else listed.items()
    levels = [_level(one) for one in fields] if listed is not None and listed.sound else []
    _check_order(fields, levels)
    if header is None or period is None or root.findings.found:
        return None
    return LevelSet(
        header=header,
        of=tuple(_PARTICIPANT_TYPES[one.text()] for one in root.need("of").items()),
        period=period,
        window=root.need("window").integer(),
        review_after_days=root.need("review_after_days").integer(),
        promotion=root.word("promotion"),
        demotion=root.word("demotion"),
        probation=root.need("probation").integer(),
        grace=root.need("grace").integer(),
        levels=tuple(levels),
    )


def _level(field: Field) -> Level:
    return Level(
        id=field.word("id"),
        title=field.word("title"),
        title_en=field.word("title_en"),
        reach=optional(field.get("reach"), _requirement) or Requirement(),
        keep=optional(field.get("keep"), _requirement) or Requirement(),
        line=field.node.line,
    )


def _requirement(field: Field) -> Requirement:
    asked = {key: value.need("at_most" if key == "refund_rate" else "at_least") for key, value in field.entries()}
    sales, orders = optional(asked.get("sales"), Field.money), optional(asked.get("orders"), Field.integer)
    repeat = optional(asked.get("repeat_rate"), Field.share)
    for key, figure in (("sales", sales), ("orders", orders), ("repeat_rate", repeat)):
        if figure == 0 or (isinstance(figure, Rate) and figure.num == 0):
            asked[key].report("R356", text=f"{key}: {{at_least: {asked[key].text()}}}")
    refund = optional(asked.get("refund_rate"), Field.share)
    return Requirement(sales_fen=sales, orders=orders, refund_rate=refund, repeat_rate=repeat)


def _check_order(fields: list[Field], levels: list[Level]) -> None:
    first: dict[str, int] = {}
    for at, (field, level) in enumerate(zip(fields, levels, strict=False)):
        if level.id in first:
            field.need("id").report("R350", id=level.id, first=first[level.id])
        first.setdefault(level.id, level.line)
        for key in ("reach", "keep"):
            if at == 0 and field.has(key):
                field.report_key(key, "R351", id=level.id, key=key)
            if at > 0 and not field.has(key):
                field.report("R352", id=level.id, key=key)
        if field.sound and at > 0:
            _check_level(field, level, levels[at - 1] if at > 1 else None)


def _check_level(field: Field, level: Level, lower: Level | None) -> None:
    harder = asks_less(level.reach, level.keep)
    if harder is not None:
        field.need("keep").report("R353", id=level.id, measure=harder)
    if lower is None:
        return
    for key, own, below in (("reach", level.reach, lower.reach), ("keep", level.keep, lower.keep)):
        easier = asks_less(own, below)
        if easier is not None:
            field.need(key).report("R354", id=level.id, key=key, measure=easier, lower=lower.id)
    if asks_less(level.reach, lower.reach) is None and asks_less(lower.reach, level.reach) is None:
        field.need("reach").report("R355", id=level.id, lower=lower.id)
