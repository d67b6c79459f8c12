"""One text for one value: what has no part in a hash, and what must have one."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import canonical
from engine.journal.canonical import canonical_json, content_hash
from engine.journal.entry import GENESIS, Draft, Tip, append, entry_hash, tip_of, verify
from engine.ledger import Posting
from engine.money import Rate
from engine.order import Evaluation, RuleRef
from tests.engine.journal.builders import a_sale, cancelled, paid, refunded
from tests.engine.strategies import evaluations


class Old(msgspec.Struct):
    name: str
    count: int = 0


class New(msgspec.Struct):
    name: str
    extra: tuple[str, ...] = ()
    counters: dict[str, int] = {}
    count: int = 0


def test_keys_are_sorted_and_defaults_left_out() -> None:
    assert canonical_json(Old("x", 3)) == b'{"count":3,"name":"x"}'
    assert canonical_json(Old("x")) == b'{"name":"x"}'
    assert canonical_json({"b": (1, None), "a": True}) == b'{"a":true,"b":[1,null]}'


def test_a_field_that_is_added_later_changes_no_hash() -> None:
    assert content_hash(New("x", count=3)) == content_hash(Old("x", 3))
    assert content_hash(New("x", counters={"a": 1})) != content_hash(Old("x"))


def test_an_instant_is_the_same_with_any_offset() -> None:
    here = datetime(2026, 10, 2, 20, tzinfo=timezone(timedelta(hours=8)))
    assert canonical_json([here]) == canonical_json([here.astimezone(UTC)]) == b'["2026-10-02T12:00:00+00:00"]'


def test_the_type_of_an_event_is_part_of_it() -> None:
    assert b'"type":"paid"' in canonical_json(paid("p-1", 5))
    assert content_hash(cancelled()) != content_hash(refunded("c-1", at=30))


def test_a_benefit_says_what_it_is() -> None:
    """Tagged records of the rules keep their tags: two kinds with equal fields have different hashes."""
    assert content_hash(a_sale()) == content_hash(
        msgspec.json.decode(msgspec.json.encode(a_sale()), type=type(a_sale()))
    )
    assert content_hash(a_sale()) != content_hash(a_sale(base="original"))


def test_texts_that_are_remembered_are_those_of_their_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when they are forgotten again and again, and a new record lies where an old one was."""
    whole = content_hash(a_sale())
    monkeypatch.setattr(canonical, "MOST_TEXTS", 1)
    canonical._texts.clear()
    assert content_hash(a_sale()) == whole
    for number in range(50):
        ref = RuleRef("set", number, "rule", "hash", title=f"{number}")
        assert msgspec.json.decode(canonical_json(ref)) == {
            "rule_set": "set",
            "version": number,
            "rule": "rule",
            "content_hash": "hash",
            "title": f"{number}",
        }
        del ref


@given(
    st.builds(
        Posting,
        kind=st.sampled_from(["sale", ""]),
        source=st.text(max_size=3),
        destination=st.text(max_size=3),
        amount_fen=st.integers(),
        line=st.integers(-2, 400),
        rule=st.none()
        | st.builds(RuleRef, st.text(max_size=2), st.integers(), st.text(max_size=2), st.text(max_size=2)),
        role=st.text(max_size=2),
        payee=st.text(max_size=2),
    )
)
def test_the_fast_text_of_a_posting_is_its_text(posting: Posting) -> None:
    assert canonical_json(posting) == msgspec.json.encode(canonical._record(posting), order="sorted")


_RATES = st.none() | st.builds(Rate, st.integers(0, 3), st.integers(1, 3))


@given(evaluations(), _RATES, _RATES, st.integers(-2, 400))
def test_the_fast_text_of_an_accrual_is_its_text(
    evaluation: Evaluation, rate: Rate | None, below: Rate | None, line: int
) -> None:
    for made in evaluation.accruals:
        for lifted_by in ((), (made.plan.ref,)):
            one = msgspec.structs.replace(made, rate=rate, below_rate=below, line=line, lifted_by=lifted_by)
            assert canonical_json(one) == msgspec.json.encode(canonical._record(one), order="sorted")


def test_what_is_no_money_has_no_canonical_form() -> None:
    with pytest.raises(TypeError, match="float"):
        canonical_json({"amount": 0.5})


def test_a_chain_begins_at_the_genesis_and_every_field_is_under_the_hash() -> None:
    at = datetime(2026, 10, 2, tzinfo=UTC)
    draft = Draft("paid:p-1", "paid", at, at, "o-1", (Posting("sale", "buyer:b", "merchant:m:sales", 5),), "e" * 64)
    first = append(Tip(), draft)
    second = append(tip_of(first), draft)
    assert (first.number, first.previous_hash, second.previous_hash) == (1, GENESIS, first.hash)
    assert verify([first, second]) is None
    assert verify([second], tip_of(first)) is None
    changes = {
        "number": 7,
        "key": "x",
        "kind": "x",
        "at": at + timedelta(1),
        "booked_at": at + timedelta(1),
        "order_id": "x",
        "postings": (),
        "event_hash": "x",
        "previous_hash": "x",
    }
    assert {*changes, "hash"} == set(first.__struct_fields__)
    for name, value in changes.items():
        forged = msgspec.structs.replace(first, **{name: value})
        assert entry_hash(forged) != first.hash
        found = verify([forged])
        assert found is not None
        assert found.field == (name if name in ("number", "previous_hash") else "hash")
