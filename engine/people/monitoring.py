"""Watching the network of referrals against the figures of the law (docs/law.md): pure findings, nothing is blocked.

The marks are those of 公通字〔2013〕37号: prosecution from 3 levels and 30 members, a grave case from 120 members or
2,500,000 yuan collected.  The organiser and his level count.
"""

from collections.abc import Iterable, Mapping

import msgspec

from engine.errors import Diagnostic, Severity
from engine.money import yuan
from engine.order import Accrual
from engine.people.participants import Participants
from engine.people.relations import network, said
from engine.text.codes_participants import WATCH_CODES

ALERT_LEVELS = 3
ALERT_MEMBERS = 30
GRAVE_MEMBERS = 120
GRAVE_FEN = 250_000_000

_LONGEST_LIST = 10
"""So many names are told; a longer list helps nobody."""


class Income(msgspec.Struct, frozen=True):
    """What somebody earned, in fen: on sales of their own, and on those of others."""

    own_fen: int
    others_fen: int


def relation_findings(participants: Participants, collected_fen: int = 0) -> tuple[Diagnostic, ...]:
    """An alert (warning) or an escalation (error) for the referrals of one organiser; nothing below the marks.

    `collected_fen`: what buyers have paid through the network so far.
    """
    found = network(participants.referrers)
    if found.levels < ALERT_LEVELS:
        return ()
    grave = found.members >= GRAVE_MEMBERS or collected_fen >= GRAVE_FEN
    if not grave and found.members < ALERT_MEMBERS:
        return ()
    lowest = participants.get(found.deepest[-1])
    data = {
        "levels": found.levels,
        "members": found.members,
        "collected_zh": f"、收款 {yuan(collected_fen)} 元" if collected_fen else "",
        "collected_en": f", {yuan(collected_fen)} yuan collected" if collected_fen else "",
        "path": said(found.deepest),
    }
    line = 1 if lowest is None else lowest.line
    return (_finding("P722" if grave else "P721", "error" if grave else "warning", participants.file, line, data),)


def incomes(accruals: Iterable[Accrual]) -> dict[str, Income]:
    """What payees earned by accruals: as referrer on others' sales, in every other role on their own."""
    found: dict[str, Income] = {}
    for one in accruals:
        before = found.get(one.payee, Income(0, 0))
        others = one.amount_fen if one.plan.role == "referrer" else 0
        found[one.payee] = Income(before.own_fen + one.amount_fen - others, before.others_fen + others)
    return found


def income_findings(found: Mapping[str, Income], file: str = "") -> tuple[Diagnostic, ...]:
    """Who earns more than half from the sales of others, in one finding; nothing when nobody does."""
    earning = {who: one for who, one in found.items() if one.own_fen + one.others_fen > 0}
    living = sorted(who for who, one in earning.items() if one.others_fen > one.own_fen)
    if not living:
        return ()
    names = ", ".join(living[:_LONGEST_LIST]) + (", …" if len(living) > _LONGEST_LIST else "")
    return (_finding("P723", "warning", file, 1, {"total": len(earning), "count": len(living), "names": names}),)


def _finding(code: str, severity: Severity, file: str, line: int, data: Mapping[str, object]) -> Diagnostic:
    row = WATCH_CODES[code]
    return Diagnostic(
        file=file,
        line=line or 1,
        column=1,
        code=code,
        message_zh=row.message_zh.format(**data),
        message_en=row.message_en.format(**data),
        hint_zh=row.hint_zh,
        hint_en=row.hint_en,
        severity=severity,
    )
