"""What a deployment decides, read from the environment once, at the start."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

import msgspec

PROJECT = Path(__file__).parent.parent
DEFAULT_DATABASE = "sqlite:///var/fenrun.db"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The service's settings.

    `database_url`: `sqlite:///FILE` or `postgresql+psycopg://…`.  `sqlite_synchronous`: `normal`, or `full` to lose
    nothing at a power cut.  `operator_token` opens the operator's view and publishing, `merchant_token` publishing of
    campaigns; without a token the door stays shut.  `demo` offers the merchant's token on the form, for a try-out.
    """

    database_url: str = DEFAULT_DATABASE
    sqlite_synchronous: Literal["normal", "full"] = "normal"
    operator_token: str | None = None
    merchant_token: str | None = None
    demo: bool = False
    rules_dir: Path = PROJECT / "rules"
    templates_dir: Path = PROJECT / "templates"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read `FENRUN_DATABASE_URL`, `FENRUN_SQLITE_SYNCHRONOUS`, `FENRUN_OPERATOR_TOKEN`, `FENRUN_MERCHANT_TOKEN`.

        An empty variable counts as unset. Raises ValueError, naming the variable, for a value that cannot be.
        """
        synchronous = environment.get("FENRUN_SQLITE_SYNCHRONOUS") or "normal"
        if synchronous not in ("normal", "full"):
            raise ValueError(f"FENRUN_SQLITE_SYNCHRONOUS is normal or full, not {synchronous!r}")
        return cls(
            database_url=environment.get("FENRUN_DATABASE_URL") or DEFAULT_DATABASE,
            sqlite_synchronous="full" if synchronous == "full" else "normal",
            operator_token=environment.get("FENRUN_OPERATOR_TOKEN") or None,
            merchant_token=environment.get("FENRUN_MERCHANT_TOKEN") or None,
        )
