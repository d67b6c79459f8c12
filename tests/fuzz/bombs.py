"""Texts and events made to exhaust a reader: read in a process that may take so much memory and time, and no more."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.builder.build import build
from engine.errors import InvalidInput
from engine.evaluate import evaluate_order
from engine.events import read_events
from engine.lint.lint import lint
from engine.live import compile_live
from engine.order import OrderEvent
from engine.text.document import parse
from storage.rule_files import own_schemas
from tests.fuzz.checks import assert_clear
from tests.fuzz.orders import HUGE

MEMORY_BYTES = 1_500_000_000
"""Address space of the process, the interpreter and its libraries included."""
CPU_SECONDS = 120
SECONDS_EACH = 10.0

_HEAD = """kind: promotion
name: bomb
version: 1
title: t
owner: o
reason: r
effective_from: 2026-10-01
base: running
threshold_on: running
rounding: half_up
remainder: first
on_partial_return: keep_share
discount_on: group
funded_by: merchant
rules:
"""
_RULE = "  - {{id: r-{}, title: t, stacking: competing, when: {}, give: [{{type: line_discount, percent_off: 1%}}]}}\n"


def _rules(count: int, when: str = "always") -> str:
    return _HEAD + "".join(_RULE.format(at, when) for at in range(count))


def _laughs() -> str:
    levels = ["a0: &a0 [lol, lol]"]
    levels += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    return "\n".join(levels)


TEXTS: dict[str, Callable[[], str]] = {
    "a billion laughs": _laughs,
    "merged a million times": lambda: "a: &a {x: 1}\nb:\n" + "  <<: *a\n" * 100_000,
    "an alias to itself": lambda: "a: &a [*a]\n",
    "brackets in brackets": lambda: "[" * 999_999,
    "braces in braces": lambda: "{a: " * 240_000,
    "dashes in dashes": lambda: "- " * 499_999,
    "questions in questions": lambda: "? " * 499_999,
    "deep by indentation": lambda: "".join(" " * at + "a:\n" for at in range(1_300)),
    "conditions in conditions": lambda: _rules(1, "{not: " * 500 + "{line.sku: a}" + "}" * 500),
    "not a million characters": lambda: "x" * 1_000_001,
    "ten megabytes": lambda: _rules(100_000),
    "a megabyte of one word": lambda: f"kind: {'x' * 990_000}\n",
    "a megabyte of one key": lambda: f"{'x' * 990_000}: 1\n",
    "a megabyte of one number": lambda: _HEAD.replace("version: 1", f"version: {'9' * 900_000}"),
    "a megabyte of colons": lambda: "a:" * 499_999,
    "a megabyte of quotes": lambda: "'" * 999_999,
    "a megabyte of empty lines": lambda: "\n" * 999_999,
    "a megabyte of comments": lambda: "#" * 999_999,
    "a megabyte of tabs": lambda: "\t" * 999_999,
    "a megabyte of exclamation marks": lambda: "!" * 999_999,
    "a megabyte of carriage returns": lambda: "a\r" * 499_999,
    "a megabyte of NUL": lambda: "\x00" * 999_999,
    "all characters there are": lambda: "a: '" + "".join(map(chr, range(0x110000)))[:999_000] + "'",
    "a list of all that is allowed": lambda: _rules(
        1, "{line.sku: [" + ", ".join(f"a{at}" for at in range(49_000)) + "]}"
    ),
    "a long list of numbers and texts": lambda: _rules(
        1, "{line.sku: [" + ", ".join(f"{at}, a{at}" for at in range(24_000)) + "]}"
    ),
    "the most rules": lambda: _rules(200),
    "far too many rules": lambda: _rules(3_500),
    "far too many keys": lambda: _HEAD + "".join(f"k{at}: 1\n" for at in range(24_000)),
    "far too many tests": lambda: _rules(1, "{any: [" + ", ".join("{line.sku: a}" for _ in range(15_000)) + "]}"),
    "a condition that multiplies": lambda: _rules(
        3, "{all: [" + ", ".join(f"{{any: [{{line.sku: a{n}}}, {{line.sku: b{n}}}]}}" for n in range(90)) + "]}"
    ),
}


QUICK = (
    *("a billion laughs", "an alias to itself", "brackets in brackets", "questions in questions", "ten megabytes"),
    *("conditions in conditions", "a megabyte of one number", "a megabyte of NUL", "a long list of numbers and texts"),
    *("as many lines as there may be", "one line too many", "lists in lists", "mappings in mappings"),
    *("more than ten megabytes", "a list of too many events"),
)
"""The bombs of every run; the others take a second each and are left to `make fuzz`."""


def read_text(text: str) -> str:
    """How a text is taken: built, judged and compiled, or the code it is refused with."""
    try:
        rule_set = build(parse(text, "bomb.yaml"), own_schemas())
    except InvalidInput as refused:
        assert_clear(refused.diagnostics)
        return refused.diagnostics[0].code
    lint([rule_set])
    live = compile_live([rule_set])
    (event,) = read_events(HUGE["as many lines as there may be"](), "order.json")
    assert isinstance(event, OrderEvent)
    live.network.match(event)
    return "built"


def read_order(data: bytes) -> str:
    """How an event is taken: priced, or the code it is refused with."""
    try:
        events = read_events(data, "bomb.json")
    except InvalidInput as refused:
        assert_clear(refused.diagnostics)
        return refused.diagnostics[0].code
    live = compile_live([build(parse(_rules(5), "bomb.yaml"), own_schemas())])
    for event in events:
        assert isinstance(event, OrderEvent)
        assert len(evaluate_order(event, live).priced.net_fen) == len(event.lines)
    return "priced"


def main(wanted: Sequence[str]) -> None:
    """Bombs in this process, under its limits (all, if none is named); prints name, outcome and seconds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    tries: dict[str, Callable[[], str]] = {name: (lambda make=make: read_text(make())) for name, make in TEXTS.items()}
    tries |= {name: (lambda make=make: read_order(make())) for name, make in HUGE.items()}
    told = []
    for name in wanted or tries:
        start = time.process_time()
        outcome = tries[name]()
        told.append((name, outcome, round(time.process_time() - start, 2)))
        sys.stderr.write(f"{told[-1]}\n")
    sys.stdout.write(json.dumps(told))


def run_apart(names: Sequence[str] = ()) -> dict[str, str]:
    """Run bombs in a process of its own; what came of each. Raises where one takes too much."""
    command = [sys.executable, "-m", "tests.fuzz.bombs", *names]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=3 * CPU_SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout)
    slow = [one for one in told if one[2] > SECONDS_EACH]
    assert not slow, slow
    return {name: outcome for name, outcome, _ in told}


if __name__ == "__main__":
    main(sys.argv[1:])
