"""A promotion document as a `PromotionSet`."""

import msgspec

from engine.builder.benefit import build_benefit
from engine.builder.condition import build_condition, facts_named
from engine.builder.reader import Field, optional
from engine.header import Header
from engine.ruleset import Budget, Limit, MadeFrom, Promotion, PromotionSet, Spend
from engine.text.nodes import plain
from engine.vocabulary import VOCABULARY

_NOT_WITH_PRICE_TAG = ("spend", "only_undiscounted", "at_most", "limits", "budget")
_GROUP_TYPES = ("group_discount", "bundle_price")


def build_promotion_set(root: Field, header: Header | None) -> PromotionSet | None:
    """The promotion rule set; None when anything in it was refused."""
    rules = [_promotion(rule, at) for at, rule in enumerate(_rules(root))]
    if header is None or root.findings.found:
        return None
    return PromotionSet(
        header=header,
        base=root.word("base"),
        threshold_on=root.word("threshold_on"),
        rounding=root.word("rounding"),
        remainder=root.word("remainder"),
        on_partial_return=root.word("on_partial_return"),
        discount_on=root.word("discount_on"),
        funded_by=root.word("funded_by"),
        rules=tuple(rule for rule in rules if rule is not None),
        made_from=optional(root.get("made_from"), _made_from),
    )


def _rules(root: Field) -> list[Field]:
    rules = root.get("rules")
    return [] if rules is None else rules.items()


def _made_from(field: Field) -> MadeFrom:
    answers = msgspec.convert(plain(field.need("answers").node), dict[str, str | int | bool | list[str] | None])
    return MadeFrom(field.need("template").text(), field.need("version").integer(), answers)


def _promotion(field: Field, position: int) -> Promotion | None:
    when = build_condition(field.get("when"))
    gives = field.get("give")
    entries = [] if gives is None else gives.items()
    benefits = [build_benefit(entry) for entry in entries if entry.sound]
    _check_price_tags(field, entries)
    _check_groups(field, entries)
    if not field.sound:
        return None
    return Promotion(
        id=field.need("id").text(),
        title=field.need("title").text(),
        position=position,
        when=when,
        benefits=tuple(benefits),
        stacking=field.word("stacking"),
        title_en=field.word("title_en"),
        label=field.word("label"),
        priority=optional(field.get("priority"), Field.integer) or 0,
        spend=optional(field.get("spend"), _spend),
        only_undiscounted=optional(field.get("only_undiscounted"), Field.true) or False,
        at_most_fen=optional(field.get("at_most"), Field.money),
        limits=optional(field.get("limits"), _limits) or (),
        budget=optional(field.get("budget"), _budget),
        on_cancel=field.word("on_cancel", "give_back"),
        line=field.node.line,
    )


def _spend(field: Field) -> Spend:
    units = field.get("units")
    return Spend(field.need("at_least").money()) if units is None else Spend(units.integer(), "units")


def _limits(field: Field) -> tuple[Limit, ...]:
    limits: list[Limit] = []
    for item in field.items():
        limit = Limit(
            item.need("uses").integer(),
            per=item.word("per", "total"),
            period=item.word("period", "ever"),
        )
        if any(limit.counter == other.counter for other in limits):
            item.report("R330", counter=limit.counter)
        limits.append(limit)
    return tuple(limits)


def _budget(field: Field) -> Budget:
    return Budget(field.need("amount").money(), field.word("at_edge"))


# --- what the parts of a promotion ask of each other --------------------------------------------------------------


def _type_of(benefit: Field) -> str:
    return optional(benefit.get("type"), Field.text) or ""


def _check_groups(field: Field, benefits: list[Field]) -> None:
    for benefit in benefits:
        if field.word("stacking") == "combinable" and _type_of(benefit) in _GROUP_TYPES:
            benefit.report("R320", type=_type_of(benefit))


def _check_price_tags(field: Field, benefits: list[Field]) -> None:
    """A price tag is the same in a list and in a basket, so nothing about a basket may decide it."""
    tags = [benefit for benefit in benefits if _type_of(benefit) == "price_tag"]
    if not tags:
        return
    if field.word("stacking") == "exclusive":
        tags[0].report("R321")
    for key in _NOT_WITH_PRICE_TAG:
        if field.has(key):
            field.report_key(key, "R323", key=key)
    for condition in (field.get("when"), *(tag.get("items") for tag in tags)):
        for mapping, fact in facts_named(condition):
            if fact in VOCABULARY and not VOCABULARY[fact].catalogue:
                mapping.report_key(fact, "R322", fact=fact)
