"""Of all that a schema could complain about, people are told the mistake they made, and what would be right."""

import pytest

from tests.engine.test_build_promotion import FREE, diagnose, text_of


def said(give: str = FREE, when: str = "always") -> list[tuple[str, str, str]]:
    """Code, place below the rule, and English hint of what is found."""
    found = diagnose(text_of(give, when=when), "f.yaml")
    return [(one.code, one.path.removeprefix("/rules/0"), one.hint_en) for one in found]


@pytest.mark.parametrize(
    ("when", "code", "path", "hint"),
    [
        ("alway", "S204", "/when", "did you mean `always`? allowed: always"),
        ("[a]", "S203", "/when", "write text or a mapping"),
        ("{}", "S207", "/when", "all of these must hold"),
        ("{line.sku: }", "S203", "/when/line.sku", "give a value, or delete the key"),
        ("{order.channel: liv}", "S204", "/when/order.channel", "did you mean `live`? allowed: mini_program, live"),
        ("{order.channel: [live, 3]}", "S204", "/when/order.channel/1", "allowed: mini_program"),
        ("{clock.weekday: {in: [fri, 周五]}}", "S204", "/when/clock.weekday/in/1", "allowed: mon, tue"),
        ("{line.unit_price: {at_least: abc}}", "R301", "/when/line.unit_price/at_least", "write yuan"),
        ("{line.unit_price: -3}", "R301", "/when/line.unit_price", "amounts are never negative"),
        ("{clock.time: 2200}", "R305", "/when/clock.time", "write `'22:00'`, quoted"),
        ("{clock.time: {from: '22:00'}}", "S210", "/when/clock.time/from", "add `until`"),
        ("{buyer.is_new: 'true'}", "S203", "/when/buyer.is_new", "drop the quotes: `true`"),
        ("{line.quantity: {at_least: '3'}}", "S203", "/when/line.quantity/at_least", "drop the quotes: `3`"),
        ("{line.sku: [true]}", "S203", "/when/line.sku/0", "quote it: `'true'`"),
        ("{line.category: [[a]]}", "S203", "/when/line.category/0", "write text or a whole number"),
        ("{any: {line.sku: a}}", "S203", "/when/any", "write a list"),
        ("{any: [{line.tags: {under: a}}]}", "R311", "/when/any/0/line.tags/under", "allowed: in, not_in, exists"),
        ("{line.tags: {has: a}}", "R312", "/when/line.tags/has", "allowed: in, not_in, exists"),
        ("{not: {line.sk: a}}", "R310", "/when/not/line.sk", "did you mean `line.sku`?"),
        ("{weather: rain}", "R310", "/when/weather", "allowed: any, all, not, order.channel"),
    ],
)
def test_conditions(when, code, path, hint):
    ((found, place, words),) = said(when=when)
    assert (found, place) == (code, path)
    assert words.startswith(hint)


@pytest.mark.parametrize(
    ("give", "code", "path", "hint"),
    [
        ("abc", "S203", "/give/0", "write a mapping"),
        ("{every: 2, percent_off: 50%}", "S202", "/give/0", "add `type`"),
        ("{typ: gift, sku: a}", "S202", "/give/0", "rename `typ` to `type`?"),
        ("{type: grup_discount, every: 2}", "S204", "/give/0/type", "did you mean `group_discount`?"),
        ("{type: 3}", "S204", "/give/0/type", "allowed: price_tag, line_discount"),
        ("{type: shipping_discount, free: false}", "S204", "/give/0/free", "allowed: true"),
        ("{type: line_discount, percent_off: 20}", "R302", "/give/0/percent_off", "`20%`?"),
        ("{type: line_discount, percent_off: [20%]}", "S203", "/give/0/percent_off", "write text"),
        ("{type: line_discount, price: 12345678901}", "R301", "/give/0/price", "write yuan"),
        ("{type: order_discount, tiers: [null]}", "S203", "/give/0/tiers/0", "give a value"),
    ],
)
def test_benefits(give, code, path, hint):
    ((found, place, words),) = said(give)
    assert (found, place) == (code, path)
    assert words.startswith(hint)
