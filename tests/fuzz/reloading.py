"""Rule sets loaded, used for one order and dropped, over and over in one process: memory stays flat."""

import gc
import json
import subprocess
import sys
from pathlib import Path
from random import Random

from engine.builder.build import build
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_events
from engine.live import compile_live
from engine.order import OrderEvent
from engine.ruleset import RuleSet
from engine.text.document import parse
from storage.rule_files import own_schemas
from tests.fuzz import grown, rule_sets
from tests.fuzz.orders import order

WARM_UP = 50
"""Reloads before the first reading: caches and allocators fill up."""
DIFFERENT = 60
"""So many rule sets take turns, each rebuilt from its text every time."""
_STATM = Path("/proc/self/statm")


def _resident_kib() -> int:
    gc.collect()
    return int(_STATM.read_text().split()[1]) * 4


def _texts() -> list[str]:
    """Sound rule sets of all kinds."""
    texts = []
    for number in range(2 * DIFFERENT):
        text = rule_sets.block_text(grown.rule_set(Random(f"reload:{number}")))
        try:
            _built(text)
        except InvalidInput:
            continue
        texts.append(text)
    return texts[:DIFFERENT]


def _built(text: str) -> RuleSet:
    return build(parse(text, "reload.yaml"), own_schemas())


def reload(count: int) -> list[int]:
    """Resident memory in KiB after the warm-up and then at every tenth of the way."""
    texts = _texts()
    assert len(texts) == DIFFERENT
    events = read_events(json.dumps([order(Random(f"reload:{at}")) for at in range(20)]).encode(), "orders.json")
    seen = []
    for number in range(WARM_UP + count):
        if number >= WARM_UP and (number - WARM_UP) % max(1, count // 10) == 0:
            seen.append(_resident_kib())
        live = compile_live([_built(texts[number % DIFFERENT])])
        event = events[number % len(events)]
        assert isinstance(event, OrderEvent)
        evaluate_order(event, live)
        assert live.network.faults == {}
    return [*seen, _resident_kib()]


def run_apart(count: int, most_kib: int = 16_384) -> str:
    """Reload in a process of its own; raises where memory has grown by more than `most_kib` after the warm-up."""
    command = [sys.executable, "-m", "tests.fuzz.reloading", str(count)]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120 + count, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    seen = json.loads(done.stdout)
    grown_by = seen[-1] - seen[0]
    assert grown_by < most_kib, f"{count} reloads cost {grown_by} KiB: {seen}"
    return f"{count} reloads, {seen[0]} KiB, then {grown_by:+d} KiB"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(reload(int(sys.argv[1]))))
