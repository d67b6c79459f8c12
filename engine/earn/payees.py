"""Who earns under a role on an order, and why nobody does where that is so (clause A5)."""

from engine.order import SHIPPING_LINE, OrderEvent, Payee

Found = tuple[str, str | None]
"""The payee's id (empty when there is none), and the code when nothing is to be paid."""

PARTNER = "partner"
"""The merchant of whoever sells: of the promoter, else of the host. It earns on the goods of other merchants only."""


class Payees:
    """The payees of one order, each looked up once."""

    __slots__ = ("_event", "_found")

    def __init__(self, event: OrderEvent) -> None:
        self._event = event
        self._found: dict[str, Found] = {}

    def of(self, role: str) -> Found:
        """Who earns under a role on any line."""
        found = self._found.get(role)
        if found is None:
            found = self._found[role] = _partner(self._event) if role == PARTNER else _payee(self._event, role)
        return found

    def on(self, role: str, line: int) -> Found:
        """Who earns under a role on one line: a partner nothing on goods of its own."""
        found = self.of(role)
        if role != PARTNER or found[1] is not None or line == SHIPPING_LINE:
            return found
        own = found[0] == f"merchant:{self._event.lines[line].merchant}"
        return (found[0], "same_merchant") if own else found


def _payee(event: OrderEvent, role: str) -> Found:
    if role == "promoter":  # the most frequent first
        return _person(event, event.promoter)
    if role.startswith("pool:"):
        return role, None
    people = {"referrer": event.referrer, "leader": event.leader, "host": event.host}
    return _person(event, people[role])


def _person(event: OrderEvent, payee: Payee | None) -> Found:
    if payee is None:
        return "", "payee_absent"
    if payee.status != "active":
        return payee.id, "payee_inactive"
    if event.buyer.id is not None and event.buyer.id in (payee.id, payee.buyer):
        return payee.id, "payee_is_buyer"
    return payee.id, None


def _partner(event: OrderEvent) -> Found:
    sellers = [one for one in (event.promoter, event.host) if one is not None and one.merchant is not None]
    if not sellers:
        return "", "payee_absent"
    _, code = _person(event, sellers[0])
    return f"merchant:{sellers[0].merchant}", code
