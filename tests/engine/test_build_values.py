"""How scalars are read: exactly, and with the right guess when they cannot be."""

import re
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.builder.values import (
    READERS,
    Unreadable,
    read_count,
    read_instant,
    read_lunar,
    read_money,
    read_payee,
    read_percent,
    read_rate,
    read_region,
    read_time,
)
from engine.calendar import SHANGHAI
from engine.money import Rate, yuan
from tests.engine.texts import SCHEMAS


def refusal(reader: str, text: str) -> tuple[str, str]:
    with pytest.raises(Unreadable) as refused:
        READERS[reader](text)
    return refused.value.code, (refused.value.hint or ("", ""))[1]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("12.50", 1250),
        ("¥12.50", 1250),
        ("￥0.01", 1),
        ("0", 0),
        ("9999999999.99", 10**12 - 1),
    ],
)
def test_money(text, fen):
    assert read_money(text) == fen


@given(st.integers(0, 10**12 - 1))
def test_money_survives_the_way_to_text_and_back(fen):
    assert read_money(yuan(fen)) == fen
    assert read_money("¥" + yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("12.505", "two decimals at most"),
        ("1,200", "write `1200`"),
        ("12元", "write `12`"),
        ("¥ 12.50", "write `12.50`"),
        ("-3", "never negative"),
        ("012", ""),
        ("12.", ""),
        ("ten", ""),
        ("", ""),
        ("10000000000", ""),
        ("１２", ""),
        ("12\n", ""),
    ],
)
def test_what_is_not_money(text, hint):
    code, said = refusal("money", text)
    assert code == "R301"
    assert hint in said


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("8%", Rate(8, 100)),
        ("12.5%", Rate(125, 1000)),
        ("0%", Rate(0, 100)),
        ("1/3", Rate(1, 3)),
        ("3/2", Rate(3, 2)),
        ("0.0001%", Rate(1, 10**6)),
    ],
)
def test_rates_keep_their_text(text, rate):
    assert read_rate(text) == rate
    if not text.startswith("0.0001"):
        assert str(rate) == text or Fraction(rate.num, rate.den) == Fraction(3, 2)


@given(st.integers(0, 9999), st.text("0123456789", max_size=4))
def test_a_percentage_is_exact(whole, decimals):
    text = f"{whole}.{decimals}%" if decimals else f"{whole}%"
    rate = read_rate(text)
    assert Fraction(rate.num, rate.den) == Fraction(text[:-1]) / 100


@given(st.integers(0, 999999), st.integers(1, 999999))
def test_a_fraction_is_itself(num, den):
    assert read_rate(f"{num}/{den}") == Rate(num, den)


@given(st.integers(1, 9999), st.text("0123456789", max_size=2))
def test_the_percentage_offered_for_a_bare_fraction_is_the_same_number(hundredths, more):
    text = f"0.{hundredths:04d}{more}"
    code, hint = refusal("rate", text)
    offered = re.search(r"`(.*)%`", hint)
    assert code == "R302"
    assert offered
    rate = read_rate(offered[1] + "%")
    assert Fraction(rate.num, rate.den) == Fraction(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("0.08", "write `8%`"),
        ("0.085", "write `8.5%`"),
        ("8", "`8%`?"),
        ("0", "write `0%`"),
        ("8％", "write `8%`"),
        ("8 %", "write `8%`"),
        ("8折", "`20%` off"),
        ("85折", "`15%` off"),
        ("8.5折", "`15%` off"),
        ("1/0", ""),
        ("-8%", ""),
        ("all", ""),
        ("8.12345%", ""),
    ],
)
def test_what_is_not_a_rate(text, hint):
    code, said = refusal("rate", text)
    assert code == "R302"
    assert hint in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=SHANGHAI)),
        ("2026-10-01 18:00", datetime(2026, 10, 1, 18, tzinfo=SHANGHAI)),
        ("2026-10-01T18:00:05", datetime(2026, 10, 1, 18, 0, 5, tzinfo=SHANGHAI)),
        ("2026-10-01 10:00 Z", datetime(2026, 10, 1, 18, tzinfo=SHANGHAI)),
        ("2026-10-01 18:00+09:00", datetime(2026, 10, 1, 17, tzinfo=SHANGHAI)),
    ],
)
def test_instants_are_in_shanghai(text, expected):
    moment = read_instant(text)
    assert moment == expected
    assert moment.utcoffset() == timedelta(hours=8)


