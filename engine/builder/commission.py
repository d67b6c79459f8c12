"""A commission document as a `CommissionSet`."""

from engine.builder.condition import build_condition
from engine.builder.reader import Field, optional
from engine.builder.values import read_count, read_payee
from engine.header import Header
from engine.money import Rate
from engine.ruleset import (
    Accrue,
    Bonus,
    Ceiling,
    CommissionRule,
    CommissionSet,
    CommissionTiers,
    SplitPart,
    TierStep,
)
from engine.vocabulary import VOCABULARY

GREATEST_MULTIPLIER = Rate(10)


def build_commission_set(root: Field, header: Header | None) -> CommissionSet | None:
    """The commission rule set; None when anything in it was refused."""
    listed = root.get("rules")
    rules = [_rule(rule, at) for at, rule in enumerate([] if listed is None else listed.items())]
    ceiling = root.get("ceiling")
    bounded = _ceiling(ceiling) if ceiling is not None and ceiling.sound else None
    if header is None or root.findings.found:
        return None
    return CommissionSet(
        header=header,
        base=root.word("base"),
        rounding=root.word("rounding"),
        remainder=root.word("remainder"),
        choose=root.word("choose"),
        rules=tuple(rule for rule in rules if rule is not None),
        ceiling=bounded,
        vat=root.word("vat", "included"),
        sign_off=root.word("sign_off"),
    )


def _ceiling(field: Field) -> Ceiling:
    return Ceiling(field.need("at_most").share(), field.word("excess"))


def _rule(field: Field, position: int) -> CommissionRule | None:
    when = build_condition(field.get("when"))
    listed = field.get("accrue")
    entries = [] if listed is None else [entry for entry in listed.items() if entry.sound]
    accrue = tuple(_accrue(entry) for entry in entries)
    _check_payees(entries)
    bonus_field = field.get("bonus")
    bonus = _bonus(bonus_field) if bonus_field is not None and bonus_field.sound else None
    if not field.sound:
        return None
    campaigns = field.get("from_campaigns")
    return CommissionRule(
        id=field.need("id").text(),
        title=field.need("title").text(),
        position=position,
        when=when,
        title_en=field.word("title_en"),
        accrue=accrue,
        bonus=bonus,
        from_campaigns=() if campaigns is None else tuple(item.text() for item in campaigns.items()),
        line=field.node.line,
    )


def _accrue(field: Field) -> Accrue:
    floor, cap = optional(field.get("floor"), Field.money), optional(field.get("cap"), Field.money)
    if floor is not None and cap is not None and floor > cap:
        field.need("floor").report("R326", floor=field.need("floor").text(), cap=field.need("cap").text())
    return Accrue(
        to="" if (payee := field.get("to")) is None else payee.read(read_payee, ""),
        split=optional(field.get("split"), _split) or (),
        if_absent=field.word("if_absent", "nobody"),
        rate=optional(field.get("rate"), Field.share),
        amount_fen=optional(field.get("amount"), Field.money),
        per=field.word("per", "line"),
        tiers=optional(field.get("tiers"), _tiers),
        sku_figure=field.has("sku_figure"),
        floor_fen=floor,
        cap_fen=cap,
    )


def _check_payees(entries: list[Field]) -> None:
    """Each payee is named once in a rule, by itself or in a split: an accrual is known by its payee."""
    named: set[str] = set()
    for entry in entries:
        split = entry.get("split")
        for place in [entry] if split is None else split.items():
            payee = place.need("to")
            if payee.text() in named:
                payee.report("R327", payee=payee.text())
            named.add(payee.text())


def _split(field: Field) -> tuple[SplitPart, ...]:
    """The parts of a split; what is `remaining` as the share it comes to. Together they must be the whole."""
    shares = [optional(part.get("share"), Field.share) for part in field.items()]
    total = Rate(0)
    for share in shares:
        total = total.plus(share) if share is not None else total
    left = Rate(total.den - total.num, total.den)
    open_ends = shares.count(None)
    if open_ends > 1 or left.num < 0 or (open_ends == 0) != (left.num == 0):
        field.report("R343", total=total)
        left = Rate(0)
    return tuple(
        SplitPart(part.need("to").read(read_payee, ""), left if share is None else share)
        for part, share in zip(field.items(), shares, strict=True)
    )


def _bonus(field: Field) -> Bonus:
    return Bonus(
        field.need("to").read(read_payee, ""),
        add_rate=optional(field.get("add"), Field.share),
        multiply=optional(field.get("multiply"), lambda rate: rate.rate(GREATEST_MULTIPLIER)),
    )


def _tiers(field: Field) -> CommissionTiers:
    metric = field.need("metric").text()
    counts_money = metric in ("line", "order") or VOCABULARY[metric].type == "money"
    marginal = field.word("mode") == "marginal"
    if marginal and not counts_money:
        field.need("mode").report("R329")
    steps: list[TierStep] = []
    for step in field.need("steps").items():
        threshold = step.need("at_least")
        at_least = threshold.money() if counts_money else threshold.read(read_count, 0)
        if steps and at_least <= steps[-1].at_least:
            threshold.report("R319", text=threshold.text())
        amount = step.get("amount")
        if marginal and amount is not None:
            step.report_key("amount", "R329")
        steps.append(TierStep(at_least, optional(step.get("rate"), Field.share), optional(amount, Field.money)))
    return CommissionTiers(metric, field.word("mode"), tuple(steps))
