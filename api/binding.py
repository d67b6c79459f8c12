"""Binding buyers to promoters: evidence taken once, judged by the policy of the service, and told in full."""

from sqlalchemy import Connection

from api.events import already_happened
from api.people_answers import BindingAnswer, BindingHistory, TouchAnswer
from api.problems import FieldProblem, invalid, problem
from api.schemas import NewTouch
from api.service import Service
from engine.people.binding import BindingRule, Touch, bindings, bound_at, self_bound
from engine.people.participants import Participant
from engine.people.relations import said
from storage.bindings import circle_made_by, record_touch, same_touch, take_turns, touches_of
from storage.database import write
from storage.standings import participants


def bind(service: Service, told: NewTouch) -> BindingAnswer:
    """Record that a buyer came to a promoter. Told again it changes nothing.

    Raises the problem 409 where no binding policy stands or the touch is known with another content, 422 for an
    unknown or inactive promoter, for somebody bound to themselves, and for a circle of promoters.
    """
    rule, now = binding_rule(service), service.now()
    already_happened(told.at, now, "/at")
    touch = Touch(
        buyer=told.buyer_id,
        promoter=told.promoter_id,
        at=told.at,
        token=told.token,
        source=told.source,
        window_days=rule.window_days,
    )
    with write(service.database) as connection:
        take_turns(connection)
        known = same_touch(connection, touch)
        if known is None:
            _judge(connection, touch, rule)
            record_touch(connection, touch, now)
        elif (known.promoter, known.source) != (touch.promoter, touch.source):
            raise problem(
                "touch_differs",
                f"{told.buyer_id} 此刻用 {told.token} 的触达已记录, 推广员或来源不同",
                f"{told.buyer_id} opened {told.token} at this instant already, for another promoter or from elsewhere",
            )
        standing = bound_at(touches_of(connection, touch.buyer), touch.buyer, rule.policy, touch.at)
    return BindingAnswer(
        buyer_id=touch.buyer,
        outcome="recorded" if known is None else "known",
        promoter_id=None if standing is None else standing.promoter,
        since=None if standing is None else standing.touch.at,
        until=None if standing is None else standing.until,
    )


def history(service: Service, connection: Connection, buyer: str) -> BindingHistory:
    """Every touch of a buyer, and which of them bound. Raises the problem 409 where no binding policy stands."""
    rule = binding_rule(service)
    touches = touches_of(connection, buyer)
    until = {one.touch: one.until for one in bindings(touches, buyer, rule.policy)}
    return BindingHistory(
        buyer_id=buyer,
        policy=rule.policy,
        touches=tuple(
            TouchAnswer(
                promoter_id=one.promoter,
                token=one.token,
                source=one.source,
                at=one.at,
                window_days=one.window_days,
                bound_until=until.get(one),
            )
            for one in touches
        ),
    )


def binding_rule(service: Service) -> BindingRule:
    """How this service binds buyers. Raises the problem 409 where that was not decided."""
    rule = service.settings.binding
    if rule is None:
        raise problem(
            "no_binding_policy",
            "本服务没有设置绑定规则 (FENRUN_BINDING_POLICY)",
            "No binding policy is configured on this service (FENRUN_BINDING_POLICY)",
        )
    return rule


def _judge(connection: Connection, touch: Touch, rule: BindingRule) -> None:
    promoter = next(iter(participants(connection, touch.promoter)), None)
    fault = _fault(touch, promoter)
    if fault is not None:
        raise invalid([fault])
    circle = circle_made_by(connection, touch, rule.policy)
    if circle:
        path = said(circle)
        raise invalid(
            [
                FieldProblem(
                    "/promoter_id",
                    "binding_circle",
                    f"推广员互相绑定成环: {path}",
                    f"Promoters bound in a circle: {path}",
                )
            ]
        )


def _fault(touch: Touch, promoter: Participant | None) -> FieldProblem | None:
    who = touch.promoter
    if promoter is None:
        return FieldProblem(
            "/promoter_id", "unknown_promoter", f"没有编号为 {who} 的推广员", f"There is no promoter {who}"
        )
    if promoter.status != "active":
        return FieldProblem("/promoter_id", "inactive_promoter", f"推广员 {who} 已停用", f"{who} is inactive")
    if self_bound(touch, [promoter.buyer]):
        detail = f"{touch.buyer} 是推广员 {who} 本人的账号, 不能绑定自己"
        return FieldProblem(
            "/buyer_id", "self_binding", detail, f"{touch.buyer} is an account of {who}: nobody is bound to themselves"
        )
    return None
