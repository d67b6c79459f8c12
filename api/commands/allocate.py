"""`fenrun allocate`: split an amount so that the parts sum to it exactly, the way every split in Fenrun is made."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.commands.options import AsJson, read_bytes
from api.output import console, print_json, refuse
from engine.errors import InvalidInput
from engine.money import MAX_FEN, Remainder, yuan
from engine.money import allocate as split
from engine.shares import Part, allocate_shares, read_split


def allocate(
    shares: Annotated[
        Path | None,
        typer.Argument(help="份额 JSON（比率、其余、封顶、嵌套）；- 为标准输入 / shares as JSON; - is stdin"),
    ] = None,
    total: Annotated[
        int | None, typer.Option("--total", help="总额，分 / the total, in fen", min=-MAX_FEN, max=MAX_FEN)
    ] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="权重，逗号分隔 / weights, e.g. 80,8,12")] = None,
    remainder: Annotated[Remainder, typer.Option("--remainder", help="分不尽给谁 / who gets the odd fen")] = "largest",
    capacities: Annotated[
        str | None, typer.Option("--capacities", help="每份上限，分 / the most each part can take, in fen")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """精确分配 / Split an amount by weights, or by shares from a file, exactly to the fen."""
    if shares is not None:
        _by_shares(shares, as_json=as_json)
        return
    if total is None or weights is None:
        raise typer.BadParameter("给出 SHARES，或 --total 和 --weights / give SHARES, or --total and --weights")
    parts = _by_weights(total, weights, remainder, capacities)
    if as_json:
        print_json({"total_fen": total, "parts_fen": parts, "unallocated_fen": total - sum(parts)})
        return
    for at, part in enumerate(parts, 1):
        console.print(f"{at}: {yuan(part)}", markup=False)
    _print_unallocated(total - sum(parts), "")


def _by_weights(total: int, weights: str, remainder: Remainder, capacities: str | None) -> list[int]:
    numbers = _integers(weights, "--weights")
    limits = None if capacities is None else _integers(capacities, "--capacities")
    if limits is not None and len(limits) != len(numbers):
        raise typer.BadParameter(
            f"{len(limits)} 个上限，{len(numbers)} 个权重 / {len(limits)} capacities for {len(numbers)} weights",
            param_hint="--capacities",
        )
    return split(total, numbers, remainder, limits)


def _by_shares(path: Path, *, as_json: bool) -> None:
    try:
        asked = read_split(read_bytes(path), str(path))
    except InvalidInput as invalid:
        refuse(invalid, as_json=as_json)
    result = allocate_shares(asked.total_fen, asked.shares, asked.remainder)
    if as_json:
        print_json(msgspec.to_builtins(result))
        return
    _print_parts(result.parts, "")
    _print_unallocated(result.unallocated_fen, "")


def _print_parts(parts: tuple[Part, ...], indent: str) -> None:
    for part in parts:
        kept = f"（留存 / kept {yuan(part.kept_fen)}）" if part.kept_fen else ""
        console.print(f"{indent}{part.name}: {yuan(part.amount_fen)}{kept}", markup=False)
        _print_parts(part.parts, indent + "  ")
        _print_unallocated(part.unallocated_fen, indent + "  ")


def _print_unallocated(fen: int, indent: str) -> None:
    if fen:
        console.print(f"{indent}未分配 / unallocated: {yuan(fen)}", markup=False)


def _integers(text: str, option: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and len(part.strip()) <= 18 for part in parts):
        raise typer.BadParameter(f"{text}: 逗号分隔的非负整数 / whole numbers with commas between", param_hint=option)
    return [int(part) for part in parts]
