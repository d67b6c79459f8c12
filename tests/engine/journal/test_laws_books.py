"""Laws of the books over random orders and news: any order of arrival, J2, instalments, the algebra of refunds."""

from collections import Counter
from fractions import Fraction
from math import floor

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.journal.expected import expected_balances
from engine.journal.flows import entry_postings, flows
from engine.journal.order_book import OrderBook, standing
from engine.journal.order_news import CancelledEvent, OrderNews, PaidEvent
from engine.journal.order_status import status
from engine.ledger import Posting, balances, imbalance
from engine.order import Evaluation, RefundEvent
from engine.refund.clawback import dues
from tests.engine.builders import returned
from tests.engine.journal.builders import by_events, cancelled, news_run, paid, refunded, released, shuffled
from tests.engine.strategies import Choices, evaluations, returned_share

many = settings(max_examples=150)
choices = st.binary(min_size=120, max_size=120).map(Choices)


@st.composite
def sales(draw: st.DrawFn) -> Evaluation:
    """Sales paid in full or by events, the delivery fee borne by the platform or a merchant."""
    evaluation = draw(evaluations())
    how = draw(st.sampled_from(["in_full", "platform", "m-1", "platform"]))
    return evaluation if how == "in_full" else by_events(evaluation, how)


def posted(evaluation: Evaluation, events: list[OrderNews]) -> tuple[OrderBook, list[Posting]]:
    """The book after events in this order of arrival, and all that was posted on the way."""
    book = OrderBook(evaluation)
    postings = list(entry_postings(None, book))
    for event in events:
        before, book = book, book.add(event)
        postings += entry_postings(before, book)
    return book, postings


@given(sales(), choices)
@many
def test_j2_after_every_event_the_postings_fold_to_what_the_second_reading_says(
    evaluation: Evaluation, by: Choices
) -> None:
    book = OrderBook(evaluation)
    folded: list[Posting] = list(entry_postings(None, book))
    for event in shuffled(by, news_run(by, evaluation)):
        before, book = book, book.add(event)
        entry = entry_postings(before, book)
        assert all(one.amount_fen > 0 and one.source != one.destination for one in entry)
        folded += entry
        assert not imbalance(balances(folded), expected_balances(book))
        assert sum(balances(folded).values()) == 0


@given(sales(), choices)
@many
def test_j1_an_entry_is_the_difference_of_two_flows(evaluation: Evaluation, by: Choices) -> None:
    """All flows compared, where an entry looks only at those that its event can have changed."""
    book = OrderBook(evaluation)
    for event in shuffled(by, news_run(by, evaluation)):
        before, book = book, book.add(event)
        then = [one.amount_fen for one in flows(before)]
        then += [0] * (len(flows(book)) - len(then))
        moved = [
            (now.kind, now.line, now.payee, abs(now.amount_fen - fen))
            for now, fen in zip(flows(book), then, strict=True)
            if now.amount_fen != fen
        ]
        assert [(one.kind, one.line, one.payee, one.amount_fen) for one in entry_postings(before, book)] == moved


@given(sales(), choices)
@many
def test_o1_any_order_of_arrival_with_repetitions_ends_in_the_same_balances(
    evaluation: Evaluation, by: Choices
) -> None:
    events = news_run(by, evaluation)
    in_time, postings = posted(evaluation, sorted(events, key=lambda one: one.at))
    other_way, other_postings = posted(evaluation, shuffled(by, events))
    assert other_way == in_time
    assert balances(other_postings) == balances(postings)


