"""The demo shop with a clock, bindings and promoters' tokens, for tests of people around sales."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient

from api.app import create_app
from api.promoter_tokens import signed
from api.settings import Settings
from engine.people.binding import BindingPolicy, BindingRule
from storage.demo import load_demo
from tests.api.conftest import FRIDAY_NIGHT, OPERATOR, RULES
from tests.api.test_settlements import Clock, Shop

SECRET = "a secret of thirty-two bytes or more"


class PeopleShop(Shop):
    """A shop whose promoters look at their own figures."""

    def touch(self, buyer: str, promoter: str, token: str, status: int = 201, **more: Any) -> Any:
        body = {
            "buyer_id": buyer,
            "promoter_id": promoter,
            "token": token,
            "source": "share_card",
            "at": self.clock.now.isoformat(),
            **more,
        }
        answer = self.client.post("/v1/bindings", json=body, headers=OPERATOR)
        assert answer.status_code == status, answer.text
        return answer.json()

    def mine(self, promoter: str, path: str, status: int = 200, whose: str | None = None) -> Any:
        token = signed(whose or promoter, SECRET, self.clock.now)
        answer = self.client.get(f"/v1/promoters/{promoter}/{path}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, answer.text
        return answer.json()

    def seen(self, order_id: str) -> Any:
        """The order as the operator sees it."""
        return self.get(f"/v1/orders/{order_id}?view=operator")

    def earners(self, order_id: str) -> set[str]:
        return {one["payee"] for one in self.seen(order_id)["accruals"] if one["amount_fen"]}


@contextmanager
def people_shop(url: str, policy: BindingPolicy | None, days: int = 30) -> Iterator[PeopleShop]:
    """The demo shop on a database, with a binding policy or none."""
    clock = Clock()
    rule = None if policy is None else BindingRule(policy, days)
    app = create_app(
        Settings(database_url=url, operator_token="operator-token", token_secret=SECRET, binding=rule), clock
    )
    load_demo(app.state.service.database, RULES, FRIDAY_NIGHT)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield PeopleShop(client, clock)
