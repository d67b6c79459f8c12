"""The audit finds damage: each kind of it, anywhere, is done to a copy and must be named at its place (J8)."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import pytest

from engine.journal.audit import Difference, audit
from engine.journal.entry import Draft, Entry, Tip, append, tip_of, verify
from engine.journal.journal import Journal, fold
from engine.journal.news_reader import decode_news, encode_news
from engine.journal.order_news import PaidEvent
from engine.journal.posting import Logged
from engine.ledger import Posting
from engine.order import Evaluation
from tests.engine.builders import returned
from tests.engine.journal.builders import (
    a_sale,
    adjusted,
    cancelled,
    closed,
    dividend,
    hours,
    logged,
    paid,
    payout,
    received,
    refunded,
    released,
    settled,
    shipped,
)


class Stored(NamedTuple):
    """What a database would hold."""

    log: list[Logged]
    entries: list[Entry]
    balances: dict[str, int]
    evaluations: dict[str, Evaluation]


@pytest.fixture(scope="module")
def stored() -> Stored:
    """Two orders with instalments, refunds before and after a settlement, a payout, a dividend and an adjustment."""
    other = msgspec.structs.replace
    log = logged(
        paid("p-1", 3000, 1, fee_fen=18),
        a_sale(),
        paid("p-2", 5200, 2, fee_fen=31, fee_bearer="merchants"),
        shipped(at=10),
        received(at=20),
        a_sale("o-2", payment="in_full", bearer="m-1"),
        refunded("r-1", returned("b", 1), at=30, payment_fee="return"),
        released(at=200),
        released("w-2", at=201, order_id="o-2"),
        dividend("pool:city", 100, 240, l_1=60, l_2=40),
        settled("p-1", 1440, 0, 240),
        closed(0, 240),
        payout("b-1", "p-1", 1440, 250),
        refunded("r-2", returned("a", 1), at=41, shipping_fen=200),
        adjusted("a-1", "platform:adjustments", "payee:p-1:released", 25, 260),
        other(cancelled("c-2", at=270), order_id="o-2"),
    )
    journal = fold(log)
    evaluations = {order_id: book.evaluation for order_id, book in journal.orders.items()}
    return Stored(log, journal.entries, journal.balances(), evaluations)


def difference(copy: Stored, anchor: Tip | None = None) -> Difference | None:
    return audit(
        copy.log, copy.entries, stored_balances=copy.balances, evaluations=copy.evaluations, anchor=anchor
    ).difference


def rechained(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with numbers and hashes made to fit again: a forgery that the chain alone cannot tell."""
    chain: list[Entry] = []
    tip = Tip()
    for one in entries:
        draft = Draft(*(getattr(one, name) for name in Draft.__struct_fields__))
        chain.append(append(tip, draft))
        tip = tip_of(chain[-1])
    assert verify(chain) is None
    return chain


def with_entry(copy: Stored, place: int, **changed: Any) -> Stored:
    entries = list(copy.entries)
    entries[place] = msgspec.structs.replace(entries[place], **changed)
    return copy._replace(entries=entries)


def with_posting(copy: Stored, at: int, which: int, **changed: Any) -> Stored:
    postings = list(copy.entries[at].postings)
    postings[which] = msgspec.structs.replace(postings[which], **changed)
    return with_entry(copy, at, postings=tuple(postings))


def test_what_is_right_is_found_right(stored: Stored) -> None:
    result = audit(
        stored.log,
        iter(stored.entries),
        stored_balances=stored.balances,
        evaluations=stored.evaluations,
        anchor=tip_of(stored.entries[5]),
    )
    assert result.difference is None
    assert result.summary.events == len(stored.log) == 16
    assert result.summary.entries == len(stored.entries) == 16
    assert result.summary.accounts == len(stored.balances)
    assert result.summary.orders == 2
    assert result.summary.root == stored.entries[-1].hash
    assert verify(stored.entries) is None


def test_stored_bytes_come_back_to_the_same_hashes(stored: Stored) -> None:
    log = [Logged(one.number, one.recorded_at, decode_news(encode_news(one.event))) for one in stored.log]
    entries = msgspec.json.decode(msgspec.json.encode(stored.entries), type=list[Entry])
    assert audit(log, entries).difference is None
    assert fold(log).tip == tip_of(stored.entries[-1])


Damage = Callable[[Stored, int], Stored | None]


def _swapped(copy: Stored, at: int) -> Stored | None:
    entries = list(copy.entries)
    if at + 1 == len(entries):
        return None
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    return copy._replace(entries=entries)


