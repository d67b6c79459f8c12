"""What a deployment decides, read from the environment once, at the start."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self, cast, get_args

import msgspec

from engine.people.binding import MOST_WINDOW_DAYS, WINDOW_DAYS, BindingPolicy, BindingRule

PROJECT = Path(__file__).parent.parent
LEAST_SECRET_BYTES = 32
DEMO_SECRET = "fenrun-demo-secret-for-trying-it-out"
"""What `fenrun demo` signs promoters' tokens with unless a secret is set: everybody knows it."""
DEFAULT_DATABASE = "sqlite:///var/fenrun.db"
UNNAMED_OPERATOR = "operator"
"""Who acts with the token of `FENRUN_OPERATOR_TOKEN`."""
MOST_NAME_LETTERS = 60


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The service's settings.

    `database_url`: `sqlite:///FILE` or `postgresql+psycopg://…`.  `sqlite_synchronous`: `normal`, or `full` to lose
    nothing at a power cut.  `operator_token` opens the operator's view and publishing, `merchant_token` publishing of
    campaigns; without a token the door stays shut.  `operators` are operators by name, each with a token of their own:
    what needs two persons needs two of them.  The bearer of `operator_token` is the person `operator`.
    `token_secret` signs the tokens with which promoters see their own figures.  `binding` says how buyers are bound to
    promoters; without it nobody is.  `demo` offers the token of the merchant on the form, for a try-out.
    """

    database_url: str = DEFAULT_DATABASE
    sqlite_synchronous: Literal["normal", "full"] = "normal"
    operator_token: str | None = None
    merchant_token: str | None = None
    operators: dict[str, str] = {}
    token_secret: str | None = None
    binding: BindingRule | None = None
    demo: bool = False
    rules_dir: Path = PROJECT / "rules"
    templates_dir: Path = PROJECT / "templates"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read `FENRUN_DATABASE_URL`, `FENRUN_SQLITE_SYNCHRONOUS`, `FENRUN_OPERATOR_TOKEN`, `FENRUN_MERCHANT_TOKEN`,
        `FENRUN_OPERATORS`, `FENRUN_TOKEN_SECRET`, `FENRUN_BINDING_POLICY` and `FENRUN_BINDING_DAYS`.

        An empty variable counts as unset. Raises ValueError, naming the variable, for a value that cannot be.
        """
        synchronous = environment.get("FENRUN_SQLITE_SYNCHRONOUS") or "normal"
        if synchronous not in ("normal", "full"):
            raise ValueError(f"FENRUN_SQLITE_SYNCHRONOUS is normal or full, not {synchronous!r}")
        operator, merchant = environment.get("FENRUN_OPERATOR_TOKEN"), environment.get("FENRUN_MERCHANT_TOKEN")
        return cls(
            database_url=environment.get("FENRUN_DATABASE_URL") or DEFAULT_DATABASE,
            sqlite_synchronous="full" if synchronous == "full" else "normal",
            operator_token=operator or None,
            merchant_token=merchant or None,
            operators=_operators(environment.get("FENRUN_OPERATORS") or "", {operator, merchant}),
            token_secret=_secret(environment),
            binding=_binding(environment),
        )

    @property
    def operator_tokens(self) -> dict[str, str]:
        """The token of every person who is an operator, by name."""
        unnamed = {} if self.operator_token is None else {UNNAMED_OPERATOR: self.operator_token}
        return {**unnamed, **self.operators}


def _operators(text: str, taken: set[str | None]) -> dict[str, str]:
    """`lin:token,zhou:token` as tokens by name. Nobody shares a name or a token with anybody: they tell who acts."""
    found: dict[str, str] = {}
    for one in filter(None, (part.strip() for part in text.split(","))):
        name, _, token = (part.strip() for part in one.partition(":"))
        if not name or not token or len(name) > MOST_NAME_LETTERS:
            raise ValueError(f"FENRUN_OPERATORS is NAME:TOKEN,NAME:TOKEN, and no such pair begins with {name[:60]!r}")
        if name in found or name == UNNAMED_OPERATOR:
            raise ValueError(
                f"FENRUN_OPERATORS names {name!r} twice, or as the bearer of FENRUN_OPERATOR_TOKEN is named"
            )
        if token in taken or token in found.values():
            raise ValueError(f"FENRUN_OPERATORS gives {name!r} a token that somebody else has")
        found[name] = token
    return found


def _secret(environment: Mapping[str, str]) -> str | None:
    secret = environment.get("FENRUN_TOKEN_SECRET") or None
    if secret is not None and len(secret.encode()) < LEAST_SECRET_BYTES:
        raise ValueError(f"FENRUN_TOKEN_SECRET needs {LEAST_SECRET_BYTES} bytes or more (RFC 7518, HS256)")
    return secret


def _binding(environment: Mapping[str, str]) -> BindingRule | None:
    policy, days = (environment.get(f"FENRUN_BINDING_{name}") or None for name in ("POLICY", "DAYS"))
    if policy is None:
        if days is not None:
            raise ValueError("FENRUN_BINDING_DAYS means nothing without FENRUN_BINDING_POLICY")
        return None
    if policy not in get_args(BindingPolicy):
        raise ValueError(f"FENRUN_BINDING_POLICY is first_holds or last_wins, not {policy!r}")
    window = WINDOW_DAYS if days is None else int(days) if days.isascii() and days.isdecimal() else 0
    if not 1 <= window <= MOST_WINDOW_DAYS:
        raise ValueError(f"FENRUN_BINDING_DAYS is a number from 1 to {MOST_WINDOW_DAYS}, not {days!r}")
    return BindingRule(cast(BindingPolicy, policy), window)
