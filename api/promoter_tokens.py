"""Tokens by which promoters see their own figures: signed statements of who somebody is, until when (RFC 7519).

The shop that knows its promoters signs them with the secret it shares with this service; `fenrun token promoter` signs
one for a try-out.
"""

from datetime import datetime, timedelta
from typing import Final

import jwt

AUDIENCE: Final = "fenrun:promoter"
ALGORITHM: Final = "HS256"
DAYS: Final = 30


def signed(promoter: str, secret: str, now: datetime, days: int = DAYS) -> str:
    """The token of a promoter, for so many days."""
    expires = int((now + timedelta(days=days)).timestamp())
    return jwt.encode(
        {"sub": promoter, "aud": AUDIENCE, "iat": int(now.timestamp()), "exp": expires}, secret, ALGORITHM
    )


def promoter_of(token: str, secret: str, now: datetime) -> str | None:
    """Whose token it is; None for one that is not signed with the secret, not meant for this, or no longer good."""
    try:
        said = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            # the service has a clock of its own: what has expired is judged by it below
            options={"require": ["sub", "aud", "exp"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidTokenError:
        return None
    subject, expires = said["sub"], said["exp"]
    good = isinstance(subject, str) and isinstance(expires, int) and now.timestamp() < expires
    return subject if good else None
