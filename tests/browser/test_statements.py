"""A promoter and an operator read the books: every amount opens, pictures fit, and it can be printed."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from api.demo_history import load_history
from tests.browser.conftest import DESKTOP, PHONE, serving

pytestmark = pytest.mark.browser

NARROW = {"width": 360, "height": 740}
STATEMENT = "/statements/2026-11-A/p003"
PAGES = ("/settlements", "/settlements/2026-11-A", "/settlements/2026-11-B", STATEMENT, f"{STATEMENT}?open=all")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the demo shop is served with its history."""
    now = datetime.fromisoformat("2026-11-18T09:00:00+08:00")
    with serving(f"sqlite:///{tmp_path_factory.mktemp('past')}/fenrun.db", now, load_history) as address:
        yield address


@pytest.fixture(params=["with scripts", "without scripts"])
def reader(request: pytest.FixtureRequest, chromium: Browser, past: str) -> Iterator[Page]:
    """Somebody with a phone, whose browser runs scripts or does not."""
    context = chromium.new_context(
        viewport=PHONE, base_url=past, locale="zh-CN", java_script_enabled=request.param == "with scripts"
    )
    yield context.new_page()
    context.close()


def fen(amount: Locator) -> int:
    text = amount.inner_text()
    size = int(text.lstrip("+−").removeprefix("¥").replace(".", ""))
    return -size if text.startswith("−") else size


def opened(parts: Locator) -> list[Locator]:
    """Open each of some amounts by a tap, and give them back."""
    found = parts.all()
    for one in found:
        one.locator(":scope > summary").click()
        expect(one.locator(":scope > .inside")).to_be_visible()
        assert one.locator(":scope > .inside").inner_text().strip()
    return found


def ends_of(parts: Locator) -> list[tuple[float, float]]:
    """Where those elements that can be seen begin and end on the page, from the left."""
    found: list[tuple[float, float]] = parts.evaluate_all(
        """all => all.filter((one) => one.checkVisibility({ contentVisibilityAuto: true }))
            .map((one) => one.getBoundingClientRect()).map((box) => [box.left, box.right])"""
    )
    return found


def amount_of(part: Locator) -> int:
    return fen(part.locator(":scope > summary .money"))


def test_every_amount_opens_into_its_explanation_and_parts_come_to_their_figure(reader: Page) -> None:
    reader.goto(STATEMENT)
    steps = opened(reader.locator(".step"))
    assert len(steps) > 6
    orders = 0
    for step in steps:
        items = opened(step.locator(":scope > .inside > .item"))
        if items:
            assert sum(amount_of(item) for item in items) == amount_of(step)
        else:
            expect(step.locator(".facts").first).to_be_visible()
        for item in items:
            lines = opened(item.locator(":scope > .inside > .item"))
            orders += 1
            if lines:
                assert sum(amount_of(line) for line in lines) == amount_of(item)
            for leaf in lines or [item]:
                expect(leaf.locator(".facts")).to_be_visible()
                expect(leaf.locator(".facts")).to_contain_text("changsha@1/")
    assert orders > 5


def test_the_way_from_the_first_page_to_an_amount_its_order_and_back(reader: Page) -> None:
    reader.goto("/")
    reader.get_by_role("link", name="账目").click()
    reader.get_by_role("link", name="2026-10-B").click()
    reader.get_by_role("link", name="坡子街阿辣").click()
    expect(reader.locator("h1")).to_contain_text("p003")
    settled = fen(reader.locator(".headline .result .money"))
    assert -settled == amount_of(reader.locator("#settled"))
    reader.locator("#released > summary").click()
    reader.locator("#released .item > summary").first.click()
    reader.locator("#released .more").first.click()
    expect(reader.locator("h1")).to_contain_text("cs-")
    reader.go_back()
    reader.get_by_role("link", name="2026-11-A →").click()
    expect(reader).to_have_url(re.compile(f"{STATEMENT}$"))


def test_bars_of_a_picture_share_one_axis_and_follow_each_other(chromium: Browser, past: str) -> None:
    for size in (NARROW, DESKTOP):
        page = chromium.new_page(viewport=size, base_url=past)
        page.goto(f"{STATEMENT}?lang=zh")
        pictures = [one.bounding_box() for one in page.locator("#pending .step svg").all()]
        assert len({(round(box["x"]), round(box["width"])) for box in pictures if box}) == 1
        bars = [one.bounding_box() for one in page.locator("#pending rect:not(.zero)").all()]
        opening, accrued, released, closing = (box for box in bars if box)
        assert abs(accrued["x"] - opening["x"] - opening["width"]) <= 2
        assert abs(released["x"] - closing["x"] - closing["width"]) <= 2
        page.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_sticks_out_and_amounts_stand_under_each_other(
    chromium: Browser, past: str, path: str, language: str
) -> None:
    for size in (NARROW, PHONE, DESKTOP):
        page = chromium.new_page(viewport=size, base_url=past)
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        amounts = ends_of(page.locator(".money"))
        assert amounts or path == "/settlements"
        assert all(0 <= left <= right <= size["width"] for left, right in amounts)
        for lane in page.locator(".lane").all():
            assert len({round(right) for _, right in ends_of(lane.locator(".step > summary > .money"))}) == 1
        page.close()


def test_a_printed_statement_shows_what_is_folded_on_the_screen(chromium: Browser, past: str) -> None:
    page = chromium.new_page(viewport=DESKTOP, base_url=past)
    page.goto(STATEMENT)
    facts = page.locator("#released .facts").first
    expect(facts).to_be_hidden()
    page.emulate_media(media="print")
    expect(facts).to_be_visible()
    expect(page.locator(".top")).to_be_hidden()
    page.close()
