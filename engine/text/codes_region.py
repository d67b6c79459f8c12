"""R34x: the meaning of region rule sets, and of shares that several split."""

from engine.text.codes import Code

REGION_CODES: dict[str, Code] = {
    "R340": Code(
        "区域规则不看推荐关系",
        "Region rules ask nobody who recruited",
        "区域代理按地区与合同计佣，条件不能用 `{fact}`",
        "regional agents earn by region and contract, so a condition cannot ask for `{fact}`",
        "去掉这一条件；推广员的佣金写在 commission 规则集里",
        "drop the condition; what promoters earn belongs in a commission rule set",
    ),
    "R341": Code(
        "缺少各级比率",
        "The rates are missing",
        "按行政区划 (`hierarchy: region`) 的规则须写 `rates`",
        "a rule by regions (`hierarchy: region`) needs `rates`",
        "例如 `rates: {{district: 2%, city: 3%}}`",
        "for example `rates: {{district: 2%, city: 3%}}`",
    ),
    "R342": Code(
        "比率已在合同里",
        "The rates are in the contracts",
        "按合同 (`hierarchy: contract`) 的规则不写 `rates`，比率冻结在各代理的合同里",
        "a rule by contracts (`hierarchy: contract`) has no `rates`: they are frozen in the agents' contracts",
        "去掉 `rates`，或改为 `hierarchy: region`",
        "drop `rates`, or make it `hierarchy: region`",
    ),
    "R343": Code(
        "各份不成整体",
        "The parts are not the whole",
        "各份合计 {total}，须恰为 100%，或由一份 `remaining: true` 拿其余",
        "the shares add up to {total}: they must make 100 %, or one part take what is `remaining: true`",
        "例如 `[{{to: host, share: 60%}}, {{to: promoter, remaining: true}}]`",
        "for example `[{{to: host, share: 60%}}, {{to: promoter, remaining: true}}]`",
    ),
}
