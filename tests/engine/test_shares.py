"""Shares: rates, a remaining one, amounts in turn, maxima and nesting; whatever happens, the parts sum to the total."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InvalidInput
from engine.money import REMAINDERS, Rate
from engine.shares import Part, Share, Split, allocate_shares, check_shares, read_split


def _percent(number: int) -> Rate:
    return Rate(number, 100)


def _amounts(split: Split | Part) -> dict[str, int]:
    return {part.name: part.amount_fen for part in split.parts}


def test_rates_and_the_odd_fen_to_the_first() -> None:
    """Numscript: 15 split 80 / 8 / 12 %."""
    shares = [Share(name="a", rate=_percent(80)), Share(name="b", rate=_percent(8)), Share(name="c", rate=_percent(12))]
    assert _amounts(allocate_shares(15, shares, "first")) == {"a": 13, "b": 1, "c": 1}


def test_a_nested_share_with_a_maximum_whose_rest_is_kept() -> None:
    """Numscript: 100, of it 10 % to a block that takes at most 1, the rest kept; the remaining 90."""
    inner = (Share(name="one", remaining=True),)
    shares = [
        Share(name="block", rate=_percent(10), max_fen=1, excess="kept", parts=inner),
        Share(name="two", remaining=True),
    ]
    split = allocate_shares(100, shares, "first")
    block, two = split.parts
    assert (block.amount_fen, block.kept_fen, _amounts(block)) == (1, 9, {"one": 1})
    assert two.amount_fen == 90
    assert split.unallocated_fen == 0


def test_amounts_in_turn() -> None:
    """Numscript: 100, at most 10 to the first, at most 12 to the second, the rest to the third."""
    shares = [Share(name="a", up_to_fen=10), Share(name="b", up_to_fen=12), Share(name="c", remaining=True)]
    assert _amounts(allocate_shares(100, shares, "first")) == {"a": 10, "b": 12, "c": 78}
    assert _amounts(allocate_shares(15, shares, "first")) == {"a": 10, "b": 5, "c": 0}


def test_an_excess_is_passed_on_in_proportion() -> None:
    shares = [
        Share(name="a", rate=_percent(50), max_fen=10, excess="passed_on"),
        Share(name="b", rate=_percent(25)),
        Share(name="c", remaining=True),
    ]
    assert _amounts(allocate_shares(100, shares, "first")) == {"a": 10, "b": 45, "c": 45}


def test_what_no_share_takes_is_reported() -> None:
    split = allocate_shares(100, [Share(name="a", rate=_percent(80))], "first")
    assert (_amounts(split), split.unallocated_fen) == ({"a": 80}, 20)


@pytest.mark.parametrize(
    ("shares", "code"),
    [
        ([{"rate": "60%"}, {"rate": "50%"}], "E209"),
        ([{"remaining": True}, {"remaining": True}], "E208"),
        ([{"rate": "101%"}], "E209"),
        ([{"rate": "3/2"}], "E209"),
        ([{"rate": "0.08"}], "E206"),
        ([{"rate": "8%", "remaining": True}], "E207"),
        ([{}], "E207"),
        ([{"rate": "8%", "max": 3}], "E211"),
        ([{"rate": "8%", "max_fen": -1}], "E210"),
        ([{"rate": "8%", "excess": "lost"}], "E203"),
        ([{"rate": "8%", "parts": []}], "E204"),
        ([{"rate": "8%", "parts": [{"name": "x", "rate": "120%"}]}], "E209"),
        ([7], "E202"),
        ([], "E204"),
    ],
)
def test_shares_that_cannot_be_are_refused(shares: list[Any], code: str) -> None:
    named = [{"name": f"s{at}", **one} if isinstance(one, dict) else one for at, one in enumerate(shares)]
    with pytest.raises(InvalidInput) as refused:
        read_split(json.dumps({"total_fen": 100, "shares": named}).encode(), "shares.json")
    assert code in {one.code for one in refused.value.diagnostics}
    assert all(one.path and one.message_zh and one.message_en for one in refused.value.diagnostics)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"1", b'{"total_fen": 1.5, "shares": []}', b"[" * 100_000])
def test_what_is_no_split_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_split(data, "x")


rates = st.builds(Rate, st.integers(0, 40), st.sampled_from([100, 120, 1000]))


@st.composite
def levels(draw: st.DrawFn, depth: int = 2) -> tuple[Share, ...]:
    shares: list[Share] = []
    for at in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["rate", "up_to", "remaining"]))
        bounds: dict[str, Any] = {
            "max_fen": draw(st.sampled_from([None, 0, 1, 50])),
            "excess": draw(st.sampled_from(["kept", "passed_on"])),
            "parts": draw(levels(depth - 1)) if depth > 1 and draw(st.booleans()) else (),
        }
        if kind == "rate":
            shares.append(Share(name=str(at), rate=draw(rates), **bounds))
        elif kind == "up_to":
            shares.append(Share(name=str(at), up_to_fen=draw(st.integers(0, 100)), parts=bounds["parts"]))
        elif not any(share.remaining for share in shares):
            shares.append(Share(name=str(at), remaining=True, **bounds))
    return tuple(shares) or (Share(name="all", remaining=True),)


def _levels(parts: Sequence[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _levels(part.parts)


@given(st.integers(0, 10**12), levels(), st.sampled_from(REMAINDERS))
def test_amounts_kept_and_unallocated_sum_to_the_total_at_every_level(total: int, shares: Any, remainder: Any) -> None:
    if check_shares(shares) or any(check_shares(share.parts) for share in shares if share.parts):
        return
    split = allocate_shares(total, shares, remainder)
    assert sum(part.amount_fen + part.kept_fen for part in split.parts) + split.unallocated_fen == total
    for part in _levels(split.parts):
        assert part.amount_fen >= 0
        if part.parts:
            assert sum(one.amount_fen + one.kept_fen for one in part.parts) + part.unallocated_fen == part.amount_fen
    for share, part in zip(shares, split.parts, strict=True):
        if share.max_fen is not None:
            assert part.amount_fen <= share.max_fen
