"""The figures of an order and of its refunds, compared with what a case expects of them."""

from collections.abc import Mapping

import msgspec

from engine.builder.values import read_money
from engine.describe.explain import why_not
from engine.errors import RefundRefused
from engine.live import LiveRules
from engine.money import yuan
from engine.order import Evaluation, RefundEvent
from engine.refund.clawback import RefundState, refund
from engine.report import Json, refund_report, report

Used = Mapping[str, Mapping[str, int]]
"""By RULE_SET/RULE and the counter's name: uses, or fen of a budget."""


class Difference(msgspec.Struct, frozen=True):
    """One figure that came out otherwise than the case expects; `path` is a JSON pointer into the expectation."""

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, found {self.found}"


def read_amount(value: object) -> int:
    """Yuan as a case writes them, in fen."""
    return read_money(str(value))


def read_used(used: Mapping[str, object]) -> dict[str, int]:
    """Counters as a case writes them. Uses are counted, money is spent: only counters of money are in yuan."""
    return {name: read_amount(value) if name.startswith("money/") else int(str(value)) for name, value in used.items()}


def funded(evaluation: Evaluation) -> dict[str, int]:
    """Whose money the discounts of an order are, the delivery fee's included (fen). Gifts have no price."""
    borne = {"merchant": 0, "platform": 0}
    for applied in evaluation.priced.applied:
        borne[applied.plan.funded_by] += applied.discount_fen
    return borne


def given_back(evaluation: Evaluation) -> dict[str, dict[str, int]]:
    """What promotions get back when the order is cancelled: of what it used up, the counters that say `give_back`."""
    back: dict[str, dict[str, int]] = {}
    for used in evaluation.priced.consumption:
        if used.on_cancel == "give_back":
            counters = back.setdefault(f"{used.rule_set}/{used.rule}", {})
            counters[used.counter] = counters.get(used.counter, 0) + used.amount
    return back


def _differs(path: str, expected: object, found: object) -> list[Difference]:
    return [] if expected == found else [Difference(path, str(expected), str(found))]


def _yuan(path: str, expected: object, found_fen: int) -> list[Difference]:
    fen = read_amount(expected)
    return [] if fen == found_fen else [Difference(path, yuan(fen), yuan(found_fen))]


def compare_order(expect: Json, evaluation: Evaluation, live: LiveRules) -> list[Difference]:
    """What a case expects of an order, compared with its evaluation under the rules that stand in it."""
    found = report(evaluation, live)
    differences: list[Difference] = []
    if "paid" in expect:
        differences += _yuan("/expect/paid", expect["paid"], found["totals"]["goods_fen"])
    if "shipping" in expect:
        differences += _yuan("/expect/shipping", expect["shipping"], found["totals"]["shipping_fen"])
    by_id = {line["line_id"]: line for line in found["lines"]}
    for at, line in enumerate(expect.get("lines", ())):
        differences += _compare_line(f"/expect/lines/{at}", line, by_id)
    if "applied" in expect:
        applied = sorted({one.plan.ref.rule for one in evaluation.priced.applied})
        differences += _differs("/expect/applied", sorted(expect["applied"]), applied)
    if "not_applied" in expect:
        codes = {one.ref.rule: one.code for one in why_not(evaluation, live)}
        for rule, code in expect["not_applied"].items():
            differences += _differs(f"/expect/not_applied/{rule}", code, codes.get(rule, "it applied"))
    if "gifts" in expect:
        gifts = sorted((gift["sku"], gift["quantity"]) for gift in found["gifts"])
        wanted = sorted((gift["sku"], gift["quantity"]) for gift in expect["gifts"])
        differences += _differs("/expect/gifts", wanted, gifts)
    if "accruals" in expect:
        differences += _compare_accruals("/expect/accruals", expect["accruals"], found["accruals"])
    for bearer, amount in expect.get("funded", {}).items():
        differences += _yuan(f"/expect/funded/{bearer}", amount, funded(evaluation)[bearer])
    if "given_back" in expect:
        back = {rule: read_used(used) for rule, used in expect["given_back"].items()}
        differences += _differs("/expect/given_back", _used(back), _used(given_back(evaluation)))
    return differences


def _used(used: Used) -> str:
    """Counters in one line, in a fixed order; `nothing` for none."""
    return (
        ", ".join(
            f"{rule} {name}: {yuan(amount) if name.startswith('money/') else amount}"
            for rule, counters in sorted(used.items())
            for name, amount in sorted(counters.items())
        )
        or "nothing"
    )


def _compare_line(path: str, expect: Json, by_id: dict[str, Json]) -> list[Difference]:
    line = by_id.get(str(expect["line_id"]))
    if line is None:
        return [Difference(f"{path}/line_id", str(expect["line_id"]), "no such line")]
    differences: list[Difference] = []
    if "paid" in expect:
        differences += _yuan(f"{path}/paid", expect["paid"], line["paid_fen"])
    if "discounts" in expect:
        given: dict[str, int] = {}
        for discount in line["discounts"]:
            given[discount["rule"]] = given.get(discount["rule"], 0) + discount["amount_fen"]
        wanted = {rule: read_amount(amount) for rule, amount in expect["discounts"].items()}
        for rule in sorted(given.keys() | wanted.keys()):
            if given.get(rule, 0) != wanted.get(rule, 0):
                differences.append(
                    Difference(f"{path}/discounts/{rule}", yuan(wanted.get(rule, 0)), yuan(given.get(rule, 0)))
                )
    return differences


def _compare_accruals(path: str, expect: list[Json], found: list[Json]) -> list[Difference]:
    """The listed accruals are all there are that are not zero; each is named by rule, payee, role and line."""
    keys = ("rule", "payee", "role", "line_id")
    left = list(found)
    differences: list[Difference] = []
    for at, wanted in enumerate(expect):
        named = {key: str(wanted[key]) for key in keys if key in wanted}
        matching = [one for one in left if all(one[key] == value for key, value in named.items())]
        total = sum(one["amount_fen"] for one in matching)
        left = [one for one in left if one not in matching]
        if not matching:
            differences.append(Difference(f"{path}/{at}", f"{yuan(read_amount(wanted['amount']))} for {named}", "none"))
        else:
            differences += _yuan(f"{path}/{at}/amount", wanted["amount"], total)
    for one in left:
        if one["amount_fen"]:
            who = {key: one[key] for key in keys}
            differences.append(Difference(path, "no more accruals", f"{yuan(one['amount_fen'])} for {who}"))
    return differences


def compare_refund(
    expect: Json, evaluation: Evaluation, state: RefundState, event: RefundEvent, path: str
) -> tuple[RefundState, list[Difference]]:
    """What a case expects of a refund on top of a state, and the state after it; a refused one changes nothing."""
    try:
        outcome = refund(evaluation, state, event)
    except RefundRefused as refused:
        if expect.get("refused") == refused.code:
            return state, []
        return state, [Difference(path, str(expect), f"refused: {refused.code}")]
    differences: list[Difference] = []
    if "refused" in expect:
        differences.append(Difference(f"{path}/refused", expect["refused"], "it was accepted"))
    found = refund_report(evaluation, event, outcome)
    if "cash" in expect:
        differences += _yuan(f"{path}/cash", expect["cash"], found["cash_fen"])
    if "shipping" in expect:
        differences += _yuan(f"{path}/shipping", expect["shipping"], found["shipping_fen"])
    if "dues" in expect:
        differences += _compare_accruals(f"{path}/dues", expect["dues"], found["dues"])
    return outcome.state, differences
