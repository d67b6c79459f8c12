"""The pages: whole, in two languages, safe to show, and telling no secrets outside the demo."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.pages.story import demo_story
from api.pages.texts import LANGUAGES, texts
from storage.database import read
from tests.api.conftest import order, service_behind

TEMPLATES = Path(__file__).parents[2] / "templates"
ADDRESSES = ("/", "/shop", "/campaigns/new", "/campaigns/new?template=fruit-festival")


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_both_languages(steady_shop: TestClient, address: str, language: str) -> None:
    page = steady_shop.get(address, params={"lang": language} | dict(re.findall(r"(\w+)=([\w-]+)", address)))
    assert page.status_code == 200
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page.text
    assert texts(language)["slogan"].replace("'", "&#39;") in page.text
    steady_shop.cookies.clear()


def test_the_language_is_remembered(steady_shop: TestClient) -> None:
    steady_shop.get("/", params={"lang": "en"})
    assert '<html lang="en">' in steady_shop.get("/shop").text
    steady_shop.cookies.clear()
    assert '<html lang="zh-CN">' in steady_shop.get("/shop").text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.8", "zh"),
        ("fr, en;q=0.3", "en"),
        ("fr", "zh"),
        ("en;q=0", "zh"),
        ("en;q=x, zh-TW;q=0.001", "zh"),
        ("en;q=1.000,zh;q=0.999", "en"),
    ],
)
def test_a_first_visit_is_answered_in_the_language_of_the_browser(
    steady_shop: TestClient, header: str, language: str
) -> None:
    page = steady_shop.get("/campaigns/new", headers={"Accept-Language": header})
    assert texts("en" if language == "en" else "zh")["campaign_lead"] in page.text
    assert "Accept-Language" in page.headers["vary"]
    asked = steady_shop.get("/campaigns/new?lang=zh", headers={"Accept-Language": header})
    assert texts("zh")["campaign_lead"] in asked.text
    steady_shop.cookies.clear()


def test_scripts_and_styles_come_from_here_only(steady_shop: TestClient) -> None:
    page = steady_shop.get("/campaigns/new")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    for found in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert found.startswith("/")
        if found.startswith("/static/"):
            assert steady_shop.get(found).status_code == 200


def test_the_demo_order_divides_to_the_last_fen(steady_shop: TestClient) -> None:
    service = service_behind(steady_shop)
    with read(service.database) as connection:
        story = demo_story(service, connection)
    assert story is not None
    paid = story.order.totals.paid_fen + story.subsidy_fen
    assert sum(share.amount_fen for share in story.shares) == paid
    assert {share.kind for share in story.shares} >= {"merchant", "payee"}
    page = steady_shop.get("/").text
    assert "星沙豆豆" in page


def test_an_order_page_explains_and_in_the_demo_says_who_earns(steady_shop: TestClient) -> None:
    steady_shop.post("/v1/orders", json=order("page-1", ("stinky-tofu", 2), promoter_id="p004"))
    page = steady_shop.get("/orders/page-1").text
    assert "第二件半价" in page
    assert 'id="who-earns"' in page


def test_outside_the_demo_pages_tell_no_commission_and_no_token(shop: TestClient) -> None:
    shop.post("/v1/orders", json=order("page-1", ("stinky-tofu", 2), promoter_id="p004"))
    page = shop.get("/orders/page-1").text
    assert "第二件半价" in page
    for secret in ("who-earns", "p004", "佣金 ", "changsha@"):
        assert secret not in page
    assert "merchant-token" not in shop.get("/campaigns/new").text


def test_what_people_typed_is_text_on_a_page(steady_shop: TestClient) -> None:
    name = "<script>alert(1)</script>"
    steady_shop.post("/v1/orders", json=order(name, ("stinky-tofu", 1)))
    page = steady_shop.get(f"/orders/{name}")
    assert page.status_code == 200
    assert name not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.mark.parametrize("address", ["/orders/nowhere", "/campaigns/new?template=nothing"])
def test_what_is_not_there_gets_a_page_that_says_so(steady_shop: TestClient, address: str) -> None:
    page = steady_shop.get(address)
    assert page.status_code == 404
    assert "没有找到" in page.text


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    sources = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("[ps]*/*.*") if path.suffix != ".css")
    used = set(re.findall(r"\b(?:t|texts)\.([a-z_]+)\b", sources))
    assert used == set(texts("zh")) == set(texts("en"))