@given(sales(), choices)
@many
def test_o2_paid_in_parts_is_the_same_as_paid_at_once(evaluation: Evaluation, by: Choices) -> None:
    """Instalments that come to the whole leave the very accounts of an order paid in full at once."""
    total = OrderBook(evaluation).total_fen
    in_full = msgspec.structs.replace(evaluation, event=msgspec.structs.replace(evaluation.event, payment="in_full"))
    later = [one for one in news_run(by, in_full) if not isinstance(one, PaidEvent)]
    instalments: list[OrderNews] = []
    left = total
    while left:
        fen = by.pick(left, max(1, left // 2), max(1, left // 3))
        left -= fen
        instalments.append(paid(f"p-{len(instalments)}", fen, by.number(0, 300)))
    at_once, _ = posted(in_full, later)
    in_parts, postings = posted(by_events(in_full, in_full.event.delivery.bearer), shuffled(by, [*later, *instalments]))
    assert expected_balances(at_once) == balances(postings)
    assert flows_without_zeros(at_once) == flows_without_zeros(in_parts)


@given(sales(), choices)
@many
def test_o2_what_is_held_is_what_was_paid_and_never_more_than_is_owed(evaluation: Evaluation, by: Choices) -> None:
    book, postings = posted(evaluation, shuffled(by, news_run(by, evaluation)))
    stands, held = standing(book), balances(postings)
    buyer = -held.get(f"buyer:{evaluation.event.buyer.id or 'unknown'}", 0)
    paid_fen = sum(event.amount_fen for event in book.events if isinstance(event, PaidEvent))
    assert book.received_fen == (paid_fen if evaluation.event.payment == "by_events" else book.total_fen)
    assert buyer == min(book.received_fen, stands.value_fen)
    assert 0 <= stands.cash_fen == book.received_fen - buyer <= book.received_fen
    assert 0 <= stands.value_fen <= book.total_fen


@given(sales(), choices)
@many
def test_l5_l6_payees_hold_what_is_due_and_release_what_was_paid_for(evaluation: Evaluation, by: Choices) -> None:
    book, postings = posted(evaluation, shuffled(by, news_run(by, evaluation)))
    stands, held = standing(book), balances(postings)
    due = [0] * len(evaluation.accruals) if book.cancelled else dues(evaluation, stands.state)
    for payee in {one.payee for one in evaluation.accruals}:
        mine = [fen for one, fen in zip(evaluation.accruals, due, strict=True) if one.payee == payee]
        pending, free = held.get(f"payee:{payee}:pending", 0), held.get(f"payee:{payee}:released", 0)
        assert pending + free == sum(mine)
        assert pending >= 0
        assert free >= 0
        if not book.released:
            assert free == 0
        elif stands.held_fen == stands.value_fen:
            assert pending == 0
        else:
            whole = Fraction(stands.held_fen, stands.value_fen)
            assert free == sum(floor(fen * whole + Fraction(1, 2)) for fen in mine)
    if evaluation.ceiling is not None and not book.cancelled:
        rate = Fraction(evaluation.ceiling.at_most.num, evaluation.ceiling.at_most.den)
        assert sum(due) <= floor(rate * (sum(evaluation.priced.net_fen) - sum(stands.share_fen)))


@given(sales(), choices)
@many
def test_l7_refunds_and_their_time_of_arrival_move_dues_alike_before_and_after_release(
    evaluation: Evaluation, by: Choices
) -> None:
    """A refund after release takes from what was released just what it would have taken from what was pending."""
    events = [one for one in news_run(by, evaluation) if one.type != "released"]
    never, _ = posted(evaluation, events)
    early, _ = posted(evaluation, [released(at=0), *events])
    late, _ = posted(evaluation, [*events, released(at=300)])
    plain = _of_payees(expected_balances(never))
    for book in (early, late):
        assert _of_payees(expected_balances(book)) == plain
    assert _without_release(expected_balances(early)) == _without_release(expected_balances(late))


@given(sales(), choices)
@many
def test_l8_a_cancellation_leaves_nothing_in_any_account(evaluation: Evaluation, by: Choices) -> None:
    """Whatever was paid, refunded, released before or comes after: only payment fees that were kept remain."""
    events = [one for one in news_run(by, evaluation) if one.type != "cancelled"]
    book, postings = posted(evaluation, shuffled(by, [*events, cancelled(at=by.number(0, 300))]))
    left = {account: fen for account, fen in balances(postings).items() if not is_payment_fee(account)}
    assert left == {}
    assert standing(book).cash_fen == book.received_fen
    assert status(book) == "cancelled"


@given(sales(), choices)
@many
def test_l8_the_rest_refunded_leaves_nothing_but_the_funding_of_the_fee(evaluation: Evaluation, by: Choices) -> None:
    events = [one for one in news_run(by, evaluation) if one.type != "cancelled"]
    book, postings = posted(evaluation, events)
    state = standing(book).state
    rest = refunded(
        "rest",
        *(
            returned(one.line_id, one.quantity - state.units[i], net - returned_share(evaluation, state, i))
            for i, (one, net) in enumerate(zip(evaluation.event.lines, evaluation.priced.net_fen, strict=True))
        ),
        at=301,
        shipping_fen=evaluation.priced.shipping_fen - state.shipping_fen,
        payment_fee="return",
    )
    after = book.add(rest)
    postings += entry_postings(book, after)
    delivery = {"delivery:fees", f"merchant:{evaluation.event.delivery.bearer}:delivery", "platform:promotions"}
    left = {account: fen for account, fen in balances(postings).items() if not is_payment_fee(account)}
    assert left.keys() <= delivery
    assert sum(left.values()) == 0
    assert standing(after).cash_fen == after.received_fen
    assert status(after) == "refunded"


@given(sales(), choices)
@many
def test_o5_payment_fees_come_back_with_the_cash_they_were_taken_of(evaluation: Evaluation, by: Choices) -> None:
    events = news_run(by, evaluation)
    book, postings = posted(evaluation, shuffled(by, events))
    fees = sum(event.fee_fen for event in book.events if isinstance(event, PaidEvent))
    left = balances(postings).get("channel:fees", 0)
    policies = {one.payment_fee for one in book.events if isinstance(one, RefundEvent | CancelledEvent)}
    assert 0 <= left <= fees
    if policies <= {"keep"}:
        assert left == fees
    elif policies == {"return"} and standing(book).cash_fen == book.received_fen:
        assert left == 0


@given(sales(), choices)
@many
def test_o1_what_is_there_already_changes_nothing(evaluation: Evaluation, by: Choices) -> None:
    book, _ = posted(evaluation, news_run(by, evaluation))
    for event in book.events:
        assert book.add(event) is book


def is_payment_fee(account: str) -> bool:
    return account.endswith(":fees") and account != "delivery:fees"


def flows_without_zeros(book: OrderBook) -> list[Posting]:
    return [one for one in flows(book) if one.amount_fen]


def _of_payees(held: dict[str, int]) -> dict[str, int]:
    """What each payee is due in all, pending or released."""
    sums: Counter[str] = Counter()
    for account, fen in held.items():
        if account.startswith("payee:"):
            sums[account.rpartition(":")[0]] += fen
    return {payee: fen for payee, fen in sums.items() if fen}


def _without_release(held: dict[str, int]) -> dict[str, int]:
    return {account: fen for account, fen in held.items() if not account.startswith("payee:")}
