"""Who may see and do what: bearer tokens, compared in constant time, and signed ones of promoters."""

import hmac

from fastapi import Request

from api.problems import ProblemRaised, problem
from api.promoter_tokens import promoter_of
from api.service import Service


def require_token(request: Request, *allowed: str | None) -> None:
    """Let a request pass that carries one of the tokens as `Authorization: Bearer …`.

    Raises the problem 403 if no token is configured at all, 401 if the request carries none or another one.
    """
    configured = [token for token in allowed if token]
    if not configured:
        raise problem(
            "forbidden",
            "本服务没有设置口令 (FENRUN_OPERATOR_TOKEN), 此功能关闭",
            "No token is configured on this service (FENRUN_OPERATOR_TOKEN), so this is closed",
        )
    # every comparison is made, so that the time taken does not tell which token came close
    given = _bearer(request)
    matches = [hmac.compare_digest((given or "").encode(), token.encode()) for token in configured]
    if given is None or not any(matches):
        raise _unauthorized()


def require_promoter(request: Request, service: Service, promoter: str) -> None:
    """Let a request pass that carries an operator's token, or the promoter's own.

    Raises the problem 403 for the token of another promoter and where no token can be good, 401 for any other.
    """
    secret, given, operators = service.settings.token_secret, _bearer(request), service.settings.operator_tokens
    whose = promoter_of(given, secret, service.now()) if secret is not None and given is not None else None
    if whose == promoter:
        return
    if whose is not None:
        raise problem("forbidden", "口令属于另一位推广员", "The token belongs to another promoter")
    if secret is not None and not operators:
        raise _unauthorized()
    require_token(request, *operators.values())


def _bearer(request: Request) -> str | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def _unauthorized() -> ProblemRaised:
    refused = problem("unauthorized", "口令缺失、不对或已过期", "The bearer token is missing, wrong or expired")
    refused.headers["WWW-Authenticate"] = "Bearer"
    return refused
