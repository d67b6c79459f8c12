"""The review of levels in a service's database: orders read off its journal, standings kept in it."""

from datetime import datetime

import typer

from api.commands.book_sources import opened_service
from api.commands.levels_output import print_review, refusal_json, review_json
from api.levelling import SetReviewed, review_levels
from api.output import BAD_INPUT, FINDINGS, console, print_json, problems
from api.problems import ProblemRaised
from api.service import wall_clock


def review_stored(database: str, period: str, now: datetime, *, as_json: bool) -> None:
    """Review the promoters of a database, and print it; ends with exit code 1 when a review could not be made."""
    if now > wall_clock():
        raise typer.BadParameter("评审时刻不能在将来 / a review cannot be made in the future", param_hint="--at")
    with opened_service(database) as service:
        try:
            done = review_levels(service, period, now)
        except ProblemRaised as raised:
            told = raised.problem
            problems.print(f"{told.code}: {told.detail}\n    {told.detail_en}", markup=False)
            raise typer.Exit(BAD_INPUT) from None
    _print(done, as_json=as_json)
    if any(one.refused for one in done):
        raise typer.Exit(FINDINGS)


def _print(done: tuple[SetReviewed, ...], *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                review_json(one.level_set, one.period, one.reviewed)
                | {"recorded": one.recorded, "refused": [refusal_json(each) for each in one.refused]}
                for one in done
            ]
        )
        return
    for one in done:
        print_review(one.level_set, one.period, one.reviewed)
        for each in one.refused:
            who, why = each.participant, each.refused
            problems.print(f"{who.title} ({who.id}): {why.message_zh}\n    {why.message_en}", markup=False)
        console.print(f"{one.recorded} 条新记录 / {one.recorded} recorded", markup=False)
