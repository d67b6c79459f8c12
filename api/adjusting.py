"""Corrections by hand: one person proposes, another approves."""

import msgspec
from sqlalchemy import Connection

from api.book_answers import AdjustmentAnswer, AdjustmentList
from api.problems import FieldProblem, invalid, problem
from api.schemas import AdjustmentProposal
from api.service import Service
from engine.calendar import SHANGHAI
from storage.adjustments import Adjustment, adjustment, adjustments, approve_adjustment, propose_adjustment
from storage.database import write
from storage.journal import lock_journal


def propose(service: Service, proposal: AdjustmentProposal, person: str) -> tuple[AdjustmentAnswer, bool]:
    """Keep a proposal of a person; and whether it is new. The same again changes nothing.

    Raises the problem 409 when its id stands for another proposal, 422 when it moves nothing.
    """
    _check(proposal)
    proposed = Adjustment(**msgspec.structs.asdict(proposal), proposed_by=person, proposed_at=service.now())
    with write(service.database) as connection:
        kept = propose_adjustment(connection, proposed)
    if _content(kept) != _content(proposed):
        raise problem(
            "adjustment_differs",
            f"{kept.id} 已由 {kept.proposed_by} 用于另一笔调账",
            f"{kept.id} stands for another adjustment, proposed by {kept.proposed_by}",
        )
    return _answer(kept), kept is proposed


def approve(service: Service, adjustment_id: str, person: str) -> AdjustmentAnswer:
    """Approve a proposal: with that it is an entry of the journal. Approved already: it stays as it is.

    Raises the problem 404 when nothing was proposed under the id, 409 when the same person proposed it.
    """
    with write(service.database) as connection:
        lock_journal(connection)
        found = adjustment(connection, adjustment_id) if "\0" not in adjustment_id else None
        if found is None:
            raise problem("not_found", f"没有调账 {adjustment_id}", f"There is no adjustment {adjustment_id}")
        if found.approved_by is not None:
            return _answer(found)
        if found.proposed_by == person:
            raise problem(
                "one_person",
                f"{person} 提出的调账须由另一人批准；各人的口令见 FENRUN_OPERATORS",
                f"{person} proposed it: another person approves it. Persons have tokens by FENRUN_OPERATORS",
            )
        approved = msgspec.structs.replace(found, approved_by=person, approved_at=service.now())
        approve_adjustment(connection, approved)
        return _answer(approved)


def all_adjustments(connection: Connection) -> AdjustmentList:
    """All proposals, approved or not, the newest first."""
    return AdjustmentList(adjustments=tuple(map(_answer, adjustments(connection))))


def _check(proposal: AdjustmentProposal) -> None:
    """What the types cannot say: two accounts, and texts that every database can store."""
    faults = [
        FieldProblem(f"/{name}", "control_character", "不能含控制字符", "There are no control characters in it")
        for name in ("source", "destination", "reason")
        if not getattr(proposal, name).isprintable()
    ]
    if proposal.source == proposal.destination:
        same = "调账须在两个账户之间"
        faults.append(FieldProblem("/destination", "one_account", same, "An adjustment is between two accounts"))
    if faults:
        raise invalid(faults)


def _content(one: Adjustment) -> tuple[object, ...]:
    return one.source, one.destination, one.amount_fen, one.reason, one.proposed_by


def _answer(one: Adjustment) -> AdjustmentAnswer:
    approved_at = None if one.approved_at is None else one.approved_at.astimezone(SHANGHAI)
    told = {**msgspec.structs.asdict(one), "proposed_at": one.proposed_at.astimezone(SHANGHAI)}
    return AdjustmentAnswer(**{**told, "approved_at": approved_at})