def _inserted(copy: Stored, at: int) -> Stored:
    one = copy.entries[at]
    forged = msgspec.structs.replace(
        one, key="adjustment:x", kind="adjustment", postings=(Posting("adjustment", "buyer:b-1", "payee:p-9:paid", 1),)
    )
    return copy._replace(entries=[*copy.entries[:at], forged, *copy.entries[at:]])


def _without_posting(copy: Stored, at: int) -> Stored | None:
    postings = copy.entries[at].postings
    return with_entry(copy, at, postings=postings[:-1]) if postings else None


def _changed_posting(**changed: Any) -> Damage:
    def damage(copy: Stored, at: int) -> Stored | None:
        return with_posting(copy, at, 0, **changed) if copy.entries[at].postings else None

    return damage


def _changed_entry(**changed: Any) -> Damage:
    return lambda copy, at: with_entry(copy, at, **changed)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "amount of a posting": (_changed_posting(amount_fen=1), "/postings/0/amount_fen"),
    "account of a posting": (_changed_posting(destination="payee:p-9:paid"), "/postings/0/destination"),
    "payee of a posting": (_changed_posting(payee="p-9"), "/postings/0/payee"),
    "a posting left out": (_without_posting, "/postings/"),
    "a posting added": (
        lambda copy, at: with_entry(
            copy, at, postings=(*copy.entries[at].postings, Posting("sale", "buyer:b-1", "refunds:recovered", 1))
        ),
        "/postings/",
    ),
    "an entry left out": (
        lambda copy, at: copy._replace(entries=[*copy.entries[:at], *copy.entries[at + 1 :]]),
        "/key",
    ),
    "entries swapped": (_swapped, "/key"),
    "an entry inserted": (_inserted, "/key"),
    "an entry doubled": (
        lambda copy, at: copy._replace(entries=[*copy.entries[: at + 1], *copy.entries[at:]]),
        "/key",
    ),
    "the tail cut off": (lambda copy, at: copy._replace(entries=copy.entries[:at]), ""),
    "when it is booked": (_changed_entry(booked_at=hours(500)), "/booked_at"),
    "when it happened": (_changed_entry(at=hours(500)), "/at"),
    "which order": (_changed_entry(order_id="o-9"), "/order_id"),
    "which event": (_changed_entry(event_hash="0" * 64), "/event_hash"),
}


@pytest.mark.parametrize("hashes", ["as they were", "made to fit"])
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_journal_is_found_at_its_entry(stored: Stored, name: str, hashes: str) -> None:
    """Every entry in turn; where the forger made the hashes fit, only the events can tell."""
    damage, field = DAMAGES[name]
    tried = 0
    for at in range(len(stored.entries)):
        copy = damage(stored, at)
        if copy is None:
            continue
        if hashes == "made to fit":
            copy = copy._replace(entries=rechained(copy.entries))
        found = difference(copy)
        assert found is not None, at
        assert found.where == "entry"
        last = at + 1 == len(stored.entries)
        assert found.field.startswith(field) or (last and found.field == "")
        assert found.number == at + 2 if name == "an entry doubled" else found.number == at + 1
        tried += 1
    assert tried >= 10


def test_the_chain_alone_sees_damage_without_new_hashes(stored: Stored) -> None:
    for name, (damage, _) in DAMAGES.items():
        copy = damage(stored, 6)
        assert copy is not None
        assert (verify(copy.entries) is None) == (name == "the tail cut off")
        assert verify(rechained(copy.entries)) is None


def test_a_title_that_is_no_part_of_a_name_is_covered_by_the_hash(stored: Stored) -> None:
    at, which = next((i, j) for i, one in enumerate(stored.entries) for j, p in enumerate(one.postings) if p.rule)
    rule = stored.entries[at].postings[which].rule
    assert rule is not None
    found = difference(with_posting(stored, at, which, rule=msgspec.structs.replace(rule, title="another")))
    assert found is not None
    assert (found.number, found.field) == (at + 1, "/hash")


def with_event(copy: Stored, at: int, **changed: Any) -> Stored:
    log = list(copy.log)
    log[at] = msgspec.structs.replace(log[at], event=msgspec.structs.replace(log[at].event, **changed))
    return copy._replace(log=log)


def test_a_changed_event_is_found_where_it_was_posted(stored: Stored) -> None:
    found = difference(with_event(stored, 2, fee_fen=30))
    assert found is not None
    assert (found.where, found.name, found.field) == ("entry", "paid:p-2", "/event_hash")


