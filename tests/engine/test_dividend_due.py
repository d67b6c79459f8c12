"""Pools shared out from the journal: the ledger is a fold of the events, whatever periods brought."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import ALWAYS
from engine.dividend.dividend import share_pool
from engine.dividend.dividend_due import first_due, known_by_sales, next_due, remembered, shared_out, versions_by_pool
from engine.dividend.dividend_ledger import PoolLedger
from engine.dividend.holders import Holder
from engine.dividend_set import Cap, DividendSet
from engine.errors import DividendRefused
from engine.level.level_figures import DeliveredOrder
from engine.money import Rate
from engine.period import PeriodSpec, parse_label, period_of
from tests.engine.test_dividend import partners

SINCE = datetime(2026, 10, 10, tzinfo=UTC)


def version(number: int, start: str, rule_set: DividendSet, until: str | None = None) -> DividendSet:
    header = msgspec.structs.replace(
        rule_set.header,
        version=number,
        content_hash=f"{number:064}",
        effective_from=datetime.fromisoformat(f"{start}T00:00:00+08:00"),
        effective_until=None if until is None else datetime.fromisoformat(f"{until}T00:00:00+08:00"),
    )
    return msgspec.structs.replace(rule_set, header=header)


PLAIN = msgspec.structs.replace(version(1, "2026-10-01", partners()), weight="equal", holders=ALWAYS)
people = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 1_000), max_size=6)


@given(st.lists(st.tuples(st.integers(-2_000, 5_000), people), min_size=1, max_size=8), st.booleans(), st.booleans())
def test_the_ledger_is_a_fold_of_the_events(
    story: list[tuple[int, dict[str, int]]], capped: bool, leaving: bool
) -> None:
    """Whether the ledger is kept or made again from the events, everybody is paid the same; debts included."""
    cap = Cap(Rate(1, 3), "carry") if capped else None
    rule_set = msgspec.structs.replace(
        PLAIN, weight="own_sales", holders=ALWAYS, leaving="give_back" if leaving else "keep", cap=cap
    )
    kept = folded = PoolLedger(rule_set.pool)
    funded = 0
    for brought, weights in story:
        due = next_due([rule_set], folded, SINCE)
        assert due is not None
        funded += brought
        holders = [Holder(id=name, own_sales_fen=weight) for name, weight in weights.items()]
        direct = share_pool(rule_set, kept, due[1], funded - kept.funded_fen, holders)
        event = shared_out(rule_set, folded, due[1], funded, holders)
        assert {one.holder: one.amount_fen for one in event.shares} == {
            one.holder: one.paid_fen for one in direct.shares
        }
        kept, folded = direct.ledger, remembered(folded, event, [rule_set])
        assert folded.accounts == kept.accounts
        assert folded.periods == kept.periods
        assert folded.imbalance_nano == 0
        assert remembered(folded, event, [rule_set]) == folded


def test_a_pool_begins_where_its_rules_and_the_books_do() -> None:
    ledger = PoolLedger(PLAIN.pool)
    assert next_due([PLAIN], ledger, SINCE) == (PLAIN, parse_label("2026-10"))
    late = datetime(2027, 3, 5, tzinfo=UTC)
    assert next_due([PLAIN], ledger, late) == (PLAIN, parse_label("2027-03"))
    assert next_due([], ledger, SINCE) is None


def test_the_version_at_the_end_of_a_period_shares_it_out() -> None:
    second = version(2, "2026-11-15", partners(), until="2026-12-10")
    october = msgspec.structs.replace(PoolLedger(PLAIN.pool), periods=("2026-10",))
    november = msgspec.structs.replace(october, periods=("2026-10", "2026-11"))
    later = msgspec.structs.replace(october, periods=("2026-12",))
    assert next_due([PLAIN, second], PoolLedger(PLAIN.pool), SINCE) == (PLAIN, parse_label("2026-10"))
    assert next_due([PLAIN, second], october, SINCE) == (second, parse_label("2026-11"))
    assert next_due([PLAIN, second], november, SINCE) == (second, parse_label("2026-12"))
    assert next_due([PLAIN, second], later, SINCE) == (second, parse_label("2027-01"))  # it stood last


def test_a_version_with_other_periods_begins_after_the_last_one() -> None:
    weekly = version(2, "2026-11-03", partners(period=PeriodSpec("week")))
    october = msgspec.structs.replace(PoolLedger(PLAIN.pool), periods=("2026-10",))
    found = next_due([PLAIN, weekly], october, SINCE)
    assert found is not None
    assert found[0] == weekly
    assert found[1] == period_of(weekly.period, datetime(2026, 11, 2, tzinfo=UTC))
    assert found[1].start >= parse_label("2026-10").end


def test_only_periods_that_have_ended_are_due() -> None:
    ledgers = {PLAIN.pool: PoolLedger(PLAIN.pool)}
    versions = versions_by_pool([PLAIN])
    end = parse_label("2026-10").end
    assert first_due(versions, ledgers, end - datetime.resolution, SINCE) is None
    assert first_due(versions, ledgers, end, SINCE) == (PLAIN.pool, PLAIN, parse_label("2026-10"))


@pytest.mark.parametrize("change", ["hash", "amount"])
def test_an_event_that_no_rule_set_made_is_refused(change: str) -> None:
    event = shared_out(PLAIN, PoolLedger(PLAIN.pool), parse_label("2026-10"), 100, [Holder(id="a"), Holder(id="b")])
    if change == "hash":
        event = msgspec.structs.replace(event, rule_set=msgspec.structs.replace(event.rule_set, content_hash="1" * 64))
    else:
        first = msgspec.structs.replace(event.shares[0], amount_fen=51)
        event = msgspec.structs.replace(event, shares=(first, *event.shares[1:]))
    with pytest.raises(DividendRefused) as refused:
        remembered(PoolLedger(PLAIN.pool), event, [PLAIN])
    assert refused.value.code == ("rule_set_unknown" if change == "hash" else "dividend_differs")


def test_holders_are_known_by_their_own_sales() -> None:
    period = parse_label("2026-10")
    placed = datetime.fromisoformat("2026-10-01T12:00:00+08:00")
    sold = [
        DeliveredOrder(order_id=name, buyer=buyer, placed_at=placed, received_at=placed, paid_fen=fen)
        for name, buyer, fen in (("o-1", "x", 500), ("o-2", "mine", 70), ("o-3", "a", 9))
    ]
    people = [Holder(id="a"), Holder(id="b", own_sales_fen=3)]
    first, second = known_by_sales(people, period, {"a": sold, "b": sold}, {"a": ["mine"]}, {"a": placed})
    assert (first.own_sales_fen, first.joined) == (500, placed.date())
    assert (second.own_sales_fen, second.joined) == (3, None)
