"""The Online Retail format: a small log with every oddity of the real one, its figures worked out by hand."""

import gzip
import io
from pathlib import Path

import pytest

from api.commands.replay import run_log
from api.replay.invoice_lines import pence_of
from api.replay.log import Arrival, LineCount
from api.replay.online_retail import read_online_retail
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.order import OrderEvent, RefundEvent
from tests.api.replay_rules import pool, promotion

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

ODDITIES = """\
536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom
536365,71053,"LANTERN, WHITE",6,2010-12-01 08:27:00,3.39,17850,United Kingdom
536366,POST,POSTAGE,1,2010-12-01 08:27:00,18,12583,France
536366,22728,CLOCK,24,2010-12-01 08:27:00,3.75,12583,France
536365,22752,BOXES,2,2010-12-01 08:28:00,7.65,17850,United Kingdom
536367,22086,LAMP,3,2010-12-01 08:30:00,2.95,,United Kingdom
536367,gift_0001_20,VOUCHER,1,2010-12-01 08:30:00,16.67,,United Kingdom
536368,M,Manual,1,2010-12-01 08:31:00,5,17850,United Kingdom
536369,POST,POSTAGE,2,2010-12-01 08:32:00,9,12583,France
536370,21777,damaged,-10,2010-12-01 08:33:00,0,,United Kingdom
536371,21778,found,5,2010-12-01 08:34:00,0,,United Kingdom
536372,PADS,PADS,1,2010-12-01 08:35:00,0.001,13952,United Kingdom
536373,21779,,1,2010-12-01 08:36:00,-11.06,,United Kingdom
A563185,B,Adjust bad debt,1,2010-12-01 08:37:00,11062.06,,United Kingdom
536374,85123A,WHITE HEART,4,2010-12-01 08:38:00,2.55,17850,United Kingdom
536374,85123A,WHITE HEART,4,2010-12-01 08:38:00,2.55,17850,United Kingdom
C536379,85123A,WHITE HEART,-10,2010-12-01 09:00:00,2.55,17850,United Kingdom
C536379,D,Discount,-1,2010-12-01 09:00:00,27.5,17850,United Kingdom
C536380,85123A,WHITE HEART,-10,2010-12-01 09:05:00,2.55,17850,United Kingdom
C536381,85123A,WHITE HEART,-1,2010-12-01 09:06:00,2.55,17850,United Kingdom
C536382,22086,LAMP,-1,2010-12-01 09:07:00,2.95,,United Kingdom
C536383,POST,POSTAGE,-1,2010-12-01 09:08:00,18,12583,France
C536383,22728,CLOCK,-24,2010-12-01 09:08:00,3.75,12583,France
C536384,71053,LANTERN,-1,2010-12-01 09:09:00,3.4,17850,United Kingdom
C536385,71053,LANTERN,1,2010-12-01 09:10:00,3.39,17850,United Kingdom
536375,22086,LAMP,0,2010-12-01 09:11:00,2.95,17850,United Kingdom
C536386,S,SAMPLES,-1,2010-12-01 09:12:00,9.98,,United Kingdom
536376,BANK CHARGES,Bank Charges,1,2010-12-01 09:13:00,15,,United Kingdom
536377,AMAZONFEE,AMAZON FEE,1,2010-12-01 09:14:00,13541.33,,United Kingdom
536378,CRUK,CRUK Commission,-1,2010-12-01 09:15:00,1.6,14096,United Kingdom
"""


def _read(rows: str, header: str = HEADER) -> tuple[list[Arrival], LineCount]:
    count = LineCount()
    return list(read_online_retail(io.BytesIO((header + rows).encode()), "log.csv", count)), count


def _refusal(rows: str, header: str = HEADER) -> str:
    with pytest.raises(InvalidInput) as refused:
        _read(rows, header)
    return str(refused.value)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(HEADER + ODDITIES, encoding="utf-8")
    return path


