"""`fenrun allocate`: split an amount so that the parts sum to it exactly, the way every split in Fenrun is made."""

from typing import Annotated

import typer

from api.commands.options import AsJson
from api.output import console, print_json
from engine.money import Remainder, yuan
from engine.money import allocate as split


def allocate(
    total: Annotated[int, typer.Option("--total", help="总额，分 / the total, in fen")],
    weights: Annotated[str, typer.Option("--weights", help="权重，逗号分隔 / weights, e.g. 80,8,12")],
    remainder: Annotated[Remainder, typer.Option("--remainder", help="分不尽给谁 / who gets the odd fen")] = "largest",
    capacities: Annotated[
        str | None, typer.Option("--capacities", help="每份上限，分 / the most each part can take, in fen")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """精确分配 / Split an amount by weights, exactly to the fen."""
    shares = _integers(weights, "--weights")
    limits = None if capacities is None else _integers(capacities, "--capacities")
    if limits is not None and len(limits) != len(shares):
        raise typer.BadParameter(f"{len(limits)} ≠ {len(shares)}", param_hint="--capacities")
    parts = split(total, shares, remainder, limits)
    if as_json:
        print_json({"total_fen": total, "parts_fen": parts, "unallocated_fen": total - sum(parts)})
        return
    for at, part in enumerate(parts, 1):
        console.print(f"{at}: {yuan(part)}", markup=False)
    if total != sum(parts):
        console.print(f"未分配 / unallocated: {yuan(total - sum(parts))}", markup=False)


def _integers(text: str, option: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and len(part.strip()) <= 18 for part in parts):
        raise typer.BadParameter(f"{text}: 逗号分隔的非负整数 / whole numbers with commas between", param_hint=option)
    return [int(part) for part in parts]
