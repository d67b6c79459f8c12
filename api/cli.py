"""The `fenrun` command: each command in its own file under `api/commands/`."""

import typer

from api.commands.allocate import allocate
from api.commands.audit import audit_books
from api.commands.check import check, test
from api.commands.describe import describe
from api.commands.diff import diff
from api.commands.dividend import dividend
from api.commands.evaluate import evaluate
from api.commands.explain import explain
from api.commands.levels import levels
from api.commands.new import new
from api.commands.replay import replay
from api.commands.serve import demo, serve
from api.commands.settle import settle, statement
from api.commands.status import publish, status
from api.commands.token import token

HELP = """分润：促销与佣金 / promotions and commissions, exact, explained, replayable.

退出码 / exit codes: 0 正常 / ok; 1 有发现 / findings; 2 输入有误 / bad input.
"""

app = typer.Typer(name="fenrun", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

for command in (
    new,
    check,
    test,
    evaluate,
    explain,
    describe,
    allocate,
    dividend,
    settle,
    statement,
    status,
    diff,
    publish,
    replay,
    serve,
    demo,
):
    app.command()(command)

app.command("audit")(audit_books)
app.add_typer(levels, name="levels")
app.add_typer(token, name="token")


def main() -> None:
    """Entry point of the `fenrun` script."""
    app()
