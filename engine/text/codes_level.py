"""R35x: levels that cannot be ordered, and rates that facts cannot have.

L44x: what the law forbids a level to ask for (docs/law.md).
"""

from engine.text.codes import Code

LEVEL_CODES: dict[str, Code] = {
    "R350": Code(
        "等级编号重复",
        "Double level id",
        "等级编号 `{id}` 重复, 第一次在第 {first} 行",
        "the level `{id}` is given twice, first in line {first}",
        "每个等级用不同的编号",
        "give each level an id of its own",
    ),
    "R351": Code(
        "最低等级不设条件",
        "The lowest level asks for nothing",
        "最低等级 `{id}` 人人都有, 不能有 `{key}`",
        "everybody starts on the lowest level `{id}`, so it cannot have `{key}`",
        "删去 `{key}`",
        "drop `{key}`",
    ),
    "R352": Code(
        "等级缺少条件",
        "Level without a condition",
        "等级 `{id}` 缺少 `{key}`",
        "the level `{id}` has no `{key}`",
        "除最低等级外, 升级 (reach) 与保级 (keep) 的条件都要写明",
        "every level but the lowest states both `reach` and `keep`",
    ),
    "R353": Code(
        "保级比升级还难",
        "Harder to keep than to reach",
        "等级 `{id}` 的保级条件 `{measure}` 比升级条件更严",
        "the level `{id}` asks more of `{measure}` to keep it than to reach it",
        "保级条件不高于升级条件, 且只用升级条件里有的指标",
        "let `keep` ask no more than `reach`, and of the same measures",
    ),
    "R354": Code(
        "高等级比低等级容易",
        "A higher level asks less",
        "等级 `{id}` 的 {key} 条件在 `{measure}` 上比 `{lower}` 宽",
        "in {key}, the level `{id}` asks less of `{measure}` than `{lower}` below it",
        "由低到高排列, 每项指标都不低于下一级",
        "order levels from low to high, each asking as much of every measure as the one below",
    ),
    "R355": Code(
        "与低一级没有差别",
        "The same as the level below",
        "等级 `{id}` 的升级条件与 `{lower}` 完全相同",
        "the level `{id}` is reached by the same figures as `{lower}`",
        "提高一项条件, 或合并两个等级",
        "ask more of one measure, or make them one level",
    ),
    "R356": Code(
        "不起作用的条件",
        "A condition without effect",
        "`{text}` 谁都满足",
        "everybody meets `{text}`",
        "写大于零的数, 或删去",
        "write a figure above zero, or drop it",
    ),
    "R357": Code(
        "读不懂的百分比",
        "Unreadable percentage",
        "`{text}` 不是 0% 到 100% 之间最多两位小数的百分比",
        "`{text}` is no percentage from 0% to 100% with two decimals at most",
        "写作 `30%` 或 `12.25%`",
        "write `30%` or `12.25%`",
    ),
}

LEVEL_LAW_CODES: dict[str, Code] = {
    "L441": Code(
        "等级不能看人头",
        "No level by heads",
        "`{key}` 按发展的人数定等级，属于拉人头（禁止传销条例第七条第一项）",
        "`{key}` makes a level depend on how many people were recruited: pay by heads (禁止传销条例, Art. 7 (1))",
        "只用本人的指标: sales, orders, refund_rate, repeat_rate",
        "use figures of one's own: sales, orders, refund_rate, repeat_rate",
    ),
    "L442": Code(
        "等级不能看团队业绩",
        "No level by a team's sales",
        "`{key}` 按他人的销售定等级，属于团队计酬（禁止传销条例第七条第三项）",
        "`{key}` makes a level depend on what others sell: pay on a team's sales (禁止传销条例, Art. 7 (3))",
        "只用本人的指标: sales, orders, refund_rate, repeat_rate",
        "use figures of one's own: sales, orders, refund_rate, repeat_rate",
    ),
    "L443": Code(
        "等级不能靠付费或自购",
        "No level for a fee or a purchase",
        "`{key}` 以付费或购买为升级条件，属于入门费（禁止传销条例第七条第二项）",
        "`{key}` makes a payment or a purchase the condition of a level: an entry fee (禁止传销条例, Art. 7 (2))",
        "只用本人的指标: sales, orders, refund_rate, repeat_rate",
        "use figures of one's own: sales, orders, refund_rate, repeat_rate",
    ),
}
