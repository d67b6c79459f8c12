"""Which operator acts: persons have tokens of their own."""

import hmac

from fastapi import Request

from api.access import require_token
from api.settings import Settings


def require_operator(request: Request, settings: Settings) -> str:
    """Let a request pass that carries an operator's token; the name of the person whose it is.

    Raises the problem 403 if no operator has a token, 401 if the request carries none or another one.
    """
    tokens = settings.operator_tokens
    require_token(request, *tokens.values())
    given = request.headers["authorization"].partition(" ")[2].strip().encode()
    return next(name for name, token in tokens.items() if hmac.compare_digest(given, token.encode()))
