"""Every answer that is not the wanted one: RFC 9457 problem details, in Chinese with an English twin."""

import logging
from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import OperationalError, TimeoutError
from starlette.exceptions import HTTPException

from engine.errors import Diagnostic, InvalidInput

_LOG: Final = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"


class FieldProblem(msgspec.Struct, frozen=True, order=True):
    """One wrong place of a request: a JSON pointer into the body (`/lines/0/sku`), or `?name` for a query parameter."""

    pointer: str
    code: str
    detail: str
    detail_en: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document. `code` is stable; `errors` names every wrong place, if places are what is wrong."""

    type: str
    title: str
    title_en: str
    status: int
    code: str
    detail: str
    detail_en: str
    errors: tuple[FieldProblem, ...] = ()


_TITLES: Final = {
    "bad_request": (400, "请求有误", "Bad request"),
    "unauthorized": (401, "需要口令", "A token is needed"),
    "forbidden": (403, "没有权限", "Not allowed"),
    "not_found": (404, "没有找到", "Not found"),
    "method_not_allowed": (405, "不支持这个方法", "Method not allowed"),
    "order_differs": (409, "订单号已被占用", "The order id is taken"),
    "event_differs": (409, "事件编号已被占用", "The event id is taken"),
    "adjustment_differs": (409, "调账编号已被占用", "The adjustment id is taken"),
    "one_person": (409, "须由另一人批准", "Another person must approve"),
    "dividend_refused": (409, "分红无法进行", "A pool cannot be shared out"),
    "no_settlement_rules": (409, "没有结算规则", "There are no settlement rules"),
    "touch_differs": (409, "同一次触达已记录, 内容不同", "The touch is recorded with another content"),
    "no_binding_policy": (409, "没有绑定规则", "There is no binding policy"),
    "no_level_rules": (409, "没有等级规则", "There are no level rules"),
    "level_refused": (409, "无法评定等级", "The level cannot be judged"),
    "campaign_exists": (409, "活动已存在", "The campaign exists"),
    "body_too_large": (413, "请求太大", "The body is too large"),
    "not_json": (415, "请求体须为 JSON", "The body must be JSON"),
    "invalid": (422, "内容有误", "Invalid content"),
    "key_reused": (422, "幂等键已用于另一请求", "The idempotency key belongs to another request"),
    "internal": (500, "服务器内部错误", "Internal error"),
    "busy": (503, "系统繁忙", "Busy"),
}


class ProblemRaised(Exception):
    """Carries a problem to the client. `headers` go with it."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        self.problem = problem
        self.headers = headers or {}
        super().__init__(problem.detail_en)


def problem(code: str, detail: str, detail_en: str, errors: Iterable[FieldProblem] = ()) -> ProblemRaised:
    """A problem of a known kind, ready to raise."""
    status, title, title_en = _TITLES[code]
    return ProblemRaised(
        Problem(
            type=f"urn:fenrun:problem:{code.replace('_', '-')}",
            title=title,
            title_en=title_en,
            status=status,
            code=code,
            detail=detail,
            detail_en=detail_en,
            errors=tuple(sorted(errors)),
        )
    )


def invalid(errors: Iterable[FieldProblem]) -> ProblemRaised:
    """A request whose content is wrong in the places named."""
    found = sorted(errors)
    detail = f"有 {len(found)} 处需要改正: {found[0].detail}" if len(found) > 1 else found[0].detail
    detail_en = f"{len(found)} places need correction: {found[0].detail_en}" if len(found) > 1 else found[0].detail_en
    return problem("invalid", detail, detail_en, found)


def from_diagnostics(
    diagnostics: Iterable[Diagnostic], pointer_of: Callable[[Diagnostic], str] = lambda found: found.path
) -> ProblemRaised:
    """Findings of the engine as a problem. `pointer_of` says where in the body each of them sits."""
    return invalid(
        FieldProblem(
            pointer=pointer_of(found),
            code=found.code,
            detail=f"{found.message_zh} ({found.hint_zh})" if found.hint_zh else found.message_zh,
            detail_en=f"{found.message_en} ({found.hint_en})" if found.hint_en else found.message_en,
        )
        for found in diagnostics
    )


def answer_of(raised: ProblemRaised) -> Response:
    """The HTTP answer of a problem."""
    return Response(
        msgspec.json.encode(raised.problem),
        status_code=raised.problem.status,
        media_type=MEDIA_TYPE,
        headers=raised.headers,
    )


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem document."""

    @app.exception_handler(ProblemRaised)
    async def on_problem(_request: Request, raised: ProblemRaised) -> Response:
        return answer_of(raised)

    @app.exception_handler(InvalidInput)
    async def on_invalid_input(_request: Request, raised: InvalidInput) -> Response:
        return answer_of(from_diagnostics(raised.diagnostics))

    @app.exception_handler(OperationalError)
    @app.exception_handler(TimeoutError)
    async def on_busy(request: Request, raised: OperationalError | TimeoutError) -> Response:
        _LOG.warning("%s %s: the database did not answer", request.method, request.url.path, exc_info=raised)
        busy = problem("busy", "数据库暂时不可用, 请稍后重试", "The database is not available right now; try again")
        busy.headers["Retry-After"] = "1"
        return answer_of(busy)

    @app.exception_handler(HTTPException)
    async def on_http_error(request: Request, raised: HTTPException) -> Response:
        return answer_of(_http_problem(request, raised))

    @app.exception_handler(Exception)
    async def on_fault(_request: Request, _raised: Exception) -> Response:
        return answer_of(problem("internal", "服务器出错, 已记录", "The service failed; the fault has been logged"))


def _http_problem(request: Request, raised: HTTPException) -> ProblemRaised:
    path = request.url.path
    if raised.status_code == 404:
        return problem("not_found", f"没有这个地址: {path}", f"There is nothing at {path}")
    if raised.status_code == 405:
        method = request.method
        refused = problem("method_not_allowed", f"{path} 不支持 {method}", f"{path} does not take {method}")
        refused.headers.update(raised.headers or {})
        return refused
    return problem("bad_request", f"请求无法处理: {raised.detail}", f"The request cannot be served: {raised.detail}")
