"""The books of a replay: every posting folded as it comes, and the check that can fail at the end (clause J2)."""

from collections.abc import Iterable

from engine.journal.expected import expected_balances
from engine.journal.order_book import OrderBook
from engine.ledger import Posting, imbalance


class Books:
    """Account balances in fen, folded from postings one entry after the other."""

    def __init__(self) -> None:
        self._folded: dict[str, int] = {}

    def post(self, entry: Iterable[Posting]) -> None:
        """Add one entry to the balances."""
        folded = self._folded
        for posting in entry:
            fen = posting.amount_fen
            folded[posting.source] = folded.get(posting.source, 0) - fen
            folded[posting.destination] = folded.get(posting.destination, 0) + fen

    def imbalance(self, orders: Iterable[OrderBook]) -> dict[str, int]:
        """Accounts whose balance differs from what the kept evaluations and refunds say, with the difference."""
        expected: dict[str, int] = {}
        for book in orders:
            for account, fen in expected_balances(book).items():
                expected[account] = expected.get(account, 0) + fen
        return imbalance(self._folded, expected)
