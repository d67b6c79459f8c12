"""Bindings in the database: the touches that buyers and promoters had, append-only; what binds is read off them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, bindparam, insert, or_, select

from engine.people.binding import BindingPolicy, Source, Touch, bound_at
from engine.people.relations import cycles
from storage.database import table_of
from storage.people_tables import TouchRow
from storage.tables import Promoter

_TOUCH, _PROMOTER = table_of(TouchRow), table_of(Promoter)
_LOCK: Final = 4_873_102_557
"""Any fixed number: touches take turns on PostgreSQL, so that no two of them close a circle together."""
_OF_BUYER: Final = select(_TOUCH).where(_TOUCH.c.buyer == bindparam("buyer")).order_by(_TOUCH.c.at, _TOUCH.c.number)
_UNTIL: Final = _OF_BUYER.where(_TOUCH.c.at <= bindparam("at", type_=_TOUCH.c.at.type))
_SAME: Final = select(_TOUCH).where(
    _TOUCH.c.buyer == bindparam("buyer"),
    _TOUCH.c.at == bindparam("at", type_=_TOUCH.c.at.type),
    _TOUCH.c.token == bindparam("token"),
)
_OF_PROMOTERS: Final = select(_TOUCH, _PROMOTER.c.id.label("owner")).join(
    _PROMOTER, or_(_PROMOTER.c.buyer == _TOUCH.c.buyer, _PROMOTER.c.id == _TOUCH.c.buyer)
)


def take_turns(connection: Connection) -> None:
    """Let touches be judged one after the other. SQLite has one writer at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def same_touch(connection: Connection, touch: Touch) -> Touch | None:
    """The touch already recorded of this buyer, instant and token, whatever else it says."""
    wanted = {"buyer": touch.buyer, "at": touch.at, "token": touch.token}
    row = connection.execute(_SAME, wanted).one_or_none()
    return None if row is None else _touch(row)


def record_touch(connection: Connection, touch: Touch, recorded_at: datetime) -> None:
    """Append a touch. Raises sqlalchemy's IntegrityError when it is there, or its promoter is not."""
    fields = {name: getattr(touch, name) for name in touch.__struct_fields__}
    connection.execute(insert(_TOUCH), fields | {"recorded_at": recorded_at})


def touches_of(connection: Connection, buyer: str) -> tuple[Touch, ...]:
    """The history of a buyer, the earliest first."""
    return tuple(_touch(row) for row in connection.execute(_OF_BUYER, {"buyer": buyer}))


def bound_promoter(connection: Connection, buyer: str, policy: BindingPolicy, at: datetime) -> str | None:
    """The promoter whom a buyer is bound to at an instant."""
    rows = connection.execute(_UNTIL, {"buyer": buyer, "at": at}).all()
    standing = bound_at(map(_touch, rows), buyer, policy, at) if rows else None
    return None if standing is None else standing.promoter


def circle_made_by(connection: Connection, touch: Touch, policy: BindingPolicy) -> tuple[str, ...]:
    """The circle of promoters, each bound to the next, that a touch would close; empty when it closes none.

    A promoter is bound where an account they buy with is.  Looked at is the moment of the touch and, when it is told
    late, every later moment at which some promoter was bound.
    """
    owners = select(_PROMOTER.c.id).where(or_(_PROMOTER.c.buyer == touch.buyer, _PROMOTER.c.id == touch.buyer))
    mine = list(connection.execute(owners).scalars())
    if not mine:
        return ()
    history: dict[tuple[str, str], list[Touch]] = {(one, touch.buyer): [touch] for one in mine}
    for row in connection.execute(_OF_PROMOTERS):
        history.setdefault((row.owner, row.buyer), []).append(_touch(row))
    moments = {touch.at} | {one.at for touches in history.values() for one in touches if one.at > touch.at}
    for moment in sorted(moments):
        for circle in cycles(_above(history, touch.buyer, policy, moment)):
            if set(mine).intersection(circle):
                return (*circle, circle[0])
    return ()


def _above(
    history: Mapping[tuple[str, str], list[Touch]], first: str, policy: BindingPolicy, at: datetime
) -> dict[str, str]:
    """To whom each promoter is bound at an instant; of several accounts the one named `first` says it."""
    above: dict[str, str] = {}
    for (owner, buyer), touches in sorted(history.items(), key=lambda one: (one[0][1] == first, one[0])):
        standing = bound_at(touches, buyer, policy, at)
        if standing is not None:
            above[owner] = standing.promoter
    return above


def _touch(row: Any) -> Touch:
    return Touch(
        buyer=row.buyer,
        promoter=row.promoter,
        at=row.at,
        token=row.token,
        source=cast(Source, row.source),
        window_days=row.window_days,
    )
