"""Words that the law keeps out of the conditions of a level: heads, fees and purchases, the sales of others.

The vocabulary is closed, so these words are refused like any unknown one; this module lets the message say why.
"""

_SALES = ("sale", "sold", "amount", "order", "turnover", "revenue", "gmv", "业绩", "销售", "销量", "金额", "订单")
_OTHERS = ("team", "downline", "subtree", "network", "group", "below", "团队", "下线", "下级", "小组")
_HEADS = (
    *("recruit", "invit", "referr", "head", "member", "direct", "fan", "regist", "people", "new_buyer", "signup"),
    *("人数", "直推", "间推", "拉新", "邀请", "注册", "粉丝", "推荐", "人头"),
)
_FEES = (
    *("purchas", "bought", "buy_", "spend", "spent", "paid", "payment", "pay_", "fee", "deposit", "recharge"),
    *(
        "top_up",
        "topup",
        "membership",
        "package",
        "自购",
        "消费",
        "缴",
        "费用",
        "入门费",
        "押金",
        "充值",
        "购买",
        "付款",
        "礼包",
    ),
)


def forbidden(key: str) -> str | None:
    """The code of what a word would bring in that the law forbids; None for any other unknown word."""
    word = key.lower().replace("-", "_").replace(".", "_") + "_"
    others = any(stem in word for stem in _OTHERS)
    if others and any(stem in word for stem in _SALES):
        return "L442"
    if others or any(stem in word for stem in _HEADS):
        return "L441"
    return "L443" if any(stem in word for stem in _FEES) else None
