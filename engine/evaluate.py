"""The chain on one page: an order event and the live rules in, the whole evaluation out."""

from engine import SEMANTICS
from engine.earn.commission import accrue
from engine.live import LiveRules
from engine.order import Evaluation, OrderEvent
from engine.price.pricing import price


def evaluate_order(event: OrderEvent, live: LiveRules) -> Evaluation:
    """Price an order and say who earns what. Pure: the same event and rules give the same result, bit for bit.

    1. match   which conditions hold for which line, as one bit mask per line
    2. price   catalogue, item, order and shipping lanes; limits; the cheapest world for the buyer
    3. accrue  commissions on what was priced, held under the ceiling

    The ledger entry of the sale follows from the result alone (`flows.sale_postings`), and so do its refunds
    (`clawback.refund`): nothing later asks a rule again.
    """
    masks = live.network.match(event)
    priced = price(event, live, masks)
    accruals, not_accrued, ceiling = accrue(event, live, masks, priced)
    days = live.release_after_days
    return Evaluation(SEMANTICS, event, live.rule_sets, priced, accruals, not_accrued, ceiling, days)