@given(st.integers(0, 10**11))
def test_an_instant_survives_the_way_to_text_and_back(seconds):
    moment = datetime(1992, 1, 1, tzinfo=SHANGHAI) + timedelta(seconds=seconds)
    assert read_instant(str(moment)) == moment
    assert read_instant(str(moment.replace(tzinfo=None))) == moment


@pytest.mark.parametrize(
    ("reader", "text", "code", "hint"),
    [
        ("instant", "2026-02-30", "R304", "no such"),
        ("instant", "0001-01-01 00:00+09:00", "R304", "no such"),
        ("instant", "2026-10-1", "R304", "write `2026-10-01`"),
        ("instant", "2026-10-01 25:00", "R304", ""),
        ("date", "2026-02-30", "R303", "no such day"),
        ("date", "2026-10-32", "R303", "no such day"),
        ("date", "2026/13/1", "R303", "no such day"),
        ("instant", "2026-10-32", "R304", "no such day"),
        ("date", "2026/3/5", "R303", "write `2026-03-05`"),
        ("date", "2026年3月5日", "R303", "write `2026-03-05`"),
        ("date", "tomorrow", "R303", ""),
        ("time", "9:30", "R305", "write `'09:30'`"),
        ("time", "24:01", "R305", ""),
        ("time", "2200", "R305", ""),
        ("lunar", "8-15", "R306", "write `'08-15'`"),
        ("lunar", "13-01", "R306", ""),
        ("lunar", "01-31", "R306", ""),
        ("region", "4301020", "R307", ""),
        ("region", "长沙", "R307", ""),
        ("payee", "promotor", "R309", "`promoter`"),
        ("percent", "1/3", "R357", ""),
        ("percent", "0.3", "R357", "`30%`"),
        ("percent", "100.01%", "R357", ""),
        ("percent", "12.345%", "R357", ""),
        ("payee", "pool:", "R309", "`pool:NAME`"),
    ],
)
def test_what_is_refused(reader, text, code, hint):
    found, said = refusal(reader, text)
    assert found == code
    assert hint in said


@pytest.mark.parametrize(
    ("text", "points"), [("0%", 0), ("30%", 3000), ("12.5%", 1250), ("12.05%", 1205), ("0.01%", 1), ("100.00%", 10_000)]
)
def test_a_percentage_is_read_as_basis_points(text, points):
    assert read_percent(text) == points


def test_the_other_readers():
    assert READERS["date"]("2026-10-01") == date(2026, 10, 1).toordinal()
    assert (read_time("00:00"), read_time("22:30"), read_time("24:00")) == (0, 1350, 1440)
    assert read_lunar("08-15") == 815
    assert read_region("430102001") == "43/4301/430102/430102001"
    assert read_region("430100") == read_region("4301") == "43/4301"
    assert read_payee("pool:city-partners") == "pool:city-partners"
    assert read_count("3") == 3
    with pytest.raises(Unreadable):
        read_count("2.5")


_SHAPED = st.text("0123456789:-/%.¥ TZ+", max_size=14) | st.text(max_size=6)


@given(st.sampled_from(["money", "rate", "percent", "instant", "date", "time", "lunar", "region", "payee"]), _SHAPED)
def test_what_a_reader_takes_the_schema_takes_too(reader, text):
    pattern = SCHEMAS["common"]["$defs"][reader]["pattern"]
    try:
        READERS[reader](text)
    except Unreadable:
        return
    assert re.search(pattern, text)


@pytest.mark.parametrize("reader", sorted(READERS))
def test_the_schema_shows_an_editor_the_pattern_of_its_reader(reader):
    """Schema and reader agree on samples of both kinds, so that an editor marks what the loader refuses."""
    schema = SCHEMAS["common"]["$defs"][reader]
    assert schema["x-reader"] == reader
    samples = [
        "12",
        "12.505",
        "8%",
        "0.08",
        "1/3",
        "2026-10-01",
        "2026-10-1",
        "2026-10-01 18:00",
        "22:00",
        "9:00",
        "08-15",
        "430102",
        "4301020",
        "promoter",
        "pool:a",
        "pool:",
    ]
    for text in samples:
        try:
            READERS[reader](text)
            taken = True
        except Unreadable:
            taken = False
        assert bool(re.search(schema["pattern"], text)) == taken, text
