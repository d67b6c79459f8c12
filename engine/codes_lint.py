"""What the lint can say of a sound rule set: the law, and rules that cannot do what they seem to."""

from engine.codes import Code

LINT_CODES: dict[str, Code] = {
    "L401": Code(
        "第二级佣金须签字",
        "A second level needs a sign-off",
        "规则 {rule} 给上级计佣，须先有书面签字",
        "rule {rule} pays a referrer, which needs a recorded sign-off",
        "写明 sign_off（谁、何时、文号），或只给 promoter",
        "state sign_off (who, when, which document), or pay the promoter only",
    ),
    "L402": Code(
        "佣金可能超过三成",
        "Commissions may exceed 30 %",
        "规则 {rule} 的比例合计 {total}，没有不超过 30% 的上限",
        "the rates of rule {rule} add up to {total}, and no ceiling of 30 % or less holds them",
        "加上 ceiling: {{at_most: 30%, excess: scale}}",
        "add ceiling: {{at_most: 30%, excess: scale}}",
    ),
    "L403": Code(
        "上限高于三成",
        "Ceiling above 30 %",
        "上限 {total} 高于 30%（分账默认上限，也是审慎上限）",
        "a ceiling of {total} is above 30 %, the default limit of profit sharing and the prudential cap",
        "写 30% 或更低",
        "make it 30% or less",
    ),
    "L404": Code(
        "单个收益人比例过高",
        "One payee gets a lot",
        "规则 {rule} 给 {role} {total}，超过 20%",
        "rule {rule} gives {role} {total}, more than 20 %",
        "确认这是有意的",
        "make sure this is meant",
    ),
    "L405": Code(
        "宣传用语有风险",
        "Risky wording",
        "标题含有“{word}”，属于传销或夸大宣传的高风险用语",
        "the title contains “{word}”, wording that regulators read as pyramid selling or a promise of gain",
        "换一种说法",
        "say it another way",
    ),
    "L406": Code(
        "规则永远轮不到",
        "Unreachable rule",
        "规则 {rule} 之前的 {other} 总是成立，它永远轮不到",
        "rule {other} before it always holds, so rule {rule} never pays",
        "把 {other} 移到最后",
        "move {other} to the end",
    ),
    "L407": Code(
        "两条规则可能同时成立",
        "Two rules may hold at once",
        "choose: only 时规则 {rule} 与 {other} 可能同时成立",
        "with choose: only, rules {rule} and {other} can hold at once",
        "让条件互斥，或改用 choose: first",
        "make their conditions exclude each other, or use choose: first",
    ),
    "L408": Code(
        "专享优惠永远不会生效",
        "An exclusive promotion that never stands",
        "专享规则 {rule} 只送赠品，不比别的优惠便宜，永远不会被选中",
        "exclusive rule {rule} gives only gifts: it never makes an order cheaper, so it is never chosen",
        "改为 competing 或 combinable",
        "make it competing or combinable",
    ),
    "L409": Code(
        "单品优惠会让门槛够不着",
        "An item rule can push a threshold out of reach",
        "门槛按现价计算，规则 {other} 会先降价，可能使 {rule} 达不到门槛",
        "thresholds count running amounts and rule {other} lowers them first, so {rule} may fall short",
        "threshold_on: original 按原价计算门槛",
        "use threshold_on: original to count list prices",
    ),
}