def test_an_event_made_impossible_is_found_in_the_log(stored: Stored) -> None:
    found = difference(with_event(stored, 2, amount_fen=5201))
    assert found is not None
    assert (found.where, found.number, found.field) == ("log", 3, "/amount_fen")
    assert "more_than_due" in found.found


def test_a_lost_event_is_found_in_the_log(stored: Stored) -> None:
    found = difference(stored._replace(log=[*stored.log[:4], *stored.log[5:]]))
    assert found is not None
    assert (found.where, found.number, found.field) == ("log", 5, "/number")


def test_an_evaluation_changed_in_the_log_is_found(stored: Stored) -> None:
    """One fen of a commission, in the evaluation that the sale was posted from."""
    sale = stored.log[1].event
    first, *rest = sale.evaluation.accruals  # type: ignore[union-attr]
    forged = msgspec.structs.replace(
        sale.evaluation,  # type: ignore[union-attr]
        accruals=(msgspec.structs.replace(first, amount_fen=first.amount_fen + 1), *rest),
    )
    found = difference(with_event(stored, 1, evaluation=forged))
    assert found is not None
    assert (found.where, found.name, found.field) == ("entry", "sale:o-1", "/event_hash")


def test_an_evaluation_changed_beside_the_log_is_found(stored: Stored) -> None:
    for order_id, evaluation in stored.evaluations.items():
        priced = msgspec.structs.replace(evaluation.priced, shipping_fen=199)
        forged = stored.evaluations | {order_id: msgspec.structs.replace(evaluation, priced=priced)}
        found = difference(stored._replace(evaluations=forged))
        assert found is not None
        assert (found.where, found.name) == ("evaluation", order_id)
    missing = difference(stored._replace(evaluations={}))
    assert missing is not None
    assert (missing.name, missing.found) == ("o-1", "no evaluation")


def test_a_changed_balance_is_found_with_both_figures(stored: Stored) -> None:
    for account, fen in stored.balances.items():
        found = difference(stored._replace(balances=stored.balances | {account: fen + 1}))
        assert found == Difference("balance", 0, account, "", str(fen), str(fen + 1))
    lost = difference(stored._replace(balances={}))
    assert lost is not None
    assert lost.where == "balance"


def test_a_log_and_a_journal_rewritten_together_miss_a_tip_noted_elsewhere(stored: Stored) -> None:
    anchor = tip_of(stored.entries[4])
    forged = with_event(stored, 0, fee_fen=0).log
    journal = fold(forged)
    rewritten = Stored(forged, journal.entries, journal.balances(), stored.evaluations)
    assert difference(rewritten) is None, "nothing inside tells"
    found = difference(rewritten, anchor)
    assert found is not None
    assert (found.where, found.number, found.expected) == ("chain", 5, anchor.hash)
    short = fold(stored.log[:3])
    cut_off = Stored(stored.log[:3], short.entries, short.balances(), {"o-1": stored.evaluations["o-1"]})
    assert difference(cut_off) is None, "nothing inside tells"
    found = difference(cut_off, anchor)
    assert found is not None
    assert found.found == "no entry"


def test_j2_a_fault_of_the_program_is_found_by_the_second_reading(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postings that are wrong the same way each time agree with themselves, and not with the second reading."""
    from engine.journal import posting as module

    right = module.entry_postings

    def faulty(before: Any, after: Any) -> tuple[Posting, ...]:
        return tuple(
            msgspec.structs.replace(one, amount_fen=one.amount_fen + (one.kind == "clawback"))
            for one in right(before, after)
        )

    monkeypatch.setattr(module, "entry_postings", faulty)
    journal = Journal()
    for one in stored.log:
        journal.post(one)
    found = audit(stored.log, journal.entries).difference
    assert found is not None
    assert found.where == "books"
    assert found.name.startswith(("merchant:m-1:commission", "payee:"))


def test_the_log_holds_what_the_fixture_says(stored: Stored) -> None:
    """The journal that is damaged above has every kind of event, and money in every kind of account."""
    assert {one.event.type for one in stored.log} == {
        "sale",
        "paid",
        "shipped",
        "received",
        "refund",
        "cancelled",
        "released",
        "settled",
        "closed",
        "payout",
        "dividend",
        "adjustment",
    }
    assert isinstance(stored.log[0].event, PaidEvent)
    assert stored.balances["payee:p-1:paid"] == 1440
    assert stored.balances["payee:p-1:released"] == 160 + 25 - 1440
