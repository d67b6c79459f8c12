"""A merchant, a buyer and a passer-by use the pages on a phone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.browser

NIGHT_MARKET = "/campaigns/new?template=night-market"


def example_totals(page: Page) -> list[str]:
    return page.locator(".example .total .after").all_inner_texts()


def test_a_merchant_sees_prices_follow_the_answers_and_publishes(phone: Page) -> None:
    phone.goto(NIGHT_MARKET)
    expect(phone.locator(".example")).to_have_count(3)
    at_half = example_totals(phone)
    strip = phone.locator("#strip b").all_inner_texts()
    assert strip == at_half, "the totals stay in sight on a phone"

    phone.fill("input[name=second_piece]", "70%")
    expect(phone.locator("#sentences")).to_contain_text("70%")
    at_seventy = example_totals(phone)
    fen = [[int(text.removeprefix("¥").replace(".", "")) for text in texts] for texts in (at_seventy, at_half)]
    assert sum(fen[0]) < sum(fen[1])
    assert all(new <= old for new, old in zip(*fen, strict=True)), "a floor may keep one of them where it is"

    phone.fill("input[name=campaign_title]", "湘江夜市")
    phone.click("#publish")
    expect(phone.locator("#done")).to_be_visible()
    expect(phone.locator("#done-title")).to_have_text("湘江夜市")
    expect(phone.locator("#done-from")).to_have_text("2026-10-02 22:31")
    expect(phone.locator("#workbench")).to_be_hidden()


def test_a_wrong_answer_is_told_beside_its_question_and_goes_when_mended(phone: Page) -> None:
    phone.goto(NIGHT_MARKET)
    question = phone.locator("[data-question=second_piece]")
    phone.fill("input[name=second_piece]", "90%")
    expect(question.locator(".fault")).to_contain_text("70%")
    expect(phone.locator("#preview")).to_have_class(re.compile("stale"))
    expect(phone.locator(".wrong")).to_have_count(1)
    phone.fill("input[name=second_piece]", "45")
    expect(question.locator(".fault")).to_be_empty()
    expect(phone.locator("#sentences")).to_contain_text("45%")
    expect(phone.locator("#preview")).not_to_have_class(re.compile("stale"))


def test_required_questions_are_not_told_off_before_they_were_asked(phone: Page) -> None:
    phone.goto("/campaigns/new?template=school-season")
    expect(phone.locator("[data-question]").first).to_be_visible()
    phone.wait_for_load_state("networkidle")
    expect(phone.locator(".wrong")).to_have_count(0)
    phone.click("#publish")
    expect(phone.locator("[data-question=first_day]")).to_have_class(re.compile("wrong"))
    expect(phone.locator("#done")).to_be_hidden()


def test_a_wrong_token_is_told_and_nothing_is_published(phone: Page) -> None:
    phone.goto(NIGHT_MARKET)
    phone.fill("#token", "wrong")
    phone.click("#publish")
    expect(phone.locator("#error")).to_contain_text("口令")
    expect(phone.locator("#done")).to_be_hidden()


def test_a_buyer_fills_a_basket_sees_why_it_is_cheap_and_orders(phone: Page) -> None:
    phone.goto("/shop")
    phone.select_option("select[name=promoter]", "p004")
    for sku, count in (("stinky-tofu", 2), ("spicy-crayfish", 1)):
        for _ in range(count):
            phone.click(f"[data-sku={sku}] .more")
    expect(phone.locator("#count")).to_have_text("3")
    expect(phone.locator("#total")).to_have_text(re.compile(r"¥\d+\.\d\d"))
    phone.click("#basket summary")
    expect(phone.locator("#lines .tag").first).to_be_visible()
    expect(phone.locator("#lines")).to_contain_text("新客减8")
    total = phone.locator("#total").inner_text()

    phone.click("#pay")
    phone.wait_for_url("**/orders/demo-*")
    expect(phone.locator(".total .money").first).to_have_text(total)
    expect(phone.locator("#who-earns")).to_contain_text("星沙豆豆")
    expect(phone.locator(".story li").first).to_contain_text("实付")


def test_what_is_missing_for_the_next_promotion_is_shown(phone: Page) -> None:
    phone.goto("/shop")
    phone.click("[data-sku=stinky-tofu] .more")
    phone.click("#basket summary")
    expect(phone.locator("#hints")).to_contain_text("再买 1 件可享第二件半价 可省 ¥6.00")


def test_goods_can_be_taken_out_again(phone: Page) -> None:
    phone.goto("/shop")
    phone.click("[data-sku=stinky-tofu] .more")
    expect(phone.locator("#basket")).to_be_visible()
    phone.click("[data-sku=stinky-tofu] .less")
    expect(phone.locator("#basket")).to_be_hidden()


def test_a_category_narrows_the_list(phone: Page) -> None:
    phone.goto("/shop")
    expect(phone.locator(".good").first).to_be_visible()
    whole = phone.locator(".good").count()
    phone.click("#chips [data-category=fruit]")
    shown = phone.locator(".good").count()
    assert 0 < shown < whole
    expect(phone.locator(".good .seal.fruit")).to_have_count(shown)


def test_the_language_can_be_changed_and_stays(phone: Page) -> None:
    phone.goto("/")
    phone.click(".language")
    expect(phone.locator("h1")).to_contain_text("who earns what")
    phone.goto("/shop")
    expect(phone.locator("[data-sku=stinky-tofu]")).to_contain_text("Stinky tofu")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", ["/", "/shop", NIGHT_MARKET, "/orders/nowhere"])
def test_nothing_sticks_out_sideways_and_no_script_fails(
    chromium: Browser, address: str, path: str, size: dict[str, int]
) -> None:
    for language in ("zh", "en"):
        context = chromium.new_context(viewport=size, base_url=address)
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error, seen=faults: seen.append(str(error)))
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.wait_for_load_state("networkidle")
        width = page.evaluate("document.documentElement.scrollWidth")
        context.close()
        assert faults == []
        assert width <= size["width"]
