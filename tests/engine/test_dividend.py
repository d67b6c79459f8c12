"""Pools are shared out exactly: nothing is lost, nobody is ever a fen off, and everything can be retraced."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import ALWAYS
from engine.dividend.dividend import Distribution, distribute, due_period, share_pool
from engine.dividend.dividend_event import dividend_event
from engine.dividend.dividend_ledger import NANO, Account, PoolLedger, check_ledger
from engine.dividend.holders import Holder, LeftOut
from engine.dividend_set import Cap, DividendSet, Fund, Leaving
from engine.errors import DividendRefused
from engine.header import Header
from engine.money import Rate
from engine.period import PeriodSpec, next_period, parse_label

OCTOBER = parse_label("2026-10")
EMPTY = PoolLedger("pool:city-partners")
NAMES = ("a", "b", "c", "d", "e", "f")

WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.one_of(st.integers(0, 9), st.integers(0, 10**12)), max_size=6)
POOLS = st.one_of(st.integers(-300, 1000), st.integers(-(10**13), 10**13))
ROUNDS = st.lists(st.tuples(POOLS, WEIGHTS), min_size=1, max_size=12)
CAPS = st.none() | st.builds(
    Cap, st.builds(Rate, st.integers(1, 100), st.just(100)), st.sampled_from(["others", "carry"])
)
LEAVING: st.SearchStrategy[Leaving] = st.sampled_from(["keep", "give_back"])


def share_out(
    rounds: Sequence[tuple[int, Mapping[str, int]]], cap: Cap | None = None, leaving: Leaving = "keep"
) -> list[Distribution]:
    """One distribution per month from October 2026 on."""
    period, ledger, found = OCTOBER, EMPTY, []
    for pool_fen, weights in rounds:
        found.append(distribute(ledger, period, pool_fen, weights, cap, leaving))
        ledger = found[-1].ledger
        period = next_period(PeriodSpec("month"), period)
    return found


# --- a second reading, with fractions ---------------------------------------------------------------------------------


def exact_parts(available: Fraction, weights: Mapping[str, int], cap: Cap | None) -> dict[str, Fraction]:
    """Fair shares without any rounding: whoever is above the cap gets the cap, and the others share what is left."""
    most = available * cap.at_most.num / cap.at_most.den if cap else available
    open_to = {holder: weight for holder, weight in weights.items() if weight}
    parts = dict.fromkeys(weights, Fraction(0))
    left = available
    while open_to:
        total = sum(open_to.values())
        fair = {holder: left * weight / total for holder, weight in open_to.items()}
        over = [holder for holder in open_to if fair[holder] > most]
        if not over or (cap is not None and cap.excess == "carry"):
            parts.update({holder: min(part, most) for holder, part in fair.items()})
            break
        for holder in over:
            parts[holder] = most
            left -= most
            del open_to[holder]
    return parts


# --- laws -------------------------------------------------------------------------------------------------------------


@given(ROUNDS, CAPS, LEAVING)
def test_every_fen_and_nano_fen_is_paid_owed_or_carried(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None, leaving: Leaving
) -> None:
    funded = paid = 0
    for (pool_fen, _), one in zip(rounds, share_out(rounds, cap, leaving), strict=True):
        funded += pool_fen
        paid += one.paid_fen
        ledger = one.ledger
        assert paid * NANO + ledger.owed_nano + one.unallocated_nano == funded * NANO
        assert ledger.funded_fen == funded
        assert ledger.paid_fen == paid
        assert ledger.total_carried_nano == one.unallocated_nano
        check_ledger(ledger)


@given(ROUNDS, CAPS)
def test_nobody_is_ever_a_fen_away_from_the_entitlement(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None
) -> None:
    """Against the entitlement in nano-fen: never more, and less than one fen less."""
    for one in share_out(rounds, cap):
        for account in one.ledger.accounts.values():
            assert 0 <= account.entitled_nano - account.paid_fen * NANO < NANO
        assert all(share.paid_fen >= 0 for share in one.shares)


@given(ROUNDS)
def test_the_entitlement_is_the_exact_share_but_for_a_nano_fen_per_period(
    rounds: list[tuple[int, dict[str, int]]],
) -> None:
    """Without a cap: |paid - exact| < 1 fen + 1 nano-fen for each period shared out so far, exact by fractions."""
    carried = Fraction(0)
    exact: dict[str, Fraction] = {}
    for count, ((pool_fen, weights), one) in enumerate(zip(rounds, share_out(rounds), strict=True), 1):
        available = carried + pool_fen
        parts = exact_parts(max(available, Fraction(0)), weights, None)
        carried = available - sum(parts.values())
        for holder, part in parts.items():
            exact[holder] = exact.get(holder, Fraction(0)) + part
        assert one.unallocated_nano == carried * NANO
        for holder, due in exact.items():
            account = one.ledger.accounts[holder]
            assert abs(account.entitled_nano - due * NANO) < count
            assert -Fraction(count, NANO) < due - account.paid_fen < 1 + Fraction(count, NANO)


@given(ROUNDS, CAPS)
def test_with_caps_the_distance_stays_below_a_nano_fen_per_holder_and_period(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None
) -> None:
    carried = Fraction(0)
    exact: dict[str, Fraction] = {}
    for count, ((pool_fen, weights), one) in enumerate(zip(rounds, share_out(rounds, cap), strict=True), 1):
        available = carried + pool_fen
        parts = exact_parts(max(available, Fraction(0)), weights, cap)
        carried = available - sum(parts.values())
        for holder, part in parts.items():
            exact[holder] = exact.get(holder, Fraction(0)) + part
        for holder, due in exact.items():
            assert abs(one.ledger.accounts[holder].entitled_nano - due * NANO) < 2 * count * len(NAMES)


@given(ROUNDS, CAPS, LEAVING, st.randoms(use_true_random=False))
def test_the_order_of_holders_does_not_matter(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None, leaving: Leaving, random: object
) -> None:
    shuffled = []
    for pool_fen, weights in rounds:
        entries = list(weights.items())
        random.shuffle(entries)  # type: ignore[attr-defined]
        shuffled.append((pool_fen, dict(entries)))
    assert share_out(shuffled, cap, leaving) == share_out(rounds, cap, leaving)


@given(ROUNDS, CAPS, LEAVING)
def test_the_same_period_again_gives_nothing(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None, leaving: Leaving
) -> None:
    last = share_out(rounds, cap, leaving)[-1]
    assert len(last.ledger.periods) == len(rounds)
    for label in last.ledger.periods:
        again = distribute(last.ledger, parse_label(label), 12345, {"a": 1}, cap, leaving)
        assert again.repeated
        assert again.shares == ()
        assert again.ledger == last.ledger


@given(ROUNDS, CAPS, LEAVING)
def test_the_event_for_the_log_never_asks_for_more_than_the_pool_holds(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None, leaving: Leaving
) -> None:
    rule_set = partners(cap)
    held = 0
    for (pool_fen, _), one in zip(rounds, share_out(rounds, cap, leaving), strict=True):
        held += pool_fen
        event = dividend_event(rule_set, parse_label(one.period), one)
        assert (event.pool, event.start, event.end) == (
            "pool:city-partners",
            parse_label(one.period).start,
            parse_label(one.period).end,
        )
        assert event.pool_fen == max(held, 0)
        assert {share.holder: share.amount_fen for share in event.shares} == paid(one)
        assert sum(share.amount_fen for share in event.shares) <= event.pool_fen
        held -= one.paid_fen


@given(ROUNDS, CAPS)
def test_no_share_passes_the_cap_and_equal_weights_get_equal_shares(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None
) -> None:
    for one in share_out(rounds, cap):
        assert [share.holder for share in one.shares] == sorted(share.holder for share in one.shares)
        gained = {share.holder: share.entitled_after_nano - share.entitled_before_nano for share in one.shares}
        assert sum(gained.values()) + one.unallocated_nano == one.available_nano
        for share in one.shares:
            if one.cap_nano is not None:
                assert gained[share.holder] <= one.cap_nano
            if share.weight == 0:
                assert gained[share.holder] == 0
            for other in one.shares:
                if other.weight == share.weight:
                    assert abs(gained[other.holder] - gained[share.holder]) <= 1
                if other.weight > share.weight:
                    assert gained[other.holder] >= gained[share.holder] - 1


@given(ROUNDS, CAPS, LEAVING)
def test_a_share_can_be_retraced_from_what_it_tells(
    rounds: list[tuple[int, dict[str, int]]], cap: Cap | None, leaving: Leaving
) -> None:
    before = EMPTY
    for one in share_out(rounds, cap, leaving):
        assert one.available_nano == one.pool_fen * NANO + before.total_carried_nano + one.given_back_nano
        assert one.weight_sum == sum(share.weight for share in one.shares)
        for share in one.shares:
            assert share.paid_fen == share.entitled_after_nano // NANO - share.paid_before_fen
            assert share.paid_before_fen == before.accounts.get(share.holder, Account()).paid_fen
        capped = any(share.capped for share in one.shares)
        if one.available_nano > 0 and one.weight_sum and not capped:
            for share in one.shares:
                fair = Fraction(one.available_nano * share.weight, one.weight_sum)
                assert abs(share.entitled_after_nano - share.entitled_before_nano - fair) < 1
        before = one.ledger


# --- the published example --------------------------------------------------------------------------------------------

CLASSES = {f"{level}{number}": weight for level, weight, count in (("one", 10, 2), ("two", 20, 5), ("three", 30, 10))
           for number in range(count)}  # fmt: skip


def test_the_published_example_loses_two_fen_when_each_share_is_rounded() -> None:
    rounded = {holder: round(Fraction(1000 * weight, 420)) for holder, weight in CLASSES.items()}
    assert (rounded["one0"], rounded["two0"], rounded["three0"]) == (24, 48, 71)
    assert sum(rounded.values()) == 998


def test_the_published_example_comes_out_whole() -> None:
    one = distribute(EMPTY, OCTOBER, 1000, CLASSES)
    paid = {share.holder: share.paid_fen for share in one.shares}
    assert (paid["one0"], paid["two0"], paid["three0"]) == (23, 47, 71)
    assert (one.paid_fen, one.ledger.owed_nano, one.unallocated_nano) == (991, 9 * NANO, 0)


def test_the_published_example_over_a_year_pays_everybody_the_exact_share() -> None:
    year = share_out([(1000, CLASSES)] * 21)
    accounts = year[-1].ledger.accounts
    # after 21 periods of 10.00 each share is a whole number of fen: 21 * 1000 * 10 / 420 = 500
    assert {accounts[holder].entitled_nano - CLASSES[holder] * 50 * NANO for holder in CLASSES} <= set(range(-21, 22))
    assert all(abs(accounts[holder].paid_fen - CLASSES[holder] * 50) <= 1 for holder in CLASSES)
    assert len({accounts[f"three{number}"].paid_fen for number in range(10)}) <= 2


def partners(cap: Cap | None = None, period: PeriodSpec = PeriodSpec("month")) -> DividendSet:  # noqa: B008 - frozen
    header = Header(
        kind="dividend", name="city-partners", version=1, title="", owner="", reason="", effective_from=OCTOBER.start
    )
    return DividendSet(
        header=header,
        fund=Fund(Rate(1, 100), "paid_goods", "half_up"),
        period=period,
        holders=ALWAYS,
        weight="equal",
        leaving="give_back",
        cap=cap,
    )


# --- single situations ------------------------------------------------------------------------------------------------


def paid(one: Distribution) -> dict[str, int]:
    return {share.holder: share.paid_fen for share in one.shares}


def test_ten_fen_over_three_wait_for_the_next_period() -> None:
    first, second, third = share_out([(10, {"a": 1, "b": 1, "c": 1})] * 3)
    assert paid(first) == {"a": 3, "b": 3, "c": 3}
    assert paid(second) == {"a": 3, "b": 3, "c": 3}
    assert paid(third) == {"a": 4, "b": 4, "c": 4}
    assert third.ledger.owed_nano == third.unallocated_nano == 0


def test_without_weights_the_pool_waits_for_the_next_period() -> None:
    first, second = share_out([(500, {"a": 0}), (100, {"a": 1, "b": 2})])
    assert paid(first) == {"a": 0}
    assert first.unallocated_nano == 500 * NANO
    assert paid(second) == {"a": 200, "b": 400}
    assert second.unallocated_nano == 0


def test_a_debt_is_carried_until_sales_have_made_up_for_it() -> None:
    first, second, third, fourth = share_out([(100, {"a": 1}), (-250, {"a": 1}), (200, {"a": 1}), (75, {"a": 1})])
    assert paid(first) == {"a": 100}
    assert paid(second) == {"a": 0}
    assert second.unallocated_nano == -250 * NANO
    assert paid(third) == {"a": 0}
    assert third.unallocated_nano == -50 * NANO
    assert paid(fourth) == {"a": 25}


def test_a_cap_leaves_the_excess_to_the_others_or_carries_it() -> None:
    weights = {"a": 8, "b": 1, "c": 1}
    others = distribute(EMPTY, OCTOBER, 1000, weights, Cap(Rate(40, 100), "others"))
    assert paid(others) == {"a": 400, "b": 300, "c": 300}
    assert [share.capped for share in others.shares] == [True, False, False]
    carried = distribute(EMPTY, OCTOBER, 1000, weights, Cap(Rate(40, 100), "carry"))
    assert paid(carried) == {"a": 400, "b": 100, "c": 100}
    assert carried.unallocated_nano == 400 * NANO


def test_what_caps_leave_when_all_are_full_is_carried() -> None:
    one = distribute(EMPTY, OCTOBER, 1000, {"a": 1, "b": 1}, Cap(Rate(20, 100), "others"))
    assert paid(one) == {"a": 200, "b": 200}
    assert one.unallocated_nano == 600 * NANO


def test_whoever_leaves_keeps_the_fraction_until_a_return() -> None:
    rounds = [(1, {"a": 1, "b": 1}), (1, {"b": 1}), (1, {"a": 1, "b": 1})]
    first, second, third = share_out(rounds, leaving="keep")
    assert paid(first) == {"a": 0, "b": 0}
    assert second.ledger.accounts["a"] == Account(0, NANO // 2)
    assert paid(second) == {"b": 1}
    assert paid(third) == {"a": 1, "b": 1}


def test_whoever_leaves_gives_the_fraction_back_where_the_rule_says_so() -> None:
    rounds = [(1, {"a": 1, "b": 1}), (0, {"b": 1})]
    _, second = share_out(rounds, leaving="give_back")
    assert second.given_back_nano == NANO // 2
    assert paid(second) == {"b": 1}
    assert second.ledger.accounts["a"] == Account(0, 0)


@pytest.mark.parametrize(
    ("last", "spec", "due"),
    [
        ("2026-10", PeriodSpec("month"), "2026-11"),
        ("2026-W44", PeriodSpec("month"), "2026-12"),
        ("2026-10-B", PeriodSpec("month"), "2026-11"),
        ("2026-11", PeriodSpec("week"), "2026-W50"),
    ],
)
def test_another_kind_of_period_begins_when_the_last_has_ended(last: str, spec: PeriodSpec, due: str) -> None:
    period = parse_label(last)
    rule_set = partners(period=spec)
    ledger = distribute(EMPTY, period, 5, {"a": 1}).ledger
    found = due_period(rule_set, ledger)
    assert found.label == due
    assert distribute(ledger, found, 5, {"a": 1}).paid_fen == 5


def test_nobody_is_capped_while_there_is_nothing() -> None:
    one = distribute(EMPTY, OCTOBER, -5, {"a": 1}, Cap(Rate(40, 100), "others"))
    assert [share.capped for share in one.shares] == [False]


def test_a_rule_set_shares_out_by_its_own_cap_and_rule_for_who_leaves() -> None:
    rule_set = partners(cap=Cap(Rate(60, 100), "carry"))
    assert due_period(rule_set, EMPTY) == OCTOBER
    first = share_pool(rule_set, EMPTY, OCTOBER, 3, [Holder(id="a"), Holder(id="b", status="inactive")])
    assert paid(first) == {"a": 1}
    assert first.left_out == (LeftOut("b", "holder_inactive"),)
    november = due_period(rule_set, first.ledger)
    assert november.label == "2026-11"
    second = share_pool(rule_set, first.ledger, november, 0, [])
    assert second.given_back_nano == 8 * NANO // 10
    assert second.unallocated_nano == 2 * NANO
    for ledger, label, code in (
        (PoolLedger("pool:others"), "2026-10", "ledger_of_another_pool"),
        (EMPTY, "2026-10-A", "period_of_another_kind"),
        (EMPTY, "2026-09", "period_before_rule_set"),
    ):
        with pytest.raises(DividendRefused) as refused:
            share_pool(rule_set, ledger, parse_label(label), 3, [])
        assert refused.value.code == code


def test_nobody_there_is_the_same_as_no_weight() -> None:
    one = distribute(EMPTY, OCTOBER, 700, {})
    assert one.shares == ()
    assert one.unallocated_nano == 700 * NANO


@pytest.mark.parametrize("label", ["2026-09", "2026-W44", "2026-10-B", "2026-10-31+1d"])
def test_a_passed_or_overlapping_period_is_refused(label: str) -> None:
    ledger = distribute(EMPTY, OCTOBER, 1, {"a": 1}).ledger
    with pytest.raises(DividendRefused) as refused:
        distribute(ledger, parse_label(label), 1, {"a": 1})
    assert refused.value.code == "period_passed"


def test_a_negative_weight_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="weights"):
        distribute(EMPTY, OCTOBER, 1, {"a": -1})


def test_a_ledger_survives_json_even_when_its_numbers_are_large() -> None:
    (one,) = share_out([(10**15 - 1, {"a": 1, "b": 2, "c": 0})])
    assert msgspec.json.decode(msgspec.json.encode(one.ledger), type=PoolLedger) == one.ledger


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"funded_fen": 1001}, "ledger_imbalance"),
        ({"carried_fen": -1}, "ledger_imbalance"),
        ({"carried_nano": NANO}, "ledger_carried"),
        ({"carried_nano": -1}, "ledger_carried"),
        ({"accounts": {"a": Account(-1, 0)}}, "ledger_account"),
        ({"accounts": {"a": Account(0, NANO)}}, "ledger_account"),
        ({"accounts": {"a": Account(999, 0)}}, "ledger_imbalance"),
        ({"periods": ("October",)}, "ledger_periods"),
        ({"periods": ("2026-11", "2026-10")}, "ledger_periods"),
        ({"periods": ("2026-10", "2026-10")}, "ledger_periods"),
    ],
)
def test_an_altered_ledger_is_found(change: dict[str, object], code: str) -> None:
    (one,) = share_out([(1000, {"a": 1, "b": 2})])
    check_ledger(one.ledger)
    with pytest.raises(DividendRefused) as refused:
        check_ledger(msgspec.structs.replace(one.ledger, **change))
    assert refused.value.code == code