def test_every_line_of_the_odd_log_is_accounted_for(log: Path) -> None:
    summary = run_log(log, read_online_retail, (promotion("{line.sku: '22728'}"), pool()))
    assert summary["lines"] == {
        "read": 30,
        "in_orders": 8,
        "in_refunds": 4,
        "skipped": {
            "bad_debt": 1,
            "bank_charges": 1,
            "cancellation_adds_units": 1,
            "cancellation_without_customer": 1,
            "cancellation_without_sale": 2,
            "carriage_without_goods": 1,
            "charity": 1,
            "discount": 1,
            "gift_voucher": 1,
            "manual": 1,
            "marketplace_fee": 1,
            "price_negative": 1,
            "price_not_whole_pence": 1,
            "price_zero": 1,
            "quantity_zero": 1,
            "samples": 1,
            "written_off": 1,
        },
        "skipped_in_all": 18,
        "unaccounted": 0,
        "returned_beyond_sale": {"lines": 1, "units": 6},
    }


def test_money_of_the_odd_log(log: Path) -> None:
    summary = run_log(log, read_online_retail, (promotion("{line.sku: '22728'}"), pool()))
    assert summary["ok"]
    # hearts 15.30, lanterns 20.34, boxes 15.30; clocks 90.00; lamps 8.85; hearts again 10.20 twice
    assert (summary["orders"], summary["order_lines"], summary["list_fen"]) == (4, 7, 17019)
    # one tenth off the clocks
    assert (summary["discount_fen"], summary["goods_fen"], summary["shipping_fen"]) == (900, 16119, 1800)
    # 1.53 + 2.03 + 1.53; 8.10; 0.89; 1.02 + 1.02
    assert summary["accruals_by_role"] == {"pool:all": 1612}
    # ten hearts: eight of the later order (20.40), two of the earlier (5.10); then its other four (10.20);
    # then all the clocks at what was paid for them (81.00)
    assert (summary["refunds"], summary["cash_refunded_fen"], summary["shipping_refunded_fen"]) == (5, 11670, 1800)
    # 1.02 + 1.02; 0.51 and 1.02 of the earlier hearts; 8.10
    assert summary["clawbacks_by_role"] == {"pool:all": 1167}
    assert summary["imbalance"]["accounts"] == 0


def test_a_compressed_log_gives_the_same(log: Path, tmp_path: Path) -> None:
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    one, other = (run_log(path, read_online_retail, (pool(),)) for path in (log, packed))
    changing = (
        "peak_memory_bytes",
        "file",
        "seconds",
        "cpu_seconds",
        "orders_per_second",
        "lines_per_second",
        "events_per_second",
    )
    assert {k: v for k, v in one.items() if k not in changing} == {k: v for k, v in other.items() if k not in changing}


def test_an_invoice_may_spread_over_minutes_and_others_may_stand_between() -> None:
    arrivals, _ = _read(ODDITIES)
    first = arrivals[0].event
    assert isinstance(first, OrderEvent)
    assert first.order_id == "536365"
    assert [line.sku for line in first.lines] == ["85123A", "71053", "22752"]
    assert first.placed_at.isoformat() == "2010-12-01T08:26:00+08:00"
    assert first.placed_at.tzinfo is SHANGHAI


def test_a_cancellation_takes_the_latest_sales_first_and_is_split_over_them() -> None:
    arrivals, _ = _read(ODDITIES)
    refunds = [arrival.event for arrival in arrivals if isinstance(arrival.event, RefundEvent)]
    found = [
        (one.refund_id, [(line.line_id, line.quantity) for line in one.lines], one.shipping_fen) for one in refunds
    ]
    assert found == [
        ("C536379/536374", [("2", 4), ("1", 4)], 0),
        ("C536379/536365", [("1", 2)], 0),
        ("C536380/536365", [("1", 4)], 0),
        ("C536383/536366", [("2", 24)], 0),
        ("C536383/536366/fee", [], 1800),
    ]


