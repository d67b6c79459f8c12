"""Who may see and do what: bearer tokens, compared in constant time."""

import hmac

from fastapi import Request

from api.problems import problem


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
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    # every comparison is made, so that the time taken does not tell which token came close
    matches = [hmac.compare_digest(given.strip().encode(), token.encode()) for token in configured]
    if scheme.lower() != "bearer" or not any(matches):
        refused = problem("unauthorized", "口令缺失或不对", "The bearer token is missing or wrong")
        refused.headers["WWW-Authenticate"] = "Bearer"
        raise refused
