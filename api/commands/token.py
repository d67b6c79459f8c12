"""`fenrun token promoter`: a token by which a promoter sees their own figures, for a try-out or a script."""

from datetime import datetime
from typing import Annotated

import typer

from api.output import BAD_INPUT, console, problems
from api.promoter_tokens import DAYS, signed
from api.settings import DEMO_SECRET, Settings
from engine.calendar import SHANGHAI

token = typer.Typer(help="口令 / tokens", no_args_is_help=True)


@token.callback()
def tokens() -> None:
    """口令 / Tokens: `fenrun token promoter p001`."""


@token.command()
def promoter(
    promoter_id: Annotated[str, typer.Argument(metavar="ID", help="推广员编号 / the promoter's id")],
    days: Annotated[int, typer.Option("--days", help="有效天数 / for how many days", min=1, max=365)] = DAYS,
) -> None:
    """推广员口令 / The token of a promoter, signed with FENRUN_TOKEN_SECRET; without one, as `fenrun demo` takes it."""
    try:
        secret = Settings.from_environment().token_secret
    except ValueError as error:
        problems.print(str(error), markup=False)
        raise typer.Exit(BAD_INPUT) from None
    if secret is None:
        problems.print(
            "没有设置 FENRUN_TOKEN_SECRET，只有演示认它 / FENRUN_TOKEN_SECRET is not set: only `fenrun demo` takes it",
            markup=False,
        )
    console.print(signed(promoter_id, secret or DEMO_SECRET, datetime.now(SHANGHAI), days), markup=False)
