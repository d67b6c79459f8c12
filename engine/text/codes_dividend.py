"""R38x: dividend rule sets that nobody could get anything by.  L45x: what they must not promise (docs/law.md)."""

from engine.text.codes import Code

DIVIDEND_CODES: dict[str, Code] = {
    "R380": Code(
        "比率须大于零",
        "Rate must be above zero",
        "`{text}` 应大于零",
        "`{text}` must be above zero",
        "写大于零的比率；不分红就不要这份规则集",
        "write a rate above zero; without a dividend there is no need of the rule set",
    ),
    "R381": Code(
        "轮不到的权重",
        "A weight that is never reached",
        "第 {number} 档对所有人成立，其后的权重轮不到",
        "class {number} holds for everybody, so the weights after it are never reached",
        "把 `when: always` 放在最后",
        "put `when: always` last",
    ),
    "R382": Code(
        "权重全为零",
        "All weights are zero",
        "没有一档的权重大于零，谁也分不到",
        "no class has a weight above zero, so nobody would get anything",
        "至少一档大于零",
        "make one of them more than zero",
    ),
}

DIVIDEND_LAW_CODES: dict[str, Code] = {
    "L450": Code(
        "像在许诺投资回报",
        "Reads like a promised return",
        "“{word}”读起来像出资换固定回报，属非法集资的高风险表述",
        "“{word}” reads like money paid in for a promised return, which regulators treat as illegal fund-raising",
        "分红只来自已结束周期的销售；标题不提出资、年化、保底",
        "a dividend comes from the sales of a closed period; name no payment in, yearly rate or guarantee",
    ),
    "L451": Code(
        "不看本人业绩的分红",
        "A dividend without own work",
        "参与条件和权重都不看本人业绩，不做事也能分",
        "neither who shares nor the weight looks at own sales, so people share without any work",
        "在 holders 里要求 own_sales 或 sales_points，或以它们为权重",
        "ask for own_sales or sales_points in holders, or weigh by them",
    ),
    "L452": Code(
        "按未收的钱提取",
        "Funded by money that was not paid",
        "fund.of: list 按原价提取，优惠掉的部分并没有收到",
        "fund.of: list takes list prices, of which discounts were never paid",
        "用 paid_goods 或 margin",
        "use paid_goods or margin",
    ),
}
