"""Replays of whole order logs by `fenrun replay`, each in a process of its own so that its peak memory is its own."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from storage.demo_orders import generate, lines_of

ROOT = Path(__file__).parent.parent


class Replayed(msgspec.Struct, frozen=True):
    """What a replay came to. `ok` says that every balance held and every line was accounted for."""

    ok: bool
    orders: int
    order_lines: int
    refunds: int
    seconds: float
    orders_per_second: int
    lines_per_second: int
    peak_memory_mib: int


class ReplayFailed(Exception):
    """The replay gave no summary; the message is what it said instead."""


def replay_generated(orders: int) -> Replayed:
    """Replay a generated log of Changsha orders with their refunds."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "orders.jsonl"
        log.write_bytes(b"".join(lines_of(generate(seed=1, orders=orders))))
        return replay(log)


def replay(log: Path) -> Replayed:
    """Replay a log as `fenrun replay` does. Raises `ReplayFailed`."""
    done = subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", "replay", str(log), "--json"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    try:
        summary: dict[str, Any] = msgspec.json.decode(done.stdout)
        seconds = summary["seconds"]
    except (msgspec.DecodeError, KeyError):
        raise ReplayFailed(done.stderr.decode(errors="replace") or done.stdout.decode(errors="replace")) from None
    return Replayed(
        ok=summary["ok"],
        orders=summary["orders"],
        order_lines=summary["order_lines"],
        refunds=summary["refunds"],
        seconds=seconds,
        orders_per_second=summary["orders_per_second"],
        lines_per_second=summary["lines_per_second"],
        peak_memory_mib=round(summary["peak_memory_bytes"] / 2**20),
    )
