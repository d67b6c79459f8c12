"""T5xx: a campaign template that cannot work. A6xx: an answer in its form that cannot be used."""

from engine.errors import Diagnostic
from engine.text.codes import Code

TEMPLATE_CODES: dict[str, Code] = {
    "T501": Code(
        "不允许的占位符",
        "Placeholder not allowed",
        "`{text}` 不是一个名称, 也不是一个名称加一个过滤器",
        "`{text}` is neither one name nor one name with one filter",
        "整个值写成 `{{{{ 名称 }}}}` 或 `{{{{ 名称 | default('…') }}}}`; 过滤器只有 default, upper, lower, trim",
        "the whole value is `{{{{ name }}}}` or `{{{{ name | default('…') }}}}`; filters: default, upper, lower, trim",
    ),
    "T502": Code(
        "没有这个名称",
        "Unknown name",
        "没有名为 `{name}` 的问题",
        "there is no question `{name}`",
        "可用: {allowed}",
        "available: {allowed}",
    ),
    "T503": Code(
        "键里的占位符",
        "Placeholder in a key",
        "键 `{text}` 里不能有占位符",
        "the key `{text}` holds a placeholder",
        "只有值可以来自回答",
        "only values come from answers",
    ),
    "T504": Code(
        "没有用到的问题",
        "Question never used",
        "问题 `{name}` 没有用到",
        "the question `{name}` is never used",
        "在 campaign 里写 `{{{{ {name} }}}}`, 或删去这个问题",
        "write `{{{{ {name} }}}}` in campaign, or drop the question",
    ),
    "T505": Code(
        "默认值不合题意",
        "Default does not fit",
        "默认值不能用: {why_zh}",
        "the default cannot be used: {why_en}",
        "改默认值或上下限",
        "change the default or the bounds",
    ),
    "T506": Code(
        "读不懂的上下限",
        "Unreadable bound",
        "`{text}` 不能作 {type} 的上下限",
        "`{text}` is no bound for {type}",
        "写同一类型的值, 文本和多选写个数, 或写 `{{{{ 另一问题 }}}}`",
        "a value of the same type, a count for text and choices, or `{{{{ another_question }}}}`",
    ),
    "T507": Code(
        "needs 写错",
        "Wrong `needs`",
        "`needs` 应是一列问题名称",
        "`needs` is a list of names of questions",
        "如 `needs: [spend_from, spend_off]`",
        "such as `needs: [spend_from, spend_off]`",
    ),
    "T508": Code(
        "重复的选项",
        "Option given twice",
        "选项 `{text}` 重复",
        "the option `{text}` is given twice",
        "只保留一个",
        "keep one of them",
    ),
    "T509": Code(
        "表头不由表单填写",
        "Header not filled by the form",
        "`campaign` 的 `{key}` 应为 `{wanted}`",
        "`{key}` of `campaign` must be `{wanted}`",
        "名称、版本、负责人和起止日期来自表单",
        "name, version, owner and dates come from the form",
    ),
    "T510": Code(
        "保留的名称",
        "Reserved name",
        "`{name}` 是表单自带的名称",
        "the form itself brings the name `{name}`",
        "给问题换一个名称",
        "give the question another name",
    ),
}

ANSWER_CODES: dict[str, Code] = {
    "A601": Code(
        "没有这个问题",
        "No such question",
        "没有名为 `{name}` 的问题",
        "there is no question `{name}`",
        "可用: {allowed}",
        "available: {allowed}",
    ),
    "A602": Code(
        "没有回答",
        "Answer missing",
        "“{title}”必须回答",
        "“{title_en}” must be answered",
        "{help}",
        "{help_en}",
    ),
    "A603": Code(
        "看不懂的回答",
        "Unreadable answer",
        "“{title}”的回答 {found} 看不懂",
        "{found} is no answer to “{title_en}”",
        "{wanted_zh}",
        "{wanted_en}",
    ),
    "A604": Code(
        "太小",
        "Too small",
        "“{title}”是 {found}, 小于下限 {bound}",
        "“{title_en}” is {found}, below {bound}",
        "至少 {bound}",
        "at least {bound}",
    ),
    "A605": Code(
        "太大",
        "Too large",
        "“{title}”是 {found}, 大于上限 {bound}",
        "“{title_en}” is {found}, above {bound}",
        "最多 {bound}",
        "at most {bound}",
    ),
    "A606": Code(
        "不在选项里",
        "Not an option",
        "“{title}”没有 {found} 这个选项",
        "“{title_en}” has no option {found}",
        "可选: {allowed}",
        "options: {allowed_en}",
    ),
    "A607": Code(
        "只答了一半",
        "Answered by half",
        "“{title}”没有回答, 而“{other}”回答了",
        "“{title_en}” is not answered although “{other_en}” is",
        "两项都填, 或都不填",
        "give both, or neither",
    ),
    "A608": Code(
        "结束早于开始",
        "Ends before it starts",
        "最后一天 {end} 早于开始 {start}",
        "the last day {end} is before the start {start}",
        "最后一天不早于开始的那天",
        "the last day is the first day or later",
    ),
}

CAMPAIGN_CODES: dict[str, Code] = {**TEMPLATE_CODES, **ANSWER_CODES}


def finding(
    code: str,
    file: str,
    path: str,
    place: tuple[int, int] = (0, 0),
    hint: tuple[str, str] | None = None,
    **data: object,
) -> Diagnostic:
    """A diagnostic of this table; `hint` (zh, en) replaces the code's own."""
    row = CAMPAIGN_CODES[code]
    hint_zh, hint_en = hint or (row.hint_zh.format(**data), row.hint_en.format(**data))
    return Diagnostic(
        file=file,
        line=place[0],
        column=place[1],
        code=code,
        path=path,
        message_zh=row.message_zh.format(**data),
        message_en=row.message_en.format(**data),
        hint_zh=hint_zh,
        hint_en=hint_en,
    )
