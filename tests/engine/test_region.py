"""Regional agents: differences add up to the highest rate, nobody gets less than nothing, vacant levels change nothing.

Clauses A5, A6 and A8, held against a second reading with fractions.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import ALWAYS
from engine.describe.explain import why_not
from engine.describe.sentences import sentences
from engine.earn.region_seats import region_of, regional_agents
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_event
from engine.levers import biggest_levers
from engine.live import compile_live
from engine.money import Rate
from engine.mutation.equivalent import why_equivalent
from engine.order import Buyer, Delivery, Evaluation, OrderEvent, RegionalAgent, Store
from engine.people.contracts import Contract
from engine.refund.clawback import RefundState, dues
from engine.region_set import LEVELS, LevelRate, RegionLevel, RegionRule, RegionSet
from engine.report import report
from engine.ruleset import Accrue, Ceiling, LineDiscount
from tests.engine.builders import (
    AT,
    PROMOTER,
    commission_rule,
    commission_set,
    evaluated,
    full_state,
    header,
    line,
    order,
    percent,
    percent_off,
    promotion,
    promotion_set,
    sku,
)
from tests.engine.plain_pricing import plain_rounding

COMMUNITY = "430102013005"
CODES: dict[RegionLevel, str] = {
    "community": COMMUNITY,
    "street": "430102013",
    "district": "430102",
    "city": "4301",
    "province": "43",
}
ROUNDINGS = ("half_up", "half_even", "half_down", "up", "down")


def region_rule(rule_id: str = "all", rates: dict[RegionLevel, Rate] | None = None, **fields: Any) -> RegionRule:
    written = tuple(LevelRate(level, rates[level]) for level in LEVELS if rates and level in rates)
    return RegionRule(**{"position": 0, "when": ALWAYS, **fields}, id=rule_id, title=rule_id, rates=written)


def region_set(*rules: RegionRule, **policies: Any) -> RegionSet:
    chosen = {
        "attribution": ("delivery_address",),
        "mode": "difference",
        "hierarchy": "region",
        "base": "paid_goods",
        "rounding": "half_up",
        **policies,
    }
    return RegionSet(header=header("region", "agents"), rules=rules, **chosen)


def agent(level: RegionLevel, **fields: Any) -> RegionalAgent:
    return RegionalAgent(**{"id": f"agent-{level}", "region": CODES[level], **fields})


def delivered(
    *goods: Any, to: str | None = COMMUNITY, agents: Sequence[RegionalAgent] = (), **fields: Any
) -> OrderEvent:
    return order(*goods, **{"delivery": Delivery(region=to, fee_fen=500), **fields}, regional_agents=tuple(agents))


def amounts(evaluation: Evaluation) -> dict[tuple[str, int], int]:
    return {(one.payee, one.line): one.earned_fen for one in evaluation.accruals}


def codes(evaluation: Evaluation) -> dict[tuple[str, int], str]:
    return {(one.plan.role.removeprefix("region:"), one.line): one.code for one in evaluation.not_accrued}


rates = st.builds(lambda num, den: Rate(min(num, den), den), st.integers(0, 400), st.sampled_from([100, 1000, 3, 7]))
all_rates = st.dictionaries(st.sampled_from(LEVELS), rates, min_size=1)
levels = st.lists(st.sampled_from(LEVELS), unique=True)
goods = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 5)), min_size=1, max_size=4).map(
    lambda pairs: [line(f"l-{at}", price, quantity) for at, (price, quantity) in enumerate(pairs)]
)
policies = st.fixed_dictionaries(
    {"rounding": st.sampled_from(ROUNDINGS), "base": st.sampled_from(["paid_goods", "list"])}
)


def whole(base_fen: int, rate: Rate, rounding: Any) -> int:
    return plain_rounding(base_fen * Fraction(rate.num, rate.den), rounding)


@given(all_rates, levels, goods, policies)
def test_differences_add_up_to_the_highest_rate_held_and_none_is_negative(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], sold: list[Any], chosen: dict[str, Any]
) -> None:
    event = delivered(*sold, agents=[agent(level) for level in held])
    evaluation = evaluated(event, region_set(region_rule(rates=written), **chosen))
    paid = [written[level] for level in held if level in written]
    highest = max(paid, key=lambda one: Fraction(one.num, one.den), default=Rate(0))
    for at, net in enumerate(evaluation.priced.net_fen):
        mine = [one for one in evaluation.accruals if one.line == at]
        assert sum(one.amount_fen for one in mine) == whole(net, highest, chosen["rounding"])
        assert all(one.amount_fen >= 0 for one in mine)
        assert [one.plan.role for one in mine] == [f"region:{one}" for one in LEVELS if one in held and one in written]
    assert {level for level, _ in codes(evaluation)} - {
        one.plan.role.removeprefix("region:") for one in evaluation.accruals
    } == {level for level in written if level not in held}


@given(all_rates, levels, st.integers(0, 100), goods, st.sampled_from(["difference", "stacked"]))
def test_shares_of_the_list_price_are_held_by_what_was_paid(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], off: int, sold: list[Any], mode: str
) -> None:
    sale = promotion_set(promotion("sale", LineDiscount(percent_off(off))))
    event = delivered(*sold, agents=[agent(level) for level in held])
    evaluation = evaluated(event, region_set(region_rule(rates=written), base="list", mode=mode), sale)
    paid = [written[level] for level in held if level in written]
    highest = max(paid, key=lambda one: Fraction(one.num, one.den), default=Rate(0))
    for at, net in enumerate(evaluation.priced.net_fen):
        listed = sold[at].unit_price_fen * sold[at].quantity
        mine = [one.amount_fen for one in evaluation.accruals if one.line == at]
        if mode == "difference":
            assert sum(mine) == min(net, whole(listed, highest, "half_up"))
        assert all(0 <= fen <= net for fen in mine)


@given(all_rates, levels, goods, policies)
def test_stacked_levels_do_not_know_of_each_other(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], sold: list[Any], chosen: dict[str, Any]
) -> None:
    rule_set = region_set(region_rule(rates=written), mode="stacked", **chosen)
    together = evaluated(delivered(*sold, agents=[agent(level) for level in held]), rule_set)
    alone: dict[tuple[str, int], int] = {}
    for level in held:
        alone |= amounts(evaluated(delivered(*sold, agents=[agent(level)]), rule_set))
    assert amounts(together) == alone
    for one in together.accruals:
        own = written[one.plan.role.removeprefix("region:")]  # type: ignore[index]  # roles end in a level
        assert one.amount_fen == whole(together.priced.net_fen[one.line], own, chosen["rounding"])


@given(all_rates, rates, levels, st.sampled_from(LEVELS), goods, st.sampled_from(["difference", "stacked"]))
def test_a_rate_for_a_vacant_level_changes_nothing(
    written: dict[RegionLevel, Rate],
    rate: Rate,
    held: list[RegionLevel],
    extra: RegionLevel,
    sold: list[Any],
    mode: str,
) -> None:
    event = delivered(*sold, agents=[agent(level) for level in held if level != extra])
    without = {level: one for level, one in written.items() if level != extra}
    fewer = evaluated(event, region_set(region_rule(rates=without), mode=mode))
    more = evaluated(event, region_set(region_rule(rates={**without, extra: rate}), mode=mode))
    assert amounts(fewer) == amounts(more)
    assert set(codes(more).values()) <= {"region_vacant", "nothing_paid"}


@given(all_rates, levels, st.sampled_from(LEVELS), goods)
def test_a_wider_agent_never_gains_when_a_narrower_level_is_taken(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], newcomer: RegionLevel, sold: list[Any]
) -> None:
    rule_set = region_set(region_rule(rates=written))
    before = evaluated(delivered(*sold, agents=[agent(one) for one in held if one != newcomer]), rule_set)
    after = evaluated(delivered(*sold, agents=[agent(one) for one in {*held, newcomer}]), rule_set)
    for (payee, at), fen in amounts(before).items():
        assert amounts(after)[payee, at] <= fen


@given(all_rates, levels, levels, goods)
def test_the_share_of_an_agent_who_may_not_earn_goes_to_nobody(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], barred: list[RegionLevel], sold: list[Any]
) -> None:
    rule_set = region_set(region_rule(rates=written))
    everyone = evaluated(delivered(*sold, agents=[agent(one) for one in held]), rule_set)
    agents = [agent(one, status="inactive" if one in barred else "active") for one in held]
    some = evaluated(delivered(*sold, agents=agents), rule_set)
    left = {key: fen for key, fen in amounts(everyone).items() if key[0].removeprefix("agent-") not in barred}
    assert amounts(some) == left
    assert {one for (one, _), code in codes(some).items() if code == "payee_inactive"} == set(barred) & set(held) & set(
        written
    )


@given(all_rates, levels, goods, st.data())
def test_a_full_refund_takes_back_all_and_a_partial_one_its_part(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], sold: list[Any], data: st.DataObject
) -> None:
    pay = commission_set(
        commission_rule("all", Accrue(to="promoter", rate=percent(8))), ceiling=Ceiling(percent(10), "scale")
    )
    event = delivered(*sold, agents=[agent(level) for level in held], promoter=PROMOTER)
    evaluation = evaluated(event, region_set(region_rule(rates=written)), pay)
    units = tuple(data.draw(st.integers(0, one.quantity)) for one in sold)
    partly = dues(evaluation, RefundState(units, (0,) * len(units)))
    assert all(0 <= due <= one.amount_fen for due, one in zip(partly, evaluation.accruals, strict=True))
    assert sum(one.amount_fen for one in evaluation.accruals) <= sum(evaluation.priced.net_fen) * 10 // 100
    assert set(dues(evaluation, full_state(evaluation))) <= {0}


def test_the_figures_of_a_city_and_a_district() -> None:
    rule = region_rule(rates={"district": percent(2), "city": percent(3)})
    event = delivered(line("a", 3333), agents=[agent("city"), agent("district")])
    evaluation = evaluated(event, region_set(rule))
    assert amounts(evaluation) == {("agent-district", 0): 67, ("agent-city", 0): 33}
    assert [(one.rate, one.below_rate) for one in evaluation.accruals] == [
        (percent(2), Rate(0)),
        (percent(1), percent(2)),
    ]
    alone = evaluated(delivered(line("a", 3333), agents=[agent("city")]), region_set(rule))
    assert amounts(alone) == {("agent-city", 0): 100}
    assert codes(alone) == {("district", 0): "region_vacant"}


def test_one_agent_of_two_levels_has_two_accruals() -> None:
    both = [agent("district", id="same"), agent("city", id="same")]
    evaluation = evaluated(
        delivered(line("a", 10_000), agents=both),
        region_set(region_rule(rates={"district": percent(2), "city": percent(3)})),
    )
    assert [(one.plan.role, one.payee, one.amount_fen) for one in evaluation.accruals] == [
        ("region:district", "same", 200),
        ("region:city", "same", 100),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"agents": [agent("district", status="inactive")]}, "payee_inactive"),
        ({"agents": [agent("district")], "buyer": Buyer(id="agent-district")}, "payee_is_buyer"),
        ({"agents": [agent("district", id="x"), agent("district", id="y")]}, "region_doubled"),
        ({"agents": [agent("district", region="430103")]}, "region_vacant"),
        ({"agents": [agent("district")], "to": "4301"}, "region_unknown"),
        ({"agents": [agent("district")], "to": None}, "region_unknown"),
    ],
)
def test_nobody_is_paid_and_a_code_says_why(change: dict[str, Any], expected: str) -> None:
    evaluation = evaluated(
        delivered(line("a", 1000), **change), region_set(region_rule(rates={"district": percent(2)}))
    )
    assert evaluation.accruals == ()
    assert codes(evaluation) == {("district", 0): expected}


def test_of_the_rules_the_first_that_holds_pays() -> None:
    rules = (
        region_rule("fruit", rates={"district": percent(1)}, when=sku("b")),
        region_rule("rest", rates={"district": percent(2)}, position=1),
    )
    event = delivered(line("a", 1000), line("b", 1000), agents=[agent("district")])
    evaluation = evaluated(event, region_set(*rules))
    assert [(one.plan.ref.rule, one.line, one.amount_fen) for one in evaluation.accruals] == [
        ("fruit", 1, 10),
        ("rest", 0, 20),
    ]


def test_bases_of_which_something_is_unknown_and_of_the_fee() -> None:
    margin = region_set(region_rule(rates={"district": percent(10)}), base="margin")
    event = delivered(line("a", 1000, unit_cost_fen=400), line("b", 1000), agents=[agent("district")])
    evaluation = evaluated(event, margin)
    assert amounts(evaluation) == {("agent-district", 0): 60}
    assert codes(evaluation) == {("district", 1): "cost_unknown"}
    fee = evaluated(event, region_set(region_rule(rates={"district": percent(10)}), base="delivery_fee"))
    assert amounts(fee) == {("agent-district", -1): 50}


# --- where an order belongs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "address", "store", "attribution", "path"),
    [
        ("delivery", "430102", "430103", ("delivery_address", "pickup_store"), "43/4301/430102"),
        ("delivery", "430102", "430103", ("pickup_store",), None),
        ("pickup", "430102", "430103", ("delivery_address", "pickup_store"), "43/4301/430102"),
        ("pickup", None, "430103", ("delivery_address", "pickup_store"), "43/4301/430103"),
        ("pickup", None, "430103", ("delivery_address",), None),
        ("delivery", None, "430103", ("delivery_address", "pickup_store"), None),
    ],
)
def test_an_address_is_where_goods_go_and_a_store_where_they_are_fetched(
    kind: Any, address: str | None, store: str, attribution: Any, path: str | None
) -> None:
    event = order(line("a", 1000), delivery=Delivery(kind=kind, region=address), store=Store(id="s", region=store))
    assert region_of(event, attribution) == path


def contract(number: str, region: str, since: datetime, until: datetime, **fields: Any) -> Contract:
    return Contract(
        id=number, agent=f"holder-{number}", region=region, since=since, until=until, **{"rate": percent(2), **fields}
    )


def test_contracts_stand_from_their_first_moment_to_before_their_last() -> None:
    day = timedelta(days=1)
    signed = [
        contract("starts", "430102", AT, AT + day),
        contract("ended", "4301", AT - day, AT),
        contract("elsewhere", "430103", AT - day, AT + day),
        contract("wide", "43", AT - day, AT + day, rate=percent(3)),
    ]
    found = regional_agents(signed, delivered(line("a", 1000)), frozenset({"holder-wide"}))
    assert [(one.contract, one.id, one.status, one.rate) for one in found] == [
        ("wide", "holder-wide", "inactive", percent(3)),
        ("starts", "holder-starts", "active", percent(2)),
    ]


# --- along contracts --------------------------------------------------------------------------------------------------


def chained(*found: tuple[RegionLevel, int, str | None]) -> list[RegionalAgent]:
    """Agents by level, rate in percent and parent; the contract is called like the level."""
    return [agent(level, contract=level, rate=percent(rate), parent=parent) for level, rate, parent in found]


@pytest.mark.parametrize(
    ("agents", "paid", "unpaid"),
    [
        (
            chained(("district", 2, "city"), ("city", 3, "province"), ("province", 4, None)),
            {"district": 200, "city": 100, "province": 100},
            {},
        ),
        # the city's agent stands below nobody of the district: the district's contract names the province
        (
            chained(("district", 2, "province"), ("city", 3, None), ("province", 4, None)),
            {"district": 200, "province": 200},
            {"city": "outside_chain"},
        ),
        (
            chained(("district", 3, "city"), ("city", 2, "province"), ("province", 4, None)),
            {"district": 300, "province": 100},
            {"city": "rate_below_child"},
        ),
        (chained(("district", 2, None), ("city", 3, None)), {"district": 200}, {"city": "outside_chain"}),
        (
            [agent("district"), *chained(("city", 3, None))],
            {"city": 300},
            {"district": "contract_unknown"},
        ),
        ([], {}, dict.fromkeys(LEVELS, "region_vacant")),
    ],
)
def test_along_contracts_the_chain_and_the_rates_are_theirs(
    agents: list[RegionalAgent], paid: dict[str, int], unpaid: dict[str, str]
) -> None:
    rule_set = region_set(region_rule(), hierarchy="contract", sign_off="board 2026-14")
    evaluation = evaluated(delivered(line("a", 10_000), agents=agents), rule_set)
    assert {payee.removeprefix("agent-"): fen for (payee, _), fen in amounts(evaluation).items()} == paid
    assert {level: code for (level, _), code in codes(evaluation).items()} == unpaid


@given(
    st.lists(
        st.tuples(st.sampled_from(LEVELS), rates, st.none() | st.sampled_from(LEVELS)), unique_by=lambda one: one[0]
    ),
    goods,
    st.sampled_from(["difference", "stacked"]),
)
def test_no_contract_ever_earns_less_than_nothing(
    found: list[tuple[RegionLevel, Rate, RegionLevel | None]], sold: list[Any], mode: str
) -> None:
    agents = [agent(level, contract=level, rate=rate, parent=parent) for level, rate, parent in found]
    evaluation = evaluated(delivered(*sold, agents=agents), region_set(region_rule(), hierarchy="contract", mode=mode))
    assert all(0 <= one.amount_fen <= evaluation.priced.net_fen[one.line] for one in evaluation.accruals)
    told = {one.plan.role for one in (*evaluation.accruals, *evaluation.not_accrued)}
    assert told == {f"region:{level}" for level, _, _ in found} if found else len(told) == len(LEVELS)


def test_an_evaluation_with_agents_survives_storage() -> None:
    event = delivered(line("a", 3333), agents=[agent("city"), agent("district")])
    evaluation = evaluated(event, region_set(region_rule(rates={"district": percent(2), "city": percent(3)})))
    assert msgspec.json.decode(msgspec.json.encode(evaluation), type=Evaluation) == evaluation


# --- told -------------------------------------------------------------------------------------------------------------


def test_shares_of_regions_are_told_with_their_level_region_and_rates() -> None:
    event = delivered(line("a", 3333, title="柚子"), agents=[agent("city"), agent("district")])
    rule = region_rule(
        "fresh", {"street": percent(1), "district": percent(2), "city": percent(3)}, title_en="Fresh goods"
    )
    evaluation = evaluated(event, region_set(rule))
    told = [words for words in sentences(evaluation) if "agents@1" in words.zh]
    assert [words.zh for words in told] == [
        "430102 区县代理 agent-district 得佣金 0.67 元：柚子×1，fresh，33.33 × 2%〔agents@1/fresh〕",
        "4301 市代理 agent-city 得佣金 0.33 元：柚子×1，fresh，33.33 × (3% − 2%)〔agents@1/fresh〕",
        "街道代理不得佣：这一级没有代理，级差由更宽一级得，fresh〔agents@1/fresh〕",
    ]
    assert [words.en for words in told] == [
        "the district agent of 430102, agent-district, earns ¥0.67: 柚子×1, “Fresh goods”, 33.33 × 2% [agents@1/fresh]",
        "the city agent of 4301, agent-city, earns ¥0.33: 柚子×1, “Fresh goods”, 33.33 × (3% − 2%) [agents@1/fresh]",
        "no street agent: no agent at this level; differences go to the next, “Fresh goods” [agents@1/fresh]",
    ]


def test_why_a_region_rule_gave_nothing_and_which_figure_moved_a_share_most() -> None:
    rules = (
        region_rule("fruit", {"district": percent(2)}, when=sku("b")),
        region_rule("rest", {"district": percent(3), "city": percent(5)}, position=1),
        region_rule("never", {"city": percent(1)}, position=2),
    )
    live = compile_live([region_set(*rules)])
    evaluation = evaluate_order(delivered(line("a", 10_000), agents=[agent("district"), agent("city")]), live)
    assert {one.ref.rule: one.code for one in why_not(evaluation, live)} == {
        "fruit": "conditions_not_met",
        "never": "earlier_rule",
    }
    told = report(evaluation, live, why=True)
    assert [one["moved_most"]["figure"] for one in told["accruals"]] == ["rate", "rate"]
    assert [one["moved_most"]["moved_fen"] for one in told["accruals"]] == [300, 200]
    assert [(one["rule"], one["code"]) for one in told["not_applied"]] == [
        ("fruit", "conditions_not_met"),
        ("never", "earlier_rule"),
    ]
    alone = evaluate_order(delivered(line("a", 10_000)), live)
    assert {one.ref.rule: one.code for one in why_not(alone, live)}["rest"] == "region_vacant"


def test_the_rate_of_a_contract_moves_its_share() -> None:
    live = compile_live([region_set(region_rule(), hierarchy="contract")])
    event = delivered(line("a", 10_000), agents=chained(("district", 2, "city"), ("city", 3, None)))
    levers = biggest_levers(evaluate_order(event, live), live)
    assert [(one.figure, one.moved_fen) for one in levers if one] == [("rate", 200), ("rate", 100)]


@given(
    all_rates,
    levels,
    goods,
    st.sampled_from(ROUNDINGS),
    st.sampled_from(ROUNDINGS),
    st.sampled_from(["difference", "stacked"]),
)
def test_roundings_said_to_be_alike_are_alike(
    written: dict[RegionLevel, Rate], held: list[RegionLevel], sold: list[Any], one: Any, other: Any, mode: Any
) -> None:
    first = region_set(region_rule(rates=written), rounding=one, mode=mode)
    second = region_set(region_rule(rates=written), rounding=other, mode=mode)
    event = delivered(*sold, agents=[agent(level) for level in held])
    if why_equivalent(first, "rounding", one, other):
        assert amounts(evaluated(event, first)) == amounts(evaluated(event, second))


def test_where_contracts_or_goods_bring_rates_a_rounding_is_never_said_to_be_alike() -> None:
    thirds: dict[RegionLevel, Rate] = {"city": Rate(1, 3)}
    assert why_equivalent(region_set(region_rule(rates=thirds)), "rounding", "half_up", "half_down")
    for free in (
        region_set(region_rule(), hierarchy="contract"),
        region_set(region_rule(rates=thirds), vat="excluded"),
    ):
        assert not why_equivalent(free, "rounding", "half_up", "half_down")


@pytest.mark.parametrize(
    ("rate", "refused"),
    [
        ("{'num': 2, 'den': 100}", False),
        ("{'num': 1, 'den': 1}", False),
        ("{'num': 3, 'den': 2}", True),
        ("{'num': 1, 'den': 0}", True),
        ("{'num': -1, 'den': 2}", True),
    ],
)
def test_a_contract_has_a_rate_between_nothing_and_all(rate: str, refused: bool) -> None:
    agents = f"[{{'id': 'a', 'region': '4301', 'contract': 'c', 'rate': {rate}}}]"
    text = msgspec.json.encode(delivered(line("a", 100))).decode()
    data = text.replace('"regional_agents":[]', f'"regional_agents":{agents}'.replace("'", '"')).encode()
    if not refused:
        assert isinstance(read_event(data, "event.json"), OrderEvent)
        return
    with pytest.raises(InvalidInput) as raised:
        read_event(data, "event.json")
    assert [(one.code, one.path) for one in raised.value.diagnostics] == [("E106", "/regional_agents/0/rate")]
