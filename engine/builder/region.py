"""A region document as a `RegionSet`."""

from engine.builder.condition import build_condition, facts_named
from engine.builder.reader import Field, optional
from engine.header import Header
from engine.region_set import LEVELS, Attribution, LevelRate, RegionRule, RegionSet

SOURCES: dict[str, Attribution] = {"delivery_address": "delivery_address", "pickup_store": "pickup_store"}
RECRUITING = ("promoter.", "referrer.")
"""Facts about who brought the buyer: an agent's share must not depend on them (docs/law.md, L13)."""


def build_region_set(root: Field, header: Header | None) -> RegionSet | None:
    """The region rule set; None when anything in it was refused."""
    hierarchy = root.word("hierarchy", "region")
    listed = root.get("rules")
    rules = [_rule(rule, at, hierarchy) for at, rule in enumerate([] if listed is None else listed.items())]
    if header is None or root.findings.found:
        return None
    sources = root.need("attribution")
    return RegionSet(
        header=header,
        attribution=tuple(SOURCES[one.text()] for one in sources.items() or [sources]),
        mode=root.word("mode"),
        hierarchy=hierarchy,
        base=root.word("base"),
        rounding=root.word("rounding"),
        rules=tuple(rule for rule in rules if rule is not None),
        vat=root.word("vat", "included"),
        sign_off=root.word("sign_off"),
    )


def _rule(field: Field, position: int, hierarchy: str) -> RegionRule | None:
    when = build_condition(field.get("when"))
    for place, fact in facts_named(field.get("when")):
        if fact.startswith(RECRUITING):
            place.report_key(fact, "R340", fact=fact)
    rates = field.get("rates")
    if rates is None and hierarchy == "region":
        field.report("R341")
    if rates is not None and hierarchy == "contract":
        field.report_key("rates", "R342")
    levels = optional(rates, _rates) or ()
    if not field.sound:
        return None
    return RegionRule(
        id=field.need("id").text(),
        title=field.need("title").text(),
        position=position,
        when=when,
        title_en=field.word("title_en"),
        rates=levels,
        line=field.node.line,
    )


def _rates(field: Field) -> tuple[LevelRate, ...]:
    """The rates by level, narrow to wide whatever the order of the text."""
    return tuple(LevelRate(level, found.share()) for level in LEVELS if (found := field.get(level)) is not None)
