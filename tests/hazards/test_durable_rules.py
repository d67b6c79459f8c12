"""What durable-rules does when it is used without care: every fault that `engine/match/network.py` is built around.

Each is provoked once in a process of its own.  A new release that behaves differently fails here, and that is the
moment to think again about the precaution that its row names.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.hazard

ROOT = Path(__file__).parents[2]
SECONDS = 5
"""A probe that works takes a tenth of one."""

HANGS, CRASHES = "hangs", "crashes"

LIMITS = {
    "511 branches under a node are the most": (
        "h = make([{'sku': f'k{i}'} for i in range(511)]); print(ask(h, {'sku': 'k5'}))",
        "['r5']",
    ),
    "512 branches cannot be asked": (
        "h = make([{'sku': f'k{i}'} for i in range(512)]); print(ask(h, {'sku': 'k5'}))",
        "error 303",
    ),
    "513 branches never get made": ("make([{'sku': f'k{i}'} for i in range(513)])", HANGS),
    "an any-of of 512 cannot be asked": (
        "h = make([{'$or': [{'sku': f'k{i}'} for i in range(512)]}]); print(ask(h, {'sku': 'k5'}))",
        "error 303",
    ),
    "64 matched nodes may wait": (
        "h = make([{'$gte': {'a': i}} for i in range(64)]); print(len(ask(h, {'a': 99})))",
        "64",
    ),
    "65 may not": ("h = make([{'$gte': {'a': i}} for i in range(65)]); print(len(ask(h, {'a': 99})))", "error 303"),
    "any-of groups behind one value wait too": (
        "h = make([{'$and': [{'$or': [{'a': 1}, {'a': 2}]}, {'b': i}]} for i in range(66)]); print(ask(h, {'a': 1}))",
        "error 303",
    ),
    "129 any-of groups behind one value are refused": (
        "make([{'$and': [{'$or': [{'a': 1}, {'a': 2}]}, {'b': i}]} for i in range(129)])",
        "error 107",
    ),
    "255 equal rules are the most": ("h = make([{'a': 1}] * 255); print(len(ask(h, {'a': 1})))", "255"),
    "256 equal rules corrupt memory": ("h = make([{'a': 1}] * 256); print(len(ask(h, {'a': 1})))", CRASHES),
    "257 equal rules are refused": ("make([{'a': 1}] * 257)", "error 108"),
    "4,097 rules are refused": ("make([{'$and': [{'a': i % 64}, {'b': i}]} for i in range(4097)])", "error 106"),
    "16 groups in a rule are refused": (
        "make([{'$and': [{'$or': [{f'a{i}': 1}, {f'a{i}': 2}]} for i in range(15)]}])",
        "error 113",
    ),
    "253 properties are refused": (
        "h = make([{'p0': 1}]); print(ask(h, {f'p{i}': 1 for i in range(253)}))",
        "error 302",
    ),
}

WRONG_MATCHES = {
    "integers beyond 64 bits saturate": ("print(ask(make([{'a': 2**63 - 1}]), {'a': 10**30}))", "['r0']"),
    "integers above 2**53 equal floats": (
        "print(ask(make([{'a': 9007199254740992.0}]), {'a': 9007199254740993}))",
        "['r0']",
    ),
    "long texts are compared by a length that wraps": (
        "print(ask(make([{'a': 'x' * 65536}]), {'a': 'y' * 65536}))",
        "['r0']",
    ),
    "escaped and plain text differ": (
        "h = make([{'a': '中'}], ensure_ascii=False)\n"
        "print(ask(h, {'a': '中'}), ask(h, {'a': '中'}, ensure_ascii=False))",
        "[] ['r0']",
    ),
    "texts are ordered wrongly": ("print(ask(make([{'$lt': {'a': 'ab '}}]), {'a': 'ab'}))", "[]"),
    "numbers equal texts": ("print(ask(make([{'a': '100'}]), {'a': 100}))", "['r0']"),
    "true equals 1": ("print(ask(make([{'a': 1}]), {'a': True}))", "['r0']"),
    "null is not unequal": ("print(ask(make([{'$neq': {'a': 1}}]), {'a': None}))", "[]"),
    "a missing property is not unequal": ("print(ask(make([{'$neq': {'a': 1}}]), {'b': 2}))", "[]"),
    "not-exists in front fires for a hidden fact": ("print(ask(make([{'$nex': {'a': 1}}]), {'b': 1}))", "['r0', 'r0']"),
    "a second key is ignored": ("print(ask(make([{'x': 1, 'y': 2}]), {'x': 1, 'y': 3}))", "['r0']"),
    "a second operator is ignored": (
        "print(ask(make([{'$gte': {'x': 1}, '$lt': {'x': 3}}]), {'x': 9}))",
        "['r0']",
    ),
    "an empty conjunction fires twice": ("print(ask(make([{'$and': []}]), {'x': 1}))", "['r0', 'r0']"),
    "two true branches fire twice": (
        "print(ask(make([{'$or': [{'x': 1}, {'y': 1}]}]), {'x': 1, 'y': 1}))",
        "['r0', 'r0']",
    ),
    "names of equal hash are one property": ("print(ask(make([{'costarring': 1}]), {'liquid': 1}))", "['r0']"),
    "an any-of in a join makes its reference ignored": (
        "h = int(raw.create_ruleset('x', json.dumps({'j': {'all': [{'m': {'k': 1}}, "
        "{'n': {'$and': [{'k': 2}, {'$or': [{'c': 1}, {'c': 2}]}, {'s': {'m': 's'}}]}}]}})))\n"
        'raw.assert_fact(h, \'{"k": 1, "s": 1}\')\n'
        'result, state = raw.assert_fact(h, \'{"k": 2, "c": 1, "s": 9}\')\n'
        "print(drain(h, state))",
        "['j']",
    ),
}

MISUSE = {
    "a character class beyond ASCII": ("make([{'$mt': {'a': '[一-龥]'}}], ensure_ascii=False)", CRASHES),
    "deep parentheses in a pattern": ("make([{'$mt': {'a': '(' * 300 + 'a' + ')' * 300}}])", CRASHES),
    "a batch with an empty fact": ("raw.assert_facts(make([{'a': 1}]), '[{}]')", CRASHES),
    "a batch that ends in an empty fact": ("raw.assert_facts(make([{'a': 1}]), '[{\"a\": 1}, {}]')", HANGS),
    "a state that no assert returned": ("raw.start_action_for_state(make([{'a': 1}]), 99999999)", CRASHES),
    "a fact nested deeply": ("ask(make([{'a': 1}]), '{\"b\":' + '[' * 500000 + ']' * 500000 + '}')", CRASHES),
    "a fact left behind is not seen again": (
        "h = make([{'a': 1}]); raw.assert_fact(h, '{\"a\": 1}'); print(ask(h, '{\"a\": 1}'))",
        "[]",
    ),
    "a match left unfinished silences what follows": (
        "h = make([{'a': 1}]); result, state = raw.assert_fact(h, '{\"a\": 1}')\n"
        'raw.start_action_for_state(h, state); raw.retract_fact(h, \'{"a": 1}\'); print(ask(h, \'{"a": 1, "b": 2}\'))',
        "[]",
    ),
    "abandoning a match after its fact is gone": (
        "h = make([{'a': 1}]); result, state = raw.assert_fact(h, '{\"a\": 1}')\n"
        "raw.start_action_for_state(h, state); raw.retract_fact(h, '{\"a\": 1}'); raw.abandon_action(h, state)\n"
        'print(ask(h, \'{"a": 1, "b": 2}\'))',
        CRASHES,
    ),
    "a rule set freed twice": ("h = make([{'a': 1}]); raw.delete_ruleset(h); raw.delete_ruleset(h)", "error 111"),
    "a used rule set is not freed whole": (
        "def once():\n"
        "    h = make([{'a': i} for i in range(100)]); ask(h, {'a': 1}); raw.delete_ruleset(h)\n"
        "for _ in range(10): once()\n"
        "before = resident_kb()\n"
        "for _ in range(20): once()\n"
        "print('leaks a megabyte each' if resident_kb() - before > 20 * 1000 else 'is freed')",
        "leaks a megabyte each",
    ),
}


def outcome(probe: str) -> str:
    """What comes of a probe: what it prints, the error code it ends with, or that it hangs or crashes."""
    program = f"import json\nfrom tests.hazards.durable_rules_probe import *\n{probe}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return HANGS
    if done.returncode < 0:
        return CRASHES
    code = re.search(r"error code: (\d+)", done.stderr)
    assert code or not done.stderr, done.stderr
    return f"error {code.group(1)}" if code else done.stdout.strip()


@pytest.mark.parametrize(
    ("probe", "recorded"),
    [pytest.param(*row, id=name) for table in (LIMITS, WRONG_MATCHES, MISUSE) for name, row in table.items()],
)
def test_durable_rules_behaves_as_recorded(probe: str, recorded: str) -> None:
    assert outcome(probe) == recorded