def test_buyers_are_counted_and_passers_by_are_not_known() -> None:
    orders = {one.event.order_id: one.event for one in _read(ODDITIES)[0] if isinstance(one.event, OrderEvent)}
    first, second, passer_by = orders["536365"].buyer, orders["536374"].buyer, orders["536367"].buyer
    assert (first.id, first.is_new, first.nth_order) == ("17850", True, 1)
    assert (second.id, second.is_new, second.nth_order) == ("17850", False, 2)
    assert (passer_by.id, passer_by.level, passer_by.is_new, passer_by.nth_order) == (None, None, None, None)
    assert orders["536366"].buyer.tags == ("overseas",)


def test_what_is_assigned_is_the_same_every_time_and_per_customer() -> None:
    orders = {one.event.order_id: one.event for one in _read(ODDITIES)[0] if isinstance(one.event, OrderEvent)}
    assert orders["536365"].store == orders["536374"].store
    again = {one.event.order_id: one.event for one in _read(ODDITIES)[0] if isinstance(one.event, OrderEvent)}
    assert orders == again
    hearts = orders["536365"].lines[0]
    assert hearts.product == "85123"
    assert (hearts.category, hearts.merchant) == (
        orders["536374"].lines[0].category,
        orders["536374"].lines[0].merchant,
    )


def test_a_promoters_period_sales_begin_anew_each_month() -> None:
    rows = "".join(
        f"{number},22086,LAMP,1,{day} 10:00:00,2.95,{customer},United Kingdom\n"
        for number, day, customer in (
            ("1", "2010-12-01", "17850"),
            ("2", "2010-12-31", "17850"),
            ("3", "2011-01-01", "17850"),
        )
    )
    promoters = [one.event.promoter for one in _read(rows)[0] if isinstance(one.event, OrderEvent)]
    assert [one.period_sales_fen for one in promoters if one is not None] == [0, 295, 0]


@pytest.mark.parametrize(
    ("text", "fen"),
    [("2.55", 255), ("7", 700), ("0.1", 10), ("1.500", 150), ("-11062.06", -1106206), ("0.001", None), ("0", 0)],
)
def test_prices_are_read_exactly(text: str, fen: int | None) -> None:
    assert pence_of(text) == fen


@pytest.mark.parametrize("text", ["", "1e3", "1,5", ".5", "٢", "1.", "nan", " 1"])
def test_what_is_no_price_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="UnitPrice"):
        pence_of(text)


LINE = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"


@pytest.mark.parametrize(
    ("rows", "place", "code"),
    [
        (LINE + LINE.replace("08:26", "08:25").replace("536365", "536366"), "log.csv:3:1", "L204"),
        (LINE.replace(",6,", ",six,"), "log.csv:2:1", "L202"),
        (LINE.replace(",2.55,", ",2.5.5,"), "log.csv:2:1", "L202"),
        (LINE.replace("2010-12-01 08:26:00", "12/1/2010 8:26"), "log.csv:2:1", "L203"),
        (LINE.replace(",United Kingdom", ""), "log.csv:2:1", "L202"),
        (LINE + LINE.replace("17850", "17851"), "log.csv:3:1", "L202"),
        (LINE.replace("85123A", ""), "log.csv:2:1", "L202"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(rows: str, place: str, code: str) -> None:
    told = _refusal(rows)
    assert told.startswith(f"{place}: error {code} ")


def test_another_header_is_refused() -> None:
    assert _refusal(LINE, HEADER.replace("InvoiceNo", "Invoice")).startswith("log.csv:1:1: error L201")
    assert _refusal("", "").startswith("log.csv:1:1: error L201")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ODDITIES).encode())[:-20])
    with pytest.raises(InvalidInput, match="damaged"):
        run_log(path, read_online_retail, (pool(),))
    path = tmp_path / "log.csv"
    path.write_bytes(HEADER.encode() + LINE.encode().replace(b"HEART", b"H\xffART"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        run_log(path, read_online_retail, (pool(),))
