"""The Online Retail format (UCI): a CSV of invoice lines, cancellations among them, read as orders and refunds.

Amounts in pence are read as fen and wall time as Asia/Shanghai; who sold what is assigned (`assignment.py`).  What
happens to each kind of line, and why, is told in docs/order-log.md.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import BinaryIO, NamedTuple

import msgspec

from api.replay import invoice_lines as lines
from api.replay.assignment import Person, agents_of, channel_of, goods_of, leader_of, person_of
from api.replay.log import Arrival, LineCount, refuse_line
from api.replay.sold import FEE, Sold
from engine.calendar import SHANGHAI
from engine.errors import InvalidInput
from engine.money import Rate
from engine.order import Buyer, Delivery, Line, OrderEvent, Payee, RefundEvent, ReturnedLine

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
SAME_INVOICE = timedelta(minutes=1)
"""Lines of one invoice may carry minutes this far apart, and lines of other invoices may stand between them."""
VAT = Rate(13, 100)
OVERSEAS = ("overseas",)
_BEFORE_ALL = datetime(1, 1, 2, tzinfo=SHANGHAI)


class Invoice(NamedTuple):
    """The lines of one invoice, as listed. `at` is the minute of its first line."""

    number: str
    at: datetime
    customer: str
    country: str
    rows: list[lines.Row]


def read_online_retail(data: BinaryIO, file: str, count: LineCount) -> Iterator[Arrival]:
    """Orders and refunds of a log in this format. Raises `InvalidInput`, naming the line, for what it cannot be."""
    with_sales = _Reader(count)
    try:
        for invoice in _invoices(data, file, count):
            yield from with_sales.arrivals(invoice)
    finally:
        with_sales.sold.close()


def _invoices(data: BinaryIO, file: str, count: LineCount) -> Iterator[Invoice]:
    """Invoices in order of their first lines. An invoice is complete when time has passed its last line."""
    rows = csv.reader(io.TextIOWrapper(data, "utf-8-sig", newline=""), strict=True)
    if next(rows, None) != COLUMNS:
        listed = ",".join(COLUMNS)
        raise refuse_line(file, 1, "L201", "表头不符", "the header is not that of Online Retail", listed, listed)
    open_invoices: dict[str, Invoice] = {}
    last_seen: dict[str, datetime] = {}
    now_text, now = "", _BEFORE_ALL
    for row in rows:
        place = rows.line_num
        count.read += 1
        if len(row) != len(COLUMNS):
            raise _not_so(file, place, f"有 {len(row)} 列，应为 8 列", f"{len(row)} columns where there should be 8")
        number, code, _, quantity, at_text, price, customer, country = row
        if at_text != now_text:
            at = _instant(at_text, file, place)
            if at < now:
                raise _unsorted(file, place, at_text, now_text)
            now_text, now = at_text, at
            while open_invoices:
                first = next(iter(open_invoices))
                if last_seen[first] + SAME_INVOICE >= now:
                    break
                del last_seen[first]
                yield open_invoices.pop(first)
        invoice = open_invoices.get(number)
        if invoice is None:
            if not lines.is_name(number):
                raise _not_so(file, place, f"读不懂的发票号 {number[:80]!r}", f"cannot read InvoiceNo {number[:80]!r}")
            invoice = open_invoices[number] = Invoice(number, now, customer, country, [])
        elif invoice.customer != customer:
            raise _not_so(file, place, f"发票 {number} 有两个客户", f"invoice {number} names two customers")
        last_seen[number] = now
        invoice.rows.append(_row(place, code, quantity, price, file))
    yield from open_invoices.values()


def _row(place: int, code: str, quantity: str, price: str, file: str) -> lines.Row:
    if not lines.is_name(code):
        raise _not_so(file, place, f"读不懂的 StockCode {code[:80]!r}", f"cannot read StockCode {code[:80]!r}")
    try:
        return lines.Row(place, code, lines.units_of(quantity), lines.pence_of(price))
    except ValueError as unreadable:
        raise _not_so(file, place, f"读不懂的 {unreadable}", f"cannot read {unreadable}") from None


def _instant(text: str, file: str, place: int) -> datetime:
    try:
        return lines.shanghai(text)
    except ValueError:
        raise refuse_line(
            file,
            place,
            "L203",
            f"读不懂的时间 {text!r}",
            f"cannot read the time {text!r}",
            "写作 2010-12-01 08:26:00",
            "write 2010-12-01 08:26:00",
        ) from None


def _unsorted(file: str, place: int, at: str, before: str) -> InvalidInput:
    return refuse_line(
        file,
        place,
        "L204",
        f"时间倒退：{at} 排在 {before} 之后",
        f"time goes back: {at} comes after {before}",
        "先按 InvoiceDate 排序",
        "sort the file by InvoiceDate first",
    )


def _not_so(file: str, place: int, zh: str, en: str) -> InvalidInput:
    return refuse_line(file, place, "L202", zh, en)


class _Reader:
    """Turns invoices into events; remembers sales not returned yet, orders per customer, sales per promoter."""

    def __init__(self, count: LineCount) -> None:
        self.sold = Sold()
        self._count = count
        self._orders_of: Counter[str] = Counter()
        self._month = (0, 0)
        self._period_sales: Counter[str] = Counter()

    def arrivals(self, invoice: Invoice) -> Iterator[Arrival]:
        """The events of one invoice; lines that are in none of them are counted by reason."""
        if invoice.number.startswith("A"):
            self._count.skip("bad_debt", len(invoice.rows))
        elif invoice.number.startswith("C"):
            yield from self._cancellation(invoice)
        else:
            yield from self._sale(invoice)

    def _sale(self, invoice: Invoice) -> Iterator[Arrival]:
        goods: list[Line] = []
        entries: list[tuple[str, int, str, int]] = []
        fee_fen = carriage_lines = 0
        for position, row in enumerate(invoice.rows, 1):
            reason = lines.why_no_sale(row)
            if reason is not None:
                self._count.skip(reason)
                continue
            price = row.price_fen or 0
            if row.code in lines.CARRIAGE:
                fee_fen += price * row.quantity
                carriage_lines += 1
                entries.append((row.code, price, FEE, row.quantity))
            else:
                line = _line(position, row.code, price, row.quantity)
                goods.append(line)
                entries.append((row.code, price, line.line_id, row.quantity))
        if not goods:
            if carriage_lines:
                self._count.skip("carriage_without_goods", carriage_lines)
            return
        if invoice.customer:
            self.sold.add(invoice.customer, invoice.number, entries)
        event = self._order(invoice, tuple(goods), fee_fen)
        yield Arrival(event, invoice.rows[0].place, len(entries))

    def _order(self, invoice: Invoice, goods: tuple[Line, ...], fee_fen: int) -> OrderEvent:
        customer = invoice.customer or None
        person = person_of(customer or invoice.number, customer)
        channel = channel_of(invoice.number)
        promoter = self._promoter(person, invoice.at, sum(line.unit_price_fen * line.quantity for line in goods))
        event = OrderEvent(
            order_id=invoice.number,
            placed_at=invoice.at,
            lines=goods,
            channel=channel,
            buyer=self._buyer(invoice, person),
            store=person.store,
            delivery=Delivery(
                kind="pickup" if channel == "store" and not fee_fen else "delivery",
                region=person.region,
                fee_fen=fee_fen,
            ),
            promoter=promoter,
            referrer=person.referrer,
            leader=leader_of(person.store) if channel == "group_share" else None,
        )
        return msgspec.structs.replace(event, regional_agents=agents_of(event))

    def _buyer(self, invoice: Invoice, person: Person) -> Buyer:
        tags = () if invoice.country == "United Kingdom" else OVERSEAS
        if not invoice.customer:
            return Buyer(tags=tags)
        self._orders_of[invoice.customer] += 1
        nth = self._orders_of[invoice.customer]
        return Buyer(
            id=invoice.customer, level=person.level, tags=tags, is_new=nth == 1, nth_order=nth, region=person.region
        )

    def _promoter(self, person: Person, at: datetime, list_fen: int) -> Payee | None:
        """The promoter with the list value of what this calendar month has brought so far, this order not included."""
        if person.promoter is None:
            return None
        if (at.year, at.month) != self._month:
            self._month = (at.year, at.month)
            self._period_sales.clear()
        so_far = self._period_sales[person.promoter.id]
        self._period_sales[person.promoter.id] += list_fen
        return msgspec.structs.replace(person.promoter, period_sales_fen=so_far)

    def _cancellation(self, invoice: Invoice) -> Iterator[Arrival]:
        goods: dict[str, Counter[str]] = {}
        fees: Counter[str] = Counter()
        places: dict[tuple[str, bool], list[int]] = {}
        for row in invoice.rows:
            reason = lines.why_no_cancellation(row, invoice.customer)
            if reason is not None:
                self._count.skip(reason)
                continue
            price = row.price_fen or 0
            portions = self.sold.take(invoice.customer, row.code, price, -row.quantity)
            if not portions:
                self._count.skip("cancellation_without_sale")
                continue
            self._count.note_beyond_sale(-row.quantity - sum(portion.units for portion in portions))
            first = portions[0]
            places.setdefault((first.order_id, first.line_id == FEE), []).append(row.place)
            for order_id, line_id, units in portions:
                if line_id == FEE:
                    fees[order_id] += price * units
                else:
                    goods.setdefault(order_id, Counter())[line_id] += units
        for order_id, returned in goods.items():
            found = places.get((order_id, False), [])
            refund = RefundEvent(
                refund_id=f"{invoice.number}/{order_id}",
                order_id=order_id,
                at=invoice.at,
                lines=tuple(ReturnedLine(line_id=line_id, quantity=units) for line_id, units in returned.items()),
            )
            yield Arrival(refund, found[0] if found else invoice.rows[0].place, len(found))
        for order_id, fen in fees.items():
            found = places.get((order_id, True), [])
            refund = RefundEvent(
                refund_id=f"{invoice.number}/{order_id}/fee", order_id=order_id, at=invoice.at, shipping_fen=fen
            )
            yield Arrival(refund, found[0] if found else invoice.rows[0].place, len(found))


def _line(position: int, code: str, price_fen: int, quantity: int) -> Line:
    goods = goods_of(code)
    return Line(
        line_id=str(position),
        sku=code,
        unit_price_fen=price_fen,
        quantity=quantity,
        merchant=goods.merchant,
        product=goods.product,
        category=goods.category,
        tags=goods.tags,
        floor_price_fen=price_fen * goods.floor_percent // 100,
        unit_cost_fen=price_fen * goods.cost_percent // 100,
        vat_rate=VAT,
    )
