"""Cases of a level rule set: reviews of periods that follow each other, and what each must come to."""

from typing import Any

import msgspec

from engine.builder.figures import build_figures
from engine.builder.reader import Field
from engine.cases.figures import Difference, read_amount
from engine.errors import PeriodRefused
from engine.level.growth import growth_path
from engine.level.level_figures import Figures
from engine.level.levels import ReviewRefused, review, starting
from engine.level_set import LevelSet
from engine.money import yuan
from engine.people.participants import LevelStanding
from engine.period import Period, parse_label
from engine.report import Json
from engine.text.diagnostics import Findings
from engine.text.nodes import Document, MapNode, plain


class CaseReview(msgspec.Struct, frozen=True):
    """The review of one period: the figures of the window, and what is expected as written."""

    period: Period
    figures: Figures
    expect: Json


class LevelCase(msgspec.Struct, frozen=True):
    """One case: where somebody stands, the lowest level unless it is said, and reviews one after the other."""

    name: str
    file: str
    line: int
    level: str | None
    reviews: tuple[CaseReview, ...]


def read_level_cases(document: Document) -> tuple[LevelCase, ...]:
    """The reviews of a document that passed the cases schema. Raises `InvalidInput` for figures that cannot be."""
    assert isinstance(document.root, MapNode)
    findings = Findings(document.file)
    listed = Field(document.root, (), findings).get("levels")
    cases = tuple(_case(one, document.file) for one in (() if listed is None else listed.items()))
    findings.refuse()
    return cases


def _case(field: Field, file: str) -> LevelCase:
    made = (_review(one) for one in field.need("reviews").items())
    reviews = tuple(one for one in made if one is not None)
    return LevelCase(field.word("name"), file, field.node.line, field.word("level") or None, reviews)


def _review(field: Field) -> CaseReview | None:
    expect: Any = plain(field.need("expect").node)
    figures = build_figures(field.need("figures"))
    period = field.need("period")
    try:
        return CaseReview(parse_label(period.text()), figures, expect)
    except PeriodRefused as refused:
        period.report("P715", (refused.message_zh, refused.message_en), text=period.text())
        return None


def run_level_case(case: LevelCase, level_set: LevelSet) -> list[Difference]:
    """What the reviews come to, compared with what is expected; nothing when they agree."""
    standing = starting(level_set) if case.level is None else LevelStanding(case.level)
    differences: list[Difference] = []
    for at, one in enumerate(case.reviews):
        path = f"/reviews/{at}/expect"
        if not _in_force(level_set, one.period):
            return [*differences, *_refused(path, one, "not_in_force")]
        try:
            done = review(level_set, standing, one.figures, one.period)
        except ReviewRefused as refused:
            return [*differences, *_refused(path, one, refused.code)]
        standing = done.after
        if "refused" in one.expect:
            differences.append(Difference(f"{path}/refused", one.expect["refused"], "评审了 / it was reviewed"))
        for key, found in (("level", standing.level), ("change", done.change)):
            differences += _differs(f"{path}/{key}", one.expect.get(key, found), found)
        if "missing" in one.expect:
            differences += _missing(f"{path}/missing", one.expect["missing"], level_set, standing, one.figures)
    return differences


def _refused(path: str, one: CaseReview, code: str) -> list[Difference]:
    return _differs(f"{path}/refused", one.expect.get("refused", "评审 / a review"), code)


def _in_force(level_set: LevelSet, period: Period) -> bool:
    """Whether the rule set stood when a period began; only then a review of the period uses it."""
    until = level_set.header.effective_until
    return level_set.header.effective_from <= period.start and (until is None or period.start < until)


def _missing(
    path: str, expect: Json, level_set: LevelSet, standing: LevelStanding, figures: Figures
) -> list[Difference]:
    """All that is missing for the next level: what a case does not name must be nothing."""
    growth = growth_path(level_set, standing, figures)
    if growth is None:
        return [Difference(path, str(expect), "最高等级 / the highest level")]
    lacks = growth.missing
    sales = _differs(f"{path}/sales", yuan(read_amount(expect.get("sales", 0))), yuan(lacks.sales_fen))
    orders = _differs(f"{path}/orders", expect.get("orders", 0), lacks.orders)
    buyers = _differs(f"{path}/repeat_buyers", expect.get("repeat_buyers", 0), lacks.repeat_buyers)
    beyond = _differs(f"{path}/beyond_reach", expect.get("beyond_reach", False), lacks.beyond_reach)
    return [*sales, *orders, *buyers, *beyond]


def _differs(path: str, expected: object, found: object) -> list[Difference]:
    return [] if expected == found else [Difference(path, str(expected), str(found))]
